package console

import "time"

const houseSurplusPath = "/house/surplus"

func (c *Console) houseSurplusRoutes() {
	c.housed("GET "+houseSurplusPath, c.houseSurplusPage)
	c.form("POST "+houseSurplusPath+"/{payment}/return", func(v *visit) (string, error) {
		var r houseRefund
		if err := v.post("/surplus/"+v.segment("payment")+"/return", v.reasoned(), &r); err != nil {
			return "", err
		}
		return query(r.Path(), "done", "approved"), nil
	}, c.houseSurplusPage)
}

// surplusPayment is money that paid nothing.
type surplusPayment struct {
	housePayment

	Order string `json:"order_id"`
}

// Path is where it is sent back, and OrderPath where its order is.
func (s surplusPayment) Path() string { return pathTo(houseSurplusPath+"/", s.ID) }

func (s surplusPayment) OrderPath() string { return houseOrderAt(s.Order) }

// Whys are why it paid nothing.
func (s surplusPayment) Whys() string {
	return labelIn([]choice{{Value: "late", Label: "付款时订单已关闭"}, {Value: "second", Label: "订单已由另一笔付款支付"}, {Value: "amount", Label: "金额与订单不符"}}, s.Why)
}

// HouseSurplusPage lists money that paid nothing and has not gone back.
type HouseSurplusPage struct {
	Payments []surplusPayment
	Moves    bool
	Next     string
}

func (HouseSurplusPage) template() string { return "housesurplus" }
func (HouseSurplusPage) title() string    { return "多付款项" }

func (c *Console) houseSurplusPage(v *visit) (page, error) {
	p := HouseSurplusPage{Moves: v.who().May("money.write")}
	var payments list[surplusPayment]
	if err := v.get(query("/surplus", "after", v.r.URL.Query().Get("after"), "limit", "50"), &payments); err != nil {
		return nil, err
	}
	p.Payments, p.Next = payments.Items, following(houseSurplusPath, payments.Next)
	return p, nil
}

func houseSurplusPreviews() []preview {
	one := func(id, provider, why string, came int64) surplusPayment {
		return surplusPayment{housePayment{shopPayment{ID: id, Provider: provider, Method: "qr", Amount: 2000_00, Received: came, State: "surplus", Why: why, SettledAt: previewNow.Add(-3 * time.Hour)}, "4200002" + id}, "20260302000000000042"}
	}
	return []preview{
		{name: "house-surplus", path: houseSurplusPath, page: HouseSurplusPage{Payments: []surplusPayment{one("p5", "wechat", "second", 2000_00), one("p6", "alipay", "amount", 1999_99)}, Moves: true}},
		{name: "house-surplus-empty", path: houseSurplusPath, page: HouseSurplusPage{}},
	}
}
