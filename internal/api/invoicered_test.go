package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"quartet"
	"quartet/internal/invoice/taxsim"
)

// asked is an invoice of the account buyer for one order, approved and waiting for people.
func (h *house) asked(t *testing.T, kind string) (id string, o quartet.Order) {
	t.Helper()
	buyer := h.as(quartet.RoleFinance)
	o = h.paidFor(t, "1887-1200")
	a := buyer.want(http.StatusCreated, http.MethodPost, "/api/v1/accounts/buyer/invoices",
		fmt.Sprintf(`{"kind":%q,"title_id":%q,"email":"fp@buyer.example","orders":[{"order_id":%q}]}`, kind, titled(t, buyer), o.ID))
	id = field(t, a, "id")
	h.as(quartet.RoleTreasurer).want(http.StatusOK, http.MethodPost, "/api/v1/invoices/"+id+"/approval", "")
	if err := h.invoices.Issue(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	return id, o
}

func TestInvoices_ThatCannotBeReadAreEnteredByTwoPeople(t *testing.T) {
	h := newHouse(t)
	h.taxed(t)
	id, _ := h.asked(t, "ordinary")
	first, second, buyer := h.as(quartet.RoleTreasurer), h.as(quartet.RoleTreasurer), h.as(quartet.RoleFinance)
	at := "/api/v1/invoices/" + id
	const says = `{"number":"26110000000000000007","issued_on":"2026-03-02","amount_fen":50000,"net_fen":47170,"tax_fen":2830}`
	if a := first.want(http.StatusUnprocessableEntity, http.MethodPut, at+"/files/xml", "<Invoice/>", "Content-Type", bytesOfFile); !strings.Contains(a.Detail, "enter what the invoice says") {
		t.Errorf("what cannot be read is told as %s", a.text)
	}
	first.want(http.StatusUnprocessableEntity, http.MethodPut, at+"/files/pdf", "<html>", "Content-Type", bytesOfFile)
	first.want(http.StatusConflict, http.MethodPut, at+"/entry", says)
	first.want(http.StatusOK, http.MethodPut, at+"/files/pdf", "%PDF-1.7 seen", "Content-Type", bytesOfFile)
	first.want(http.StatusUnprocessableEntity, http.MethodPut, at+"/entry", strings.Replace(says, "2830", "2831", 1))
	a := first.want(http.StatusOK, http.MethodPut, at+"/entry", says)
	if field(t, a, "state") != "entered" {
		t.Errorf("entered as %s", a.text)
	}
	if a := buyer.want(http.StatusOK, http.MethodGet, "/api/v1/accounts/buyer/invoices/"+id, ""); strings.Contains(a.text, "26110000000000000007") {
		t.Errorf("the buyer is shown what nobody has confirmed: %s", a.text)
	}
	buyer.want(http.StatusNotFound, http.MethodGet, "/api/v1/accounts/buyer/invoices/"+id+"/files/pdf", "")
	first.want(http.StatusForbidden, http.MethodPost, at+"/confirmation", "")
	second.want(http.StatusOK, http.MethodPost, at+"/dispute", "")
	first.want(http.StatusOK, http.MethodPut, at+"/entry", says)
	a = second.want(http.StatusOK, http.MethodPost, at+"/confirmation", "")
	if field(t, a, "state") != "issued" || field(t, a, "source") != "entered" || field(t, a, "entered_by") == field(t, a, "confirmed_by") {
		t.Errorf("confirmed as %s", a.text)
	}
	if a := buyer.want(http.StatusOK, http.MethodGet, "/api/v1/accounts/buyer/invoices/"+id, ""); field(t, a, "source") != "entered" || strings.Contains(a.text, "confirmed_by") {
		t.Errorf("the buyer is shown %s", a.text)
	}
	h.wantAudit(t, field(t, a, "confirmed_by")+" invoice.issue")
}

func TestRedLetters_TakeBackAPartOnceTheBuyerAgrees(t *testing.T) {
	h := newHouse(t)
	h.taxed(t)
	treasurer, buyer := h.as(quartet.RoleTreasurer), h.as(quartet.RoleFinance)
	id, o := h.asked(t, "ordinary")
	at := "/api/v1/invoices/" + id
	treasurer.want(http.StatusOK, http.MethodPut, at+"/files/xml", printed(t, treasurer.want(http.StatusOK, http.MethodGet, at, ""), "26110000000000000001"), "Content-Type", bytesOfFile)
	treasurer.want(http.StatusUnprocessableEntity, http.MethodPost, at+"/red-letters", fmt.Sprintf(`{"reason":"mistake","orders":[{"order_id":%q,"amount_fen":1}]}`, o.ID))
	treasurer.want(http.StatusConflict, http.MethodPost, at+"/red-letters", fmt.Sprintf(`{"reason":"allowance","orders":[{"order_id":%q,"amount_fen":50001}]}`, o.ID))
	a := treasurer.want(http.StatusCreated, http.MethodPost, at+"/red-letters", fmt.Sprintf(`{"reason":"allowance","orders":[{"order_id":%q,"amount_fen":20000}]}`, o.ID))
	red := field(t, a, "id")
	if !strings.Contains(a.text, `"amount_fen":20000,"net_fen":18868,"tax_fen":1132`) {
		t.Errorf("asked for is %s", a.text)
	}
	if err := h.invoices.IssueRed(t.Context(), red); err != nil {
		t.Fatal(err)
	}
	if a := buyer.want(http.StatusOK, http.MethodGet, "/api/v1/accounts/buyer/invoices/"+id+"/red-letters", ""); field(t, a, "items", "state") != "issuing" || strings.Contains(a.text, "serial") {
		t.Errorf("the buyer is shown %s", a.text)
	}
	buyer.want(http.StatusConflict, http.MethodPost, "/api/v1/accounts/buyer/red-letters/"+red+"/agreement", "")
	paper := taxsim.Paper(&quartet.InvoicePaper{
		Number: "26110000000000000002", IssuedOn: day, Kind: quartet.InvoiceOrdinary, Seller: seller, SellerTaxID: sellerTaxID, Buyer: "演示买方有限公司", BuyerTaxID: "91110000101623741K",
		Amounts: quartet.Amounts{Gross: -200_00, Net: -188_68, Tax: -11_32},
	}, nil)
	a = treasurer.want(http.StatusOK, http.MethodPut, "/api/v1/red-letters/"+red+"/files/xml", string(paper), "Content-Type", bytesOfFile)
	if field(t, a, "state") != "done" || field(t, a, "number") != "26110000000000000002" {
		t.Errorf("issued as %s", a.text)
	}
	a = buyer.want(http.StatusOK, http.MethodGet, "/api/v1/accounts/buyer/invoices/"+id, "")
	if field(t, a, "state") != "part_reversed" || !strings.Contains(a.text, `"reversed_fen":20000`) {
		t.Errorf("the buyer is shown %s", a.text)
	}
	buyer.want(http.StatusOK, http.MethodGet, "/api/v1/accounts/buyer/red-letters/"+red+"/files/xml", "")
	if a := buyer.want(http.StatusOK, http.MethodGet, "/api/v1/accounts/buyer/invoices/"+id+"/red-letters", ""); !strings.Contains(a.text, `"files":[{"kind":"xml","sha256":"`) {
		t.Errorf("the buyer is shown %s", a.text)
	}
	if a := buyer.want(http.StatusOK, http.MethodGet, "/api/v1/accounts/buyer/invoiceable-orders", ""); !strings.Contains(a.text, `"invoiced_fen":30000,"invoiceable_fen":20000`) {
		t.Errorf("what may be asked for is %s", a.text)
	}
}

func TestInvoiceTitles_AreCheckedAsTheTaxBureauCounts(t *testing.T) {
	h := newHouse(t)
	h.taxed(t)
	buyer := h.as(quartet.RoleFinance)
	const at = "/api/v1/accounts/buyer/invoice-titles"
	for name, body := range map[string]string{
		"51 characters are 102 bytes": `{"kind":"personal","title":"` + strings.Repeat("演", 51) + `"}`,
		"a sign that GBK lacks":       `{"kind":"personal","title":"演示🙂"}`,
		"an angle bracket":            `{"kind":"personal","title":"演示<b>"}`,
		"a person with a tax number":  `{"kind":"personal","title":"演示","tax_id":"91110000101623741K"}`,
		"a firm without one":          `{"kind":"firm","title":"演示"}`,
		"a code that is not sound":    `{"kind":"firm","title":"演示","tax_id":"91310115MA1H8R7C6D"}`,
		"address and phone together":  `{"kind":"firm","title":"演示","tax_id":"91110000101623741K","address":"` + strings.Repeat("路", 45) + `","phone":"010-00000000"}`,
	} {
		t.Run(name, func(*testing.T) { buyer.want(http.StatusUnprocessableEntity, http.MethodPost, at, body) })
	}
	a := buyer.want(http.StatusCreated, http.MethodPost, at, `{"kind":"firm","title":"演示","tax_id":"91310115MA1H8R7C6D","insist":true}`)
	if !strings.Contains(a.text, `"tax_id_doubted":true`) {
		t.Errorf("insisted on as %s", a.text)
	}
	id := field(t, a, "id")
	o := h.paidFor(t, "1887-1200")
	special := fmt.Sprintf(`{"kind":"special","title_id":%q,"email":"fp@buyer.example","orders":[{"order_id":%q}]}`, id, o.ID)
	buyer.want(http.StatusForbidden, http.MethodPost, "/api/v1/accounts/buyer/invoices", special)
	buyer.want(http.StatusOK, http.MethodPut, at+"/"+id, `{"kind":"personal","title":"演示"}`)
	buyer.want(http.StatusUnprocessableEntity, http.MethodPost, "/api/v1/accounts/buyer/invoices", special)
	buyer.want(http.StatusNoContent, http.MethodDelete, at+"/"+id, "")
	buyer.want(http.StatusNotFound, http.MethodPost, "/api/v1/accounts/buyer/invoices", special)
	if strings.Contains(h.log.String(), "演示") {
		t.Error("a title stands in the log")
	}
}

// takenBack is a red letter that is asked for of an invoice.
func (h *house) takenBack(t *testing.T, invoice string) string {
	t.Helper()
	treasurer, at := h.as(quartet.RoleTreasurer), "/api/v1/invoices/"+invoice
	treasurer.want(http.StatusOK, http.MethodPost, at+"/approval", "")
	if err := h.invoices.Issue(t.Context(), invoice); err != nil {
		t.Fatal(err)
	}
	treasurer.want(http.StatusOK, http.MethodPut, at+"/files/xml", printed(t, treasurer.want(http.StatusOK, http.MethodGet, at, ""), "26110000000000000009"), "Content-Type", bytesOfFile)
	return field(t, treasurer.want(http.StatusCreated, http.MethodPost, at+"/red-letters", `{"reason":"mistake"}`), "id")
}
