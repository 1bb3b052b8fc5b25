package store

import (
	"context"
	"database/sql"
	"time"

	"quartet"
)

// raceTries is how often a transaction that lost a race is run in all.
const raceTries = 6

// write runs one short transaction, f in it, which must ask under the context it is given.
// On SQLite it waits its turn at the one writer, and once begun it is not given up for ctx:
// database/sql would roll back behind our back, on the connection of the next batch, and
// hide what a commit came to. On PostgreSQL it may run again, f too, when it lost a race
// with another one.
//
// Errors as of Commit, but whoever gets ErrUnknownOutcome must look for himself.
func (s *Store) write(ctx context.Context, f func(ctx context.Context, tx *sql.Tx) error) error {
	if s.lite != nil {
		return s.inTurn(func() error {
			if s.broken != nil {
				return s.broken
			}
			if err := ctx.Err(); err != nil {
				return classify(err)
			}
			return s.trust(writeOnce(context.WithoutCancel(ctx), s.lite.conn, f))
		})
	}
	for try := 1; ; try++ {
		err := writeOnce(ctx, s.writer, f)
		switch {
		case !lostRace(err):
			return err
		case try == raceTries: // no conflict that whoever asked could decide upon
			return &quartet.Error{Code: quartet.ErrUnavailable, Message: "store: others changed the same rows all the time, and nothing was done; try again", Cause: err}
		}
	}
}

// inTurn does what one connection does for all in turn. Whoever stood in line all the while that
// another process kept the file from the one before is refused with them: else each would wait as
// long again, one after the other, and a call behind every chore.
func (s *Store) inTurn(do func() error) error {
	came := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if came.Before(s.kept) {
		return &quartet.Error{Code: quartet.ErrUnavailable, Message: "store: another process keeps the database; the change was not committed"}
	}
	begun := time.Now()
	err := do()
	if isBusy(err) {
		s.kept = begun
	}
	return err
}

// trust remembers the first error after which the file cannot be trusted. Nothing is
// written from then on: only a process that reads the file anew knows what stands in it.
func (s *Store) trust(err error) error {
	if s.broken == nil && quartet.CodeOf(err) == quartet.ErrInternal {
		s.broken = err
	}
	return err
}

// beginner is a pool or a connection.
type beginner interface {
	BeginTx(ctx context.Context, o *sql.TxOptions) (*sql.Tx, error)
}

func writeOnce(ctx context.Context, db beginner, f func(ctx context.Context, tx *sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return classify(err)
	}
	// Whatever ends f, a panic too: what asked for it goes on, and a transaction that stayed open
	// would keep the one writer, or a connection, from everybody else for good.
	defer func() { _ = tx.Rollback() }() // nothing is left of it after a commit; else the first error is the one to tell
	if err := f(ctx, tx); err != nil {
		return classify(err)
	}
	return classifyCommit(tx.Commit())
}

// inChunks runs a statement that changes at most $1 rows, over and over, each time in a
// transaction of its own, until it finds fewer: whoever else writes waits for one chunk.
func (s *Store) inChunks(ctx context.Context, chunk int, query string, args ...any) error {
	return s.inChunksWhile(ctx, func(context.Context, *sql.Tx) error { return nil }, chunk, query, args...)
}

// inChunksWhile is inChunks, of which each transaction first makes sure that something holds.
func (s *Store) inChunksWhile(ctx context.Context, holds func(context.Context, *sql.Tx) error, chunk int, query string, args ...any) error {
	for {
		var n int64
		err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
			if err := holds(ctx, tx); err != nil {
				return err
			}
			res, err := tx.ExecContext(ctx, query, append([]any{chunk}, args...)...)
			if err == nil {
				n, err = res.RowsAffected()
			}
			return err
		})
		if err != nil || n < int64(chunk) {
			return err
		}
	}
}
