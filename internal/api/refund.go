package api

import (
	"context"
	"net/http"
	"time"

	"quartet"
	"quartet/internal/billing"
)

// Refunds is where money that goes back is asked for and decided on.
type Refunds interface {
	AskRefund(ctx context.Context, by, account, order, reason string) (quartet.Refund, error)
	Refunds(ctx context.Context, order string, state quartet.RefundState, before string, limit int) ([]quartet.Refund, error)
	RefundPolicy(ctx context.Context, product string) (quartet.RefundPolicy, error)
	SetRefundPolicy(ctx context.Context, by, product string, p quartet.RefundPolicy) error
	RefundDesk
	SurplusDesk
}

// RefundDesk is what operators decide on refunds.
type RefundDesk interface {
	ApproveRefund(ctx context.Context, by, refund string) (quartet.Refund, error)
	RejectRefund(ctx context.Context, by, refund, why string) (quartet.Refund, error)
	Resend(ctx context.Context, by, refund string) (quartet.Refund, error)
	RefundStanding(ctx context.Context, refund string) (billing.RefundStanding, error)
}

// SurplusDesk is where money that paid nothing waits for a person.
type SurplusDesk interface {
	Surplus(ctx context.Context, after string, limit int) ([]quartet.Payment, error)
	ReturnSurplus(ctx context.Context, by, payment, reason string) (quartet.Refund, error)
}

type refund struct {
	ID        string    `json:"id"`
	Order     string    `json:"order_id"`
	Payment   string    `json:"payment_id" doc:"Whose money goes back"`
	Surplus   bool      `json:"surplus" doc:"It gives back a payment in state surplus, whose money paid nothing; else it gives back what its order cost"`
	AmountFen int64     `json:"amount_fen,omitempty" doc:"Left out until it is found, when no call is under way any more"`
	Used      int64     `json:"used" doc:"Units used when the amount was found"`
	State     string    `json:"state" enum:"requested,rejected,draining,reversing,sending,failed,given_up,done"`
	Reason    string    `json:"reason"`
	AskedBy   string    `json:"asked_by,omitempty"`
	DecidedBy string    `json:"decided_by,omitempty"`
	CreatedAt time.Time `json:"created_at"`
	DecidedAt time.Time `json:"decided_at,omitzero"`
	EndedAt   time.Time `json:"ended_at,omitzero"`
	Answer    string    `json:"answer,omitempty" doc:"Why it was rejected, failed or was given up"`
	Reference string    `json:"reference,omitempty" doc:"The provider's own number, or the bank's"`
}

func refundOf(r *quartet.Refund) refund {
	return refund{
		r.ID, r.Order, r.Payment, r.Surplus, int64(r.Amount), r.Used, string(r.State), r.Reason, r.AskedBy, r.DecidedBy,
		r.Created, r.Decided, r.Ended, r.Answer, r.Reference,
	}
}

// buyersRefund is a refund as its buyer sees it: who decided is the house's own matter.
func buyersRefund(r *quartet.Refund) refund {
	out := refundOf(r)
	out.DecidedBy = ""
	return out
}

type refundAnswer struct{ Body refund }

func refundAnswerOf(r quartet.Refund, err error) (*refundAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &refundAnswer{refundOf(&r)}, nil
}

type refundStanding struct {
	Refund      refund `json:"refund"`
	Order       Order  `json:"order"`
	Used        int64  `json:"used" doc:"Units that calls have taken of what the order gave"`
	Held        int64  `json:"held" doc:"Set aside for calls under way"`
	Remaining   int64  `json:"remaining" doc:"Left of them, frozen or not"`
	ExpectedFen int64  `json:"expected_fen" doc:"What goes back; until it is found, what would be found now. Calls lower it as long as nobody has frozen the units"`
	ReverseFen  int64  `json:"reverse_fen" doc:"Of the invoices of the order, what must be taken back before it is sent"`
}

func refundStandingOf(s *billing.RefundStanding) refundStanding {
	return refundStanding{refundOf(&s.Refund), orderOf(&s.Order), s.Grant.Used, s.Grant.Held, s.Grant.Left(), int64(s.Amount), int64(s.Reverse)}
}

type refundPolicy struct {
	FullDays int `json:"full_days" minimum:"0" maximum:"3650" doc:"Unused within so many days after it was paid: all of the price, as long as the units are valid"`
	Days     int `json:"days" minimum:"0" maximum:"3650" doc:"After so many days nothing goes back; 0: as long as the units are valid"`
}

type (
	// RefundIn names a refund.
	RefundIn struct {
		Refund string `path:"refund" maxLength:"64"`
	}
	// ReasonBody is why something is done.
	ReasonBody struct {
		Reason string `json:"reason" minLength:"1" maxLength:"500"`
	}
)

func refundID(r *quartet.Refund) string { return r.ID }

func (a *API) registerRefunds() {
	const tag = "refunds"
	register(a, operation{
		ID: "askRefund", Method: http.MethodPost, Path: "/accounts/{account}/orders/{order}/refunds", Tag: tag, Status: http.StatusCreated,
		Summary: "Ask for the money of a paid order", Doc: "Nothing changes for its units until the house approves.", Rights: []quartet.Right{quartet.MayBuy},
	}, func(ctx context.Context, c Caller, in *struct {
		OrderIn

		Body ReasonBody
	},
	) (*refundAnswer, error) {
		return refundAnswerOf(a.o.Refunds.AskRefund(ctx, c.By(), in.Account, in.Order, in.Body.Reason))
	})
	register(a, operation{
		ID: "listOrderRefunds", Method: http.MethodGet, Path: "/accounts/{account}/orders/{order}/refunds", Tag: tag, Summary: "What goes back of an order, newest first",
		Rights: []quartet.Right{quartet.MayRead, quartet.MayWatchHouse, quartet.MayReadMoney},
	}, func(ctx context.Context, _ Caller, in *struct {
		OrderIn
		Turn
	},
	) (*page[refund], error) {
		o, err := a.ownOrder(ctx, in.OrderIn)
		if err != nil {
			return nil, err
		}
		list, err := a.o.Refunds.Refunds(ctx, o.ID, "", in.After, in.Limit+1)
		if err != nil {
			return nil, err
		}
		return pageOf(list, Turn{Limit: in.Limit}, refundID, buyersRefund)
	})
	register(a, operation{
		ID: "listRefunds", Method: http.MethodGet, Path: "/refunds", Tag: tag, Summary: "All money that goes back, newest first", Rights: []quartet.Right{quartet.MayReadMoney},
	}, func(ctx context.Context, _ Caller, in *struct {
		Turn

		State string `query:"state" enum:"requested,rejected,draining,reversing,sending,failed,given_up,done"`
	},
	) (*page[refund], error) {
		list, err := a.o.Refunds.Refunds(ctx, "", quartet.RefundState(in.State), in.After, in.Limit+1)
		if err != nil {
			return nil, err
		}
		return pageOf(list, Turn{Limit: in.Limit}, refundID, refundOf)
	})
	register(a, operation{
		ID: "seeRefund", Method: http.MethodGet, Path: "/refunds/{refund}", Tag: tag, Summary: "One refund, its order, and what goes back or would",
		Rights: []quartet.Right{quartet.MayReadMoney},
	}, func(ctx context.Context, _ Caller, in *RefundIn) (*struct{ Body refundStanding }, error) {
		s, err := a.o.Refunds.RefundStanding(ctx, in.Refund)
		if err != nil {
			return nil, err
		}
		return &struct{ Body refundStanding }{refundStandingOf(&s)}, nil
	})
	a.registerRefundDecisions()
	a.registerSurplus()
	a.registerRefundPolicy()
}

func (a *API) registerRefundDecisions() {
	const tag = "refunds"
	movers := []quartet.Right{quartet.MayMoveMoney}
	register(a, operation{
		ID: "approveRefund", Method: http.MethodPost, Path: "/refunds/{refund}/approval", Tag: tag, Fresh: true,
		Summary: "Approve a refund", Doc: "The units are frozen at once. When the last calls that use them have ended the amount is found, and sent.", Rights: movers,
	}, func(ctx context.Context, c Caller, in *RefundIn) (*refundAnswer, error) {
		return refundAnswerOf(a.o.Refunds.ApproveRefund(ctx, c.By(), in.Refund))
	})
	register(a, operation{
		ID: "rejectRefund", Method: http.MethodPost, Path: "/refunds/{refund}/rejection", Tag: tag, Summary: "Reject a refund that was asked for", Rights: movers,
	}, func(ctx context.Context, c Caller, in *struct {
		RefundIn

		Body ReasonBody
	},
	) (*refundAnswer, error) {
		return refundAnswerOf(a.o.Refunds.RejectRefund(ctx, c.By(), in.Refund, in.Body.Reason))
	})
	register(a, operation{
		ID: "resendRefund", Method: http.MethodPost, Path: "/refunds/{refund}/resending", Tag: tag, Summary: "Send a refund again that its provider refused", Rights: movers, Fresh: true,
	}, func(ctx context.Context, c Caller, in *RefundIn) (*refundAnswer, error) {
		return refundAnswerOf(a.o.Refunds.Resend(ctx, c.By(), in.Refund))
	})
	register(a, operation{
		ID: "giveUpRefund", Method: http.MethodPost, Path: "/refunds/{refund}/surrender", Tag: tag, Fresh: true,
		Summary: "Give up a refund that its provider refused, or whose invoices are not taken back", Doc: "The provider is asked first. If the money surely stays, the units are usable again and the order is paid as before; if it went back after all, the refund is done; else nothing changes.",
		Rights: movers,
	}, func(ctx context.Context, c Caller, in *RefundIn) (*refundAnswer, error) {
		return refundAnswerOf(a.o.Till.GiveUp(ctx, c.By(), in.Refund))
	})
	register(a, operation{
		ID: "failRefund", Method: http.MethodPost, Path: "/refunds/{refund}/failure", Tag: tag, Fresh: true,
		Summary: "End the sending of a refund that does not arrive", Doc: "The provider is asked first. If the money surely stays, and no payment at the bank is entered, the refund has failed and is sent again or given up; if it went back after all, the refund is done; else nothing changes.",
		Rights: movers,
	}, func(ctx context.Context, c Caller, in *RefundIn) (*refundAnswer, error) {
		return refundAnswerOf(a.o.Till.FailRefund(ctx, c.By(), in.Refund))
	})
}

func (a *API) registerSurplus() {
	const tag = "refunds"
	register(a, operation{
		ID: "listSurplus", Method: http.MethodGet, Path: "/surplus", Tag: tag, Summary: "Payments whose money paid nothing and has not gone back, oldest first", Rights: []quartet.Right{quartet.MayReadMoney},
	}, func(ctx context.Context, _ Caller, in *struct{ Turn }) (*page[payment], error) {
		list, err := a.o.Refunds.Surplus(ctx, in.After, in.Limit+1)
		if err != nil {
			return nil, err
		}
		return pageOf(list, Turn{Limit: in.Limit}, func(p *quartet.Payment) string { return p.ID }, paymentOf)
	})
	register(a, operation{
		ID: "returnSurplus", Method: http.MethodPost, Path: "/surplus/{payment}/return", Tag: tag, Summary: "Send the money of a payment back that paid nothing", Rights: []quartet.Right{quartet.MayMoveMoney}, Fresh: true,
	}, func(ctx context.Context, c Caller, in *struct {
		Payment string `path:"payment" maxLength:"64"`
		Body    ReasonBody
	},
	) (*refundAnswer, error) {
		return refundAnswerOf(a.o.Refunds.ReturnSurplus(ctx, c.By(), in.Payment, in.Body.Reason))
	})
}

func (a *API) registerRefundPolicy() {
	const tag = "refunds"
	type policyIn struct {
		Product string `path:"product" maxLength:"32"`
	}
	show := func(ctx context.Context, product string) (*struct{ Body refundPolicy }, error) {
		p, err := a.o.Refunds.RefundPolicy(ctx, product)
		if err != nil {
			return nil, err
		}
		return &struct{ Body refundPolicy }{refundPolicy(p)}, nil
	}
	register(a, operation{
		ID: "showRefundPolicy", Method: http.MethodGet, Path: "/products/{product}/refund-policy", Tag: tag, Summary: "What goes back of an order of a product", Rights: []quartet.Right{Anybody},
	}, func(ctx context.Context, _ Caller, in *policyIn) (*struct{ Body refundPolicy }, error) {
		return show(ctx, in.Product)
	})
	register(a, operation{
		ID: "setRefundPolicy", Method: http.MethodPut, Path: "/products/{product}/refund-policy", Tag: tag,
		Summary: "Put another policy in force", Doc: "It holds for every refund whose amount does not stand yet.", Rights: []quartet.Right{quartet.MayRunHouse}, Fresh: true,
	}, func(ctx context.Context, c Caller, in *struct {
		Product string `path:"product" maxLength:"32"`
		Body    refundPolicy
	},
	) (*struct{ Body refundPolicy }, error) {
		if err := a.o.Refunds.SetRefundPolicy(ctx, c.By(), in.Product, quartet.RefundPolicy(in.Body)); err != nil {
			return nil, err
		}
		return show(ctx, in.Product)
	})
}
