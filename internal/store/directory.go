package store

import (
	"context"
	"database/sql"
	"time"

	"quartet"
)

// Version grows with every change of an account, a credential or a product.
func (s *Store) Version(ctx context.Context) (int64, error) {
	var v int64
	err := s.reader.QueryRowContext(ctx, `SELECT version FROM directory WHERE id = 1`).Scan(&v)
	return v, classify(err)
}

// change runs f and raises the version, in one transaction.
func (s *Store) change(ctx context.Context, f func(ctx context.Context, tx *sql.Tx) error) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := f(ctx, tx); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE directory SET version = version + 1 WHERE id = 1`)
		return err
	})
}

// mustTouch turns "no row changed" into ErrNotFound.
func mustTouch(res sql.Result, err error, what string) error {
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		return quartet.Errorf(quartet.ErrNotFound, "there is no %s of that name or id; the list command shows them", what)
	}
	return err
}

// CreateAccount adds an account; its id and its name must be new (ErrConflict).
func (s *Store) CreateAccount(ctx context.Context, a quartet.Account) error {
	return s.change(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO account (id, name, created_at, suspended_at) VALUES ($1, $2, $3, $4)`,
			a.ID, a.Name, micros(a.CreatedAt), micros(a.SuspendedAt))
		if isUnique(err) {
			return quartet.Errorf(quartet.ErrConflict, "an account of that name exists already; choose another name")
		}
		return err
	})
}

// Accounts lists all accounts, oldest first.
func (s *Store) Accounts(ctx context.Context) ([]quartet.Account, error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT id, name, created_at, suspended_at FROM account ORDER BY created_at, id`)
	if err != nil {
		return nil, classify(err)
	}
	defer rows.Close()
	var list []quartet.Account
	for rows.Next() {
		var a quartet.Account
		var created, suspended int64
		if err := rows.Scan(&a.ID, &a.Name, &created, &suspended); err != nil {
			return nil, classify(err)
		}
		a.CreatedAt, a.SuspendedAt = fromMicros(created), fromMicros(suspended)
		list = append(list, a)
	}
	return list, classify(rows.Err())
}

// SetSuspended suspends an account from at on; the zero time lets it in again.
func (s *Store) SetSuspended(ctx context.Context, id string, at time.Time) error {
	return s.change(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE account SET suspended_at = $2 WHERE id = $1`, id, micros(at))
		return mustTouch(res, err, "account")
	})
}

// CreateCredential adds a credential.
func (s *Store) CreateCredential(ctx context.Context, c quartet.Credential) error {
	return s.change(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO credential (id, account_id, kind, name, hash, sealed, created_at, revoked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			c.ID, c.Account, string(c.Kind), c.Name, c.Hash[:], c.Sealed, micros(c.CreatedAt), micros(c.RevokedAt))
		return err
	})
}

// Credentials lists all credentials, revoked ones included, oldest first.
func (s *Store) Credentials(ctx context.Context) ([]quartet.Credential, error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT id, account_id, kind, name, hash, sealed, created_at, revoked_at FROM credential ORDER BY created_at, id`)
	if err != nil {
		return nil, classify(err)
	}
	defer rows.Close()
	var list []quartet.Credential
	for rows.Next() {
		var (
			c                quartet.Credential
			kind             string
			hash             []byte
			created, revoked int64
		)
		if err := rows.Scan(&c.ID, &c.Account, &kind, &c.Name, &hash, &c.Sealed, &created, &revoked); err != nil {
			return nil, classify(err)
		}
		c.Kind = quartet.CredentialKind(kind)
		copy(c.Hash[:], hash)
		c.CreatedAt, c.RevokedAt = fromMicros(created), fromMicros(revoked)
		list = append(list, c)
	}
	return list, classify(rows.Err())
}

// RevokeCredential ends a credential at once.
func (s *Store) RevokeCredential(ctx context.Context, id string, at time.Time) error {
	return s.change(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE credential SET revoked_at = $2 WHERE id = $1 AND revoked_at = 0`, id, micros(at))
		return mustTouch(res, err, "credential in force")
	})
}

// Products lists all products by id.
func (s *Store) Products(ctx context.Context) ([]quartet.Product, error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT id, path, name, need, detail, charge_match, charge_mismatch, charge_undetermined, is_on FROM product ORDER BY id`)
	if err != nil {
		return nil, classify(err)
	}
	defer rows.Close()
	var list []quartet.Product
	for rows.Next() {
		var (
			p        quartet.Product
			need, on int64
			detail   string
		)
		if err := rows.Scan(&p.ID, &p.Path, &p.Name, &need, &detail, &p.Charge.Match, &p.Charge.Mismatch, &p.Charge.Undetermined, &on); err != nil {
			return nil, classify(err)
		}
		p.Need, p.Detail, p.On = quartet.ElementSet(need), quartet.Detail(detail), on == 1
		list = append(list, p)
	}
	return list, classify(rows.Err())
}

// PutProduct adds a product or writes over the one of the same id.
func (s *Store) PutProduct(ctx context.Context, p quartet.Product) error {
	return s.change(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO product (id, path, name, need, detail, charge_match, charge_mismatch, charge_undetermined, is_on)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			ON CONFLICT (id) DO UPDATE SET path = excluded.path, name = excluded.name, need = excluded.need, detail = excluded.detail,
				charge_match = excluded.charge_match, charge_mismatch = excluded.charge_mismatch,
				charge_undetermined = excluded.charge_undetermined, is_on = excluded.is_on`,
			p.ID, p.Path, p.Name, int64(p.Need), string(p.Detail), p.Charge.Match, p.Charge.Mismatch, p.Charge.Undetermined, bit(p.On))
		return err
	})
}

// SetProductOn switches a product on or off.
func (s *Store) SetProductOn(ctx context.Context, id string, on bool) error {
	return s.change(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE product SET is_on = $2 WHERE id = $1`, id, bit(on))
		return mustTouch(res, err, "product")
	})
}
