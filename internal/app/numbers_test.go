package app_test

import (
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/config"
	"quartet/internal/store/storetest"
)

// clock is the time of day of some nodes; it can be moved.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

func (c *clock) move(d time.Duration) { c.ahead.Add(int64(d)) }

// refusal asks with a card that breaks its rule, which the database need not hear of to be
// answered, and gives the number of the call.
func (n *node) refusal(t *testing.T) string {
	t.Helper()
	p := person(1)
	p.AccNo = "62"
	a, err := n.client.Verify(t.Context(), p)
	if err != nil || a.Code != "10001" {
		t.Fatalf("%+v, %v", a, err)
	}
	return a.SeqNo
}

// second is when a number says that its call was.
func second(t *testing.T, seqNo string) time.Time {
	t.Helper()
	s, err := strconv.ParseInt(seqNo[8:], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return time.Unix(s, 0)
}

// A node that was frozen, or cut off from its database, learns late that another one has
// its number now, and goes on answering until then.
func TestNumbers_OfANodeThatFellSilentAreNotThoseOfItsSuccessor(t *testing.T) {
	t.Parallel()
	var day clock
	c := settings(t)
	c.Store = storetest.Postgres(t)
	bySimulator(t, &c, bySupplier)
	silent, err := launchWith(t, app.Options{Config: config.Loaded{Config: c}, Now: day.now})
	if err != nil {
		t.Fatal(err)
	}
	c.Keyring = c.KeyringPath()
	c.Data = filepath.Join(t.TempDir(), "data")
	successor := takeOver(t, &day, c)
	given := map[string]string{}
	for end := day.now().Add(1500 * time.Millisecond); day.now().Before(end); {
		for name, n := range map[string]*node{"the silent node": silent, "its successor": successor} {
			no := n.refusal(t)
			if who, twice := given[no]; twice {
				t.Fatalf("%s was given by %s and by %s", no, who, name)
			}
			given[no] = name
		}
	}
}

// takeOver starts a node as soon as the other one's lease has run out by the clock.
func takeOver(t *testing.T, day *clock, c config.Config) *node {
	t.Helper()
	for range 5 { // a renewal may come between
		day.move(20 * time.Second)
		n, err := launchWith(t, app.Options{Config: config.Loaded{Config: c}, Now: day.now})
		switch {
		case err == nil:
			return n
		case quartet.CodeOf(err) != quartet.ErrLocked:
			t.Fatal(err)
		}
	}
	t.Fatal("the lease never ran out")
	return nil
}

func TestNumbers_GoOnWithTheClockWhenTheLeaseIsRenewed(t *testing.T) {
	t.Parallel()
	var day clock
	c := settings(t)
	c.Store = storetest.Postgres(t)
	bySimulator(t, &c, bySupplier)
	n, err := launchWith(t, app.Options{Config: config.Loaded{Config: c}, Now: day.now})
	if err != nil {
		t.Fatal(err)
	}
	day.move(30 * time.Minute)
	behind := func() bool { return day.now().Sub(second(t, n.refusal(t))) > time.Minute }
	for end := time.Now().Add(15 * time.Second); behind(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the numbers stay behind")
		}
	}
}

// Nobody but the owner of its folder can take over a database in it.
func TestNumbers_NeverStandStillOnSQLite(t *testing.T) {
	t.Parallel()
	var day clock
	c := settings(t)
	bySimulator(t, &c, bySupplier)
	n, err := launchWith(t, app.Options{Config: config.Loaded{Config: c}, Now: day.now})
	if err != nil {
		t.Fatal(err)
	}
	day.move(30 * time.Minute)
	if at, now := second(t, n.refusal(t)), day.now(); now.Sub(at) > time.Minute {
		t.Errorf("numbered as of %v at %v", at, now)
	}
}

// called leaves a folder in which the newest call is so far ahead of the clock.
func called(t *testing.T, ahead time.Duration) config.Config {
	t.Helper()
	var day clock
	day.move(ahead)
	c := settings(t)
	bySimulator(t, &c, bySupplier)
	n, err := launchWith(t, app.Options{Config: config.Loaded{Config: c}, Now: day.now})
	if err != nil {
		t.Fatal(err)
	}
	if got := n.result(t, person(1)); got != paid {
		t.Fatalf("got %s", got)
	}
	if err := n.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestStart_RefusesAClockThatIsFarBehindTheNewestCall(t *testing.T) {
	t.Parallel()
	c := called(t, time.Hour)
	begun := time.Now()
	_, err := launchWith(t, app.Options{Config: config.Loaded{Config: c}})
	if err == nil || !strings.Contains(err.Error(), "set the clock right") {
		t.Errorf("%v", err)
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestStart_SaysThatItWaitsForTheClockAndNumbersFromThenOn(t *testing.T) {
	t.Parallel()
	c := called(t, 3*time.Second)
	n := start(t, c)
	n.lines.Flush()
	if !strings.Contains(n.log.String(), "waiting until the clock") {
		t.Error("the log does not say so")
	}
	if at, now := second(t, n.refusal(t)), time.Now(); at.After(now) {
		t.Errorf("numbered as of %v at %v", at, now)
	}
}
