package e2e_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"quartet/internal/store/pgtest"
)

// Killed while a supplier is asked: the units are held, and nobody knows what the supplier
// answered. The running node resolves that in the buyers' favour once the time is over.

func TestCrash_FreesWhatWasHeldForSuppliersOnSQLite(t *testing.T) {
	t.Parallel()
	outlive(t, environ(guardOff))
}

func TestCrash_FreesWhatWasHeldForSuppliersOnPostgreSQL(t *testing.T) {
	t.Parallel()
	outlive(t, environ(guardOff, "QUARTET_STORE="+pgtest.Shared(t).NewDatabase(t)))
}

const (
	supplierKills = 4
	deadline      = 3 * time.Second
	grace         = 15 * time.Second // how long a hold outlives its call's deadline
	sweeping      = 15 * time.Second // more than the sweeper needs, on a slow machine
)

func outlive(t *testing.T, env []string) {
	dir := folder(t)
	env = append(env, "QUARTET_DEADLINE="+deadline.String())
	supplier := newContractor(t, 30*time.Millisecond)
	supplier.hire(t, dir, env)
	n := startServe(t, dir, env)
	load := newLoad(openAccount(t, dir, env, "plenty", 100_000_000), openAccount(t, dir, env, "small", 50),
		openAccount(t, dir, env, "keyed", 100_000_000), citizens(t, 100))
	book := newBook()
	book.holds = true

	var killed time.Time
	for range supplierKills {
		run := load.start(n.url)
		time.Sleep(100*time.Millisecond + time.Duration(rand.IntN(300))*time.Millisecond)
		n.kill()
		killed = time.Now()
		book.add(t, run.wait())
		n = startServe(t, dir, env)
		book.check(t, dir, env)
		if book.held == 0 {
			t.Error("no unit is held for the calls that were cut off: the test does not test that")
		}
	}
	cutOff := book.held
	for end := killed.Add(deadline + grace + sweeping); book.held > 0 && !t.Failed(); book.check(t, dir, env) {
		if time.Now().After(end) {
			t.Fatalf("%d units are still held\n%s", book.held, n.log)
		}
		time.Sleep(500 * time.Millisecond)
	}
	book.holds = false
	book.add(t, load.finish(n.url)) // no key is in flight any more
	book.check(t, dir, env)
	book.checkKeyed(t, load.keys())
	bill := supplier.agrees(t, dir, env)
	if bill.Unknown == 0 {
		t.Error("the house doubts no question: the test does not test that")
	}
	if code := n.stop(); code != 0 {
		t.Errorf("the last stop: exit %d\n%s", code, n.log)
	}
	t.Logf("%d answers seen, %d units used by %d rows, %d were held after the last kill; the supplier charges for %d, of which the house knows %d and doubts %d", len(book.seen), book.used, book.rows, cutOff, supplier.Charged(), bill.Yes, bill.Unknown)
}
