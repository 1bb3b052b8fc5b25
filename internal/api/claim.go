package api

import (
	"context"
	"net/http"
	"time"

	"quartet"
	"quartet/internal/transfer"
)

// Transfers is where people say what transfers are for.
type Transfers interface {
	List(ctx context.Context, state quartet.TransferState, after string, limit int) ([]transfer.View, error)
	Find(ctx context.Context, id string) (transfer.View, []quartet.TransferClaim, error)
	Sums(ctx context.Context) ([]quartet.TransferSum, error)
	Claims
}

// Claims is what people say, and what others say to that.
type Claims interface {
	Open(ctx context.Context) ([]quartet.TransferClaim, error)
	Propose(ctx context.Context, by, transfer string, act quartet.ClaimAct, order, note string) (quartet.TransferClaim, error)
	Confirm(ctx context.Context, by, claim string) (quartet.TransferClaim, error)
	Reject(ctx context.Context, by, claim, why string) (quartet.TransferClaim, error)
}

// Transferred is a transfer as it is shown. It is exported, as huma wants it of what is embedded.
type Transferred struct {
	ID          string    `json:"id"`
	BankAccount string    `json:"bank_account_id"`
	Serial      string    `json:"serial"`
	At          time.Time `json:"at"`
	AmountFen   int64     `json:"amount_fen"`
	Payer       *payer    `json:"payer,omitempty" doc:"For whom moves money alone"`
	State       string    `json:"state" enum:"waiting,claimed,settling,settled,returning,returned,kept"`
	Why         string    `json:"reason,omitempty" doc:"It waits"`
	Order       string    `json:"order_id,omitempty"`
	Payment     string    `json:"payment_id,omitempty"`
	ImportedAt  time.Time `json:"imported_at"`
	DecidedAt   time.Time `json:"decided_at,omitzero" doc:"When it was settled, returned or kept"`
}

// transferFor shows a transfer to a caller. Who paid, and perhaps whom to pay back, is for
// those who match it with orders and send it back; an auditor finds it by its serial.
func transferFor(c Caller) func(*transfer.View) Transferred {
	return func(v *transfer.View) Transferred {
		return Transferred{v.ID, v.House, v.Serial, v.At, int64(v.Amount), payerFor(c, v.Payer), string(v.State), v.Why, v.Order, v.Payment, v.Imported, v.Decided}
	}
}

func payerFor(c Caller, p quartet.Payer) *payer {
	if !c.Standing.Role.May(quartet.MayMoveMoney) {
		return nil
	}
	who := payer(p)
	return &who
}

type claim struct {
	ID         string    `json:"id"`
	Transfer   string    `json:"transfer_id"`
	Act        string    `json:"act" enum:"settle,return,keep"`
	Order      string    `json:"order_id,omitempty" doc:"That it is to pay"`
	Note       string    `json:"note"`
	State      string    `json:"state" enum:"proposed,confirmed,rejected"`
	ProposedBy string    `json:"proposed_by"`
	ProposedAt time.Time `json:"proposed_at"`
	DecidedBy  string    `json:"decided_by,omitempty"`
	DecidedAt  time.Time `json:"decided_at,omitzero"`
	Answer     string    `json:"answer,omitempty" doc:"Why it was rejected"`
}

func claimOf(c *quartet.TransferClaim) claim {
	return claim{c.ID, c.Transfer, string(c.Act), c.Order, c.Note, string(c.State), c.ProposedBy, c.Proposed, c.DecidedBy, c.Decided, c.Answer}
}

type claimAnswer struct{ Body claim }

func claimAnswerOf(c quartet.TransferClaim, err error) (*claimAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &claimAnswer{claimOf(&c)}, nil
}

// TransferIn names a transfer.
type TransferIn struct {
	Transfer string `path:"transfer" maxLength:"64"`
}

// ClaimIn names a claim.
type ClaimIn struct {
	Claim string `path:"claim" maxLength:"64"`
}

type transferSum struct {
	State     string `json:"state" enum:"waiting,claimed,settling,settled,returning,returned,kept"`
	Lines     int64  `json:"lines"`
	AmountFen int64  `json:"amount_fen"`
}

func transferSumOf(s *quartet.TransferSum) transferSum {
	return transferSum{string(s.State), s.Lines, int64(s.Amount)}
}

func (a *API) registerTransfers() {
	const tag = "transfers"
	readers, movers := []quartet.Right{quartet.MayReadMoney}, []quartet.Right{quartet.MayMoveMoney}
	register(a, operation{
		ID: "listTransfers", Method: http.MethodGet, Path: "/transfers", Tag: tag, Summary: "Money that came by bank transfer, in the order in which it was imported", Rights: readers,
	}, func(ctx context.Context, c Caller, in *struct {
		Turn

		State string `query:"state" enum:"waiting,claimed,settling,settled,returning,returned,kept"`
	},
	) (*page[Transferred], error) {
		list, err := a.o.Transfers.List(ctx, quartet.TransferState(in.State), in.After, in.Limit+1)
		if err != nil {
			return nil, err
		}
		return pageOf(list, Turn{Limit: in.Limit}, func(v *transfer.View) string { return v.ID }, transferFor(c))
	})
	register(a, operation{
		ID: "showTransfer", Method: http.MethodGet, Path: "/transfers/{transfer}", Tag: tag, Summary: "One transfer, and what people said about it", Rights: readers,
	}, func(ctx context.Context, c Caller, in *TransferIn) (*struct {
		Body struct {
			Transferred

			Claims []claim `json:"claims" nullable:"false"`
		}
	}, error,
	) {
		v, claims, err := a.o.Transfers.Find(ctx, in.Transfer)
		if err != nil {
			return nil, err
		}
		out := &struct {
			Body struct {
				Transferred

				Claims []claim `json:"claims" nullable:"false"`
			}
		}{}
		out.Body.Transferred, out.Body.Claims = transferFor(c)(&v), make([]claim, len(claims))
		for i := range claims {
			out.Body.Claims[i] = claimOf(&claims[i])
		}
		return out, nil
	})
	register(a, operation{
		ID: "sumTransfers", Method: http.MethodGet, Path: "/transfer-sums", Tag: tag, Summary: "What is in each state", Rights: readers,
	}, func(ctx context.Context, _ Caller, in *struct{ Turn }) (*page[transferSum], error) {
		sums, err := a.o.Transfers.Sums(ctx)
		if err != nil {
			return nil, err
		}
		return pageOf(sums, in.Turn, func(s *quartet.TransferSum) string { return string(s.State) }, transferSumOf)
	})
	register(a, operation{
		ID: "listClaims", Method: http.MethodGet, Path: "/claims", Tag: tag, Summary: "Claims that wait for a second person, oldest first", Rights: readers,
	}, func(ctx context.Context, _ Caller, in *struct{ Turn }) (*page[claim], error) {
		all, err := a.o.Transfers.Open(ctx)
		if err != nil {
			return nil, err
		}
		return pageOf(all, in.Turn, func(c *quartet.TransferClaim) string { return c.ID }, claimOf)
	})
	register(a, operation{
		ID: "proposeClaim", Method: http.MethodPost, Path: "/transfers/{transfer}/claims", Tag: tag, Status: http.StatusCreated,
		Summary: "Say what a waiting transfer is for", Doc: "Another person confirms it. A transfer settles an open order of exactly its amount, goes back to the account it came from, or is kept since it is no buyer's money.", Rights: movers,
	}, func(ctx context.Context, c Caller, in *struct {
		TransferIn

		Body struct {
			Act   string `json:"act" enum:"settle,return,keep"`
			Order string `json:"order_id,omitempty" maxLength:"64" doc:"That it is to pay"`
			Note  string `json:"note" minLength:"1" maxLength:"500"`
		}
	},
	) (*claimAnswer, error) {
		return claimAnswerOf(a.o.Transfers.Propose(ctx, c.By(), in.Transfer, quartet.ClaimAct(in.Body.Act), in.Body.Order, in.Body.Note))
	})
	register(a, operation{
		ID: "confirmClaim", Method: http.MethodPost, Path: "/claims/{claim}/confirmation", Tag: tag, Summary: "Confirm what another person said about a transfer", Rights: movers, Fresh: true,
	}, func(ctx context.Context, c Caller, in *ClaimIn) (*claimAnswer, error) {
		return claimAnswerOf(a.o.Transfers.Confirm(ctx, c.By(), in.Claim))
	})
	register(a, operation{
		ID: "rejectClaim", Method: http.MethodPost, Path: "/claims/{claim}/rejection", Tag: tag, Summary: "Reject a claim, or take back one's own", Rights: movers,
	}, func(ctx context.Context, c Caller, in *struct {
		ClaimIn

		Body struct {
			Why string `json:"reason" minLength:"1" maxLength:"500"`
		}
	},
	) (*claimAnswer, error) {
		return claimAnswerOf(a.o.Transfers.Reject(ctx, c.By(), in.Claim, in.Body.Why))
	})
}
