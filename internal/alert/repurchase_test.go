package alert_test

import (
	"testing"
	"time"

	"quartet"
	"quartet/internal/alert"
	"quartet/internal/billing"
)

// lowOn fires a rule of units left and runs its repurchase, twice.
func (h *house) lowOn(d *alert.Desk, rule, id string) {
	h.t.Helper()
	must(h.t, h.store.RearmAlertRule(h.t.Context(), rule, h.fired))
	h.fired = h.now
	if fired, err := h.store.FireAlert(h.t.Context(), quartet.Alert{ID: id, Rule: rule, At: h.now}); err != nil || !fired {
		h.t.Fatalf("fired %v, %v", fired, err)
	}
	for range 2 {
		must(h.t, d.Repurchase(h.t.Context(), id+" 1887"))
	}
}

func TestRepurchase_NeverRunsAway(t *testing.T) {
	h := newHouse(t)
	must(t, h.store.SeedPlans(t.Context(), quartet.FoundingPlans()))
	clock := func() time.Time { return h.now }
	shop := billing.New(h.store, h.ledger, nil, clock)
	d := alert.New(alert.Options{Store: h.store, Ledger: h.ledger, People: people{}, Post: h.office, Hooks: &h.hooks, Shop: shop, Now: clock})
	r := h.add(quartet.AlertRule{Product: "1887", Kind: quartet.AlertRemaining, Units: 8})
	_, err := d.Wish(t.Context(), "person zhang", quartet.Repurchase{Account: "acme", Product: "1887", Plan: "none", Monthly: 2})
	wantCode(t, "no such plan", err, quartet.ErrNotFound)
	_, err = d.Wish(t.Context(), "person zhang", quartet.Repurchase{Account: "acme", Product: "1887", Plan: "1887-1200", Monthly: 2})
	must(t, err)
	want := func(what string, n int) []quartet.Order {
		t.Helper()
		list, err := h.store.Orders(t.Context(), "acme", "", "", 99)
		if err != nil || len(list) != n {
			t.Fatalf("%s: %d orders, %v, want %d", what, len(list), err, n)
		}
		return list
	}
	h.lowOn(d, r.ID, "a1")
	placed := want("the first alert", 1)[0]
	if n, err := d.Unread(t.Context(), "acme", "zhang"); err != nil || n != 1 {
		t.Errorf("%d are told, %v", n, err)
	}
	h.lowOn(d, r.ID, "a2")
	want("while one waits for money", 1)
	_, err = shop.Cancel(t.Context(), "person zhang", "acme", placed.ID)
	must(t, err)
	h.now = h.now.Add(time.Hour)
	h.lowOn(d, r.ID, "a3")
	want("within a day of one that was not paid", 1)
	h.now = h.now.Add(25 * time.Hour)
	h.lowOn(d, r.ID, "a4")
	_, err = shop.Cancel(t.Context(), "person zhang", "acme", want("a day later", 2)[0].ID)
	must(t, err)
	h.now = h.now.Add(48 * time.Hour)
	h.lowOn(d, r.ID, "a5")
	want("as many as a month may bring", 2)
	h.now = h.now.AddDate(0, 1, 0)
	h.lowOn(d, r.ID, "a6")
	want("the next month", 3)
}
