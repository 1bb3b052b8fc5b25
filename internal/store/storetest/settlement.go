package storetest

import (
	"fmt"
	"testing"
	"time"

	"quartet"
)

func settlements(t *testing.T, open Database) {
	s, ctx, none := open(t), t.Context(), quartet.AuditEntry{}
	first := quartet.Settlement{
		Provider: "alipay", Day: "2026-03-01", Compared: base, Paid: 500_00, Refunded: 3, Fee: -1, PaidHere: 500_00, RefundedHere: 2, Lines: 2,
		Differences: []quartet.Difference{{Kind: quartet.AmountDiffers, Bill: quartet.BillRefund, Number: "r1", Reference: "R1", Order: "o", Ours: 2, Theirs: 3, State: "done"}},
	}
	bill := []quartet.BillLine{
		{Kind: quartet.BillPaid, Number: "p1", Reference: "P1", Amount: 500_00, Fee: 3, At: base},
		{Kind: quartet.BillRefund, Number: "r1", Reference: "R1", Amount: 3, Fee: -4, At: base},
	}
	must(t, s.PutSettlement(ctx, first, bill, quartet.AuditEntry{ID: "1", At: base, Actor: "甲", Action: "settlement.compare", Subject: "alipay/2026-03-01"}))
	same(t, "what came of it", value(s.Settlement(ctx, "alipay", "2026-03-01"))(t), first)
	same(t, "who compared it", len(value(s.AuditEntries(ctx, 9))(t)), 1)
	_, err := s.Settlement(ctx, "wechat", "2026-03-01")
	wantCode(t, "of another provider", err, quartet.ErrNotFound)

	same(t, "on the bill of another day", value(s.BilledOtherwise(ctx, "alipay", "2026-03-02", []string{"p1", "p9"}))(t), map[string]bool{"p1": true})
	same(t, "of the same day", len(value(s.BilledOtherwise(ctx, "alipay", "2026-03-01", []string{"p1"}))(t)), 0)
	same(t, "of another provider", len(value(s.BilledOtherwise(ctx, "wechat", "2026-03-02", []string{"p1"}))(t)), 0)

	seen := first
	seen.Acknowledged, seen.By, seen.Note = after(time.Hour), "乙", "已向支付宝查询"
	old := seen
	old.Compared = after(-time.Hour)
	wantCode(t, "what was compared before", s.AcknowledgeSettlement(ctx, old, none), quartet.ErrConflict)
	must(t, s.AcknowledgeSettlement(ctx, seen, none))
	wantCode(t, "twice", s.AcknowledgeSettlement(ctx, seen, none), quartet.ErrConflict)
	same(t, "acknowledged", value(s.Settlement(ctx, "alipay", "2026-03-01"))(t), seen)

	again := first
	again.Compared = after(2 * time.Hour)
	must(t, s.PutSettlement(ctx, again, bill, none))
	seen.Compared = again.Compared
	same(t, "compared anew, to the same end", value(s.Settlement(ctx, "alipay", "2026-03-01"))(t), seen)
	again.Compared, again.Differences, again.Lines = after(3*time.Hour), nil, 1
	must(t, s.PutSettlement(ctx, again, bill[:1], none))
	same(t, "to another end", value(s.Settlement(ctx, "alipay", "2026-03-01"))(t), again)
	same(t, "the bill is the last one", value(s.BilledOtherwise(ctx, "alipay", "", []string{"p1", "r1"}))(t), map[string]bool{"p1": true})

	next := quartet.Settlement{Provider: "alipay", Day: "2026-03-02", Compared: base}
	other := quartet.Settlement{Provider: "wechat", Day: "2026-03-01", Compared: base}
	must(t, s.PutSettlement(ctx, next, nil, none))
	must(t, s.PutSettlement(ctx, other, nil, none))
	same(t, "all, the newest first", value(s.Settlements(ctx, "", "", "", 9))(t), []quartet.Settlement{next, again, other})
	same(t, "of one provider, behind a day", value(s.Settlements(ctx, "alipay", "2026-03-02", "alipay", 9))(t), []quartet.Settlement{again})
	same(t, "behind one of several of a day", value(s.Settlements(ctx, "", "2026-03-01", "alipay", 9))(t), []quartet.Settlement{other})
}

// A long bill is written in chunks, and a shorter one of the same day leaves nothing of it.
func longSettlement(t *testing.T, open Database) {
	s, ctx, none := open(t), t.Context(), quartet.AuditEntry{}
	const lines = 450
	var bill []quartet.BillLine
	var numbers []string
	for i := range lines {
		numbers = append(numbers, fmt.Sprintf("p%03d", i))
		bill = append(bill, quartet.BillLine{Kind: quartet.BillPaid, Number: numbers[i], Amount: 5, At: base})
	}
	put := func(bill []quartet.BillLine) {
		t.Helper()
		must(t, s.PutSettlement(ctx, quartet.Settlement{Provider: "alipay", Day: "2026-03-01", Compared: base, Lines: int64(len(bill))}, bill, none))
	}
	for _, n := range []int{lines, lines, 250, 400, 200, 1, 0} {
		put(bill[lines-n:])
		billed := value(s.BilledOtherwise(ctx, "alipay", "2026-03-02", numbers))(t)
		same(t, fmt.Sprintf("of %d", n), len(billed), n)
		for _, number := range numbers[lines-n:] {
			if !billed[number] {
				t.Errorf("of %d %s is missing", n, number)
			}
		}
		same(t, "the comparison", value(s.Settlement(ctx, "alipay", "2026-03-01"))(t).Lines, int64(n))
	}
}
