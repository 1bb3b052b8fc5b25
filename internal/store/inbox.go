package store

import (
	"context"
	"database/sql"
	"time"

	"quartet"
)

// TellAlert writes all that an alert leads to, once: who is told, and what is to be ordered.
// ErrConflict: it was told before.
func (s *Store) TellAlert(ctx context.Context, id string, at time.Time, t quartet.Telling) error {
	err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE alert SET told_at = $2 WHERE id = $1 AND told_at = 0`, id, micros(at))
		if err := mustChange(res, err, "there is no such alert, or it was told"); err != nil {
			return err
		}
		return tell(ctx, tx, t)
	})
	if err == nil {
		s.nudge()
	}
	return err
}

// Tell writes what the people and programs of an account are to hear.
func (s *Store) Tell(ctx context.Context, t quartet.Telling) error {
	err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error { return tell(ctx, tx, t) })
	if err == nil {
		s.nudge()
	}
	return err
}

func tell(ctx context.Context, tx *sql.Tx, t quartet.Telling) error {
	for i := range t.Notes {
		n := &t.Notes[i]
		if _, err := tx.ExecContext(ctx, `INSERT INTO inbox_note (id, account_id, kind, about, subject, words, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			n.ID, n.Account, n.Kind, n.About, n.Subject, n.Text, micros(n.Created)); err != nil {
			return err
		}
	}
	for i := range t.Deliveries {
		if err := insertDelivery(ctx, tx, &t.Deliveries[i]); err != nil {
			return err
		}
	}
	if err := post(ctx, tx, t.Messages...); err != nil {
		return err
	}
	return enqueue(ctx, tx, t.Jobs...)
}

// InboxNotes lists the notes of an account as a person finds them, newest first, at most
// limit; before is the id of one behind which the list goes on. Ids are in the order of time.
func (s *Store) InboxNotes(ctx context.Context, account, person, before string, limit int) ([]quartet.InboxNote, error) {
	return collect(ctx, s.reader, func(row scanner) (n quartet.InboxNote, err error) {
		var created, read int64
		err = row.Scan(&n.ID, &n.Account, &n.Kind, &n.About, &n.Subject, &n.Text, &created, &read)
		n.Created, n.Read = fromMicros(created), fromMicros(read)
		return n, err
	}, `SELECT n.id, n.account_id, n.kind, n.about, n.subject, n.words, n.created_at, coalesce(r.at, 0)
		FROM inbox_note AS n LEFT JOIN inbox_read AS r ON r.note_id = n.id AND r.person_id = $2
		WHERE n.account_id = $1 AND ($3 = '' OR n.id < $3) ORDER BY n.id DESC LIMIT $4`, account, person, before, limit)
}

// UnreadNotes counts the notes of an account that a person has not read.
func (s *Store) UnreadNotes(ctx context.Context, account, person string) (int64, error) {
	n, err := collect(ctx, s.reader, scanInt, `SELECT count(*) FROM inbox_note AS n WHERE n.account_id = $1
		AND NOT EXISTS (SELECT 1 FROM inbox_read AS r WHERE r.note_id = n.id AND r.person_id = $2)`, account, person)
	if err != nil {
		return 0, err
	}
	return n[0], nil
}

// ReadNotes writes that a person has read a note of an account and all before it.
func (s *Store) ReadNotes(ctx context.Context, account, person, upTo string, at time.Time) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO inbox_read (note_id, person_id, at)
			SELECT id, CAST($2 AS TEXT), CAST($4 AS BIGINT) FROM inbox_note WHERE account_id = $1 AND id <= $3 ON CONFLICT (note_id, person_id) DO NOTHING`, account, person, upTo, micros(at))
		return err
	})
}

// PruneInbox forgets notes that are older than an instant.
func (s *Store) PruneInbox(ctx context.Context, before time.Time) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM inbox_read WHERE note_id IN (SELECT id FROM inbox_note WHERE created_at < $1)`, micros(before)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM inbox_note WHERE created_at < $1`, micros(before))
		return err
	})
}
