package store

import (
	"context"
	"database/sql"
	"time"

	"quartet"
)

// node is this process's place in the store.
type node struct {
	number  int64
	session string
	batch   int64 // last batch sent; guarded by Store.mu
}

func (n *node) nextBatch() int64 { n.batch++; return n.batch }

// leaseLife is how long a node that has gone silent keeps its number.
const leaseLife = 15 * time.Second

// leasePatience is longer than the database keeps what a lost node has locked.
const leasePatience = 10 * time.Second

const leaseHeld = "store: the database did not give this node its number in time; a session of an earlier process may still hold it. " +
	"Start again in a minute, or end it in the database: SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'quartet' AND state <> 'idle'"

var errLeaseLost = quartet.Errorf(quartet.ErrInternal, "store: another process has taken over this node's number; this one must stop")

// LeaseNode takes the node's number. owner is the identity of the data folder, whose lock
// the caller holds: the same owner takes over at once, since its predecessor must be
// dead; another one is refused with ErrLocked while the number is in use. session is new
// for each process. The caller renews with RenewNode.
//
// newest is the second of the newest stored call, or of a number that a batch has written down
// for one, for the issuer of numbers.
func (s *Store) LeaseNode(ctx context.Context, owner, session string, now time.Time) (number int, newest int64, err error) {
	bounded, cancel := context.WithTimeout(ctx, leasePatience)
	defer cancel()
	err = s.write(bounded, func(ctx context.Context, tx *sql.Tx) error {
		var (
			holder     string
			seen, last int64
		)
		err := tx.QueryRowContext(ctx, `SELECT owner, seen_at, last_batch FROM node WHERE number = 0`+s.dialect.forLock).Scan(&holder, &seen, &last)
		switch {
		case err == sql.ErrNoRows: //nolint:errorlint // Scan returns it bare
			_, err = tx.ExecContext(ctx, `INSERT INTO node (number, owner, session, seen_at, last_batch) VALUES (0, $1, $2, $3, 0)`, owner, session, micros(now))
		case err != nil:
		case holder != owner && now.Sub(fromMicros(seen)) < leaseLife:
			err = quartet.Errorf(quartet.ErrLocked, "store: another node serves this database; one node alone may, for now. Stop it, or wait %s after it died", leaseLife)
		default:
			_, err = tx.ExecContext(ctx, `UPDATE node SET owner = $1, session = $2, seen_at = $3 WHERE number = 0`, owner, session, micros(now))
		}
		if err != nil {
			return err
		}
		s.node = node{number: 0, session: session, batch: last}
		var newestCall sql.NullInt64
		if err := tx.QueryRowContext(ctx, `SELECT max(second) FROM (SELECT max(second) AS second FROM call UNION ALL SELECT max(second) AS second FROM hold
			UNION ALL SELECT max(second) AS second FROM batch_row WHERE state = 'sent') AS newest`).Scan(&newestCall); err != nil {
			return err
		}
		newest = newestCall.Int64
		return nil
	})
	if err != nil && bounded.Err() != nil && ctx.Err() == nil {
		err = &quartet.Error{Code: quartet.ErrUnavailable, Message: leaseHeld, Cause: err}
	}
	return 0, newest, err
}

// RenewNode says that this node lives. ErrInternal: the number was taken over.
func (s *Store) RenewNode(ctx context.Context, now time.Time) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE node SET seen_at = $1 WHERE number = $2 AND session = $3`, micros(now), s.node.number, s.node.session)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err == nil && n == 0 {
			return errLeaseLost
		}
		return nil
	})
}

// ReleaseNode gives the number back on an orderly stop.
func (s *Store) ReleaseNode(ctx context.Context) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE node SET seen_at = 0 WHERE number = $1 AND session = $2`, s.node.number, s.node.session)
		return err
	})
}
