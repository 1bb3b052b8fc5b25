package store

import (
	"context"
	"database/sql"
	"time"

	"quartet"
)

const jobColumns = `id, kind, job_key, state, tries, next_at, lease, error, created_at, ended_at`

// enqueue writes a job with the change that asks for it. One of its kind and key that
// stands already stays as it is.
func enqueue(ctx context.Context, tx *sql.Tx, jobs ...quartet.Job) error {
	for _, j := range jobs {
		if _, err := tx.ExecContext(ctx, `INSERT INTO job (`+jobColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (kind, job_key) DO NOTHING`,
			j.ID, j.Kind, j.Key, string(quartet.JobWaiting), 0, micros(j.NextAt), 0, "", micros(j.Created), 0); err != nil {
			return err
		}
	}
	return nil
}

// event writes one business event, whole or not at all: what f does, the entry that says
// who did it, and the work that it asks for.
func (s *Store) event(ctx context.Context, e quartet.AuditEntry, jobs []quartet.Job, f func(ctx context.Context, tx *sql.Tx) error) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := f(ctx, tx); err != nil {
			return err
		}
		if err := enqueue(ctx, tx, jobs...); err != nil {
			return err
		}
		return s.audit(ctx, tx, e)
	})
}

// PutJobs writes jobs that no change asks for, such as those of a day.
func (s *Store) PutJobs(ctx context.Context, jobs ...quartet.Job) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error { return enqueue(ctx, tx, jobs...) })
}

// ClaimJobs leases jobs that are due, or whose lease is over, until a time: at most limit,
// those that wait longest first. No other node gets them meanwhile.
func (s *Store) ClaimJobs(ctx context.Context, now, lease time.Time, limit int) (claimed []quartet.Job, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		claimed, err = collect(ctx, tx, scanJob, `UPDATE job SET state = 'running', tries = tries + 1, lease = $2 WHERE id IN (
				SELECT id FROM job WHERE state = 'waiting' AND next_at <= $1 OR state = 'running' AND lease <= $1
				ORDER BY next_at, id LIMIT $3`+s.dialect.skipLocked+`)
			RETURNING `+jobColumns, micros(now), micros(lease), limit)
		return err
	})
	return claimed, err
}

// EndJob writes what became of a job that was claimed: done, dead, or waiting for NextAt
// again. ErrConflict: its lease was over and somebody else has it.
func (s *Store) EndJob(ctx context.Context, j quartet.Job) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE job SET state = $3, next_at = $4, lease = 0, error = $5, ended_at = $6 WHERE id = $1 AND tries = $2 AND state = 'running'`,
			j.ID, j.Tries, string(j.State), micros(j.NextAt), j.Error, micros(j.Ended))
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return quartet.Errorf(quartet.ErrConflict, "another one has taken this job over")
		}
		return nil
	})
}

// RestartJob lets a dead job be tried anew from now on. ErrNotFound: no such one is dead.
func (s *Store) RestartJob(ctx context.Context, id string, now time.Time, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE job SET state = 'waiting', next_at = $2, ended_at = 0 WHERE id = $1 AND state = 'dead'`, id, micros(now))
		return mustTouch(res, err, "dead job")
	})
}

// Jobs lists jobs in a state, or in all for "", newest first, at most limit; before is the
// id of one behind which the list goes on. Ids are in the order of time.
func (s *Store) Jobs(ctx context.Context, state quartet.JobState, before string, limit int) ([]quartet.Job, error) {
	return collect(ctx, s.reader, scanJob, `SELECT `+jobColumns+` FROM job WHERE ($1 = '' OR state = $1) AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3`, string(state), before, limit)
}

func scanJob(row scanner) (quartet.Job, error) {
	var (
		j                           quartet.Job
		state                       string
		next, lease, created, ended int64
	)
	err := row.Scan(&j.ID, &j.Kind, &j.Key, &state, &j.Tries, &next, &lease, &j.Error, &created, &ended)
	j.State = quartet.JobState(state)
	j.NextAt, j.Lease, j.Created, j.Ended = fromMicros(next), fromMicros(lease), fromMicros(created), fromMicros(ended)
	return j, err
}
