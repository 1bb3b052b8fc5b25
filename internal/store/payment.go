package store

import (
	"context"

	"quartet"
)

const paymentColumns = `id, order_id, provider, method, amount, received, state, show_text, reference, created_at, settled_at, surplus_why, excluded`

func scanPayment(row scanner) (quartet.Payment, error) {
	var (
		p                quartet.Payment
		state            string
		created, settled int64
	)
	err := row.Scan(&p.ID, &p.Order, &p.Provider, &p.Method, &p.Amount, &p.Received, &state, &p.Show, &p.Reference, &created, &settled, &p.SurplusWhy, &p.Excluded)
	p.State, p.Created, p.Settled = quartet.PaymentState(state), fromMicros(created), fromMicros(settled)
	return p, err
}

// Payment finds a payment, or ErrNotFound.
func (s *Store) Payment(ctx context.Context, id string) (quartet.Payment, error) {
	return one(ctx, s.reader, "payment", scanPayment, `SELECT `+paymentColumns+` FROM payment WHERE id = $1`, id)
}

// Payments lists the payments of an order, oldest first.
func (s *Store) Payments(ctx context.Context, order string) ([]quartet.Payment, error) {
	return collect(ctx, s.reader, scanPayment, `SELECT `+paymentColumns+` FROM payment WHERE order_id = $1 ORDER BY created_at, id`, order)
}

// PaymentsIn lists the payments in a state, oldest first, at most limit: younger than the
// one of the id after, or from the oldest for "".
func (s *Store) PaymentsIn(ctx context.Context, state quartet.PaymentState, after string, limit int) ([]quartet.Payment, error) {
	return collect(ctx, s.reader, scanPayment, `SELECT `+paymentColumns+` FROM payment WHERE state = $1
		AND ($2 = '' OR created_at > (SELECT created_at FROM payment WHERE id = $2)
			OR created_at = (SELECT created_at FROM payment WHERE id = $2) AND id > $2)
		ORDER BY created_at, id LIMIT $3`, string(state), after, limit)
}
