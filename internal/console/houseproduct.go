package console

import (
	"slices"
	"time"

	"quartet"
)

const houseProductsPath = "/house/products"

// catalogueRoutes are the pages of what is sold, and of what is said about it.
func (c *Console) catalogueRoutes() {
	c.housed("GET "+houseProductsPath, c.houseProductsPage)
	c.housed("GET "+houseProductsPath+"/new", c.houseProductNewPage)
	c.form("POST "+houseProductsPath, c.addProduct, c.houseProductNewPage)
	c.housed("GET "+houseProductsPath+"/{product}", c.houseProductPage)
	c.form("POST "+houseProductsPath+"/{product}/off", c.switchProductOff, c.houseProductPage)
	c.form("POST "+houseProductsPath+"/{product}/on", c.switchProductOn, c.houseProductPage)
	c.form("POST "+houseProductsPath+"/{product}/refund-policy", c.changeRefundPolicy, c.houseProductPage)
	c.housed("GET "+houseProductsPath+"/{product}/terms", c.houseTermsPage)
	c.form("POST "+houseProductsPath+"/{product}/terms", c.changeTerms, c.houseTermsPage)
	c.housed("GET "+houseProductsPath+"/{product}/offer", c.houseOfferPage)
	c.planRoutes()
	c.draftRoutes()
	c.marketsRoutes()
	c.tellingRoutes()
	c.incidentRoutes()
}

func cataloguePreviews() []preview {
	list := houseProductPreviews()
	for _, noun := range []func() []preview{housePlanPreviews, draftPreviews, houseMarketPreviews, tellingPreviews, houseIncidentPreviews} {
		list = append(list, noun()...)
	}
	return list
}

// unitCharge is what verdicts cost.
type unitCharge struct {
	Match        int64 `json:"match"`
	Mismatch     int64 `json:"mismatch"`
	Undetermined int64 `json:"undetermined"`
}

// houseProduct is a product as the house knows it.
type houseProduct struct {
	ID        string     `json:"id"`
	Path      string     `json:"path"`
	Name      string     `json:"name"`
	Needs     string     `json:"needs"`
	Detail    string     `json:"detail"`
	On        bool       `json:"on"`
	Units     unitCharge `json:"units"`
	Reuse     int64      `json:"reuse_minutes"`
	Announced *struct {
		Units        unitCharge `json:"units"`
		Effective    time.Time  `json:"effective_at"`
		Announcement string     `json:"announcement_id"`
	} `json:"announced"`
}

// URL is the page of the product in the house.
func (p houseProduct) URL() string { return pathTo(houseProductsPath+"/", p.ID) }

// Badge says whether it can be called.
func (p houseProduct) Badge() badge {
	if p.On {
		return badge{"可调用", "green"}
	}
	return badge{"已停用", "secondary"}
}

// needChoices are the elements that a call can be made to give, and detailChoices how much an
// answer shows.
var (
	needChoices = []choice{
		{Value: "name,id,card,mobile", Label: "卡号、姓名、证件号、手机号"},
		{Value: "name,id,card", Label: "卡号、姓名、证件号"},
		{Value: "name,card,mobile", Label: "卡号、姓名、手机号"},
		{Value: "id,card,mobile", Label: "卡号、证件号、手机号"},
		{Value: "name,card", Label: "卡号、姓名"},
		{Value: "id,card", Label: "卡号、证件号"},
		{Value: "card,mobile", Label: "卡号、手机号"},
	}
	detailChoices = []choice{{Value: "state", Label: "只给结论"}, {Value: "reason", Label: "结论和原因"}, {Value: "element", Label: "结论、原因和不一致的要素"}}
)

// NeedWords and DetailWords are its terms in words.
func (p houseProduct) NeedWords() string { return labelIn(needChoices, p.Needs) }

func (p houseProduct) DetailWords() string { return labelIn(detailChoices, p.Detail) }

// HouseProductsPage lists the products.
type HouseProductsPage struct {
	Products []houseProduct
	Runs     bool
}

func (HouseProductsPage) template() string { return "houseproducts" }
func (HouseProductsPage) title() string    { return "产品与套餐" }

func (c *Console) houseProductsPage(v *visit) (page, error) {
	every, err := all[houseProduct](v, "/products")
	return HouseProductsPage{every, v.who().May("house.write")}, err
}

// HouseProductPage is one product with its plans.
type HouseProductPage struct {
	Product houseProduct
	Plans   []housePlan
	Refunds refundTerms
	Now     time.Time
	Runs    bool
	Writes  bool // whoever looks may see drafts and previews
	Done    string
}

func (HouseProductPage) template() string { return "houseproduct" }
func (p HouseProductPage) title() string  { return p.Product.Name }

var productDone = map[string]string{
	"added": "产品已添加", "off": "产品已停用，调用将返回 10014", "on": "产品已恢复调用", "terms": "产品条款已更改", "refunds": "退款规则已更改",
	"plan": "套餐已添加", "successor": "新套餐已安排接替", "ended": "套餐的停售时间已设定", "published": "产品页已发布", "discarded": "草稿已放弃",
}

// product asks for the product of the page.
func (v *visit) product() (p houseProduct, err error) {
	err = v.get(pathTo("/products/", v.r.PathValue("product")), &p)
	return p, err
}

func (c *Console) houseProductPage(v *visit) (page, error) {
	who := v.who()
	p := HouseProductPage{Now: c.o.Now(), Runs: who.May("house.write"), Writes: who.May("house.write") || who.May("house.read"), Done: v.done(productDone)}
	var err error
	if p.Product, err = v.product(); err != nil {
		return nil, err
	}
	plans, err := all[housePlan](v, "/plans")
	if err != nil {
		return nil, err
	}
	for i := range plans {
		if plans[i].Product == p.Product.ID {
			p.Plans = append(p.Plans, plans[i])
		}
	}
	slices.SortStableFunc(p.Plans, housePlan.before)
	err = v.get(pathTo("/products/", p.Product.ID)+"/refund-policy", &p.Refunds)
	return p, err
}

// Stands is where a plan stands now.
func (p HouseProductPage) Stands(plan housePlan) badge { return plan.stands(p.Now) }

func (c *Console) switchProductOff(v *visit) (string, error) {
	at := v.r.PathValue("product")
	return query(pathTo(houseProductsPath+"/", at), "done", "off"), v.put(pathTo("/products/", at)+"/off", nil, nil)
}

func (c *Console) switchProductOn(v *visit) (string, error) {
	at := v.r.PathValue("product")
	return query(pathTo(houseProductsPath+"/", at), "done", "on"), v.remove(pathTo("/products/", at) + "/off")
}

func (c *Console) changeRefundPolicy(v *visit) (string, error) {
	at := v.r.PathValue("product")
	in := map[string]int64{"full_days": v.number("full_days"), "days": v.number("days")}
	return query(pathTo(houseProductsPath+"/", at), "done", "refunds"), v.put(pathTo("/products/", at)+"/refund-policy", in, nil)
}

// when is a field that holds a date and a time of Asia/Shanghai; zero: it is empty.
func (v *visit) when(name string) (time.Time, error) {
	text := v.value(name)
	for _, layout := range []string{formMoment, "2006-01-02T15:04"} {
		if at, err := time.ParseInLocation(layout, text, quartet.Shanghai); err == nil {
			return at, nil
		}
	}
	if text == "" {
		return time.Time{}, nil
	}
	return time.Time{}, faulty(name, "write a time as 2026-03-02T09:00:00+08:00")
}

func previewHouseProduct() houseProduct {
	return houseProduct{ID: "1887", Path: "/communication/personal/1887", Name: "银行卡四要素核验", Needs: "name,id,card,mobile", Detail: "state", On: true, Units: unitCharge{1, 1, 0}, Reuse: 10}
}

func houseProductPreviews() []preview {
	one := previewHouseProduct()
	off := one
	off.ID, off.Name, off.Path, off.Needs, off.On = "1979", "银行卡三要素核验", "/communication/personal/1979", "name,id,card", false
	coming := one
	coming.Announced = &struct {
		Units        unitCharge `json:"units"`
		Effective    time.Time  `json:"effective_at"`
		Announcement string     `json:"announcement_id"`
	}{unitCharge{1, 1, 1}, previewNow.AddDate(0, 0, 18), "a2"}
	terms := refundTerms{FullDays: 7, Days: 180}
	offer := houseOffer{Product: "1887", At: previewNow.AddDate(0, 0, 18), Units: unitCharge{1, 1, 1}, Announced: true, Charges: []string{"一致扣 1 次", "不一致扣 1 次", "异常扣 1 次"}, Plans: previewHousePlans()[1:3]}
	sold := previewProduct()
	offer.Page = &sold
	return []preview{
		{name: "house-products", path: houseProductsPath, page: HouseProductsPage{[]houseProduct{one, off}, true}},
		{name: "house-products-empty", path: houseProductsPath, page: HouseProductsPage{nil, true}},
		{name: "house-product", path: one.URL(), page: HouseProductPage{Product: coming, Plans: previewHousePlans(), Refunds: terms, Now: previewNow, Runs: true, Writes: true}},
		{name: "house-product-off", path: off.URL(), page: HouseProductPage{Product: off, Refunds: terms, Now: previewNow, Runs: true, Writes: true, Done: productDone["off"]}},
		{name: "house-product-new", path: houseProductsPath, page: HouseTermsPage{Product: newProduct}},
		{name: "house-product-terms", path: one.URL() + "/terms", page: HouseTermsPage{Product: one}, form: form{
			Values: map[string][]string{"units/undetermined": {"1"}}, Detail: "有账户持有该产品的次数，涨价须先发布公告，到期自动生效",
		}},
		{name: "house-offer", path: one.URL() + "/offer", page: HouseOfferPage{Product: one, At: "2026-03-20T00:00", Offer: offer, Draft: true}},
	}
}
