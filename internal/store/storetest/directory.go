package storetest

import (
	"net/netip"
	"testing"
	"time"

	"quartet"
)

func accounts(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	if list := value(s.Accounts(ctx))(t); len(list) != 0 {
		t.Fatalf("a new database has accounts: %v", list)
	}
	late, early, twin := account("late", after(time.Hour)), account("b early", base), account("a twin", base)
	early.SuspendedAt, early.Purpose = after(time.Minute), "payroll"
	for _, a := range []quartet.Account{late, early, twin} {
		must(t, s.CreateAccount(ctx, a, quartet.AuditEntry{}))
	}
	same(t, "oldest first, then by id", value(s.Accounts(ctx))(t), []quartet.Account{twin, early, late})
	same(t, "by its id", value(s.Account(ctx, early.ID))(t), early)
	_, err := s.Account(ctx, early.Name)
	wantCode(t, "by its name", err, quartet.ErrNotFound)

	other := account("other", base)
	other.Name = late.Name
	wantCode(t, "a name that is taken", s.CreateAccount(ctx, other, quartet.AuditEntry{}), quartet.ErrConflict)
	wantCode(t, "an id that is taken", s.CreateAccount(ctx, quartet.Account{ID: late.ID, Name: "new", CreatedAt: base}, quartet.AuditEntry{}), quartet.ErrConflict)

	late.SuspendedAt, early.SuspendedAt = after(2*time.Hour), time.Time{}
	late.Rate, late.Purpose, early.Purpose = quartet.Rate{QPS: 5, Burst: 9}, "loan", ""
	must(t, s.UpdateAccount(ctx, quartet.Account{ID: late.ID, SuspendedAt: late.SuspendedAt, Rate: late.Rate}, quartet.AuditEntry{}))
	must(t, s.SetPurpose(ctx, late.ID, "loan", quartet.AuditEntry{}))
	must(t, s.UpdateAccount(ctx, early, quartet.AuditEntry{}))
	same(t, "a purpose, which is changed by itself alone", value(s.Accounts(ctx))(t)[1].Purpose, "payroll")
	must(t, s.SetPurpose(ctx, early.ID, "", quartet.AuditEntry{}))
	same(t, "suspended, resumed, limited and of another purpose", value(s.Accounts(ctx))(t), []quartet.Account{twin, early, late})
	wantCode(t, "an unknown account", s.UpdateAccount(ctx, quartet.Account{ID: "nobody"}, quartet.AuditEntry{}), quartet.ErrNotFound)
}

func credentials(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	addAccounts(t, s, "a", "b")
	first := quartet.Credential{
		ID: "2", Account: "a", Kind: quartet.KindAppKey, AppKey: "123456789", Name: "shop", Hash: quartet.Fingerprint{1}, Sealed: []byte{0, 255, 7}, CreatedAt: base,
		Test: true, ExpiresAt: after(time.Hour), Limits: quartet.Limits{
			Rate: quartet.Rate{QPS: 10, Burst: 20}, Daily: 1000, Products: []string{"1887", "2000"},
			Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")},
		},
	}
	second := quartet.Credential{
		ID: "1", Account: "a", Kind: quartet.KindKey, Hash: quartet.Fingerprint{2}, Sealed: []byte{9}, CreatedAt: after(time.Second),
	}
	must(t, s.CreateCredential(ctx, second, quartet.AuditEntry{}))
	must(t, s.CreateCredential(ctx, first, quartet.AuditEntry{}))
	same(t, "oldest first", value(s.Credentials(ctx, ""))(t), []quartet.Credential{first, second})
	same(t, "of their account", value(s.Credentials(ctx, "a"))(t), []quartet.Credential{first, second})
	same(t, "of another one", len(value(s.Credentials(ctx, "b"))(t)), 0)

	twice := second
	twice.ID = "3"
	wantCode(t, "a secret that is in use", s.CreateCredential(ctx, twice, quartet.AuditEntry{}), quartet.ErrConflict)
	stray := quartet.Credential{ID: "4", Account: "nobody", Kind: quartet.KindKey, Hash: quartet.Fingerprint{4}, Sealed: []byte{1}, CreatedAt: base}
	wantCode(t, "a credential of nobody", s.CreateCredential(ctx, stray, quartet.AuditEntry{}), quartet.ErrConflict)

	second.Name, second.Limits, second.ExpiresAt = "night", quartet.Limits{Daily: 3}, after(time.Hour)
	must(t, s.UpdateCredential(ctx, second, quartet.AuditEntry{}))
	must(t, s.MarkUsed(ctx, map[string]time.Time{"1": after(time.Minute), "9": base}))
	must(t, s.MarkUsed(ctx, map[string]time.Time{"1": after(time.Second)}))
	second.LastUsedAt = after(time.Minute)
	same(t, "changed, and the last use stands", value(s.Credential(ctx, "1"))(t), second)
	_, err := s.Credential(ctx, "9")
	wantCode(t, "an unknown one", err, quartet.ErrNotFound)

	first.RevokedAt = after(time.Minute)
	must(t, s.UpdateCredential(ctx, first, quartet.AuditEntry{}))
	alive := first
	alive.RevokedAt = time.Time{}
	wantCode(t, "changing a revoked one", s.UpdateCredential(ctx, alive, quartet.AuditEntry{}), quartet.ErrNotFound)
	same(t, "the revocation stands", value(s.Credentials(ctx, ""))(t), []quartet.Credential{first, second})

	next := second
	next.ID, next.Hash, next.CreatedAt = "5", quartet.Fingerprint{5}, after(2*time.Second)
	second.ExpiresAt = after(2 * time.Minute)
	wantCode(t, "rotating a revoked one", s.RotateCredential(ctx, alive, next, quartet.AuditEntry{}), quartet.ErrNotFound)
	same(t, "nothing was added", len(value(s.Credentials(ctx, ""))(t)), 2)
	must(t, s.RotateCredential(ctx, second, next, quartet.AuditEntry{}))
	same(t, "rotated", value(s.Credentials(ctx, ""))(t), []quartet.Credential{first, second, next})
}

func products(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	four, two := quartet.FourElements(), quartet.FourElements()
	two.ID, two.Path, two.Need, two.Detail, two.On = "1000", "/two", quartet.NeedName|quartet.NeedID, quartet.DetailReason, false
	two.Charge.Undetermined, two.Reuse = 3, 90*time.Minute
	must(t, s.PutProduct(ctx, four, quartet.AuditEntry{}))
	must(t, s.CreateProduct(ctx, two, quartet.AuditEntry{}))
	same(t, "by id", value(s.Products(ctx))(t), []quartet.Product{two, four})

	four.Name, four.Charge.Mismatch, four.Reuse = "renamed", 2, 24*time.Hour
	must(t, s.PutProduct(ctx, four, quartet.AuditEntry{}))
	must(t, s.SetProductOn(ctx, two.ID, true, quartet.AuditEntry{}))
	two.On = true
	same(t, "written over", value(s.Products(ctx))(t), []quartet.Product{two, four})

	wantCode(t, "an unknown product", s.SetProductOn(ctx, "none", true, quartet.AuditEntry{}), quartet.ErrNotFound)
	third := four
	third.ID = "third"
	wantCode(t, "a path that is taken", s.PutProduct(ctx, third, quartet.AuditEntry{}), quartet.ErrConflict)
	wantCode(t, "a new one on a path that is taken", s.CreateProduct(ctx, third, quartet.AuditEntry{}), quartet.ErrConflict)
	again := two
	again.Path = "/again"
	wantCode(t, "a new one of an id that is taken", s.CreateProduct(ctx, again, quartet.AuditEntry{}), quartet.ErrConflict)
	same(t, "as they were", value(s.Products(ctx))(t), []quartet.Product{two, four})
	four.Charge.Match = -1
	wantCode(t, "a price below zero", s.PutProduct(ctx, four, quartet.AuditEntry{}), quartet.ErrConflict)
}

func version(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	before := value(s.Version(ctx))(t)
	grows := func(what string, err error) {
		t.Helper()
		must(t, err)
		now := value(s.Version(ctx))(t)
		if now != before+1 {
			t.Errorf("%s: version %d after %d", what, now, before)
		}
		before = now
	}
	grows("account", s.CreateAccount(ctx, account("a", base), quartet.AuditEntry{}))
	grows("suspension", s.UpdateAccount(ctx, quartet.Account{ID: "a", SuspendedAt: base}, quartet.AuditEntry{}))
	grows("credential", s.CreateCredential(ctx, quartet.Credential{ID: "1", Account: "a", Sealed: []byte{1}, CreatedAt: base}, quartet.AuditEntry{}))
	grows("revocation", s.UpdateCredential(ctx, quartet.Credential{ID: "1", RevokedAt: base}, quartet.AuditEntry{}))
	grows("product", s.PutProduct(ctx, quartet.FourElements(), quartet.AuditEntry{}))
	grows("another product", s.CreateProduct(ctx, quartet.Product{ID: "2", Path: "/2"}, quartet.AuditEntry{}))
	grows("switch", s.SetProductOn(ctx, quartet.FourElements().ID, false, quartet.AuditEntry{}))
	src := quartet.Source{Name: "s", Kind: quartet.SourceSim}
	grows("source", s.CreateSource(ctx, src, quartet.AuditEntry{}))
	grows("terms", s.UpdateSource(ctx, src, quartet.AuditEntry{}))
	grows("policy", s.PutPolicy(ctx, quartet.Policy{Order: quartet.OrderCheapest}, quartet.AuditEntry{}))

	wantCode(t, "a change that fails", s.UpdateAccount(ctx, quartet.Account{ID: "nobody"}, quartet.AuditEntry{ID: "1", At: base, Action: "account.suspend"}), quartet.ErrNotFound)
	if now := value(s.Version(ctx))(t); now != before {
		t.Errorf("a change that failed raised the version from %d to %d", before, now)
	}
	same(t, "a change that failed leaves no entry", len(value(s.AuditEntries(ctx, 10))(t)), 0)
}
