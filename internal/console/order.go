package console

import (
	"html/template"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// OrderPage is one order: how it is paid, what it gave, and what can be done about it.
type OrderPage struct {
	Order   shopOrder
	Name    string // of the product
	Account string

	// While it is open: the ways to pay, and the attempt that stands.
	Ways     []payWay
	Payment  *shopPayment
	QR       template.HTML
	Accounts []houseAccount // of a bank transfer

	Refunds []shopRefund // newest first
	Policy  refundTerms
	Rating  *orderRating
	Rates   bool // it may be rated
	Buys    bool
	Done    string
}

func (OrderPage) template() string { return "order" }
func (OrderPage) title() string    { return "订单详情" }

// scripts: the status of what is being paid asks for itself.
func (OrderPage) scripts() []string { return []string{"vendor/htmx/htmx.min.js"} }

// Asks reports whether a refund can be asked for.
func (p OrderPage) Asks() bool {
	if !p.Buys || p.Order.State != "paid" || p.Order.Trial {
		return false
	}
	for _, r := range p.Refunds {
		if r.Open() {
			return false
		}
	}
	return true
}

// Every is how often the page looks whether the money came, in seconds: a bank takes longer.
func (p OrderPage) Every() int {
	if p.Payment != nil && p.Payment.Provider == transferWay {
		return 20
	}
	return 3
}

// Paper is the path of one of its papers.
func (p OrderPage) Paper(name string) string {
	return apiPrefix + "/accounts/" + url.PathEscape(p.Account) + "/orders/" + url.PathEscape(p.Order.ID) + "/" + name
}

// orderRating is what the account said about the order.
type orderRating struct {
	Stars     int       `json:"stars"`
	Text      string    `json:"text"`
	WrittenAt time.Time `json:"written_at"`
	Answer    string    `json:"answer"`
}

// Filled are its stars.
func (r orderRating) Filled() []bool { return filled(r.Stars) }

// ratingTime is how long after its payment an order may be rated.
const ratingTime = 180 * 24 * time.Hour

func (c *Console) orderPage(v *visit) (page, error) {
	p := OrderPage{Account: v.who().Account, Buys: v.who().May("order.buy"), Done: v.done(map[string]string{
		"cancelled": "订单已取消", "refund": "退款申请已提交，我们会尽快处理", "rated": "感谢评价",
	})}
	path := v.account("/orders/" + url.PathEscape(v.r.PathValue("order")))
	if err := v.get(path, &p.Order); err != nil {
		return nil, err
	}
	names, err := v.productNames()
	if err != nil {
		return nil, err
	}
	p.Name = names[p.Order.Product]
	switch p.Order.State {
	case "open":
		return p, p.till(v)
	case "closed":
		return p, nil
	}
	if !p.Order.Trial {
		err = p.afterwards(v, path)
	}
	return p, err
}

// till fills in how the order can be paid.
func (p *OrderPage) till(v *visit) error {
	var ways list[payWay]
	if err := v.get(v.account("/payment-ways"), &ways); err != nil {
		return err
	}
	p.Ways = ways.Items
	chosen := v.r.URL.Query().Get("payment")
	for i := range p.Order.Payments { // oldest first
		if m := &p.Order.Payments[i]; m.State == "open" && (p.Payment == nil || p.Payment.ID != chosen) {
			p.Payment = m
		}
	}
	if p.Payment == nil {
		return nil
	}
	if p.Payment.Provider == transferWay {
		if !p.Buys {
			return nil
		}
		accounts, err := all[houseAccount](v, "/bank-accounts")
		for _, a := range accounts {
			if a.ClosedAt.IsZero() {
				p.Accounts = append(p.Accounts, a)
			}
		}
		return err
	}
	return p.draw()
}

// longestQR is how long a text may be for a code that a phone reads off a screen. The
// addresses of some pay pages are longer.
const longestQR = 300

func (p *OrderPage) draw() (err error) {
	if p.Payment.Show != "" && len(p.Payment.Show) <= longestQR {
		p.QR, err = qrCode(p.Payment.Show)
	}
	return err
}

// afterwards fills in what belongs to an order that was paid.
func (p *OrderPage) afterwards(v *visit, path string) error {
	var err error
	if p.Refunds, err = all[shopRefund](v, path+"/refunds"); err != nil {
		return err
	}
	if err := v.get("/products/"+url.PathEscape(p.Order.Product)+"/refund-policy", &p.Policy); err != nil {
		return err
	}
	var rating orderRating
	err = v.get(path+"/rating", &rating)
	switch problem := problemOf(err); {
	case err == nil:
		p.Rating = &rating
	case problem != nil && problem.Code == "not_found":
		p.Rates = p.Buys && v.c.o.Now().Sub(p.Order.PaidAt) < ratingTime
	default:
		return err
	}
	return nil
}

func (v *visit) orderAct(path string, in any, done string) (string, error) {
	order := url.PathEscape(v.r.PathValue("order"))
	if err := v.post(v.account("/orders/"+order+path), in, nil); err != nil {
		return "", err
	}
	return query(ordersPath+"/"+order, "done", done), nil
}

func (c *Console) cancelOrder(v *visit) (string, error) {
	return v.orderAct("/cancellation", nil, "cancelled")
}

func (c *Console) askRefund(v *visit) (string, error) {
	return v.orderAct("/refunds", map[string]string{"reason": v.value("reason")}, "refund")
}

func (c *Console) rateOrder(v *visit) (string, error) {
	return v.orderAct("/rating", map[string]any{"stars": v.number("stars"), "text": v.value("text")}, "rated")
}

// payOrder begins an attempt to pay. The browser stays here: the provider's page or the QR
// code stands on the page of the order.
func (c *Console) payOrder(v *visit) (string, error) {
	provider, method, _ := strings.Cut(v.value("way"), "/")
	order := ordersPath + "/" + url.PathEscape(v.r.PathValue("order"))
	in := map[string]string{"provider": provider, "method": method, "back": v.base() + order}
	var m shopPayment
	if err := v.post(v.account("/orders/"+url.PathEscape(v.r.PathValue("order"))+"/payments"), in, &m); err != nil {
		return "", err
	}
	return query(order, "payment", m.ID), nil
}

// StarWords name the stars for who does not see them.
func (OrderPage) StarWords() []choice {
	words := []string{"很差", "较差", "一般", "满意", "非常满意"}
	list := make([]choice, len(words))
	for i, w := range words {
		list[i] = choice{Value: strconv.Itoa(i + 1), Label: w}
	}
	return list
}
