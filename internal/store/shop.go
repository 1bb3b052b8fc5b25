package store

import (
	"context"
	"database/sql"

	"quartet"
)

const (
	placeOrderSQL = `INSERT INTO shop_order (` + orderColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)`
	// What was bought is not among what changes.
	changeOrderSQL = `UPDATE shop_order SET state = $2, pay_by = $3, paid_at = $4, closed_at = $5, why = $6, grant_id = $7, refunded = $8, renewed_from = $9, renewed_to = $10 WHERE id = $1`
	putPaymentSQL  = `INSERT INTO payment (` + paymentColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		ON CONFLICT (id) DO UPDATE SET received = excluded.received, state = excluded.state, show_text = excluded.show_text,
			reference = excluded.reference, settled_at = excluded.settled_at, surplus_why = excluded.surplus_why, excluded = excluded.excluded`
	putRefundSQL = `INSERT INTO refund (` + refundColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
		ON CONFLICT (id) DO UPDATE SET amount = excluded.amount, used = excluded.used, state = excluded.state, decided_by = excluded.decided_by,
			decided_at = excluded.decided_at, ended_at = excluded.ended_at, answer = excluded.answer, reference = excluded.reference`
	// The units of a grant are the ledger's; what is withdrawn is what nobody can take now.
	changeGrantSQL = `UPDATE quota_grant SET withdrawn = $2, expires_at = $3, frozen_at = $4, frozen_for = $5 WHERE id = $1`
	// A job that was taken from a runner ends nothing any more: its tries name another lease.
	// What is moved is asked for anew, so what failed before does not count: else the first
	// failure would end it.
	moveJobSQL = `UPDATE job SET state = 'waiting', next_at = $3, tries = CASE WHEN state = 'running' THEN tries + 1 ELSE tries END, lease = 0, ended_at = 0, failed = 0 WHERE kind = $1 AND job_key = $2`
)

// decideAndPost writes what was decided, in the transaction in which it was read.
func (s *Store) decideAndPost(ctx context.Context, tx *sql.Tx, decide func() (quartet.ShopPostings, error)) error {
	p, err := decide()
	if err != nil || p.Untouched {
		return err
	}
	return s.postShop(ctx, tx, p)
}

// row is one statement with its values.
type row struct {
	taken string // what a violated unique constraint means; empty: it cannot be
	text  string
	args  []any
}

func (s *Store) postShop(ctx context.Context, tx *sql.Tx, p quartet.ShopPostings) error {
	for _, r := range shopRows(p) {
		_, err := tx.ExecContext(ctx, r.text, r.args...)
		if r.taken != "" && isUnique(err) {
			return quartet.Errorf(quartet.ErrConflict, "%s", r.taken)
		}
		if err != nil {
			return err
		}
	}
	if p.Step != nil {
		if err := stepInstance(ctx, tx, p.Step); err != nil {
			return err
		}
	}
	if p.Try != "" {
		res, err := tx.ExecContext(ctx, placedSQL, p.Try, p.Placed.ID)
		if err := mustChange(res, err, "this repurchase has ended"); err != nil {
			return err
		}
	}
	if err := tell(ctx, tx, p.Told); err != nil {
		return err
	}
	if err := enqueue(ctx, tx, p.Jobs...); err != nil {
		return err
	}
	if err := moveJobs(ctx, tx, p.Moved); err != nil {
		return err
	}
	for _, e := range p.Audit {
		if err := s.audit(ctx, tx, e); err != nil {
			return err
		}
	}
	return nil
}

// moveJobs lets jobs run at NextAt though they may have run before. One that does not stand
// is left for enqueue.
func moveJobs(ctx context.Context, tx *sql.Tx, jobs []quartet.Job) error {
	for _, j := range jobs {
		if _, err := tx.ExecContext(ctx, moveJobSQL, j.Kind, j.Key, micros(j.NextAt)); err != nil {
			return err
		}
	}
	return nil
}

// shopRows are the rows of a step, each after those that it names.
func shopRows(p quartet.ShopPostings) []row {
	var rows []row
	add := func(taken, text string, args ...any) { rows = append(rows, row{taken, text, args}) }
	for i := range p.Opened {
		add("", insertGrantSQL, grantArgs(&p.Opened[i])...)
		add("", rearmSQL, p.Opened[i].Account, p.Opened[i].Product)
	}
	for i := range p.Grants {
		g := &p.Grants[i]
		add("", changeGrantSQL, g.ID, g.Withdrawn, micros(g.ExpiresAt), micros(g.FrozenAt), g.FrozenFor)
	}
	for _, e := range p.Entries {
		add("", insertEntrySQL, e.ID, e.Grant, string(e.Kind), e.Units, e.Note, micros(e.At), micros(e.Until))
	}
	if p.Placed != nil {
		add("this number or code of an order is taken; order again", placeOrderSQL, orderArgs(p.Placed)...)
	}
	for i := range p.Orders {
		o := &p.Orders[i]
		add("", changeOrderSQL, o.ID, string(o.State), micros(o.PayBy), micros(o.Paid), micros(o.Closed), o.Why, o.Grant, int64(o.Refunded), micros(o.RenewedFrom), micros(o.RenewedTo))
	}
	for i := range p.Payments {
		m := &p.Payments[i]
		add("another payment has paid this order; look at it again", putPaymentSQL, m.ID, m.Order, m.Provider, m.Method, int64(m.Amount), int64(m.Received), string(m.State),
			m.Show, m.Reference, micros(m.Created), micros(m.Settled), m.SurplusWhy, int64(m.Excluded))
	}
	for i := range p.Refunds {
		r := &p.Refunds[i]
		add("a refund of this payment stands already; look at it before you ask for another one", putRefundSQL, r.ID, r.Order, r.Payment, bit(r.Surplus), int64(r.Amount), r.Used, string(r.State),
			r.Reason, r.AskedBy, r.DecidedBy, micros(r.Created), micros(r.Decided), micros(r.Ended), r.Answer, r.Reference)
	}
	if t := p.Trial; t != nil {
		add("this firm or person had the trial of this product before, with this or another account; buy a plan instead",
			`INSERT INTO trial_use (product_id, identity, account_id, order_id, at) VALUES ($1, $2, $3, $4, $5)`, t.Product, t.Identity, t.Account, t.Order, micros(t.At))
	}
	if a := p.Adjusted; a != nil {
		add("", putAdjustmentSQL, adjustmentArgs(a)...)
	}
	return rows
}
