package store

import (
	"context"
	"database/sql"

	"quartet"
)

// callChunk is how many calls go in one transaction, so that nobody waits long behind it.
const callChunk = 500

// PruneThrough lets the calls of a day and of all days before go: from now on nothing is proved
// from them, and PruneCalls removes them. ErrConflict: the day is not closed.
func (s *Store) PruneThrough(ctx context.Context, day int64) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE call_pruned SET day = CASE WHEN day < $1 THEN $1 ELSE day END WHERE id = 1 AND $1 <= (SELECT max(day) FROM closed_day)`, day)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n > 0 {
			return err
		}
		return quartet.Errorf(quartet.ErrConflict, "this day is not closed, so its calls are still needed")
	})
}

// PruneCalls removes the oldest calls that may go, with their attempts, one chunk of them, and
// gives how many. Claims that named them are over long before. Wherever it is cut off, it goes
// on from there.
func (s *Store) PruneCalls(ctx context.Context) (gone int64, err error) {
	kept, err := keptFrom(ctx, s.reader)
	if err != nil || kept == 0 {
		return 0, err
	}
	// The last call of the chunk; of fewer, the last of all that may go.
	ends, err := collect(ctx, s.reader, scanSeqNo, `SELECT second, n FROM (SELECT second, n FROM call WHERE second < $1 ORDER BY second, n LIMIT $2) AS chunk
		ORDER BY second DESC, n DESC LIMIT 1`, kept, callChunk)
	if err != nil || len(ends) == 0 {
		return 0, err
	}
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM attempt WHERE (second, n) <= ($1, $2)`, ends[0].Second, int64(ends[0].N)); err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `DELETE FROM call WHERE (second, n) <= ($1, $2)`, ends[0].Second, int64(ends[0].N))
		if err == nil {
			gone, err = res.RowsAffected()
		}
		return err
	})
	return gone, err
}

func scanSeqNo(row scanner) (no quartet.SeqNo, err error) {
	var n int64
	err = row.Scan(&no.Second, &n)
	no.N = uint64(n)
	return no, err
}
