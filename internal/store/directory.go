package store

import (
	"context"
	"database/sql"

	"quartet"
)

// Version grows with every change of an account, a credential or a product.
func (s *Store) Version(ctx context.Context) (int64, error) {
	var v int64
	err := s.reader.QueryRowContext(ctx, `SELECT version FROM directory WHERE id = 1`).Scan(&v)
	return v, classify(err)
}

// change runs f, writes who did it, and raises the version, in one transaction. An entry
// without an action is not written: nobody did it, as when a new store is filled.
func (s *Store) change(ctx context.Context, e quartet.AuditEntry, f func(ctx context.Context, tx *sql.Tx) error) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := f(ctx, tx); err != nil {
			return err
		}
		return s.changed(ctx, tx, e)
	})
}

// changed tells every node that the directory changed, and writes who changed it.
func (s *Store) changed(ctx context.Context, tx *sql.Tx, e quartet.AuditEntry) error {
	if _, err := tx.ExecContext(ctx, `UPDATE directory SET version = version + 1 WHERE id = 1`); err != nil {
		return err
	}
	return s.audit(ctx, tx, e)
}

// mustTouch turns "no row changed" into ErrNotFound.
func mustTouch(res sql.Result, err error, what string) error {
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		return quartet.Errorf(quartet.ErrNotFound, "there is no %s of that name or id", what)
	}
	return err
}
