package api

import (
	"context"
	"net/http"
	"time"

	"quartet"
	"quartet/internal/usage"
)

type (
	// CallSearch chooses calls.
	CallSearch struct {
		CallKind
		Turn

		From time.Time `query:"from_at" doc:"The first instant"`
		To   time.Time `query:"to_at" doc:"The first instant that is no longer wanted"`
	}

	// CallRow is a call as buyers see it. It is exported, as huma wants it of what is embedded.
	CallRow struct {
		SeqNo          string    `json:"seq_no"`
		At             time.Time `json:"at" doc:"When the request was read"`
		Product        string    `json:"product_id"`
		Credential     string    `json:"credential_id,omitempty"`
		CredentialName string    `json:"credential_name,omitempty"`
		Code           string    `json:"code"`
		Message        string    `json:"message"`
		Verdict        string    `json:"verdict,omitempty" enum:"match,mismatch,undetermined"`
		Reason         string    `json:"reason,omitempty" doc:"As far as the product tells"`
		Differs        []string  `json:"differs,omitempty" doc:"Which parameters differ, as far as the product tells"`
		Units          int64     `json:"units" doc:"Charged"`
		LatencyMS      int64     `json:"latency_ms"`
	}

	houseCall struct {
		CallRow

		Account  string        `json:"account_id"`
		Grant    string        `json:"grant_id,omitempty" doc:"Which its units came from"`
		Source   string        `json:"source,omitempty" doc:"Who gave the verdict, or failed last"`
		Reused   bool          `json:"reused" doc:"The verdict is one that was given minutes before; nobody was asked"`
		Attempts []callAttempt `json:"attempts,omitempty" doc:"Of one call alone: the sources that were considered, in order"`
	}

	callAttempt struct {
		Source    string    `json:"source"`
		Skipped   string    `json:"skipped,omitempty" doc:"Why it was not asked"`
		Why       string    `json:"choice,omitempty" doc:"Why just this one was asked"`
		At        time.Time `json:"at,omitzero"`
		LatencyMS int64     `json:"latency_ms"`
		Sent      bool      `json:"sent" doc:"The question may have reached it"`
		Failure   string    `json:"failure,omitempty"`
		Verdict   string    `json:"verdict,omitempty"`
		Reason    string    `json:"reason,omitempty"`
		Charged   string    `json:"charged" enum:"no,yes,unknown" doc:"Whether it charges for it"`
		CostFen   float64   `json:"cost_fen" doc:"What it charges, or would where that is unknown; with at most three digits after the point"`
		Reference string    `json:"reference,omitempty" doc:"Its own number of the question"`
		Code      string    `json:"code,omitempty" doc:"Its own result code"`
		Note      string    `json:"note,omitempty"`
	}

	callAnswer      struct{ Body CallRow }
	houseCallAnswer struct{ Body houseCall }
)

func callRowOf(c *usage.Call) CallRow {
	return CallRow{
		c.SeqNo, c.At, c.Product, c.Credential, c.CredentialName, c.Code.String(), c.Code.Message(), verdictOut(c.Verdict), string(c.Reason), c.Differs,
		c.Units, c.Latency.Round(time.Millisecond).Milliseconds(),
	}
}

func houseCallOf(c *usage.Call) houseCall {
	h := houseCall{callRowOf(c), c.Account, c.Grant, c.Source, c.Reused, nil}
	for i := range c.Attempts {
		t := &c.Attempts[i]
		h.Attempts = append(h.Attempts, callAttempt{
			t.Source, t.Skipped, t.Why, t.At, t.Latency.Round(time.Millisecond).Milliseconds(), t.Sent, t.Failure, verdictOut(t.Verdict), string(t.Reason),
			t.Charged.String(), float64(t.Cost) / 1000, t.Reference, t.Code, t.Note,
		})
	}
	return h
}

// filter is what the query chooses. Calls are numbered by whole seconds.
func (in *CallSearch) filter(account, source string) quartet.CallFilter {
	f := quartet.CallFilter{
		Account: account, Product: in.Product, Credential: in.Credential, Code: codeIn(in.Code), Verdict: verdictIn(in.Verdict), Source: source, Limit: in.Limit + 1,
	}
	if !in.From.IsZero() {
		f.From = max(0, in.From.Unix())
	}
	if !in.To.IsZero() {
		f.To = max(1, in.To.Unix())
	}
	return f
}

func seqNoOf(c *usage.Call) string { return c.SeqNo }

func (a *API) registerCalls() {
	const newest = "Newest first. What comes meanwhile is on no later page."
	register(a, operation{
		ID: "listCalls", Method: http.MethodGet, Path: "/accounts/{account}/calls", Tag: callTag, Rights: usageReaders(), Summary: "The calls of an account, newest first", Doc: newest,
	}, func(ctx context.Context, _ Caller, in *struct {
		AccountIn
		CallSearch
	},
	) (*page[CallRow], error) {
		list, err := a.o.Usage.Calls(ctx, in.filter(in.Account, ""), in.After, false)
		if err != nil {
			return nil, err
		}
		return pageOf(list, Turn{Limit: in.Limit}, seqNoOf, callRowOf)
	})
	type SeqNoIn struct {
		SeqNo string `path:"seq_no" maxLength:"64"`
	}
	register(a, operation{
		ID: "showCall", Method: http.MethodGet, Path: "/accounts/{account}/calls/{seq_no}", Tag: callTag, Rights: usageReaders(), Summary: "The call of a seqNo",
	}, func(ctx context.Context, _ Caller, in *struct {
		AccountIn
		SeqNoIn
	},
	) (*callAnswer, error) {
		c, err := a.o.Usage.Call(ctx, in.Account, in.SeqNo, false)
		if err != nil {
			return nil, err
		}
		return &callAnswer{callRowOf(&c)}, nil
	})
	register(a, operation{
		ID: "listHouseCalls", Method: http.MethodGet, Path: "/calls", Tag: callTag, Rights: usageWatchers(), Summary: "The calls of all accounts with their sources, newest first", Doc: newest,
	}, func(ctx context.Context, _ Caller, in *struct {
		CallSearch

		Account string `query:"account_id" maxLength:"32" doc:"Of this account alone"`
		Source  string `query:"source" maxLength:"32" doc:"That gave the verdict, or failed last"`
	},
	) (*page[houseCall], error) {
		list, err := a.o.Usage.Calls(ctx, in.filter(in.Account, in.Source), in.After, true)
		if err != nil {
			return nil, err
		}
		return pageOf(list, Turn{Limit: in.Limit}, seqNoOf, houseCallOf)
	})
	register(a, operation{
		ID: "showHouseCall", Method: http.MethodGet, Path: "/calls/{seq_no}", Tag: callTag, Rights: usageWatchers(), Summary: "The call of a seqNo, and the sources that were considered",
	}, func(ctx context.Context, _ Caller, in *SeqNoIn) (*houseCallAnswer, error) {
		c, err := a.o.Usage.Call(ctx, "", in.SeqNo, true)
		if err != nil {
			return nil, err
		}
		return &houseCallAnswer{houseCallOf(&c)}, nil
	})
}
