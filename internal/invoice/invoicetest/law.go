package invoicetest

import (
	"context"
	"strings"
	"testing"

	"quartet"
	"quartet/internal/einvoice"
	"quartet/internal/invoice"
)

// Run checks the law of a channel. fresh makes a house that invoices through it.
func Run(t *testing.T, fresh func(t *testing.T) *House) {
	t.Helper()
	for _, c := range []struct {
		name string
		run  func(h *House)
	}{
		{"two orders are one invoice, and its data says what was asked for", merged},
		{"one order is two invoices, and no fen more", split},
		{"whatever is asked twice under one serial is done once", twice},
		{"who was cut off asks, and issues nothing again", cutOff},
		{"a part is reversed, then the rest, to the fen", reversedInParts},
		{"a red letter that is withdrawn leaves the invoice as it was", withdrawn},
		{"where the buyer must agree nothing is taken back before", agreed},
		{"a refund waits for the red letter", refunded},
		{"a notice of somebody else is refused", forged},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := fresh(t)
			c.run(h)
			h.WantOrders()
		})
	}
}

func merged(h *House) {
	one, two := h.Buy("1887-1200"), h.Buy("1887-1200")
	v := h.Issued(quartet.InvoiceOrdinary, invoice.Part{Order: one.ID}, invoice.Part{Order: two.ID})
	h.WantState("merged", v.ID, quartet.InvoiceIssued)
	if want := (quartet.Amounts{Gross: 1000_00, Net: 943_40, Tax: 56_60}); v.Amounts != want || v.Delivered.IsZero() || !quartet.InvoiceNumber(v.Number) {
		h.T.Errorf("issued is %+v", v)
	}
	_, file, err := h.File(context.Background(), v.ID, quartet.InvoiceXML)
	must(h.T, err)
	paper, err := einvoice.Read(file)
	must(h.T, err)
	want := quartet.InvoicePaper{Number: v.Number, Kind: v.Kind, Seller: Seller, SellerTaxID: SellerTaxID, Buyer: h.Title.Buyer.Name, BuyerTaxID: FirmCode, Amounts: v.Amounts}
	if found := paper.Differences(&want); len(found) > 0 || v.Source != quartet.FromXML {
		h.T.Errorf("the data differs: %s; it is known from %s", strings.Join(found, ", "), v.Source)
	}
}

func split(h *House) {
	o := h.Buy("1887-6000")
	first := h.Issued(quartet.InvoiceOrdinary, invoice.Part{Order: o.ID, Amount: 700_00})
	second := h.Issued(quartet.InvoiceSpecial, invoice.Part{Order: o.ID, Amount: 1300_00})
	if first.Number == second.Number {
		h.T.Errorf("both have the number %s", first.Number)
	}
	_, err := h.Apply(context.Background(), "person zhang", invoice.Application{
		Account: Account, Kind: quartet.InvoiceOrdinary, Title: h.Title.ID, Email: "fp@buyer.example", Parts: []invoice.Part{{Order: o.ID, Amount: 1}},
	})
	wantCode(h, "a fen more", err, quartet.ErrConflict)
}

func wantCode(h *House, what string, err error, want quartet.ErrorCode) {
	h.T.Helper()
	if got := quartet.CodeOf(err); got != want {
		h.T.Errorf("%s: %q (%v), want %q", what, got, err, want)
	}
}

func twice(h *House) {
	ctx, c := context.Background(), h.Bench.Channel
	v := h.Issued(quartet.InvoiceOrdinary, invoice.Part{Order: h.Buy("1887-1200").ID})
	r := invoice.Request{Serial: v.Serial(), Kind: v.Kind, Seller: Seller, TaxID: SellerTaxID, Buyer: h.Title.Buyer, Lines: v.Lines, Sums: v.Amounts}
	for range 2 {
		out, err := c.Issue(ctx, r)
		must(h.T, err)
		if out.Outcome != invoice.Issued || out.Number != v.Number || out.Serial != v.Serial() {
			h.T.Errorf("asked again it says %+v, not %s", out, v.Number)
		}
	}
	none := v
	none.Tries = 98
	out, err := c.Query(ctx, none.Serial())
	must(h.T, err)
	if out.Outcome != invoice.Absent {
		h.T.Errorf("of a serial that it never heard of it says %+v", out)
	}
}

func cutOff(h *House) {
	ctx := context.Background()
	v := h.Asked(quartet.InvoiceOrdinary, invoice.Part{Order: h.Buy("1887-1200").ID})
	h.Work()
	for range 3 { // the job runs again, as after a crash
		must(h.T, IgnoreLater(h.Issue(ctx, v.ID)))
		must(h.T, IgnoreLater(h.Query(ctx, v.ID)))
	}
	h.Bench.Issue(h, v.ID)
	h.Work()
	h.WantState("in the end", v.ID, quartet.InvoiceIssued)
	number := h.Invoice(v.ID).Number
	must(h.T, IgnoreLater(h.Issue(ctx, v.ID)))
	h.Work()
	if again := h.Invoice(v.ID); again.Number != number || again.Tries != 1 {
		h.T.Errorf("issued again as %+v", again)
	}
}

func reversedInParts(h *House) {
	ctx := context.Background()
	o := h.Buy("1887-1200")
	v := h.Issued(quartet.InvoiceOrdinary, invoice.Part{Order: o.ID})
	for i, part := range []quartet.Fen{9, 123_45, 0} {
		var parts []invoice.Part
		if part > 0 {
			parts = []invoice.Part{{Order: o.ID, Amount: part}}
		}
		r, err := h.ApplyRed(ctx, "qian", v.ID, quartet.RedAllowance, parts)
		must(h.T, err)
		h.Work()
		h.Bench.IssueRed(h, r.ID)
		h.Work()
		if r = h.Red(r.ID); r.State != quartet.RedDone || !quartet.InvoiceNumber(r.Number) {
			h.T.Fatalf("part %d is %+v", i, r)
		}
		want := quartet.InvoicePartReversed
		if part == 0 {
			want = quartet.InvoiceReversed
		}
		h.WantState("taken back", v.ID, want)
		h.WantOrders()
	}
	if got := h.Invoice(v.ID); got.Reversed() != got.Amounts {
		h.T.Errorf("reversed is %+v of %+v", got.Reversed(), got.Amounts)
	}
	again := h.Issued(quartet.InvoiceOrdinary, invoice.Part{Order: o.ID})
	h.WantState("asked for again", again.ID, quartet.InvoiceIssued)
}

func withdrawn(h *House) {
	ctx := context.Background()
	v := h.Issued(quartet.InvoiceSpecial, invoice.Part{Order: h.Buy("1887-1200").ID})
	h.Bench.WaitForBuyer(h, v)
	r, err := h.ApplyRed(ctx, "qian", v.ID, quartet.RedMistake, nil)
	must(h.T, err)
	h.Work()
	h.WantState("under way", v.ID, quartet.InvoiceRedWaitingBuyer)
	_, err = h.ApplyRed(ctx, "qian", v.ID, quartet.RedMistake, nil)
	wantCode(h, "another one", err, quartet.ErrConflict)
	r, err = h.Withdraw(ctx, "qian", r.ID)
	must(h.T, err)
	if r.State != quartet.RedRefused {
		h.T.Errorf("withdrawn it is %+v", r)
	}
	h.WantState("withdrawn", v.ID, quartet.InvoiceIssued)
}

func agreed(h *House) {
	v := h.Issued(quartet.InvoiceSpecial, invoice.Part{Order: h.Buy("1887-1200").ID})
	h.Bench.WaitForBuyer(h, v)
	r, err := h.ApplyRed(context.Background(), "qian", v.ID, quartet.RedEnded, nil)
	must(h.T, err)
	h.Work()
	if r = h.Red(r.ID); r.State != quartet.RedWaitingBuyer || r.Waits.IsZero() {
		h.T.Fatalf("it does not wait: %+v", r)
	}
	if o, err := h.Store.InvoiceOrder(context.Background(), r.Lines[0].Order); err != nil || o.Invoiced != 500_00 || o.Reversing != 500_00 {
		h.T.Errorf("meanwhile the order says %+v, %v", o, err)
	}
	h.Bench.IssueRed(h, r.ID)
	h.Work()
	h.WantState("agreed on", v.ID, quartet.InvoiceReversed)
}

func refunded(h *House) {
	ctx := context.Background()
	o := h.Buy("1887-1200")
	v := h.Issued(quartet.InvoiceSpecial, invoice.Part{Order: o.ID})
	h.Bench.WaitForBuyer(h, v)
	f, err := h.Billing.AskRefund(ctx, "person zhang", Account, o.ID, "不需要了")
	must(h.T, err)
	_, err = h.Billing.ApproveRefund(ctx, "qian", f.ID)
	must(h.T, err)
	h.Work()
	if f, err = h.Billing.Refund(ctx, f.ID); err != nil || f.State != quartet.RefundReversing || f.Amount != 500_00 {
		h.T.Fatalf("before it is taken back the refund is %+v, %v", f, err)
	}
	wantCode(h, "money that is given back before", h.Billing.Refunded(ctx, "alipay", f.ID, "x"), quartet.ErrConflict)
	reds, err := h.Reds(ctx, v.ID, "", "", 9)
	must(h.T, err)
	if len(reds) != 1 || reds[0].Refund != f.ID || reds[0].Amounts.Gross != 500_00 {
		h.T.Fatalf("asked for is %+v", reds)
	}
	h.Bench.IssueRed(h, reds[0].ID)
	h.Work()
	h.WantState("taken back", v.ID, quartet.InvoiceReversed)
	if f, err = h.Billing.Refund(ctx, f.ID); err != nil || f.State != quartet.RefundSending {
		h.T.Fatalf("then the refund is %+v, %v", f, err)
	}
	must(h.T, h.Billing.Refunded(ctx, "alipay", f.ID, "x"))
}

func forged(h *House) {
	err := h.Take(context.Background(), h.Bench.Channel.Name(), h.Bench.Forge)
	wantCode(h, "forged", err, quartet.ErrForbidden)
	wantCode(h, "of no channel", h.Take(context.Background(), "nobody", h.Bench.Forge), quartet.ErrNotFound)
}
