package console

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"quartet"
)

// billableOrder is a paid order, with how much of it may be asked for.
type billableOrder struct {
	ID       string    `json:"order_id"`
	PlanName string    `json:"plan_name"`
	PaidAt   time.Time `json:"paid_at"`
	Paid     int64     `json:"paid_fen"`
	Refunded int64     `json:"refunded_fen"`
	Claimed  int64     `json:"claimed_fen"`
	Invoiced int64     `json:"invoiced_fen"`
	Left     int64     `json:"invoiceable_fen"`

	Chosen bool   // in the form
	Typed  string // how much of it
}

// Why is why nothing of it may be asked for.
func (o billableOrder) Why() string {
	switch {
	case o.Paid <= o.Refunded:
		return "已全部退款"
	case o.Claimed+o.Invoiced >= o.Paid-o.Refunded:
		return "已全部在发票中"
	}
	return "退款处理中，或由云市场开票"
}

// Left yuan, as a field has it.
func (o billableOrder) LeftText() string { return quartet.Fen(o.Left).String() }

// ApplicationPage is where an invoice is asked for.
type ApplicationPage struct {
	Orders []billableOrder // of which something may be asked for
	Others []billableOrder
	Titles []ownTitle
	Title  string // id of the one that is chosen; "": the first
	Firm   string // how what the account said of its firm stands
	Sum    int64
}

func (ApplicationPage) template() string  { return "application" }
func (ApplicationPage) title() string     { return "申请发票" }
func (ApplicationPage) scripts() []string { return []string{"invoice.js"} }

// Special reports whether the account may have special invoices.
func (p ApplicationPage) Special() bool { return p.Firm == approvedFirm }

// amountField is the field of the form for so much of an order.
func amountField(order string) string { return "amount_" + order }

func (c *Console) applicationPage(v *visit) (page, error) {
	orders, err := all[billableOrder](v, v.account("/invoiceable-orders"))
	if err != nil {
		return nil, err
	}
	p := ApplicationPage{Title: v.r.URL.Query().Get("title_id")}
	chosen := v.r.URL.Query()["order"]
	if v.form.Values != nil {
		chosen, p.Title = v.form.Values["orders"], v.value("title_id")
	}
	for _, o := range orders {
		if o.Left <= 0 {
			p.Others = append(p.Others, o)
			continue
		}
		o.Chosen, o.Typed = slices.Contains(chosen, o.ID), o.LeftText()
		if v.form.Values.Has(amountField(o.ID)) {
			o.Typed = v.value(amountField(o.ID))
		}
		if fen, ok := fenOf(o.Typed); o.Chosen && ok {
			p.Sum += fen
		}
		p.Orders = append(p.Orders, o)
	}
	if p.Titles, err = all[ownTitle](v, v.account("/invoice-titles")); err != nil {
		return nil, err
	}
	p.Firm, err = v.firmStands()
	return p, err
}

// fenOf reads an amount as people write it: 1,234.5 or ¥1234.50.
func fenOf(text string) (int64, bool) {
	text = strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(text), "¥￥"))
	fen, err := quartet.ParseFen(strings.ReplaceAll(strings.ReplaceAll(text, ",", ""), "，", ""))
	return int64(fen), err == nil && fen > 0
}

func (c *Console) applyInvoice(v *visit) (string, error) {
	type part struct {
		Order string `json:"order_id"`
		Fen   int64  `json:"amount_fen"`
	}
	in := struct {
		Kind   string `json:"kind"`
		Title  string `json:"title_id"`
		Email  string `json:"email"`
		Orders []part `json:"orders"`
	}{Kind: v.value("kind"), Title: v.value("title_id"), Email: v.value("email")}
	for _, order := range v.form.Values["orders"] {
		fen, ok := fenOf(v.value(amountField(order)))
		if !ok { // an empty one would be asked for whole
			return "", faulty(amountField(order), "write the amount in yuan, such as 500 or 500.50")
		}
		in.Orders = append(in.Orders, part{order, fen})
	}
	if len(in.Orders) == 0 {
		return "", faulty("orders", "choose 1 to 100 orders")
	}
	if in.Title == "" {
		return "", faulty("title_id", "choose a title")
	}
	var made ownInvoice
	if err := v.post(v.account("/invoices"), in, &made); err != nil {
		return "", err
	}
	return query(made.Path(), "done", "applied"), nil
}

func applicationPreviews() []preview {
	order := func(id, plan string, fen, claimed, invoiced int64, days int) billableOrder {
		o := billableOrder{ID: id, PlanName: plan, PaidAt: previewNow.AddDate(0, 0, -days), Paid: fen, Claimed: claimed, Invoiced: invoiced, Left: fen - claimed - invoiced}
		o.Typed = o.LeftText()
		return o
	}
	one := order("2026022600431207", "2000元/6000次", 2000_00, 0, 0, 4)
	two := order("2026021400781902", "5000元/18000次", 5000_00, 0, 1500_00, 16)
	gone := order("2026011500120001", "3000元/10000次", 3000_00, 0, 3000_00, 46)
	p := ApplicationPage{Orders: []billableOrder{one, two}, Others: []billableOrder{gone}, Titles: previewTitles(), Firm: approvedFirm}
	refused := p
	one.Chosen, two.Chosen, two.Typed = true, true, "35oo"
	refused.Orders, refused.Sum, refused.Firm, refused.Title = []billableOrder{one, two}, 2000_00, "submitted", "t1"
	return []preview{
		{name: "invoice-new", path: "/console/invoices/new", page: p},
		{name: "invoice-new-empty", path: "/console/invoices/new", page: ApplicationPage{Others: []billableOrder{gone}, Firm: approvedFirm, Titles: previewTitles()}},
		{name: "invoice-new-untitled", path: "/console/invoices/new", page: ApplicationPage{Orders: p.Orders, Firm: approvedFirm}},
		{name: "invoice-new-refused", path: "/console/invoices", page: refused, form: form{
			Values: url.Values{"kind": {"ordinary"}, "title_id": {"t1"}, "email": {"caiwu"}, "orders": {one.ID, two.ID}, amountField(one.ID): {"2000.00"}, amountField(two.ID): {"35oo"}},
			Faults: map[string]string{"email": "请填写接收开票通知的邮箱", amountField(two.ID): "请填写金额，如 500 或 500.50"},
		}},
	}
}
