package quota_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"quartet"
	"quartet/internal/quota"
	"quartet/internal/store"
)

// failing is a real store whose commits fail by a script, one step each; without a step
// they are left alone.
type failing struct {
	*store.Store

	mu      sync.Mutex
	script  []step
	commits int
	dead    bool // nothing is committed any more, and nobody is answered
	hidden  bool // what was committed last cannot be seen before another commit succeeds
}

// step decides what becomes of a commit; next is the commit itself.
type step func(next func() error) error

func (f *failing) Commit(ctx context.Context, need quartet.Reading, judge func(quartet.Book) quartet.Postings) error {
	next := func() error {
		err := f.Store.Commit(ctx, need, judge)
		f.hide(err != nil && f.isHidden())
		return err
	}
	f.mu.Lock()
	f.commits++
	if f.dead {
		f.mu.Unlock()
		return errKilled
	}
	if len(f.script) == 0 {
		f.mu.Unlock()
		return next()
	}
	s := f.script[0]
	f.script = f.script[1:]
	f.mu.Unlock()
	return s(next)
}

// FindClaim sees nothing of a commit that is still on its way.
func (f *failing) FindClaim(ctx context.Context, key quartet.Fingerprint) (quartet.Claim, bool, error) {
	if f.isHidden() {
		return quartet.Claim{}, false, nil
	}
	return f.Store.FindClaim(ctx, key)
}

func (f *failing) isHidden() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.hidden
}

func (f *failing) hide(hidden bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hidden = hidden
}

// onItsWay is a commit that lands later than anybody waits for it: no later than the
// next that succeeds, which the node's row makes wait.
func (f *failing) onItsWay(next func() error) error {
	err := next()
	f.hide(true)
	return errors.Join(quartet.Errorf(quartet.ErrUnknownOutcome, "scripted"), err)
}

// kill ends the process at its next commit, before the database has it or after.
func (f *failing) kill(after bool) {
	f.plan(func(next func() error) error {
		f.mu.Lock()
		f.dead = true
		f.mu.Unlock()
		if after {
			return errors.Join(errKilled, next())
		}
		return errKilled
	})
}

var errKilled = quartet.Errorf(quartet.ErrUnknownOutcome, "killed")

func (f *failing) plan(steps ...step) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.script, f.commits = steps, 0
}

func (f *failing) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.commits
}

func refused(code quartet.ErrorCode) step {
	return func(func() error) error { return quartet.Errorf(code, "scripted") }
}

func done(next func() error) error { return next() }

// gathered makes charges that lie in the queue together: the committer is kept busy until
// all have come. It returns the calls and their outcomes.
func gathered(t *testing.T, f *failing, l *quota.Ledger, n int, steps ...step) ([]quartet.Call, []error) {
	t.Helper()
	return gatheredUnder(t, f, l, quartet.Claim{}, n, steps...)
}

// gatheredUnder is gathered with all charges under one idempotency key.
func gatheredUnder(t *testing.T, f *failing, l *quota.Ledger, claim quartet.Claim, n int, steps ...step) ([]quartet.Call, []error) {
	t.Helper()
	busy, open := make(chan struct{}), make(chan struct{})
	f.plan(append([]step{func(next func() error) error { close(busy); <-open; return next() }}, steps...)...)
	first := make(chan error, 1)
	go func() { first <- l.Check(context.Background()) }()
	<-busy
	list, errs := make([]quartet.Call, n), make([]error, n)
	var wg sync.WaitGroup
	for i := range list {
		list[i] = newCall("a")
		wg.Go(func() { errs[i] = l.Charge(context.Background(), &list[i], 1, claim) })
	}
	for l.Waiting() < n { // the acts are on their way into the queue
		time.Sleep(time.Millisecond)
	}
	close(open)
	wg.Wait()
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	return list, errs
}

func TestFatal_NobodyIsAnsweredAfterAWriteThatFailed(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, open func() *store.Store) {
		f := &failing{Store: open()}
		l := openLedger(t, f, quota.Options{})
		addAccount(t, f.Store, l, "a", 10)
		f.plan(refused(quartet.ErrInternal))
		for range 3 { // the disk would take the later ones
			if err := charge(l, "a"); quartet.CodeOf(err) != quartet.ErrInternal {
				t.Errorf("a charge: %v, want internal", err)
			}
		}
		if n := f.count(); n != 1 {
			t.Errorf("%d commits, want none after the one that failed", n)
		}
		select {
		case err := <-l.Fatal():
			if err == nil {
				t.Error("an alarm without a cause")
			}
		default:
			t.Error("the alarm was not raised")
		}
		if len(calls(t, f.Store)) != 0 {
			t.Error("a call was written")
		}
		mustAudit(t, f.Store)
	})
}

func TestHealth_FailsWithACommitAndComesBackWithTheNext(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, open func() *store.Store) {
		f := &failing{Store: open()}
		l := openLedger(t, f, quota.Options{})
		for _, code := range []quartet.ErrorCode{quartet.ErrUnavailable, quartet.ErrUnknownOutcome} {
			f.plan(refused(code))
			if err := l.Check(t.Context()); quartet.CodeOf(err) != code {
				t.Errorf("a check: %v, want %s", err, code)
			}
			if err := l.Healthy(); quartet.CodeOf(err) != code {
				t.Errorf("health: %v, want %s", err, code)
			}
			if err := errors.Join(l.Check(t.Context()), l.Healthy()); err != nil {
				t.Errorf("after the next commit: %v", err)
			}
		}
	})
}

// A batch that fell apart into single acts when the database went away: what was not
// tried is not tried, and the ledger knows that it is ill.
func TestBatch_ThatFallsApartStopsWhereTheStoreFails(t *testing.T) {
	t.Parallel()
	for _, code := range []quartet.ErrorCode{quartet.ErrUnavailable, quartet.ErrUnknownOutcome, quartet.ErrInternal} {
		t.Run(string(code), func(t *testing.T) {
			t.Parallel()
			onBothEngines(t, func(t *testing.T, open func() *store.Store) {
				f := &failing{Store: open()}
				l := openLedger(t, f, quota.Options{})
				addAccount(t, f.Store, l, "a", 10)
				conflict := refused(quartet.ErrConflict)
				list, errs := gathered(t, f, l, 5, conflict, conflict, done, refused(code))
				if n := f.count(); n != 5 { // the check, twice the batch, two acts
					t.Errorf("%d commits, want 5", n)
				}
				if quartet.CodeOf(l.Healthy()) != code {
					t.Errorf("health: %v, want %s", l.Healthy(), code)
				}
				rows, saw := calls(t, f.Store), map[quartet.ErrorCode]int{}
				for i := range list {
					saw[quartet.CodeOf(errs[i])]++
					if _, there := rows[list[i].SeqNo]; there != (errs[i] == nil) {
						t.Errorf("told %v, but the row is there: %v", errs[i], there)
					}
				}
				rest := quartet.ErrUnavailable // surely not done
				if code == quartet.ErrInternal {
					rest = code
				}
				want := map[quartet.ErrorCode]int{"": 1, rest: 3}
				want[code]++
				for c, n := range want {
					if saw[c] != n {
						t.Errorf("outcomes %v, want %v", saw, want)
					}
				}
				mustAudit(t, f.Store)
			})
		})
	}
}

// A settle that could not be committed was answered 10019, and that refusal has its row.
// The hold must come free all the same.
func TestSweep_FreesAHoldWhoseCallHasItsRow(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, open func() *store.Store) {
		ctx := context.Background()
		s := open()
		l := openLedger(t, s, quota.Options{})
		addAccount(t, s, l, "a", 3)
		late := newHold("a")
		late.Deadline = time.Now().Add(-time.Second)
		if _, err := l.Reserve(ctx, late); err != nil {
			t.Fatal(err)
		}
		c := newCall("a")
		c.SeqNo, c.Code, c.Verdict = late.SeqNo, quartet.CodeNotCommitted, quartet.NoVerdict
		l.Record(c)
		other := newHold("a")
		other.Deadline = late.Deadline
		if _, err := l.Reserve(ctx, other); err != nil {
			t.Fatal(err)
		}
		if n, err := l.Sweep(ctx); n != 2 || err != nil {
			t.Errorf("swept %d, %v; want 2", n, err)
		}
		rows := calls(t, s)
		if got := rows[late.SeqNo].Code; got != quartet.CodeNotCommitted {
			t.Errorf("the row says %v, the caller was told 10019", got)
		}
		if got := rows[other.SeqNo].Code; got != quartet.CodeDeadline {
			t.Errorf("the other row says %v, want 10003", got)
		}
		if r := mustAudit(t, s); r.Held != 0 || r.Left != 3 {
			t.Errorf("held %d left %d, want 0 and 3", r.Held, r.Left)
		}
	})
}

// landed is a commit that is done, and nobody hears of it.
func landed(next func() error) error {
	return errors.Join(quartet.Errorf(quartet.ErrUnknownOutcome, "scripted"), next())
}

// TestRecord_WhatSuppliersChargeWaitsForTheStore fails the refusal's row like the settle
// before it.
func TestRecord_WhatSuppliersChargeWaitsForTheStore(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, open func() *store.Store) {
		f := &failing{Store: open()}
		l := openLedger(t, f, quota.Options{})
		spent := quartet.Attempt{Source: "shumai", Sent: true, Verdict: quartet.Match, Charged: quartet.ChargedYes, Cost: 16_500, Reference: "R1"}
		refusal := func(a quartet.Attempt) quartet.Call {
			c := newCall("a")
			c.Code, c.Verdict, c.Attempts = quartet.CodeNotCommitted, quartet.NoVerdict, []quartet.Attempt{a}
			return c
		}
		lost := func(c quartet.Call, failure step) {
			t.Helper()
			f.plan(slices.Repeat([]step{failure}, 20)...)
			l.Record(c)
			for range 2 {
				if l.Check(t.Context()) == nil {
					t.Fatal("the store was well")
				}
			}
			f.plan()
		}
		impossible := spent
		impossible.Cost = -1
		bad, first, second, last := refusal(impossible), refusal(spent), refusal(spent), refusal(spent)
		l.Record(bad) // no time will make it good
		lost(first, refused(quartet.ErrUnavailable))
		if err := l.Check(t.Context()); err != nil {
			t.Errorf("together with what waited: %v", err)
		}
		lost(second, landed)
		if err := charge(l, "nobody"); quartet.CodeOf(err) != quartet.ErrExhausted {
			t.Errorf("together with what was written before: %v", err)
		}
		lost(last, refused(quartet.ErrUnavailable))
		if err := l.Close(); err != nil {
			t.Errorf("closed with what waited: %v", err)
		}
		rows := calls(t, f.Store)
		for i, c := range []quartet.Call{first, second, last} {
			list := attempts(t, f.Store, c.SeqNo)
			if rows[c.SeqNo].Code != quartet.CodeNotCommitted || len(list) != 1 || list[0].Reference != "R1" || list[0].Note != "" {
				t.Errorf("refusal %d: %v, %+v", i+1, rows[c.SeqNo].Code, list)
			}
		}
		if len(rows) != 3 {
			t.Errorf("%d rows, want 3", len(rows))
		}
	})
}
