package api

import (
	"context"
	"net/http"

	"quartet"
	"quartet/internal/sandbox"
	"quartet/internal/web"
)

type resultCode struct {
	Code       string `json:"code"`
	Message    string `json:"message" doc:"As the answer has it"`
	English    string `json:"english" doc:"The message in English"`
	Cause      string `json:"cause" doc:"The one cause, in English"`
	CauseZH    string `json:"cause_zh" doc:"The one cause, in Chinese"`
	Chargeable bool   `json:"chargeable" doc:"By the charge table of the product; others are never charged"`
}

func resultCodeOf(c *quartet.CodeText) resultCode {
	return resultCode{c.Code.String(), c.Message, c.English, c.Cause, c.CauseZH, c.Code == quartet.CodeOK}
}

type gatewayAnswer struct {
	Status  int    `json:"status"`
	Code    string `json:"code" doc:"X-Ca-Error-Code"`
	Message string `json:"message" doc:"X-Ca-Error-Message"`
	Cause   string `json:"cause" doc:"The one cause, in English"`
	CauseZH string `json:"cause_zh" doc:"The one cause, in Chinese"`
}

func gatewayAnswerOf(g *web.Gateway) gatewayAnswer {
	t := g.Text()
	return gatewayAnswer{t.Status, t.Code, t.Message, t.Cause, t.CauseZH}
}

type sandboxCard struct {
	Card    string `json:"card"`
	Kind    string `json:"kind" enum:"verdict,refusal,gateway,slow"`
	Answer  string `json:"answer" doc:"What a call with it is answered"`
	Meaning string `json:"meaning" doc:"In English"`
	ZH      string `json:"meaning_zh" doc:"In Chinese"`
}

func sandboxCardOf(r *sandbox.Row) sandboxCard {
	kind := "verdict"
	switch {
	case r.Outcome.Gateway != web.NoGateway:
		kind = "gateway"
	case r.Outcome.Delay > 0:
		kind = "slow"
	case r.Outcome.Code != quartet.CodeOK:
		kind = "refusal"
	}
	return sandboxCard{r.Card, kind, r.Outcome.String(), r.Meaning, r.MeaningZH}
}

// registerReference adds what the documents tell, for programs and for the pages that show it.
func (a *API) registerReference() {
	const tag = "reference"
	everybody := []quartet.Right{Anybody}
	register(a, operation{
		ID: "listResultCodes", Method: http.MethodGet, Path: "/result-codes", Tag: tag, Summary: "What calls are answered, and the one cause of each", Rights: everybody,
	}, func(_ context.Context, _ Caller, in *struct{ Turn }) (*page[resultCode], error) {
		return pageOf(quartet.Codes(), in.Turn, func(c *quartet.CodeText) string { return c.Code.String() }, resultCodeOf)
	})
	register(a, operation{
		ID: "listGatewayAnswers", Method: http.MethodGet, Path: "/gateway-answers", Tag: tag, Summary: "What the gateway in front of the products answers; none of it is charged", Rights: everybody,
	}, func(_ context.Context, _ Caller, in *struct{ Turn }) (*page[gatewayAnswer], error) {
		return pageOf(web.Gateways(), in.Turn, func(g *web.Gateway) string { return g.Text().Code }, gatewayAnswerOf)
	})
	register(a, operation{
		ID: "listSandboxCards", Method: http.MethodGet, Path: "/sandbox-cards", Tag: tag, Summary: "What calls of test credentials are answered, by their card number", Rights: everybody,
	}, func(_ context.Context, _ Caller, in *struct{ Turn }) (*page[sandboxCard], error) {
		return pageOf(sandbox.Rows(), in.Turn, func(r *sandbox.Row) string { return r.Card }, sandboxCardOf)
	})
}
