package quota_test

import (
	"testing"
	"time"

	"quartet"
	"quartet/internal/quota"
	"quartet/internal/store"
)

// TestCharge_WaitsForItsTurnNoLongerThanItMay keeps the committer busy with a commit that
// hangs. Charges behind it are given up in time and never made; a hold is settled all the
// same, since its supplier has answered.
func TestCharge_WaitsForItsTurnNoLongerThanItMay(t *testing.T) {
	ctx := t.Context()
	s := openStore(t, store.Options{Dir: t.TempDir()})
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
