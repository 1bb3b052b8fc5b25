package store

import (
	"context"
	"database/sql"

	"quartet"
)

// OperatorFactor gives the second factor of an operator, or ErrNotFound.
func (s *Store) OperatorFactor(ctx context.Context, operator string) (quartet.OperatorFactor, error) {
	return one(ctx, s.reader, "second factor", func(row scanner) (f quartet.OperatorFactor, err error) {
		var since int64
		err = row.Scan(&f.Sealed, &since, &f.Step)
		f.Since = fromMicros(since)
		return f, err
	}, `SELECT sealed, since, step FROM operator_factor WHERE operator_id = $1`, operator)
}

// PutOperatorFactor gives an operator who has none a second factor, and codes that stand in
// for it. ErrConflict: there is one.
func (s *Store) PutOperatorFactor(ctx context.Context, operator string, f quartet.OperatorFactor, recovery []quartet.Fingerprint, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO operator_factor (operator_id, sealed, since, step) VALUES ($1, $2, $3, $4)`,
			operator, bytesOf(f.Sealed), micros(f.Since), f.Step)
		if isUnique(err) {
			return quartet.Errorf(quartet.ErrConflict, "this operator has a second factor already; an administrator can take it away first")
		}
		if err != nil {
			return err
		}
		for _, hash := range recovery {
			if _, err := tx.ExecContext(ctx, `INSERT INTO operator_recovery (operator_id, hash) VALUES ($1, $2)`, operator, hash[:]); err != nil {
				return err
			}
		}
		return nil
	})
}

// UseOperatorStep marks a step of a second factor as used, and all before it. ErrReplayed:
// it was used already, perhaps this very moment.
func (s *Store) UseOperatorStep(ctx context.Context, operator string, step int64) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE operator_factor SET step = $2 WHERE operator_id = $1 AND step < $2`, operator, step)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return quartet.Errorf(quartet.ErrReplayed, "this code was used already; wait for the next one")
		}
		return nil
	})
}

// UseOperatorRecovery uses up a code that stands in for a second factor, and says how many
// are left. ErrNotFound: the operator has no such one.
func (s *Store) UseOperatorRecovery(ctx context.Context, operator string, hash quartet.Fingerprint, e quartet.AuditEntry) (left int64, err error) {
	err = s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM operator_recovery WHERE operator_id = $1 AND hash = $2`, operator, hash[:])
		if err := mustTouch(res, err, "recovery code"); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `SELECT count(*) FROM operator_recovery WHERE operator_id = $1`, operator).Scan(&left)
	})
	return left, err
}

// RemoveOperatorFactor takes the second factor of an operator away; the sessions and tokens are
// over by it. ErrNotFound: there is none.
func (s *Store) RemoveOperatorFactor(ctx context.Context, operator string, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE operator SET epoch = epoch + 1 WHERE id = $1 AND removed_at = 0 AND EXISTS (SELECT 1 FROM operator_factor WHERE operator_id = $1)`, operator)
		if err := mustTouch(res, err, "second factor"); err != nil {
			return err
		}
		if err := forgetFactor(ctx, tx, operator); err != nil {
			return err
		}
		return s.endOperatorTokens(ctx, tx, e, operator)
	})
}

func forgetFactor(ctx context.Context, tx *sql.Tx, operator string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM operator_recovery WHERE operator_id = $1`, operator); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM operator_factor WHERE operator_id = $1`, operator)
	return err
}
