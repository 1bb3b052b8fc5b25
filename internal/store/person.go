package store

import (
	"context"
	"database/sql"

	"quartet"
)

const personColumns = `id, name, email_hash, email_sealed, mobile_hash, mobile_sealed, password, epoch, version, totp_sealed, totp_since, totp_step, created_at, disabled_at`

// Register writes a person with a place in an account, which is opened by it or led to by
// an invitation. ErrReplayed: the code was used meanwhile. ErrConflict: the address or the
// name of the account is taken, or the invitation is. The directory stays as it is: an account
// without a credential calls nothing, and its first credential changes the directory.
func (s *Store) Register(ctx context.Context, r quartet.Registration, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		now := r.Person.Created
		if err := useCode(ctx, tx, r.Code, micros(now)); err != nil {
			return err
		}
		if r.Account.ID != "" {
			if err := insertAccount(ctx, tx, r.Account); err != nil {
				return err
			}
		}
		if err := insertPerson(ctx, tx, r.Person); err != nil {
			return err
		}
		if r.Invitation != "" {
			if err := takeInvitation(ctx, tx, r.Invitation, r.Person.ID, micros(now)); err != nil {
				return err
			}
		}
		if err := insertMember(ctx, tx, r.Member); err != nil {
			return err
		}
		return post(ctx, tx, r.Messages...)
	})
}

func insertPerson(ctx context.Context, tx *sql.Tx, p quartet.Person) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO person (`+personColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		p.ID, p.Name, uniquePrint(p.Email.Hash), bytesOf(p.Email.Sealed), uniquePrint(p.Mobile.Hash), bytesOf(p.Mobile.Sealed), p.Password, p.Epoch, p.Version,
		bytesOf(p.TOTP.Sealed), micros(p.TOTP.Since), p.TOTP.Step, micros(p.Created), micros(p.Disabled))
	return takenAddress(err)
}

// uniquePrint is NULL for none, since many have none.
func uniquePrint(f quartet.Fingerprint) any {
	if f.IsZero() {
		return nil
	}
	return f[:]
}

func takenAddress(err error) error {
	if isUnique(err) {
		return &quartet.Error{Code: quartet.ErrConflict, Field: "address", Message: "somebody signs in with this address already; sign in with it, or reset its password"}
	}
	return err
}

// ChangePerson writes a person over, and what goes with it. Whoever may not sign in any more
// loses the tokens too. ErrConflict: the person changed
// after it was read, or has an address that is taken. ErrReplayed: the code was used meanwhile.
func (s *Store) ChangePerson(ctx context.Context, c quartet.PersonChange, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		if err := changePerson(ctx, tx, c, micros(e.At)); err != nil || c.Person.Disabled.IsZero() && !c.EndTokens {
			return err
		}
		return s.endTokens(ctx, tx, e, `account_id <> '' AND who = $2`, c.Person.ID)
	})
}

func changePerson(ctx context.Context, tx *sql.Tx, c quartet.PersonChange, now int64) error {
	if c.Code != "" {
		if err := useCode(ctx, tx, c.Code, now); err != nil {
			return err
		}
	}
	p := c.Person
	res, err := tx.ExecContext(ctx, `UPDATE person SET name = $3, email_hash = $4, email_sealed = $5, mobile_hash = $6, mobile_sealed = $7, password = $8,
			epoch = $9, version = version + 1, totp_sealed = $10, totp_since = $11, totp_step = $12, disabled_at = $13
		WHERE id = $1 AND version = $2`,
		p.ID, p.Version, p.Name, uniquePrint(p.Email.Hash), bytesOf(p.Email.Sealed), uniquePrint(p.Mobile.Hash), bytesOf(p.Mobile.Sealed), p.Password,
		p.Epoch, bytesOf(p.TOTP.Sealed), micros(p.TOTP.Since), p.TOTP.Step, micros(p.Disabled))
	if err != nil {
		return takenAddress(err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return quartet.Errorf(quartet.ErrConflict, "this person was changed meanwhile; look again and repeat what you did")
	}
	if c.Recovery != nil {
		if _, err := tx.ExecContext(ctx, `DELETE FROM recovery_code WHERE person_id = $1`, p.ID); err != nil {
			return err
		}
	}
	for _, hash := range c.Recovery {
		if _, err := tx.ExecContext(ctx, `INSERT INTO recovery_code (person_id, hash) VALUES ($1, $2)`, p.ID, hash[:]); err != nil {
			return err
		}
	}
	return post(ctx, tx, c.Messages...)
}

// Person finds a person by id, or ErrNotFound.
func (s *Store) Person(ctx context.Context, id string) (quartet.Person, error) {
	return one(ctx, s.reader, "person", scanPerson, `SELECT `+personColumns+` FROM person WHERE id = $1`, id)
}

// PersonAt finds the person who has an address, or ErrNotFound.
func (s *Store) PersonAt(ctx context.Context, address quartet.Fingerprint) (quartet.Person, error) {
	return one(ctx, s.reader, "person", scanPerson, `SELECT `+personColumns+` FROM person WHERE email_hash = $1 OR mobile_hash = $1`, address[:])
}

func scanPerson(row scanner) (quartet.Person, error) {
	var (
		p                        quartet.Person
		email, mobile            []byte
		since, created, disabled int64
	)
	err := row.Scan(&p.ID, &p.Name, &email, &p.Email.Sealed, &mobile, &p.Mobile.Sealed, &p.Password, &p.Epoch, &p.Version,
		&p.TOTP.Sealed, &since, &p.TOTP.Step, &created, &disabled)
	p.Email, p.Mobile = contactOf(email, p.Email.Sealed), contactOf(mobile, p.Mobile.Sealed)
	p.TOTP.Sealed, p.TOTP.Since = someBytes(p.TOTP.Sealed), fromMicros(since)
	p.Created, p.Disabled = fromMicros(created), fromMicros(disabled)
	return p, err
}

func contactOf(hash, sealed []byte) quartet.Contact {
	return quartet.Contact{Hash: fromPrint(hash), Sealed: someBytes(sealed)}
}

// UseRecovery uses a recovery code up and says how many are left. ErrNotFound: the person
// has no such one.
func (s *Store) UseRecovery(ctx context.Context, person string, hash quartet.Fingerprint, e quartet.AuditEntry) (left int64, err error) {
	err = s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM recovery_code WHERE person_id = $1 AND hash = $2`, person, hash[:])
		if err := mustTouch(res, err, "recovery code"); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM recovery_code WHERE person_id = $1`, person).Scan(&left)
	})
	return left, err
}

// RecoveryLeft says how many recovery codes a person has.
func (s *Store) RecoveryLeft(ctx context.Context, person string) (left int64, err error) {
	err = s.reader.QueryRowContext(ctx, `SELECT COUNT(*) FROM recovery_code WHERE person_id = $1`, person).Scan(&left)
	return left, classify(err)
}
