package store

import (
	"context"
	"database/sql"
	"time"

	"quartet"
)

// lockBatch reads a batch of an account that is about to change. ErrNotFound: it has none of
// that id.
func (s *Store) lockBatch(ctx context.Context, tx *sql.Tx, account, id string) (quartet.Batch, error) {
	return one(ctx, tx, "batch", scanBatch, `SELECT `+batchColumns+` FROM batch WHERE id = $1 AND account_id = $2`+s.dialect.forLock, id, account)
}

// TurnBatch changes where a batch stands, as decide says of it under lock: its state, why, its
// credential, its ceiling, its run and its times are written as decide leaves them. Nothing is
// written when decide fails, or leaves the state as it was and asks for no job.
func (s *Store) TurnBatch(ctx context.Context, account, id string, decide func(b *quartet.Batch) ([]quartet.Job, quartet.AuditEntry, error)) (b quartet.Batch, err error) {
	var asked bool
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if b, err = s.lockBatch(ctx, tx, account, id); err != nil {
			return err
		}
		before := b.State
		jobs, e, err := decide(&b)
		if err != nil || before == b.State && len(jobs) == 0 {
			return err
		}
		if err := turnBatch(ctx, tx, &b); err != nil {
			return err
		}
		asked = len(jobs) > 0
		if err := enqueue(ctx, tx, jobs...); err != nil {
			return err
		}
		return s.audit(ctx, tx, e)
	})
	if err == nil && asked {
		s.nudge()
	}
	return b, err
}

func turnBatch(ctx context.Context, tx *sql.Tx, b *quartet.Batch) error {
	_, err := tx.ExecContext(ctx, `UPDATE batch SET state = $2, why = $3, credential_id = $4, ceiling = $5, run = $6, changed_at = $7, started_at = $8, ended_at = $9, base = $10 WHERE id = $1`,
		b.ID, string(b.State), b.Why, b.Credential, b.Ceiling, b.Run, micros(b.Changed), micros(b.Started), micros(b.Ended), b.Base)
	return err
}

// batchAgainAtOnce is how many rows are made ready at once: nobody's call waits for a million.
const batchAgainAtOnce = 1000

// AskAgain makes rows of a batch ready that have an end without a verdict: those that are
// unknown, or those that were refused. It goes with TurnBatch: decide sees the counts as they
// are then, and is asked before each thousand rows. What an AskAgain made ready that was cut off
// is counted as ready, and goes along with the next one.
func (s *Store) AskAgain(ctx context.Context, account, id string, refused bool, decide func(b *quartet.Batch, rows int64) ([]quartet.Job, quartet.AuditEntry, error)) (b quartet.Batch, err error) {
	again := againUnknown
	if refused {
		again = againRefused
	}
	for !again.over {
		var next asking // a transaction that is begun anew begins where the last one ended
		err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
			b, next, err = s.askAgain(ctx, tx, account, id, again, decide)
			return err
		})
		if err != nil {
			return b, err
		}
		again = next
	}
	s.nudge()
	return b, nil
}

// asking is how far an AskAgain has come.
type asking struct {
	which string // rows
	count func(*quartet.BatchCount) *int64
	after int64 // in the order of the file
	ready int64 // that were made so
	begun bool
	over  bool
}

var (
	againUnknown = asking{which: `state = 'unknown'`, count: func(c *quartet.BatchCount) *int64 { return &c.Unknown }}
	againRefused = asking{which: `state = 'answered' AND verdict = 0`, count: func(c *quartet.BatchCount) *int64 { return &c.Refused }}
)

func (s *Store) askAgain(ctx context.Context, tx *sql.Tx, account, id string, a asking, decide func(b *quartet.Batch, rows int64) ([]quartet.Job, quartet.AuditEntry, error)) (quartet.Batch, asking, error) {
	b, err := s.lockBatch(ctx, tx, account, id)
	if err != nil {
		return b, a, err
	}
	if !a.begun && b.State == quartet.BatchDone {
		a.ready = b.Count.Ready()
	}
	jobs, e, err := decide(&b, a.ready+*a.count(&b.Count))
	if err != nil {
		return b, a, err
	}
	made, last, err := againRows(ctx, tx, id, a.which, a.after)
	if err != nil {
		return b, a, err
	}
	left := a.count(&b.Count)
	if *left -= made; *left < 0 || made == 0 && *left > 0 && a.after == 0 {
		return b, a, quartet.Errorf(quartet.ErrUnavailable, "store: the rows of the batch are not those that it counts")
	}
	a.begun, a.ready, a.after, a.over = true, a.ready+made, last, *left == 0
	if made < batchAgainAtOnce {
		a.after = 0 // a row before may have ended meanwhile
	}
	if _, err := tx.ExecContext(ctx, `UPDATE batch SET refused = $2, unknown_count = $3 WHERE id = $1`, id, b.Count.Refused, b.Count.Unknown); err != nil || !a.over {
		return b, a, err
	}
	b.Base = b.Count.Finished()
	if err := turnBatch(ctx, tx, &b); err != nil {
		return b, a, err
	}
	if err := enqueue(ctx, tx, jobs...); err != nil {
		return b, a, err
	}
	return b, a, s.audit(ctx, tx, e)
}

// againRows makes the next rows ready, in the order of the file behind the row after, and tells
// how many and the last of them.
func againRows(ctx context.Context, tx *sql.Tx, id, which string, after int64) (made, last int64, err error) {
	rows, err := collect(ctx, tx, func(row scanner) (n int64, err error) {
		err = row.Scan(&n)
		return n, err
	}, `UPDATE batch_row SET state = 'ready', code = 0, second = 0, n = 0, sent_at = 0, most = 0, reason = '' WHERE batch_id = $1
		AND row_no IN (SELECT row_no FROM batch_row WHERE batch_id = $1 AND row_no > $2 AND `+which+` ORDER BY row_no LIMIT $3) RETURNING row_no`, id, after, batchAgainAtOnce)
	for _, n := range rows {
		after = max(after, n)
	}
	return int64(len(rows)), after, err
}

// DriveBatch makes a try of a job the one that may send rows of a batch, until lease. mine is
// false while another try drives this batch or another one of its account: so an account has
// one driver, on whatever node. alone: there is no other process, and the caller knows that
// none of its own tries drives.
func (s *Store) DriveBatch(ctx context.Context, id, driver string, now, lease time.Time, alone bool) (b quartet.Batch, mine bool, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if b, err = one(ctx, tx, "batch", scanBatch, `SELECT `+batchColumns+` FROM batch WHERE id = $1`, id); err != nil {
			return err
		}
		if err := s.lockAccount(ctx, tx, b.Account); err != nil {
			return err
		}
		var driven int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM batch WHERE account_id = $1 AND driver <> '' AND lease > $2`, b.Account, micros(now)).Scan(&driven); err != nil {
			return err
		}
		if mine = alone || driven == 0; !mine {
			return nil
		}
		if _, err := tx.ExecContext(ctx, `UPDATE batch SET driver = '' WHERE account_id = $1 AND driver <> ''`, b.Account); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE batch SET driver = $2, lease = $3 WHERE id = $1`, id, driver, micros(lease))
		return err
	})
	return b, mine, err
}

// StepBatch writes in one transaction what became of rows that were sent, and which are sent
// next under which numbers: before anybody is asked about them. An end counts only for the
// number under which the row was sent, so one that comes twice changes nothing. go on is false,
// and nothing is sent, when the batch runs no more, or has another driver or another run.
//
// back are rows that were sent and that surely nobody was asked about: they are ready again.
func (s *Store) StepBatch(ctx context.Context, id, driver string, run int64, lease time.Time, ends, back, next []quartet.BatchRow) (b quartet.Batch, goOn bool, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var change quartet.BatchCount
		if b, err = one(ctx, tx, "batch", scanBatch, `SELECT `+batchColumns+` FROM batch WHERE id = $1`+s.dialect.forLock, id); err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `UPDATE batch SET lease = $3 WHERE id = $1 AND driver = $2 AND run = $4 AND state = 'running'`, id, driver, micros(lease), run)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if goOn = n > 0; err != nil {
			return err
		}
		if change, err = endRows(ctx, tx, id, ends, back); err != nil {
			return err
		}
		if goOn {
			if err := sendRows(ctx, tx, id, next, &change); err != nil {
				return err
			}
		}
		b.Count.Add(change)
		_, err = tx.ExecContext(ctx, `UPDATE batch SET sent = $2, matched = $3, mismatched = $4, undetermined = $5, refused = $6, unknown_count = $7, charged = $8, reserved = $9 WHERE id = $1`,
			id, b.Count.Sent, b.Count.Matched, b.Count.Mismatched, b.Count.Undetermined, b.Count.Refused, b.Count.Unknown, b.Count.Charged, b.Count.Reserved)
		return err
	})
	return b, goOn && err == nil, err
}

// endRows writes the ends of rows, each for the number under which it was sent.
func endRows(ctx context.Context, tx *sql.Tx, id string, ends, back []quartet.BatchRow) (change quartet.BatchCount, err error) {
	if len(ends)+len(back) == 0 {
		return change, nil
	}
	end, err := tx.PrepareContext(ctx, `UPDATE batch_row SET state = $5, code = $6, verdict = $7, reason = $8, differs = $9, charged = $10, second = $11, n = $12
		WHERE batch_id = $1 AND row_no = $2 AND second = $3 AND n = $4 AND state = 'sent'`)
	if err != nil {
		return change, err
	}
	defer func() { _ = end.Close() }()
	write := func(r *quartet.BatchRow, state quartet.RowState, no quartet.SeqNo) error {
		res, err := end.ExecContext(ctx, id, r.Row, r.SeqNo.Second, int64(r.SeqNo.N), string(state), int64(r.Code), int64(r.Verdict), string(r.Reason), int64(r.Differs), r.Charged, no.Second, int64(no.N))
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		change.Sent--
		change.Reserved -= r.Most
		if state != quartet.RowReady {
			change.Add(r.Tally())
		}
		return nil
	}
	for i := range ends {
		if err := write(&ends[i], ends[i].State, ends[i].SeqNo); err != nil {
			return change, err
		}
	}
	for i := range back {
		if err := write(&back[i], quartet.RowReady, quartet.SeqNo{}); err != nil {
			return change, err
		}
	}
	return change, nil
}

// sendRows writes down that rows are sent, and under which numbers.
func sendRows(ctx context.Context, tx *sql.Tx, id string, next []quartet.BatchRow, change *quartet.BatchCount) error {
	if len(next) == 0 {
		return nil
	}
	send, err := tx.PrepareContext(ctx, `UPDATE batch_row SET state = 'sent', second = $3, n = $4, sent_at = $5, most = $6 WHERE batch_id = $1 AND row_no = $2 AND state = 'ready'`)
	if err != nil {
		return err
	}
	defer func() { _ = send.Close() }()
	for i := range next {
		r := &next[i]
		res, err := send.ExecContext(ctx, id, r.Row, r.SeqNo.Second, int64(r.SeqNo.N), micros(r.Sent), r.Most)
		if err := mustChange(res, err, "a row of this batch was sent by somebody else"); err != nil {
			return err
		}
		change.Sent++
		change.Reserved += r.Most
	}
	return nil
}

// LeaveBatch ends the drive of a try. It may say what the batch has come to then: paused or
// done, if this run of it goes on and this try drives it; else it stays as it is: one that was
// resumed or asked again meanwhile has come to nothing yet.
func (s *Store) LeaveBatch(ctx context.Context, id, driver string, run int64, state quartet.BatchState, why string, now time.Time) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if state != "" {
			var ended int64
			if state == quartet.BatchDone {
				ended = micros(now)
			}
			if _, err := tx.ExecContext(ctx, `UPDATE batch SET state = $3, why = $4, changed_at = $5, ended_at = $6 WHERE id = $1 AND driver = $2 AND run = $7 AND state = 'running'`,
				id, driver, string(state), why, micros(now), ended, run); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `UPDATE batch SET driver = '', lease = 0 WHERE id = $1 AND driver = $2`, id, driver)
		return err
	})
}
