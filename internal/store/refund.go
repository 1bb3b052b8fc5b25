package store

import (
	"context"
	"database/sql"

	"quartet"
)

const refundColumns = `id, order_id, payment_id, surplus, amount, used, state, reason, asked_by, decided_by, created_at, decided_at, ended_at, answer, reference`

func scanRefund(row scanner) (quartet.Refund, error) {
	var (
		r                                quartet.Refund
		state                            string
		surplus, created, decided, ended int64
	)
	err := row.Scan(&r.ID, &r.Order, &r.Payment, &surplus, &r.Amount, &r.Used, &state, &r.Reason, &r.AskedBy, &r.DecidedBy, &created, &decided, &ended, &r.Answer, &r.Reference)
	r.Surplus, r.State = surplus == 1, quartet.RefundState(state)
	r.Created, r.Decided, r.Ended = fromMicros(created), fromMicros(decided), fromMicros(ended)
	return r, err
}

// Refund finds a refund, or ErrNotFound.
func (s *Store) Refund(ctx context.Context, id string) (quartet.Refund, error) {
	return one(ctx, s.reader, "refund", scanRefund, `SELECT `+refundColumns+` FROM refund WHERE id = $1`, id)
}

// Refunds lists refunds, newest first, at most limit: of an order, or of all for ""; in a
// state, or in any for "".
func (s *Store) Refunds(ctx context.Context, order string, state quartet.RefundState, limit int) ([]quartet.Refund, error) {
	return collect(ctx, s.reader, scanRefund, `SELECT `+refundColumns+` FROM refund WHERE ($1 = '' OR order_id = $1) AND ($2 = '' OR state = $2)
		ORDER BY created_at DESC, id DESC LIMIT $3`, order, string(state), limit)
}

func scanPolicy(row scanner) (p quartet.RefundPolicy, err error) {
	err = row.Scan(&p.FullDays, &p.Days)
	return p, err
}

// policyOf is the policy of a product, or that of products for which nobody set one.
func policyOf(ctx context.Context, q querier, product string) (quartet.RefundPolicy, error) {
	found, err := collect(ctx, q, scanPolicy, `SELECT full_days, days FROM refund_policy WHERE product_id = $1`, product)
	if err != nil || len(found) == 0 {
		return quartet.DefaultRefundPolicy(), err
	}
	return found[0], nil
}

// RefundPolicy tells what holds for the refunds of a product.
func (s *Store) RefundPolicy(ctx context.Context, product string) (quartet.RefundPolicy, error) {
	return policyOf(ctx, s.reader, product)
}

// SetRefundPolicy puts a policy in force. ErrConflict: it was not old any more.
func (s *Store) SetRefundPolicy(ctx context.Context, product string, old, p quartet.RefundPolicy, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		known, err := collect(ctx, tx, scanInt, `SELECT 1 FROM product WHERE id = $1`+s.dialect.forLock, product)
		if err != nil {
			return err
		}
		if len(known) == 0 {
			return quartet.Errorf(quartet.ErrNotFound, "there is no product of that id; `quartet product list` shows them")
		}
		standing, err := policyOf(ctx, tx, product)
		if err != nil {
			return err
		}
		if standing != old {
			return quartet.Errorf(quartet.ErrConflict, "somebody else changed this policy meanwhile; look again before you change it")
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO refund_policy (product_id, full_days, days) VALUES ($1, $2, $3)
			ON CONFLICT (product_id) DO UPDATE SET full_days = excluded.full_days, days = excluded.days`, product, p.FullDays, p.Days)
		return err
	})
}
