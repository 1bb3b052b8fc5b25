package store

import (
	"context"

	"quartet"
)

const paymentColumns = `id, order_id, provider, method, amount, received, state, show_text, reference, created_at, settled_at, surplus_why`

func scanPayment(row scanner) (quartet.Payment, error) {
	var (
		p                quartet.Payment
		state            string
		created, settled int64
	)
	err := row.Scan(&p.ID, &p.Order, &p.Provider, &p.Method, &p.Amount, &p.Received, &state, &p.Show, &p.Reference, &created, &settled, &p.SurplusWhy)
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

// PaymentsIn lists the payments in a state, oldest first, at most limit.
func (s *Store) PaymentsIn(ctx context.Context, state quartet.PaymentState, limit int) ([]quartet.Payment, error) {
	return collect(ctx, s.reader, scanPayment, `SELECT `+paymentColumns+` FROM payment WHERE state = $1 ORDER BY created_at, id LIMIT $2`, string(state), limit)
}
