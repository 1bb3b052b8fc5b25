package taxsim_test

import (
	"context"
	"testing"
	"time"

	"quartet"
	"quartet/internal/invoice"
	"quartet/internal/invoice/taxsim"
)

// givenBack asks for the money of an order and approves that.
func (h *house) givenBack(t *testing.T, order string) quartet.Refund {
	t.Helper()
	f, err := h.Billing.AskRefund(t.Context(), "person zhang", "acme", order, "不需要了")
	if err != nil {
		t.Fatal(err)
	}
	if f, err = h.Billing.ApproveRefund(t.Context(), "qian", f.ID); err != nil {
		t.Fatal(err)
	}
	return f
}

// wantRefund fails unless a refund stands so.
func (h *house) wantRefund(t *testing.T, what, id string, want quartet.RefundState) {
	t.Helper()
	if f, err := h.Billing.Refund(context.Background(), id); err != nil || f.State != want {
		t.Errorf("%s: the refund is %s, %v, want %s", what, f.State, err, want)
	}
}

// Money must not wait forever for an invoice that nobody could take back when it was asked for.
func TestRefund_TakesBackWhatIsIssuedMeanwhile(t *testing.T) {
	h := newHouse(t)
	o := h.Buy("1887-1200")
	h.bureau.Slow(true)
	v := h.Asked(quartet.InvoiceOrdinary, invoice.Part{Order: o.ID})
	h.Work()
	h.WantState("left lying by the bureau", v.ID, quartet.InvoiceIssuing)
	f := h.givenBack(t, o.ID)
	h.Work()
	h.wantRefund(t, "while it is being issued", f.ID, quartet.RefundReversing)
	h.bureau.Slow(false)
	h.bureau.Land(v.Serial())
	h.Pass(2 * time.Hour)
	h.WantState("taken back", v.ID, quartet.InvoiceReversed)
	h.wantRefund(t, "taken back", f.ID, quartet.RefundSending)
	h.WantOrders()
}

func TestRefund_CancelsWhatTurnsOutUnissuedMeanwhile(t *testing.T) {
	h := newHouse(t)
	o := h.Buy("1887-1200")
	h.bureau.Break(taxsim.OnIssue, taxsim.Down)
	v := h.Asked(quartet.InvoiceOrdinary, invoice.Part{Order: o.ID})
	h.Work()
	h.WantState("without an answer", v.ID, quartet.InvoiceUnknown)
	f := h.givenBack(t, o.ID)
	h.Work()
	h.wantRefund(t, "while nobody knows", f.ID, quartet.RefundReversing)
	h.bureau.Reject("no")
	h.Pass(2 * time.Hour)
	h.Pass(12 * time.Hour)
	h.WantState("taken back", v.ID, quartet.InvoiceCancelled)
	h.wantRefund(t, "taken back", f.ID, quartet.RefundSending)
	h.WantOrders()
}

func TestRefund_AsksForItsOwnRedLetterWhenAnotherIsRefused(t *testing.T) {
	h := newHouse(t)
	o := h.Buy("1887-1200")
	v := h.Issued(quartet.InvoiceSpecial, invoice.Part{Order: o.ID})
	h.bureau.Use(v.Number)
	allowance, err := h.ApplyRed(t.Context(), "qian", v.ID, quartet.RedAllowance, []invoice.Part{{Order: o.ID, Amount: 100_00}})
	if err != nil {
		t.Fatal(err)
	}
	h.Work()
	f := h.givenBack(t, o.ID)
	h.Work()
	h.bureau.RefuseRed(allowance.Serial(), "not agreed on")
	h.Pass(2 * time.Hour)
	reds, err := h.Reds(t.Context(), v.ID, "", "", 9)
	if err != nil || len(reds) != 2 || reds[0].Refund != f.ID {
		t.Fatalf("the red letters are %+v, %v", reds, err)
	}
	h.bureau.AgreeRed(reds[0].Serial())
	h.bureau.Land(reds[0].Serial())
	h.Pass(2 * time.Hour)
	h.wantRefund(t, "in the end", f.ID, quartet.RefundSending)
	h.WantOrders()
}
