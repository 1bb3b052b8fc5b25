package pay

import (
	"context"
	"sync"
	"time"

	"quartet"
	"quartet/internal/audit"
)

// What strangers can make us write is bounded. A notice that is not its provider's leaves a
// count, and an audit entry a second. One of which nobody can tell for now, since no
// certificate can be fetched, is kept so often a minute; of more the provider is asked to
// send them again, and each attempt is watched besides.
const (
	judgeWithin = takeWithin / 2
	maxUnjudged = 60
	// judgeFor is how long what was kept so may wait for somebody who can tell. What it would
	// have told is asked for besides, and strangers may have sent as many as were kept.
	judgeFor = 24 * time.Hour
)

// allowance lets something be done so often a minute.
type allowance struct {
	mu    sync.Mutex
	since time.Time
	used  int
}

func (a *allowance) take(now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if now.Sub(a.since).Abs() >= time.Minute {
		a.since, a.used = now, 0
	}
	a.used++
	return a.used <= maxUnjudged
}

// noteForged counts a notice that is not its provider's.
func (c *Cashier) noteForged(ctx context.Context, provider string, why error, now time.Time) error {
	e := c.forgedEntry(provider, provider, why, now)
	if e.Action == "" {
		return nil
	}
	return c.store.Audit(ctx, e)
}

// refuseForged ends one that was kept because nothing could tell when it came.
func (c *Cashier) refuseForged(ctx context.Context, n quartet.Notice, why error) (refused, err error) {
	now := c.now()
	return why, c.store.EndNotice(ctx, n.ID, quartet.NoticeRefused, why.Error(), now, c.forgedEntry(n.Provider, n.ID, why, now))
}

// unjudgeable ends one of which nobody could tell in its time.
func (c *Cashier) unjudgeable(ctx context.Context, n quartet.Notice, why error) (refused, err error) {
	now, e := c.now(), quartet.AuditEntry{}
	if detail, due := c.refusals.Tell(n.Provider, "nobody could tell whether it is genuine: "+why.Error(), now); due {
		e = audit.Entry(now, n.Provider, "notice.refuse", n.ID, detail)
	}
	return why, c.store.EndNotice(ctx, n.ID, quartet.NoticeRefused, why.Error(), now, e)
}

// forgedEntry is the entry of a forged notice; none, while one was written a moment ago.
func (c *Cashier) forgedEntry(provider, subject string, why error, now time.Time) quartet.AuditEntry {
	c.forged(provider)
	detail, due := c.refusals.Tell(provider, why.Error(), now)
	if !due {
		return quartet.AuditEntry{}
	}
	return audit.Entry(now, provider, "notice.refuse", subject, detail)
}
