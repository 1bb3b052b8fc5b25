package console

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"quartet"
)

const (
	invoicesPath = "/console/invoices"
	titlesPath   = "/console/titles"
)

// invoiceRoutes are the pages of titles and invoices.
func (c *Console) invoiceRoutes() {
	c.signed("GET "+invoicesPath, c.invoicesPage)
	c.signed("GET /console/invoices/new", c.applicationPage)
	c.form("POST "+invoicesPath, in(c.applyInvoice), c.applicationPage)
	c.signed("GET /console/invoices/{invoice}", c.invoicePage)
	c.form("POST /console/invoices/{invoice}/cancellation", in(c.cancelInvoice), c.invoicePage)
	c.form("POST /console/invoices/{invoice}/red-letters/{red}/agreement", in(c.agreeRed), c.invoicePage)
	c.form("POST /console/invoices/{invoice}/red-letters/{red}/refusal", in(c.refuseRed), c.invoicePage)
	c.signed("GET "+titlesPath, c.titlesPage)
	c.signed("GET /console/titles/new", c.titlePage)
	c.form("POST "+titlesPath, in(c.addTitle), c.titlePage)
	c.signed("GET /console/titles/{title}", c.titlePage)
	c.form("POST /console/titles/{title}", in(c.changeTitle), c.titlePage)
	c.form("POST /console/titles/{title}/removal", in(c.removeTitle), c.titlesPage)
}

func invoicePreviews() []preview {
	var list []preview
	for _, noun := range []func() []preview{invoiceListPreviews, applicationPreviews, invoicePagePreviews, titlePreviews} {
		list = append(list, noun()...)
	}
	return list
}

// ownInvoice is an invoice of the account.
type ownInvoice struct {
	ID          string        `json:"id"`
	Kind        string        `json:"kind"`
	State       string        `json:"state"`
	Buyer       ownTitle      `json:"buyer"`
	Email       string        `json:"email"`
	Amount      int64         `json:"amount_fen"`
	Net         int64         `json:"net_fen"`
	Tax         int64         `json:"tax_fen"`
	Reversed    int64         `json:"reversed_fen"`
	Lines       []billedOrder `json:"lines"`
	Files       []paper       `json:"files"`
	Number      string        `json:"number"`
	IssuedOn    string        `json:"issued_on"`
	Source      string        `json:"source"`
	Answer      string        `json:"answer"`
	CreatedAt   time.Time     `json:"created_at"`
	DecidedAt   time.Time     `json:"decided_at"`
	DeliveredAt time.Time     `json:"delivered_at"`
	ChangedAt   time.Time     `json:"changed_at"`
}

// billedOrder is what an invoice says of an order.
type billedOrder struct {
	Order    string `json:"order_id"`
	Item     string `json:"item"`
	Rate     int64  `json:"rate"` // in hundredths of a percent
	Amount   int64  `json:"amount_fen"`
	Net      int64  `json:"net_fen"`
	Tax      int64  `json:"tax_fen"`
	Reversed int64  `json:"reversed_fen"`
}

// Percent is the rate as invoices write it: 6%.
func (b billedOrder) Percent() string {
	return strconv.FormatFloat(float64(b.Rate)/100, 'f', -1, 64) + "%"
}

// Path is where the order is shown.
func (b billedOrder) Path() string { return ordersPath + "/" + url.PathEscape(b.Order) }

// paper is a file of an invoice or of a red letter.
type paper struct {
	Kind   string `json:"kind"`
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
}

// Path is where it is shown.
func (i ownInvoice) Path() string { return invoicesPath + "/" + url.PathEscape(i.ID) }

// KindWords are what it may be used for.
func (i ownInvoice) KindWords() string { return invoiceKindWords(i.Kind) }

func invoiceKindWords(kind string) string {
	if kind == string(quartet.InvoiceSpecial) {
		return "增值税专用发票"
	}
	return "普通发票"
}

// stands are the words for the states of an invoice: the badge, its colour, and what comes
// next.
var stands = map[quartet.InvoiceState]struct{ words, colour, next string }{
	quartet.InvoiceSubmitted:       {"待审核", "yellow", "商家审核后开具，开具后邮件通知您。"},
	quartet.InvoiceIssuing:         {"开具中", "blue", "正在开具，完成后邮件通知您。"},
	quartet.InvoiceNeedsLogin:      {"开具中", "blue", "商家登录税务系统后自动继续开具。"},
	quartet.InvoiceFailedRetryable: {"开具未成功", "orange", "系统会自动重试。您也可以撤回申请。"},
	quartet.InvoiceFailedFinal:     {"开具未成功", "orange", "商家会处理。您也可以撤回后重新申请。"},
	quartet.InvoiceUnknown:         {"结果确认中", "blue", "正在向税务系统确认是否已开具，确认前不会重复开具。"},
	quartet.InvoiceEntered:         {"复核中", "blue", "已登记开具信息，由第二人复核后即可下载。"},
	quartet.InvoiceIssued:          {"已开具", "green", "可以下载。"},
	quartet.InvoiceRedApplying:     {"红冲申请中", "orange", "商家正在申请红字发票。"},
	quartet.InvoiceRedWaitingBuyer: {"红冲待您确认", "red", "请确认是否同意红冲。"},
	quartet.InvoiceRedIssuing:      {"红冲开具中", "orange", "正在开具红字发票。"},
	quartet.InvoicePartReversed:    {"部分红冲", "purple", "其余金额仍有效，可以下载。"},
	quartet.InvoiceReversed:        {"已全部红冲", "secondary", "这张发票不再有效，金额可以重新申请。"},
	quartet.InvoiceRejected:        {"未通过", "red", "金额已释放，可以重新申请。"},
	quartet.InvoiceCancelled:       {"已撤回", "secondary", "金额已释放，可以重新申请。"},
}

// Words, Colour and Next tell its state.
func (i ownInvoice) Words() string {
	if s, ok := stands[quartet.InvoiceState(i.State)]; ok {
		return s.words
	}
	return i.State
}

func (i ownInvoice) Colour() string { return stands[quartet.InvoiceState(i.State)].colour }

func (i ownInvoice) Next() string { return stands[quartet.InvoiceState(i.State)].next }

// Issued reports whether it was issued, so that there are files of it.
func (i ownInvoice) Issued() bool {
	s := quartet.InvoiceState(i.State)
	return s.Stands() || s == quartet.InvoiceReversed
}

// Waits reports whether it waits for its buyer.
func (i ownInvoice) Waits() bool {
	return quartet.InvoiceState(i.State) == quartet.InvoiceRedWaitingBuyer
}

// Entered reports whether people entered what stands on it.
func (i ownInvoice) Entered() bool { return i.Source == string(quartet.FromEntry) }

// InvoicePage is one invoice: where it stands, what stands on it, and its files.
type InvoicePage struct {
	Invoice ownInvoice
	Reds    []ownRed // newest first
	Account string
	Buys    bool
	Done    string
}

func (InvoicePage) template() string { return "invoice" }
func (InvoicePage) title() string    { return "发票详情" }

// scripts: what is on its way asks for itself.
func (InvoicePage) scripts() []string { return []string{"vendor/htmx/htmx.min.js"} }

// Follows reports whether something comes to it that its buyer has no hand in. While there is
// a form to fill in the page stays as it is.
func (p InvoicePage) Follows() bool {
	switch s := quartet.InvoiceState(p.Invoice.State); s {
	case quartet.InvoiceRejected, quartet.InvoiceCancelled, quartet.InvoiceReversed, quartet.InvoiceRedWaitingBuyer:
		return false
	case quartet.InvoiceIssued, quartet.InvoicePartReversed:
		return len(p.Invoice.Files) == 0
	default:
		return true
	}
}

// Cancels reports whether the application can be taken back.
func (p InvoicePage) Cancels() bool {
	return p.Buys && quartet.InvoiceState(p.Invoice.State).Unissued()
}

// Ended reports whether its amounts may be asked for again.
func (p InvoicePage) Ended() bool {
	switch quartet.InvoiceState(p.Invoice.State) {
	case quartet.InvoiceRejected, quartet.InvoiceCancelled, quartet.InvoiceReversed:
		return p.Buys
	default:
		return false
	}
}

// File and RedFile are the addresses of files.
func (p InvoicePage) File(kind string) string {
	return p.at("invoices", p.Invoice.ID, kind)
}

func (p InvoicePage) RedFile(red, kind string) string { return p.at("red-letters", red, kind) }

func (p InvoicePage) at(what, id, kind string) string {
	return apiPrefix + "/accounts/" + url.PathEscape(p.Account) + "/" + what + "/" + url.PathEscape(id) + "/files/" + url.PathEscape(kind)
}

// invoiceStep is an entry of what became of an invoice.
type invoiceStep struct {
	Words, When, Note string
	Now               bool // where it stands; what follows has not come yet
	To                bool
}

// Steps are what became of it, oldest first, and what is to come.
func (p InvoicePage) Steps() []invoiceStep {
	i := &p.Invoice
	list := []invoiceStep{{Words: "提交申请", When: moment(i.CreatedAt)}}
	switch quartet.InvoiceState(i.State) {
	case quartet.InvoiceCancelled:
		return append(list, invoiceStep{Words: "申请已撤回", When: moment(i.ChangedAt), Note: i.Answer, Now: true})
	case quartet.InvoiceRejected:
		return append(list, invoiceStep{Words: "商家未通过", When: moment(i.DecidedAt), Note: i.Answer, Now: true})
	case quartet.InvoiceSubmitted:
		return append(list, invoiceStep{Words: "等待商家审核", Now: true}, invoiceStep{Words: "待开具", To: true}, invoiceStep{Words: "邮件通知", To: true})
	default: // it was approved
	}
	list = append(list, invoiceStep{Words: "商家审核通过", When: moment(i.DecidedAt)})
	if !i.Issued() {
		return append(list, invoiceStep{Words: i.Words(), When: moment(i.ChangedAt), Note: i.Answer, Now: true}, invoiceStep{Words: "邮件通知", To: true})
	}
	list = append(list, invoiceStep{Words: "发票已开具", When: i.IssuedOn})
	if !i.DeliveredAt.IsZero() {
		list = append(list, invoiceStep{Words: "已邮件通知", When: moment(i.DeliveredAt), Note: i.Email})
	}
	for at := len(p.Reds) - 1; at >= 0; at-- {
		r := &p.Reds[at]
		list = append(list, invoiceStep{Words: "商家发起红冲", When: moment(r.CreatedAt)}, invoiceStep{Words: r.Words(), When: moment(r.ChangedAt)})
	}
	list[len(list)-1].Now = true
	return list
}

func (c *Console) invoicePage(v *visit) (page, error) {
	p := InvoicePage{Account: v.who().Account, Buys: v.who().May("order.buy"), Done: v.done(map[string]string{
		"applied": "申请已提交", "cancelled": "申请已撤回", "agreed": "已同意红冲", "refused": "已拒绝红冲",
	})}
	path := v.account("/invoices/" + url.PathEscape(v.r.PathValue("invoice")))
	if err := v.get(path, &p.Invoice); err != nil {
		return nil, err
	}
	var err error
	p.Reds, err = all[ownRed](v, path+"/red-letters")
	originalFirst(p.Invoice.Files)
	for i := range p.Reds {
		originalFirst(p.Reds[i].Files)
	}
	return p, err
}

// originalFirst puts the XML before what only shows it.
func originalFirst(files []paper) {
	slices.SortStableFunc(files, func(a, b paper) int {
		return cmp.Compare(strings.Index("xml ofd pdf", a.Kind), strings.Index("xml ofd pdf", b.Kind))
	})
}

func (c *Console) cancelInvoice(v *visit) (string, error) {
	invoice := url.PathEscape(v.r.PathValue("invoice"))
	return query(invoicesPath+"/"+invoice, "done", "cancelled"), v.post(v.account("/invoices/"+invoice+"/cancellation"), nil, nil)
}
