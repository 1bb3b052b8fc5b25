package quartet_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"quartet"
)

func midnight(text string) time.Time {
	at, err := time.ParseInLocation(time.DateOnly, text, quartet.Shanghai)
	if err != nil {
		panic(err)
	}
	return at
}

// Of the prices in force, the one for these very elements goes before the one for all, and
// a later one before an earlier, whatever the order in which they are written.
func TestTerms_PriceAt(t *testing.T) {
	t.Parallel()
	three := quartet.NeedName | quartet.NeedID | quartet.NeedCard
	prices := []quartet.Price{
		{Cost: 30_000},
		{From: midnight("2026-10-01"), Cost: 22_000},
		{From: midnight("2026-11-01"), Cost: 16_500},
		{Need: three, Cost: 11_000},
		{From: midnight("2026-10-15"), Need: three, Cost: 9_000},
	}
	for _, c := range []struct {
		at   time.Time
		need quartet.ElementSet
		want quartet.Millifen
	}{
		{midnight("2026-09-30"), quartet.NeedAll, 30_000},
		{midnight("2026-10-01").Add(-time.Nanosecond), quartet.NeedAll, 30_000},
		{midnight("2026-10-01"), quartet.NeedAll, 22_000},
		{midnight("2026-11-01"), quartet.NeedAll, 16_500},
		{midnight("2026-09-30"), three, 11_000},
		{midnight("2026-10-01"), three, 11_000}, // a later price for all does not take its place
		{midnight("2026-10-15"), three, 9_000},
		{midnight("2026-12-01"), three, 9_000},
	} {
		for range 2 {
			terms := quartet.Terms{Prices: prices}
			if got := terms.PriceAt(c.at, c.need); got != c.want {
				t.Errorf("at %s, for %04b: %s, want %s", c.at, c.need, got, c.want)
			}
			reversed := make([]quartet.Price, len(prices))
			for i, p := range prices {
				reversed[len(prices)-1-i] = p
			}
			prices = reversed
		}
	}
	none := quartet.Terms{Prices: []quartet.Price{{From: midnight("2027-01-01"), Cost: 1}}}
	if got := none.PriceAt(midnight("2026-12-31"), quartet.NeedAll); got != 0 {
		t.Errorf("before the first price: %s", got)
	}
}

// The price of an instant is that of a price in force that no better one beats.
func TestTerms_PriceAtTakesThePriceThatNoOtherBeats(t *testing.T) {
	t.Parallel()
	begin := midnight("2026-01-01")
	rapid.Check(t, func(t *rapid.T) {
		var terms quartet.Terms
		taken := map[[2]int]bool{}
		for range rapid.IntRange(0, 8).Draw(t, "prices") {
			day, need := rapid.IntRange(0, 9).Draw(t, "day"), rapid.SampledFrom([]int{0, 7, 15}).Draw(t, "need")
			if taken[[2]int{day, need}] { // two prices of one day for one thing: the last written counts
				continue
			}
			taken[[2]int{day, need}] = true
			terms.Prices = append(terms.Prices, quartet.Price{
				From: begin.AddDate(0, 0, day), Need: quartet.ElementSet(need), Cost: quartet.Millifen(rapid.IntRange(1, 1000).Draw(t, "cost")),
			})
		}
		at := begin.AddDate(0, 0, rapid.IntRange(-1, 10).Draw(t, "at"))
		want := quartet.Millifen(0)
		for _, need := range []quartet.ElementSet{0, quartet.NeedAll} { // the second writes over the first
			best := time.Time{}
			for _, p := range terms.Prices {
				if p.Need == need && !at.Before(p.From) && p.From.After(best) {
					best, want = p.From, p.Cost
				}
			}
		}
		if got := terms.PriceAt(at, quartet.NeedAll); got != want {
			t.Fatalf("at %s of %+v: %s, want %s", at, terms.Prices, got, want)
		}
	})
}

func TestTerms_Authorised(t *testing.T) {
	t.Parallel()
	terms := quartet.Terms{AuthorisedFrom: midnight("2026-03-01"), AuthorisedUntil: midnight("2026-04-01")}
	for at, want := range map[string]bool{"2026-02-28": false, "2026-03-01": true, "2026-03-31": true, "2026-04-01": false} {
		if got := terms.Authorised(midnight(at)); got != want {
			t.Errorf("on %s: %v", at, got)
		}
	}
	if open := (&quartet.Terms{}); !open.Authorised(midnight("2026-01-01")) || open.Resting(midnight("2026-01-01")) {
		t.Error("without terms nothing is bounded")
	}
	resting := quartet.Terms{Maintenance: []quartet.Window{window(t, "daily 01:00-02:00"), window(t, "daily 03:00-04:00")}}
	if at := midnight("2026-03-01"); !resting.Resting(at.Add(3*time.Hour)) || resting.Resting(at.Add(2*time.Hour)) {
		t.Error("each maintenance counts, and no time between")
	}
}

func allTerms(t *testing.T) quartet.Terms {
	t.Helper()
	return quartet.Terms{
		Priority: -3, Weight: 5, Share: 10, Timeout: 1500 * time.Millisecond, Rate: quartet.Rate{QPS: 20, Burst: 40}, Concurrent: 8,
		DailyCap: 100_000, Failures: 7, Open: time.Minute, HedgeAfter: 400 * time.Millisecond,
		AuthorisedFrom: midnight("2026-01-01").UTC(), AuthorisedUntil: midnight("2027-01-01").UTC(), Purposes: []string{"payroll", "loan"},
		IDTypes: quartet.IDTypes()[:2], CardKinds: []string{"DC", "SCC"}, Maintenance: []quartet.Window{window(t, "sun 01:00-05:00"), window(t, "2026-12-01T01:00/2026-12-01T05:00")},
		Prices: []quartet.Price{{Cost: 22_000}, {From: midnight("2026-10-01").UTC(), Need: quartet.NeedAll, Cost: 16_500}},
	}
}

func TestTerms_SurviveTheirJSON(t *testing.T) {
	t.Parallel()
	for _, terms := range []quartet.Terms{{}, allTerms(t)} {
		if err := terms.Check(); err != nil {
			t.Error(err)
		}
		text, err := json.Marshal(terms)
		if err != nil {
			t.Fatal(err)
		}
		var back quartet.Terms
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if diff := cmp.Diff(terms, back, cmp.Comparer(func(a, b quartet.Window) bool { return a == b })); diff != "" {
			t.Errorf("%s is read back otherwise:\n%s", text, diff)
		}
	}
}

func TestTerms_CheckNamesTheFieldThatIsWrong(t *testing.T) {
	t.Parallel()
	for field, terms := range map[string]quartet.Terms{
		"weight": {Weight: 1001}, "share": {Share: 101}, "qps": {Rate: quartet.Rate{QPS: -1}}, "burst": {Rate: quartet.Rate{Burst: -1}},
		"concurrent": {Concurrent: -1}, "daily_cap": {DailyCap: -1}, "failures": {Failures: -1}, "timeout": {Timeout: time.Minute + 1},
		"open": {Open: -1}, "hedge_after": {HedgeAfter: -1}, "priority": {Priority: 1_000_001},
		"authorised_until": {AuthorisedFrom: midnight("2026-01-02"), AuthorisedUntil: midnight("2026-01-02")},
		"purposes":         {Purposes: []string{"Payroll"}}, "card_kinds": {CardKinds: []string{"dc"}}, "id_types": {IDTypes: []quartet.IDType{"stamp"}},
		"maintenance": {Maintenance: []quartet.Window{{}}}, "prices": {Prices: []quartet.Price{{Cost: -1}}},
	} {
		err := terms.Check()
		var e *quartet.Error
		if !errors.As(err, &e) || e.Code != quartet.ErrInvalid || e.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}
