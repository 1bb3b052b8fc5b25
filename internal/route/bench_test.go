package route_test

import (
	"context"
	"testing"
	"time"

	"quartet"
	"quartet/internal/route"
	"quartet/internal/source"
)

// instant answers at once, and needs no memory for it.
type instant struct{}

func (instant) Verify(context.Context, source.Query) (source.Answer, error) {
	return source.Answer{Verdict: quartet.Match, Charged: quartet.ChargedNo}, nil
}

func registryAlone() *route.Router {
	r, _ := build(route.Options{Observe: func(string, string, time.Duration) {}}, member{asker: instant{}, local: true})
	return r
}

func TestAsk_OfARegistryAloneNeedsNoMemory(t *testing.T) {
	r, ctx := registryAlone(), context.Background()
	q := route.Question{Account: "a", Query: source.Query{Need: quartet.NeedAll}}
	if n := testing.AllocsPerRun(100, func() { r.Ask(ctx, q, nil) }); n != 0 {
		t.Errorf("it takes memory %v times", n)
	}
}

func BenchmarkAsk_OfARegistryAlone(b *testing.B) {
	r, ctx := registryAlone(), context.Background()
	q := route.Question{Account: "a", Query: source.Query{Need: quartet.NeedAll}}
	b.ReportAllocs()
	for b.Loop() {
		r.Ask(ctx, q, nil)
	}
}

func BenchmarkAsk_OfASupplierAmongThree(b *testing.B) {
	list, _ := entries(member{asker: instant{}}, member{asker: instant{}}, member{asker: instant{}})
	for i := range list {
		list[i].Terms = quartet.Terms{Concurrent: 100, Prices: []quartet.Price{{Cost: 100}}}
	}
	r, ctx := route.New(list, route.Options{Policy: quartet.Policy{Order: quartet.OrderCheapest}}), context.Background()
	q := route.Question{Account: "a", Query: source.Query{Need: quartet.NeedAll}}
	b.ReportAllocs()
	for b.Loop() {
		r.Ask(ctx, q, func([]quartet.Asked) error { return nil })
	}
}
