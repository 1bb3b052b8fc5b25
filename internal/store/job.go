package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"quartet"
)

const jobColumns = `id, kind, job_key, state, tries, next_at, lease, error, created_at, ended_at, failed`

// enqueue writes a job with the change that asks for it. One of its kind and key that
// stands already stays as it is.
func enqueue(ctx context.Context, tx executor, jobs ...quartet.Job) error {
	for _, j := range jobs {
		if _, err := tx.ExecContext(ctx, `INSERT INTO job (`+jobColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0) ON CONFLICT (kind, job_key) DO NOTHING`,
			j.ID, j.Kind, j.Key, string(quartet.JobWaiting), 0, micros(j.NextAt), 0, "", micros(j.Created), 0); err != nil {
			return err
		}
	}
	return nil
}

// event writes one business event, whole or not at all: what f does, the entry that says
// who did it, and the work that it asks for.
func (s *Store) event(ctx context.Context, e quartet.AuditEntry, jobs []quartet.Job, f func(ctx context.Context, tx *sql.Tx) error) error {
	err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := f(ctx, tx); err != nil {
			return err
		}
		if err := enqueue(ctx, tx, jobs...); err != nil {
			return err
		}
		return s.audit(ctx, tx, e)
	})
	if err == nil && len(jobs) > 0 {
		s.nudge()
	}
	return err
}

// PutJobs writes jobs that no change asks for, such as those of a day.
func (s *Store) PutJobs(ctx context.Context, jobs ...quartet.Job) error {
	return s.event(ctx, quartet.AuditEntry{}, jobs, func(context.Context, *sql.Tx) error { return nil })
}

// JobsWritten has something to read when jobs were written by this process, so that they
// need not wait for the next look. It has one reader.
func (s *Store) JobsWritten() <-chan struct{} { return s.written }

func (s *Store) nudge() {
	select {
	case s.written <- struct{}{}:
	default: // nobody has seen the last one yet
	}
}

// due are jobs whose time has come, or whose lease is over: both have been due before.
const due = `state IN ('waiting', 'running') AND next_at <= $1 AND (state = 'waiting' OR lease <= $1)`

// ClaimJobs leases jobs of these kinds that are due, or whose lease is over, until a time:
// at most limit, those that wait longest first. No other node gets them meanwhile. Of one
// whose lease was over nothing was heard, which counts as a failure.
func (s *Store) ClaimJobs(ctx context.Context, kinds []string, now, lease time.Time, limit int) (claimed []quartet.Job, err error) {
	if len(kinds) == 0 {
		return nil, nil
	}
	which := due + ` AND kind IN (` + placeholders(2, len(kinds)) + `)`
	args := make([]any, 0, len(kinds)+3)
	args = append(args, micros(now))
	for _, k := range kinds {
		args = append(args, k)
	}
	// Mostly there is none, which readers can tell without the one writer.
	some, err := collect(ctx, s.reader, scanText, `SELECT id FROM job WHERE `+which+` LIMIT 1`, args...)
	if err != nil || len(some) == 0 {
		return nil, err
	}
	n := len(args)
	args = append(args, micros(lease), limit)
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		claimed, err = collect(ctx, tx, scanJob, fmt.Sprintf(`WITH free AS MATERIALIZED (SELECT id FROM job WHERE `+which+` ORDER BY next_at, id LIMIT $%d`+s.dialect.skipLocked+`)
			UPDATE job SET failed = failed + CASE state WHEN 'running' THEN 1 ELSE 0 END, state = 'running', tries = tries + 1, lease = $%d
			WHERE id IN (SELECT id FROM free) RETURNING `+jobColumns, n+2, n+1), args...)
		return err
	})
	slices.SortFunc(claimed, func(a, b quartet.Job) int { return cmp.Or(a.NextAt.Compare(b.NextAt), strings.Compare(a.ID, b.ID)) })
	return claimed, err
}

// FreeJobs ends every lease: the jobs are due again at once, and that nothing was heard of
// them counts as a failure of each. Only who knows that nobody else is doing jobs may ask.
func (s *Store) FreeJobs(ctx context.Context) (freed int64, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE job SET state = 'waiting', lease = 0, failed = failed + 1 WHERE state = 'running'`)
		if err != nil {
			return err
		}
		freed, err = res.RowsAffected()
		return err
	})
	return freed, err
}

// placeholders is a list of n placeholders from number first on.
func placeholders(first, n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = "$" + strconv.Itoa(first+i)
	}
	return strings.Join(list, ", ")
}

// RenewJob lets the lease of a job that is still being done last until another time.
// ErrConflict: it was over, and somebody else has the job.
func (s *Store) RenewJob(ctx context.Context, j quartet.Job, lease time.Time) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE job SET lease = $3 WHERE id = $1 AND tries = $2 AND state = 'running'`, j.ID, j.Tries, micros(lease))
		return takenOver(res, err)
	})
}

// EndJob writes what became of a job that was claimed: done, dead, or waiting for NextAt
// again. ErrConflict: its lease was over and somebody else has it.
func (s *Store) EndJob(ctx context.Context, j quartet.Job) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE job SET state = $3, next_at = $4, lease = 0, error = $5, ended_at = $6, failed = $7 WHERE id = $1 AND tries = $2 AND state = 'running'`,
			j.ID, j.Tries, string(j.State), micros(j.NextAt), j.Error, micros(j.Ended), j.Failed)
		return takenOver(res, err)
	})
}

func takenOver(res sql.Result, err error) error {
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return quartet.Errorf(quartet.ErrConflict, "another one has taken this job over")
	}
	return nil
}

// RestartJob lets a dead job be tried anew from now on. ErrNotFound: no such one is dead.
func (s *Store) RestartJob(ctx context.Context, id string, now time.Time, e quartet.AuditEntry) error {
	err := s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE job SET state = 'waiting', next_at = $2, ended_at = 0, failed = 0 WHERE id = $1 AND state = 'dead'`, id, micros(now))
		return mustTouch(res, err, "dead job")
	})
	if err == nil {
		s.nudge()
	}
	return err
}

// Jobs lists jobs in a state, or in all for "", newest first, at most limit; before is the
// id of one behind which the list goes on. Ids are in the order of time.
func (s *Store) Jobs(ctx context.Context, state quartet.JobState, before string, limit int) ([]quartet.Job, error) {
	return collect(ctx, s.reader, scanJob, `SELECT `+jobColumns+` FROM job WHERE ($1 = '' OR state = $1) AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3`, string(state), before, limit)
}

// JobCounts counts the jobs in each state.
func (s *Store) JobCounts(ctx context.Context) (map[quartet.JobState]int64, error) {
	type count struct {
		state quartet.JobState
		n     int64
	}
	list, err := collect(ctx, s.reader, func(row scanner) (c count, err error) {
		err = row.Scan(&c.state, &c.n)
		return c, err
	}, `SELECT state, count(*) FROM job GROUP BY state`)
	counts := make(map[quartet.JobState]int64, len(list))
	for _, c := range list {
		counts[c.state] = c.n
	}
	return counts, err
}

func scanText(row scanner) (text string, err error) {
	err = row.Scan(&text)
	return text, err
}

func scanJob(row scanner) (quartet.Job, error) {
	var (
		j                           quartet.Job
		state                       string
		next, lease, created, ended int64
	)
	err := row.Scan(&j.ID, &j.Kind, &j.Key, &state, &j.Tries, &next, &lease, &j.Error, &created, &ended, &j.Failed)
	j.State = quartet.JobState(state)
	j.NextAt, j.Lease, j.Created, j.Ended = fromMicros(next), fromMicros(lease), fromMicros(created), fromMicros(ended)
	return j, err
}
