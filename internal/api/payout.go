package api

import (
	"context"
	"net/http"
	"time"

	"quartet"
	"quartet/internal/transfer"
)

// Payouts is what people pay back at the bank.
type Payouts interface {
	Owed(ctx context.Context) ([]transfer.Owed, error)
	Payee(ctx context.Context, by, id, why string) (quartet.Payer, error)
	Pay(ctx context.Context, by, id, serial string) (quartet.Payout, error)
	Drop(ctx context.Context, by, id string) error
}

// Payout is money that people pay back. It is exported, as huma wants it of what is embedded.
type Payout struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind" enum:"transfer,refund" doc:"A transfer that goes back, or the refund of an order that a transfer paid"`
	AmountFen int64     `json:"amount_fen"`
	Transfer  string    `json:"transfer_id,omitempty" doc:"By which the money came"`
	Serial    string    `json:"serial,omitempty" doc:"Of the bank; without it nobody has paid yet"`
	EnteredBy string    `json:"entered_by,omitempty"`
	EnteredAt time.Time `json:"entered_at,omitzero"`
	SeenBy    string    `json:"seen_by,omitempty" doc:"The second person"`
	SeenAt    time.Time `json:"seen_at,omitzero"`
}

func payoutOf(p *quartet.Payout) Payout {
	kind := "transfer"
	if p.Refund {
		kind = "refund"
	}
	return Payout{p.ID, kind, int64(p.Amount), p.Transfer, p.Serial, p.EnteredBy, p.Entered, p.SeenBy, p.Seen}
}

type owed struct {
	Payout

	Payee *payer `json:"payee,omitempty" doc:"For whom moves money alone"`
}

func owedFor(c Caller) func(*transfer.Owed) owed {
	return func(o *transfer.Owed) owed { return owed{payoutOf(&o.Payout), payerFor(c, o.Payee)} }
}

// PayoutIn names what is to be paid back.
type PayoutIn struct {
	Payout string `path:"payout" maxLength:"64"`
}

func (a *API) registerPayouts() {
	const tag = "transfers"
	movers := []quartet.Right{quartet.MayMoveMoney}
	register(a, operation{
		ID: "listPayouts", Method: http.MethodGet, Path: "/payouts", Tag: tag, Summary: "Money that people are to pay back at the bank, oldest first", Rights: []quartet.Right{quartet.MayReadMoney},
	}, func(ctx context.Context, c Caller, in *struct{ Turn }) (*page[owed], error) {
		all, err := a.o.Payouts.Owed(ctx)
		if err != nil {
			return nil, err
		}
		return pageOf(all, in.Turn, func(o *transfer.Owed) string { return o.ID }, owedFor(c))
	})
	register(a, operation{
		ID: "showPayee", Method: http.MethodPost, Once: true, Path: "/payouts/{payout}/payee", Tag: tag, Status: http.StatusOK, Summary: "Whom to pay, with the whole account",
		Doc: "Who has seen it, and why, is written down before.", Rights: movers, Fresh: true,
	}, func(ctx context.Context, c Caller, in *struct {
		PayoutIn
		Reason
	},
	) (*struct{ Body payer }, error) {
		p, err := a.o.Payouts.Payee(ctx, c.By(), in.Payout, in.Body.Reason)
		if err != nil {
			return nil, err
		}
		return &struct{ Body payer }{payer(p)}, nil
	})
	register(a, operation{
		ID: "enterPayout", Method: http.MethodPut, Path: "/payouts/{payout}/serial", Tag: tag, Fresh: true,
		Summary: "Enter the bank's serial of money that was paid back", Doc: "The first person says by it that it was paid. The second one, who is another, enters the same serial when the payment is seen at the bank; by that it is done.", Rights: movers,
	}, func(ctx context.Context, c Caller, in *struct {
		PayoutIn

		Body struct {
			Serial string `json:"serial" minLength:"1" maxLength:"64"`
		}
	},
	) (*struct{ Body Payout }, error) {
		p, err := a.o.Payouts.Pay(ctx, c.By(), in.Payout, in.Body.Serial)
		if err != nil {
			return nil, err
		}
		return &struct{ Body Payout }{payoutOf(&p)}, nil
	})
	register(a, operation{
		ID: "dropPayout", Method: http.MethodDelete, Path: "/payouts/{payout}/serial", Tag: tag, Summary: "Take back a serial that no second person has seen", Rights: movers, Status: http.StatusNoContent,
	}, func(ctx context.Context, c Caller, in *PayoutIn) (*struct{}, error) {
		return nil, a.o.Payouts.Drop(ctx, c.By(), in.Payout)
	})
}
