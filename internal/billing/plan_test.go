package billing_test

import (
	"testing"
	"time"

	"quartet"
)

func ids(plans []quartet.Plan) string {
	text := ""
	for _, p := range plans {
		text += p.ID + " "
	}
	return text
}

func TestCatalogue_ANewHouseSellsTheFoundingPlans(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	must(t, s.plans.Seed(t.Context())) // at every start
	list, err := s.plans.OnSale(t.Context(), "1887")
	must(t, err)
	if got := ids(list); got != "1887-trial 1887-1200 1887-6000 1887-10000 1887-18000 1887-40000 " {
		t.Errorf("on sale: %s", got)
	}
}

func TestCatalogue_AFollowUpTakesThePlaceOfItsPlanAtAnInstant(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ctx := t.Context()
	s.now = noon.Add(time.Hour)
	at := s.now.Add(time.Hour)
	next, err := s.plans.Follow(ctx, "zhao", "1887-1200", quartet.Plan{ID: "1887-1300", Name: " 500元/1300次 ", Units: 1300, Price: 500_00, Months: 24, From: at})
	must(t, err)
	if next.Product != "1887" || next.Name != "500元/1300次" {
		t.Errorf("%+v", next)
	}
	before, err := s.plans.OnSale(ctx, "")
	must(t, err)
	s.now = at
	after, err := s.plans.OnSale(ctx, "")
	must(t, err)
	if ids(before) != "1887-trial 1887-1200 1887-6000 1887-10000 1887-18000 1887-40000 " || ids(after) != "1887-trial 1887-1300 1887-6000 1887-10000 1887-18000 1887-40000 " {
		t.Errorf("before %s, after %s", ids(before), ids(after))
	}
	all, err := s.plans.All(ctx)
	if err != nil || len(all) != 7 {
		t.Errorf("%d plans, %v", len(all), err)
	}
}

func TestCatalogue_Refuses(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ctx := t.Context()
	s.now = noon.Add(time.Hour)
	good := quartet.Plan{ID: "new", Product: "1887", Name: "新套餐", Units: 10, Price: 100, Months: 1}
	for name, c := range map[string]struct {
		change func(p *quartet.Plan)
		want   quartet.ErrorCode
	}{
		"an id that is taken":       {func(p *quartet.Plan) { p.ID = "1887-1200" }, quartet.ErrConflict},
		"an unknown product":        {func(p *quartet.Plan) { p.Product = "9" }, quartet.ErrNotFound},
		"a past beginning":          {func(p *quartet.Plan) { p.From = noon }, quartet.ErrInvalid},
		"a trial that costs":        {func(p *quartet.Plan) { p.Trial = true }, quartet.ErrInvalid},
		"what is free and no trial": {func(p *quartet.Plan) { p.Price = 0 }, quartet.ErrInvalid},
	} {
		p := good
		c.change(&p)
		_, err := s.plans.Add(ctx, "zhao", p)
		wantCode(t, name, err, c.want)
	}
	_, err := s.plans.End(ctx, "zhao", "1887-1200", noon)
	wantCode(t, "an end in the past", err, quartet.ErrInvalid)
	_, err = s.plans.End(ctx, "zhao", "none", time.Time{})
	wantCode(t, "an unknown plan", err, quartet.ErrNotFound)
	_, err = s.plans.End(ctx, "zhao", "1887-1200", time.Time{})
	must(t, err)
	s.now = s.now.Add(time.Hour)
	_, err = s.plans.End(ctx, "zhao", "1887-1200", s.now.Add(time.Hour))
	wantCode(t, "to sell again what has ended", err, quartet.ErrConflict)
	_, err = s.plans.Follow(ctx, "zhao", "1887-1200", good)
	wantCode(t, "to follow what has ended", err, quartet.ErrConflict)
	if p, err := s.plans.Find(ctx, "new"); err == nil {
		t.Errorf("a follow-up that was refused is there: %+v", p)
	}
}
