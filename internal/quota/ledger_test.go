package quota_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"quartet"
	"quartet/internal/quota"
	"quartet/internal/store"
)

func TestCharge_TakesAUnitAndWritesTheCallBeforeItReturns(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		l := openLedger(t, s, quota.Options{})
		addAccount(t, s, l, "a", 2)
		c := newCall("a")
		if err := l.Charge(context.Background(), &c, 1, quartet.Claim{}); err != nil {
			t.Fatal(err)
		}
		if c.Charged != 1 || c.Grant != "grant-a" {
			t.Errorf("charged %d from %q, want 1 from grant-a", c.Charged, c.Grant)
		}
		row, ok := calls(t, s)[c.SeqNo]
		if !ok {
			t.Fatal("the call row is not there")
		}
		if row.Charged != 1 || row.Grant != "grant-a" || row.Verdict != quartet.Match {
			t.Errorf("row = %+v", row)
		}
		if r := mustAudit(t, s); r.Used != 1 || r.Left != 1 {
			t.Errorf("used %d left %d, want 1 and 1", r.Used, r.Left)
		}
	})
}

func TestCharge_SixtyFourCallersAgainstOneHundredUnitsServeExactlyOneHundred(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		l := openLedger(t, s, quota.Options{})
		addAccount(t, s, l, "a", 100)
		var served, refused atomic.Int64
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() {
				for range 10 {
					switch err := charge(l, "a"); quartet.CodeOf(err) {
					case "":
						served.Add(1)
					case quartet.ErrExhausted:
						refused.Add(1)
					default:
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if served.Load() != 100 || refused.Load() != 540 {
			t.Errorf("served %d refused %d, want 100 and 540", served.Load(), refused.Load())
		}
		if got := len(calls(t, s)); got != 100 {
			t.Errorf("%d call rows, want 100", got)
		}
		mustAudit(t, s)
		if code := l.Left("a", "1887", time.Now()); code != quartet.ErrExhausted {
			t.Errorf("Left = %q, want exhausted", code)
		}
	})
}

func TestBatch_ExhaustedAccountsNeverSpoilTheirNeighbours(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		l := openLedger(t, s, quota.Options{})
		for i := range 8 {
			addAccount(t, s, l, fmt.Sprint("poor", i), 1)
			addAccount(t, s, l, fmt.Sprint("rich", i), 50)
		}
		var wg sync.WaitGroup
		var rich, poor atomic.Int64
		for i := range 8 {
			for range 50 {
				wg.Go(func() {
					if charge(l, fmt.Sprint("rich", i)) == nil {
						rich.Add(1)
					}
				})
				wg.Go(func() {
					if charge(l, fmt.Sprint("poor", i)) == nil {
						poor.Add(1)
					}
				})
			}
		}
		wg.Wait()
		if rich.Load() != 400 || poor.Load() != 8 {
			t.Errorf("rich %d poor %d, want 400 and 8", rich.Load(), poor.Load())
		}
		mustAudit(t, s)
	})
}

func TestBatch_OneActTheDatabaseRefusesIsRefusedAlone(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		l := openLedger(t, s, quota.Options{})
		addAccount(t, s, l, "a", 100)
		taken := newCall("a")
		if err := l.Charge(context.Background(), &taken, 1, quartet.Claim{}); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		var good, bad atomic.Int64
		for i := range 40 {
			wg.Go(func() {
				c := newCall("a")
				if i == 20 {
					c.SeqNo = taken.SeqNo // the primary key refuses it
				}
				switch err := l.Charge(context.Background(), &c, 1, quartet.Claim{}); quartet.CodeOf(err) {
				case "":
					good.Add(1)
				case quartet.ErrUnavailable:
					bad.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if good.Load() != 39 || bad.Load() != 1 {
			t.Errorf("good %d bad %d, want 39 and 1", good.Load(), bad.Load())
		}
		if r := mustAudit(t, s); r.Used != 40 {
			t.Errorf("used %d, want 40", r.Used)
		}
	})
}

func TestOrderOfUse_TrialThenPriorityThenExpiryThenAge(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		l := openLedger(t, s, quota.Options{})
		addAccount(t, s, l, "a", 0)
		now := time.Now()
		give(t, l, quartet.Grant{ID: "4 late", Account: "a", Units: 1, CreatedAt: now, ExpiresAt: now.Add(3 * time.Hour)})
		give(t, l, quartet.Grant{ID: "2 preferred", Account: "a", Units: 1, Priority: -1, CreatedAt: now, ExpiresAt: now.Add(4 * time.Hour)})
		give(t, l, quartet.Grant{ID: "3 early", Account: "a", Units: 1, CreatedAt: now, ExpiresAt: now.Add(2 * time.Hour)})
		give(t, l, quartet.Grant{ID: "1 trial", Account: "a", Units: 1, Trial: true, CreatedAt: now, ExpiresAt: now.Add(9 * time.Hour)})
		for _, want := range []string{"1 trial", "2 preferred", "3 early", "4 late"} {
			c := newCall("a")
			if err := l.Charge(context.Background(), &c, 1, quartet.Claim{}); err != nil {
				t.Fatal(err)
			}
			if c.Grant != want {
				t.Errorf("used %q, want %q", c.Grant, want)
			}
		}
	})
}

func TestSettle_TwiceChargesOnce(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		l := openLedger(t, s, quota.Options{})
		addAccount(t, s, l, "a", 3)
		h, err := l.Reserve(context.Background(), newHold("a"))
		if err != nil {
			t.Fatal(err)
		}
		if r := mustAudit(t, s); r.Held != 1 || r.Left != 2 {
			t.Errorf("held %d left %d, want 1 and 2", r.Held, r.Left)
		}
		var wg sync.WaitGroup
		var done, gone atomic.Int64
		for range 8 {
			wg.Go(func() {
				c := newCall("a")
				c.SeqNo = h.SeqNo
				switch err := l.Settle(context.Background(), h, &c, 1, quartet.Claim{}); quartet.CodeOf(err) {
				case "":
					done.Add(1)
				case quartet.ErrHoldGone:
					gone.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if done.Load() != 1 || gone.Load() != 7 {
			t.Errorf("settled %d gone %d, want 1 and 7", done.Load(), gone.Load())
		}
		if r := mustAudit(t, s); r.Used != 1 || r.Held != 0 {
			t.Errorf("used %d held %d, want 1 and 0", r.Used, r.Held)
		}
	})
}

func TestHold_SettlesEvenPastTheExpiryOfItsGrant(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, open func() *store.Store) {
		var ahead atomic.Int64
		s := open()
		l := openLedger(t, s, quota.Options{Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }})
		addAccount(t, s, l, "a", 3)
		h, err := l.Reserve(context.Background(), newHold("a"))
		if err != nil {
			t.Fatal(err)
		}
		ahead.Store(int64(2 * time.Hour))
		if code := l.Left("a", "1887", time.Now().Add(2*time.Hour)); code != quartet.ErrExpired {
			t.Errorf("Left = %q, want expired", code)
		}
		if err := charge(l, "a"); quartet.CodeOf(err) != quartet.ErrExpired {
			t.Errorf("a new charge: %v, want expired", err)
		}
		c := newCall("a")
		c.SeqNo = h.SeqNo
		if err := l.Settle(context.Background(), h, &c, 1, quartet.Claim{}); err != nil {
			t.Error(err)
		}
		mustAudit(t, s)
	})
}

func TestSweep_FreesHoldsOfADeadProcessAndDiscardsTheirVerdicts(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		l := openLedger(t, s, quota.Options{})
		addAccount(t, s, l, "a", 3)
		h := newHold("a")
		h.Deadline = time.Now().Add(-time.Second)
		h, err := l.Reserve(context.Background(), h)
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		s.Close()

		s = open()
		l = openLedger(t, s, quota.Options{})
		if n, err := l.Sweep(context.Background()); err != nil || n != 1 {
			t.Fatalf("swept %d, %v; want 1", n, err)
		}
		if n, err := l.Sweep(context.Background()); err != nil || n != 0 {
			t.Errorf("swept %d more, %v", n, err)
		}
		c := newCall("a")
		c.SeqNo = h.SeqNo
		if err := l.Settle(context.Background(), h, &c, 1, quartet.Claim{}); quartet.CodeOf(err) != quartet.ErrHoldGone {
			t.Errorf("a late settle: %v, want hold gone", err)
		}
		row := calls(t, s)[h.SeqNo]
		if row.Code != quartet.CodeDeadline || row.Charged != 0 || row.Reason != quartet.ReasonUnresolved {
			t.Errorf("the swept call = %+v", row)
		}
		if r := mustAudit(t, s); r.Left != 3 {
			t.Errorf("left %d, want 3", r.Left)
		}
	})
}

func TestRecord_IsWrittenByTheTimeTheLedgerCloses(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		l := openLedger(t, s, quota.Options{})
		for range 500 {
			c := newCall("a")
			c.Code, c.Verdict = quartet.CodeElement, quartet.NoVerdict
			l.Record(c)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if got := len(calls(t, s)); got != 500 {
			t.Errorf("%d rows, want 500", got)
		}
		if err := charge(l, "a"); quartet.CodeOf(err) != quartet.ErrUnavailable {
			t.Errorf("a charge after Close: %v, want unavailable", err)
		}
	})
}

func TestCharge_AfterItsDeadlineIsNeverMade(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		l := openLedger(t, s, quota.Options{})
		addAccount(t, s, l, "a", 10000)
		var charged, late atomic.Int64
		race := func(apart time.Duration) { // deadlines before and after their commit
			var wg sync.WaitGroup
			for i := range 400 {
				wg.Go(func() {
					ctx, cancel := context.WithTimeout(context.Background(), time.Duration(i+1)*apart)
					defer cancel()
					c := newCall("a")
					switch err := l.Charge(ctx, &c, 1, quartet.Claim{}); quartet.CodeOf(err) {
					case "":
						charged.Add(1)
					case quartet.ErrTimeout:
						late.Add(1)
					default:
						t.Error(err)
					}
				})
			}
			wg.Wait()
		}
		for apart := 5 * time.Microsecond; apart < 20*time.Millisecond; apart *= 2 {
			race(apart)
		}
		if charged.Load() == 0 || late.Load() == 0 {
			t.Errorf("%d charged, %d too late; want both", charged.Load(), late.Load())
		}
		l.Close()
		if r := mustAudit(t, s); r.Used != charged.Load() {
			t.Errorf("used %d, but %d callers were told so", r.Used, charged.Load())
		}
	})
}

func TestIdempotencyKey_RepeatsItsVerdictUnderTheSameParametersOnly(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, open func() *store.Store) {
		ctx := context.Background()
		s := open()
		l := openLedger(t, s, quota.Options{})
		addAccount(t, s, l, "a", 10)
		claim := quartet.Claim{Key: quartet.Fingerprint{1}, Request: quartet.Fingerprint{2}, ExpiresAt: time.Now().Add(24 * time.Hour)}
		if _, found, err := l.Claim(ctx, claim); found || err != nil {
			t.Fatal(found, err)
		}
		if _, _, err := l.Claim(ctx, claim); quartet.CodeOf(err) != quartet.ErrConflict {
			t.Errorf("a key in flight: %v, want conflict", err)
		}
		c := newCall("a")
		c.Verdict, c.Reason = quartet.Mismatch, quartet.ReasonMobileMismatch
		if err := l.Charge(ctx, &c, 1, claim); err != nil {
			t.Fatal(err)
		}
		l.Unclaim(claim.Key)
		l.Close()
		s.Close()

		s = open()
		l = openLedger(t, s, quota.Options{})
		prior, found, err := l.Claim(ctx, claim)
		if err != nil || !found {
			t.Fatal(found, err)
		}
		if prior.SeqNo != c.SeqNo || prior.Code != c.Code || prior.Verdict != c.Verdict || prior.Reason != c.Reason {
			t.Errorf("repeated %+v, want the verdict of %+v", prior, c)
		}
		other := claim
		other.Request = quartet.Fingerprint{9}
		if _, _, err := l.Claim(ctx, other); quartet.CodeOf(err) != quartet.ErrConflict {
			t.Errorf("other parameters: %v, want conflict", err)
		}
	})
}

func TestIdempotencyKey_OfAnOpenHoldIsInFlightAcrossACrash(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, open func() *store.Store) {
		ctx := context.Background()
		s := open()
		l := openLedger(t, s, quota.Options{})
		addAccount(t, s, l, "a", 10)
		h := newHold("a")
		h.Claim = quartet.Claim{Key: quartet.Fingerprint{1}, Request: quartet.Fingerprint{2}, ExpiresAt: time.Now().Add(time.Hour)}
		if _, err := l.Reserve(ctx, h); err != nil {
			t.Fatal(err)
		}
		l = openLedger(t, s, quota.Options{}) // a new process knows nothing in memory
		if _, _, err := l.Claim(ctx, h.Claim); quartet.CodeOf(err) != quartet.ErrConflict {
			t.Errorf("claim = %v, want conflict", err)
		}
	})
}

func TestChanges_OfAGrantKeepTheBookBalanced(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, open func() *store.Store) {
		ctx := context.Background()
		s := open()
		l := openLedger(t, s, quota.Options{})
		addAccount(t, s, l, "a", 10)
		if err := l.Withdraw(ctx, "grant-a", 11, "too many"); quartet.CodeOf(err) != quartet.ErrConflict {
			t.Errorf("withdrawing more than is free: %v", err)
		}
		if err := l.Withdraw(ctx, "grant-a", 4, "refund"); err != nil {
			t.Error(err)
		}
		if err := l.Freeze(ctx, "grant-a", "dispute"); err != nil {
			t.Error(err)
		}
		if err := charge(l, "a"); quartet.CodeOf(err) != quartet.ErrExhausted {
			t.Errorf("a frozen grant: %v, want exhausted", err)
		}
		if err := l.Thaw(ctx, "grant-a", "settled"); err != nil {
			t.Error(err)
		}
		if err := charge(l, "a"); err != nil {
			t.Error(err)
		}
		if err := l.SetExpiry(ctx, "grant-a", time.Now().Add(-time.Second), "ended"); err != nil {
			t.Error(err)
		}
		if err := charge(l, "a"); quartet.CodeOf(err) != quartet.ErrExpired {
			t.Errorf("an expired grant: %v, want expired", err)
		}
		if err := l.Withdraw(ctx, "none", 1, ""); quartet.CodeOf(err) != quartet.ErrNotFound {
			t.Errorf("an unknown grant: %v, want not found", err)
		}
		entries, err := s.Entries(ctx, "grant-a")
		if err != nil || len(entries) != 5 {
			t.Errorf("%d entries, %v; want 5", len(entries), err)
		}
		mustAudit(t, s)
	})
}

func TestCloseDays_SumsUpWhatIsOverAndKeepsTheAudit(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, open func() *store.Store) {
		ctx := context.Background()
		s := open()
		var ahead atomic.Int64
		l := openLedger(t, s, quota.Options{Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }})
		addAccount(t, s, l, "a", 0)
		give(t, l, quartet.Grant{ID: "g", Account: "a", Units: 100, ExpiresAt: time.Now().Add(96 * time.Hour)})
		for range 5 {
			if err := charge(l, "a"); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := l.CloseDays(ctx, s); n != 0 || err != nil {
			t.Fatalf("closed %d, %v while the day is open", n, err)
		}
		ahead.Store(int64(49 * time.Hour))
		if n, err := l.CloseDays(ctx, s); n < 1 || err != nil {
			t.Fatalf("closed %d, %v; want at least the day of the calls", n, err)
		}
		if err := charge(l, "a"); quartet.CodeOf(err) != quartet.ErrUnavailable {
			t.Errorf("a charge into a closed day: %v, want unavailable", err)
		}
		if r := mustAudit(t, s); r.Used != 5 {
			t.Errorf("used %d, want 5", r.Used)
		}
	})
}
