package billing_test

import (
	"context"
	"testing"
	"time"

	"pgregory.net/rapid"

	"quartet"
	"quartet/internal/billing"
	"quartet/internal/quota"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
)

// noon is when every test begins: an ordinary day in Shanghai.
var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, quartet.Shanghai)

// identities knows accounts by a table.
type identities map[string]string

func (i identities) Identity(_ context.Context, account string) (string, error) {
	if i[account] == "" {
		return "", quartet.Errorf(quartet.ErrForbidden, "prove who you are")
	}
	return i[account], nil
}

// shop is a house with a shop: its desk, its book of units, its store and its clock.
type shop struct {
	*billing.Desk
	t      *testing.T
	store  *store.Store
	ledger *quota.Ledger
	plans  *billing.Catalogue
	firms  identities
	now    time.Time
	seq    uint64
}

// newShop has the founding plans, and the accounts acme and rival of one firm, and other.
func newShop(t *testing.T) *shop {
	t.Helper()
	st, err := store.Open(t.Context(), store.Options{Dir: storetest.Folder(t)})
	must(t, err)
	t.Cleanup(func() { _ = st.Close() })
	return shopOf(t, st)
}

// quickShop is one for a case of a property. It ends with the case.
func quickShop(t *testing.T, rt *rapid.T) *shop {
	t.Helper()
	st, err := store.Open(context.Background(), store.Options{Dir: storetest.Folder(rt)})
	must(t, err)
	s := shopOf(t, st)
	rt.Cleanup(func() { _ = s.ledger.Close(); _ = st.Close() })
	return s
}

func shopOf(t *testing.T, st *store.Store) *shop {
	t.Helper()
	ctx := context.Background()
	s := &shop{t: t, store: st, now: noon}
	clock := func() time.Time { return s.now }
	_, _, err := st.LeaseNode(ctx, "folder", "session", noon)
	must(t, err)
	must(t, st.PutProduct(ctx, quartet.FourElements(), quartet.AuditEntry{}))
	for _, a := range []string{"acme", "rival", "other"} {
		must(t, st.CreateAccount(ctx, quartet.Account{ID: a, Name: "house " + a, CreatedAt: noon}, quartet.AuditEntry{}))
	}
	s.ledger, err = quota.New(ctx, st, quota.Options{Now: clock})
	must(t, err)
	t.Cleanup(func() { _ = s.ledger.Close() })
	s.plans = billing.NewCatalogue(st, quartet.DefaultLead, clock)
	must(t, s.plans.Seed(ctx))
	s.firms = identities{"acme": "firm 1", "rival": "firm 1", "other": "firm 2"}
	s.Desk = billing.New(st, s.ledger, s.firms, clock)
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t *testing.T, what string, err error, want quartet.ErrorCode) {
	t.Helper()
	if got := quartet.CodeOf(err); got != want {
		t.Errorf("%s: %q (%v), want %q", what, got, err, want)
	}
}

// ordered places an order of acme.
func (s *shop) ordered(plan string) quartet.Order {
	s.t.Helper()
	o, err := s.Order(s.t.Context(), "person zhang", billing.Purchase{Account: "acme", Person: "p1", Plan: plan})
	must(s.t, err)
	return o
}

// attempted begins to pay an order.
func (s *shop) attempted(o quartet.Order, provider string) quartet.Payment {
	s.t.Helper()
	m, err := s.BeginPayment(s.t.Context(), "person zhang", o.ID, provider, "page")
	must(s.t, err)
	return m
}

// came says that money came for a payment.
func (s *shop) came(m quartet.Payment, fen quartet.Fen) quartet.Payment {
	s.t.Helper()
	got, err := s.Receive(s.t.Context(), m.Provider, billing.Money{Payment: m.ID, Reference: "no-" + m.ID, Received: fen, At: s.now})
	must(s.t, err)
	return got
}

// bought is a paid order of acme.
func (s *shop) bought(plan string) quartet.Order {
	s.t.Helper()
	o := s.ordered(plan)
	s.came(s.attempted(o, "alipay"), o.Amount)
	return s.order(o.ID)
}

func (s *shop) order(id string) quartet.Order {
	s.t.Helper()
	o, err := s.Find(s.t.Context(), id)
	must(s.t, err)
	return o
}

func (s *shop) grant(id string) quartet.Grant {
	s.t.Helper()
	grants, err := s.store.Grants(s.t.Context(), "")
	must(s.t, err)
	for _, g := range grants {
		if g.ID == id {
			return g
		}
	}
	s.t.Fatalf("there is no grant %q", id)
	return quartet.Grant{}
}

// call is a call of acme to a product that gets a verdict.
func (s *shop) call(product string) quartet.Call {
	s.seq++
	return quartet.Call{
		SeqNo: quartet.SeqNo{Second: s.now.Unix(), N: s.seq}, At: s.now, Account: "acme", Credential: "c", Product: product,
		Code: quartet.CodeOK, Verdict: quartet.Match, Source: "registry",
	}
}

// used makes n charged calls of acme to product 1887.
func (s *shop) used(n int) {
	s.t.Helper()
	for range n {
		c := s.call("1887")
		must(s.t, s.ledger.Charge(s.t.Context(), &c, 1, quartet.Claim{}))
	}
}

// audited fails the test unless the books agree.
func (s *shop) audited() {
	s.t.Helper()
	r, err := quota.Audit(s.t.Context(), s.store, true)
	must(s.t, err)
	for _, d := range r.Differences {
		s.t.Errorf("audit: %s", d)
	}
}

// jobs are the jobs of a kind by key.
func (s *shop) jobs(kind string) map[string]quartet.Job {
	s.t.Helper()
	list, err := s.store.Jobs(s.t.Context(), "", "", 1000)
	must(s.t, err)
	found := map[string]quartet.Job{}
	for _, j := range list {
		if j.Kind == kind {
			found[j.Key] = j
		}
	}
	return found
}
