package quota_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"quartet"
	"quartet/internal/quota"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
)

// TestCharge_WaitsForItsTurnNoLongerThanItMay keeps the committer busy with a commit that
// hangs. Charges behind it are given up in time and never made; a hold is settled all the
// same, since its supplier has answered.
func TestCharge_WaitsForItsTurnNoLongerThanItMay(t *testing.T) {
	ctx := t.Context()
	s := openStore(t, store.Options{Dir: storetest.Folder(t)})
	f := &failing{Store: s}
	l := openLedger(t, f, quota.Options{MaxWait: 50 * time.Millisecond})
	addAccount(t, s, l, "a", 10)
	hold, err := l.Reserve(ctx, newHold("a"))
	if err != nil {
		t.Fatal(err)
	}

	busy, open := make(chan struct{}), make(chan struct{})
	f.plan(func(next func() error) error { close(busy); <-open; return next() })
	go func() { _ = l.Check(ctx) }()
	<-busy
	late := newCall("a")
	if err := l.Charge(ctx, &late, 1, quartet.Claim{}); quartet.CodeOf(err) != quartet.ErrTimeout {
		t.Errorf("a charge behind a commit that hangs: %v", err)
	}
	if _, err := l.Reserve(ctx, newHold("a")); quartet.CodeOf(err) != quartet.ErrTimeout {
		t.Errorf("a reserve behind a commit that hangs: %v", err)
	}
	settled := make(chan error, 1)
	go func() {
		c := newCall("a")
		c.SeqNo = hold.SeqNo
		settled <- l.Settle(ctx, hold, &c, 1, quartet.Claim{})
	}()
	for l.Waiting() < 1 {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(100 * time.Millisecond)
	close(open)
	if err := <-settled; err != nil {
		t.Errorf("the settle: %v", err)
	}
	if r := mustAudit(t, s); r.Used != 1 || r.Held != 0 {
		t.Errorf("the book says %+v, want one unit used", r)
	}
}

// TestCharge_IsNotMadeForACallerWhoLeftWhileOthersHadTheirTurn lets many wait for batches of
// one act, each of which takes its time.
func TestCharge_IsNotMadeForACallerWhoLeftWhileOthersHadTheirTurn(t *testing.T) {
	s := openStore(t, store.Options{Dir: storetest.Folder(t)})
	f := &failing{Store: s}
	l := openLedger(t, f, quota.Options{MaxBatch: 1})
	addAccount(t, s, l, "a", 100)
	slow := make([]step, 20)
	for i := range slow {
		slow[i] = func(next func() error) error { time.Sleep(40 * time.Millisecond); return next() }
	}
	f.plan(slow...)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	var (
		wg            sync.WaitGroup
		charged, late atomic.Int64
	)
	for range slow {
		wg.Go(func() {
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
	if charged.Load() > 5 || late.Load() < 15 {
		t.Errorf("%d charged, %d given up, while 100 ms passed in batches of 40 ms", charged.Load(), late.Load())
	}
	if r := mustAudit(t, s); r.Used != charged.Load() {
		t.Errorf("used %d, but %d callers were told so", r.Used, charged.Load())
	}
}

// TestRecord_ComesIntoAQueueThatWasWithdrawn fills the queue with charges whose callers leave
// while the committer is busy. Whoever waited for room must be let in.
func TestRecord_ComesIntoAQueueThatWasWithdrawn(t *testing.T) {
	s := openStore(t, store.Options{Dir: storetest.Folder(t)})
	f := &failing{Store: s}
	l := openLedger(t, f, quota.Options{})
	addAccount(t, s, l, "a", 1)
	busy, open := make(chan struct{}), make(chan struct{})
	f.plan(func(next func() error) error { close(busy); <-open; return next() })
	go func() { _ = l.Check(context.Background()) }()
	<-busy
	const full = 1 << 16 // acts that may wait
	ctx, leave := context.WithCancel(t.Context())
	var callers sync.WaitGroup
	for range full {
		callers.Go(func() {
			c := newCall("a")
			_ = l.Charge(ctx, &c, 1, quartet.Claim{})
		})
	}
	for l.Waiting() < full {
		time.Sleep(time.Millisecond)
	}
	var records sync.WaitGroup
	for range 100 {
		records.Go(func() { l.Record(newCall("a")) })
	}
	leave()
	callers.Wait()
	entered := make(chan struct{})
	go func() { records.Wait(); close(entered) }()
	select {
	case <-entered:
	case <-time.After(10 * time.Second):
		t.Error("records still wait for room in an empty queue")
	}
	close(open)
}
