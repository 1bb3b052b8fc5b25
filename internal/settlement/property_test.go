package settlement_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"quartet"
)

// world is a bill and our books, and what they do not agree in.
type world struct {
	bill, before []quartet.BillLine // of the day, and of the day before it
	rows         []quartet.Booked
	told         map[string]int // how often, by kind and number
}

// movement draws money that moved, of which the bill and our books say the same, though not
// always on the same day, nor with the same words.
func movement(t *rapid.T, number string) (quartet.BillLine, quartet.Booked) {
	amount := quartet.Fen(rapid.Int64Range(1, 1_000_000_00).Draw(t, "amount"))
	if rapid.Bool().Draw(t, "refund") {
		return refunded(number, amount)
	}
	l, b := paid(number, amount)
	b.State = rapid.SampledFrom([]string{"paid", "paid", "surplus", "returned"}).Draw(t, "state")
	b.Granted = b.State == "paid" // a surplus gives no units, and rightly so
	switch rapid.IntRange(0, 3).Draw(t, "reference") {
	case 0:
		l.Reference = ""
	case 1:
		b.Reference = ""
	}
	return l, b
}

// agree adds a movement that nothing is to be told of.
func (w *world) agree(t *rapid.T, number string) {
	l, b := movement(t, number)
	switch rapid.IntRange(0, 3).Draw(t, "day") {
	case 0: // we heard of it behind midnight
		b.At = at(24)
		w.bill = append(w.bill, l)
	case 1: // the provider did, before it
		w.before = append(w.before, l)
	case 2: // nothing moved
		b.State = map[quartet.BillKind]string{quartet.BillPaid: "open", quartet.BillRefund: "sending"}[b.Kind]
	default:
		w.bill = append(w.bill, l)
	}
	w.rows = append(w.rows, b)
}

// differ adds a movement of which the two say otherwise.
func (w *world) differ(t *rapid.T, number string) {
	l, b := movement(t, number)
	tell := func(kind quartet.DifferenceKind, times int) { w.told[string(kind)+" "+number] += times }
	switch rapid.IntRange(0, 3).Draw(t, "how") {
	case 0: // not on the bill, nor on another one
		w.rows = append(w.rows, b)
		tell(quartet.MissingThere, 1)
		return
	case 1:
		tell(quartet.MissingHere, 1)
	case 2:
		b.State = map[quartet.BillKind]string{quartet.BillPaid: "closed", quartet.BillRefund: "failed"}[b.Kind]
		b.Amount += 7 // told by the state already
		w.rows = append(w.rows, b)
		tell(quartet.StateDiffers, 1)
	default:
		if rapid.Bool().Draw(t, "by amount") {
			b.Amount += quartet.Fen(rapid.SampledFrom([]int64{-1, 1, 100}).Draw(t, "by"))
			tell(quartet.AmountDiffers, 1)
		}
		if b.Kind == quartet.BillPaid && rapid.Bool().Draw(t, "by reference") {
			l.Reference, b.Reference = "one", "another"
			tell(quartet.ReferenceDiffer, 1)
		}
		if b.State == "paid" && rapid.Bool().Draw(t, "by units") {
			b.Granted = false
			tell(quartet.GrantDiffers, 1)
		}
		w.rows = append(w.rows, b)
	}
	again := rapid.IntRange(0, 2).Draw(t, "billed again")
	for range again + 1 {
		w.bill = append(w.bill, l)
	}
	if again > 0 {
		tell(quartet.BilledTwice, again)
	}
}

// compareWorld gives what was told, by kind and number, and the comparison.
func compareWorld(t *rapid.T, h *house, w *world) (map[string]int, quartet.Settlement) {
	h.bills[eve], h.bills[day], h.books.rows = w.before, rapid.Permutation(w.bill).Draw(t, "bill"), rapid.Permutation(w.rows).Draw(t, "books")
	if s, err := h.Reconcile(t.Context(), "甲", "alipay", eve); err != nil || len(s.Differences) > 0 {
		t.Fatalf("the day before: %+v, %v", s.Differences, err)
	}
	s, err := h.Reconcile(t.Context(), "甲", "alipay", day)
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]int{}
	for _, d := range s.Differences {
		told[string(d.Kind)+" "+d.Number]++
	}
	return told, s
}

const eve = "2026-03-01"

// Whatever the bill and our books do not agree in is told once, in whatever order they come;
// of what they agree in nothing is.
func TestReconcile_TellsWhateverDiffersOnce(t *testing.T) {
	h, round := newHouse(t), 0
	rapid.Check(t, func(t *rapid.T) {
		round++
		w := &world{told: map[string]int{}}
		for i := range rapid.IntRange(0, 8).Draw(t, "movements") {
			number := fmt.Sprintf("%d-%d", round, i)
			if rapid.Bool().Draw(t, "agree") {
				w.agree(t, number)
			} else {
				w.differ(t, number)
			}
		}
		told, s := compareWorld(t, h, w)
		if diff := cmp.Diff(w.told, told); diff != "" {
			t.Fatalf("(-differs +told):\n%s", diff)
		}
		var paid, refunded quartet.Fen
		for _, l := range w.bill {
			if l.Kind == quartet.BillPaid {
				paid += l.Amount
			} else {
				refunded += l.Amount
			}
		}
		if s.Paid != paid || s.Refunded != refunded || s.Lines != int64(len(w.bill)) {
			t.Fatalf("the bill has %s and %s in %d lines, told are %s and %s in %d", paid, refunded, len(w.bill), s.Paid, s.Refunded, s.Lines)
		}
	})
}

func TestReconcile_TellsNothingWhereAllAgrees(t *testing.T) {
	h, round := newHouse(t), 0
	rapid.Check(t, func(t *rapid.T) {
		round++
		w := &world{}
		for i := range rapid.IntRange(0, 12).Draw(t, "movements") {
			w.agree(t, fmt.Sprintf("%d-%d", round, i))
		}
		if told, _ := compareWorld(t, h, w); len(told) > 0 {
			t.Fatalf("told is %s", strings.Join(slices.Sorted(maps.Keys(told)), ", "))
		}
	})
}
