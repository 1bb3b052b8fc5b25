package api

import (
	"context"
	"net/http"
	"time"

	"quartet"
	"quartet/internal/billing"
	"quartet/internal/pay"
)

// Till takes money online, and asks its providers before money that goes back is given up.
type Till interface {
	GiveUp(ctx context.Context, by, refund string) (quartet.Refund, error)
	FailRefund(ctx context.Context, by, refund string) (quartet.Refund, error)
	Ways() []pay.Way
	Open(ctx context.Context, by, order, provider, method, back string) (quartet.Payment, error)
}

// Payments notes who pays by bank transfer: no provider is asked then.
type Payments interface {
	BeginPayment(ctx context.Context, by, order, provider, method string) (quartet.Payment, error)
}

// Notices tells what payment providers sent.
type Notices interface {
	Notices(ctx context.Context, state quartet.NoticeState, before time.Time, limit int) ([]quartet.Notice, error)
}

type way struct {
	Provider string   `json:"provider"`
	Methods  []string `json:"methods" nullable:"false"`
}

type payment struct {
	ID          string    `json:"id"`
	Order       string    `json:"order_id"`
	Provider    string    `json:"provider"`
	Method      string    `json:"method"`
	AmountFen   int64     `json:"amount_fen" doc:"Asked for"`
	ReceivedFen int64     `json:"received_fen" doc:"Came"`
	ExcludedFen int64     `json:"excluded_fen,omitempty" doc:"Of what came, what no invoice may be made out for, by the provider"`
	State       string    `json:"state" enum:"open,paid,closed,surplus,returned" doc:"paid: it paid its order; closed: nothing came; surplus: money came and paid nothing, and goes back; returned: it is back"`
	SurplusWhy  string    `json:"surplus_reason,omitempty" enum:"late,second,amount" doc:"Why money that came paid nothing: the order was closed, another payment had paid it, or it was another amount"`
	Show        string    `json:"show,omitempty" doc:"While it is open: the page to go to, or the text of the QR code"`
	Reference   string    `json:"reference,omitempty" doc:"The provider's number of it"`
	CreatedAt   time.Time `json:"created_at"`
	SettledAt   time.Time `json:"settled_at,omitzero"`

	Transfer *bankTransfer `json:"transfer,omitempty" doc:"Of a bank transfer that was just chosen: how to make it"`
}

// bankTransfer is what a buyer must know who pays at his bank.
type bankTransfer struct {
	Code     string        `json:"code" doc:"What the remark of the transfer must name"`
	PayBy    time.Time     `json:"pay_by" doc:"Money that comes later pays nothing"`
	Accounts []bankAccount `json:"accounts" nullable:"false" doc:"Any one of these takes it"`
}

func paymentOf(m *quartet.Payment) payment {
	out := payment{m.ID, m.Order, m.Provider, m.Method, int64(m.Amount), int64(m.Received), int64(m.Excluded), string(m.State), m.SurplusWhy, m.Show, m.Reference, m.Created, m.Settled, nil}
	if m.State != quartet.PaymentOpen {
		out.Show = ""
	}
	return out
}

type notice struct {
	ID         string    `json:"id"`
	Provider   string    `json:"provider"`
	State      string    `json:"state" enum:"received,claimed,handled,repeated,refused"`
	Kind       string    `json:"kind,omitempty" enum:"payment,refund,other"`
	About      string    `json:"about,omitempty" doc:"The payment or the refund"`
	Event      string    `json:"event,omitempty" doc:"The provider's number of what happened, once the notice proved genuine"`
	Answer     string    `json:"answer,omitempty" doc:"Why it was refused, or which notice it repeats"`
	ReceivedAt time.Time `json:"received_at"`
	EndedAt    time.Time `json:"ended_at,omitzero"`
}

func noticeOf(n *quartet.Notice) notice {
	return notice{n.ID, n.Provider, string(n.State), n.Kind, n.About, n.Event, n.Answer, n.Received, n.Ended}
}

// lastNotices is how many are looked through.
const lastNotices = 1000

func (a *API) registerPayments() {
	const tag = "payments"
	register(a, operation{
		ID: "listPaymentWays", Method: http.MethodGet, Path: "/accounts/{account}/payment-ways", Tag: tag,
		Summary: "How this house can be paid", Doc: "By bank transfer where it has an open bank account.", Rights: []quartet.Right{quartet.MayRead},
	}, func(ctx context.Context, _ Caller, _ *struct {
		Account string `path:"account" maxLength:"32"`
	},
	) (*page[way], error) {
		out := &page[way]{}
		out.Body.Items = []way{}
		for _, w := range a.o.Till.Ways() {
			out.Body.Items = append(out.Body.Items, way{w.Provider, w.Methods})
		}
		open, err := a.openBankAccounts(ctx)
		if len(open) > 0 {
			out.Body.Items = append(out.Body.Items, way{billing.Transfer, []string{billing.Transfer}})
		}
		return out, err
	})
	register(a, operation{
		ID: "listPayments", Method: http.MethodGet, Path: "/accounts/{account}/orders/{order}/payments", Tag: tag,
		Summary: "The payments of an order, oldest first", Rights: []quartet.Right{quartet.MayRead, quartet.MayWatchHouse, quartet.MayReadMoney},
	}, func(ctx context.Context, _ Caller, in *struct {
		Turn
		OrderIn
	},
	) (*page[payment], error) {
		if _, err := a.ownOrder(ctx, in.OrderIn); err != nil {
			return nil, err
		}
		list, err := a.o.Orders.Payments(ctx, in.Order)
		if err != nil {
			return nil, err
		}
		return pageOf(list, in.Turn, func(m *quartet.Payment) string { return m.ID }, paymentOf)
	})
	register(a, operation{
		ID: "payOrder", Method: http.MethodPost, Path: "/accounts/{account}/orders/{order}/payments", Tag: tag, Status: http.StatusCreated,
		Summary: "Begin to pay an order", Doc: "Asked again with the same provider and method it gives the payment that is open. Provider and method `transfer` leave the order open for seven days, and the answer tells where to pay: exactly the amount, from the account of the verified firm, with the code in the remark.", Rights: []quartet.Right{quartet.MayBuy},
	}, func(ctx context.Context, c Caller, in *struct {
		OrderIn

		Body struct {
			Provider string `json:"provider" minLength:"1" maxLength:"32"`
			Method   string `json:"method" minLength:"1" maxLength:"32"`
			Back     string `json:"back,omitempty" pattern:"^https?://" patternDescription:"an address that begins with https://" maxLength:"500" doc:"The page to come back to from the provider's"`
		}
	},
	) (*struct{ Body payment }, error) {
		if _, err := a.ownOrder(ctx, in.OrderIn); err != nil {
			return nil, err
		}
		if in.Body.Provider == billing.Transfer {
			m, err := a.byTransfer(ctx, c.By(), in.Order, in.Body.Method)
			return &struct{ Body payment }{m}, err
		}
		m, err := a.o.Till.Open(ctx, c.By(), in.Order, in.Body.Provider, in.Body.Method, in.Body.Back)
		if err != nil {
			return nil, err
		}
		return &struct{ Body payment }{paymentOf(&m)}, nil
	})
	register(a, operation{
		ID: "listNotices", Method: http.MethodGet, Path: "/notices", Tag: tag,
		Summary: "What payment providers sent lately, newest first", Doc: "What the notices say stays sealed.", Rights: []quartet.Right{quartet.MayReadMoney},
	}, func(ctx context.Context, _ Caller, in *struct {
		Turn

		State string `query:"state" enum:"received,claimed,handled,repeated,refused" doc:"In this state alone"`
	},
	) (*page[notice], error) {
		list, err := a.o.Notices.Notices(ctx, quartet.NoticeState(in.State), a.o.Now().Add(time.Minute), lastNotices)
		if err != nil {
			return nil, err
		}
		return pageOf(list, in.Turn, func(n *quartet.Notice) string { return n.ID }, noticeOf)
	})
}

// byTransfer notes that an order is to be paid at the bank, and tells how.
func (a *API) byTransfer(ctx context.Context, by, order, method string) (payment, error) {
	open, err := a.openBankAccounts(ctx)
	switch {
	case err != nil:
		return payment{}, err
	case len(open) == 0:
		return payment{}, &quartet.Error{Code: quartet.ErrUnsupported, Field: "provider", Message: "this house takes no bank transfers now; pay in another way"}
	case method != billing.Transfer:
		return payment{}, &quartet.Error{Code: quartet.ErrUnsupported, Field: "method", Message: "a bank transfer is paid by the method transfer"}
	}
	m, err := a.o.Payments.BeginPayment(ctx, by, order, billing.Transfer, billing.Transfer)
	if err != nil {
		return payment{}, err
	}
	o, err := a.o.Orders.Find(ctx, order) // its time to pay is longer now
	if err != nil {
		return payment{}, err
	}
	out := paymentOf(&m)
	out.Transfer = &bankTransfer{o.Code, o.PayBy, open}
	return out, nil
}
