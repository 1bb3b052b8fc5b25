package store

import (
	"context"
	"database/sql"
	"time"

	"quartet"
)

// CreateOperator adds an operator; the name must be new, of those who are gone too
// (ErrConflict).
func (s *Store) CreateOperator(ctx context.Context, o quartet.Operator, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO operator (id, name, password, password_given, role, created_at, asked_role, asked_by, asked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			o.ID, o.Name, o.Password, bit(o.PasswordGiven), string(o.Role), micros(o.CreatedAt), string(o.Asked.Role), o.Asked.By, micros(o.Asked.At))
		if isUnique(err) {
			return quartet.Errorf(quartet.ErrConflict, "there is an operator of that name already, or was one; choose another name")
		}
		return err
	})
}

// SetPassword writes the password hash of an operator, whose sessions are over by it, and
// whether somebody else gave it; then the tokens are over as well.
func (s *Store) SetPassword(ctx context.Context, id, hash string, given bool, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE operator SET password = $2, password_given = $3, epoch = epoch + 1 WHERE id = $1 AND removed_at = 0`, id, hash, bit(given))
		if err := mustTouch(res, err, "operator"); err != nil || !given {
			return err
		}
		return s.endOperatorTokens(ctx, tx, e, id)
	})
}

// SetOperatorRole gives an operator another role; the sessions and tokens are over by it, and so
// is what was asked for. ErrConflict: it is the last administrator.
func (s *Store) SetOperatorRole(ctx context.Context, id string, role quartet.Role, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		if err := s.leavesAdministrator(ctx, tx, id, role); err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `UPDATE operator SET role = $2, asked_role = '', asked_by = '', asked_at = 0, epoch = epoch + 1
			WHERE id = $1 AND removed_at = 0`, id, string(role))
		if err := mustTouch(res, err, "operator"); err != nil {
			return err
		}
		return s.endOperatorTokens(ctx, tx, e, id)
	})
}

// AskOperatorRole writes that a role is asked for. ErrConflict: one is already, or the operator
// is gone.
func (s *Store) AskOperatorRole(ctx context.Context, id string, a quartet.AskedRole, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE operator SET asked_role = $2, asked_by = $3, asked_at = $4
			WHERE id = $1 AND removed_at = 0 AND asked_role = ''`, id, string(a.Role), a.By, micros(a.At))
		return mustStand(res, err)
	})
}

// ConfirmOperatorRole gives an operator the role that is asked for; the sessions and tokens are
// over by it.
// ErrConflict: this is not asked for, or by who confirms it; or it is the last administrator.
func (s *Store) ConfirmOperatorRole(ctx context.Context, id string, role quartet.Role, by string, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		if err := s.leavesAdministrator(ctx, tx, id, role); err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `UPDATE operator SET role = asked_role, asked_role = '', asked_by = '', asked_at = 0, epoch = epoch + 1
			WHERE id = $1 AND removed_at = 0 AND asked_role = $2 AND asked_by <> $3`, id, string(role), by)
		if err := mustStand(res, err); err != nil {
			return err
		}
		return s.endOperatorTokens(ctx, tx, e, id)
	})
}

// DropOperatorRole ends that a role is asked for. ErrConflict: none is.
func (s *Store) DropOperatorRole(ctx context.Context, id string, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE operator SET asked_role = '', asked_by = '', asked_at = 0
			WHERE id = $1 AND removed_at = 0 AND asked_role <> ''`, id)
		return mustStand(res, err)
	})
}

// mustStand is ErrConflict where a row was not as whoever decided about it had seen it.
func mustStand(res sql.Result, err error) error {
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return quartet.Errorf(quartet.ErrConflict, "this has changed meanwhile; look at it again")
}

// RemoveOperator lets an operator in no more, and forgets the second factor. ErrConflict: it
// is the last administrator.
func (s *Store) RemoveOperator(ctx context.Context, id string, at time.Time, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		if err := s.leavesAdministrator(ctx, tx, id, ""); err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `UPDATE operator SET removed_at = $2, sign_on_hash = NULL, asked_role = '', asked_by = '', asked_at = 0, epoch = epoch + 1
			WHERE id = $1 AND removed_at = 0`, id, micros(at))
		if err := mustTouch(res, err, "operator"); err != nil {
			return err
		}
		if err := forgetFactor(ctx, tx, id); err != nil {
			return err
		}
		return s.endOperatorTokens(ctx, tx, e, id)
	})
}

func (s *Store) endOperatorTokens(ctx context.Context, tx *sql.Tx, e quartet.AuditEntry, id string) error {
	return s.endTokens(ctx, tx, e, `account_id = '' AND who = $2`, id)
}

// leavesAdministrator refuses what would leave the house without an administrator. The rows
// stay locked, so that of two who go at once one is refused.
func (s *Store) leavesAdministrator(ctx context.Context, tx *sql.Tx, id string, role quartet.Role) error {
	if role == quartet.RoleAdministrator {
		return nil
	}
	ids, err := collect(ctx, tx, func(row scanner) (id string, err error) {
		err = row.Scan(&id)
		return id, err
	}, `SELECT id FROM operator WHERE role = 'administrator' AND removed_at = 0 ORDER BY id`+s.dialect.forLock)
	if err == nil && len(ids) == 1 && ids[0] == id {
		err = quartet.Errorf(quartet.ErrConflict, "this is the last administrator, whom the house needs; make somebody else one first")
	}
	return err
}

// SetSignOn says who an operator is at the sign-in service; zero: nobody there. The sessions
// and tokens are over by it. ErrConflict: another operator is that one.
func (s *Store) SetSignOn(ctx context.Context, id string, who quartet.Fingerprint, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		var hash any
		if !who.IsZero() {
			hash = who[:]
		}
		res, err := tx.ExecContext(ctx, `UPDATE operator SET sign_on_hash = $2, epoch = epoch + 1 WHERE id = $1 AND removed_at = 0`, id, hash)
		if isUnique(err) {
			return quartet.Errorf(quartet.ErrConflict, "another operator is known by that at the sign-in service already")
		}
		if err := mustTouch(res, err, "operator"); err != nil {
			return err
		}
		return s.endOperatorTokens(ctx, tx, e, id)
	})
}

// Operators lists all operators, oldest first, with those who are gone.
func (s *Store) Operators(ctx context.Context) ([]quartet.Operator, error) {
	return collect(ctx, s.reader, scanOperator, `SELECT o.id, o.name, o.password, o.password_given, o.role, o.epoch, coalesce(f.since, 0), o.sign_on_hash, o.created_at, o.removed_at,
		o.asked_role, o.asked_by, o.asked_at FROM operator o LEFT JOIN operator_factor f ON f.operator_id = o.id ORDER BY o.created_at, o.id`)
}

func scanOperator(row scanner) (quartet.Operator, error) {
	var (
		o                              quartet.Operator
		role, askedRole                string
		signOn                         []byte
		given                          int64
		since, created, removed, asked int64
	)
	err := row.Scan(&o.ID, &o.Name, &o.Password, &given, &role, &o.Epoch, &since, &signOn, &created, &removed, &askedRole, &o.Asked.By, &asked)
	o.PasswordGiven = given != 0
	o.Role, o.SignOn = quartet.Role(role), fromPrint(signOn)
	o.Asked.Role, o.Asked.At = quartet.Role(askedRole), fromMicros(asked)
	o.FactorSince, o.CreatedAt, o.RemovedAt = fromMicros(since), fromMicros(created), fromMicros(removed)
	return o, err
}
