package app

import (
	"sync/atomic"
	"time"

	"quartet"
)

// numberLife is how long after a renewal this node's number is surely its own. The store
// keeps the number for a silent node longer than that.
const numberLife = 2 * renewEvery

// numberClock is the clock that calls are numbered by. It stands still where the lease of
// the node's number may end, until the lease is renewed: a node that was frozen, or cut off
// from its database, may have a successor that it knows nothing of, and the successor
// numbers from the end of the lease on. Labels alone count, so the two need not agree on
// what time it is.
type numberClock struct {
	now func() time.Time
	end atomic.Int64 // in Unix microseconds; 0: there is none
}

// Now never passes the end of the lease.
func (c *numberClock) Now() time.Time {
	now := c.now()
	if end := c.end.Load(); end > 0 && now.UnixMicro() > end {
		return time.UnixMicro(end)
	}
	return now
}

// renewed moves the end: the store heard of this node at a time.
func (c *numberClock) renewed(at time.Time) { c.end.Store(at.Add(numberLife).UnixMicro()) }

// mostBehind is how far the clock may be behind the newest stored call when a node starts. It
// is less than numberLife, so the first numbers lie within the lease.
const mostBehind = 5 * time.Second

// checkClock refuses a start that would have to wait long until the clock has passed what
// is stored: numbers of calls never go back, and a clock that far off is wrong, now or then.
func (a *App) checkClock(behind time.Duration) error {
	const shown = "2006-01-02 15:04:05 -0700"
	newest, now := time.Unix(a.floor, 0).In(quartet.Shanghai).Format(shown), a.Now().In(quartet.Shanghai).Format(shown)
	switch {
	case behind > mostBehind:
		return quartet.Errorf(quartet.ErrUnavailable, "the newest stored call is of %s and this machine's clock shows %s: set the clock right; if it is right, the node can start after that time", newest, now)
	case behind > time.Second: // less is the wait of every start
		a.Log.Warn("waiting until the clock has passed the newest stored call", "newest", newest, "clock", now)
	}
	return nil
}
