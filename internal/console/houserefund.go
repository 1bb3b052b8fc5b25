package console

import "time"

const houseRefundsPath = "/house/refunds"

func (c *Console) houseRefundRoutes() {
	c.housed("GET "+houseRefundsPath, c.houseRefundsPage)
	c.housed("GET "+houseRefundsPath+"/{refund}", c.houseRefundPage)
	for act, done := range map[string]string{"approval": "approved", "rejection": "rejected", "resending": "resent", "failure": "failed", "surrender": "surrendered"} {
		c.form("POST "+houseRefundsPath+"/{refund}/"+act, func(v *visit) (string, error) {
			var in any
			if act == "rejection" {
				in = v.reasoned()
			}
			refund := v.segment("refund")
			return v.houseAct(houseRefundsPath+"/"+refund, done, "/refunds/"+refund+"/"+act, in)
		}, c.houseRefundPage)
	}
}

// houseRefund is money that goes back, as the house sees it.
type houseRefund struct {
	shopRefund

	Order     string `json:"order_id"`
	Payment   string `json:"payment_id"`
	AskedBy   actor  `json:"asked_by"`
	DecidedBy actor  `json:"decided_by"`
	Reference string `json:"reference"`
}

// refundStates are those of refunds, what waits for people first.
var refundStates = []choice{
	{Value: "requested", Label: "待审核"},
	{Value: "failed", Label: "退款未成功"},
	{Value: "draining", Label: "等待调用结束"},
	{Value: "reversing", Label: "等待发票冲红"},
	{Value: "sending", Label: "退款中"},
	{Value: "done", Label: "已退款"},
	{Value: "rejected", Label: "未通过"},
	{Value: "given_up", Label: "已终止"},
}

// Words are its state, as the house says it.
func (r houseRefund) Words() string { return labelIn(refundStates, r.State) }

// Path is where it is decided on.
func (r houseRefund) Path() string { return pathTo(houseRefundsPath+"/", r.ID) }

// OrderPath is where its order is.
func (r houseRefund) OrderPath() string { return houseOrderAt(r.Order) }

// HouseRefundsPage is the queue of refunds.
type HouseRefundsPage struct {
	Refunds []houseRefund
	State   string
	Next    string
}

func (HouseRefundsPage) template() string { return "houserefunds" }
func (HouseRefundsPage) title() string    { return "退款处理" }

// States are the filters.
func (p HouseRefundsPage) States() []choice { return chosenOf(refundStates, p.State) }

func (c *Console) houseRefundsPage(v *visit) (page, error) {
	q := v.r.URL.Query()
	p := HouseRefundsPage{State: oneOf(refundStates, q.Get("state"))}
	var refunds list[houseRefund]
	if err := v.get(query("/refunds", "state", p.State, "after", q.Get("after"), "limit", "50"), &refunds); err != nil {
		return nil, err
	}
	p.Refunds, p.Next = refunds.Items, following(houseRefundsPath, refunds.Next, "state", p.State)
	return p, nil
}

// HouseRefundPage is one refund beside what it is reckoned by.
type HouseRefundPage struct {
	Refund    houseRefund `json:"refund"`
	Order     houseOrder  `json:"order"`
	Used      int64       `json:"used"`
	Held      int64       `json:"held"`
	Remaining int64       `json:"remaining"`
	Expected  int64       `json:"expected_fen"`
	Reverse   int64       `json:"reverse_fen"`
	Moves     bool        `json:"-"` // whoever looks decides on it
	Done      string      `json:"-"`
}

func (HouseRefundPage) template() string { return "houserefund" }
func (HouseRefundPage) title() string    { return "退款详情" }

func (c *Console) houseRefundPage(v *visit) (page, error) {
	p := HouseRefundPage{Moves: v.who().May("money.write"), Done: v.done(map[string]string{
		"approved": "已批准，剩余次数已冻结", "rejected": "已拒绝，买家会看到原因", "resent": "已重新发起退款", "failed": "已向支付渠道核实，见下方状态", "surrendered": "已向支付渠道核实，见下方状态",
	})}
	return p, v.get("/refunds/"+v.segment("refund"), &p)
}

func previewHouseRefund(state string) houseRefund {
	r := houseRefund{shopRefund{ID: "5f0c2a", State: state, Reason: "业务调整，用不完", CreatedAt: previewNow.Add(-26 * time.Hour)}, "20260105000000000031", "p2", "person p1", "", ""}
	if state != "requested" {
		r.DecidedBy, r.DecidedAt = "qian", previewNow.Add(-2*time.Hour)
	}
	return r
}

func houseRefundPreviews() []preview {
	one := func(state string) HouseRefundPage {
		o := previewHouseOrder("paid")
		o.ID, o.PlanName, o.Units, o.Amount = "20260105000000000031", "3000元/10000次", 10000, 3000_00
		return HouseRefundPage{Refund: previewHouseRefund(state), Order: o, Used: 2988, Held: 2, Remaining: 7010, Expected: 2103_60, Moves: true}
	}
	asked, failed, reversing, sending := one("requested"), one("failed"), one("reversing"), one("sending")
	asked.Reverse, reversing.Reverse = 1500_00, 1500_00
	failed.Refund.Amount, failed.Refund.Used, failed.Refund.Answer = 2103_00, 2990, "the account balance is not enough"
	sending.Refund.Amount, sending.Refund.Used = 2103_00, 2990
	done := failed.Refund
	done.State, done.Answer, done.EndedAt, done.Reference = "done", "", previewNow.Add(-time.Hour), "50000105122026030212"
	surplus := previewHouseRefund("sending")
	surplus.Surplus, surplus.Amount, surplus.Reason, surplus.AskedBy = true, 500_00, "重复支付", "qian"
	refused := form{Values: map[string][]string{"_form": {"reject"}, "reason": {""}}, Faults: map[string]string{"reason": "请写明原因"}}
	return []preview{
		{name: "house-refunds", path: houseRefundsPath, page: HouseRefundsPage{Refunds: []houseRefund{asked.Refund, failed.Refund, surplus, done}, Next: houseRefundsPath + "?after=r9"}},
		{name: "house-refunds-empty", path: houseRefundsPath, page: HouseRefundsPage{State: "failed"}},
		{name: "house-refund", path: asked.Refund.Path(), page: asked},
		{name: "house-refund-refused", path: asked.Refund.Path(), page: asked, form: refused},
		{name: "house-refund-failed", path: asked.Refund.Path(), page: failed},
		{name: "house-refund-reversing", path: asked.Refund.Path(), page: reversing},
		{name: "house-refund-sending", path: asked.Refund.Path(), page: sending},
	}
}
