package console

import (
	"net/url"
	"time"
)

// transferWay is the way to pay at the bank.
const transferWay = "transfer"

// payWay is a provider, with how it can be paid.
type payWay struct {
	Provider string   `json:"provider"`
	Methods  []string `json:"methods"`
}

// payNames are what people call the providers.
var payNames = map[string]string{"alipay": "支付宝", "wechat": "微信支付", transferWay: "对公转账", "practice": "演练支付"}

func payName(provider string) string {
	if name, ok := payNames[provider]; ok {
		return name
	}
	return provider
}

// payButton is one way to pay.
type payButton struct {
	Value, Words, Hint, Icon string
	Chosen                   bool
}

// Buttons are the ways to pay, each with what it means.
func (p OrderPage) Buttons() []payButton {
	var list []payButton
	for _, w := range p.Ways {
		for _, method := range w.Methods {
			b := payButton{Value: w.Provider + "/" + method, Words: payName(w.Provider)}
			switch method {
			case "qr":
				b.Hint, b.Icon = "扫码支付", "qrcode"
			case "page":
				b.Hint, b.Icon = "网页支付", "credit-card"
			default:
				b.Hint, b.Icon = "1–3 个工作日到账", "building-bank"
			}
			b.Chosen = p.Payment != nil && p.Payment.Provider == w.Provider && p.Payment.Method == method
			list = append(list, b)
		}
	}
	return list
}

// shopPayment is an attempt to pay.
type shopPayment struct {
	ID        string    `json:"id"`
	Provider  string    `json:"provider"`
	Method    string    `json:"method"`
	Amount    int64     `json:"amount_fen"`
	Received  int64     `json:"received_fen"`
	State     string    `json:"state"`
	Why       string    `json:"surplus_reason"`
	Show      string    `json:"show"`
	CreatedAt time.Time `json:"created_at"`
	SettledAt time.Time `json:"settled_at"`
}

// Words are who takes the money.
func (m shopPayment) Words() string { return payName(m.Provider) }

// StateWords are what became of it.
func (m shopPayment) StateWords() string {
	switch m.State {
	case "open":
		return "待支付"
	case "paid":
		return "已支付"
	case "closed":
		return "已关闭"
	case "surplus":
		return "已收款但未用于本订单，将退回"
	case "returned":
		return "已退回"
	}
	return m.State
}

// Page reports whether it is paid at the provider's page. An address of anything but the web
// is none.
func (m shopPayment) Page() bool {
	to, err := url.Parse(m.Show)
	return m.Method == "page" && err == nil && to.Host != "" && (to.Scheme == "https" || to.Scheme == "http")
}

// houseAccount is a bank account of the house.
type houseAccount struct {
	Bank     string    `json:"bank"`
	Holder   string    `json:"holder"`
	Number   string    `json:"number"`
	ClosedAt time.Time `json:"closed_at"`
}

// shopRefund is money of the order on its way back.
type shopRefund struct {
	ID        string    `json:"id"`
	Surplus   bool      `json:"surplus"`
	Amount    int64     `json:"amount_fen"`
	Used      int64     `json:"used"`
	State     string    `json:"state"`
	Reason    string    `json:"reason"`
	CreatedAt time.Time `json:"created_at"`
	DecidedAt time.Time `json:"decided_at"`
	EndedAt   time.Time `json:"ended_at"`
	Answer    string    `json:"answer"`
}

// Open reports whether something is still to come of it.
func (r shopRefund) Open() bool {
	switch r.State {
	case "rejected", "given_up", "done":
		return false
	}
	return true
}

// Words are its state.
func (r shopRefund) Words() string {
	switch r.State {
	case "requested":
		return "待审核"
	case "rejected":
		return "未通过"
	case "draining":
		return "已同意，等待进行中的调用结束"
	case "reversing":
		return "已同意，等待发票冲红"
	case "sending":
		return "退款中"
	case "failed":
		return "退款未成功，客服处理中"
	case "given_up":
		return "已终止，剩余次数恢复可用"
	case "done":
		return "已退款"
	}
	return r.State
}

// Colour is that of its badge.
func (r shopRefund) Colour() string {
	switch r.State {
	case "done":
		return "green"
	case "rejected", "given_up":
		return "secondary"
	case "failed":
		return "red"
	}
	return "yellow"
}

// refundTerms are what goes back of an order.
type refundTerms struct {
	FullDays int `json:"full_days"`
	Days     int `json:"days"`
}

func orderPreviews() []preview {
	ways := []payWay{{"alipay", []string{"page", "qr"}}, {"wechat", []string{"qr"}}, {transferWay, []string{transferWay}}}
	one := func(state string) OrderPage {
		return OrderPage{Order: previewOrder(state), Name: "银行卡四要素核验", Account: "acme", Policy: refundTerms{7, 0}, Buys: true}
	}
	open := one("open")
	open.Ways = ways
	scan := open
	scan.Payment = &shopPayment{ID: "p1", Provider: "wechat", Method: "qr", Amount: 2000_00, State: "open", Show: "weixin://wxpay/bizpayurl?pr=NwY5Mz9"}
	_ = scan.draw() // it is short enough
	site := open
	site.Payment = &shopPayment{ID: "p2", Provider: "alipay", Method: "page", Amount: 2000_00, State: "open", Show: "https://openapi.alipay.example/gateway.do?out_trade_no=20260302000000000042"}
	bank := open
	bank.Order.PayBy = previewNow.AddDate(0, 0, 7)
	bank.Payment = &shopPayment{ID: "p3", Provider: transferWay, Method: transferWay, Amount: 2000_00, State: "open"}
	bank.Accounts = []houseAccount{{Bank: "示例银行海淀支行", Holder: "示例数据服务有限公司", Number: "1100 0012 3456 7890 123"}}
	paid := one("paid")
	paid.Rates = true
	paid.Order.Payments = []shopPayment{{ID: "p1", Provider: "wechat", Method: "qr", Amount: 2000_00, Received: 2000_00, State: "paid", CreatedAt: previewNow.Add(-5 * time.Minute), SettledAt: previewNow.Add(-4 * time.Minute)}}
	rated := one("refunding")
	rated.Order.Payments, rated.Done = paid.Order.Payments, "退款申请已提交，我们会尽快处理"
	rated.Rating = &orderRating{4, "接口稳定，文档清楚。", previewNow.Add(-2 * time.Minute), "感谢支持，我们会继续改进。"}
	rated.Refunds = []shopRefund{
		{ID: "r2", Amount: 1880_00, Used: 360, State: "sending", Reason: "项目取消", CreatedAt: previewNow.Add(-time.Minute), DecidedAt: previewNow},
		{ID: "r1", State: "rejected", Reason: "买错了", CreatedAt: previewNow.Add(-3 * time.Minute), EndedAt: previewNow.Add(-2 * time.Minute), Answer: "请说明具体原因"},
	}
	trial := one("paid")
	trial.Order.Trial, trial.Order.Amount, trial.Order.Units, trial.Order.PlanName, trial.Order.Months = true, 0, 10, "免费测试", 1
	path := previewOrder("open").Path()
	return []preview{
		{name: "order-open", path: path, page: open},
		{name: "order-qr", path: path, page: scan},
		{name: "order-page", path: path, page: site},
		{name: "order-transfer", path: path, page: bank},
		{name: "order-paid", path: path, page: paid},
		{name: "order-refused", path: path, page: paid, form: form{
			Values: map[string][]string{"_form": {"rating"}, "stars": {"0"}, "text": {"很好用"}}, Faults: map[string]string{"stars": "请打 1 到 5 星"},
		}},
		{name: "order-refund-refused", path: path, page: paid, form: form{
			Values: map[string][]string{"_form": {"refund"}, "reason": {"项目取消"}}, Detail: "这个订单已有退款在处理中",
		}},
		{name: "order-refunding", path: path, page: rated},
		{name: "order-trial", path: path, page: trial},
		{name: "order-closed", path: path, page: one("closed")},
	}
}
