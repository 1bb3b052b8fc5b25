package margin_test

import (
	"fmt"
	"maps"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"quartet"
	"quartet/internal/margin"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
)

const day0 = 20_700 // a day of 2026

func openStore(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Dir: storetest.Folder(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if _, _, err := s.LeaseNode(t.Context(), "folder", "1", time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := s.CreateAccount(t.Context(), quartet.Account{ID: "a", Name: "a", CreatedAt: time.Unix(1, 0)}, quartet.AuditEntry{}); err != nil {
		t.Fatal(err)
	}
	return s
}

func post(t *testing.T, s *store.Store, p quartet.Postings) {
	t.Helper()
	if err := s.Commit(t.Context(), quartet.Reading{}, func(quartet.Book) quartet.Postings { return p }); err != nil {
		t.Fatal(err)
	}
}

func grants() []quartet.Grant {
	list := make([]quartet.Grant, 9)
	for i := range list {
		list[i] = quartet.Grant{
			ID: fmt.Sprint("g", i), Account: "a", Units: []int64{7, 1200, 6000, 999_983, 1_000_000_000_000}[i%5], Paid: quartet.Fen(i) * 3_333_333_333_333 / 9,
			CreatedAt: time.Unix(1, 0), ExpiresAt: time.Unix(2, 0),
		}
	}
	return list
}

// chance is calls of five days as chance has it, at least one on each border of a day.
func chance(random *rand.Rand, list []quartet.Grant) []quartet.Call {
	var calls []quartet.Call
	for i := range 600 {
		day := int64(day0 + random.IntN(5))
		second := quartet.DayStart(day) + random.Int64N(86_400)
		switch i % 20 {
		case 0:
			second = quartet.DayStart(day)
		case 1:
			second = quartet.DayStart(day+1) - 1
		}
		c := quartet.Call{SeqNo: quartet.SeqNo{Second: second, N: uint64(i)}, At: time.Unix(second, 0), Account: "a", Product: fmt.Sprint(random.IntN(3)), Code: quartet.CodeOK, Verdict: quartet.Match}
		if units := random.Int64N(4); units > 0 {
			c.Charged, c.Grant = units, list[random.IntN(len(list))].ID
		}
		for range random.IntN(3) {
			c.Attempts = append(c.Attempts, quartet.Attempt{
				Source: "s", Sent: true, Charged: quartet.Charged(random.IntN(3)), Cost: quartet.Millifen(random.IntN(40_000)), Failure: "busy",
			})
		}
		c.Attempts = append(c.Attempts, quartet.Attempt{Source: "x", Skipped: "off", Cost: 1_000_000}) // costs nothing
		calls = append(calls, c)
	}
	return calls
}

// The report is what one gets by adding every call up by itself, in fractions.
func TestByProduct_AddsUpEveryCallExactly(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	s, list := openStore(t), grants()
	calls := chance(random, list)
	post(t, s, quartet.Postings{Opened: list, Calls: calls})
	const from, to = day0 + 1, day0 + 3
	type key struct {
		day     int64
		product string
	}
	want := map[key]*margin.Line{}
	total := margin.Line{Revenue: new(big.Rat)}
	for i := range calls {
		c := &calls[i]
		k := key{quartet.DayOf(c.SeqNo.Second), c.Product}
		if k.day < from || k.day > to {
			continue
		}
		if want[k] == nil {
			want[k] = &margin.Line{Day: k.day, Product: k.product, Revenue: new(big.Rat)}
		}
		for _, l := range []*margin.Line{want[k], &total} {
			l.Calls++
			l.Units += c.Charged
			for _, g := range list {
				if g.ID == c.Grant {
					l.Revenue.Add(l.Revenue, new(big.Rat).Mul(big.NewRat(int64(g.Paid), g.Units), big.NewRat(c.Charged, 1)))
				}
			}
			for _, a := range c.Attempts {
				switch {
				case a.Skipped != "":
				case a.Charged == quartet.ChargedYes:
					l.Cost += a.Cost
				case a.Charged == quartet.ChargedUnknown:
					l.Open += a.Cost
				}
			}
		}
	}
	var got []margin.Line
	var steps []int64
	span := margin.Span{From: from, To: to, Progress: func(done, of int64) { steps = append(steps, done, of) }}
	sum, err := margin.ByProduct(t.Context(), s, span, func(l margin.Line) error { got = append(got, l); return nil })
	if err != nil {
		t.Fatal(err)
	}
	ordered := slices.SortedFunc(maps.Keys(want), func(a, b key) int {
		return slices.Compare([]string{fmt.Sprint(a.day), a.product}, []string{fmt.Sprint(b.day), b.product})
	})
	var list2 []margin.Line
	for _, k := range ordered {
		list2 = append(list2, *want[k])
	}
	exact := cmp.Comparer(func(a, b *big.Rat) bool { return a.Cmp(b) == 0 })
	if diff := cmp.Diff(list2, got, exact); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(total, sum, exact); diff != "" {
		t.Errorf("totals (-want +got):\n%s", diff)
	}
	if !slices.Equal(steps, []int64{1, 3, 2, 3, 3, 3}) {
		t.Errorf("progress %v", steps)
	}
	if new(big.Rat).Add(sum.Worst(), big.NewRat(int64(sum.Open+sum.Cost), 1000)).Cmp(sum.Revenue) != 0 {
		t.Error("revenue is not cost, open cost and what is left")
	}
}

func TestByProduct_OfAHouseWithoutCalls(t *testing.T) {
	t.Parallel()
	sum, err := margin.ByProduct(t.Context(), openStore(t), margin.Span{To: day0}, func(margin.Line) error { t.Error("a line"); return nil })
	if err != nil || sum.Calls != 0 || sum.EachUnit(sum.Margin()) != nil || margin.Fen(sum.Worst()) != 0 {
		t.Errorf("%+v, %v", sum, err)
	}
}

func TestBySource_CountsHowQuestionsFared(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	calls := make([]quartet.Call, 200)
	for i := range calls {
		second := quartet.DayStart(day0) + int64(i)*1000 // over two days
		a := quartet.Attempt{Source: "shumai", Sent: true, Latency: time.Duration(i+1) * time.Millisecond, Charged: quartet.ChargedYes, Cost: 16_500}
		switch {
		case i < 90:
			a.Verdict = quartet.Mismatch
		case i < 100:
			a.Failure, a.Charged = "busy", quartet.ChargedNo
		case i < 110:
			a.Failure, a.Charged, a.Latency = []string{"forsaken", "given_up"}[i%2], quartet.ChargedUnknown, time.Hour
		default:
			a.Source, a.Failure, a.Sent, a.Charged = "tencent", "unreachable", false, quartet.ChargedNo
		}
		calls[i] = quartet.Call{SeqNo: quartet.SeqNo{Second: second, N: 1}, Attempts: []quartet.Attempt{{Source: "off", Skipped: "off"}, a}}
	}
	post(t, s, quartet.Postings{Calls: calls})
	got, err := margin.BySource(t.Context(), s, margin.Span{To: day0 + 3})
	if err != nil {
		t.Fatal(err)
	}
	want := []margin.SourceLine{
		{
			Source: "shumai", Questions: 110, Verdicts: 90, Failures: map[string]int64{"busy": 10, "forsaken": 5, "given_up": 5}, NoAnswer: 10,
			Average: 50_500 * time.Microsecond, P95: 95 * time.Millisecond, Cost: 90 * 16_500, Open: 10 * 16_500,
			Charged: map[quartet.Charged]int64{quartet.ChargedYes: 90, quartet.ChargedNo: 10, quartet.ChargedUnknown: 10},
		},
		{Source: "tencent", Questions: 90, Failures: map[string]int64{"unreachable": 90}, NoAnswer: 90, Charged: map[quartet.Charged]int64{quartet.ChargedNo: 90}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Rounding goes to the nearest, and of two to the one further from zero.
func TestRounding_IsToTheNearest(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := big.NewRat(rapid.Int64Range(-1_000_000_000, 1_000_000_000).Draw(t, "numerator"), rapid.Int64Range(1, 1_000_000).Draw(t, "denominator"))
		off := new(big.Rat).Sub(new(big.Rat).SetInt64(int64(margin.Fen(r))), r)
		half := big.NewRat(1, 2)
		away := off.Sign() == 0 || off.Sign() == r.Sign()
		if c := new(big.Rat).Abs(off).Cmp(half); c > 0 || c == 0 && !away {
			t.Fatalf("%s fen are rounded to %d", r, int64(margin.Fen(r)))
		}
		if int64(margin.Millifen(r)) != int64(margin.Fen(new(big.Rat).Mul(r, big.NewRat(1000, 1)))) {
			t.Fatalf("%s fen are rounded to %d thousandths", r, int64(margin.Millifen(r)))
		}
	})
}
