package api

import (
	"context"
	"net/http"
	"time"

	"quartet"
	"quartet/internal/support"
	"quartet/internal/web"
)

// Support is how support is reached, and what it answers.
type Support interface {
	SetPresent(ctx context.Context, who support.Who, there bool) error
	Present(ctx context.Context) (int, error)
	Presence(ctx context.Context, who support.Who) (there bool, others int, err error)
	Canned(ctx context.Context, code string) ([]quartet.CannedAnswer, error)
	SetCanned(ctx context.Context, who support.Who, code, text string) (quartet.CannedAnswer, error)
	Lines() quartet.SupportLines
}

type cannedAnswer struct {
	Code      string    `json:"code" doc:"10005, or of a gateway answer A400AC"`
	Text      string    `json:"text"`
	ChangedBy string    `json:"changed_by,omitempty" doc:"Without it, it is the one that comes with the product"`
	ChangedAt time.Time `json:"changed_at,omitzero"`
}

func cannedOf(c *quartet.CannedAnswer) cannedAnswer {
	return cannedAnswer{c.Code, c.Text, c.By, c.At}
}

func (a *API) registerContact() {
	const tag = "support"
	servers := []quartet.Right{quartet.MayServeBuyers}
	type helplines struct {
		web.Helpline

		Chat bool `json:"chat" doc:"Somebody is there for a chat"`
	}
	register(a, operation{
		ID: "showContact", Method: http.MethodGet, Path: "/contact", Tag: tag, Summary: "How support is reached", Rights: []quartet.Right{Anybody},
	}, func(ctx context.Context, _ Caller, _ *struct{}) (*struct{ Body helplines }, error) {
		there, err := a.o.Support.Present(ctx)
		if err != nil {
			return nil, err
		}
		return &struct{ Body helplines }{helplines{helplineOf(a.o.Support.Lines()), there > 0}}, nil
	})
	register(a, operation{
		ID: "setPresence", Method: http.MethodPut, Path: "/presence", Tag: tag, Status: http.StatusNoContent, Rights: servers,
		Summary: "Say that one is there for chats, or not any more", Doc: "It lasts ten minutes, unless it is said again.",
	}, func(ctx context.Context, c Caller, in *struct {
		Body struct {
			Available bool `json:"available"`
		}
	},
	) (*struct{}, error) {
		return nil, a.o.Support.SetPresent(ctx, server(&c), in.Body.Available)
	})
	type presence struct {
		Available bool `json:"available"`
		Others    int  `json:"others" doc:"How many others of support are there"`
	}
	register(a, operation{
		ID: "showPresence", Method: http.MethodGet, Path: "/presence", Tag: tag, Rights: servers, Summary: "Whether one is there for chats, and how many others are",
	}, func(ctx context.Context, c Caller, _ *struct{}) (*struct{ Body presence }, error) {
		there, others, err := a.o.Support.Presence(ctx, server(&c))
		return &struct{ Body presence }{presence{there, others}}, err
	})
	register(a, operation{
		ID: "listCannedAnswers", Method: http.MethodGet, Path: "/canned-answers", Tag: tag, Summary: "What support answers to questions about result codes", Rights: []quartet.Right{quartet.MayServeBuyers, quartet.MayWatchHouse},
	}, func(ctx context.Context, _ Caller, in *struct {
		Turn

		Code string `query:"code" maxLength:"16"`
	},
	) (*page[cannedAnswer], error) {
		list, err := a.o.Support.Canned(ctx, in.Code)
		if err != nil {
			return nil, err
		}
		return pageOf(list, in.Turn, func(c *quartet.CannedAnswer) string { return c.Code }, cannedOf)
	})
	type help struct {
		Code string `json:"code"`
		Text string `json:"text"`
	}
	register(a, operation{
		ID: "showCodeHelp", Method: http.MethodGet, Path: "/result-codes/{code}/help", Tag: tag, Summary: "What support answers to questions about a result code, for whoever is about to ask", Rights: []quartet.Right{SignedIn},
	}, func(ctx context.Context, _ Caller, in *struct {
		Code string `path:"code" maxLength:"16"`
	},
	) (*struct{ Body help }, error) {
		list, err := a.o.Support.Canned(ctx, in.Code)
		if err != nil {
			return nil, err
		}
		return &struct{ Body help }{help{list[0].Code, list[0].Text}}, nil // who wrote it is the house's own business
	})
	register(a, operation{
		ID: "writeCannedAnswer", Method: http.MethodPut, Path: "/canned-answers/{code}", Tag: tag, Summary: "Write what support answers about a result code", Rights: servers,
		Doc: "Without words, what comes with the product is given again.",
	}, func(ctx context.Context, c Caller, in *struct {
		Code string `path:"code" maxLength:"16"`
		Body struct {
			Text string `json:"text" maxLength:"8000"`
		}
	},
	) (*struct{ Body cannedAnswer }, error) {
		answer, err := a.o.Support.SetCanned(ctx, server(&c), in.Code, in.Body.Text)
		if err != nil {
			return nil, err
		}
		return &struct{ Body cannedAnswer }{cannedOf(&answer)}, nil
	})
}

func helplineOf(l quartet.SupportLines) web.Helpline {
	return web.Helpline{Phone: l.Phone, Line400: l.Line400, Mail: l.Mail, Hours: l.Hours}
}
