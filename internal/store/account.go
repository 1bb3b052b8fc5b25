package store

import (
	"context"
	"database/sql"

	"quartet"
)

// CreateAccount adds an account; its id and its name must be new (ErrConflict).
func (s *Store) CreateAccount(ctx context.Context, a quartet.Account, e quartet.AuditEntry) error {
	return s.change(ctx, e, func(ctx context.Context, tx *sql.Tx) error { return insertAccount(ctx, tx, a) })
}

func insertAccount(ctx context.Context, tx *sql.Tx, a quartet.Account) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO account (id, name, qps, burst, created_at, suspended_at, purpose) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		a.ID, a.Name, a.Rate.QPS, a.Rate.Burst, micros(a.CreatedAt), micros(a.SuspendedAt), a.Purpose)
	if isUnique(err) {
		return quartet.Errorf(quartet.ErrConflict, "an account of that name exists already; choose another name")
	}
	return err
}

// UpdateAccount writes the rate, the suspension and the purpose of an account.
func (s *Store) UpdateAccount(ctx context.Context, a quartet.Account, e quartet.AuditEntry) error {
	return s.change(ctx, e, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE account SET qps = $2, burst = $3, suspended_at = $4, purpose = $5 WHERE id = $1`,
			a.ID, a.Rate.QPS, a.Rate.Burst, micros(a.SuspendedAt), a.Purpose)
		return mustTouch(res, err, "account")
	})
}

// Accounts lists all accounts, oldest first.
func (s *Store) Accounts(ctx context.Context) ([]quartet.Account, error) {
	return collect(ctx, s.reader, scanAccount, `SELECT id, name, qps, burst, created_at, suspended_at, purpose FROM account ORDER BY created_at, id`)
}

func scanAccount(row scanner) (quartet.Account, error) {
	var (
		a                  quartet.Account
		created, suspended int64
	)
	err := row.Scan(&a.ID, &a.Name, &a.Rate.QPS, &a.Rate.Burst, &created, &suspended, &a.Purpose)
	a.CreatedAt, a.SuspendedAt = fromMicros(created), fromMicros(suspended)
	return a, err
}
