package console

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"
	"time"

	"quartet/internal/web"
)

func (c *Console) planRoutes() {
	c.housed("GET "+houseProductsPath+"/{product}/plans/new", c.housePlanNewPage)
	c.form("POST "+houseProductsPath+"/{product}/plans", c.addPlan, c.housePlanNewPage)
	c.housed("GET "+houseProductsPath+"/{product}/plans/{plan}", c.housePlanPage)
	c.form("POST "+houseProductsPath+"/{product}/plans/{plan}/successor", c.followPlan, c.housePlanPage)
	c.form("POST "+houseProductsPath+"/{product}/plans/{plan}/end", c.endPlan, c.housePlanPage)
}

// housePlan is a plan, on sale or not.
type housePlan struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Product   string    `json:"product_id"`
	Units     int64     `json:"units"`
	Price     int64     `json:"price_fen"`
	Months    int       `json:"months"`
	UnitPrice string    `json:"unit_price"`
	Trial     bool      `json:"trial"`
	From      time.Time `json:"from_at"`
	Until     time.Time `json:"until_at"`
}

// Path is where it is changed.
func (p housePlan) Path() string {
	return pathTo(pathTo(houseProductsPath+"/", p.Product)+"/plans/", p.ID)
}

// Yuan is the price as a field has it.
func (p housePlan) Yuan() string {
	return strings.TrimSuffix(strconv.FormatFloat(float64(p.Price)/100, 'f', 2, 64), ".00")
}

// stands is where it stands at an instant.
func (p housePlan) stands(now time.Time) badge {
	switch {
	case !p.Until.IsZero() && !p.Until.After(now):
		return badge{"已停售", "secondary"}
	case p.From.After(now):
		return badge{"待上架", "blue"}
	}
	return badge{"在售", "green"}
}

// before puts trials first, then by units.
func (p housePlan) before(q housePlan) int {
	return cmp.Or(cmp.Compare(first(q.Trial), first(p.Trial)), cmp.Compare(p.Units, q.Units), p.From.Compare(q.From))
}

// HousePlanPage is where a plan is put on sale, followed by another one, or ended.
type HousePlanPage struct {
	Product houseProduct
	Plan    *housePlan // nil: a new one
	Now     time.Time
	// Announce says that the house may only do this by an announcement.
	Announce bool
}

func (HousePlanPage) template() string { return "houseplan" }
func (p HousePlanPage) title() string {
	if p.Plan == nil {
		return "添加套餐"
	}
	return p.Plan.Name
}

// Begin is what the fields of the form begin with: of a plan that follows another one, its own.
func (p HousePlanPage) Begin() housePlan {
	if p.Plan != nil {
		return *p.Plan
	}
	return housePlan{Months: 24}
}

// Stands is where the plan stands now, Ended whether nobody can buy it any more.
func (p HousePlanPage) Stands() badge { return p.Plan.stands(p.Now) }

func (p HousePlanPage) Ended() bool { return !p.Plan.Until.IsZero() && !p.Plan.Until.After(p.Now) }

func (c *Console) housePlanNewPage(v *visit) (page, error) {
	p, err := v.product()
	return HousePlanPage{Product: p, Now: c.o.Now()}, err
}

// plan finds the plan of a page.
func (v *visit) plan(id string) (housePlan, error) {
	every, err := all[housePlan](v, "/plans")
	if err != nil {
		return housePlan{}, err
	}
	for i := range every {
		if every[i].ID == id {
			return every[i], nil
		}
	}
	return housePlan{}, &web.Problem{Status: http.StatusNotFound, Code: "not_found"}
}

func (c *Console) housePlanPage(v *visit) (page, error) {
	p := HousePlanPage{Now: c.o.Now(), Announce: strings.HasSuffix(v.r.URL.Path, "/successor") && v.form.Detail != ""}
	var err error
	if p.Product, err = v.product(); err != nil {
		return nil, err
	}
	plan, err := v.plan(v.r.PathValue("plan"))
	p.Plan = &plan
	return p, err
}

// typedPlan is what the form says of a plan. Prices are typed in yuan.
func (v *visit) typedPlan() (map[string]any, error) {
	price, err := v.fen("price_fen")
	if err != nil {
		return nil, err
	}
	return map[string]any{"id": v.value("id"), "name": v.value("name"), "units": v.number("units"), "price_fen": price, "months": v.number("months")}, nil
}

// fen is a field that holds an amount in yuan.
func (v *visit) fen(name string) (int64, error) {
	text := strings.NewReplacer(",", "", "¥", "", "，", "").Replace(v.value(name))
	whole, part, _ := strings.Cut(text, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	cents := int64(0)
	if err == nil && part != "" {
		cents, err = strconv.ParseInt((part + "0")[:2], 10, 64)
	}
	if err != nil || len(part) > len("00") || n < 0 || cents < 0 || n > maxYuan {
		return 0, faulty(name, "write an amount in yuan, such as 500 or 499.90")
	}
	return n*100 + cents, nil
}

// maxYuan is the most that a field of an amount holds.
const maxYuan = 1_000_000_000

// datedPlan is the same with the instant from which it is on sale.
func (v *visit) datedPlan() (map[string]any, error) {
	in, err := v.typedPlan()
	if err != nil {
		return nil, err
	}
	from, err := v.when("from_at")
	if !from.IsZero() {
		in["from_at"] = from
	}
	return in, err
}

func (c *Console) addPlan(v *visit) (string, error) {
	at := v.r.PathValue("product")
	in, err := v.datedPlan()
	if err != nil {
		return "", err
	}
	return query(pathTo(houseProductsPath+"/", at), "done", "plan"), v.post(pathTo("/products/", at)+"/plans", in, nil)
}

func (c *Console) followPlan(v *visit) (string, error) {
	in, err := v.datedPlan()
	if err != nil {
		return "", err
	}
	return query(pathTo(houseProductsPath+"/", v.r.PathValue("product")), "done", "successor"), v.post(pathTo("/plans/", v.r.PathValue("plan"))+"/successor", in, nil)
}

func (c *Console) endPlan(v *visit) (string, error) {
	until, err := v.when("until_at")
	if err != nil {
		return "", err
	}
	in := map[string]any{}
	if !until.IsZero() {
		in["until_at"] = until
	}
	return query(pathTo(houseProductsPath+"/", v.r.PathValue("product")), "done", "ended"), v.put(pathTo("/plans/", v.r.PathValue("plan"))+"/end", in, nil)
}

func previewHousePlans() []housePlan {
	at := previewNow
	return []housePlan{
		{ID: "1887-trial", Name: "免费测试", Product: "1887", Units: 10, Months: 1, UnitPrice: "0.00", Trial: true},
		{ID: "1887-1200", Name: "500元/1200次", Product: "1887", Units: 1200, Price: 500_00, Months: 24, UnitPrice: "0.42", Until: at.AddDate(0, 0, 18)},
		{ID: "1887-1200b", Name: "550元/1200次", Product: "1887", Units: 1200, Price: 550_00, Months: 24, UnitPrice: "0.46", From: at.AddDate(0, 0, 18)},
		{ID: "1887-6000", Name: "2000元/6000次", Product: "1887", Units: 6000, Price: 2000_00, Months: 24, UnitPrice: "0.33"},
		{ID: "1887-5000", Name: "1800元/5000次", Product: "1887", Units: 5000, Price: 1800_00, Months: 24, UnitPrice: "0.36", Until: at.AddDate(0, -1, 0)},
	}
}

func housePlanPreviews() []preview {
	product, plan := previewHouseProduct(), previewHousePlans()[3]
	return []preview{
		{name: "house-plan-new", path: product.URL() + "/plans/new", page: HousePlanPage{Product: product, Now: previewNow}},
		{name: "house-plan", path: plan.Path(), page: HousePlanPage{Product: product, Plan: &plan, Now: previewNow}},
		{name: "house-plan-refused", path: plan.Path(), page: HousePlanPage{Product: product, Plan: &plan, Now: previewNow, Announce: true}, form: form{
			Values: map[string][]string{"id": {"1887-6000b"}, "name": {"2200元/6000次"}, "units": {"6000"}, "price_fen": {"2200"}, "months": {"24"}},
			Detail: "有账户持有该产品的次数，涨价须先发布公告，到期自动生效",
		}},
	}
}
