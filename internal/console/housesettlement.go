package console

import (
	"net/url"
	"time"
)

const houseSettlementsPath = "/house/settlements"

func (c *Console) houseSettlementRoutes() {
	c.housed("GET "+houseSettlementsPath, c.houseSettlementsPage)
	c.form("POST "+houseSettlementsPath, func(v *visit) (string, error) {
		return v.compareBill(url.PathEscape(v.value("provider")), url.PathEscape(v.value("day")))
	}, c.houseSettlementsPage)
	const one = houseSettlementsPath + "/{provider}/{day}"
	c.housed("GET "+one, c.houseSettlementPage)
	c.form("POST "+one+"/comparison", func(v *visit) (string, error) {
		return v.compareBill(v.segment("provider"), v.segment("day"))
	}, c.houseSettlementPage)
	c.form("POST "+one+"/acknowledgement", func(v *visit) (string, error) {
		at := v.segment("provider") + "/" + v.segment("day")
		in := map[string]string{"compared_at": v.value("compared_at"), "note": v.value("note")}
		return v.houseAct(houseSettlementsPath+"/"+at, "acknowledged", "/settlements/"+at+"/acknowledgement", in)
	}, c.houseSettlementPage)
}

func (v *visit) compareBill(provider, day string) (string, error) {
	if provider == "" || day == "" {
		return "", faulty("day", "a day is written as 2026-03-02")
	}
	at := provider + "/" + day
	return v.houseAct(houseSettlementsPath+"/"+at, "compared", "/settlements/"+at+"/comparison", nil)
}

// dailyBill is the bill of a provider's day beside our books.
type dailyBill struct {
	Provider       string           `json:"provider"`
	Day            string           `json:"day"`
	ComparedAt     time.Time        `json:"compared_at"`
	Paid           int64            `json:"paid_fen"`
	Refunded       int64            `json:"refunded_fen"`
	Fee            int64            `json:"fee_fen"`
	PaidHere       int64            `json:"paid_here_fen"`
	RefundedHere   int64            `json:"refunded_here_fen"`
	Lines          int64            `json:"lines"`
	Differences    []billDifference `json:"differences"`
	AcknowledgedAt time.Time        `json:"acknowledged_at"`
	AcknowledgedBy actor            `json:"acknowledged_by"`
	Note           string           `json:"note"`
}

// billDifference is where bill and books disagree.
type billDifference struct {
	Kind      string `json:"kind"`
	Bill      string `json:"bill"`
	Number    string `json:"number"`
	Reference string `json:"reference"`
	Order     string `json:"order_id"`
	Ours      int64  `json:"ours_fen"`
	Theirs    int64  `json:"theirs_fen"`
	State     string `json:"state"`
}

// Path is where it is looked at.
func (b dailyBill) Path() string {
	return houseSettlementsPath + "/" + url.PathEscape(b.Provider) + "/" + url.PathEscape(b.Day)
}

// CSV is the address of its differences as a file.
func (b dailyBill) CSV() string {
	return apiPrefix + "/settlements/" + url.PathEscape(b.Provider) + "/" + url.PathEscape(b.Day) + "/differences.csv"
}

// Words are who sent it, and Compared the comparison as the API names it.
func (b dailyBill) Words() string { return payName(b.Provider) }

func (b dailyBill) Compared() string { return b.ComparedAt.Format(time.RFC3339Nano) }

// Clean reports whether bill and books agree, and Open whether nobody has looked at what differs.
func (b dailyBill) Clean() bool { return len(b.Differences) == 0 }
func (b dailyBill) Open() bool  { return !b.Clean() && b.AcknowledgedAt.IsZero() }

// Words are what differs, and BillWords in which part of the bill.
func (d billDifference) Words() string {
	return labelIn([]choice{
		{Value: "missing_here", Label: "账单有，本站没有"},
		{Value: "missing_there", Label: "本站有，账单没有"},
		{Value: "amount", Label: "金额不一致"},
		{Value: "state", Label: "状态不一致"},
		{Value: "grant", Label: "已收款，次数未发放"},
		{Value: "twice", Label: "账单重复"},
		{Value: "reference", Label: "流水号不一致"},
	}, d.Kind)
}

func (d billDifference) BillWords() string {
	if d.Bill == "refund" {
		return "退款"
	}
	return "收款"
}

// billProviders are those that send bills.
var billProviders = []choice{{Value: "alipay", Label: "支付宝"}, {Value: "wechat", Label: "微信支付"}, {Value: "practice", Label: "演练支付"}}

// HouseSettlementsPage lists daily bills.
type HouseSettlementsPage struct {
	Bills    []dailyBill
	Provider string
	Moves    bool
	Next     string
}

func (HouseSettlementsPage) template() string { return "housesettlements" }
func (HouseSettlementsPage) title() string    { return "渠道对账" }

// Providers are the filters, and Senders those whose bill can be fetched.
func (p HouseSettlementsPage) Providers() []choice { return chosenOf(billProviders, p.Provider) }
func (HouseSettlementsPage) Senders() []choice     { return billProviders }

func (c *Console) houseSettlementsPage(v *visit) (page, error) {
	q := v.r.URL.Query()
	p := HouseSettlementsPage{Provider: oneOf(billProviders, q.Get("provider")), Moves: v.who().May("money.write")}
	var bills list[dailyBill]
	if err := v.get(query("/settlements", "provider", p.Provider, "after", q.Get("after"), "limit", "50"), &bills); err != nil {
		return nil, err
	}
	p.Bills, p.Next = bills.Items, following(houseSettlementsPath, bills.Next, "provider", p.Provider)
	return p, nil
}

// HouseSettlementPage is one day of a provider.
type HouseSettlementPage struct {
	Bill  dailyBill
	Moves bool
	Done  string
}

func (HouseSettlementPage) template() string { return "housesettlement" }
func (HouseSettlementPage) title() string    { return "对账详情" }

func (c *Console) houseSettlementPage(v *visit) (page, error) {
	p := HouseSettlementPage{Moves: v.who().May("money.write"), Done: v.done(map[string]string{"compared": "已重新对账", "acknowledged": "差异已确认"})}
	return p, v.get("/settlements/"+v.segment("provider")+"/"+v.segment("day"), &p.Bill)
}

func houseSettlementPreviews() []preview {
	clean := dailyBill{Provider: "wechat", Day: "2026-03-01", ComparedAt: previewDay(0, -2), Paid: 7500_00, PaidHere: 7500_00, Fee: 45_00, Lines: 4}
	open := dailyBill{Provider: "alipay", Day: "2026-03-01", ComparedAt: previewDay(0, -2), Paid: 5000_00, PaidHere: 3000_00, Refunded: 500_00, RefundedHere: 500_00, Fee: 30_00, Lines: 3, Differences: []billDifference{
		{Kind: "missing_here", Bill: "paid", Number: "", Reference: "2026030122001476561431", Theirs: 2000_00},
		{Kind: "state", Bill: "refund", Number: "5f0c2a", Reference: "2026030122001476561432", Order: "20260105000000000031", Ours: 500_00, Theirs: 500_00, State: "sending"},
	}}
	seen := open
	seen.Day, seen.AcknowledgedAt, seen.AcknowledgedBy, seen.Note = "2026-02-28", previewDay(-1, 0), "qian", "已向支付宝核实，次日入账"
	return []preview{
		{name: "house-settlements", path: houseSettlementsPath, page: HouseSettlementsPage{Bills: []dailyBill{clean, open, seen}, Moves: true}},
		{name: "house-settlements-empty", path: houseSettlementsPath, page: HouseSettlementsPage{Moves: true}},
		{name: "house-settlement", path: open.Path(), page: HouseSettlementPage{Bill: open, Moves: true}},
		{name: "house-settlement-acknowledged", path: seen.Path(), page: HouseSettlementPage{Bill: seen, Moves: true}},
		{name: "house-settlement-clean", path: clean.Path(), page: HouseSettlementPage{Bill: clean, Moves: true}},
	}
}
