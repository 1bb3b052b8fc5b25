package quartet_test

import (
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"quartet"
)

// The unit price is for the eye: half a fen is rounded up, and nothing is billed by it.
func TestPlan_UnitPriceIsRoundedHalfUp(t *testing.T) {
	want := map[string]string{"1887-1200": "0.42", "1887-6000": "0.33", "1887-10000": "0.30", "1887-18000": "0.28", "1887-40000": "0.25", "1887-trial": "0.00"}
	for _, p := range quartet.FoundingPlans() {
		if got := p.UnitPrice().String(); got != want[p.ID] {
			t.Errorf("%s: %s, want %s", p.ID, got, want[p.ID])
		}
		if err := p.Check(); err != nil {
			t.Errorf("%s: %v", p.ID, err)
		}
	}
	if half := (quartet.Plan{Price: 5, Units: 2}).UnitPrice(); half != 3 {
		t.Errorf("two and a half fen are shown as %d", half)
	}
}

func TestPlan_CheckRefuses(t *testing.T) {
	good := quartet.FoundingPlans()[1]
	for field, bad := range map[string]func(p *quartet.Plan){
		"id":      func(p *quartet.Plan) { p.ID = "A b" },
		"product": func(p *quartet.Plan) { p.Product = "" },
		"name":    func(p *quartet.Plan) { p.Name = strings.Repeat("名", 101) },
		"units":   func(p *quartet.Plan) { p.Units = 0 },
		"price":   func(p *quartet.Plan) { p.Price = 0 },
		"months":  func(p *quartet.Plan) { p.Months = 121 },
		"until":   func(p *quartet.Plan) { p.Until = p.From },
	} {
		p := good
		p.From = time.Unix(1, 0)
		bad(&p)
		if fault, ok := errors.AsType[*quartet.Error](p.Check()); !ok || fault.Field != field || fault.Code != quartet.ErrInvalid {
			t.Errorf("%s: %v", field, p.Check())
		}
	}
}

func TestValidUntil_EndsWithTheDayInShanghai(t *testing.T) {
	at := func(text string) time.Time {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for _, c := range []struct {
		from   string
		months int
		want   string
	}{
		{"2026-03-02T12:00:00+08:00", 24, "2028-03-03T00:00:00+08:00"},
		{"2028-02-29T23:59:59+08:00", 24, "2030-03-01T00:00:00+08:00"}, // there is no 29 February 2030: the 28th is the last day
		{"2028-02-29T00:00:00+08:00", 48, "2032-03-01T00:00:00+08:00"},
		{"2026-02-28T12:00:00+08:00", 24, "2028-02-29T00:00:00+08:00"}, // the same day, not the last of its month
		{"2026-01-31T12:00:00+08:00", 1, "2026-03-01T00:00:00+08:00"},
		{"2026-12-31T12:00:00+08:00", 1, "2027-02-01T00:00:00+08:00"},
		{"2026-03-02T16:00:00Z", 24, "2028-03-04T00:00:00+08:00"}, // it is the 3rd in Shanghai
		{"2026-03-02T15:59:59Z", 24, "2028-03-03T00:00:00+08:00"},
	} {
		if got := quartet.ValidUntil(at(c.from), c.months); !got.Equal(at(c.want)) {
			t.Errorf("%d months from %s end %s, want %s", c.months, c.from, got, c.want)
		}
	}
}

// What goes back is never less than nothing nor more than was paid, never more for more use,
// and never a fen less than what the units that are left were worth.
func TestRefundPolicy_AmountIsFair(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o := quartet.Order{
			Amount: quartet.Fen(rapid.Int64Range(0, 1_000_000_000_00).Draw(rt, "amount")), Units: rapid.Int64Range(1, 1_000_000_000).Draw(rt, "units"),
			Paid: time.Unix(1_772_000_000, 0),
		}
		p := quartet.RefundPolicy{FullDays: rapid.IntRange(0, 30).Draw(rt, "full days"), Days: rapid.IntRange(0, 60).Draw(rt, "days")}
		used := rapid.Int64Range(0, o.Units+2).Draw(rt, "used")
		now := o.Paid.Add(time.Duration(rapid.IntRange(0, 100*24).Draw(rt, "hours")) * time.Hour)
		got := p.Amount(o, used, now)
		if got < 0 || got > o.Amount {
			rt.Fatalf("%s of %s goes back", got, o.Amount)
		}
		if more := p.Amount(o, used+1, now); more > got {
			rt.Fatalf("more goes back for more use: %s, %s", got, more)
		}
		over := p.Days > 0 && now.Sub(o.Paid) > time.Duration(p.Days)*24*time.Hour
		inFull := used == 0 && now.Sub(o.Paid) <= time.Duration(p.FullDays)*24*time.Hour
		switch {
		case inFull && got != o.Amount:
			rt.Fatalf("unused and in time, and %s of %s goes back", got, o.Amount)
		case over && !inFull && got != 0:
			rt.Fatalf("out of time, and %s goes back", got)
		case !over && used < o.Units:
			// got ≥ amount·left/units > got-1, without fractions.
			left := whole(0).Mul(whole(int64(o.Amount)), whole(o.Units-used))
			least, most := whole(0).Mul(whole(int64(got)), whole(o.Units)), whole(0).Mul(whole(int64(got)-1), whole(o.Units))
			if least.Cmp(left) < 0 || most.Cmp(left) >= 0 {
				rt.Fatalf("%s of %s goes back when %d of %d are used", got, o.Amount, used, o.Units)
			}
		}
	})
}

func whole(n int64) *big.Int { return big.NewInt(n) }
