package api

import (
	"context"
	"net/http"
	"time"

	"quartet"
)

// Adjustments is where units are given, withdrawn and extended by two people.
type Adjustments interface {
	Propose(ctx context.Context, by string, a quartet.Adjustment) (quartet.Adjustment, error)
	Confirm(ctx context.Context, by, id string) (quartet.Adjustment, error)
	RejectAdjustment(ctx context.Context, by, id, why string) (quartet.Adjustment, error)
	Adjustments(ctx context.Context, account string, state quartet.AdjustmentState, before string, limit int) ([]quartet.Adjustment, error)
}

// AdjustmentTerms are what is proposed.
type AdjustmentTerms struct {
	Kind    string    `json:"kind" enum:"give,withdraw,extend"`
	Account string    `json:"account_id,omitempty" maxLength:"32" doc:"Who is given units; else that of the grant"`
	Product string    `json:"product_id,omitempty" maxLength:"32" doc:"Whose calls may use units that are given; left out: any"`
	Grant   string    `json:"grant_id,omitempty" maxLength:"64" doc:"That changes; of a gift: what it gave"`
	Units   int64     `json:"units,omitempty" minimum:"0" maximum:"1000000000" doc:"To give or to withdraw"`
	UntilAt time.Time `json:"until_at,omitzero" doc:"The first instant at which the units cannot be used any more"`
	Reason  string    `json:"reason" minLength:"1" maxLength:"500"`
}

type adjustment struct {
	AdjustmentTerms

	ID         string    `json:"id"`
	State      string    `json:"state" enum:"proposed,confirmed,rejected"`
	ProposedBy string    `json:"proposed_by"`
	ProposedAt time.Time `json:"proposed_at"`
	DecidedBy  string    `json:"decided_by,omitempty"`
	DecidedAt  time.Time `json:"decided_at,omitzero"`
	Answer     string    `json:"answer,omitempty" doc:"Why it was rejected"`
}

func adjustmentOf(a *quartet.Adjustment) adjustment {
	return adjustment{
		AdjustmentTerms{string(a.Kind), a.Account, a.Product, a.Grant, a.Units, a.Until, a.Reason},
		a.ID, string(a.State), a.ProposedBy, a.Proposed, a.DecidedBy, a.Decided, a.Answer,
	}
}

type adjustmentAnswer struct{ Body adjustment }

func adjustmentAnswerOf(a quartet.Adjustment, err error) (*adjustmentAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &adjustmentAnswer{adjustmentOf(&a)}, nil
}

// AdjustmentIn names an adjustment.
type AdjustmentIn struct {
	Adjustment string `path:"adjustment" maxLength:"64"`
}

func (a *API) registerAdjustments() {
	const tag = "units"
	movers := []quartet.Right{quartet.MayMoveMoney}
	register(a, operation{
		ID: "listAdjustments", Method: http.MethodGet, Path: "/adjustments", Tag: tag, Summary: "Units that people give, withdraw or extend, newest first", Rights: []quartet.Right{quartet.MayReadMoney},
	}, func(ctx context.Context, _ Caller, in *struct {
		Turn

		Account string `query:"account_id" maxLength:"32" doc:"Of this account alone"`
		State   string `query:"state" enum:"proposed,confirmed,rejected"`
	},
	) (*page[adjustment], error) {
		list, err := a.o.Adjustments.Adjustments(ctx, in.Account, quartet.AdjustmentState(in.State), in.After, in.Limit+1)
		if err != nil {
			return nil, err
		}
		return pageOf(list, Turn{Limit: in.Limit}, func(a *quartet.Adjustment) string { return a.ID }, adjustmentOf)
	})
	register(a, operation{
		ID: "proposeAdjustment", Method: http.MethodPost, Path: "/adjustments", Tag: tag, Status: http.StatusCreated,
		Summary: "Propose to give, withdraw or extend units", Doc: "Nothing changes until another operator confirms it. Units that were bought are withdrawn by a refund alone.", Rights: movers,
	}, func(ctx context.Context, c Caller, in *struct{ Body AdjustmentTerms }) (*adjustmentAnswer, error) {
		t := &in.Body
		return adjustmentAnswerOf(a.o.Adjustments.Propose(ctx, c.By(), quartet.Adjustment{
			Kind: quartet.AdjustmentKind(t.Kind), Account: t.Account, Product: t.Product, Grant: t.Grant, Units: t.Units, Until: t.UntilAt, Reason: t.Reason,
		}))
	})
	register(a, operation{
		ID: "confirmAdjustment", Method: http.MethodPost, Path: "/adjustments/{adjustment}/confirmation", Tag: tag, Summary: "Do what another operator proposed", Rights: movers, Fresh: true,
	}, func(ctx context.Context, c Caller, in *AdjustmentIn) (*adjustmentAnswer, error) {
		return adjustmentAnswerOf(a.o.Adjustments.Confirm(ctx, c.By(), in.Adjustment))
	})
	register(a, operation{
		ID: "rejectAdjustment", Method: http.MethodPost, Path: "/adjustments/{adjustment}/rejection", Tag: tag, Summary: "Reject a proposal, or take back one's own", Rights: movers,
	}, func(ctx context.Context, c Caller, in *struct {
		AdjustmentIn

		Body ReasonBody
	},
	) (*adjustmentAnswer, error) {
		return adjustmentAnswerOf(a.o.Adjustments.RejectAdjustment(ctx, c.By(), in.Adjustment, in.Body.Reason))
	})
}
