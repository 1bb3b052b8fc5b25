package console

import (
	"net/url"
	"time"
)

// shopOrder is an order of the account.
type shopOrder struct {
	ID        string    `json:"id"`
	Plan      string    `json:"plan_id"`
	PlanName  string    `json:"plan_name"`
	Product   string    `json:"product_id"`
	Units     int64     `json:"units"`
	Amount    int64     `json:"amount_fen"`
	Months    int       `json:"months"`
	Trial     bool      `json:"trial"`
	Renews    string    `json:"renews_grant_id"`
	Code      string    `json:"transfer_code"`
	State     string    `json:"state"`
	CreatedAt time.Time `json:"created_at"`
	PayBy     time.Time `json:"pay_by"`
	PaidAt    time.Time `json:"paid_at"`
	ClosedAt  time.Time `json:"closed_at"`
	Why       string    `json:"reason"`
	Grant     string    `json:"grant_id"`
	Refunded  int64     `json:"refunded_fen"`

	Payments []shopPayment `json:"payments"`
}

// Path is where it is shown.
func (o shopOrder) Path() string { return ordersPath + "/" + url.PathEscape(o.ID) }

// orderStates are what orders can be in, in words.
var orderStates = []choice{
	{Value: "open", Label: "待支付"}, {Value: "paid", Label: "已支付"}, {Value: "refunding", Label: "退款中"}, {Value: "refunded", Label: "已退款"}, {Value: "closed", Label: "已关闭"},
}

// Words are its state.
func (o shopOrder) Words() string { return labelIn(orderStates, o.State) }

// Colour is that of its badge.
func (o shopOrder) Colour() string {
	switch o.State {
	case "open":
		return "yellow"
	case "paid":
		return "green"
	case "refunding":
		return "orange"
	}
	return "secondary"
}

// OrdersPage lists the orders of an account.
type OrdersPage struct {
	Orders   []shopOrder
	Products map[string]string
	State    string // those in it alone; "": all
	Next     string // address of the following page
	Buys     bool
}

func (OrdersPage) template() string { return "orders" }
func (OrdersPage) title() string    { return "订单" }

// States are the filters.
func (p OrdersPage) States() []choice { return chosenOf(orderStates, p.State) }

func (c *Console) ordersPage(v *visit) (page, error) {
	q := v.r.URL.Query()
	p := OrdersPage{Buys: v.who().May("order.buy")}
	if s := q.Get("state"); labelOf(orderStates, s) != "" { // another one is none
		p.State = s
	}
	var orders list[shopOrder]
	if err := v.get(query(v.account("/orders"), "state", p.State, "after", q.Get("after"), "limit", "20"), &orders); err != nil {
		return nil, err
	}
	p.Orders = orders.Items
	if orders.Next != "" {
		p.Next = query(ordersPath, "state", p.State, "after", orders.Next)
	}
	var err error
	p.Products, err = v.productNames()
	return p, err
}

func orderListPreviews() []preview {
	old := previewOrder("paid")
	old.ID, old.CreatedAt, old.PaidAt = "20260105000000000031", previewNow.AddDate(0, -2, 0), previewNow.AddDate(0, -2, 0)
	old.PlanName, old.Units, old.Amount = "3000元/10000次", 10000, 3000_00
	closed := previewOrder("closed")
	closed.ID, closed.CreatedAt = "20251220000000000019", previewNow.AddDate(0, -2, -10)
	trial := previewOrder("paid")
	trial.ID, trial.CreatedAt, trial.PlanName, trial.Units, trial.Amount, trial.Trial = "20240105000000000002", previewNow.AddDate(-2, -2, -3), "免费测试", 10, 0, true
	refunding := previewOrder("refunding")
	refunding.ID, refunding.CreatedAt = "20260110000000000033", previewNow.AddDate(0, -1, -20)
	return []preview{
		{name: "orders", path: ordersPath, page: OrdersPage{
			Orders: []shopOrder{previewOrder("open"), refunding, old, closed, trial}, Products: previewProducts(), Next: ordersPath + "?after=20240105000000000002", Buys: true,
		}},
		{name: "orders-empty", path: ordersPath, page: OrdersPage{Buys: true}},
		{name: "orders-filtered", path: ordersPath, page: OrdersPage{State: "refunded", Buys: true}},
	}
}
