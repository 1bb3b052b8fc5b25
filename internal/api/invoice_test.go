package api_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/billing"
	"quartet/internal/invoice/taxsim"
)

const (
	seller      = "四要素科技有限公司"
	sellerTaxID = "91350100M000100Y43"
	bytesOfFile = "application/octet-stream"
)

// paidFor is a paid order of the account buyer.
func (h *house) paidFor(t *testing.T, plan string) quartet.Order {
	t.Helper()
	o, err := h.billing.Order(t.Context(), "person zhang", billing.Purchase{Account: "buyer", Person: "p", Plan: plan})
	if err != nil {
		t.Fatal(err)
	}
	m, err := h.billing.BeginPayment(t.Context(), "person zhang", o.ID, "practice", "page")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.billing.Receive(t.Context(), "practice", billing.Money{Payment: m.ID, Reference: "R" + m.ID, Received: o.Amount, At: h.clock()}); err != nil {
		t.Fatal(err)
	}
	return o
}

// taxed has said how the house is taxed.
func (h *house) taxed(t *testing.T) {
	t.Helper()
	h.as(quartet.RoleTreasurer).want(http.StatusCreated, http.MethodPost, "/api/v1/tax-settings",
		`{"item":"*信息技术服务*数据核验服务","tax_code":"3040201010000000000","rate":600,"seller":"`+seller+`","seller_tax_id":"`+sellerTaxID+`"}`)
}

// titled keeps a title of the account buyer.
func titled(t *testing.T, buyer *browser) string {
	t.Helper()
	return field(t, buyer.want(http.StatusCreated, http.MethodPost, "/api/v1/accounts/buyer/invoice-titles",
		`{"kind":"firm","title":"演示买方有限公司","tax_id":"91110000101623741K","address":"演示路1号","phone":"010-00000000","bank":"演示银行","bank_account":"0000123412341234"}`), "id")
}

// printed is the XML of an invoice as the tax bureau makes it of what was asked for.
func printed(t *testing.T, shown answer, number string) string {
	t.Helper()
	var v struct {
		Kind  string `json:"kind"`
		Gross int64  `json:"amount_fen"`
		Net   int64  `json:"net_fen"`
		Tax   int64  `json:"tax_fen"`
		Buyer struct {
			Title string `json:"title"`
			TaxID string `json:"tax_id"`
		} `json:"buyer"`
	}
	if err := json.Unmarshal([]byte(shown.text), &v); err != nil {
		t.Fatal(err)
	}
	return string(taxsim.Paper(&quartet.InvoicePaper{
		Number: number, IssuedOn: day, Kind: quartet.InvoiceKind(v.Kind), Seller: seller, SellerTaxID: sellerTaxID, Buyer: v.Buyer.Title, BuyerTaxID: v.Buyer.TaxID,
		Amounts: quartet.Amounts{Gross: quartet.Fen(v.Gross), Net: quartet.Fen(v.Net), Tax: quartet.Fen(v.Tax)},
	}, nil))
}

func TestInvoices_AreAskedForIssuedByHandAndDownloaded(t *testing.T) {
	h := newHouse(t)
	buyer, treasurer := h.as(quartet.RoleFinance), h.as(quartet.RoleTreasurer)
	one, two := h.paidFor(t, "1887-1200"), h.paidFor(t, "1887-6000")
	title := titled(t, buyer)
	apply := fmt.Sprintf(`{"kind":"ordinary","title_id":%q,"email":"fp@buyer.example","orders":[{"order_id":%q},{"order_id":%q,"amount_fen":50000}]}`, title, one.ID, two.ID)
	const mine = "/api/v1/accounts/buyer/invoices"
	buyer.want(http.StatusConflict, http.MethodPost, mine, apply)
	h.taxed(t)
	a := buyer.want(http.StatusCreated, http.MethodPost, mine, apply)
	id := field(t, a, "id")
	for _, at := range []string{mine, mine + "/" + id} {
		for role, hidden := range map[quartet.Role]bool{quartet.RoleFinance: false, quartet.RoleReader: true, quartet.RoleDeveloper: true} {
			shown := h.as(role).want(http.StatusOK, http.MethodGet, at, "").text
			for _, secret := range []string{"fp@buyer.example", "0000123412341234", "010-00000000"} {
				if strings.Contains(shown, secret) == hidden {
					t.Errorf("%s reads at %s: %s", role, at, shown)
				}
			}
		}
	}
	if !strings.Contains(a.text, `"amount_fen":100000,"net_fen":94340,"tax_fen":5660`) {
		t.Errorf("asked for is %s", a.text)
	}
	if a := buyer.want(http.StatusOK, http.MethodGet, "/api/v1/accounts/buyer/invoiceable-orders", ""); !strings.Contains(a.text, `"claimed_fen":50000,"invoiced_fen":0,"invoiceable_fen":150000`) {
		t.Errorf("what may be asked for is %s", a.text)
	}
	buyer.want(http.StatusConflict, http.MethodPost, mine, apply)

	treasurer.want(http.StatusOK, http.MethodPost, "/api/v1/invoices/"+id+"/approval", "")
	if err := h.invoices.Issue(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	shown := treasurer.want(http.StatusOK, http.MethodGet, "/api/v1/invoices/"+id, "")
	if field(t, shown, "state") != "issuing" || field(t, shown, "channel") != "manual" {
		t.Errorf("shown is %s", shown.text)
	}
	const number = "26110000000000000001"
	files := "/api/v1/invoices/" + id + "/files/"
	wrong := strings.Replace(printed(t, shown, number), ">943.40<", ">943.39<", 1)
	wrong = strings.Replace(wrong, ">56.60<", ">56.61<", 1)
	if a := treasurer.want(http.StatusUnprocessableEntity, http.MethodPut, files+"xml", wrong, "Content-Type", bytesOfFile); !strings.Contains(a.Detail, "943.39, not 943.40") {
		t.Errorf("what differs is told as %s", a.text)
	}
	buyer.want(http.StatusNotFound, http.MethodGet, mine+"/"+id+"/files/xml", "")
	xml := printed(t, shown, number)
	treasurer.want(http.StatusOK, http.MethodPut, files+"pdf", "%PDF-1.7 the look of it", "Content-Type", bytesOfFile)
	a = treasurer.want(http.StatusOK, http.MethodPut, files+"xml", xml, "Content-Type", bytesOfFile)
	if field(t, a, "state") != "issued" || field(t, a, "number") != number || field(t, a, "source") != "xml" || field(t, a, "issued_on") != "2026-03-02" {
		t.Errorf("issued as %s", a.text)
	}
	treasurer.want(http.StatusConflict, http.MethodPut, files+"pdf", "%PDF-1.7 another", "Content-Type", bytesOfFile)
	a = buyer.want(http.StatusOK, http.MethodGet, mine+"/"+id+"/files/xml", "")
	sum := sha256.Sum256([]byte(xml))
	if a.text != xml || a.header.Get("X-Content-Sha256") != hex.EncodeToString(sum[:]) || a.header.Get("Content-Type") != "application/xml" {
		t.Errorf("downloaded is %v %s", a.header, a.text)
	}
	if a := buyer.want(http.StatusOK, http.MethodGet, mine, ""); strings.Contains(a.text, "serial") || field(t, a, "items", "number") != number {
		t.Errorf("the buyer is shown %s", a.text)
	}
	h.as(quartet.RoleOwner).want(http.StatusNotFound, http.MethodGet, "/api/v1/accounts/other/invoices/"+id, "")
}

var day = time.Date(2026, 3, 2, 0, 0, 0, 0, quartet.Shanghai)
