package api_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"quartet"
	"quartet/internal/api"
	"quartet/internal/billing"
	"quartet/internal/usage"
)

// paidBy gives an account units that were paid for.
func (h *house) paidBy(account string) quartet.Order {
	h.t.Helper()
	ctx := h.t.Context()
	o, err := h.billing.Order(ctx, "person zhang", billing.Purchase{Account: account, Plan: "1887-1200"})
	if err != nil {
		h.t.Fatal(err)
	}
	m, err := h.billing.BeginPayment(ctx, "person zhang", o.ID, "practice", "page")
	if err != nil {
		h.t.Fatal(err)
	}
	if _, err := h.billing.Receive(ctx, "practice", billing.Money{Payment: m.ID, Reference: "R" + o.ID, Received: o.Amount, At: h.clock()}); err != nil {
		h.t.Fatal(err)
	}
	return o
}

// called writes a charged call of an account now, and gives its seqNo.
func (h *house) called(account, credential string, n uint64, units int64) string {
	h.t.Helper()
	c := quartet.Call{
		SeqNo: quartet.SeqNo{Second: h.clock().Unix(), N: n}, At: h.clock(), Account: account, Credential: credential, Product: "1887",
		Code: quartet.CodeOK, Verdict: quartet.Mismatch, Reason: quartet.ReasonMobileMismatch, Source: "secret-supplier", Latency: 12345 * time.Microsecond, Sent: true,
		Differs:  quartet.NeedMobile,
		Attempts: []quartet.Attempt{{Source: "secret-supplier", At: h.clock(), Sent: true, Verdict: quartet.Mismatch, Charged: quartet.ChargedYes, Cost: 1000}},
	}
	if err := h.ledger.Charge(h.t.Context(), &c, units, quartet.Claim{}); err != nil {
		h.t.Fatal(err)
	}
	return h.numbers.Text(c.SeqNo)
}

func TestUsage_IsSearchedCountedAndExported(t *testing.T) {
	h := newHouse(t)
	buyer, support := h.as(quartet.RoleReader), h.as(quartet.RoleSupport)
	c, _, err := h.desk.Issue(t.Context(), "test", "buyer", quartet.Credential{Kind: quartet.KindAppCode, Name: "=1+1"})
	if err != nil {
		t.Fatal(err)
	}
	h.paidBy("buyer")
	h.paidBy("other")
	other := h.called("other", "elsewhere", 1, 1)
	var sent []string
	for i := range uint64(5) {
		sent = append(sent, h.called("buyer", c.ID, 10+i, 1))
	}
	slices.Reverse(sent)
	const path = "/api/v1/accounts/buyer/calls"

	var seen []string
	for next := ""; ; {
		a := buyer.want(http.StatusOK, http.MethodGet, path+"?limit=2&verdict=mismatch&code=10000&product_id=1887&credential_id="+c.ID+"&after="+next, "")
		p := read[struct {
			Items []struct {
				SeqNo string `json:"seq_no"`
			} `json:"items"`
			Next string `json:"next"`
		}](t, a)
		for _, i := range p.Items {
			seen = append(seen, i.SeqNo)
		}
		if strings.Contains(a.text, "supplier") || strings.Contains(a.text, "reason") || strings.Contains(a.text, "differs") {
			t.Errorf("a buyer sees %s", a.text)
		}
		if next = p.Next; next == "" {
			break
		}
	}
	if !slices.Equal(seen, sent) {
		t.Errorf("found %q, want %q", seen, sent)
	}
	if a := buyer.want(http.StatusOK, http.MethodGet, path+"/"+sent[0], ""); field(t, a, "credential_name") != "=1+1" || field(t, a, "message") != "成功" || !strings.Contains(a.text, `"units":1,"latency_ms":12`) {
		t.Errorf("one is %s", a.text)
	}
	buyer.want(http.StatusNotFound, http.MethodGet, path+"/"+other, "")
	buyer.want(http.StatusForbidden, http.MethodGet, "/api/v1/calls", "")
	buyer.want(http.StatusUnprocessableEntity, http.MethodGet, path+"?code=99", "")
	buyer.want(http.StatusUnprocessableEntity, http.MethodGet, path+"?after=x", "")
	if a := buyer.want(http.StatusOK, http.MethodGet, path+"?to_at="+h.clock().Add(-time.Hour).UTC().Format(time.RFC3339), ""); strings.Contains(a.text, "seq_no") {
		t.Errorf("of before there is %s", a.text)
	}
	if a := support.want(http.StatusOK, http.MethodGet, "/api/v1/calls/"+other, ""); field(t, a, "source") != "secret-supplier" || field(t, a, "reason") != "mobile_mismatch" || field(t, a, "attempts", "charged") != "yes" {
		t.Errorf("an operator sees %s", a.text)
	}
	if a := support.want(http.StatusOK, http.MethodGet, "/api/v1/calls?source=secret-supplier&account_id=other", ""); field(t, a, "items", "seq_no") != other {
		t.Errorf("an operator finds %s", a.text)
	}

	if a := buyer.want(http.StatusOK, http.MethodGet, "/api/v1/accounts/buyer/usage?from=2026-03-01&to=2026-03-03", ""); !strings.Contains(a.text,
		`"calls":5,"units":5,"slots":[{"at":"2026-02-28T16:00:00Z","day":"2026-03-01","calls":0,"units":0,"match":0,"mismatch":0,"undetermined":0},{"at":"2026-03-01T16:00:00Z","day":"2026-03-02","calls":5,"units":5,"match":0,"mismatch":5,"undetermined":0},{"at":"2026-03-02T16:00:00Z","day":"2026-03-03","calls":0,"units":0,"match":0,"mismatch":0,"undetermined":0}]`) ||
		strings.Contains(a.text, "accounts") {
		t.Errorf("by day it is %s", a.text)
	}
	named := `"product_id":"1887","credential_id":"` + c.ID + `","credential_name":"=1+1","code":"10000","verdict":"mismatch","calls":5,"units":5}`
	for _, counts := range []string{"usage?from=2026-03-01", "statements/2026-03"} {
		if a := buyer.want(http.StatusOK, http.MethodGet, "/api/v1/accounts/buyer/"+counts, ""); !strings.Contains(a.text, named) {
			t.Errorf("of credentials %s tells %s", counts, a.text)
		}
	}
	if a := support.want(http.StatusOK, http.MethodGet, "/api/v1/usage", ""); strings.Contains(a.text, "credential_name") {
		t.Errorf("names of credentials of accounts are in %s", a.text)
	}
	if a := buyer.want(http.StatusOK, http.MethodGet, "/api/v1/accounts/buyer/usage?by=hour&from=2026-03-02&to=2026-03-02", ""); strings.Count(a.text, `"at":`) != 24 || !strings.Contains(a.text, `{"at":"2026-03-02T01:00:00Z","day":"2026-03-02","calls":5,"units":5,"match":0,"mismatch":5,"undetermined":0}`) {
		t.Errorf("by hour it is %s", a.text)
	}
	if a := support.want(http.StatusOK, http.MethodGet, "/api/v1/usage", ""); !strings.Contains(a.text, `"accounts":[{"account_id":"buyer","calls":5,"units":5},{"account_id":"other","calls":1,"units":1}]`) {
		t.Errorf("that of the house is %s", a.text)
	}
	for _, bad := range []string{"by=hour&from=2026-01-01&to=2026-03-01", "from=2020-01-01&to=2026-03-01", "from=2026-03-02&to=2026-03-01", "from=2026-02-31"} {
		buyer.want(http.StatusUnprocessableEntity, http.MethodGet, "/api/v1/accounts/buyer/usage?"+bad, "")
	}

	a := buyer.want(http.StatusOK, http.MethodGet, path+".csv?from=2026-03-02", "")
	if lines := strings.Split(strings.TrimSuffix(a.text, "\r\n"), "\r\n"); len(lines) != 6 || !strings.HasPrefix(lines[0], "\ufeff流水号,") || lines[1] != sent[4]+",2026-03-02 09:00:00.000,1887,'=1+1,10000,成功,不一致,,1,12" {
		t.Errorf("as CSV it is %q", a.text)
	}
	if got := a.header.Get("Content-Disposition"); got != "attachment; filename=calls-buyer-2026-03-02_2026-03-02.csv" || a.header.Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf("the file is %v", a.header)
	}
	a = buyer.want(http.StatusOK, http.MethodGet, path+".xlsx", "")
	book, err := excelize.OpenReader(bytes.NewReader([]byte(a.text)))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := book.GetRows(book.GetSheetName(0))
	if err != nil || len(rows) != 6 || rows[1][0] != sent[4] || rows[1][3] != "=1+1" {
		t.Errorf("the workbook is %q, %v", rows, err)
	}
	if formula, err := book.GetCellFormula(book.GetSheetName(0), "D2"); err != nil || formula != "" {
		t.Errorf("there is a formula %q, %v", formula, err)
	}
	buyer.want(http.StatusUnprocessableEntity, http.MethodGet, path+".csv?from=2020-01-01", "")

	// A credential without a name is told by its id, so that two of them are told apart.
	h.called("buyer", "nameless", 20, 1)
	if a := buyer.want(http.StatusOK, http.MethodGet, path+".csv?credential_id=nameless", ""); !strings.Contains(a.text, ",1887,nameless,10000,") {
		t.Errorf("a credential without a name is %q", a.text)
	}
	if a := buyer.want(http.StatusOK, http.MethodGet, "/api/v1/accounts/buyer/statements/2026-03/statement.csv", ""); !strings.Contains(a.text, "1887,nameless,10000,") {
		t.Errorf("in the statement it is %q", a.text)
	}
}

func TestBalance_TellsEachProductAndTheTotal(t *testing.T) {
	h := newHouse(t)
	buyer := h.as(quartet.RoleReader)
	h.paidBy("buyer")
	if err := h.ledger.Give(t.Context(), quartet.Grant{ID: "gift", Account: "buyer", Units: 10, ExpiresAt: h.clock().Add(time.Minute)}, ""); err != nil {
		t.Fatal(err)
	}
	h.called("buyer", "c", 1, 1)
	h.pass(2 * time.Minute)
	want := `{"items":[{"granted":10,"used":1,"held":0,"withdrawn":0,"remaining":0,"frozen":0,"expired":9},` +
		`{"product_id":"1887","granted":1200,"used":0,"held":0,"withdrawn":0,"remaining":1200,"frozen":0,"expired":0}],` +
		`"total":{"granted":1210,"used":1,"held":0,"withdrawn":0,"remaining":1200,"frozen":0,"expired":9}}` + "\n"
	if a := buyer.want(http.StatusOK, http.MethodGet, "/api/v1/accounts/buyer/balance", ""); a.text != want {
		t.Errorf("it is %s\nwant  %s", a.text, want)
	}
}

func TestStatement_AddsUpAndIsPrinted(t *testing.T) {
	h := newHouse(t)
	buyer := h.as(quartet.RoleFinance)
	o := h.paidBy("buyer")
	h.pass(time.Minute)
	h.called("buyer", "c", 1, 1)
	const path = "/api/v1/accounts/buyer/statements/2026-03"
	a := buyer.want(http.StatusOK, http.MethodGet, path, "")
	if !strings.Contains(a.text, `"opening":0,"given":1200,"restored":0,"used":1,"withdrawn":0,"expired":0,"closing":1199`) || !strings.Contains(a.text, `"final":false,"used":1`) || field(t, a, "orders", "order_id") != o.ID {
		t.Errorf("it is %s", a.text)
	}
	buyer.want(http.StatusUnprocessableEntity, http.MethodGet, "/api/v1/accounts/buyer/statements/2026-04", "")
	buyer.want(http.StatusUnprocessableEntity, http.MethodGet, "/api/v1/accounts/buyer/statements/2026-13", "")
	if a = buyer.want(http.StatusOK, http.MethodGet, path+"/statement.csv", ""); !strings.Contains(a.text, ",1887,2028-03-02,0,1200,0,1,0,0,1199\r\n") || !strings.HasPrefix(a.text, "\ufeff") {
		t.Errorf("as CSV it is %s", a.text)
	}
	for _, p := range []string{path + "/statement.pdf", "/api/v1/accounts/buyer/orders/" + o.ID + "/confirmation.pdf", "/api/v1/accounts/buyer/orders/" + o.ID + "/receipt.pdf"} {
		if a = buyer.want(http.StatusOK, http.MethodGet, p, ""); !strings.HasPrefix(a.text, "%PDF-") || a.header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(a.header.Get("Content-Disposition"), "attachment; filename=") {
			t.Errorf("%s is %.20q, %v", p, a.text, a.header)
		}
	}
	others := h.paidBy("other")
	buyer.want(http.StatusNotFound, http.MethodGet, "/api/v1/accounts/buyer/orders/"+others.ID+"/confirmation.pdf", "")
	unpaid, err := h.billing.Order(t.Context(), "person zhang", billing.Purchase{Account: "buyer", Plan: "1887-1200"})
	if err != nil {
		t.Fatal(err)
	}
	buyer.want(http.StatusConflict, http.MethodGet, "/api/v1/accounts/buyer/orders/"+unpaid.ID+"/receipt.pdf", "")
}

// lengthy is an export that nobody can wait for.
type lengthy struct {
	api.Usage
	ended chan error
}

func (l lengthy) Export(ctx context.Context, out io.Writer, _ usage.Export) error {
	if l.ended == nil {
		return quartet.Errorf(quartet.ErrLimited, "too many")
	}
	_, err := out.Write(make([]byte, 64<<10))
	for err == nil { // until nobody takes it any more
		if err = ctx.Err(); err == nil {
			_, err = out.Write(make([]byte, 64<<10))
		}
	}
	l.ended <- err
	return err
}

func TestExport_EndsWithWhoeverAskedForIt(t *testing.T) {
	ended := make(chan error, 1)
	h := newHouse(t, func(h *house) { h.o.Usage = lengthy{h.o.Usage, ended} })
	buyer := h.as(quartet.RoleReader)
	ctx, leave := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.url+"/api/v1/accounts/buyer/calls.csv", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := buyer.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	leave()
	if err := <-ended; err == nil {
		t.Error("it came to an end of itself")
	}
	_ = resp.Body.Close()
}

func TestExport_ThatBreaksOffIsNoWholeFile(t *testing.T) {
	h := newHouse(t, func(h *house) { h.o.Usage = halfWay{h.o.Usage} })
	buyer := h.as(quartet.RoleReader)
	resp, err := buyer.http.Get(h.url + "/api/v1/accounts/buyer/calls.csv")
	if err != nil { // it had not left yet
		return
	}
	defer resp.Body.Close()
	if part, err := io.ReadAll(resp.Body); err == nil {
		t.Errorf("a part of %d bytes is taken for the whole", len(part))
	}
}

// halfWay breaks off in the middle.
type halfWay struct{ api.Usage }

func (halfWay) Export(_ context.Context, out io.Writer, _ usage.Export) error {
	if _, err := out.Write(bytes.Repeat([]byte("a part\r\n"), 10_000)); err != nil {
		return err
	}
	return quartet.Errorf(quartet.ErrUnavailable, "the database went away")
}

func TestExport_ThatCannotBeginIsAProblem(t *testing.T) {
	h := newHouse(t, func(h *house) { h.o.Usage = lengthy{Usage: h.o.Usage} })
	if a := h.as(quartet.RoleReader).want(http.StatusTooManyRequests, http.MethodGet, "/api/v1/accounts/buyer/calls.xlsx", ""); a.Code != "rate_limited" || a.header.Get("Content-Disposition") != "" {
		t.Errorf("it is %s %v", a.text, a.header)
	}
}
