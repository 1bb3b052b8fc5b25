package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"quartet"
)

const firmColumns = `id, account_id, name, code, scene, purposes, contact, licence, size, state, identity, created_at, submitted_at, decided_at, decided_by, why, override`

func firmArgs(a *quartet.FirmApplication) ([]any, error) {
	purposes, err := json.Marshal(a.Purposes)
	return []any{
		a.ID, a.Account, a.Name, string(a.Code), a.Scene, string(purposes), bytesOf(a.Contact), a.Licence, a.Size, string(a.State), printOf(a.Identity),
		micros(a.Created), micros(a.Submitted), micros(a.Decided), a.DecidedBy, a.Why, bit(a.Override),
	}, err
}

// CreateApplication begins an application, with the scan of an earlier one if there is one.
// ErrConflict: another one of the account is under way.
func (s *Store) CreateApplication(ctx context.Context, a quartet.FirmApplication, scan []byte, e quartet.AuditEntry) error {
	args, err := firmArgs(&a)
	if err != nil {
		return err
	}
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO firm_application (`+firmColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`, args...)
		if isUnique(err) {
			return quartet.Errorf(quartet.ErrConflict, "an application of this account is under way already; change that one")
		}
		if err != nil || scan == nil {
			return err
		}
		return putLicence(ctx, tx, a.ID, scan)
	})
}

func putLicence(ctx context.Context, tx *sql.Tx, application string, scan []byte) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO firm_licence (application_id, sealed) VALUES ($1, $2) ON CONFLICT (application_id) DO UPDATE SET sealed = excluded.sealed`, application, scan)
	return err
}

// UpdateApplication writes an application that was in state from, and its scan unless that
// is nil. ErrConflict: it is not in that state any more.
func (s *Store) UpdateApplication(ctx context.Context, a quartet.FirmApplication, from quartet.FirmState, scan []byte, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		if err := moveApplication(ctx, tx, &a, from); err != nil || scan == nil {
			return err
		}
		return putLicence(ctx, tx, a.ID, scan)
	})
}

func moveApplication(ctx context.Context, tx *sql.Tx, a *quartet.FirmApplication, from quartet.FirmState) error {
	args, err := firmArgs(a)
	if err != nil {
		return err
	}
	res, err := tx.ExecContext(ctx, `UPDATE firm_application SET name = $3, code = $4, scene = $5, purposes = $6, contact = $7, licence = $8, size = $9, state = $10, identity = $11,
		created_at = $12, submitted_at = $13, decided_at = $14, decided_by = $15, why = $16, override = $17 WHERE id = $1 AND account_id = $2 AND state = $18`, append(args, string(from))...)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return quartet.Errorf(quartet.ErrConflict, "the application has changed meanwhile; look at it again")
	}
	return nil
}

// ApproveApplication approves a submitted application: the account is that firm from now on,
// in the place of what it was before, and may ask for what was approved. purpose is what its
// calls are asked for. ErrConflict: it is not submitted any more.
func (s *Store) ApproveApplication(ctx context.Context, a quartet.FirmApplication, purpose string, e quartet.AuditEntry) error {
	return s.change(ctx, e, func(ctx context.Context, tx *sql.Tx) error {
		if err := s.lockAccount(ctx, tx, a.Account); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE firm_application SET state = 'replaced' WHERE account_id = $1 AND state = 'approved'`, a.Account); err != nil {
			return err
		}
		if err := moveApplication(ctx, tx, &a, quartet.FirmSubmitted); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE account SET purpose = $2 WHERE id = $1`, a.Account, purpose)
		return err
	})
}

// RevokeApplication takes an approval back: the account is no firm any more, and its purpose
// is not said. ErrConflict: it is not approved any more.
func (s *Store) RevokeApplication(ctx context.Context, a quartet.FirmApplication, e quartet.AuditEntry) error {
	return s.change(ctx, e, func(ctx context.Context, tx *sql.Tx) error {
		if err := s.lockAccount(ctx, tx, a.Account); err != nil {
			return err
		}
		if err := moveApplication(ctx, tx, &a, quartet.FirmApproved); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE account SET purpose = '' WHERE id = $1`, a.Account)
		return err
	})
}

// lockAccount keeps two decisions about one account apart.
func (s *Store) lockAccount(ctx context.Context, tx *sql.Tx, account string) error {
	var id string
	return tx.QueryRowContext(ctx, `SELECT id FROM account WHERE id = $1`+s.dialect.forLock, account).Scan(&id)
}

// Application finds an application, or ErrNotFound.
func (s *Store) Application(ctx context.Context, id string) (quartet.FirmApplication, error) {
	return one(ctx, s.reader, "application", scanFirm, `SELECT `+firmColumns+` FROM firm_application WHERE id = $1`, id)
}

// Applications lists applications of an account, or of all for "", in a state, or in all for
// "", newest first, at most limit, behind the one whose id is before. Ids are in the order
// of time.
func (s *Store) Applications(ctx context.Context, account string, state quartet.FirmState, before string, limit int) ([]quartet.FirmApplication, error) {
	return collect(ctx, s.reader, scanFirm, `SELECT `+firmColumns+` FROM firm_application
		WHERE ($1 = '' OR account_id = $1) AND ($2 = '' OR state = $2) AND ($3 = '' OR id < $3) ORDER BY id DESC LIMIT $4`, account, string(state), before, limit)
}

// Licence gives the sealed scan of an application, or ErrNotFound.
func (s *Store) Licence(ctx context.Context, application string) ([]byte, error) {
	return one(ctx, s.reader, "scan", func(row scanner) (b []byte, err error) {
		err = row.Scan(&b)
		return b, err
	}, `SELECT sealed FROM firm_licence WHERE application_id = $1`, application)
}

func scanFirm(row scanner) (quartet.FirmApplication, error) {
	var (
		a                                     quartet.FirmApplication
		code, purposes, state                 string
		identity                              []byte
		created, submitted, decided, override int64
	)
	if err := row.Scan(&a.ID, &a.Account, &a.Name, &code, &a.Scene, &purposes, &a.Contact, &a.Licence, &a.Size, &state, &identity,
		&created, &submitted, &decided, &a.DecidedBy, &a.Why, &override); err != nil {
		return a, err
	}
	a.Code, a.State, a.Identity, a.Override, a.Contact = quartet.CreditCode(code), quartet.FirmState(state), fromPrint(identity), override == 1, someBytes(a.Contact)
	a.Created, a.Submitted, a.Decided = fromMicros(created), fromMicros(submitted), fromMicros(decided)
	if err := json.Unmarshal([]byte(purposes), &a.Purposes); err != nil {
		return a, quartet.Errorf(quartet.ErrInternal, "the purposes of application %s cannot be read: %w", a.ID, err)
	}
	return a, nil
}
