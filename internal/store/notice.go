package store

import (
	"context"
	"database/sql"
	"time"

	"quartet"
)

const noticeColumns = `id, provider, sealed, hash, state, event, kind, about, answer, received_at, ended_at`

// PutNotice keeps a notice that arrived, with the job that handles it if whoever took it
// does not live to do so. It is durable when PutNotice returns.
func (s *Store) PutNotice(ctx context.Context, n quartet.Notice, handle quartet.Job) error {
	return s.event(ctx, quartet.AuditEntry{}, []quartet.Job{handle}, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO notice (`+noticeColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			n.ID, n.Provider, n.Sealed, n.Hash, string(quartet.NoticeReceived), "", "", "", "", micros(n.Received), 0)
		return err
	})
}

// ClaimNotice makes a notice that proved genuine the one of its event, or a repeat of the
// one that is. It gives the notice of the event as it stands. n says the id, the event and
// what it is about. ErrConflict: it was refused before.
func (s *Store) ClaimNotice(ctx context.Context, n quartet.Notice, now time.Time) (owner quartet.Notice, err error) {
	for range 2 { // the second finds the one that came between
		err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
			owner, err = s.claimNotice(ctx, tx, n, now)
			return err
		})
		if !isUnique(err) {
			break
		}
	}
	return owner, err
}

func (s *Store) claimNotice(ctx context.Context, tx *sql.Tx, n quartet.Notice, now time.Time) (owner quartet.Notice, err error) {
	of, err := collect(ctx, tx, scanNotice, `SELECT `+noticeColumns+` FROM notice WHERE provider = $1 AND event = $2`, n.Provider, n.Event)
	if err != nil {
		return owner, err
	}
	if len(of) == 1 && of[0].ID != n.ID {
		_, err := tx.ExecContext(ctx, `UPDATE notice SET state = 'repeated', kind = $2, about = $3, answer = $4, ended_at = $5 WHERE id = $1 AND state = 'received'`,
			n.ID, n.Kind, n.About, "repeats "+of[0].ID, micros(now))
		return of[0], err
	}
	claimed, err := collect(ctx, tx, scanNotice, `UPDATE notice SET state = CASE WHEN state = 'received' THEN 'claimed' ELSE state END, event = $2, kind = $3, about = $4
		WHERE id = $1 AND state IN ('received', 'claimed', 'handled') RETURNING `+noticeColumns, n.ID, n.Event, n.Kind, n.About)
	if err == nil && len(claimed) == 0 {
		err = quartet.Errorf(quartet.ErrConflict, "this notice was refused before")
	}
	if err != nil {
		return owner, err
	}
	return claimed[0], nil
}

// EndNotice writes that a notice was handled, or refused and why. What has ended before
// stays as it is, and the entry is not written again.
func (s *Store) EndNotice(ctx context.Context, id string, state quartet.NoticeState, answer string, now time.Time, e quartet.AuditEntry) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE notice SET state = $2, answer = $3, ended_at = $4 WHERE id = $1 AND state IN ('received', 'claimed')`, id, string(state), answer, micros(now))
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return s.audit(ctx, tx, e)
	})
}

// Notice finds a notice, or ErrNotFound.
func (s *Store) Notice(ctx context.Context, id string) (quartet.Notice, error) {
	list, err := collect(ctx, s.reader, scanNotice, `SELECT `+noticeColumns+` FROM notice WHERE id = $1`, id)
	if err == nil && len(list) == 0 {
		err = quartet.Errorf(quartet.ErrNotFound, "there is no notice of that id")
	}
	if err != nil {
		return quartet.Notice{}, err
	}
	return list[0], nil
}

// Notices lists notices in a state, or in all for "", that came before an instant, newest
// first, at most limit.
func (s *Store) Notices(ctx context.Context, state quartet.NoticeState, before time.Time, limit int) ([]quartet.Notice, error) {
	return collect(ctx, s.reader, scanNotice, `SELECT `+noticeColumns+` FROM notice WHERE ($1 = '' OR state = $1) AND received_at < $2 ORDER BY received_at DESC, id DESC LIMIT $3`,
		string(state), micros(before), limit)
}

func scanNotice(row scanner) (quartet.Notice, error) {
	var (
		n               quartet.Notice
		state           string
		received, ended int64
	)
	err := row.Scan(&n.ID, &n.Provider, &n.Sealed, &n.Hash, &state, &n.Event, &n.Kind, &n.About, &n.Answer, &received, &ended)
	n.State, n.Received, n.Ended = quartet.NoticeState(state), fromMicros(received), fromMicros(ended)
	return n, err
}
