package storetest

import (
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
	early.SuspendedAt = after(time.Minute)
	for _, a := range []quartet.Account{late, early, twin} {
		must(t, s.CreateAccount(ctx, a))
	}
	same(t, "oldest first, then by id", value(s.Accounts(ctx))(t), []quartet.Account{twin, early, late})

	other := account("other", base)
	other.Name = late.Name
	wantCode(t, "a name that is taken", s.CreateAccount(ctx, other), quartet.ErrConflict)
	wantCode(t, "an id that is taken", s.CreateAccount(ctx, quartet.Account{ID: late.ID, Name: "new", CreatedAt: base}), quartet.ErrConflict)

	must(t, s.SetSuspended(ctx, late.ID, after(2*time.Hour)))
	must(t, s.SetSuspended(ctx, early.ID, time.Time{}))
	late.SuspendedAt, early.SuspendedAt = after(2*time.Hour), time.Time{}
	same(t, "suspended and resumed", value(s.Accounts(ctx))(t), []quartet.Account{twin, early, late})
	wantCode(t, "an unknown account", s.SetSuspended(ctx, "nobody", base), quartet.ErrNotFound)
}

func credentials(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	addAccounts(t, s, "a")
	first := quartet.Credential{
		ID: "2", Account: "a", Kind: quartet.KindAppCode, Name: "shop", Hash: quartet.Fingerprint{1}, Sealed: []byte{0, 255, 7}, CreatedAt: base,
	}
	second := quartet.Credential{
		ID: "1", Account: "a", Kind: quartet.KindKey, Hash: quartet.Fingerprint{2}, Sealed: []byte{9}, CreatedAt: after(time.Second),
	}
	must(t, s.CreateCredential(ctx, second))
	must(t, s.CreateCredential(ctx, first))
	same(t, "oldest first", value(s.Credentials(ctx))(t), []quartet.Credential{first, second})

	twice := second
	twice.ID = "3"
	wantCode(t, "a secret that is in use", s.CreateCredential(ctx, twice), quartet.ErrConflict)
	stray := quartet.Credential{ID: "4", Account: "nobody", Kind: quartet.KindKey, Hash: quartet.Fingerprint{4}, Sealed: []byte{1}, CreatedAt: base}
	wantCode(t, "a credential of nobody", s.CreateCredential(ctx, stray), quartet.ErrConflict)

	must(t, s.RevokeCredential(ctx, "2", after(time.Minute)))
	wantCode(t, "revoking again", s.RevokeCredential(ctx, "2", after(time.Hour)), quartet.ErrNotFound)
	wantCode(t, "revoking an unknown one", s.RevokeCredential(ctx, "9", base), quartet.ErrNotFound)
	first.RevokedAt = after(time.Minute)
	same(t, "the first revocation stands", value(s.Credentials(ctx))(t), []quartet.Credential{first, second})
}

func products(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	four, two := quartet.FourElements(), quartet.FourElements()
	two.ID, two.Path, two.Need, two.Detail, two.On = "1000", "/two", quartet.NeedName|quartet.NeedID, quartet.DetailReason, false
	two.Charge.Undetermined = 3
	must(t, s.PutProduct(ctx, four))
	must(t, s.PutProduct(ctx, two))
	same(t, "by id", value(s.Products(ctx))(t), []quartet.Product{two, four})

	four.Name, four.Charge.Mismatch = "renamed", 2
	must(t, s.PutProduct(ctx, four))
	must(t, s.SetProductOn(ctx, two.ID, true))
	two.On = true
	same(t, "written over", value(s.Products(ctx))(t), []quartet.Product{two, four})

	wantCode(t, "an unknown product", s.SetProductOn(ctx, "none", true), quartet.ErrNotFound)
	third := four
	third.ID = "third"
	wantCode(t, "a path that is taken", s.PutProduct(ctx, third), quartet.ErrConflict)
	four.Charge.Match = -1
	wantCode(t, "a price below zero", s.PutProduct(ctx, four), quartet.ErrConflict)
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
	grows("account", s.CreateAccount(ctx, account("a", base)))
	grows("suspension", s.SetSuspended(ctx, "a", base))
	grows("credential", s.CreateCredential(ctx, quartet.Credential{ID: "1", Account: "a", Sealed: []byte{1}, CreatedAt: base}))
	grows("revocation", s.RevokeCredential(ctx, "1", base))
	grows("product", s.PutProduct(ctx, quartet.FourElements()))
	grows("switch", s.SetProductOn(ctx, quartet.FourElements().ID, false))

	wantCode(t, "a change that fails", s.SetSuspended(ctx, "nobody", base), quartet.ErrNotFound)
	if now := value(s.Version(ctx))(t); now != before {
		t.Errorf("a change that failed raised the version from %d to %d", before, now)
	}
}
