package quota_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"quartet"
	"quartet/internal/quota"
	"quartet/internal/store"
)

func newClaim() quartet.Claim {
	return quartet.Claim{Key: quartet.Fingerprint{1}, Request: quartet.Fingerprint{2}, ExpiresAt: time.Now().Add(time.Hour)}
}

// unanswered makes a charge under a key whose commit is still on its way when its caller
// is left without an answer.
func unanswered(t *testing.T, f *failing, l *quota.Ledger, claim quartet.Claim, then ...step) quartet.Call {
	t.Helper()
	if _, found, err := l.Claim(t.Context(), claim); found || err != nil {
		t.Fatal(found, err)
	}
	f.plan(append([]step{f.onItsWay}, then...)...)
	c := newCall("a")
	if err := l.Charge(t.Context(), &c, 1, claim); quartet.CodeOf(err) != quartet.ErrUnknownOutcome {
		t.Fatal(err)
	}
	l.Unclaim(claim.Key)
	return c
}

// Whoever was left without an answer asks again under his key. The first commit may still
// be on its way, whatever has failed since; the repeat must see it.
func TestIdempotencyKey_AfterAnUnknownOutcomeChargesOnce(t *testing.T) {
	t.Parallel()
	conflict := refused(quartet.ErrConflict)
	for name, since := range map[string][]step{
		"at once":                            nil,
		"after a batch that could not begin": {refused(quartet.ErrUnavailable)},
		"after two that could not":           {refused(quartet.ErrUnavailable), refused(quartet.ErrUnavailable)},
		"after an act refused alone":         {conflict, conflict, conflict},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBothEngines(t, func(t *testing.T, open func() *store.Store) {
				f := &failing{Store: open()}
				l := openLedger(t, f, quota.Options{})
				addAccount(t, f.Store, l, "a", 10)
				claim := newClaim()
				first := unanswered(t, f, l, claim, since...)
				for f.count() < 1+len(since) {
					if err := charge(l, "a"); quartet.CodeOf(err) != quartet.ErrUnavailable {
						t.Fatalf("somebody else's charge: %v", err)
					}
				}
				prior, found, err := l.Claim(t.Context(), claim)
				if err != nil || !found || prior.SeqNo != first.SeqNo {
					t.Errorf("the repeat: %+v, %v, %v; want the verdict of the first", prior, found, err)
				}
				if r := mustAudit(t, f.Store); r.Used != 1 {
					t.Errorf("used %d, want 1", r.Used)
				}
			})
		})
	}
}

// While the database takes nothing, nobody can tell whether the first call stands.
func TestIdempotencyKey_IsRefusedWhileNobodyCanTell(t *testing.T) {
	t.Parallel()
	f := &failing{Store: openStore(t, store.Options{Dir: t.TempDir()})}
	l := openLedger(t, f, quota.Options{})
	addAccount(t, f.Store, l, "a", 10)
	claim := newClaim()
	down := refused(quartet.ErrUnavailable)
	first := unanswered(t, f, l, claim, down, down, down)
	for range 3 {
		if _, found, err := l.Claim(t.Context(), claim); found || quartet.CodeOf(err) != quartet.ErrUnavailable {
			t.Errorf("a repeat: %v, %v; want unavailable", found, err)
		}
	}
	if prior, found, err := l.Claim(t.Context(), claim); err != nil || !found || prior.SeqNo != first.SeqNo {
		t.Errorf("when it is back: %+v, %v, %v; want the verdict of the first", prior, found, err)
	}
}

// What nobody could tell of may have landed; from the next commit on the door knows it.
func TestLeft_KnowsWhatLandedAfterAnUnknownOutcome(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, open func() *store.Store) {
		f := &failing{Store: open()}
		l := openLedger(t, f, quota.Options{})
		addAccount(t, f.Store, l, "a", 0)
		f.plan(f.onItsWay, refused(quartet.ErrUnavailable))
		sold := quartet.Grant{ID: "g", Account: "a", Units: 5, ExpiresAt: time.Now().Add(time.Hour)}
		if err := l.Give(t.Context(), sold, "sold"); quartet.CodeOf(err) != quartet.ErrUnknownOutcome {
			t.Fatal(err)
		}
		if err := l.Check(t.Context()); quartet.CodeOf(err) != quartet.ErrUnavailable {
			t.Fatal(err)
		}
		if err := l.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		if left := l.Left("a", time.Now()); left != "" {
			t.Errorf("the door says %q, though 5 units stand in the book", left)
		}
		if err := charge(l, "a"); err != nil {
			t.Error(err)
		}
	})
}

// Left must know even where reading the grants anew fails at first.
func TestHealth_StaysIllUntilTheBalancesAreReadAnew(t *testing.T) {
	t.Parallel()
	f := &unreadable{failing: failing{Store: openStore(t, store.Options{Dir: t.TempDir()})}}
	l := openLedger(t, f, quota.Options{})
	addAccount(t, f.Store, l, "a", 1)
	f.plan(f.onItsWay)
	if err := charge(l, "a"); quartet.CodeOf(err) != quartet.ErrUnknownOutcome {
		t.Fatal(err)
	}
	f.broken.Store(true)
	if err := l.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if l.Healthy() == nil {
		t.Error("well, though the balances are as before the outcome that nobody knew")
	}
	f.broken.Store(false)
	if err := l.Check(t.Context()); err != nil || l.Healthy() != nil {
		t.Errorf("%v, %v; want both well", err, l.Healthy())
	}
	if left := l.Left("a", time.Now()); left != quartet.ErrExhausted {
		t.Errorf("the door says %q, though the last unit is used", left)
	}
}

// unreadable cannot list its grants while it is broken.
type unreadable struct {
	failing
	broken atomic.Bool
}

func (u *unreadable) Grants(ctx context.Context, account string) ([]quartet.Grant, error) {
	if u.broken.Load() {
		return nil, quartet.Errorf(quartet.ErrUnavailable, "scripted")
	}
	return u.Store.Grants(ctx, account)
}
