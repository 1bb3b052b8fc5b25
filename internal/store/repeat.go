package store

import (
	"context"
	"database/sql"
	"time"

	"quartet"
)

const repeatColumns = `key_hash, id, content_hash, status, kind, sealed, claimed_at`

// ClaimRepeat gives an idempotency key to a request, unless another one has claimed it since
// stale: it gives the request that holds the key now.
func (s *Store) ClaimRepeat(ctx context.Context, r quartet.Repeat, stale time.Time) (holder quartet.Repeat, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM api_repeat WHERE key_hash = $1 AND claimed_at < $2`, r.Key[:], micros(stale)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO api_repeat (`+repeatColumns+`) VALUES ($1, $2, $3, 0, '', $4, $5) ON CONFLICT (key_hash) DO NOTHING`,
			r.Key[:], r.ID, r.Content[:], []byte{}, micros(r.Claimed))
		if err != nil {
			return err
		}
		holder, err = scanRepeat(tx.QueryRowContext(ctx, `SELECT `+repeatColumns+` FROM api_repeat WHERE key_hash = $1`, r.Key[:]))
		return err
	})
	return holder, err
}

// AnswerRepeat writes what the request that holds the key was answered. ErrConflict: it does
// not hold the key, or was answered before.
func (s *Store) AnswerRepeat(ctx context.Context, r quartet.Repeat) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE api_repeat SET content_hash = $3, status = $4, kind = $5, sealed = $6 WHERE key_hash = $1 AND id = $2 AND status = 0`,
			r.Key[:], r.ID, r.Content[:], r.Status, r.Kind, bytesOf(r.Sealed))
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return quartet.Errorf(quartet.ErrConflict, "this request does not hold its idempotency key")
		}
		return nil
	})
}

// FreeRepeat lets the key be used anew that a request holds which is not answered.
func (s *Store) FreeRepeat(ctx context.Context, r quartet.Repeat) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM api_repeat WHERE key_hash = $1 AND id = $2 AND status = 0`, r.Key[:], r.ID)
		return err
	})
}

// PruneRepeats forgets requests that claimed their keys before an instant.
func (s *Store) PruneRepeats(ctx context.Context, before time.Time) error {
	return s.inChunks(ctx, pruneChunk, `DELETE FROM api_repeat WHERE key_hash IN (SELECT key_hash FROM api_repeat WHERE claimed_at < $2 ORDER BY claimed_at LIMIT $1)`, micros(before))
}

func scanRepeat(row scanner) (quartet.Repeat, error) {
	var (
		r            quartet.Repeat
		key, content []byte
		claimed      int64
	)
	err := row.Scan(&key, &r.ID, &content, &r.Status, &r.Kind, &r.Sealed, &claimed)
	copy(r.Key[:], key)
	copy(r.Content[:], content)
	r.Sealed, r.Claimed = someBytes(r.Sealed), fromMicros(claimed)
	return r, err
}
