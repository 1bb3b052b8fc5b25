package store

import (
	"context"
	"database/sql"
	"time"

	"quartet"
)

const messageColumns = `id, channel, kind, sealed, created_at, expires_at, sent_at`

// post writes messages and the jobs that send them, with the change that asks for them.
func post(ctx context.Context, tx *sql.Tx, messages ...quartet.Message) error {
	for _, m := range messages {
		if _, err := tx.ExecContext(ctx, `INSERT INTO message (`+messageColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			m.ID, string(m.Channel), m.Kind, bytesOf(m.Sealed), micros(m.Created), micros(m.Expires), micros(m.Sent)); err != nil {
			return err
		}
		if err := enqueue(ctx, tx, m.Job()); err != nil {
			return err
		}
	}
	return nil
}

// PutMessages writes messages that no change asks for.
func (s *Store) PutMessages(ctx context.Context, messages ...quartet.Message) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error { return post(ctx, tx, messages...) })
}

// Message finds a message by its id, or ErrNotFound.
func (s *Store) Message(ctx context.Context, id string) (quartet.Message, error) {
	return one(ctx, s.reader, "message", scanMessage, `SELECT `+messageColumns+` FROM message WHERE id = $1`, id)
}

// EndMessage erases what a message says and to whom. sent is when it went out; zero: it
// never did.
func (s *Store) EndMessage(ctx context.Context, id string, sent time.Time) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE message SET sealed = $2, sent_at = $3 WHERE id = $1`, id, []byte{}, micros(sent))
		return mustTouch(res, err, "message")
	})
}

func scanMessage(row scanner) (quartet.Message, error) {
	var (
		m                      quartet.Message
		channel                string
		created, expires, sent int64
	)
	err := row.Scan(&m.ID, &channel, &m.Kind, &m.Sealed, &created, &expires, &sent)
	m.Channel, m.Sealed = quartet.Channel(channel), someBytes(m.Sealed)
	m.Created, m.Expires, m.Sent = fromMicros(created), fromMicros(expires), fromMicros(sent)
	return m, err
}

// bytesOf is never NULL.
func bytesOf(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// someBytes is nil for none.
func someBytes(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}

// printOf is the fingerprint as it is kept: no bytes for none.
func printOf(f quartet.Fingerprint) []byte {
	if f.IsZero() {
		return []byte{}
	}
	return f[:]
}

func fromPrint(b []byte) (f quartet.Fingerprint) {
	copy(f[:], b)
	return f
}
