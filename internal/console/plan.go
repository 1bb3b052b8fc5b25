package console

import (
	"cmp"
	"slices"
	"time"
)

// shopPlan is a plan on sale.
type shopPlan struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Product   string `json:"product_id"`
	Units     int64  `json:"units"`
	Price     int64  `json:"price_fen"`
	Months    int    `json:"months"`
	UnitPrice string `json:"unit_price"`
	Trial     bool   `json:"trial"`

	Taken bool `json:"-"` // a trial that this account has had
}

// shelf is what is on sale of a product.
type shelf struct {
	Product, Name string
	Plans         []shopPlan
}

// PlansPage is where units are bought.
type PlansPage struct {
	Shelves []shelf
	// Firm is how the firm of the account stands; only one that is approved may buy.
	Firm    string
	Proves  bool // whoever looks may say which firm it is
	Buys    bool // and may buy
	Renewed *unitGrant
	Chosen  string // id of the plan that somebody came for
}

func (PlansPage) template() string { return "plans" }
func (PlansPage) title() string    { return "购买套餐" }

// MayBuy reports whether the page has buttons to buy with.
func (p PlansPage) MayBuy() bool { return p.Buys && p.Firm == approvedFirm }

// FirmWords tell why nothing can be bought yet.
func (p PlansPage) FirmWords() string {
	switch p.Firm {
	case "submitted":
		return "企业认证审核中，通过后即可购买和领取免费测试。"
	case "rejected":
		return "企业认证未通过，请修改后重新提交。"
	case "revoked":
		return "企业认证已被撤销，请重新认证或联系客服。"
	}
	return "按监管要求，完成企业认证后才能购买套餐和领取免费测试。"
}

func (c *Console) plansPage(v *visit) (page, error) {
	who := v.who()
	p := PlansPage{Buys: who.May("order.buy"), Proves: who.May("firm.submit")}
	var err error
	if p.Firm, err = v.firmStands(); err != nil {
		return nil, err
	}
	grants, err := v.grants()
	if err != nil {
		return nil, err
	}
	renews := cmp.Or(v.value("renews_grant_id"), v.r.URL.Query().Get("renews"))
	for i := range grants {
		if grants[i].ID == renews {
			p.Renewed = &grants[i]
		}
	}
	p.Chosen = v.r.URL.Query().Get("plan")
	p.Shelves, err = v.shelves()
	if err != nil {
		return nil, err
	}
	for s := range p.Shelves {
		for i := range p.Shelves[s].Plans {
			plan := &p.Shelves[s].Plans[i]
			plan.Taken = plan.Trial && slices.ContainsFunc(grants, func(g unitGrant) bool { return g.Trial && g.Product == plan.Product })
		}
	}
	if p.Renewed != nil {
		p.Shelves = slices.DeleteFunc(p.Shelves, func(s shelf) bool { return s.Product != p.Renewed.Product })
		for s := range p.Shelves {
			p.Shelves[s].Plans = slices.DeleteFunc(p.Shelves[s].Plans, func(plan shopPlan) bool { return plan.Trial })
		}
	}
	return p, nil
}

// shelves are the plans on sale, product by product.
func (v *visit) shelves() ([]shelf, error) {
	products, err := all[struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	}](v, "/products")
	if err != nil {
		return nil, err
	}
	var shelves []shelf
	for _, product := range products {
		plans, err := all[shopPlan](v, "/products/"+product.ID+"/plans")
		if err != nil {
			return nil, err
		}
		if len(plans) > 0 {
			shelves = append(shelves, shelf{product.ID, product.Name, plans})
		}
	}
	return shelves, nil
}

func (c *Console) placeOrder(v *visit) (string, error) {
	in := map[string]string{"plan_id": v.value("plan_id")}
	if renews := v.value("renews_grant_id"); renews != "" {
		in["renews_grant_id"] = renews
	}
	var order shopOrder
	if err := v.post(v.account("/orders"), in, &order); err != nil {
		return "", err
	}
	return order.Path(), nil
}

func (c *Console) takeTrial(v *visit) (string, error) {
	var order shopOrder
	if err := v.post(v.account("/trials"), map[string]string{"plan_id": v.value("plan_id")}, &order); err != nil {
		return "", err
	}
	return order.Path(), nil
}

func planPreviews() []preview {
	shelves := func(taken bool) []shelf {
		return []shelf{{"1887", "银行卡四要素核验", []shopPlan{
			{"1887-trial", "免费测试", "1887", 10, 0, 1, "0.00", true, taken},
			{"1887-1200", "500元/1200次", "1887", 1200, 500_00, 24, "0.42", false, false},
			{"1887-6000", "2000元/6000次", "1887", 6000, 2000_00, 24, "0.33", false, false},
			{"1887-10000", "3000元/10000次", "1887", 10000, 3000_00, 24, "0.30", false, false},
			{"1887-18000", "5000元/18000次", "1887", 18000, 5000_00, 24, "0.28", false, false},
			{"1887-40000", "10000元/40000次", "1887", 40000, 10000_00, 24, "0.25", false, false},
		}}}
	}
	renewed := previewGrants()[1]
	forRenewal := shelves(true)
	forRenewal[0].Plans = forRenewal[0].Plans[1:]
	return []preview{
		{name: "plans", path: plansPath, page: PlansPage{Shelves: shelves(false), Firm: approvedFirm, Proves: true, Buys: true}},
		{name: "plans-chosen", path: plansPath, page: PlansPage{Shelves: shelves(false), Firm: approvedFirm, Buys: true, Chosen: "1887-6000"}},
		{name: "plans-unproven", path: plansPath, page: PlansPage{Shelves: shelves(false), Proves: true, Buys: true}},
		{name: "plans-renewal", path: plansPath, page: PlansPage{Shelves: forRenewal, Firm: approvedFirm, Buys: true, Renewed: &renewed}},
		{name: "plans-refused", path: plansPath, page: PlansPage{Shelves: shelves(true), Firm: approvedFirm, Buys: true}, form: form{
			Values: map[string][]string{"plan_id": {"1887-1200"}}, Detail: "有 20 个订单待支付，请先支付或取消其中一个再下单",
		}},
		{name: "plans-empty", path: plansPath, page: PlansPage{Firm: approvedFirm, Buys: true}},
	}
}

// previewOrder is the order of the previews, as it stands in a state.
func previewOrder(state string) shopOrder {
	o := shopOrder{
		ID: "20260302000000000042", Plan: "1887-6000", PlanName: "2000元/6000次", Product: "1887", Units: 6000, Amount: 2000_00, Months: 24, Code: "K7M3QX9P",
		State: state, CreatedAt: previewNow.Add(-6 * time.Minute), PayBy: previewNow.Add(24 * time.Minute),
	}
	switch state {
	case "paid", "refunding", "refunded":
		o.PaidAt, o.Grant = previewNow.Add(-4*time.Minute), "g5"
	case "closed":
		o.ClosedAt, o.Why = previewNow.Add(-2*time.Minute), "timeout"
	}
	if state == "refunded" {
		o.Refunded = o.Amount
	}
	return o
}
