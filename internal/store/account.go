package store

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"

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

// UpdateAccount writes the rate and the suspension of an account. A suspension ends its tokens.
func (s *Store) UpdateAccount(ctx context.Context, a quartet.Account, e quartet.AuditEntry) error {
	return s.change(ctx, e, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE account SET qps = $2, burst = $3, suspended_at = $4 WHERE id = $1`,
			a.ID, a.Rate.QPS, a.Rate.Burst, micros(a.SuspendedAt))
		if err := mustTouch(res, err, "account"); err != nil || !a.Suspended() {
			return err
		}
		return s.endTokens(ctx, tx, e, `account_id = $2`, a.ID)
	})
}

// SetPurpose writes what an account may ask for. Where its firm was approved it is one of the
// approved purposes, or none: ErrConflict. A decision about the firm that is made at the same
// time comes before or after, and either way what it approved holds.
func (s *Store) SetPurpose(ctx context.Context, account, purpose string, e quartet.AuditEntry) error {
	return s.change(ctx, e, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE account SET purpose = $2 WHERE id = $1`, account, purpose)
		if err := mustTouch(res, err, "account"); err != nil || purpose == "" {
			return err
		}
		approved, err := collect(ctx, tx, scanFirm, `SELECT `+firmColumns+` FROM firm_application WHERE account_id = $1 AND state = 'approved'`, account)
		if err != nil || len(approved) == 0 || slices.Contains(approved[0].Purposes, purpose) {
			return err
		}
		return &quartet.Error{
			Code: quartet.ErrConflict, Field: "purpose",
			Message: "the firm of this account was approved for " + strings.Join(approved[0].Purposes, ", ") + " alone; choose one of them, or let it apply for this one",
		}
	})
}

const accountColumns = `id, name, qps, burst, created_at, suspended_at, purpose`

// Account finds an account by its id, or ErrNotFound.
func (s *Store) Account(ctx context.Context, id string) (quartet.Account, error) {
	return one(ctx, s.reader, "account", scanAccount, `SELECT `+accountColumns+` FROM account WHERE id = $1`, id)
}

// Accounts lists all accounts, oldest first.
func (s *Store) Accounts(ctx context.Context) ([]quartet.Account, error) {
	return collect(ctx, s.reader, scanAccount, `SELECT `+accountColumns+` FROM account ORDER BY created_at, id`)
}

// AccountsCalled lists the accounts that have one of these as their id or their name, oldest
// first.
func (s *Store) AccountsCalled(ctx context.Context, refs ...string) ([]quartet.Account, error) {
	if len(refs) == 0 {
		return nil, nil
	}
	args, places := make([]any, len(refs)), make([]string, len(refs))
	for i, ref := range refs {
		args[i], places[i] = ref, "$"+strconv.Itoa(i+1)
	}
	these := strings.Join(places, ", ")
	return collect(ctx, s.reader, scanAccount, `SELECT id, name, qps, burst, created_at, suspended_at, purpose FROM account
		WHERE id IN (`+these+`) OR name IN (`+these+`) ORDER BY created_at, id`, args...)
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
