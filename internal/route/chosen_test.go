package route_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"quartet"
	"quartet/internal/route"
	"quartet/internal/source"
	"quartet/internal/source/sim"
)

// reasons is why each was asked, in short: "s0 priority, s1 next".
func reasons(out route.Outcome) string {
	var words []string
	for _, a := range out.Attempts {
		words = append(words, a.Source+" "+a.Skipped+a.Why)
	}
	return strings.Join(words, ", ")
}

func TestChosen_SaysWhyEachOneWasAsked(t *testing.T) {
	t.Parallel()
	with := func(m member, terms quartet.Terms) member { m.terms = terms; return m }
	costing := func(priority int, cost quartet.Millifen) quartet.Terms {
		return quartet.Terms{Priority: priority, Prices: []quartet.Price{{Cost: cost}}}
	}
	cheapest, busy, off := quartet.Policy{Order: quartet.OrderCheapest}, unsent(source.Busy), member{off: true}
	for _, c := range []struct {
		name, want string
		policy     quartet.Policy
		members    []member
	}{
		{"the first by priority", "s0 priority", quartet.Policy{}, []member{match, match}},
		{"after one that failed", "s0 priority, s1 next", quartet.Policy{}, []member{busy, match}},
		{"after one that was passed over", "s0 not authorised, s1 priority", quartet.Policy{}, []member{
			with(match, quartet.Terms{AuthorisedUntil: noon.Add(-time.Hour)}), match, match,
		}},
		{"nobody else is on", "s0 off, s1 only one", quartet.Policy{}, []member{off, match, off}},
		{"pinned", "s0 pinned elsewhere, s1 pinned", quartet.Policy{Pins: map[string]string{"": "s1"}}, []member{match, match}},
		{"the cheapest", "s1 cheapest", cheapest, []member{with(match, costing(1, 300)), with(match, costing(2, 200))}},
		{"as cheap, so by priority", "s0 cheapest", cheapest, []member{with(match, costing(1, 200)), with(match, costing(2, 200))}},
		{"as cheap and of one priority", "s0 weight", cheapest, []member{
			with(match, quartet.Terms{Priority: 1, Weight: 1 << 30}), with(match, costing(1, 0)), with(match, costing(1, 9)),
		}},
		{"of one priority", "s1 weight", quartet.Policy{}, []member{with(match, costing(1, 0)), with(match, quartet.Terms{Priority: 1, Weight: 1 << 30})}},
		{"of one priority with one that is off", "s1 priority", quartet.Policy{}, []member{
			with(match, costing(2, 0)), with(match, costing(1, 0)), with(off, quartet.Terms{Priority: 1, Share: 1}),
		}},
		{"a newcomer", "s1 share, s0 next", quartet.Policy{}, []member{with(match, costing(1, 0)), with(busy, quartet.Terms{Priority: 2, Share: 100})}},
		{"a registry, then a newcomer", "s0 priority, s2 next", quartet.Policy{}, []member{
			{act: sim.Act{Fault: source.NoRecord}, local: true}, match, with(match, quartet.Terms{Share: 100}),
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			list, _ := entries(c.members...)
			r := route.New(list, route.Options{Policy: c.policy, Now: func() time.Time { return noon }, Random: func(n int) int { return n / 2 }})
			out := r.Ask(context.Background(), route.Question{}, nil)
			if got := strings.Replace(reasons(out), "s2 off, ", "", 1); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestChosen_BesideASlowOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		late := unsent(source.Busy)
		late.act.Delay = time.Second
		first := slow(sim.Act{Fault: source.Busy, Delay: 3 * time.Second})
		r, _ := build(route.Options{}, first, late, match)
		if out, _ := timed(r, nil); reasons(out) != "s0 priority, s1 beside, s2 next" {
			t.Error(reasons(out))
		}
	})
}

// TestChosen_EveryWordIsExplained holds the words to their list.
func TestChosen_EveryWordIsExplained(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, c := range route.ChosenWords() {
		if known[c.Word] || c.Why == "" {
			t.Errorf("%q is explained twice or not at all", c.Word)
		}
		known[c.Word] = true
	}
	for _, word := range []string{
		route.ChosenBeside, route.ChosenPinned, route.ChosenNext, route.ChosenOnlyOne,
		route.ChosenShare, route.ChosenWeight, route.ChosenCheapest, route.ChosenPriority,
	} {
		if !known[word] {
			t.Errorf("%q is not explained", word)
		}
	}
}
