package store

import (
	"context"
	"database/sql"
	"time"

	"quartet"
)

const repurchaseColumns = `account_id, product_id, plan_id, monthly, created_at, created_by`

func scanRepurchase(row scanner) (quartet.Repurchase, error) {
	var (
		r     quartet.Repurchase
		begun int64
	)
	err := row.Scan(&r.Account, &r.Product, &r.Plan, &r.Monthly, &begun, &r.By)
	r.Created = fromMicros(begun)
	return r, err
}

// Repurchases lists what an account wants ordered by itself.
func (s *Store) Repurchases(ctx context.Context, account string) ([]quartet.Repurchase, error) {
	return collect(ctx, s.reader, scanRepurchase, `SELECT `+repurchaseColumns+` FROM repurchase WHERE account_id = $1 ORDER BY product_id`, account)
}

// PutRepurchase writes what an account wants ordered by itself, over what it wanted before of
// that product. ErrNotFound: the product has no such plan.
func (s *Store) PutRepurchase(ctx context.Context, r quartet.Repurchase, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `INSERT INTO repurchase (`+repurchaseColumns+`)
			SELECT CAST($1 AS TEXT), product_id, id, CAST($4 AS BIGINT), CAST($5 AS BIGINT), CAST($6 AS TEXT) FROM plan WHERE product_id = $2 AND id = $3 AND trial = 0
			ON CONFLICT (account_id, product_id) DO UPDATE SET plan_id = excluded.plan_id, monthly = excluded.monthly, created_at = excluded.created_at, created_by = excluded.created_by`,
			r.Account, r.Product, r.Plan, r.Monthly, micros(r.Created), r.By)
		return mustTouch(res, err, "plan of this product that can be bought")
	})
}

// RemoveRepurchase lets nothing of a product be ordered by itself any more. ErrNotFound.
func (s *Store) RemoveRepurchase(ctx context.Context, account, product string, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM repurchase WHERE account_id = $1 AND product_id = $2`, account, product)
		return mustTouch(res, err, "wish for this product")
	})
}

// BeginRepurchase writes a try for what fired, once for each alert and product, under the lock
// of the wish: of two at once the later sees the earlier. What stands of the try is given, and
// the wish; month is when the month began. ErrNotFound: there is no wish any more.
func (s *Store) BeginRepurchase(ctx context.Context, try quartet.RepurchaseTry, month time.Time) (t quartet.RepurchaseTry, h quartet.RepurchaseHistory, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		h.Wish, err = one(ctx, tx, "wish for this product", scanRepurchase, `SELECT `+repurchaseColumns+` FROM repurchase WHERE account_id = $1 AND product_id = $2`+s.dialect.forLock, try.Account, try.Product)
		if err != nil {
			return err
		}
		err := tx.QueryRowContext(ctx, `SELECT
			(SELECT count(*) FROM repurchase_try AS t LEFT JOIN shop_order AS o ON o.id = t.order_id WHERE t.account_id = $1 AND t.product_id = $2 AND t.alert_id <> $3 AND (t.state = 'trying' AND t.at > $5 OR o.state = 'open')),
			(SELECT count(*) FROM repurchase_try AS t WHERE t.account_id = $1 AND t.product_id = $2 AND t.alert_id <> $3 AND t.state = 'placed' AND t.at >= $4),
			(SELECT count(*) FROM repurchase_try AS t LEFT JOIN shop_order AS o ON o.id = t.order_id WHERE t.account_id = $1 AND t.product_id = $2 AND t.alert_id <> $3
				AND (t.state = 'refused' AND t.at > $5 OR o.state = 'closed' AND o.closed_at > $5))`,
			try.Account, try.Product, try.Alert, micros(month), micros(try.At.Add(-24*time.Hour))).Scan(&h.Open, &h.Month, &h.Failed)
		if err != nil {
			return err
		}
		if why := h.Spared(); why != "" {
			try.State, try.Why = quartet.RepurchaseSpared, why
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO repurchase_try (id, account_id, product_id, alert_id, order_id, state, why, at) VALUES ($1, $2, $3, $4, '', $5, $6, $7)
			ON CONFLICT (alert_id, product_id) DO NOTHING`, try.ID, try.Account, try.Product, try.Alert, string(try.State), try.Why, micros(try.At)); err != nil {
			return err
		}
		t, err = one(ctx, tx, "try", func(row scanner) (t quartet.RepurchaseTry, err error) {
			var (
				state string
				at    int64
			)
			err = row.Scan(&t.ID, &t.Account, &t.Product, &t.Alert, &t.Order, &state, &t.Why, &at)
			t.State, t.At = quartet.RepurchaseState(state), fromMicros(at)
			return t, err
		}, `SELECT id, account_id, product_id, alert_id, order_id, state, why, at FROM repurchase_try WHERE alert_id = $1 AND product_id = $2`, try.Alert, try.Product)
		return err
	})
	return t, h, err
}

// placedSQL notes the order of a try in the transaction that places it.
const placedSQL = `UPDATE repurchase_try SET state = 'placed', order_id = $2 WHERE id = $1 AND state = 'trying'`

// RefuseRepurchase ends a try that billing refused, with what people are told of it.
// ErrConflict: it ended before.
func (s *Store) RefuseRepurchase(ctx context.Context, id, why string, told quartet.Telling) error {
	err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE repurchase_try SET state = 'refused', why = $2 WHERE id = $1 AND state = 'trying'`, id, why)
		if err := mustChange(res, err, "this try has ended"); err != nil {
			return err
		}
		return tell(ctx, tx, told)
	})
	if err == nil {
		s.nudge()
	}
	return err
}
