package quota_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"quartet"
	"quartet/internal/quota"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
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
	f := &failing{Store: openStore(t, store.Options{Dir: storetest.Folder(t)})}
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
		if left := l.Left("a", "1887", time.Now()); left != "" {
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
	f := &unreadable{failing: failing{Store: openStore(t, store.Options{Dir: storetest.Folder(t)})}}
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
	if left := l.Left("a", "1887", time.Now()); left != quartet.ErrExhausted {
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

// Two calls of one key can both pass Claim, on two nodes, or where a first call lands late.
// The book serves one.
func TestIdempotencyKey_IsServedOnceByTheBookItself(t *testing.T) {
	t.Parallel()
	type serve func(l *quota.Ledger, claim quartet.Claim) (quartet.Hold, error)
	charged := func(l *quota.Ledger, claim quartet.Claim) (quartet.Hold, error) {
		c := newCall("a")
		return quartet.Hold{}, l.Charge(context.Background(), &c, 1, claim)
	}
	held := func(l *quota.Ledger, claim quartet.Claim) (quartet.Hold, error) {
		h := newHold("a")
		h.Claim = claim
		return l.Reserve(context.Background(), h)
	}
	settled := func(l *quota.Ledger, claim quartet.Claim) (quartet.Hold, error) {
		h, err := held(l, claim)
		if err != nil {
			return h, err
		}
		c := newCall("a")
		c.SeqNo = h.SeqNo
		return h, l.Settle(context.Background(), h, &c, 1, claim)
	}
	for name, first := range map[string]serve{"a verdict": charged, "a hold": held, "a settled hold": settled} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBothEngines(t, func(t *testing.T, open func() *store.Store) {
				s := open()
				l := openLedger(t, s, quota.Options{})
				addAccount(t, s, l, "a", 10)
				claim := newClaim()
				if _, err := first(l, claim); err != nil {
					t.Fatal(err)
				}
				for name, again := range map[string]serve{"a charge": charged, "a hold": held} {
					if _, err := again(l, claim); quartet.CodeOf(err) != quartet.ErrUnavailable {
						t.Errorf("%s under the same key: %v, want unavailable", name, err)
					}
				}
				if r := mustAudit(t, s); r.Used+r.Held != 1 {
					t.Errorf("used %d, held %d; want one unit in all", r.Used, r.Held)
				}
				claim.Key[0]++
				if _, err := charged(l, claim); err != nil {
					t.Errorf("another key: %v", err)
				}
			})
		})
	}
}

func TestIdempotencyKey_ServesOneOfManyInOneBatch(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, open func() *store.Store) {
		f := &failing{Store: open()}
		l := openLedger(t, f, quota.Options{})
		addAccount(t, f.Store, l, "a", 10)
		_, errs := gatheredUnder(t, f, l, newClaim(), 5)
		served := 0
		for _, err := range errs {
			switch quartet.CodeOf(err) {
			case "":
				served++
			case quartet.ErrUnavailable:
			default:
				t.Error(err)
			}
		}
		if r := mustAudit(t, f.Store); served != 1 || r.Used != 1 {
			t.Errorf("served %d, used %d; want 1 and 1", served, r.Used)
		}
		if n := f.count(); n != 2 {
			t.Errorf("%d commits, want the check and one batch", n)
		}
	})
}

func TestIdempotencyKey_IsFreeAgainAfterItsTimeOrARefusal(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		var passed atomic.Int64
		l := openLedger(t, s, quota.Options{Now: func() time.Time { return time.Now().Add(time.Duration(passed.Load())) }})
		addAccount(t, s, l, "a", 0)
		give(t, l, quartet.Grant{ID: "g", Account: "a", Units: 10, ExpiresAt: time.Now().Add(1000 * time.Hour)})
		claim := newClaim()
		h := newHold("a")
		h.Claim = claim
		h, err := l.Reserve(t.Context(), h)
		if err != nil {
			t.Fatal(err)
		}
		c := newCall("a")
		c.SeqNo, c.Code, c.Verdict = h.SeqNo, quartet.CodeNoRecord, quartet.NoVerdict
		if err := l.Release(t.Context(), h, &c); err != nil {
			t.Fatal(err)
		}
		for _, when := range []string{"after a refusal", "after its time"} {
			c := newCall("a")
			if err := l.Charge(t.Context(), &c, 1, claim); err != nil {
				t.Errorf("%s: %v", when, err)
			}
			prior, found, err := l.Claim(t.Context(), claim)
			if err != nil || !found || prior.SeqNo != c.SeqNo {
				t.Errorf("%s: %+v, %v, %v; want the new verdict", when, prior, found, err)
			}
			passed.Add(int64(2 * time.Hour))
			claim.ExpiresAt = claim.ExpiresAt.Add(2 * time.Hour)
		}
		if r := mustAudit(t, s); r.Used != 2 || r.Held != 0 {
			t.Errorf("used %d, held %d; want 2 and 0", r.Used, r.Held)
		}
	})
}
