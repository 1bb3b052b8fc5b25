package quartet_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"quartet"
)

func TestSplitTax_OfTheFoundingPlans(t *testing.T) {
	for gross, net := range map[quartet.Fen]quartet.Fen{500_00: 471_70, 2000_00: 1886_79, 3000_00: 2830_19, 5000_00: 4716_98, 10000_00: 9433_96} {
		if got := quartet.SplitTax(gross, 600); got != (quartet.Amounts{Gross: gross, Net: net, Tax: gross - net}) {
			t.Errorf("%s is split as %+v", gross, got)
		}
	}
	// The first amount of which the tax by subtraction is not the rounded tax.
	if a := quartet.SplitTax(9, 600); a.TaxDiffers(600) == 0 {
		t.Errorf("9 fen are split as %+v", a)
	}
}

func TestSplitTax_DiffersByAFenAtMost(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rate := quartet.TaxRate(rapid.Int64Range(0, 3000).Draw(rt, "rate"))
		gross := quartet.Fen(rapid.Int64Range(1, 1_000_000_000_00).Draw(rt, "gross"))
		a := quartet.SplitTax(gross, rate)
		if d := a.TaxDiffers(rate); a.Net+a.Tax != gross || a.Net < 0 || a.Tax < 0 || d < -1 || d > 1 {
			rt.Fatalf("%+v differs by %d", a, d)
		}
	})
}

func TestReverseTax_InPartsIsTheLineToTheFen(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rate := quartet.TaxRate(rapid.SampledFrom([]int64{0, 100, 300, 600, 900, 1300}).Draw(rt, "rate"))
		gross := quartet.Fen(rapid.Int64Range(1, 10_000_00).Draw(rt, "gross"))
		l := quartet.InvoiceLine{TaxItem: quartet.TaxItem{Rate: rate}, Amounts: quartet.SplitTax(gross, rate)}
		for l.Reversed.Gross < gross {
			part := quartet.Fen(rapid.Int64Range(1, int64(gross-l.Reversed.Gross)).Draw(rt, "part"))
			a := quartet.ReverseTax(&l, part)
			if d := a.TaxDiffers(rate); a.Gross != part || a.Net+a.Tax != part || a.Net < 0 || a.Tax < 0 || d < -1 || d > 1 {
				rt.Fatalf("%s is taken back as %+v", part, a)
			}
			l.Reversed = l.Reversed.Plus(a)
		}
		if l.Reversed != l.Amounts {
			rt.Fatalf("reversed is %+v of %+v", l.Reversed, l.Amounts)
		}
	})
}

func TestTaxAt_IsTheLastThatHasBegun(t *testing.T) {
	now := time.Date(2026, 3, 2, 0, 0, 0, 0, quartet.Shanghai)
	all := []quartet.TaxSetting{{ID: "new", From: now}, {ID: "old", From: now.AddDate(-1, 0, 0)}, {ID: "next", From: now.AddDate(1, 0, 0)}}
	if s, ok := quartet.TaxAt(all, now); !ok || s.ID != "new" {
		t.Errorf("in force is %+v", s)
	}
	if _, ok := quartet.TaxAt(all[2:], now); ok {
		t.Error("what has not begun is in force")
	}
}

func TestInvoiceStates_EachHasAWayToAnEnd(t *testing.T) {
	for _, s := range quartet.InvoiceStates() {
		if !ends(s, func(s quartet.InvoiceState) []quartet.InvoiceState { return s.Next() }) {
			t.Errorf("%s never ends", s)
		}
		if s.Claims() && s.Stands() {
			t.Errorf("%s is claimed and issued", s)
		}
		for _, next := range s.Next() {
			if s.Stands() && next.Claims() {
				t.Errorf("what is issued (%s) becomes %s", s, next)
			}
		}
	}
	for _, s := range quartet.RedStates() {
		if !ends(s, func(s quartet.RedState) []quartet.RedState { return s.Next() }) {
			t.Errorf("%s never ends", s)
		}
	}
	if quartet.InvoiceUnknown.Unissued() || quartet.InvoiceIssuing.Unissued() {
		t.Error("what may be issued can be taken back")
	}
}

// ends reports whether a state that has no next one can be reached.
func ends[S comparable](from S, next func(S) []S) bool {
	seen, left := map[S]bool{from: true}, []S{from}
	for len(left) > 0 {
		s := left[0]
		left = left[1:]
		if len(next(s)) == 0 {
			return true
		}
		for _, n := range next(s) {
			if !seen[n] {
				seen[n] = true
				left = append(left, n)
			}
		}
	}
	return false
}

func TestInvoiceOfSerial_FindsTheInvoiceOfItsTries(t *testing.T) {
	v := quartet.Invoice{ID: "202603020000000001"}
	seen := map[string]bool{}
	for v.NextTry() {
		s := v.Serial()
		if seen[s] || quartet.InvoiceOfSerial(s) != v.ID {
			t.Fatalf("try %d is %s", v.Tries, s)
		}
		seen[s] = true
	}
	if len(seen) != 99 || quartet.InvoiceOfSerial("x") != "" || quartet.InvoiceOfSerial("2026030200000000010A") != "" {
		t.Errorf("%d tries", len(seen))
	}
}
