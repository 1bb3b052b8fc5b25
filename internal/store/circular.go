package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"quartet"
)

// insertCircular writes what all who hold units of something are to hear, with its job. One
// without a kind is none.
func insertCircular(ctx context.Context, tx *sql.Tx, c *quartet.Circular) error {
	if c.Kind == "" {
		return nil
	}
	products, err := json.Marshal(c.Products)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO circular (id, kind, about, products, subject, words, inbox, mail_right, data, created_at, reached, ended_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', 0)`,
		c.ID, c.Kind, c.About, string(products), c.Subject, c.Text, bit(c.Inbox), string(c.Mail), c.Data, micros(c.Created)); err != nil {
		return err
	}
	return enqueue(ctx, tx, c.Job())
}

// Circular finds a circular, or ErrNotFound.
func (s *Store) Circular(ctx context.Context, id string) (quartet.Circular, error) {
	return one(ctx, s.reader, "circular", func(row scanner) (c quartet.Circular, err error) {
		var (
			products              string
			inbox, created, ended int64
		)
		if err := row.Scan(&c.ID, &c.Kind, &c.About, &products, &c.Subject, &c.Text, &inbox, &c.Mail, &c.Data, &created, &c.Reached, &ended); err != nil {
			return c, err
		}
		c.Inbox, c.Created, c.Ended = inbox == 1, fromMicros(created), fromMicros(ended)
		if err := json.Unmarshal([]byte(products), &c.Products); err != nil {
			return c, quartet.Errorf(quartet.ErrInternal, "a circular cannot be read: %w", err)
		}
		return c, nil
	}, `SELECT id, kind, about, products, subject, words, inbox, mail_right, data, created_at, reached, ended_at FROM circular WHERE id = $1`, id)
}

// holding is a grant whose units are not used up and have not ended at $1.
const holding = `expires_at > $1 AND used + withdrawn < units`

// Holders lists the accounts that hold units of one of these products, or of whichever for
// none, by id behind one, at most limit.
func (s *Store) Holders(ctx context.Context, products []string, after string, now time.Time, limit int) ([]string, error) {
	which, args := "", []any{micros(now), after, limit}
	if len(products) > 0 {
		which = ` AND product_id IN ('', ` + placeholders(4, len(products)) + `)`
		for _, p := range products {
			args = append(args, p)
		}
	}
	return collect(ctx, s.reader, scanText, `SELECT DISTINCT account_id FROM quota_grant WHERE `+holding+` AND account_id > $2`+which+` ORDER BY account_id LIMIT $3`, args...)
}

// TellCircular tells some accounts of a circular, those behind reached up to next. ended is
// zero while there are more. ErrConflict: somebody else told them.
func (s *Store) TellCircular(ctx context.Context, id, reached, next string, ended time.Time, t quartet.Telling) error {
	err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE circular SET reached = $3, ended_at = $4 WHERE id = $1 AND reached = $2 AND ended_at = 0`, id, reached, next, micros(ended))
		if err := mustChange(res, err, "somebody else carries this circular round"); err != nil {
			return err
		}
		return tell(ctx, tx, t)
	})
	if err == nil {
		s.nudge()
	}
	return err
}
