package api

import (
	"context"
	"net/http"
	"time"

	"quartet"
	"quartet/internal/billing"
)

// Orders is the desk at which buyers order.
type Orders interface {
	Order(ctx context.Context, by string, w billing.Purchase) (quartet.Order, error)
	Trial(ctx context.Context, by, account, person, plan string) (quartet.Order, error)
	Cancel(ctx context.Context, by, account, order string) (quartet.Order, error)
	Find(ctx context.Context, id string) (quartet.Order, error)
	Orders(ctx context.Context, account string, state quartet.OrderState, before string, limit int) ([]quartet.Order, error)
	Payments(ctx context.Context, order string) ([]quartet.Payment, error)
}

// Order is an order as it is shown. It is exported, as huma wants it of what is embedded.
type Order struct {
	ID          string    `json:"id"`
	Account     string    `json:"account_id"`
	Person      string    `json:"person_id,omitempty" doc:"Who ordered"`
	Plan        string    `json:"plan_id"`
	PlanName    string    `json:"plan_name" doc:"As it was when it was ordered"`
	Product     string    `json:"product_id"`
	Units       int64     `json:"units"`
	AmountFen   int64     `json:"amount_fen"`
	Months      int       `json:"months"`
	Trial       bool      `json:"trial"`
	Renews      string    `json:"renews_grant_id,omitempty"`
	Code        string    `json:"transfer_code" doc:"What a bank transfer names in its remark"`
	State       string    `json:"state" enum:"open,paid,refunding,refunded,closed"`
	CreatedAt   time.Time `json:"created_at"`
	PayBy       time.Time `json:"pay_by"`
	PaidAt      time.Time `json:"paid_at,omitzero"`
	ClosedAt    time.Time `json:"closed_at,omitzero"`
	Why         string    `json:"reason,omitempty" doc:"It was closed: timeout, cancelled"`
	Grant       string    `json:"grant_id,omitempty" doc:"What it gave"`
	RefundedFen int64     `json:"refunded_fen"`
}

func orderOf(o *quartet.Order) Order {
	return Order{
		o.ID, o.Account, o.Person, o.Plan, o.PlanName, o.Product, o.Units, int64(o.Amount), o.Months, o.Trial, o.Renews, o.Code, string(o.State),
		o.Created, o.PayBy, o.Paid, o.Closed, o.Why, o.Grant, int64(o.Refunded),
	}
}

type (
	orderAnswer struct{ Body Order }

	paidOrder struct {
		Order

		Payments []payment `json:"payments" nullable:"false" doc:"Oldest first; one at most paid it"`
	}

	paidOrderAnswer struct{ Body paidOrder }

	// OrderIn names an order of an account.
	OrderIn struct {
		Account string `path:"account" maxLength:"32"`
		Order   string `path:"order" maxLength:"32"`
	}
)

func orderAnswerOf(o quartet.Order, err error) (*orderAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &orderAnswer{orderOf(&o)}, nil
}

// ownOrder finds an order of an account. Another account's is none.
func (a *API) ownOrder(ctx context.Context, in OrderIn) (quartet.Order, error) {
	o, err := a.o.Orders.Find(ctx, in.Order)
	if err == nil && o.Account != in.Account {
		err = quartet.Errorf(quartet.ErrNotFound, "there is no such order")
	}
	return o, err
}

func (a *API) withPayments(ctx context.Context, o *quartet.Order, err error) (*paidOrderAnswer, error) {
	if err != nil {
		return nil, err
	}
	list, err := a.o.Orders.Payments(ctx, o.ID)
	if err != nil {
		return nil, err
	}
	out := &paidOrderAnswer{paidOrder{orderOf(o), make([]payment, len(list))}}
	for i := range list {
		out.Body.Payments[i] = paymentOf(&list[i])
	}
	return out, nil
}

func (a *API) listOrders(ctx context.Context, account, state string, at Turn) (*page[Order], error) {
	list, err := a.o.Orders.Orders(ctx, account, quartet.OrderState(state), at.After, at.Limit+1)
	if err != nil {
		return nil, err
	}
	return pageOf(list, Turn{Limit: at.Limit}, func(o *quartet.Order) string { return o.ID }, orderOf)
}

func (a *API) registerOrders() {
	const tag = "orders"
	readers := []quartet.Right{quartet.MayRead, quartet.MayWatchHouse, quartet.MayReadMoney}
	buyers := []quartet.Right{quartet.MayBuy}
	register(a, operation{
		ID: "listOrders", Method: http.MethodGet, Path: "/accounts/{account}/orders", Tag: tag, Summary: "The orders of an account, newest first", Rights: readers,
	}, func(ctx context.Context, _ Caller, in *struct {
		Turn

		Account string `path:"account" maxLength:"32"`
		State   string `query:"state" enum:"open,paid,refunding,refunded,closed"`
	},
	) (*page[Order], error) {
		return a.listOrders(ctx, in.Account, in.State, in.Turn)
	})
	register(a, operation{
		ID: "listAllOrders", Method: http.MethodGet, Path: "/orders", Tag: tag, Summary: "The orders of all accounts, newest first",
		Rights: []quartet.Right{quartet.MayWatchHouse, quartet.MayReadMoney},
	}, func(ctx context.Context, _ Caller, in *struct {
		Turn

		State string `query:"state" enum:"open,paid,refunding,refunded,closed"`
	},
	) (*page[Order], error) {
		return a.listOrders(ctx, "", in.State, in.Turn)
	})
	register(a, operation{
		ID: "seeOrder", Method: http.MethodGet, Path: "/orders/{order}", Tag: tag, Summary: "One order of whichever account, and its payments",
		Rights: []quartet.Right{quartet.MayWatchHouse, quartet.MayReadMoney},
	}, func(ctx context.Context, _ Caller, in *struct {
		Order string `path:"order" maxLength:"32"`
	},
	) (*paidOrderAnswer, error) {
		o, err := a.o.Orders.Find(ctx, in.Order)
		return a.withPayments(ctx, &o, err)
	})
	register(a, operation{
		ID: "placeOrder", Method: http.MethodPost, Path: "/accounts/{account}/orders", Tag: tag, Status: http.StatusCreated, Summary: "Order a plan", Rights: buyers,
	}, func(ctx context.Context, c Caller, in *struct {
		Account string `path:"account" maxLength:"32"`
		Body    struct {
			Plan   string `json:"plan_id" minLength:"1" maxLength:"32"`
			Renews string `json:"renews_grant_id,omitempty" maxLength:"64" doc:"A grant of the same product whose end moves along, so that its units are valid again"`
		}
	},
	) (*orderAnswer, error) {
		return orderAnswerOf(a.o.Orders.Order(ctx, c.By(), billing.Purchase{Account: in.Account, Person: c.Session.Who, Plan: in.Body.Plan, Renews: in.Body.Renews}))
	})
	register(a, operation{
		ID: "takeTrial", Method: http.MethodPost, Path: "/accounts/{account}/trials", Tag: tag, Status: http.StatusCreated,
		Summary: "Take the trial of a product", Doc: "Once for each firm or person who has proved who they are, whatever the number of their accounts.", Rights: buyers,
	}, func(ctx context.Context, c Caller, in *struct {
		Account string `path:"account" maxLength:"32"`
		Body    struct {
			Plan string `json:"plan_id" minLength:"1" maxLength:"32"`
		}
	},
	) (*orderAnswer, error) {
		return orderAnswerOf(a.o.Orders.Trial(ctx, c.By(), in.Account, c.Session.Who, in.Body.Plan))
	})
	register(a, operation{
		ID: "showOrder", Method: http.MethodGet, Path: "/accounts/{account}/orders/{order}", Tag: tag, Summary: "One order, and its payments", Rights: readers,
	}, func(ctx context.Context, _ Caller, in *OrderIn) (*paidOrderAnswer, error) {
		o, err := a.ownOrder(ctx, *in)
		return a.withPayments(ctx, &o, err)
	})
	register(a, operation{
		ID: "cancelOrder", Method: http.MethodPost, Path: "/accounts/{account}/orders/{order}/cancellation", Tag: tag,
		Summary: "Cancel an order that is not paid", Doc: "Money that comes for it all the same goes back.", Rights: buyers,
	}, func(ctx context.Context, c Caller, in *OrderIn) (*orderAnswer, error) {
		return orderAnswerOf(a.o.Orders.Cancel(ctx, c.By(), in.Account, in.Order))
	})
}
