package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"
	"time"

	"quartet"
)

const (
	batchColumns = `id, account_id, product_id, credential_id, name, created_by, state, why, columns_json, headless, bytes, parts, run, ceiling,
	row_count, broken, duplicates, sent, matched, mismatched, undetermined, refused, unknown_count, charged, reserved,
	created_at, changed_at, started_at, ended_at, erased_at, base`
	batchRowColumns = `batch_id, row_no, line, state, code, fault, fields, twin, params, tail, second, n, sent_at, most, verdict, reason, differs, charged`
	batchRowArity   = 18
	// batchRowsAtOnce is how many rows one statement writes.
	batchRowsAtOnce = 25
)

func scanBatch(row scanner) (quartet.Batch, error) {
	var (
		b                                        quartet.Batch
		state, columns                           string
		headless                                 int64
		created, changed, started, ended, erased int64
	)
	c := &b.Count
	err := row.Scan(&b.ID, &b.Account, &b.Product, &b.Credential, &b.Name, &b.By, &state, &b.Why, &columns, &headless, &b.Bytes, &b.Parts, &b.Run, &b.Ceiling,
		&c.Rows, &c.Broken, &c.Duplicates, &c.Sent, &c.Matched, &c.Mismatched, &c.Undetermined, &c.Refused, &c.Unknown, &c.Charged, &c.Reserved,
		&created, &changed, &started, &ended, &erased, &b.Base)
	if err == nil {
		err = json.Unmarshal([]byte(columns), &b.Columns)
	}
	b.State, b.Headless = quartet.BatchState(state), headless == 1
	b.Created, b.Changed, b.Started, b.Ended, b.Erased = fromMicros(created), fromMicros(changed), fromMicros(started), fromMicros(ended), fromMicros(erased)
	return b, err
}

func columnsText(columns []string) (string, error) {
	if columns == nil {
		columns = []string{}
	}
	text, err := json.Marshal(columns)
	return string(text), err
}

// OpenBatch begins a batch whose file is about to come, unless as many of the account as most
// hold something that is not erased. ErrLimited: they do.
func (s *Store) OpenBatch(ctx context.Context, b quartet.Batch, most int) error {
	columns, err := columnsText(b.Columns)
	if err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := s.lockAccount(ctx, tx, b.Account); err != nil {
			return err
		}
		var kept int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM batch WHERE account_id = $1 AND erased_at = 0`, b.Account).Scan(&kept); err != nil {
			return err
		}
		if kept >= most {
			return quartet.Errorf(quartet.ErrLimited, "the account keeps %d batches; erase one whose results are no longer needed", kept)
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO batch (`+batchColumns+`, driver, lease) VALUES ($1, $2, $3, '', $4, $5, $6, '', $7, $8, 0, 0, 0, 0,
			0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, $9, $9, 0, 0, 0, 0, '', 0)`,
			b.ID, b.Account, b.Product, b.Name, b.By, string(quartet.BatchUploading), columns, bit(b.Headless), micros(b.Created))
		return err
	})
}

// PutBatchPart writes one part of a file that is still coming, unless what is not erased of the
// account's files would be more than most bytes. ErrConflict: it comes no more. ErrLimited.
func (s *Store) PutBatchPart(ctx context.Context, id string, part int64, sealed []byte, most int64) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE batch SET parts = $2, bytes = bytes + $3 WHERE id = $1 AND state = 'uploading' AND parts = $2 - 1`, id, part+1, len(sealed))
		if err := mustChange(res, err, "this upload was given up; send the file again"); err != nil {
			return err
		}
		var kept int64
		if err := tx.QueryRowContext(ctx, `SELECT CAST(sum(bytes) AS BIGINT) FROM batch WHERE account_id = (SELECT account_id FROM batch WHERE id = $1) AND erased_at = 0`, id).Scan(&kept); err != nil {
			return err
		}
		if kept > most {
			return quartet.Errorf(quartet.ErrLimited, "the account keeps batches of %d MiB; erase one whose results are no longer needed", most>>20)
		}
		return putBatchPart(ctx, tx, id, quartet.PartFile, part, sealed)
	})
}

func putBatchPart(ctx context.Context, tx *sql.Tx, id, kind string, part int64, sealed []byte) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO batch_part (batch_id, kind, part, sealed) VALUES ($1, $2, $3, $4)`, id, kind, part, sealed)
	return err
}

// ReadBatch is how the columns of a batch are to be read from now on: the check begins with
// them, or waits for somebody to name them (uploaded). What an earlier check found no longer
// counts. ErrConflict: it has started, or is erased.
func (s *Store) ReadBatch(ctx context.Context, b quartet.Batch, jobs []quartet.Job, e quartet.AuditEntry) error {
	columns, err := columnsText(b.Columns)
	if err != nil {
		return err
	}
	return s.event(ctx, e, jobs, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE batch SET state = $2, why = '', columns_json = $3, headless = $4, bytes = $5, run = $6, changed_at = $7, row_count = 0, broken = 0, duplicates = 0
			WHERE id = $1 AND run = $6 - 1 AND started_at = 0 AND erased_at = 0 AND state IN ('uploading', 'uploaded', 'checking', 'checked', 'failed')`,
			b.ID, string(b.State), columns, bit(b.Headless), b.Bytes, b.Run, micros(b.Changed))
		return mustChange(res, err, "the columns of this batch are settled: it has started, or is erased, or somebody else has just named them")
	})
}

// ClearBatch removes what an earlier check found, chunk by chunk. ErrConflict: another check has
// begun, whose rows these would be, or somebody cancelled it.
func (s *Store) ClearBatch(ctx context.Context, b *quartet.Batch) error {
	return s.clearBatch(ctx, b.ID, s.whileChecking(b))
}

// whileChecking holds as long as a check is the one of its batch.
func (s *Store) whileChecking(b *quartet.Batch) func(context.Context, *sql.Tx) error {
	return func(ctx context.Context, tx *sql.Tx) error {
		mine, err := collect(ctx, tx, scanInt, `SELECT 1 FROM batch WHERE id = $1 AND run = $2 AND state = 'checking'`+s.dialect.forLock, b.ID, b.Run)
		if err == nil && len(mine) == 0 {
			err = quartet.Errorf(quartet.ErrConflict, "this check was given up")
		}
		return err
	}
}

func (s *Store) clearBatch(ctx context.Context, id string, holds func(context.Context, *sql.Tx) error) error {
	if err := s.inChunksWhile(ctx, holds, batchPartsAtOnce, `DELETE FROM batch_part WHERE batch_id = $2 AND kind = 'people' AND part IN (SELECT part FROM batch_part WHERE batch_id = $2 AND kind = 'people' LIMIT $1)`, id); err != nil {
		return err
	}
	return s.inChunksWhile(ctx, holds, batchDeleteAtOnce, `DELETE FROM batch_row WHERE batch_id = $2 AND row_no IN (SELECT row_no FROM batch_row WHERE batch_id = $2 LIMIT $1)`, id)
}

const (
	batchPartsAtOnce  = 16
	batchDeleteAtOnce = 2000
)

// DropBatchFile removes the file of a batch, of which only its people are needed any more.
func (s *Store) DropBatchFile(ctx context.Context, id string) error {
	if err := s.inChunks(ctx, batchPartsAtOnce, `DELETE FROM batch_part WHERE batch_id = $2 AND kind = 'file' AND part IN (SELECT part FROM batch_part WHERE batch_id = $2 AND kind = 'file' LIMIT $1)`, id); err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE batch SET parts = 0 WHERE id = $1`, id)
		return err
	})
}

// BatchTwins tells in which rows of a batch these people stand already.
func (s *Store) BatchTwins(ctx context.Context, id string, params []quartet.Fingerprint) (map[quartet.Fingerprint]int64, error) {
	type found struct {
		params quartet.Fingerprint
		row    int64
	}
	args := make([]any, 0, len(params)+1)
	args = append(args, id)
	for i := range params {
		args = append(args, params[i][:])
	}
	rows, err := collect(ctx, s.reader, func(row scanner) (f found, err error) {
		var params []byte
		err = row.Scan(&params, &f.row)
		copy(f.params[:], params)
		return f, err
	}, `SELECT params, row_no FROM batch_row WHERE batch_id = $1 AND params IN `+list(1, len(params)), args...)
	twins := make(map[quartet.Fingerprint]int64, len(rows))
	for _, f := range rows {
		twins[f.params] = f.row
	}
	return twins, err
}

// AddBatchRows writes the rows behind those that were checked before, with the people among
// them under seal. ErrConflict: another check has begun, or somebody cancelled it.
func (s *Store) AddBatchRows(ctx context.Context, b *quartet.Batch, rows []quartet.BatchRow, people []byte, found quartet.BatchCount) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE batch SET row_count = row_count + $4, broken = broken + $5, duplicates = duplicates + $6
			WHERE id = $1 AND run = $2 AND state = 'checking' AND row_count = $3`, b.ID, b.Run, b.Count.Rows, found.Rows, found.Broken, found.Duplicates)
		if err := mustChange(res, err, "this check was given up"); err != nil {
			return err
		}
		if err := putBatchPart(ctx, tx, b.ID, quartet.PartPeople, b.Count.Rows/quartet.BatchPart, people); err != nil {
			return err
		}
		for len(rows) > 0 {
			some := rows[:min(batchRowsAtOnce, len(rows))]
			rows = rows[len(some):]
			args := make([]any, 0, len(some)*batchRowArity)
			for i := range some {
				args = append(args, batchRowArgs(b.ID, &some[i])...)
			}
			if _, err := tx.ExecContext(ctx, insertBatchRows(len(some)), args...); err != nil {
				return err
			}
		}
		return nil
	})
}

func insertBatchRows(n int) string {
	var b strings.Builder
	b.WriteString(`INSERT INTO batch_row (` + batchRowColumns + `) VALUES `)
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(list(i*batchRowArity, batchRowArity))
	}
	return b.String()
}

func batchRowArgs(id string, r *quartet.BatchRow) []any {
	var params []byte
	if !r.Params.IsZero() {
		params = r.Params[:]
	}
	return []any{
		id, r.Row, r.Line, string(r.State), int64(r.Code), string(r.Fault), int64(r.Fields), r.Twin, params, int64(r.Tail),
		r.SeqNo.Second, int64(r.SeqNo.N), micros(r.Sent), r.Most, int64(r.Verdict), string(r.Reason), int64(r.Differs), r.Charged,
	}
}

// BreakRounded breaks the rows, and the duplicates, in which a number of these elements ends as
// a spreadsheet rounds it, chunk by chunk. ErrConflict: as with ClearBatch.
func (s *Store) BreakRounded(ctx context.Context, b *quartet.Batch, elements quartet.ElementSet) error {
	return s.inChunksWhile(ctx, s.whileChecking(b), batchDeleteAtOnce, `UPDATE batch_row SET state = 'broken', code = $4, fault = $5, fields = tail & $3, twin = 0, params = NULL
		WHERE batch_id = $2 AND row_no IN (SELECT row_no FROM batch_row WHERE batch_id = $2 AND tail & $3 <> 0 AND state IN ('ready', 'duplicate') ORDER BY row_no LIMIT $1)`,
		b.ID, int64(elements), int64(quartet.CodeElement), string(quartet.RejectRounded))
}

// EndBatchCheck writes what came of a check: the batch may start, or its file cannot be read.
func (s *Store) EndBatchCheck(ctx context.Context, b *quartet.Batch, state quartet.BatchState, why string, now time.Time) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE batch SET state = $3, why = $4, changed_at = $5,
			broken = (SELECT count(*) FROM batch_row WHERE batch_id = $1 AND state = 'broken'), duplicates = (SELECT count(*) FROM batch_row WHERE batch_id = $1 AND state = 'duplicate')
			WHERE id = $1 AND run = $2 AND state = 'checking'`, b.ID, b.Run, string(state), why, micros(now))
		return err
	})
}
