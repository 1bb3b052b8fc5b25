package taxsim_test

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/invoice"
	"quartet/internal/invoice/invoicetest"
	"quartet/internal/invoice/taxsim"
)

// house invoices through a simulated bureau.
type house struct {
	*invoicetest.House

	bureau *taxsim.Bureau
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{}
	h.House = invoicetest.NewHouse(t, invoicetest.OpenSQLite(t), func(of *invoicetest.House) invoicetest.Bench {
		secret := []byte("a secret of the channel")
		h.bureau = taxsim.NewBureau(func() time.Time { return of.Now }, secret, nil)
		server := httptest.NewServer(h.bureau)
		t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
		c, err := taxsim.New(taxsim.Options{Asked: true, Gateway: server.URL, Secret: secret, Timeout: 200 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		stranger := taxsim.NewBureau(time.Now, []byte("another secret"), nil)
		return invoicetest.Bench{
			Channel: c,
			Issue:   func(*invoicetest.House, string) {},
			IssueRed: func(of *invoicetest.House, id string) {
				r := of.Red(id)
				serial := r.Serial()
				h.bureau.AgreeRed(serial)
				h.bureau.Land(serial)
				of.Pass(time.Minute)
			},
			WaitForBuyer: func(_ *invoicetest.House, v quartet.Invoice) { h.bureau.Use(v.Number) },
			Forge:        forged(stranger),
		}
	})
	return h
}

// forged is a notice that another bureau has signed.
func forged(stranger *taxsim.Bureau) invoice.Raw {
	d := stranger.Tell("202603020000000001" + "01")
	return invoice.Raw{Header: d.Header(), Body: d.Body}
}

func TestTaxsim_KeepsTheLaw(t *testing.T) {
	invoicetest.Run(t, func(t *testing.T) *invoicetest.House { return newHouse(t).House })
}

func TestBureau_APDFOpensAndSaysOverHowMuchItIsNoInvoice(t *testing.T) {
	h := newHouse(t)
	v := h.Issued(quartet.InvoiceOrdinary, invoice.Part{Order: h.Buy("1887-1200").ID})
	h.Work()
	_, file, err := h.File(t.Context(), v.ID, quartet.InvoicePDF)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "it.pdf")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "pdftotext", path, "-").CombinedOutput()
	if text := string(out); err != nil || !strings.Contains(text, "NOT AN INVOICE") || !strings.Contains(text, h.Invoice(v.ID).Number) || !strings.Contains(text, "CNY 500.00") || strings.Contains(text, "Error") {
		t.Errorf("a reader sees %q, %v", text, err)
	}
}

func TestNew_IsRefusedUnlessItWasAskedFor(t *testing.T) {
	if _, err := taxsim.New(taxsim.Options{Gateway: "http://127.0.0.1:1"}); quartet.CodeOf(err) != quartet.ErrForbidden {
		t.Errorf("%v", err)
	}
}
