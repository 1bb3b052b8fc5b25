package app_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"time"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/billing"
	"quartet/internal/config"
	"quartet/internal/invoice"
	"quartet/internal/invoice/taxsim"
	"quartet/internal/job"
)

// bureauLine is a tax bureau behind a line that can be cut when the answer is on its way.
type bureauLine struct {
	*taxsim.Bureau
	cutLine

	url, secretFile string
	secret          []byte
}

func (l *bureauLine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	answer := httptest.NewRecorder()
	l.Bureau.ServeHTTP(answer, r)
	l.pass(r.URL.Path, string(body))
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

// withBureau has invoices issued by a simulated bureau that outlives every process.
func (h *shop) withBureau(c config.Config) config.Config {
	h.t.Helper()
	secret := []byte("a secret of the channel")
	h.bureau = &bureauLine{Bureau: taxsim.NewBureau(time.Now, secret, func(taxsim.Delivery) {}), secret: secret}
	server := httptest.NewServer(h.bureau)
	h.t.Cleanup(server.Close)
	h.bureau.url, h.bureau.secretFile = server.URL, filepath.Join(h.t.TempDir(), "secret")
	must(h.t, os.WriteFile(h.bureau.secretFile, secret, 0o600))
	c.Invoice = config.Invoice{Taxsim: server.URL, SecretFile: h.bureau.secretFile}
	return c
}

// openBureau makes the desk that issues there while the house is prepared, says how the house
// is taxed, and to whom invoices are made out.
func (h *shop) openBureau() {
	h.t.Helper()
	c, err := taxsim.New(taxsim.Options{Asked: true, Gateway: h.bureau.url, Secret: h.bureau.secret})
	must(h.t, err)
	h.desk = invoice.New(invoice.Options{
		Store: h.house.Store, Sealer: h.house.Ring, Firms: h.house.Firms, Post: h.house.Messages, Channels: []invoice.Channel{c}, Now: time.Now,
	})
	_, err = h.desk.SetTax(h.t.Context(), "qian", quartet.TaxSetting{
		TaxItem: quartet.TaxItem{Name: "*信息技术服务*数据核验服务", Code: "3040201010000000000", Rate: 600}, Seller: "四要素科技有限公司", TaxID: killedCode,
	})
	must(h.t, err)
	_, err = h.desk.AddTitle(h.t.Context(), "person li", "buyer", quartet.InvoiceBuyer{Kind: quartet.TitleFirm, Name: killedFirm, TaxID: killedCode}, false)
	must(h.t, err)
}

// wanted is an invoice for an order that was sold, approved and waiting for its channel.
func (h *shop) wanted(o quartet.Order) quartet.Invoice {
	h.t.Helper()
	ctx := h.t.Context()
	titles, err := h.desk.Titles(ctx, "buyer")
	must(h.t, err)
	v, err := h.desk.Apply(ctx, "person li", invoice.Application{
		Account: "buyer", Person: "li", Kind: quartet.InvoiceOrdinary, Title: titles[0].ID, Email: "fp@buyer.example", Parts: []invoice.Part{{Order: o.ID}},
	})
	must(h.t, err)
	v, err = h.desk.Approve(ctx, "qian", v.ID)
	must(h.t, err)
	return v
}

// done ends the jobs of a kind that were done without a runner.
func (h *shop) done(kind string) {
	h.t.Helper()
	jobs, err := h.house.Store.ClaimJobs(h.t.Context(), []string{kind}, time.Now(), time.Now().Add(time.Minute), 100)
	must(h.t, err)
	for _, j := range jobs {
		j.State, j.Ended = quartet.JobDone, time.Now()
		must(h.t, h.house.Store.EndJob(h.t.Context(), j))
	}
}

func (h *shop) issuedInvoice(o quartet.Order) quartet.Invoice {
	h.t.Helper()
	v := h.wanted(o)
	must(h.t, h.desk.Issue(h.t.Context(), v.ID))
	h.done(invoice.JobIssue)
	v, err := h.desk.Find(h.t.Context(), "", v.ID)
	must(h.t, err)
	return v
}

// wantInvoice fails unless an invoice stands there with its files.
func (h *shop) wantInvoice(n *app.House, id string, want quartet.InvoiceState) {
	h.t.Helper()
	v, err := n.Invoices.Find(h.t.Context(), "", id)
	if err != nil || v.State != want || v.Tries != 1 {
		h.t.Errorf("the invoice is %+v, %v", v, err)
	}
	if files, err := n.Invoices.Files(h.t.Context(), id); err != nil || len(files) != 3 {
		h.t.Errorf("its files are %+v, %v", files, err)
	}
	invoices, err := n.Invoices.List(h.t.Context(), "", "", "", 100)
	must(h.t, err)
	reds, err := n.Invoices.Reds(h.t.Context(), "", "", "", 100)
	must(h.t, err)
	if count := h.bureau.Count(); count != len(invoices)+len(reds) {
		h.t.Errorf("the bureau issued %d, the house knows of %d and %d", count, len(invoices), len(reds))
	}
}

func (h *shop) issue() killed {
	v := h.wanted(h.sold())
	return killed{kind: invoice.JobIssue, key: v.ID, line: h.bureau, asks: "/issue", about: v.Serial(), stands: func(n *app.House) { h.wantInvoice(n, v.ID, quartet.InvoiceIssued) }}
}

func (h *shop) query() killed {
	h.bureau.Slow(true)
	v := h.issuedInvoice(h.sold())
	h.bureau.Slow(false)
	h.bureau.Land(v.Serial())
	return killed{kind: invoice.JobQuery, key: v.ID, line: h.bureau, asks: "/query", about: v.Serial(), stands: func(n *app.House) { h.wantInvoice(n, v.ID, quartet.InvoiceIssued) }}
}

func (h *shop) fetch() killed {
	v := h.issuedInvoice(h.sold())
	return killed{kind: invoice.JobDownload, key: v.ID, line: h.bureau, asks: "/file", about: v.Serial(), stands: func(n *app.House) { h.wantInvoice(n, v.ID, quartet.InvoiceIssued) }}
}

func (h *shop) red() (quartet.Invoice, quartet.RedLetter) {
	h.t.Helper()
	v := h.issuedInvoice(h.sold())
	r, err := h.desk.ApplyRed(h.t.Context(), "qian", v.ID, quartet.RedMistake, nil)
	must(h.t, err)
	return v, r
}

func (h *shop) issueRed() killed {
	v, r := h.red()
	return killed{kind: invoice.JobRed, key: r.ID, line: h.bureau, asks: "/red", about: r.Serial(), stands: func(n *app.House) { h.wantInvoice(n, v.ID, quartet.InvoiceReversed) }}
}

func (h *shop) queryRed() killed {
	v, r := h.red()
	h.bureau.Slow(true)
	must(h.t, h.desk.IssueRed(h.t.Context(), r.ID))
	h.done(invoice.JobRed)
	h.bureau.Slow(false)
	h.bureau.Land(r.Serial())
	return killed{kind: invoice.JobRedQuery, key: r.ID, line: h.bureau, asks: "/red/query", about: r.Serial(), stands: func(n *app.House) { h.wantInvoice(n, v.ID, quartet.InvoiceReversed) }}
}

// reverse is of a refund whose order stands in an invoice.
func (h *shop) reverse() killed {
	o := h.sold()
	v := h.issuedInvoice(o)
	r := h.approved(o)
	if _, later := h.house.Billing.Drain(h.t.Context(), r.ID).(job.Later); !later { //nolint:errorlint // a handler's own answer
		h.t.Error("the refund does not wait")
	}
	return killed{kind: billing.JobReverseInvoices, key: r.ID, stands: func(n *app.House) {
		h.wantInvoice(n, v.ID, quartet.InvoiceReversed)
		h.wantOrder(n, o.ID, quartet.OrderRefunded, o.Amount)
		if reds, err := n.Invoices.Reds(h.t.Context(), v.ID, "", "", 9); err != nil || len(reds) != 1 || reds[0].Refund != r.ID {
			h.t.Errorf("taken back by %+v, %v", reds, err)
		}
	}}
}
