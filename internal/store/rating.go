package store

import (
	"context"
	"database/sql"
	"time"

	"quartet"
)

// AddRating writes what an account says about one of its orders, if may lets the order be
// rated. ErrNotFound: the account has no such order. ErrConflict: it was rated before.
func (s *Store) AddRating(ctx context.Context, r quartet.Rating, may func(quartet.Order) error, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		o, err := one(ctx, tx, "order", scanOrder, `SELECT `+orderColumns+` FROM shop_order WHERE id = $1 AND account_id = $2`+s.dialect.forLock, r.Order, r.Account)
		if err != nil {
			return err
		}
		if err := may(o); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO rating (`+ratingColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', '', 0, '', '', 0)`,
			r.ID, r.Order, r.Account, o.Product, r.Stars, r.Text, r.By, micros(r.At))
		if isUnique(err) {
			return quartet.Errorf(quartet.ErrConflict, "this order is rated already; a rating is not changed")
		}
		return err
	})
}

const ratingColumns = `id, order_id, account_id, product_id, stars, words, written_by, created_at, answer, answered_by, answered_at, hidden_by, hidden_why, hidden_at`

func scanRating(row scanner) (quartet.Rating, error) {
	var (
		r                         quartet.Rating
		stars                     int64
		created, answered, hidden int64
	)
	err := row.Scan(&r.ID, &r.Order, &r.Account, &r.Product, &stars, &r.Text, &r.By, &created, &r.Answer, &r.AnsweredBy, &answered, &r.HiddenBy, &r.HiddenWhy, &hidden)
	r.Stars, r.At, r.Answered, r.Hidden = int(stars), fromMicros(created), fromMicros(answered), fromMicros(hidden)
	return r, err
}

// AnswerRating writes what the house says to a rating, over what it said before.
func (s *Store) AnswerRating(ctx context.Context, r quartet.Rating, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE rating SET answer = $2, answered_by = $3, answered_at = $4 WHERE id = $1`, r.ID, r.Answer, r.AnsweredBy, micros(r.Answered))
		return mustTouch(res, err, "rating")
	})
}

// HideRating hides the words of a rating for a reason, or shows them again for none.
// ErrConflict: it is so already.
func (s *Store) HideRating(ctx context.Context, r quartet.Rating, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE rating SET hidden_by = $2, hidden_why = $3, hidden_at = $4 WHERE id = $1 AND (hidden_at = 0) = ($5 = 1)`,
			r.ID, r.HiddenBy, r.HiddenWhy, micros(r.Hidden), bit(!r.Hidden.IsZero()))
		return mustChange(res, err, "there is no such rating, or it is hidden or shown already")
	})
}

// Rating finds a rating, or ErrNotFound.
func (s *Store) Rating(ctx context.Context, id string) (quartet.Rating, error) {
	return one(ctx, s.reader, "rating", scanRating, `SELECT `+ratingColumns+` FROM rating WHERE id = $1`, id)
}

// RatingOf finds what an account said about one of its orders, or ErrNotFound.
func (s *Store) RatingOf(ctx context.Context, account, order string) (quartet.Rating, error) {
	return one(ctx, s.reader, "rating", scanRating, `SELECT `+ratingColumns+` FROM rating WHERE order_id = $1 AND account_id = $2`, order, account)
}

// Ratings lists the ratings of a product, newest first, at most limit: behind the
// one of the id before, or from the newest for "".
func (s *Store) Ratings(ctx context.Context, product, before string, limit int) ([]quartet.Rating, error) {
	return collect(ctx, s.reader, scanRating, `SELECT `+ratingColumns+` FROM rating WHERE product_id = $1
		AND ($2 = '' OR created_at < (SELECT created_at FROM rating WHERE id = $2)
			OR created_at = (SELECT created_at FROM rating WHERE id = $2) AND id < $2)
		ORDER BY created_at DESC, id DESC LIMIT $3`, product, before, limit)
}

// Reputation tells how a product stands: the orders of it that were paid since an instant,
// are not trials and were not given back (one on its way back counts until it is back); and
// all its ratings with their stars, hidden ones too.
func (s *Store) Reputation(ctx context.Context, product string, since time.Time) (quartet.Reputation, error) {
	var r quartet.Reputation
	err := s.reader.QueryRowContext(ctx, `SELECT
		(SELECT COUNT(*) FROM shop_order WHERE product_id = $1 AND state IN ('paid', 'refunding') AND trial = 0 AND paid_at > $2),
		(SELECT COUNT(*) FROM rating WHERE product_id = $1),
		(SELECT COALESCE(CAST(SUM(stars) AS BIGINT), 0) FROM rating WHERE product_id = $1)`, product, micros(since)).Scan(&r.Deals, &r.Ratings, &r.Stars)
	return r, classify(err)
}
