package route_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/route"
	"quartet/internal/source"
)

// firsts counts who is asked first in so many questions, and in which orders all are asked:
// every source is busy.
func firsts(policy quartet.Policy, n int, terms ...quartet.Terms) (first, orders map[string]int) {
	list := make([]route.Entry, len(terms))
	for i, t := range terms {
		m := unsent(source.Busy)
		m.act.Delay = 0
		t.Failures = 1_000_000
		m.terms = t
		list[i], _ = m.entry(i)
	}
	chance := rand.New(rand.NewPCG(1, 2))
	r := route.New(list, route.Options{Policy: policy, Random: chance.IntN, Now: func() time.Time { return noon }})
	first, orders = map[string]int{}, map[string]int{}
	for range n {
		out := r.Ask(context.Background(), route.Question{Query: source.Query{Need: quartet.NeedAll}}, nil)
		var names []string
		for _, a := range out.Attempts {
			names = append(names, a.Source)
		}
		first[names[0]]++
		orders[strings.Join(names, " ")]++
	}
	return first, orders
}

// near reports whether a count lies within a twentieth of all around what is expected.
func near(got, want, all int) bool { return max(got-want, want-got) <= all/20 }

func TestOrder_ByPriority(t *testing.T) {
	t.Parallel()
	_, orders := firsts(quartet.Policy{}, 50, quartet.Terms{Priority: 3}, quartet.Terms{Priority: -1}, quartet.Terms{Priority: 2})
	if orders["s1 s2 s0"] != 50 {
		t.Errorf("%v", orders)
	}
}

func TestOrder_AmongThoseOfOnePriorityByWeight(t *testing.T) {
	t.Parallel()
	const n = 4000
	first, orders := firsts(quartet.Policy{}, n,
		quartet.Terms{Priority: 1, Weight: 7}, quartet.Terms{Priority: 1, Weight: 2}, quartet.Terms{Priority: 1}, quartet.Terms{Priority: 2, Weight: 100})
	for name, want := range map[string]int{"s0": n * 7 / 10, "s1": n * 2 / 10, "s2": n / 10, "s3": 0} {
		if !near(first[name], want, n) {
			t.Errorf("%s is first %d times of %d, want about %d", name, first[name], n, want)
		}
	}
	for order := range orders {
		for _, name := range []string{"s0", "s1", "s2"} {
			if !strings.HasSuffix(order, " s3") || strings.Count(order, name) != 1 {
				t.Errorf("the order %s", order)
			}
		}
	}
	if len(orders) != 6 {
		t.Errorf("of three alike there are %d orders", len(orders))
	}
}

func TestOrder_CheapestByThePriceOfThisQuestionNow(t *testing.T) {
	t.Parallel()
	price := func(priority int, prices ...quartet.Price) quartet.Terms {
		return quartet.Terms{Priority: priority, Prices: prices}
	}
	_, orders := firsts(quartet.Policy{Order: quartet.OrderCheapest}, 50,
		price(1, quartet.Price{Cost: 300}),
		price(4, quartet.Price{Cost: 300}, quartet.Price{From: noon, Cost: 100}),                              // cheaper since today
		price(2, quartet.Price{Cost: 900}, quartet.Price{Need: quartet.NeedAll, Cost: 200}),                   // cheaper for these elements
		price(5, quartet.Price{Cost: 200}),                                                                    // as cheap, and later by priority
		price(0, quartet.Price{Cost: 300}, quartet.Price{From: noon.Add(24 * time.Hour), Cost: 1}),            // cheaper tomorrow
		price(3, quartet.Price{Cost: 400}, quartet.Price{Need: quartet.NeedCard | quartet.NeedName, Cost: 1}), // cheaper for others
	)
	if orders["s1 s2 s3 s4 s0 s5"] != 50 {
		t.Errorf("%v", orders)
	}
}

func TestOrder_ANewcomerIsFirstInItsShareOfCalls(t *testing.T) {
	t.Parallel()
	const n = 4000
	for _, policy := range []quartet.Policy{{}, {Order: quartet.OrderCheapest}} {
		first, orders := firsts(policy, n, quartet.Terms{Priority: 1}, quartet.Terms{Priority: 9, Share: 10}, quartet.Terms{Priority: 8, Share: 25}, quartet.Terms{Priority: 2})
		for name, want := range map[string]int{"s0": n * 65 / 100, "s1": n / 10, "s2": n / 4, "s3": 0} {
			if !near(first[name], want, n) {
				t.Errorf("%s is first %d times of %d, want about %d", name, first[name], n, want)
			}
		}
		for _, order := range []string{"s0 s3 s2 s1", "s1 s0 s3 s2", "s2 s0 s3 s1"} {
			if orders[order] == 0 || len(orders) != 3 {
				t.Errorf("%v", orders)
			}
		}
	}
}

func TestOrder_SharesBeyondAllCallsAreCutOff(t *testing.T) {
	t.Parallel()
	const n = 2000
	first, _ := firsts(quartet.Policy{}, n, quartet.Terms{Priority: 1}, quartet.Terms{Priority: 2, Share: 60}, quartet.Terms{Priority: 3, Share: 60})
	if first["s0"] != 0 || !near(first["s1"], n*6/10, n) || !near(first["s2"], n*4/10, n) {
		t.Errorf("%v", first)
	}
}

func TestOrder_ALocalSourceStandsWhereItsPriorityPutsIt(t *testing.T) {
	t.Parallel()
	for _, priority := range []int{1, 3} {
		list, _ := entries(unsent(source.Busy), member{local: true})
		list[0].Terms.Priority, list[1].Terms.Priority = 2, priority
		out := put(route.New(list, route.Options{}))
		if want := map[int]string{1: "s1 match", 3: "s0 busy, s1 match"}[priority]; trail(out) != want {
			t.Errorf("with priority %d: %s", priority, trail(out))
		}
	}
}

// Whoever holds the data costs nothing and discloses nobody.
func TestOrder_ALocalSourceGoesBeforeSuppliersOfItsPriorityAndBeforeNewcomers(t *testing.T) {
	t.Parallel()
	list, _ := entries(unsent(source.Busy), unsent(source.NoRecord), unsent(source.Busy))
	list[1].Kind, list[1].Terms.Priority = quartet.SourceRegistry, 0
	list[2].Terms = quartet.Terms{Priority: 5, Share: 100}
	r := route.New(list, route.Options{})
	for range 20 {
		if got := trail(put(r)); !strings.HasPrefix(got, "s1") || strings.Index(got, "s2") > strings.Index(got, "s0") {
			t.Fatalf("asked in the order %s", got)
		}
	}
}

func TestOrder_WhoIsPassedOverDoesNotBendTheWeights(t *testing.T) {
	t.Parallel()
	const n = 3000
	list := make([]route.Entry, 3)
	for i := range list {
		list[i], _ = member{off: i == 0, terms: quartet.Terms{Weight: []int{50, 3, 1}[i]}}.entry(i)
	}
	r := route.New(list, route.Options{Random: rand.New(rand.NewPCG(3, 4)).IntN})
	count := map[string]int{}
	for range n {
		count[put(r).Source]++
	}
	if !near(count["s1"], n*3/4, n) {
		t.Error(fmt.Sprint(count))
	}
}
