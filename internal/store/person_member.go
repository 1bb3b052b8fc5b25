package store

import (
	"context"
	"database/sql"
	"time"

	"quartet"
)

// Members lists the people of an account, those who came first first.
func (s *Store) Members(ctx context.Context, account string) ([]quartet.Member, error) {
	return collect(ctx, s.reader, scanMember, `SELECT account_id, person_id, role, since FROM member WHERE account_id = $1 ORDER BY since, person_id`, account)
}

// Memberships lists a person's places in accounts, oldest first.
func (s *Store) Memberships(ctx context.Context, person string) ([]quartet.Member, error) {
	return collect(ctx, s.reader, scanMember, `SELECT account_id, person_id, role, since FROM member WHERE person_id = $1 ORDER BY since, account_id`, person)
}

func insertMember(ctx context.Context, tx *sql.Tx, m quartet.Member) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO member (account_id, person_id, role, since) VALUES ($1, $2, $3, $4)`, m.Account, m.Person, string(m.Role), micros(m.Since))
	if isUnique(err) {
		return quartet.Errorf(quartet.ErrConflict, "this person belongs to the account already; change the role instead")
	}
	return err
}

// SetRole gives a person another role in an account. ErrNotFound: the person is none of its
// people. ErrConflict: nobody who may sign in would own the account.
func (s *Store) SetRole(ctx context.Context, m quartet.Member, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		if err := s.leavesOwner(ctx, tx, m); err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `UPDATE member SET role = $3 WHERE account_id = $1 AND person_id = $2`, m.Account, m.Person, string(m.Role))
		return mustTouch(res, err, "person in this account")
	})
}

// RemoveMember takes a person's place in an account away, and ends the tokens that the person
// made there. Errors as of SetRole.
func (s *Store) RemoveMember(ctx context.Context, account, person string, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		if err := s.leavesOwner(ctx, tx, quartet.Member{Account: account, Person: person}); err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `DELETE FROM member WHERE account_id = $1 AND person_id = $2`, account, person)
		if err := mustTouch(res, err, "person in this account"); err != nil {
			return err
		}
		return s.endTokens(ctx, tx, e, `account_id = $2 AND who = $3`, account, person)
	})
}

// leavesOwner refuses what would leave an account without an owner who may sign in. The
// rows stay locked, so that of two owners who leave at once one is refused.
func (s *Store) leavesOwner(ctx context.Context, tx *sql.Tx, m quartet.Member) error {
	if m.Role == quartet.RoleOwner {
		return nil
	}
	owners, err := collect(ctx, tx, func(row scanner) (id string, err error) {
		err = row.Scan(&id)
		return id, err
	}, `SELECT m.person_id FROM member m JOIN person p ON p.id = m.person_id WHERE m.account_id = $1 AND m.role = 'owner' AND p.disabled_at = 0 ORDER BY m.person_id`+s.dialect.forLock, m.Account)
	if err != nil {
		return err
	}
	if len(owners) == 1 && owners[0] == m.Person {
		return quartet.Errorf(quartet.ErrConflict, "an account needs an owner; make somebody else its owner first")
	}
	return nil
}

func scanMember(row scanner) (quartet.Member, error) {
	var (
		m     quartet.Member
		role  string
		since int64
	)
	err := row.Scan(&m.Account, &m.Person, &role, &since)
	m.Role, m.Since = quartet.Role(role), fromMicros(since)
	return m, err
}

const invitationColumns = `id, account_id, channel, address_hash, address_sealed, role, by_person, created_at, expires_at, ended_at, person_id`

// Invite writes an invitation and the message that tells of it. An open one of the same
// account to the same address ends with it.
func (s *Store) Invite(ctx context.Context, i quartet.Invitation, m quartet.Message, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE invitation SET ended_at = $3 WHERE account_id = $1 AND address_hash = $2 AND ended_at = 0`,
			i.Account, i.Address.Hash[:], micros(i.Created)); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO invitation (`+invitationColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			i.ID, i.Account, string(i.Channel), printOf(i.Address.Hash), bytesOf(i.Address.Sealed), string(i.Role), i.By,
			micros(i.Created), micros(i.Expires), micros(i.Ended), i.Person); err != nil {
			return err
		}
		return post(ctx, tx, m)
	})
}

// Accept gives the person of m the place that an invitation offers. ErrConflict: it was
// taken or withdrawn, its time is over, or the person has a place already.
func (s *Store) Accept(ctx context.Context, invitation string, m quartet.Member, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		if err := takeInvitation(ctx, tx, invitation, m.Person, micros(m.Since)); err != nil {
			return err
		}
		return insertMember(ctx, tx, m)
	})
}

func takeInvitation(ctx context.Context, tx *sql.Tx, id, person string, now int64) error {
	res, err := tx.ExecContext(ctx, `UPDATE invitation SET ended_at = $3, person_id = $2 WHERE id = $1 AND ended_at = 0 AND expires_at > $3`, id, person, now)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return quartet.Errorf(quartet.ErrConflict, "this invitation was taken or withdrawn, or its time is over; ask for a new one")
	}
	return nil
}

// EndInvitation withdraws an open invitation of an account. ErrNotFound: no such one is open.
func (s *Store) EndInvitation(ctx context.Context, account, id string, now time.Time, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE invitation SET ended_at = $3 WHERE id = $1 AND account_id = $2 AND ended_at = 0`, id, account, micros(now))
		return mustTouch(res, err, "open invitation")
	})
}

// Invitation finds an invitation by id, or ErrNotFound.
func (s *Store) Invitation(ctx context.Context, id string) (quartet.Invitation, error) {
	return one(ctx, s.reader, "invitation", scanInvitation, `SELECT `+invitationColumns+` FROM invitation WHERE id = $1`, id)
}

// Invitations lists the invitations of an account, newest first, at most limit.
func (s *Store) Invitations(ctx context.Context, account string, limit int) ([]quartet.Invitation, error) {
	return collect(ctx, s.reader, scanInvitation, `SELECT `+invitationColumns+` FROM invitation WHERE account_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2`, account, limit)
}

// InvitationsTo lists the open invitations to an address, newest first.
func (s *Store) InvitationsTo(ctx context.Context, address quartet.Fingerprint, now time.Time) ([]quartet.Invitation, error) {
	return collect(ctx, s.reader, scanInvitation, `SELECT `+invitationColumns+` FROM invitation WHERE address_hash = $1 AND ended_at = 0 AND expires_at > $2 ORDER BY created_at DESC, id DESC`,
		address[:], micros(now))
}

func scanInvitation(row scanner) (quartet.Invitation, error) {
	var (
		i                       quartet.Invitation
		channel, role           string
		hash, sealed            []byte
		created, expires, ended int64
	)
	err := row.Scan(&i.ID, &i.Account, &channel, &hash, &sealed, &role, &i.By, &created, &expires, &ended, &i.Person)
	i.Channel, i.Role, i.Address = quartet.Channel(channel), quartet.Role(role), contactOf(hash, sealed)
	i.Created, i.Expires, i.Ended = fromMicros(created), fromMicros(expires), fromMicros(ended)
	return i, err
}
