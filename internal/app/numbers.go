package app

import (
	"sync/atomic"
	"time"
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
