package console

import (
	"net/url"
	"time"
)

const houseOrdersPath = "/house/orders"

func (c *Console) houseOrderRoutes() {
	c.housed("GET "+houseOrdersPath, c.houseOrdersPage)
	c.housed("GET "+houseOrdersPath+"/{order}", c.houseOrderPage)
}

// houseOrder is an order of whichever account.
type houseOrder struct {
	shopOrder

	Account string `json:"account_id"`
}

// Path is where operators see it.
func (o houseOrder) Path() string { return houseOrderAt(o.ID) }

func houseOrderAt(order string) string { return pathTo(houseOrdersPath+"/", order) }

// HouseOrdersPage lists the orders of all accounts, or of one.
type HouseOrdersPage struct {
	Orders   []houseOrder
	Products map[string]string
	State    string
	Account  string
	Next     string
}

func (HouseOrdersPage) template() string { return "houseorders" }
func (HouseOrdersPage) title() string    { return "订单管理" }

// States are the filters.
func (p HouseOrdersPage) States() []choice { return chosenOf(orderStates, p.State) }

func (c *Console) houseOrdersPage(v *visit) (page, error) {
	q := v.r.URL.Query()
	if order := q.Get("order"); order != "" {
		v.redirect(houseOrderAt(order))
		return nil, nil //nolint:nilnil // the browser is led on
	}
	p := HouseOrdersPage{State: oneOf(orderStates, q.Get("state")), Account: q.Get("account_id")}
	path := "/orders"
	if p.Account != "" {
		path = pathTo("/accounts/", p.Account) + "/orders"
	}
	var orders list[houseOrder]
	if err := v.get(query(path, "state", p.State, "after", q.Get("after"), "limit", "50"), &orders); err != nil {
		return nil, err
	}
	p.Orders, p.Next = orders.Items, following(houseOrdersPath, orders.Next, "state", p.State, "account_id", p.Account)
	var err error
	p.Products, err = v.productNames()
	return p, err
}

// housePayment is a payment, with the provider's number of it.
type housePayment struct {
	shopPayment

	Reference string `json:"reference"`
}

// HouseOrderPage is one order with all that hangs on it.
type HouseOrderPage struct {
	Order    houseOrder
	Payments []housePayment
	Product  string
	Account  string // its name, for whom it may be told
	Grant    *unitGrant
	Refunds  []shopRefund
	Invoices []ownInvoice
	Money    bool // whoever looks sees refunds and invoices
}

func (HouseOrderPage) template() string { return "houseorder" }
func (HouseOrderPage) title() string    { return "订单详情" }

// Paper is the path of one of its papers.
func (p HouseOrderPage) Paper(name string) string {
	return OrderPage{Account: p.Order.Account, Order: p.Order.shopOrder}.Paper(name)
}

func (c *Console) houseOrderPage(v *visit) (page, error) {
	p := HouseOrderPage{Money: v.who().May("money.read")}
	var got struct {
		houseOrder

		Payments []housePayment `json:"payments"`
	}
	if err := v.get("/orders/"+v.segment("order"), &got); err != nil {
		return nil, err
	}
	p.Order, p.Payments = got.houseOrder, got.Payments
	names, err := v.productNames()
	if err != nil {
		return nil, err
	}
	p.Product = names[p.Order.Product]
	if p.Account, err = v.accountName(p.Order.Account); err != nil {
		return nil, err
	}
	account := pathTo("/accounts/", p.Order.Account)
	if p.Order.Grant != "" {
		grants, err := all[unitGrant](v, account+"/grants")
		if err != nil {
			return nil, err
		}
		for i := range grants {
			if grants[i].ID == p.Order.Grant {
				p.Grant = &grants[i]
			}
		}
	}
	if p.Refunds, err = all[shopRefund](v, account+"/orders/"+url.PathEscape(p.Order.ID)+"/refunds"); err != nil || !p.Money {
		return p, err
	}
	invoices, err := all[ownInvoice](v, query("/invoices", "account_id", p.Order.Account))
	for i := range invoices {
		for _, line := range invoices[i].Lines {
			if line.Order == p.Order.ID {
				p.Invoices = append(p.Invoices, invoices[i])
				break
			}
		}
	}
	return p, err
}

// accountName is what an account is called, where whoever looks may know; else its id.
func (v *visit) accountName(id string) (string, error) {
	if !v.who().May("house.read") {
		return id, nil
	}
	var account struct {
		Name string `json:"name"`
	}
	err := v.get(pathTo("/accounts/", id), &account)
	return account.Name, err
}

func previewHouseOrder(state string) houseOrder {
	o := houseOrder{previewOrder(state), "acme"}
	if state != "open" && state != "closed" {
		o.Grant = "g4"
	}
	return o
}

func houseOrderPreviews() []preview {
	old := previewHouseOrder("refunding")
	old.ID, old.CreatedAt, old.Account = "20260105000000000031", previewNow.AddDate(0, -2, 0), "b7"
	paid := HouseOrderPage{Order: previewHouseOrder("paid"), Product: "银行卡四要素核验", Account: "测试贸易有限公司", Grant: &previewGrants()[0], Money: true}
	paid.Payments = []housePayment{
		{shopPayment{ID: "p1", Provider: "wechat", Method: "qr", Amount: 2000_00, State: "closed", CreatedAt: previewNow.Add(-6 * time.Minute)}, ""},
		{shopPayment{ID: "p2", Provider: "alipay", Method: "page", Amount: 2000_00, Received: 2000_00, State: "paid", CreatedAt: previewNow.Add(-5 * time.Minute), SettledAt: previewNow.Add(-4 * time.Minute)}, "2026030222001476561431"},
	}
	paid.Refunds = []shopRefund{{ID: "r1", State: "rejected", Reason: "买多了", Answer: "已超过约定期限", CreatedAt: previewNow.Add(-time.Hour)}}
	paid.Invoices = previewInvoices()[3:4]
	open := HouseOrderPage{Order: previewHouseOrder("open"), Product: "银行卡四要素核验", Account: "测试贸易有限公司"}
	return []preview{
		{name: "house-orders", path: houseOrdersPath, page: HouseOrdersPage{
			Orders: []houseOrder{previewHouseOrder("open"), previewHouseOrder("paid"), old, previewHouseOrder("closed")}, Products: previewProducts(), Next: houseOrdersPath + "?after=20240105000000000002",
		}},
		{name: "house-orders-empty", path: houseOrdersPath, page: HouseOrdersPage{State: "refunded", Account: "acme"}},
		{name: "house-order", path: paid.Order.Path(), page: paid},
		{name: "house-order-open", path: open.Order.Path(), page: open},
	}
}
