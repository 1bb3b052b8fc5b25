package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"quartet"
)

const orderColumns = `id, account_id, person_id, plan_id, plan_name, product_id, units, amount, months, trial, renews, code, state,
	created_at, pay_by, paid_at, closed_at, why, grant_id, refunded, renewed_from, renewed_to`

func scanOrder(row scanner) (quartet.Order, error) {
	var (
		o                                             quartet.Order
		state                                         string
		trial, created, by, paid, closed, before, end int64
	)
	err := row.Scan(&o.ID, &o.Account, &o.Person, &o.Plan, &o.PlanName, &o.Product, &o.Units, &o.Amount, &o.Months, &trial, &o.Renews, &o.Code, &state,
		&created, &by, &paid, &closed, &o.Why, &o.Grant, &o.Refunded, &before, &end)
	o.Trial, o.State = trial == 1, quartet.OrderState(state)
	o.Created, o.PayBy, o.Paid, o.Closed = fromMicros(created), fromMicros(by), fromMicros(paid), fromMicros(closed)
	o.RenewedFrom, o.RenewedTo = fromMicros(before), fromMicros(end)
	return o, err
}

func orderArgs(o *quartet.Order) []any {
	return []any{
		o.ID, o.Account, o.Person, o.Plan, o.PlanName, o.Product, o.Units, int64(o.Amount), o.Months, bit(o.Trial), o.Renews, o.Code, string(o.State),
		micros(o.Created), micros(o.PayBy), micros(o.Paid), micros(o.Closed), o.Why, o.Grant, int64(o.Refunded), micros(o.RenewedFrom), micros(o.RenewedTo),
	}
}

// Order finds an order, or ErrNotFound.
func (s *Store) Order(ctx context.Context, id string) (quartet.Order, error) {
	return one(ctx, s.reader, "order", scanOrder, `SELECT `+orderColumns+` FROM shop_order WHERE id = $1`, id)
}

// OrderOfCode finds the order that a bank transfer names, or ErrNotFound.
func (s *Store) OrderOfCode(ctx context.Context, code string) (quartet.Order, error) {
	return one(ctx, s.reader, "order", scanOrder, `SELECT `+orderColumns+` FROM shop_order WHERE code = $1`, code)
}

// Orders lists orders, newest first, at most limit: of an account, or of all for ""; in a
// state, or in any for ""; older than the one of the id before, or from the newest for "".
func (s *Store) Orders(ctx context.Context, account string, state quartet.OrderState, before string, limit int) ([]quartet.Order, error) {
	return collect(ctx, s.reader, scanOrder, `SELECT `+orderColumns+` FROM shop_order WHERE ($1 = '' OR account_id = $1) AND ($2 = '' OR state = $2)
		AND ($3 = '' OR created_at < (SELECT created_at FROM shop_order WHERE id = $3)
			OR created_at = (SELECT created_at FROM shop_order WHERE id = $3) AND id < $3)
		ORDER BY created_at DESC, id DESC LIMIT $4`, account, string(state), before, limit)
}

// PlaceOrder shows decide the shelf and writes what it decides. ErrNotFound: there is no
// such account or plan, or no such grant to renew. ErrConflict: the new id or code is taken,
// or the identity had its trial.
func (s *Store) PlaceOrder(ctx context.Context, account, plan, renews string, decide func(quartet.Shelf) (quartet.ShopPostings, error)) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var (
			shelf     quartet.Shelf
			suspended int64
		)
		err := tx.QueryRowContext(ctx, `SELECT suspended_at FROM account WHERE id = $1`, account).Scan(&suspended)
		if errors.Is(err, sql.ErrNoRows) {
			return quartet.Errorf(quartet.ErrNotFound, "there is no account of that id")
		}
		if err != nil {
			return err
		}
		shelf.Suspended = suspended != 0
		if shelf.Plan, err = one(ctx, tx, "plan", scanPlan, `SELECT `+planColumns+` FROM plan WHERE id = $1`+s.dialect.forLock, plan); err != nil {
			return err
		}
		if shelf.Renewed, err = s.lockGrant(ctx, tx, renews); err != nil {
			return err
		}
		// Whoever orders for the same account waits, and counts this order too. The account is
		// locked behind the grant, as the ledger does whose rows name both.
		if _, err := collect(ctx, tx, scanInt, `SELECT 1 FROM account WHERE id = $1`+s.dialect.forLock, account); err != nil {
			return err
		}
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM shop_order WHERE account_id = $1 AND state = 'open'`, account).Scan(&shelf.Open); err != nil {
			return err
		}
		return s.decideAndPost(ctx, tx, func() (quartet.ShopPostings, error) { return decide(shelf) })
	})
}

// ChangeOrder shows decide an order with all that hangs on it, locked, and writes what it
// decides. Whatever belongs to an order is changed under the lock of its row alone, so no
// step is lost to another one. decide may be called again; it does nothing but decide.
// ErrNotFound.
func (s *Store) ChangeOrder(ctx context.Context, order string, decide func(quartet.OrderBook) (quartet.ShopPostings, error)) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		book, err := s.lockOrder(ctx, tx, order)
		if err != nil {
			return err
		}
		if book.Grant.Market() != "" {
			if book.Instance, err = s.lockInstance(ctx, tx, order); err != nil {
				return err
			}
		}
		return s.decideAndPost(ctx, tx, func() (quartet.ShopPostings, error) { return decide(book) })
	})
}

func (s *Store) lockOrder(ctx context.Context, tx *sql.Tx, id string) (b quartet.OrderBook, err error) {
	if b.Order, err = one(ctx, tx, "order", scanOrder, `SELECT `+orderColumns+` FROM shop_order WHERE id = $1`+s.dialect.forLock, id); err != nil {
		return b, err
	}
	o := &b.Order
	var counts int64
	if b.Payments, err = collect(ctx, tx, scanPayment, `SELECT `+paymentColumns+` FROM payment WHERE order_id = $1 ORDER BY created_at, id`, id); err != nil {
		return b, err
	}
	if b.Refunds, err = collect(ctx, tx, scanRefund, `SELECT `+refundColumns+` FROM refund WHERE order_id = $1 ORDER BY created_at, id`, id); err != nil {
		return b, err
	}
	if b.Entered, err = collect(ctx, tx, scanEntered, `SELECT id, amount, serial, entered_by, seen_by, entered_at, seen_at FROM payout
		WHERE is_refund = 1 AND id IN (SELECT id FROM refund WHERE order_id = $1) ORDER BY id`, id); err != nil {
		return b, err
	}
	if err = tx.QueryRowContext(ctx, `SELECT claimed + invoiced FROM shop_order WHERE id = $1`, id).Scan(&b.Invoiced); err != nil {
		return b, err
	}
	if b.Policy, err = policyOf(ctx, tx, o.Product); err != nil {
		return b, err
	}
	renewers := `SELECT ` + orderColumns + ` FROM shop_order WHERE renews = $1 AND renews <> '' AND id <> $2 ORDER BY id` + s.dialect.forLock
	if o.Renews != "" {
		if b.Siblings, err = collect(ctx, tx, scanOrder, renewers, o.Renews, id); err != nil {
			return b, err
		}
	}
	if o.Grant != "" {
		if b.Renewers, err = collect(ctx, tx, scanOrder, renewers, o.Grant, id); err != nil {
			return b, err
		}
	}
	// Behind the locks of the renewers, whose refunds are changed under these.
	if err = tx.QueryRowContext(ctx, countedSQL, o.Grant, o.Renews).Scan(&b.Counted, &counts); err != nil {
		return b, err
	}
	b.RenewedCounted = counts > 0
	return b, s.lockGrants(ctx, tx, &b)
}

// countedSQL tells what refunds whose amount stands count: units that an order gave, and used
// late, by those who renewed it; and whether what an order renews is given back itself. A grant
// that is given back is used no more, so what its refund counts beyond it was used elsewhere.
const countedSQL = `SELECT
	(SELECT CAST(coalesce(sum(r.used - g.used), 0) AS BIGINT) FROM shop_order AS o JOIN refund AS r ON r.order_id = o.id JOIN quota_grant AS g ON g.id = o.grant_id
		WHERE o.renews = $1 AND o.renews <> '' AND r.surplus = 0 AND r.state IN ('reversing', 'sending', 'failed', 'done')),
	(SELECT count(*) FROM shop_order AS o JOIN refund AS r ON r.order_id = o.id
		WHERE o.grant_id = $2 AND o.grant_id <> '' AND r.surplus = 0 AND r.state IN ('reversing', 'sending', 'failed', 'done'))`

// lockGrants reads what an order gave and what it renews, in the order in which the ledger
// locks grants, so that neither waits for the other in a circle.
func (s *Store) lockGrants(ctx context.Context, tx *sql.Tx, b *quartet.OrderBook) error {
	grants, err := collect(ctx, tx, scanGrant, `SELECT `+grantColumns+` FROM quota_grant WHERE id IN ($1, $2) ORDER BY id`+s.dialect.forLock, b.Order.Grant, b.Order.Renews)
	for _, g := range grants {
		if g.ID == b.Order.Grant {
			b.Grant = g
		} else {
			b.Renewed = g
		}
	}
	return err
}

// lockGrant reads a grant and keeps the ledger from changing it until the transaction ends.
// Of none it gives none.
func (s *Store) lockGrant(ctx context.Context, tx *sql.Tx, id string) (quartet.Grant, error) {
	if id == "" {
		return quartet.Grant{}, nil
	}
	return one(ctx, tx, "grant", scanGrant, `SELECT `+grantColumns+` FROM quota_grant WHERE id = $1`+s.dialect.forLock, id)
}

// LateUse tells how many units of a grant calls used that began in a span of time, and how
// many are held for such calls, at one instant.
func (s *Store) LateUse(ctx context.Context, grant string, from, to time.Time) (used, held int64, err error) {
	rows, err := collect(ctx, s.reader, func(row scanner) (n [2]int64, err error) { err = row.Scan(&n[0], &n[1]); return n, err }, `SELECT
		(SELECT coalesce(sum(units), 0) FROM grant_day WHERE grant_id = $1 AND day >= $2 AND day < $3)
			+ (SELECT coalesce(sum(charged), 0) FROM call WHERE grant_id = $1 AND second >= $4 AND second < $5
				AND second >= (SELECT coalesce(max(day), -1) + 1 FROM closed_day) * 86400 - 28800),
		(SELECT coalesce(sum(units), 0) FROM hold WHERE grant_id = $1 AND second < $5)`,
		grant, quartet.DayOf(from.Unix()), quartet.DayOf(to.Unix())+1, from.Unix(), to.Unix())
	if err != nil {
		return 0, 0, err
	}
	return rows[0][0], rows[0][1], nil
}
