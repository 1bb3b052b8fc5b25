package console

import "time"

// HouseTermsPage is where a product is added, or its terms are changed.
type HouseTermsPage struct {
	Product houseProduct // without a path: a new one
}

func (HouseTermsPage) template() string { return "houseterms" }
func (p HouseTermsPage) title() string {
	if p.New() {
		return "添加产品"
	}
	return "更改产品条款"
}

// New reports whether there is no such product yet.
func (p HouseTermsPage) New() bool { return p.Product.ID == "" }

// Action is where the form goes.
func (p HouseTermsPage) Action() string {
	if p.New() {
		return houseProductsPath
	}
	return p.Product.URL() + "/terms"
}

// NeedChoices and DetailChoices are those of its selects.
func (p HouseTermsPage) NeedChoices() []choice { return chosen(needChoices, p.Product.Needs) }

func (p HouseTermsPage) DetailChoices() []choice { return chosen(detailChoices, p.Product.Detail) }

// newProduct is what the form of a new one begins with.
var newProduct = houseProduct{Needs: "name,id,card,mobile", Detail: "state", Units: unitCharge{1, 1, 0}}

func (c *Console) houseProductNewPage(v *visit) (page, error) {
	return v.typedTerms(HouseTermsPage{Product: newProduct}), nil
}

func (c *Console) houseTermsPage(v *visit) (page, error) {
	p, err := v.product()
	return v.typedTerms(HouseTermsPage{Product: p}), err
}

// typedTerms keeps what was chosen, of a form that was refused.
func (v *visit) typedTerms(p HouseTermsPage) HouseTermsPage {
	if v.form.Values.Has("needs") {
		p.Product.Needs, p.Product.Detail = v.value("needs"), v.value("detail")
	}
	return p
}

// productTerms are what the form says of a product.
func (v *visit) productTerms() map[string]any {
	return map[string]any{
		"name": v.value("name"), "path": v.value("path"), "needs": v.value("needs"), "detail": v.value("detail"), "units": v.charge(), "reuse_minutes": v.number("reuse_minutes"),
	}
}

// charge is what verdicts are to cost.
func (v *visit) charge() unitCharge {
	return unitCharge{v.number("units/match"), v.number("units/mismatch"), v.number("units/undetermined")}
}

func (c *Console) addProduct(v *visit) (string, error) {
	in := v.productTerms()
	in["id"], in["off"] = v.value("id"), v.checked("off")
	if err := v.post("/products", in, nil); err != nil {
		return "", err
	}
	return query(pathTo(houseProductsPath+"/", v.value("id")), "done", "added"), nil
}

func (c *Console) changeTerms(v *visit) (string, error) {
	at := v.r.PathValue("product")
	return query(pathTo(houseProductsPath+"/", at), "done", "terms"), v.put(pathTo("/products/", at), v.productTerms(), nil)
}

// houseOffer is what buyers see of a product at an instant.
type houseOffer struct {
	Product   string       `json:"product_id"`
	At        time.Time    `json:"at"`
	Units     unitCharge   `json:"units"`
	Charges   []string     `json:"charges"`
	Announced bool         `json:"announced"`
	Plans     []housePlan  `json:"plans"`
	Page      *soldProduct `json:"page"`
}

// HouseOfferPage shows what buyers see of a product at an instant.
type HouseOfferPage struct {
	Product houseProduct
	At      string // as the field has it; "": now
	Draft   bool   // the draft of its page
	Offer   houseOffer
}

func (HouseOfferPage) template() string { return "houseoffer" }
func (HouseOfferPage) title() string    { return "买家看到的样子" }

func (c *Console) houseOfferPage(v *visit) (page, error) {
	q := v.r.URL.Query()
	v.form.Values = q // the filter is a form like others
	at, err := v.when("at")
	p := HouseOfferPage{At: q.Get("at"), Draft: q.Has("draft")}
	if err != nil {
		v.form.Faults = map[string]string{"at": v.lang.problem("write a time as 2026-03-02T09:00:00+08:00")}
	}
	if p.Product, err = v.product(); err != nil {
		return nil, err
	}
	pairs := []string{}
	if !at.IsZero() {
		pairs = append(pairs, "at", at.Format(time.RFC3339))
	}
	if p.Draft {
		pairs = append(pairs, "draft", "true")
	}
	err = v.get(query(pathTo("/products/", p.Product.ID)+"/offer", pairs...), &p.Offer)
	return p, err
}
