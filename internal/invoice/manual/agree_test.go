package manual_test

import (
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/invoice"
	"quartet/internal/invoice/invoicetest"
)

// waiting is a red letter that waits for its buyer.
func waiting(t *testing.T, h *invoicetest.House) quartet.RedLetter {
	t.Helper()
	v := h.Issued(quartet.InvoiceSpecial, invoice.Part{Order: h.Buy("1887-1200").ID})
	r, err := h.ApplyRed(t.Context(), "qian", v.ID, quartet.RedReturned, nil)
	if err != nil {
		t.Fatal(err)
	}
	h.Work()
	if r = h.Red(r.ID); r.State != quartet.RedWaitingBuyer {
		t.Fatalf("it is %s", r.State)
	}
	return r
}

// What a buyer says is kept in clear, and the audit keeps its entries for good.
func TestDecline_KeepsNoElementOfItsReason(t *testing.T) {
	h := newHouse(t)
	r, err := h.Decline(t.Context(), "person zhang", invoicetest.Account, waiting(t, h).ID, "已入账，联系 19900000000")
	if err != nil || r.State != quartet.RedRefused || strings.Contains(r.Answer, "19900000000") || !strings.Contains(r.Answer, "已入账") {
		t.Errorf("%+v, %v", r, err)
	}
	entries, err := h.Store.AuditEntries(t.Context(), 99)
	for _, e := range entries {
		if strings.Contains(e.Detail, "19900000000") {
			t.Errorf("the audit keeps %+v", e)
		}
	}
	if err != nil {
		t.Error(err)
	}
}

// A buyer has 72 hours, whoever looks at it meanwhile.
func TestRed_LapsesAfter72HoursThoughSomebodyAskedInBetween(t *testing.T) {
	h := newHouse(t)
	r := waiting(t, h)
	h.Pass(71 * time.Hour)
	if _, err := h.RetryRed(t.Context(), "qian", r.ID); err != nil {
		t.Fatal(err)
	}
	h.Work()
	h.Now = h.Now.Add(time.Hour)
	if _, err := h.Agree(t.Context(), "person zhang", invoicetest.Account, r.ID); quartet.CodeOf(err) != quartet.ErrConflict {
		t.Errorf("agreed when the time was over: %v", err)
	}
	h.Work()
	if r = h.Red(r.ID); r.State != quartet.RedRefused {
		t.Errorf("after its time it is %s", r.State)
	}
}
