package billing

import (
	"context"
	"strings"
	"time"

	"quartet"
	"quartet/internal/job"
	"quartet/internal/obs"
)

// AskRefund asks for the money of a paid order. Nothing changes for its units until an
// operator approves. ErrNotFound; ErrConflict: it is not paid, its units have expired, it was
// asked for before, or nothing would go back.
func (d *Desk) AskRefund(ctx context.Context, by, account, order, reason string) (quartet.Refund, error) {
	var r quartet.Refund
	if err := quartet.CheckReason(reason); err != nil {
		return r, err
	}
	err := d.step(ctx, order, func(b *quartet.OrderBook, p *quartet.ShopPostings) error {
		if err := belongs(b, account); err != nil {
			return err
		}
		now := d.now()
		o := &b.Order
		paid := paidBy(b)
		switch {
		case b.Grant.Market() != "":
			return quartet.Errorf(quartet.ErrUnsupported, "market %s sold this and has the money; ask for it there", b.Grant.Market())
		case o.Trial:
			return quartet.Errorf(quartet.ErrUnsupported, "a trial cost nothing; there is nothing to give back")
		case o.State != quartet.OrderPaid || paid == nil:
			return quartet.Errorf(quartet.ErrConflict, "this order is %s; only a paid one can be given back", o.State)
		}
		if !now.Before(b.Grant.ExpiresAt) {
			return quartet.Errorf(quartet.ErrConflict, "the units of this order are valid no more, so nothing of it would be paid back")
		}
		for i := range b.Refunds {
			if open := &b.Refunds[i]; !open.Surplus && !ended(open.State) {
				return quartet.Errorf(quartet.ErrConflict, "a refund of this order is asked for already; wait for its answer")
			}
		}
		if b.Policy.Amount(*o, b.Grant.Used-b.Counted, now) <= 0 {
			return quartet.Errorf(quartet.ErrConflict, "nothing of this order would be paid back: its units are used, or its time for refunds is over")
		}
		r = quartet.Refund{
			ID: numberAtProvider(), Order: o.ID, Payment: paid.ID, State: quartet.RefundRequested, Reason: obs.Redact(strings.TrimSpace(reason)), AskedBy: by, Created: now,
		}
		p.Refunds = append(p.Refunds, r)
		p.Audit = append(p.Audit, entry(now, by, "refund.ask", r.ID, "order "+o.ID, nil, state{State: r.State, Order: o.ID}))
		return nil
	})
	return r, err
}

// ended reports whether a refund is over, so that another one may be asked for.
func ended(s quartet.RefundState) bool {
	return s == quartet.RefundRejected || s == quartet.RefundGivenUp || s == quartet.RefundDone
}

// paidBy is the payment that paid an order, or nil.
func paidBy(b *quartet.OrderBook) *quartet.Payment {
	for i := range b.Payments {
		if b.Payments[i].State == quartet.PaymentPaid {
			return &b.Payments[i]
		}
	}
	return nil
}

// ApproveRefund freezes what the order gave, so that its use comes to an end, and lets the
// amount be found. ErrNotFound; ErrConflict: it was decided before, or an operator froze the
// grant, who must thaw it first.
func (d *Desk) ApproveRefund(ctx context.Context, by, refund string) (quartet.Refund, error) {
	return d.stepRefund(ctx, refund, func(b *quartet.OrderBook, r *quartet.Refund, p *quartet.ShopPostings) error {
		now := d.now()
		o, g := &b.Order, &b.Grant
		switch {
		case r.State == quartet.RefundDraining:
			p.Untouched = true
			return nil
		case r.State != quartet.RefundRequested:
			return decided(r)
		case o.State != quartet.OrderPaid:
			return quartet.Errorf(quartet.ErrConflict, "the order of this refund is %s", o.State)
		case !g.FrozenAt.IsZero():
			return quartet.Errorf(quartet.ErrConflict, "the units of this order are frozen; thaw them before you approve")
		}
		r.State, r.DecidedBy, r.Decided = quartet.RefundDraining, by, now
		o.State = quartet.OrderRefunding
		g.FrozenAt, g.FrozenFor = now, r.ID
		takeBack(b, p, now)
		p.Orders = append(p.Orders, *o)
		p.Refunds = append(p.Refunds, *r)
		p.Grants = append(p.Grants, *g)
		p.Entries = append(p.Entries, note(g.ID, quartet.EntryFrozen, 0, "refund "+r.ID+" approved by "+by, now))
		p.Jobs = append(p.Jobs, job.At(JobDrainRefund, r.ID, now, now))
		p.Audit = append(p.Audit, entry(now, by, "refund.approve", r.ID, "order "+o.ID, state{State: quartet.RefundRequested}, state{State: r.State, Grant: g.ID}))
		return nil
	})
}

// RejectRefund refuses a refund that was asked for; the order stays as it is. ErrConflict: it
// was decided before.
func (d *Desk) RejectRefund(ctx context.Context, by, refund, why string) (quartet.Refund, error) {
	if err := quartet.CheckReason(why); err != nil {
		return quartet.Refund{}, err
	}
	return d.stepRefund(ctx, refund, func(_ *quartet.OrderBook, r *quartet.Refund, p *quartet.ShopPostings) error {
		switch r.State {
		case quartet.RefundRejected:
			p.Untouched = true
			return nil
		case quartet.RefundRequested:
		default:
			return decided(r)
		}
		now := d.now()
		r.State, r.DecidedBy, r.Decided, r.Ended, r.Answer = quartet.RefundRejected, by, now, now, why
		p.Refunds = append(p.Refunds, *r)
		p.Audit = append(p.Audit, entry(now, by, "refund.reject", r.ID, why, state{State: quartet.RefundRequested}, state{State: r.State}))
		return nil
	})
}

func decided(r *quartet.Refund) error {
	return quartet.Errorf(quartet.ErrConflict, "this refund is %s; look at it again", r.State)
}

// stepRefund takes an order one step on, for one of its refunds.
func (d *Desk) stepRefund(ctx context.Context, refund string, decide func(*quartet.OrderBook, *quartet.Refund, *quartet.ShopPostings) error) (quartet.Refund, error) {
	r, err := d.store.Refund(ctx, refund)
	if err != nil {
		return r, err
	}
	err = d.step(ctx, r.Order, func(b *quartet.OrderBook, p *quartet.ShopPostings) error {
		standing := b.Refund(refund)
		err := decide(b, standing, p)
		r = *standing
		return err
	})
	return r, err
}

// stillHeld is how soon it is looked again whether the last calls have ended.
const stillHeld = 2 * time.Second

// Drain finds the amount of an approved refund once no call can change it any more: the
// grant is frozen, and none of its units is held. Then the amount stands and the provider is
// asked to send it; where nothing would go back, the refund is given up and the units are
// usable again. Where more of the order is in invoices than would remain paid, these are taken
// back before anything is sent. It handles jobs of kind refund.drain. job.Later: calls are
// under way, or invoices stand.
func (d *Desk) Drain(ctx context.Context, refund string) error {
	asked, err := d.store.Refund(ctx, refund)
	if err != nil {
		return err
	}
	late, held, err := d.lateUse(ctx, &asked, asked.Decided)
	if err != nil {
		return err
	}
	waits, reverses := held > 0, false
	_, err = d.stepRefund(ctx, refund, func(b *quartet.OrderBook, r *quartet.Refund, p *quartet.ShopPostings) error {
		reverses = false
		if r.State == quartet.RefundReversing {
			waits, reverses = false, inInvoices(b, r) > 0
			p.Untouched = reverses
			if !reverses {
				send(r, p, state{State: r.State}, d.now())
			}
			return nil
		}
		if r.State != quartet.RefundDraining {
			waits, p.Untouched = false, true
			return nil
		}
		if waits = waits || b.Grant.Held > 0; waits {
			p.Untouched = true
			return nil
		}
		now := d.now()
		r.Used = b.Grant.Used
		if !b.RenewedCounted {
			r.Used += late
		}
		// What counts is when it was asked for: the buyer does not wait at his own cost. What
		// a refund of a renewal deducted before is not deducted again.
		r.Amount = b.Policy.Amount(b.Order, r.Used-b.Counted, r.Created)
		before := state{State: r.State}
		if r.Amount <= 0 {
			r.Answer = "nothing is left that could go back"
			giveUp(b, r, p, house, before, now)
			return nil
		}
		if deficit := inInvoices(b, r); deficit > 0 {
			reverses = true
			r.State = quartet.RefundReversing
			p.Refunds = append(p.Refunds, *r)
			p.Jobs = append(p.Jobs, job.At(JobReverseInvoices, r.ID, now, now))
			p.Audit = append(p.Audit, entry(now, house, "refund.reverse", r.ID, "order "+r.Order+", of which "+deficit.String()+" yuan more are in invoices than would be paid", before, state{State: r.State, Fen: &r.Amount, Used: &r.Used}))
			return nil
		}
		send(r, p, before, now)
		return nil
	})
	switch {
	case err != nil:
		return err
	case waits:
		return job.Later{In: stillHeld, Why: "calls are under way that use units of this grant"}
	case reverses: // whoever takes an invoice back lets it run at once
		return job.Later{In: stillInvoiced, Why: "invoices of the order must be taken back first"}
	}
	return nil
}

// stillInvoiced is how soon it is looked again whether invoices have been taken back.
const stillInvoiced = time.Hour

// inInvoices is how much more of an order is in invoices than would be paid once a refund is
// done. So much of them must be taken back first.
func inInvoices(b *quartet.OrderBook, r *quartet.Refund) quartet.Fen {
	return max(b.Invoiced-(b.Order.Amount-r.Amount), 0)
}

func send(r *quartet.Refund, p *quartet.ShopPostings, before state, now time.Time) {
	r.State = quartet.RefundSending
	p.Refunds = append(p.Refunds, *r)
	p.Jobs = append(p.Jobs, job.At(JobSendRefund, r.ID, now, now))
	p.Audit = append(p.Audit, entry(now, house, "refund.send", r.ID, "order "+r.Order, before, state{State: r.State, Fen: &r.Amount, Used: &r.Used}))
}

// lateUse is what calls used until an instant of a renewed grant only because the order that
// is given back had moved its end, and what they hold yet.
func (d *Desk) lateUse(ctx context.Context, r *quartet.Refund, until time.Time) (used, held int64, err error) {
	o, err := d.store.Order(ctx, r.Order)
	if err != nil || r.Surplus || o.RenewedFrom.IsZero() || !o.RenewedFrom.Before(until) {
		return 0, 0, err
	}
	from := o.RenewedFrom
	if from.Before(o.Paid) {
		from = o.Paid
	}
	return d.store.LateUse(ctx, o.Renews, from, until)
}

// Refund finds a refund, or ErrNotFound.
func (d *Desk) Refund(ctx context.Context, id string) (quartet.Refund, error) {
	return d.store.Refund(ctx, id)
}

// Refunds lists refunds, newest first, at most limit: of an order, or of all for ""; in a
// state, or in any for ""; that come after the one of the id before, or from the newest.
func (d *Desk) Refunds(ctx context.Context, order string, s quartet.RefundState, before string, limit int) ([]quartet.Refund, error) {
	return d.store.Refunds(ctx, order, s, before, limit)
}

// RefundPolicy tells what holds for the refunds of a product.
func (d *Desk) RefundPolicy(ctx context.Context, product string) (quartet.RefundPolicy, error) {
	return d.store.RefundPolicy(ctx, product)
}

// SetRefundPolicy puts another policy in force, for refunds whose amount does not stand yet.
// ErrInvalid, ErrNotFound; ErrConflict: somebody else changed it meanwhile.
func (d *Desk) SetRefundPolicy(ctx context.Context, by, product string, p quartet.RefundPolicy) error {
	if err := p.Check(); err != nil {
		return err
	}
	old, err := d.store.RefundPolicy(ctx, product)
	if err != nil || old == p {
		return err
	}
	return d.store.SetRefundPolicy(ctx, product, old, p, entry(d.now(), by, "refund.policy", product, "", policyWords(old), policyWords(p)))
}

func policyWords(p quartet.RefundPolicy) any {
	return map[string]int{"full_days": p.FullDays, "days": p.Days}
}
