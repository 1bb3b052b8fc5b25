package api

import (
	"bytes"
	"context"
	"net/http"
	"time"

	"quartet"
	"quartet/internal/document"
	"quartet/internal/usage"
)

type (
	statementGrant struct {
		Grant     string    `json:"grant_id"`
		Product   string    `json:"product_id,omitempty" doc:"Whose calls it is for; left out: any"`
		ExpiresAt time.Time `json:"expires_at" doc:"As it stood at the end of the month"`
		Opening   int64     `json:"opening" doc:"Could be used when the month began"`
		Given     int64     `json:"given"`
		Restored  int64     `json:"restored" doc:"Had expired before, and are valid again"`
		Used      int64     `json:"used"`
		Withdrawn int64     `json:"withdrawn" doc:"Refunds and adjustments"`
		Expired   int64     `json:"expired"`
		Closing   int64     `json:"closing" doc:"opening + given + restored - used - withdrawn - expired"`
	}
	statementOrder struct {
		Order     string    `json:"order_id"`
		PaidAt    time.Time `json:"paid_at"`
		PlanName  string    `json:"plan_name"`
		Units     int64     `json:"units"`
		AmountFen int64     `json:"amount_fen"`
	}
	statementRefund struct {
		Refund    string    `json:"refund_id"`
		Order     string    `json:"order_id"`
		EndedAt   time.Time `json:"ended_at"`
		AmountFen int64     `json:"amount_fen"`
	}
	monthStatement struct {
		Account string            `json:"account_id"`
		FromAt  time.Time         `json:"from_at"`
		ToAt    time.Time         `json:"to_at" doc:"The first instant after the month"`
		MadeAt  time.Time         `json:"made_at"`
		Final   bool              `json:"final" doc:"The month is over and its days are closed: it stays as it is"`
		Used    int64             `json:"used" doc:"The sum of units over grants, and over usage"`
		Grants  []statementGrant  `json:"grants" nullable:"false"`
		Usage   []usageKind       `json:"usage" nullable:"false"`
		Orders  []statementOrder  `json:"orders" nullable:"false" doc:"Paid in the month"`
		Refunds []statementRefund `json:"refunds" nullable:"false" doc:"Whose money went back in the month"`
	}
)

func monthOf(s *quartet.Statement, names map[string]string) monthStatement {
	out := monthStatement{
		Account: s.Account, FromAt: s.From, ToAt: s.To, MadeAt: s.Made, Final: s.Final, Used: s.Used(),
		Grants: make([]statementGrant, len(s.Grants)), Usage: kindsOf(s.Usage, names), Orders: make([]statementOrder, len(s.Orders)), Refunds: make([]statementRefund, len(s.Refunds)),
	}
	for i, g := range s.Grants {
		out.Grants[i] = statementGrant{g.Grant, g.Product, g.ExpiresAt, g.Opening, g.Given, g.Restored, g.Used, g.Withdrawn, g.Expired, g.Closing}
	}
	for i := range s.Orders {
		o := &s.Orders[i]
		out.Orders[i] = statementOrder{o.ID, o.Paid, o.PlanName, o.Units, int64(o.Amount)}
	}
	for i := range s.Refunds {
		r := &s.Refunds[i]
		out.Refunds[i] = statementRefund{r.ID, r.Order, r.Ended, int64(r.Amount)}
	}
	return out
}

// buyer is for whom papers of an account are printed.
func (a *API) buyer(ctx context.Context, id string) (document.Buyer, error) {
	account, err := a.o.Accounts.Account(ctx, id)
	if err != nil {
		return document.Buyer{}, err
	}
	b := document.Buyer{Name: account.Name, Account: account.ID}
	firms, err := a.o.Firms.List(ctx, id, quartet.FirmApproved, "", 1)
	if err == nil && len(firms) > 0 {
		b.Name, b.Code = firms[0].Name, string(firms[0].Code)
	}
	return b, err
}

// maxPrinted is how many documents are printed at once. Each takes the whole font into its
// memory, some 30 MB, and a processor for as long as a hundred calls take; others wait.
const maxPrinted = 2

// print prints for an account.
func (a *API) print(ctx context.Context, account, name string, write func(*bytes.Buffer, document.Buyer) error) (*download, error) {
	buyer, err := a.buyer(ctx, account)
	if err != nil {
		return nil, err
	}
	select {
	case a.printing <- struct{}{}:
		defer func() { <-a.printing }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	var out bytes.Buffer
	if err := write(&out, buyer); err != nil {
		return nil, err
	}
	return &download{typePDF, disposition(name), out.Bytes()}, nil
}

// MonthIn names a month of an account.
type MonthIn struct {
	AccountIn

	Month string `path:"month" pattern:"^\\d{4}-\\d{2}$" patternDescription:"2026-03" doc:"Such as 2026-11"`
}

func (a *API) registerMonths() {
	readers := []quartet.Right{quartet.MayRead, quartet.MayWatchHouse, quartet.MayReadMoney}
	const path = "/accounts/{account}/statements/{month}"
	register(a, operation{
		ID: "showStatement", Method: http.MethodGet, Path: path, Tag: usageTag, Rights: readers, Summary: "What a month came to for an account",
		Doc: "A final one is the same whenever it is asked for, made_at apart. It is no invoice.",
	}, func(ctx context.Context, _ Caller, in *MonthIn) (*struct{ Body monthStatement }, error) {
		s, err := a.o.Usage.Statement(ctx, in.Account, in.Month)
		if err != nil {
			return nil, err
		}
		names, err := a.o.Usage.Names(ctx, in.Account)
		if err != nil {
			return nil, err
		}
		return &struct{ Body monthStatement }{monthOf(&s, names)}, nil
	})
	register(a, operation{
		ID: "exportStatement", Method: http.MethodGet, Gives: typeCSV, Path: path + "/statement.csv", Tag: usageTag, Rights: readers, Summary: "The same as CSV",
	}, func(ctx context.Context, _ Caller, in *MonthIn) (*download, error) {
		s, err := a.o.Usage.Statement(ctx, in.Account, in.Month)
		if err != nil {
			return nil, err
		}
		names, err := a.o.Usage.Names(ctx, in.Account)
		if err != nil {
			return nil, err
		}
		var out bytes.Buffer
		if err := usage.WriteStatement(&out, &s, names); err != nil {
			return nil, err
		}
		return &download{typeCSV, disposition("statement-" + in.Account + "-" + in.Month + ".csv"), out.Bytes()}, nil
	})
	register(a, operation{
		ID: "printStatement", Method: http.MethodGet, Gives: typePDF, Path: path + "/statement.pdf", Tag: usageTag, Rights: readers, Summary: "The same as PDF",
	}, func(ctx context.Context, _ Caller, in *MonthIn) (*download, error) {
		s, err := a.o.Usage.Statement(ctx, in.Account, in.Month)
		if err != nil {
			return nil, err
		}
		names, err := a.o.Usage.Names(ctx, in.Account)
		if err != nil {
			return nil, err
		}
		return a.print(ctx, in.Account, "statement-"+in.Account+"-"+in.Month+".pdf", func(out *bytes.Buffer, b document.Buyer) error {
			return document.Statement(out, a.o.Paper, b, s, names)
		})
	})
	register(a, operation{
		ID: "printConfirmation", Method: http.MethodGet, Gives: typePDF, Path: "/accounts/{account}/orders/{order}/confirmation.pdf", Tag: "orders", Rights: readers, Summary: "What was ordered, as PDF; it is no invoice",
	}, func(ctx context.Context, _ Caller, in *OrderIn) (*download, error) {
		o, err := a.ownOrder(ctx, *in)
		if err != nil {
			return nil, err
		}
		return a.print(ctx, in.Account, "order-"+o.ID+".pdf", func(out *bytes.Buffer, b document.Buyer) error {
			return document.Confirmation(out, a.o.Paper, b, o, a.o.Now())
		})
	})
	register(a, operation{
		ID: "printReceipt", Method: http.MethodGet, Gives: typePDF, Path: "/accounts/{account}/orders/{order}/receipt.pdf", Tag: "orders", Rights: readers, Summary: "That the money of an order came, as PDF; it is no invoice",
	}, func(ctx context.Context, _ Caller, in *OrderIn) (*download, error) {
		o, err := a.ownOrder(ctx, *in)
		if err != nil {
			return nil, err
		}
		payments, err := a.o.Orders.Payments(ctx, o.ID)
		if err != nil {
			return nil, err
		}
		var paid quartet.Payment
		for _, m := range payments {
			if m.State == quartet.PaymentPaid {
				paid = m
			}
		}
		return a.print(ctx, in.Account, "receipt-"+o.ID+".pdf", func(out *bytes.Buffer, b document.Buyer) error {
			return document.Receipt(out, a.o.Paper, b, o, paid, a.o.Now())
		})
	})
}
