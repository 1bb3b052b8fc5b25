package alert_test

import (
	"context"
	"slices"
	"strings"
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

// firms knows the approved ones, by account.
type firms map[string]string

func (f firms) Identity(_ context.Context, account string) (string, error) {
	if f[account] == "" {
		return "", quartet.Errorf(quartet.ErrForbidden, "no firm of this account is approved")
	}
	return f[account], nil
}

// buying is a desk that orders from a shop, with the founding plans on sale.
func (h *house) buying(shop alert.Shop) *alert.Desk {
	h.t.Helper()
	must(h.t, h.store.SeedPlans(h.t.Context(), quartet.FoundingPlans()))
	return alert.New(alert.Options{
		Store: h.store, Ledger: h.ledger, People: people{}, Post: h.office, Hooks: &h.hooks, Shop: shop, Now: func() time.Time { return h.now },
	})
}

func TestRepurchase_NeverRunsAway(t *testing.T) {
	h := newHouse(t)
	clock := func() time.Time { return h.now }
	shop := billing.New(h.store, h.ledger, firms{"acme": "firm 1"}, clock)
	d := h.buying(shop)
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

func TestRepurchase_OfAFirmThatIsNotApprovedIsTold(t *testing.T) {
	h := newHouse(t)
	approved := firms{}
	d := h.buying(billing.New(h.store, h.ledger, approved, func() time.Time { return h.now }))
	r := h.add(quartet.AlertRule{Product: "1887", Kind: quartet.AlertRemaining, Units: 8})
	_, err := d.Wish(t.Context(), "person zhang", quartet.Repurchase{Account: "acme", Product: "1887", Plan: "1887-1200", Monthly: 2})
	must(t, err)
	want := func(what string, orders int, kinds ...string) {
		t.Helper()
		list, err := h.store.Orders(t.Context(), "acme", "", "", 99)
		if err != nil || len(list) != orders {
			t.Errorf("%s: %d orders, %v, want %d", what, len(list), err, orders)
		}
		notes, err := d.Notes(t.Context(), "acme", "zhang", "", 99)
		must(t, err)
		var got []string
		for _, n := range notes {
			got = append(got, n.Kind)
		}
		if !slices.Equal(got, kinds) {
			t.Errorf("%s: the inbox holds %q, want %q", what, got, kinds)
		}
	}
	h.lowOn(d, r.ID, "a1") // its job ends: both of its runs do
	want("no firm is approved", 0, "repurchase.refused")
	h.work()
	var to []string
	for _, m := range h.mails {
		if strings.Contains(m.Text, "企业认证") {
			to = append(to, m.To.Reveal())
		}
	}
	if !slices.Equal(to, []string{"finance@acme.example.com", "owner@acme.example.com"}) {
		t.Errorf("mailed to %q", to)
	}
	approved["acme"] = "firm 1"
	h.now = h.now.Add(time.Hour)
	h.lowOn(d, r.ID, "a2")
	want("within a day of what was refused", 0, "repurchase.refused")
	h.now = h.now.Add(25 * time.Hour)
	h.lowOn(d, r.ID, "a3")
	want("approved meanwhile", 1, "repurchase.placed", "repurchase.refused")
}
