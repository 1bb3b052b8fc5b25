package store

import (
	"context"
	"database/sql"

	"quartet"
)

const passkeyColumns = `id, person_id, name, hash, sealed, count, created_at, used_at` //nolint:gosec // names of columns

// AddPasskey adds a passkey, with the change of its person. ErrConflict: it is registered,
// or the person changed meanwhile.
func (s *Store) AddPasskey(ctx context.Context, k quartet.Passkey, c quartet.PersonChange, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		if err := changePerson(ctx, tx, c, micros(e.At)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO passkey (`+passkeyColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			k.ID, k.Person, k.Name, printOf(k.Hash), k.Sealed, k.Count, micros(k.Created), micros(k.LastUsed))
		if isUnique(err) {
			return quartet.Errorf(quartet.ErrConflict, "this passkey is registered already; take another one")
		}
		return err
	})
}

// RemovePasskey removes a passkey of a person, with the change of the person. ErrNotFound.
func (s *Store) RemovePasskey(ctx context.Context, id string, c quartet.PersonChange, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM passkey WHERE id = $1 AND person_id = $2`, id, c.Person.ID)
		if err := mustTouch(res, err, "passkey"); err != nil {
			return err
		}
		return changePerson(ctx, tx, c, micros(e.At))
	})
}

// UsePasskey writes what a use of a passkey left. ErrReplayed: its count does not go up, so
// that this use came before one that was seen, or of a copy. A count of 0 says nothing.
func (s *Store) UsePasskey(ctx context.Context, k quartet.Passkey) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE passkey SET sealed = $2, count = $3, used_at = $4 WHERE id = $1 AND (count < $3 OR count = 0 AND $3 = 0)`,
			k.ID, k.Sealed, k.Count, micros(k.LastUsed))
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return quartet.Errorf(quartet.ErrReplayed, "this passkey counts fewer signatures than were seen of it; remove it and register it anew")
		}
		return nil
	})
}

// Passkeys lists the passkeys of a person, oldest first.
func (s *Store) Passkeys(ctx context.Context, person string) ([]quartet.Passkey, error) {
	return collect(ctx, s.reader, scanPasskey, `SELECT `+passkeyColumns+` FROM passkey WHERE person_id = $1 ORDER BY created_at, id`, person)
}

func scanPasskey(row scanner) (quartet.Passkey, error) {
	var (
		k             quartet.Passkey
		hash          []byte
		created, used int64
	)
	err := row.Scan(&k.ID, &k.Person, &k.Name, &hash, &k.Sealed, &k.Count, &created, &used)
	k.Hash, k.Created, k.LastUsed = fromPrint(hash), fromMicros(created), fromMicros(used)
	return k, err
}
