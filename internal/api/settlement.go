package api

import (
	"bytes"
	"context"
	"net/http"
	"time"

	"quartet"
	"quartet/internal/settlement"
)

// Settlements is where the bills of providers are compared with our books.
type Settlements interface {
	List(ctx context.Context, provider, after string, limit int) ([]quartet.Settlement, error)
	Find(ctx context.Context, provider, day string) (quartet.Settlement, error)
	Reconcile(ctx context.Context, by, provider, day string) (quartet.Settlement, error)
	Acknowledge(ctx context.Context, by, provider, day string, compared time.Time, note string) (quartet.Settlement, error)
}

type difference struct {
	Kind      string `json:"kind" enum:"missing_here,missing_there,amount,state,grant,twice,reference"`
	Bill      string `json:"bill" enum:"paid,refund"`
	Number    string `json:"number" doc:"Ours"`
	Reference string `json:"reference" doc:"The provider's"`
	Order     string `json:"order_id"`
	OursFen   int64  `json:"ours_fen"`
	TheirsFen int64  `json:"theirs_fen"`
	State     string `json:"state" doc:"Here"`
}

type settled struct {
	Provider       string       `json:"provider"`
	Day            string       `json:"day" doc:"In Asia/Shanghai"`
	ComparedAt     time.Time    `json:"compared_at"`
	PaidFen        int64        `json:"paid_fen" doc:"By the bill"`
	RefundedFen    int64        `json:"refunded_fen" doc:"By the bill"`
	FeeFen         int64        `json:"fee_fen" doc:"What the provider keeps, by the bill"`
	PaidHereFen    int64        `json:"paid_here_fen"`
	RefundHereFen  int64        `json:"refunded_here_fen"`
	Lines          int64        `json:"lines" doc:"Of the bill"`
	Differences    []difference `json:"differences" nullable:"false"`
	AcknowledgedAt time.Time    `json:"acknowledged_at,omitzero"`
	AcknowledgedBy string       `json:"acknowledged_by,omitempty"`
	Note           string       `json:"note,omitempty"`
}

func settledOf(s *quartet.Settlement) settled {
	differences := make([]difference, len(s.Differences))
	for i, d := range s.Differences {
		differences[i] = difference{string(d.Kind), string(d.Bill), d.Number, d.Reference, d.Order, int64(d.Ours), int64(d.Theirs), d.State}
	}
	return settled{
		s.Provider, s.Day, s.Compared, int64(s.Paid), int64(s.Refunded), int64(s.Fee), int64(s.PaidHere), int64(s.RefundedHere), s.Lines, differences, s.Acknowledged, s.By, s.Note,
	}
}

type settlementAnswer struct{ Body settled }

func settlementAnswerOf(s quartet.Settlement, err error) (*settlementAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &settlementAnswer{settledOf(&s)}, nil
}

// SettlementIn names a provider's day.
type SettlementIn struct {
	Provider string `path:"provider" maxLength:"32"`
	Day      string `path:"day" maxLength:"10" doc:"2026-03-02"`
}

func (a *API) registerSettlements() {
	const tag = "settlements"
	readers, movers := []quartet.Right{quartet.MayReadMoney}, []quartet.Right{quartet.MayMoveMoney}
	register(a, operation{
		ID: "listSettlements", Method: http.MethodGet, Path: "/settlements", Tag: tag, Summary: "Daily bills of providers beside our books, the newest day first",
		Rights: readers,
	}, func(ctx context.Context, _ Caller, in *struct {
		Turn

		Provider string `query:"provider" maxLength:"32"`
	},
	) (*page[settled], error) {
		list, err := a.o.Settlements.List(ctx, in.Provider, in.After, in.Limit+1)
		if err != nil {
			return nil, err
		}
		return pageOf(list, Turn{Limit: in.Limit}, settlement.Key, settledOf)
	})
	register(a, operation{
		ID: "showSettlement", Method: http.MethodGet, Path: "/settlements/{provider}/{day}", Tag: tag, Summary: "One day of a provider", Rights: readers,
	}, func(ctx context.Context, _ Caller, in *SettlementIn) (*settlementAnswer, error) {
		return settlementAnswerOf(a.o.Settlements.Find(ctx, in.Provider, in.Day))
	})
	register(a, operation{
		ID: "exportSettlement", Method: http.MethodGet, Gives: typeCSV, Path: "/settlements/{provider}/{day}/differences.csv", Tag: tag, Summary: "The differences of a day as CSV", Rights: readers,
	}, func(ctx context.Context, _ Caller, in *SettlementIn) (*struct {
		ContentType string `header:"Content-Type"`
		Body        []byte
	}, error,
	) {
		s, err := a.o.Settlements.Find(ctx, in.Provider, in.Day)
		if err != nil {
			return nil, err
		}
		var file bytes.Buffer
		if err := settlement.WriteCSV(&file, []quartet.Settlement{s}); err != nil {
			return nil, err
		}
		return &struct {
			ContentType string `header:"Content-Type"`
			Body        []byte
		}{"text/csv; charset=utf-8", file.Bytes()}, nil
	})
	register(a, operation{
		ID: "compareSettlement", Method: http.MethodPost, Path: "/settlements/{provider}/{day}/comparison", Tag: tag, Within: time.Minute,
		Summary: "Fetch the bill of a day and compare it anew", Doc: "An acknowledgement holds on if nothing changed.", Rights: movers,
	}, func(ctx context.Context, c Caller, in *SettlementIn) (*settlementAnswer, error) {
		return settlementAnswerOf(a.o.Settlements.Reconcile(ctx, c.By(), in.Provider, in.Day))
	})
	register(a, operation{
		ID: "acknowledgeSettlement", Method: http.MethodPost, Path: "/settlements/{provider}/{day}/acknowledgement", Tag: tag, Summary: "Say that the differences of a day were looked at", Rights: movers,
	}, func(ctx context.Context, c Caller, in *struct {
		SettlementIn

		Body struct {
			ComparedAt time.Time `json:"compared_at" doc:"Of the comparison that was looked at"`
			Note       string    `json:"note" minLength:"1" maxLength:"1000"`
		}
	},
	) (*settlementAnswer, error) {
		return settlementAnswerOf(a.o.Settlements.Acknowledge(ctx, c.By(), in.Provider, in.Day, in.Body.ComparedAt, in.Body.Note))
	})
}
