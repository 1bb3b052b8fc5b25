package job

import (
	"context"
	"time"

	"quartet"
	"quartet/internal/audit"
)

// Records are the jobs as people look at them.
type Records interface {
	Jobs(ctx context.Context, state quartet.JobState, before string, limit int) ([]quartet.Job, error)
	RestartJob(ctx context.Context, id string, now time.Time, e quartet.AuditEntry) error
}

// Desk is where people look at jobs.
type Desk struct {
	records Records
	now     func() time.Time
}

// NewDesk makes a desk.
func NewDesk(records Records, now func() time.Time) *Desk {
	return &Desk{records: records, now: now}
}

// List lists jobs in a state, or in all for "", newest first, at most limit, behind the one
// whose id is before.
func (d *Desk) List(ctx context.Context, state quartet.JobState, before string, limit int) ([]quartet.Job, error) {
	return d.records.Jobs(ctx, state, before, limit)
}

// Restart lets a dead job be tried anew. ErrNotFound: no such one is dead.
func (d *Desk) Restart(ctx context.Context, by, id string) error {
	now := d.now()
	return d.records.RestartJob(ctx, id, now, audit.Entry(now, by, "job.restart", id, ""))
}
