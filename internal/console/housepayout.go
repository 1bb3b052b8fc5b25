package console

import (
	"net/http"
	"time"
)

const housePayoutsPath = "/house/payouts"

func (c *Console) housePayoutRoutes() {
	c.housed("GET "+housePayoutsPath, c.housePayoutsPage)
	c.form("POST "+housePayoutsPath+"/{payout}/serial", func(v *visit) (string, error) {
		return query(housePayoutsPath, "done", "serial"), v.put("/payouts/"+v.segment("payout")+"/serial", map[string]string{"serial": v.value("serial")}, nil)
	}, c.housePayoutsPage)
	c.form("POST "+housePayoutsPath+"/{payout}/serial/removal", func(v *visit) (string, error) {
		return query(housePayoutsPath, "done", "dropped"), v.remove("/payouts/" + v.segment("payout") + "/serial")
	}, c.housePayoutsPage)
	c.form("POST "+housePayoutsPath+"/{payout}/payee", c.showPayee, c.housePayoutsPage)
}

// owedPayout is money that people pay back at the bank.
type owedPayout struct {
	ID        string     `json:"id"`
	Kind      string     `json:"kind"`
	Amount    int64      `json:"amount_fen"`
	Transfer  string     `json:"transfer_id"`
	Serial    string     `json:"serial"`
	EnteredBy actor      `json:"entered_by"`
	EnteredAt time.Time  `json:"entered_at"`
	Payee     *bankPayer `json:"payee"`
}

// Path is where it is acted on, and From where it comes from.
func (o owedPayout) Path() string { return pathTo(housePayoutsPath+"/", o.ID) }

func (o owedPayout) From() string {
	if o.Kind == "refund" {
		return pathTo(houseRefundsPath+"/", o.ID)
	}
	return pathTo(houseTransfersPath+"/", o.Transfer)
}

// KindWords are what it is.
func (o owedPayout) KindWords() string {
	if o.Kind == "refund" {
		return "订单退款"
	}
	return "转账退回"
}

// HousePayoutsPage lists what is to be paid back at the bank.
type HousePayoutsPage struct {
	Payouts []owedPayout
	Me      string
	Moves   bool
	Next    string
	Done    string
}

func (HousePayoutsPage) template() string { return "housepayouts" }
func (HousePayoutsPage) title() string    { return "银行退付" }

// Second reports whether whoever looks may say the second word.
func (p HousePayoutsPage) Second(o owedPayout) bool { return o.EnteredBy.Second(p.Me) }

func (c *Console) housePayoutsPage(v *visit) (page, error) {
	p := HousePayoutsPage{Me: v.who().Name, Moves: v.who().May("money.write"), Done: v.done(map[string]string{
		"serial": "流水号已登记；两人登记一致后即为完成", "dropped": "流水号已撤销",
	})}
	var owed list[owedPayout]
	if err := v.get(query("/payouts", "after", v.r.URL.Query().Get("after"), "limit", "50"), &owed); err != nil {
		return nil, err
	}
	p.Payouts, p.Next = owed.Items, following(housePayoutsPath, owed.Next)
	return p, nil
}

// HousePayeePage is whom to pay, whole. It stands in no address.
type HousePayeePage struct {
	Payout owedPayout
	Payee  bankPayer
}

func (HousePayeePage) template() string { return "housepayee" }
func (HousePayeePage) title() string    { return "收款人" }

func (c *Console) showPayee(v *visit) (string, error) {
	var p HousePayeePage
	if err := v.post("/payouts/"+v.segment("payout")+"/payee", v.reasoned(), &p.Payee); err != nil {
		return "", err
	}
	owed, err := all[owedPayout](v, "/payouts")
	if err != nil {
		return "", err
	}
	for _, o := range owed {
		if o.ID == v.r.PathValue("payout") {
			p.Payout = o
		}
	}
	c.render(v, http.StatusOK, p)
	return "", nil
}

func housePayoutPreviews() []preview {
	payee := &bankPayer{"测试贸易有限公司", "****0001", ""}
	owed := []owedPayout{
		{ID: "5f0c2a", Kind: "refund", Amount: 2103_00, Transfer: "t1", Payee: payee},
		{ID: "p8", Kind: "transfer", Amount: 500_00, Transfer: "t2", Payee: payee, Serial: "B20260001", EnteredBy: "sun", EnteredAt: previewNow.Add(-time.Hour)},
		{ID: "p9", Kind: "transfer", Amount: 80_00, Transfer: "t3", Payee: payee, Serial: "B20260002", EnteredBy: "qian", EnteredAt: previewNow.Add(-time.Hour)},
	}
	refused := form{Values: map[string][]string{"_form": {"serial-p8"}, "serial": {"B2026"}}, Faults: map[string]string{"serial": "与先登记的流水号不一致，请到银行核对；先登记的有误请先撤销"}}
	return []preview{
		{name: "house-payouts", path: housePayoutsPath, page: HousePayoutsPage{Payouts: owed, Me: "qian", Moves: true}},
		{name: "house-payouts-refused", path: housePayoutsPath, page: HousePayoutsPage{Payouts: owed[:2], Me: "qian", Moves: true}, form: refused},
		{name: "house-payouts-empty", path: housePayoutsPath, page: HousePayoutsPage{Me: "qian", Moves: true}},
		{name: "house-payee", path: housePayoutsPath, page: HousePayeePage{Payout: owed[0], Payee: bankPayer{"测试贸易有限公司", "6225000000001", ""}}},
	}
}
