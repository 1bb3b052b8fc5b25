package taxsim_test

import (
	"context"
	"testing"
	"time"

	"quartet"
	"quartet/internal/invoice"
	"quartet/internal/invoice/taxsim"
)

// want fails unless the bureau issued so many invoices and red letters in all.
func (h *house) want(t *testing.T, count int) {
	t.Helper()
	if n := h.bureau.Count(); n != count {
		t.Errorf("the bureau issued %d, want %d", n, count)
	}
}

// deliver sends notices as they lie there.
func (h *house) deliver(t *testing.T, list ...taxsim.Delivery) {
	t.Helper()
	for _, d := range list {
		if err := h.Take(t.Context(), taxsim.Name, invoice.Raw{Header: d.Header(), Body: d.Body, At: h.Now}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestIssue_WhateverBecomesOfTheAnswerOneIsIssued(t *testing.T) {
	for _, f := range taxsim.Faults() {
		t.Run(string(f), func(t *testing.T) {
			h := newHouse(t)
			h.bureau.Break(taxsim.OnIssue, f)
			v := h.Asked(quartet.InvoiceOrdinary, invoice.Part{Order: h.Buy("1887-1200").ID})
			h.Work()
			h.WantState("without an answer", v.ID, quartet.InvoiceUnknown)
			h.bureau.Break(taxsim.OnQuery, f)
			h.Pass(time.Minute)
			h.WantState("asked in vain", v.ID, quartet.InvoiceUnknown)
			if _, err := h.Cancel(t.Context(), "person zhang", "acme", v.ID); quartet.CodeOf(err) != quartet.ErrConflict {
				t.Errorf("taken back while nobody knows: %v", err)
			}
			h.Pass(5 * time.Minute)
			h.Pass(2 * time.Minute) // what never arrived is tried again
			h.WantState("in the end", v.ID, quartet.InvoiceIssued)
			h.want(t, 1)
			h.WantOrders()
		})
	}
}

func TestNotices_CountOnceHoweverOftenAndInWhateverOrder(t *testing.T) {
	h := newHouse(t)
	h.bureau.Slow(true)
	v := h.Asked(quartet.InvoiceOrdinary, invoice.Part{Order: h.Buy("1887-1200").ID})
	h.Work()
	h.bureau.Land(v.Serial())
	all := h.bureau.Deliveries()
	if len(all) != 2 {
		t.Fatalf("told %d times", len(all))
	}
	h.deliver(t, all[1], all[0], all[1], all[0])
	h.Work()
	h.WantState("told", v.ID, quartet.InvoiceIssued)
	if n, err := h.Store.InvoiceNotices(t.Context(), taxsim.Name); err != nil || n != 2 {
		t.Errorf("kept %d notices, %v", n, err)
	}
	h.deliver(t, h.bureau.Tell("20260302000000000001"), h.bureau.Tell("nonsense"))
	h.Work()
	h.want(t, 1)
}

func TestLogin_IsWaitedForAndNothingIsLost(t *testing.T) {
	h := newHouse(t)
	h.bureau.DropLogin()
	v := h.Asked(quartet.InvoiceOrdinary, invoice.Part{Order: h.Buy("1887-1200").ID})
	h.Work()
	h.WantState("thrown out", v.ID, quartet.InvoiceNeedsLogin)
	if _, l, err := h.StartLogin(t.Context(), "qian"); err != nil || l.In || l.Shows == "" {
		t.Errorf("to sign in there is %+v, %v", l, err)
	}
	h.Pass(time.Hour)
	h.WantState("an hour later", v.ID, quartet.InvoiceNeedsLogin)
	h.bureau.SignIn()
	if _, err := h.Retry(t.Context(), "qian", v.ID); err != nil {
		t.Fatal(err)
	}
	h.Work()
	h.WantState("signed in", v.ID, quartet.InvoiceIssued)
	h.bureau.DropLogin()
	r, err := h.ApplyRed(t.Context(), "qian", v.ID, quartet.RedMistake, nil)
	if err != nil {
		t.Fatal(err)
	}
	h.Work()
	if got := h.Red(r.ID); got.State != quartet.RedNeedsLogin {
		t.Errorf("the red letter is %+v", got)
	}
	h.bureau.SignIn()
	h.Pass(2 * time.Minute)
	h.WantState("taken back", v.ID, quartet.InvoiceReversed)
	h.want(t, 2)
}

func TestReject_IsForAPersonAndAnotherSerial(t *testing.T) {
	h := newHouse(t)
	h.bureau.Reject("the title is unknown")
	o := h.Buy("1887-1200")
	v := h.Asked(quartet.InvoiceOrdinary, invoice.Part{Order: o.ID})
	h.Work()
	h.WantState("rejected", v.ID, quartet.InvoiceFailedFinal)
	h.bureau.Reject("")
	if _, err := h.Retry(t.Context(), "qian", v.ID); err != nil {
		t.Fatal(err)
	}
	h.Work()
	if got := h.Invoice(v.ID); got.State != quartet.InvoiceIssued || got.Tries != 2 {
		t.Errorf("tried again it is %+v", got)
	}
	h.bureau.Reject("over the limit")
	w := h.Asked(quartet.InvoiceOrdinary, invoice.Part{Order: h.Buy("1887-1200").ID})
	h.Work()
	if _, err := h.Reject(t.Context(), "qian", w.ID, "额度不足"); err != nil {
		t.Fatal(err)
	}
	h.WantOrders()
}

func TestRed_WhateverBecomesOfTheAnswerOneIsIssued(t *testing.T) {
	for _, f := range taxsim.Faults() {
		t.Run(string(f), func(t *testing.T) {
			h := newHouse(t)
			o := h.Buy("1887-1200")
			v := h.Issued(quartet.InvoiceOrdinary, invoice.Part{Order: o.ID})
			h.bureau.Break(taxsim.OnRed, f)
			r, err := h.ApplyRed(t.Context(), "qian", v.ID, quartet.RedReturned, []invoice.Part{{Order: o.ID, Amount: 200_00}})
			if err != nil {
				t.Fatal(err)
			}
			h.Work()
			if got := h.Red(r.ID); got.State != quartet.RedUnknown {
				t.Errorf("without an answer it is %+v", got)
			}
			if _, err := h.Withdraw(t.Context(), "qian", r.ID); quartet.CodeOf(err) != quartet.ErrConflict {
				t.Errorf("withdrawn while nobody knows: %v", err)
			}
			h.Pass(5 * time.Minute)
			h.Pass(2 * time.Minute)
			h.WantState("in the end", v.ID, quartet.InvoicePartReversed)
			h.want(t, 2)
			if issued, reversed := h.bureau.Sums(); issued-reversed != 300_00 {
				t.Errorf("at the bureau %s stand", issued-reversed)
			}
			h.WantOrders()
		})
	}
}

func TestRed_ThatTheBuyerRefusesLeavesTheRefundToPeople(t *testing.T) {
	h, ctx := newHouse(t), context.Background()
	o := h.Buy("1887-1200")
	v := h.Issued(quartet.InvoiceSpecial, invoice.Part{Order: o.ID})
	h.bureau.Use(v.Number)
	f, err := h.Billing.AskRefund(ctx, "person zhang", "acme", o.ID, "不需要了")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Billing.ApproveRefund(ctx, "qian", f.ID); err != nil {
		t.Fatal(err)
	}
	h.Work()
	reds, err := h.Reds(ctx, v.ID, "", "", 9)
	if err != nil || len(reds) != 1 {
		t.Fatalf("%+v, %v", reds, err)
	}
	h.bureau.RefuseRed(reds[0].Serial(), "booked already")
	h.deliver(t, h.bureau.Deliveries()...)
	h.Work()
	h.WantState("refused", v.ID, quartet.InvoiceIssued)
	h.Pass(3 * time.Hour)
	if reds, err = h.Reds(ctx, v.ID, "", "", 9); err != nil || len(reds) != 1 {
		t.Errorf("asked for again by itself: %+v, %v", reds, err)
	}
	if f, err = h.Billing.GiveUp(ctx, "qian", f.ID); err != nil || f.State != quartet.RefundGivenUp {
		t.Errorf("given up it is %+v, %v", f, err)
	}
	h.WantOrders()
}
