package store

import (
	"context"
	"database/sql"
	"time"

	"quartet"
)

const sessionColumns = `hash, id, who, operator, account_id, epoch, factor, created_at, proved_at, seen_at, ends_at, origin, agent`

// BeginSession writes a session. Where it replaces one, since what it may do has changed
// and its token with it, that one must not have ended meanwhile (ErrUnauthenticated) and is
// gone in the same instant.
func (s *Store) BeginSession(ctx context.Context, n quartet.Session, replaces string, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		if replaces != "" {
			res, err := tx.ExecContext(ctx, `DELETE FROM session WHERE hash = $1`, replaces)
			if err := endedAlready(res, err); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO session (`+sessionColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
			n.Hash, n.ID, n.Who, bit(n.Operator), n.Account, n.Epoch, bit(n.Factor), micros(n.CreatedAt), micros(n.ProvedAt), micros(n.SeenAt), micros(n.EndsAt), n.Origin, n.Agent)
		if isUnique(err) {
			return quartet.Errorf(quartet.ErrConflict, "this session has begun already; sign in again")
		}
		return err
	})
}

// Session finds a session by the hash of its token. ErrNotFound: it never was, or has ended.
func (s *Store) Session(ctx context.Context, hash string) (quartet.Session, error) {
	list, err := collect(ctx, s.reader, scanSession, `SELECT `+sessionColumns+` FROM session WHERE hash = $1`, hash)
	switch {
	case err != nil:
		return quartet.Session{}, err
	case len(list) == 0:
		return quartet.Session{}, quartet.Errorf(quartet.ErrNotFound, "there is no such session")
	}
	return list[0], nil
}

// SeeSession writes that a session was used. One that has ended meanwhile stays so.
func (s *Store) SeeSession(ctx context.Context, hash string, at time.Time) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE session SET seen_at = $2 WHERE hash = $1 AND seen_at < $2`, hash, micros(at))
		return err
	})
}

// EndSession ends one session of somebody by its id. ErrUnauthenticated: it had ended.
func (s *Store) EndSession(ctx context.Context, one quartet.Session, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM session WHERE id = $1 AND who = $2 AND operator = $3`, one.ID, one.Who, bit(one.Operator))
		return endedAlready(res, err)
	})
}

func endedAlready(res sql.Result, err error) error {
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return quartet.Errorf(quartet.ErrUnauthenticated, "this session has ended; sign in again")
	}
	return nil
}

// Sessions lists the sessions of somebody, those seen last first.
func (s *Store) Sessions(ctx context.Context, who string, operator bool) ([]quartet.Session, error) {
	return collect(ctx, s.reader, scanSession, `SELECT `+sessionColumns+` FROM session WHERE who = $1 AND operator = $2 ORDER BY seen_at DESC, id DESC`, who, bit(operator))
}

// PruneSessions forgets sessions whose time was over, or that were last seen, before these
// instants.
func (s *Store) PruneSessions(ctx context.Context, ended, seen time.Time) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM session WHERE ends_at <= $1 OR seen_at < $2`, micros(ended), micros(seen))
		return err
	})
}

func scanSession(row scanner) (quartet.Session, error) {
	var (
		n                           quartet.Session
		operator, factor            int64
		created, proved, seen, ends int64
	)
	err := row.Scan(&n.Hash, &n.ID, &n.Who, &operator, &n.Account, &n.Epoch, &factor, &created, &proved, &seen, &ends, &n.Origin, &n.Agent)
	n.Operator, n.Factor = operator != 0, factor != 0
	n.CreatedAt, n.ProvedAt, n.SeenAt, n.EndsAt = fromMicros(created), fromMicros(proved), fromMicros(seen), fromMicros(ends)
	return n, err
}
