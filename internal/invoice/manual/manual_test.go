package manual_test

import (
	"context"
	"fmt"
	"testing"

	"quartet"
	"quartet/internal/invoice"
	"quartet/internal/invoice/invoicetest"
	"quartet/internal/invoice/manual"
)

// newHouse has people who issue what is asked for at once.
func newHouse(t *testing.T) *invoicetest.House {
	t.Helper()
	s, issued := invoicetest.OpenSQLite(t), 0
	number := func() string { issued++; return fmt.Sprintf("26%018d", issued) }
	return invoicetest.NewHouse(t, s, func(*invoicetest.House) invoicetest.Bench {
		return invoicetest.Bench{
			Channel: manual.New(s),
			Issue: func(h *invoicetest.House, id string) {
				h.T.Helper()
				if err := h.Upload(context.Background(), "qian", id, quartet.InvoiceXML, h.Printed(h.Invoice(id), number())); err != nil {
					h.T.Fatal(err)
				}
			},
			IssueRed: func(h *invoicetest.House, id string) {
				h.T.Helper()
				ctx, r := context.Background(), h.Red(id)
				if r.State == quartet.RedWaitingBuyer {
					if _, err := h.Agree(ctx, "person zhang", invoicetest.Account, id); err != nil {
						h.T.Fatal(err)
					}
				}
				if err := h.Upload(ctx, "qian", id, quartet.InvoiceXML, h.PrintedRed(r, number())); err != nil {
					h.T.Fatal(err)
				}
			},
			WaitForBuyer: func(*invoicetest.House, quartet.Invoice) {}, // of a special invoice they do
			Forge:        invoice.Raw{Body: []byte(`{"event":"e1"}`)},
		}
	})
}

func TestManual_KeepsTheLaw(t *testing.T) {
	invoicetest.Run(t, newHouse)
}
