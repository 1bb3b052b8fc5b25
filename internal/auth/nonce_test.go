package auth_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"quartet/internal/auth"
	"quartet/internal/web"
)

func mark(n int) int64 { return int64(n) + 1 }

func TestNonces_OfManyAtOnceOnePasses(t *testing.T) {
	t.Parallel()
	n, now := auth.NewNonces(100), time.Now()
	var passed atomic.Int64
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			if n.Use("c", mark(1), now.Add(time.Minute), now) == web.NoGateway {
				passed.Add(1)
			}
		})
	}
	wg.Wait()
	if passed.Load() != 1 {
		t.Errorf("%d passed", passed.Load())
	}
}

// What is forgotten could be replayed, so a memory that is full refuses.
func TestNonces_RefuseWhenFullAndTakeAgainWhenTheirTimeIsOver(t *testing.T) {
	t.Parallel()
	n, now := auth.NewNonces(10), time.Unix(1_795_578_400, 0)
	for i := range 10 {
		if g := n.Use(fmt.Sprint(i), mark(i), now.Add(time.Duration(10-i)*time.Minute), now); g != web.NoGateway {
			t.Fatalf("%d: %q", i, g.Text().Message)
		}
	}
	if g := n.Use("c", mark(99), now.Add(time.Minute), now); g != web.CredentialThrottled {
		t.Errorf("the eleventh: %q", g.Text().Message)
	}
	if g := n.Use("c", mark(3), now.Add(time.Minute), now); g != web.NonceUsed {
		t.Errorf("a known one: %q", g.Text().Message)
	}
	later := now.Add(3 * time.Minute) // the last two are over for a while, behind others that are not
	if g := n.Use("c", mark(99), later.Add(time.Minute), later); g != web.NoGateway {
		t.Errorf("when two are over: %q", g.Text().Message)
	}
}

func TestNonces_RememberWhatAnEarlierProcessUsedUp(t *testing.T) {
	t.Parallel()
	n, now := auth.NewNonces(10), time.Now()
	n.Remember("c", mark(1), now.Add(time.Minute))
	if g := n.Use("c", mark(1), now.Add(time.Minute), now); g != web.NonceUsed {
		t.Error(g.Text().Message)
	}
	if g := n.Use("c", mark(1), now.Add(time.Hour), now.Add(2*time.Minute)); g != web.NoGateway {
		t.Error(g.Text().Message)
	}
}

// Each that comes drops two whose time is over, so what is kept follows what is in time.
func TestNonces_KeepNoMoreThanIsInTime(t *testing.T) {
	t.Parallel()
	const most = 40_000
	n, now := auth.NewNonces(most), time.Unix(1_795_578_400, 0)
	for i := range 10 * most { // a thousand a second, each kept for four seconds and half a minute more
		at := now.Add(time.Duration(i) * time.Millisecond)
		if g := n.Use(fmt.Sprint(i%8), mark(i), at.Add(3*time.Second), at); g != web.NoGateway {
			t.Fatalf("%d: %q", i, g.Text().Message)
		}
	}
}

// A call is dated by its head, and its body may take long: it is judged after calls that are
// dated later, and have made old nonces be forgotten.
func TestNonces_KnowOneThatComesAgainLateInItsTime(t *testing.T) {
	t.Parallel()
	n, now := auth.NewNonces(100), time.Unix(1_795_578_400, 0)
	until := now.Add(15 * time.Minute)
	if g := n.Use("c", mark(1), until, now); g != web.NoGateway {
		t.Fatalf("%q", g.Text().Message)
	}
	for i := range 10 { // others come while the body of the next one does
		n.Use("c", mark(2+i), until.Add(time.Hour), until.Add(20*time.Second))
	}
	if g := n.Use("c", mark(1), until, until.Add(-time.Second)); g != web.NonceUsed {
		t.Errorf("one whose head came in time: %q", g.Text().Message)
	}
}

// One credential can fill half of the memory, and the others go on.
func TestNonces_OneCredentialDoesNotShutTheOthersOut(t *testing.T) {
	t.Parallel()
	n, now := auth.NewNonces(100), time.Unix(1_795_578_400, 0)
	until := now.Add(time.Minute)
	for i := range 50 {
		if g := n.Use("greedy", mark(i), until, now); g != web.NoGateway {
			t.Fatalf("%d: %q", i, g.Text().Message)
		}
	}
	if g := n.Use("greedy", mark(50), until, now); g != web.CredentialThrottled {
		t.Errorf("the greedy one goes on: %q", g.Text().Message)
	}
	for i := range 25 {
		if g := n.Use("modest", mark(100+i), until, now); g != web.NoGateway {
			t.Errorf("the modest one, %d: %q", i, g.Text().Message)
		}
	}
	later := until.Add(time.Minute)
	if g := n.Use("greedy", mark(200), later.Add(time.Minute), later); g != web.NoGateway {
		t.Errorf("when its nonces are over: %q", g.Text().Message)
	}
}
