package quota_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/quota"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
)

// A unit that was bought for one product is never used for another.
func TestCharge_UsesUnitsOfItsProductAlone(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		l := openLedger(t, s, quota.Options{})
		addAccount(t, s, l, "a", 0)
		now := time.Now()
		give(t, l, quartet.Grant{ID: "1 of another", Account: "a", Product: "1979", Units: 5, Priority: -9, ExpiresAt: now.Add(time.Hour)})
		if code := l.Left("a", "1887", now); code != quartet.ErrNotFound {
			t.Errorf("units of another product: %q", code)
		}
		if err := charge(l, "a"); quartet.CodeOf(err) != quartet.ErrExhausted {
			t.Errorf("a charge: %v", err)
		}
		if _, err := l.Reserve(context.Background(), newHold("a")); quartet.CodeOf(err) != quartet.ErrExhausted {
			t.Errorf("a hold: %v", err)
		}
		give(t, l, quartet.Grant{ID: "2 of its own", Account: "a", Product: "1887", Units: 1, ExpiresAt: now.Add(2 * time.Hour)})
		give(t, l, quartet.Grant{ID: "3 of any", Account: "a", Units: 1, ExpiresAt: now.Add(3 * time.Hour)})
		for _, want := range []string{"2 of its own", "3 of any"} {
			h, err := l.Reserve(context.Background(), newHold("a"))
			if err != nil || h.Grant != want {
				t.Errorf("a hold of %q, %v; want %q", h.Grant, err, want)
			}
		}
		if code := l.Left("a", "1887", now); code != quartet.ErrExhausted {
			t.Errorf("when its own are held: %q", code)
		}
		if code := l.Left("a", "1979", now); code != "" {
			t.Errorf("the other product: %q", code)
		}
		mustAudit(t, s)
	})
}

func TestLeft_AllocatesNothing(t *testing.T) {
	s := openStore(t, store.Options{Dir: storetest.Folder(t)})
	l := openLedger(t, s, quota.Options{})
	addAccount(t, s, l, "a", 5)
	now := time.Now()
	if n := testing.AllocsPerRun(100, func() { l.Left("a", "1887", now) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// What was bought goes back by a refund alone.
func TestWithdraw_RefusesWhatWasBought(t *testing.T) {
	t.Parallel()
	s := openStore(t, store.Options{Dir: storetest.Folder(t)})
	l := openLedger(t, s, quota.Options{})
	addAccount(t, s, l, "a", 0)
	give(t, l, quartet.Grant{ID: "bought", Account: "a", Units: 5, Origin: quartet.OriginOf("20260302000000000001")})
	if err := l.Withdraw(context.Background(), "bought", 1, "test"); quartet.CodeOf(err) != quartet.ErrConflict {
		t.Errorf("got %v", err)
	}
}

// read is a store that reads these books.
type read struct {
	*store.Store
	books quartet.Books
}

func (r read) Books(context.Context, bool) (quartet.Books, error) { return r.books, nil }

func TestAudit_HoldsPaidOrdersToTheirGrants(t *testing.T) {
	t.Parallel()
	grant := quartet.Grant{ID: "g", Account: "a", Product: "1887", Units: 10, Used: 2, Origin: quartet.OriginOf("1"), Paid: 500}
	order := quartet.Bought{Order: "1", Grant: "g", Account: "a", Product: "1887", Units: 10, Amount: 500, Came: 500, State: quartet.OrderPaid, Used: -1}
	for name, c := range map[string]struct {
		change func(g *quartet.Grant, o *quartet.Bought)
		want   string
	}{
		"as it should be":             {func(*quartet.Grant, *quartet.Bought) {}, ""},
		"other units":                 {func(_ *quartet.Grant, o *quartet.Bought) { o.Units = 11 }, "units of its order"},
		"another price":               {func(g *quartet.Grant, _ *quartet.Bought) { g.Paid = 499 }, "money of its order"},
		"less money than it costs":    {func(_ *quartet.Grant, o *quartet.Bought) { o.Came = 499 }, "money that came for its order"},
		"another account":             {func(g *quartet.Grant, _ *quartet.Bought) { g.Account = "b" }, "account or product of its order"},
		"another product":             {func(g *quartet.Grant, _ *quartet.Bought) { g.Product = "" }, "account or product of its order"},
		"a refund that froze nothing": {func(_ *quartet.Grant, o *quartet.Bought) { o.State = quartet.OrderRefunding }, "freezing for a refund"},
		"units used after the amount": {func(g *quartet.Grant, o *quartet.Bought) {
			g.FrozenFor, o.State, o.Used = "r", quartet.OrderRefunding, 1
		}, "used units of its refund"},
		"units left after a refund":          {func(g *quartet.Grant, o *quartet.Bought) { g.FrozenFor, o.State = "r", quartet.OrderRefunded }, "units left after a refund"},
		"an order of a grant that is a gift": {func(g *quartet.Grant, _ *quartet.Bought) { g.Origin = "gift" }, "units of order 1, which gave them not"},
		"a grant of another order":           {func(g *quartet.Grant, _ *quartet.Bought) { g.Origin = quartet.OriginOf("2") }, "units of order 1, which gave them not, units of an order that is not paid"},
		"an order whose grant is gone":       {func(_ *quartet.Grant, o *quartet.Bought) { o.Grant = "h" }, "units of order 1, which gave them not, units of an order that is not paid"},
	} {
		g, o := grant, order
		c.change(&g, &o)
		r, err := quota.Audit(context.Background(), read{books: quartet.Books{
			Grants: []quartet.Grant{g}, Bought: []quartet.Bought{o}, Open: map[string]int64{"g": 2}, Entries: []quartet.Entry{{Grant: "g", Kind: quartet.EntryGranted, Units: 10}},
		}}, false)
		if err != nil {
			t.Fatal(err)
		}
		var found []string
		for _, d := range r.Differences {
			found = append(found, d.What)
		}
		if got := strings.Join(found, ", "); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
