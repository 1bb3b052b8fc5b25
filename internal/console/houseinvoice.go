package console

import (
	"net/url"
	"slices"
	"time"

	"quartet"
)

const houseInvoicesPath = "/house/invoices"

// issueRoutes are the pages of invoices to issue, of red letters and of taxes.
func (c *Console) issueRoutes() {
	c.housed("GET "+houseInvoicesPath, c.houseInvoicesPage)
	c.housed("GET "+houseInvoicesPath+"/{invoice}", c.houseInvoicePage)
	c.paperRoutes(houseInvoicesPath+"/{invoice}", "/invoices/", "invoice", c.houseInvoicePage)
	c.houseRedRoutes()
	c.houseTaxRoutes()
}

func issuePreviews() []preview {
	var list []preview
	for _, noun := range []func() []preview{houseInvoicePreviews, houseRedPreviews, houseTaxPreviews} {
		list = append(list, noun()...)
	}
	return list
}

// houseInvoice is an invoice as the house sees it.
type houseInvoice struct {
	ownInvoice

	Account     string `json:"account_id"`
	Channel     string `json:"channel"`
	Serial      string `json:"serial"`
	EnteredBy   actor  `json:"entered_by"`
	ConfirmedBy actor  `json:"confirmed_by"`
}

// invoiceStates are those of invoices, in the words of the house: what waits for people first.
var invoiceStates = []choice{
	{Value: "submitted", Label: "待审核"},
	{Value: "issuing", Label: "开具中"},
	{Value: "entered", Label: "待复核"},
	{Value: "needs_login", Label: "待登录税务系统"},
	{Value: "failed_final", Label: "开具失败"},
	{Value: "failed_retryable", Label: "开具失败，将重试"},
	{Value: "unknown", Label: "结果不明"},
	{Value: "issued", Label: "已开具"},
	{Value: "red_applying", Label: "红冲申请中"},
	{Value: "red_waiting_buyer", Label: "等买家确认红冲"},
	{Value: "red_issuing", Label: "红冲开具中"},
	{Value: "part_reversed", Label: "部分红冲"},
	{Value: "reversed", Label: "已全部红冲"},
	{Value: "rejected", Label: "未通过"},
	{Value: "cancelled", Label: "已撤回"},
}

// Path is where operators see it.
func (i houseInvoice) Path() string { return pathTo(houseInvoicesPath+"/", i.ID) }

// Words are its state, as the house says it.
func (i houseInvoice) Words() string { return labelIn(invoiceStates, i.State) }

// Yours reports whether it waits for somebody of the house.
func (i houseInvoice) Yours() bool {
	switch quartet.InvoiceState(i.State) {
	case quartet.InvoiceSubmitted, quartet.InvoiceEntered, quartet.InvoiceNeedsLogin, quartet.InvoiceFailedFinal:
		return true
	case quartet.InvoiceIssuing:
		return i.ByHand()
	default:
		return false
	}
}

// handChannel is the channel whose invoices people issue at the tax bureau's own pages.
const handChannel = "manual"

// ByHand reports whether people issue it.
func (i houseInvoice) ByHand() bool { return i.Channel == handChannel }

// What can be done about it in its state. The API has the last word.

func (i houseInvoice) Rejects() bool {
	return quartet.InvoiceState(i.State).May(quartet.InvoiceRejected)
}

func (i houseInvoice) Retries() bool {
	return slices.Contains([]string{"needs_login", "failed_retryable", "failed_final", "unknown"}, i.State) || i.State == "issuing" && !i.ByHand()
}

func (i houseInvoice) Reverses() bool { return i.State == "issued" || i.State == "part_reversed" }

// Hands reports whether files of it can be handed in.
func (i houseInvoice) Hands() bool {
	return i.ByHand() && (i.State == "issuing" || i.State == "entered" || i.Issued())
}

// Left is how much of it stands, in fen.
func (i houseInvoice) Left() int64 { return i.Amount - i.Reversed }

// HouseInvoicesPage is the queue of invoices.
type HouseInvoicesPage struct {
	Invoices []houseInvoice
	State    string
	Next     string
}

func (HouseInvoicesPage) template() string { return "houseinvoices" }
func (HouseInvoicesPage) title() string    { return "开票处理" }

// States are the filters.
func (p HouseInvoicesPage) States() []choice { return chosenOf(invoiceStates, p.State) }

func (c *Console) houseInvoicesPage(v *visit) (page, error) {
	q := v.r.URL.Query()
	p := HouseInvoicesPage{State: oneOf(invoiceStates, q.Get("state"))}
	var invoices list[houseInvoice]
	if err := v.get(query("/invoices", "state", p.State, "after", q.Get("after"), "limit", "50"), &invoices); err != nil {
		return nil, err
	}
	p.Invoices, p.Next = invoices.Items, following(houseInvoicesPath, invoices.Next, "state", p.State)
	return p, nil
}

// HouseInvoicePage is one invoice, and what the house does about it.
type HouseInvoicePage struct {
	Invoice houseInvoice
	Reds    []houseRed // newest first
	Me      string
	Moves   bool
	Done    string
}

func (HouseInvoicePage) template() string { return "houseinvoice" }
func (HouseInvoicePage) title() string    { return "发票详情" }

// File is the address of a file.
func (p HouseInvoicePage) File(kind string) string {
	return apiPrefix + "/invoices/" + url.PathEscape(p.Invoice.ID) + "/files/" + url.PathEscape(kind)
}

// Kinds are the files that there may be.
func (HouseInvoicePage) Kinds() []string { return paperKinds }

// Second reports whether whoever looks may confirm what was entered.
func (p HouseInvoicePage) Second() bool { return p.Invoice.EnteredBy.Second(p.Me) }

// Reasons are why an invoice is taken back.
func (HouseInvoicePage) Reasons() []choice { return redReasons }

// paperDone is what was done about an invoice or a red letter.
var paperDone = map[string]string{
	"approval": "已批准，正在开具", "rejection": "已拒绝，买家会看到原因", "failure": "已记录为未开具", "retry": "已重新处理，结果稍后更新", "confirmation": "已复核通过", "dispute": "已退回，请重新登记",
	"file": "文件已保存", "entry": "已登记，等另一位财务复核", "red": "已申请红冲", "withdrawal": "红冲已撤回",
}

func (c *Console) houseInvoicePage(v *visit) (page, error) {
	p := HouseInvoicePage{Me: v.who().Name, Moves: v.who().May("money.write"), Done: v.done(paperDone)}
	if err := v.get("/invoices/"+v.segment("invoice"), &p.Invoice); err != nil {
		return nil, err
	}
	originalFirst(p.Invoice.Files)
	var err error
	p.Reds, err = all[houseRed](v, query("/red-letters", "invoice_id", p.Invoice.ID))
	return p, err
}

// applyHouseRed asks to take an invoice back. What is left empty of every line takes back all
// that stands.
func (c *Console) applyHouseRed(v *visit) (string, error) {
	type part struct {
		Order string `json:"order_id"`
		Fen   int64  `json:"amount_fen"`
	}
	in := struct {
		Reason string `json:"reason"`
		Orders []part `json:"orders,omitempty"`
	}{Reason: v.value("reason")}
	for _, order := range v.form.Values["orders"] {
		typed := v.value(amountField(order))
		if typed == "" {
			continue
		}
		fen, ok := fenOf(typed)
		if !ok {
			return "", faulty(amountField(order), "write the amount in yuan, such as 500 or 500.50")
		}
		in.Orders = append(in.Orders, part{order, fen})
	}
	invoice := v.segment("invoice")
	var made houseRed
	if err := v.post("/invoices/"+invoice+"/red-letters", in, &made); err != nil {
		return "", err
	}
	return query(made.Path(), "done", "red"), nil
}

func houseInvoicePreviews() []preview {
	var invoices []houseInvoice
	for _, own := range previewInvoices() {
		i := houseInvoice{ownInvoice: own, Account: "acme", Channel: handChannel}
		if i.State != "submitted" {
			i.Serial = i.ID + "01"
		}
		invoices = append(invoices, i)
	}
	at := func(state quartet.InvoiceState) HouseInvoicePage {
		p := HouseInvoicePage{Me: "qian", Moves: true}
		for _, i := range invoices {
			if i.State == string(state) {
				p.Invoice = i
			}
		}
		if p.Invoice.ID == "" {
			p.Invoice = invoices[1]
			p.Invoice.State = string(state)
		}
		return p
	}
	entered := at(quartet.InvoiceEntered)
	entered.Invoice.EnteredBy, entered.Invoice.Number, entered.Invoice.IssuedOn = "sun", "26352000000000330009", "2026-03-02"
	entered.Invoice.Files = []paper{{"pdf", "c84d17fe20963ab5d7710ef48a2c65b9038de1f74b5a9c26e0738d41f6b295ae", 41907}}
	mine := entered
	mine.Me = "sun"
	failed := at(quartet.InvoiceFailedFinal)
	failed.Invoice.Channel = "taxsim"
	refused := form{
		Values: url.Values{"_form": {"entry"}, "number": {"2635"}, "issued_on": {"2026-03-02"}, "amount_fen": {"5000"}, "net_fen": {"4716.98"}, "tax_fen": {"283.02"}},
		Faults: map[string]string{"number": "发票号码为 20 位数字"},
	}
	issued := at(quartet.InvoiceIssued)
	issued.Reds = previewHouseReds()[2:]
	return []preview{
		{name: "house-invoices", path: houseInvoicesPath, page: HouseInvoicesPage{Invoices: invoices, Next: houseInvoicesPath + "?after=v9"}},
		{name: "house-invoices-empty", path: houseInvoicesPath, page: HouseInvoicesPage{State: "submitted"}},
		{name: "house-invoice", path: invoices[0].Path(), page: at(quartet.InvoiceSubmitted)},
		{name: "house-invoice-issuing", path: invoices[1].Path(), page: at(quartet.InvoiceIssuing)},
		{name: "house-invoice-refused", path: invoices[1].Path(), page: at(quartet.InvoiceIssuing), form: refused},
		{name: "house-invoice-entered", path: invoices[1].Path(), page: entered},
		{name: "house-invoice-entered-own", path: invoices[1].Path(), page: mine},
		{name: "house-invoice-failed", path: invoices[1].Path(), page: failed},
		{name: "house-invoice-issued", path: invoices[3].Path(), page: issued},
	}
}

// previewDay is a day of the previews at an hour.
func previewDay(days, hours int) time.Time {
	return previewNow.AddDate(0, 0, days).Add(time.Duration(hours) * time.Hour)
}
