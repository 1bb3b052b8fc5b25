package store

import (
	"context"
	"database/sql"
	"time"

	"quartet"
)

func scanBatchRow(row scanner) (quartet.BatchRow, error) {
	var (
		r                                             quartet.BatchRow
		id, state, fault, reason                      string
		code, fields, tail, n, sent, verdict, differs int64
		params                                        []byte
	)
	err := row.Scan(&id, &r.Row, &r.Line, &state, &code, &fault, &fields, &r.Twin, &params, &tail, &r.SeqNo.Second, &n, &sent, &r.Most, &verdict, &reason, &differs, &r.Charged)
	r.State, r.Code, r.Fault, r.Fields, r.Tail = quartet.RowState(state), quartet.Code(code), quartet.RejectCode(fault), quartet.ElementSet(fields), quartet.ElementSet(tail)
	r.SeqNo.N, r.Sent, r.Verdict, r.Reason, r.Differs = uint64(n), fromMicros(sent), quartet.Verdict(verdict), quartet.Reason(reason), quartet.ElementSet(differs)
	copy(r.Params[:], params)
	return r, err
}

// Batch finds a batch. ErrNotFound: there is none of that id.
func (s *Store) Batch(ctx context.Context, id string) (quartet.Batch, error) {
	return one(ctx, s.reader, "batch", scanBatch, `SELECT `+batchColumns+` FROM batch WHERE id = $1`, id)
}

// Batches lists the batches of an account, or of all for "", newest first, at most limit,
// behind the one of the id before. Ids are in the order of time.
func (s *Store) Batches(ctx context.Context, account, before string, limit int) ([]quartet.Batch, error) {
	return collect(ctx, s.reader, scanBatch, `SELECT `+batchColumns+` FROM batch WHERE ($1 = '' OR account_id = $1) AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3`, account, before, limit)
}

// BatchRows lists rows of a batch in the order of the file, behind the row after, at most limit.
func (s *Store) BatchRows(ctx context.Context, id string, after int64, limit int) ([]quartet.BatchRow, error) {
	return collect(ctx, s.reader, scanBatchRow, `SELECT `+batchRowColumns+` FROM batch_row WHERE batch_id = $1 AND row_no > $2 ORDER BY row_no LIMIT $3`, id, after, limit)
}

// ReadyRows lists the rows of a batch that can be sent, likewise.
func (s *Store) ReadyRows(ctx context.Context, id string, after int64, limit int) ([]quartet.BatchRow, error) {
	return collect(ctx, s.reader, scanBatchRow, `SELECT `+batchRowColumns+` FROM batch_row WHERE batch_id = $1 AND row_no > $2 AND state = 'ready' ORDER BY row_no LIMIT $3`, id, after, limit)
}

// SentRows lists the rows of a batch that were sent and have no end. They are few: no more
// than are sent at once.
func (s *Store) SentRows(ctx context.Context, id string) ([]quartet.BatchRow, error) {
	return collect(ctx, s.reader, scanBatchRow, `SELECT `+batchRowColumns+` FROM batch_row WHERE batch_id = $1 AND state = 'sent' ORDER BY row_no`, id)
}

// FaultyRows lists the rows of a batch that are not asked about, likewise.
func (s *Store) FaultyRows(ctx context.Context, id string, after int64, limit int) ([]quartet.BatchRow, error) {
	return collect(ctx, s.reader, scanBatchRow, `SELECT `+batchRowColumns+` FROM batch_row WHERE batch_id = $1 AND row_no > $2 AND state IN ('broken', 'duplicate') ORDER BY row_no LIMIT $3`, id, after, limit)
}

// BatchFaults counts the broken rows of a batch by what is wrong with them.
func (s *Store) BatchFaults(ctx context.Context, id string) ([]quartet.BatchFault, error) {
	return collect(ctx, s.reader, func(row scanner) (f quartet.BatchFault, err error) {
		var (
			code, fields int64
			fault        string
		)
		err = row.Scan(&code, &fault, &fields, &f.Rows)
		f.Code, f.Fault, f.Fields = quartet.Code(code), quartet.RejectCode(fault), quartet.ElementSet(fields)
		return f, err
	}, `SELECT code, fault, fields, count(*) FROM batch_row WHERE batch_id = $1 AND state = 'broken' GROUP BY code, fault, fields ORDER BY code, fault, fields`, id)
}

// BatchPart reads what is sealed in a part. ErrNotFound: it is erased.
func (s *Store) BatchPart(ctx context.Context, id, kind string, part int64) ([]byte, error) {
	return one(ctx, s.reader, "part of this batch, which may be erased,", func(row scanner) (sealed []byte, err error) {
		err = row.Scan(&sealed)
		return sealed, err
	}, `SELECT sealed FROM batch_part WHERE batch_id = $1 AND kind = $2 AND part = $3`, id, kind, part)
}

// BatchCall tells what became of a row that was sent: the call of its number, if that is
// durable and is the row's own, or that units are still held for it.
func (s *Store) BatchCall(ctx context.Context, no quartet.SeqNo) (c quartet.Call, found, held bool, err error) {
	calls, err := collect(ctx, s.reader, scanCall, `SELECT `+callColumns+` FROM call WHERE second = $1 AND n = $2`, no.Second, int64(no.N))
	if err != nil || len(calls) > 0 {
		return first(calls), err == nil, false, err
	}
	holds, err := collect(ctx, s.reader, scanHold, `SELECT `+holdColumns+` FROM hold WHERE second = $1 AND n = $2`, no.Second, int64(no.N))
	if err != nil || len(holds) > 0 {
		return c, false, true, err
	}
	// It may have been settled between the two looks.
	calls, err = collect(ctx, s.reader, scanCall, `SELECT `+callColumns+` FROM call WHERE second = $1 AND n = $2`, no.Second, int64(no.N))
	return first(calls), err == nil && len(calls) > 0, false, err
}

func first(calls []quartet.Call) (c quartet.Call) {
	if len(calls) > 0 {
		c = calls[0]
	}
	return c
}

// EraseBatch erases what is kept of the people of a batch: its file, its people and its rows.
// The counts stay. One that could still go on is cancelled. ErrConflict: it runs, or rows of
// it are on the road. Wherever it is cut off, nothing is shown any more, and the next call
// goes on.
func (s *Store) EraseBatch(ctx context.Context, id string, now time.Time, e quartet.AuditEntry) error {
	return s.eraseBatch(ctx, id, now, e, func(context.Context, *sql.Tx) error { return nil })
}

// EraseDueBatch is EraseBatch for one that DueBatches has listed for these instants. ErrConflict:
// something has happened to it since, and it is due no more.
func (s *Store) EraseDueBatch(ctx context.Context, id string, now, before, broken time.Time) error {
	return s.eraseBatch(ctx, id, now, quartet.AuditEntry{}, func(ctx context.Context, tx *sql.Tx) error {
		due, err := collect(ctx, tx, scanInt, `SELECT 1 FROM batch WHERE id = $1 AND (erased_at <> 0 OR changed_at < $2 OR state = 'uploading' AND changed_at < $3)`+s.dialect.forLock, id, micros(before), micros(broken))
		if err == nil && len(due) == 0 {
			err = quartet.Errorf(quartet.ErrConflict, "this batch is due no more")
		}
		return err
	})
}

func (s *Store) eraseBatch(ctx context.Context, id string, now time.Time, e quartet.AuditEntry, holds func(context.Context, *sql.Tx) error) error {
	err := s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		if err := holds(ctx, tx); err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `UPDATE batch SET erased_at = CASE WHEN erased_at = 0 THEN $2 ELSE erased_at END, run = run + 1,
				ended_at = CASE WHEN ended_at = 0 THEN $2 ELSE ended_at END,
				state = CASE WHEN state IN ('done', 'failed', 'cancelled') THEN state ELSE 'cancelled' END
			WHERE id = $1 AND state <> 'running' AND sent = 0`, id, micros(now))
		return mustChange(res, err, "rows of this batch are on the road; cancel it, and erase it when they have come to their ends")
	})
	if err != nil {
		return err
	}
	if err := s.DropBatchFile(ctx, id); err != nil {
		return err
	}
	return s.clearBatch(ctx, id, func(context.Context, *sql.Tx) error { return nil }) // nothing is checked of it ever again
}

// DueBatches lists batches whose people are to be erased: those that came to where they stand
// before an instant and do not run, and those whose file broke off before another one; and
// those whose erasure was cut off.
func (s *Store) DueBatches(ctx context.Context, before, broken time.Time) ([]string, error) {
	return collect(ctx, s.reader, scanText, `SELECT id FROM batch WHERE erased_at = 0 AND changed_at < $1 AND state <> 'running' AND sent = 0
		UNION SELECT id FROM batch WHERE erased_at = 0 AND changed_at < $2 AND state = 'uploading'
		UNION SELECT DISTINCT batch_id FROM batch_part WHERE batch_id IN (SELECT id FROM batch WHERE erased_at <> 0)
		UNION SELECT id FROM batch WHERE erased_at <> 0 AND EXISTS (SELECT 1 FROM batch_row WHERE batch_id = id)`, micros(before), micros(broken))
}

// StalledBatches lists batches that wait for a job that was given up, be it only for what became of
// their rows on the road.
func (s *Store) StalledBatches(ctx context.Context) ([]quartet.Batch, error) {
	return collect(ctx, s.reader, scanBatch, `SELECT `+batchColumns+` FROM batch WHERE erased_at = 0 AND (state IN ('checking', 'running') OR sent > 0) AND EXISTS (
		SELECT 1 FROM job WHERE kind IN ('`+quartet.JobBatchCheck+`', '`+quartet.JobBatchRun+`') AND job_key = batch.id || '/' || CAST(batch.run AS TEXT) AND job.state = 'dead')`)
}
