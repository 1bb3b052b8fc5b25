package console

import (
	"net/url"
	"time"
)

// repurchaseWish is a plan that is ordered by itself when units run out.
type repurchaseWish struct {
	Product   string    `json:"product_id"`
	Plan      string    `json:"plan_id"`
	Monthly   int64     `json:"monthly"`
	CreatedAt time.Time `json:"created_at"`
}

// repurchaseRow is a product with the wish that there may be for it.
type repurchaseRow struct {
	Product, Name string
	Wish          *repurchaseWish
	Plans         []shopPlan // that can be wished for
}

// PlanName is the name of the plan that is wished for. One that is not on sale any more has
// only its id.
func (r repurchaseRow) PlanName() string {
	for _, p := range r.Plans {
		if r.Wish != nil && p.ID == r.Wish.Plan {
			return p.Name
		}
	}
	if r.Wish != nil {
		return r.Wish.Plan
	}
	return ""
}

// RepurchasesPage says what is ordered by itself.
type RepurchasesPage struct {
	Rows []repurchaseRow
	Buys bool
	Done string
}

func (RepurchasesPage) template() string { return "repurchases" }
func (RepurchasesPage) title() string    { return "自动续购" }

func (c *Console) repurchasesPage(v *visit) (page, error) {
	p := RepurchasesPage{Buys: v.who().May("order.buy"), Done: v.done(map[string]string{"set": "已开启自动续购", "removed": "已关闭自动续购"})}
	wishes, err := all[repurchaseWish](v, v.account("/repurchases"))
	if err != nil {
		return nil, err
	}
	shelves, err := v.shelves()
	if err != nil {
		return nil, err
	}
	for _, s := range shelves {
		row := repurchaseRow{Product: s.Product, Name: s.Name}
		for _, plan := range s.Plans {
			if !plan.Trial {
				row.Plans = append(row.Plans, plan)
			}
		}
		for i := range wishes {
			if wishes[i].Product == s.Product {
				row.Wish = &wishes[i]
			}
		}
		p.Rows = append(p.Rows, row)
	}
	return p, nil
}

func (c *Console) setRepurchase(v *visit) (string, error) {
	in := map[string]any{"plan_id": v.value("plan_id"), "monthly": v.number("monthly")}
	if err := v.put(v.account("/repurchases/"+url.PathEscape(v.value("product_id"))), in, nil); err != nil {
		return "", err
	}
	return repurchasesPath + "?done=set", nil
}

func (c *Console) removeRepurchase(v *visit) (string, error) {
	if err := v.remove(v.account("/repurchases/" + url.PathEscape(v.value("product_id")))); err != nil {
		return "", err
	}
	return repurchasesPath + "?done=removed", nil
}

func repurchasePreviews() []preview {
	plans := []shopPlan{{ID: "1887-1200", Name: "500元/1200次", Units: 1200, Price: 500_00}, {ID: "1887-6000", Name: "2000元/6000次", Units: 6000, Price: 2000_00}}
	return []preview{
		{name: "repurchases", path: repurchasesPath, page: RepurchasesPage{Buys: true, Done: "已开启自动续购", Rows: []repurchaseRow{
			{"1887", "银行卡四要素核验", &repurchaseWish{"1887", "1887-6000", 2, previewNow.AddDate(0, -1, 0)}, plans},
		}}},
		{name: "repurchases-refused", path: repurchasesPath, page: RepurchasesPage{Buys: true, Rows: []repurchaseRow{{Product: "1887", Name: "银行卡四要素核验", Plans: plans}}}, form: form{
			Values: map[string][]string{"product_id": {"1887"}, "plan_id": {"1887-6000"}, "monthly": {"40"}}, Faults: map[string]string{"monthly": "每月 1 到 10 个订单"},
		}},
		{name: "repurchases-empty", path: repurchasesPath, page: RepurchasesPage{Buys: true}},
	}
}
