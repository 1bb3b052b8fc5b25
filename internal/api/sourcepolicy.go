package api

import (
	"context"
	"maps"
	"net/http"
	"slices"

	"quartet"
)

// SourcePolicy is in which order sources are asked.
type SourcePolicy interface {
	Policy(ctx context.Context) (quartet.Policy, error)
	Order(ctx context.Context, by string, order quartet.SourceOrder) error
	Pin(ctx context.Context, by, account, source string) error
	Unpin(ctx context.Context, by, account string) error
}

type sourcePin struct {
	Account string `json:"account_id"`
	Source  string `json:"source_id"`
}

type sourcePolicy struct {
	Rule string      `json:"rule" enum:"priority,cheapest" doc:"priority: by priority; cheapest: by price, then by priority. Weight decides between those that are alike"`
	Pins []sourcePin `json:"pins" nullable:"false" doc:"Accounts for which one source alone is asked"`
}

type policyAnswer struct{ Body sourcePolicy }

// policy puts a change in force, if it is one, and shows what holds now.
func (a *API) policy(ctx context.Context, change error) (*policyAnswer, error) {
	if change != nil {
		return nil, change
	}
	p, err := a.o.SourcePolicy.Policy(ctx)
	if err != nil {
		return nil, err
	}
	out := sourcePolicy{Rule: string(p.Order), Pins: []sourcePin{}}
	for _, account := range slices.Sorted(maps.Keys(p.Pins)) {
		out.Pins = append(out.Pins, sourcePin{account, p.Pins[account]})
	}
	return &policyAnswer{out}, nil
}

func (a *API) policyChanged(ctx context.Context, err error) (*policyAnswer, error) {
	if err == nil {
		err = a.changed(ctx)
	}
	return a.policy(ctx, err)
}

func (a *API) registerSourcePolicy() {
	const tag = "sources"
	runners := []quartet.Right{quartet.MayRunHouse}
	register(a, operation{
		ID: "showSourcePolicy", Method: http.MethodGet, Path: "/source-policy", Tag: tag, Summary: "In which order sources are asked", Rights: []quartet.Right{quartet.MayWatchHouse, quartet.MayInspect},
	}, func(ctx context.Context, _ Caller, _ *struct{}) (*policyAnswer, error) { return a.policy(ctx, nil) })
	register(a, operation{
		ID: "setSourceOrder", Method: http.MethodPut, Path: "/source-policy", Tag: tag, Summary: "Say what comes first among sources", Rights: runners, Fresh: true,
	}, func(ctx context.Context, c Caller, in *struct {
		Body struct {
			Rule string `json:"rule" enum:"priority,cheapest"`
		}
	},
	) (*policyAnswer, error) {
		return a.policyChanged(ctx, a.o.SourcePolicy.Order(ctx, c.By(), quartet.SourceOrder(in.Body.Rule)))
	})
	register(a, operation{
		ID: "pinAccount", Method: http.MethodPut, Path: "/accounts/{account}/source-pin", Tag: tag, Summary: "Ask one source alone for an account", Rights: runners, Fresh: true,
		Doc: "When it cannot be asked, no other is.",
	}, func(ctx context.Context, c Caller, in *struct {
		AccountIn

		Body struct {
			Source string `json:"source_id" minLength:"1" maxLength:"32"`
		}
	},
	) (*policyAnswer, error) {
		account, err := a.o.Accounts.Account(ctx, in.Account)
		if err != nil {
			return nil, err
		}
		return a.policyChanged(ctx, a.o.SourcePolicy.Pin(ctx, c.By(), account.ID, in.Body.Source))
	})
	register(a, operation{
		ID: "unpinAccount", Method: http.MethodDelete, Path: "/accounts/{account}/source-pin", Tag: tag, Summary: "Ask for an account whom the policy chooses", Rights: runners, Fresh: true,
	}, func(ctx context.Context, c Caller, in *AccountIn) (*policyAnswer, error) {
		account, err := a.o.Accounts.Account(ctx, in.Account)
		if err != nil {
			return nil, err
		}
		return a.policyChanged(ctx, a.o.SourcePolicy.Unpin(ctx, c.By(), account.ID))
	})
}
