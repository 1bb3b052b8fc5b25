package billing

import (
	"cmp"
	"context"
	"time"

	"quartet"
	"quartet/internal/job"
)

// sendBack begins the way back of money that paid nothing.
func sendBack(p *quartet.ShopPostings, m quartet.Payment, by, reason string, now time.Time) quartet.Refund {
	r := quartet.Refund{
		ID: numberAtProvider(), Order: m.Order, Payment: m.ID, Surplus: true, Amount: m.Received, State: quartet.RefundSending,
		Reason: reason, AskedBy: by, DecidedBy: by, Created: now, Decided: now,
	}
	p.Refunds = append(p.Refunds, r)
	p.Jobs = append(p.Jobs, job.At(JobSendRefund, r.ID, now, now))
	p.Audit = append(p.Audit, entry(now, by, "refund.send", r.ID, "surplus of order "+m.Order, nil, state{State: r.State, Fen: &r.Amount}))
	return r
}

// ReturnSurplus sends money back that paid nothing and waits for a person: what came by a
// bank transfer, or whose refund was given up. ErrConflict: it is on its way already, or is
// no surplus.
func (d *Desk) ReturnSurplus(ctx context.Context, by, payment, reason string) (quartet.Refund, error) {
	var r quartet.Refund
	if err := quartet.CheckReason(reason); err != nil {
		return r, err
	}
	err := d.stepOf(ctx, payment, func(b *quartet.OrderBook, m *quartet.Payment, p *quartet.ShopPostings) error {
		if m.State != quartet.PaymentSurplus {
			return quartet.Errorf(quartet.ErrConflict, "this payment is %s; only surplus money goes back like this", m.State)
		}
		for i := range b.Refunds {
			if open := &b.Refunds[i]; open.Payment == m.ID && !ended(open.State) {
				return quartet.Errorf(quartet.ErrConflict, "this money is on its way back already")
			}
		}
		r = sendBack(p, *m, by, reason, d.now())
		return nil
	})
	return r, err
}

// Refunded ends a refund of which the provider, or the bank, says that the money went back:
// what is left of the grant is withdrawn and the order is refunded, or the surplus is
// returned. Of one that was given up, see late. ErrConflict: it was never sent.
func (d *Desk) Refunded(ctx context.Context, by, refund, reference string) error {
	_, err := d.stepRefund(ctx, refund, func(b *quartet.OrderBook, r *quartet.Refund, p *quartet.ShopPostings) error {
		switch r.State {
		case quartet.RefundDone:
			p.Untouched = true
			return nil
		case quartet.RefundSending, quartet.RefundFailed: // what failed at first may have arrived all the same
		case quartet.RefundGivenUp:
			if !again(b, r) {
				late(b, r, p, by, reference, d.now())
				return nil
			}
		default:
			return decided(r)
		}
		now := d.now()
		before := state{State: r.State}
		r.State, r.Ended, r.Reference, r.Answer = quartet.RefundDone, now, reference, ""
		p.Refunds = append(p.Refunds, *r)
		p.Audit = append(p.Audit, entry(now, by, "refund.done", r.ID, "order "+r.Order, before, state{State: r.State, Fen: &r.Amount}))
		if r.Surplus {
			m := b.Payment(r.Payment)
			m.State = quartet.PaymentReturned
			p.Payments = append(p.Payments, *m)
			return nil
		}
		o, g := &b.Order, &b.Grant
		if left := g.Left(); left > 0 {
			g.Withdrawn += left
			p.Grants = append(p.Grants, *g)
			p.Entries = append(p.Entries, note(g.ID, quartet.EntryWithdrawn, left, "refund "+r.ID, now))
		}
		o.State, o.Refunded = quartet.OrderRefunded, r.Amount
		p.Orders = append(p.Orders, *o)
		p.Audit = append(p.Audit, entry(now, by, "order.refund", o.ID, "refund "+r.ID, state{State: quartet.OrderRefunding}, state{State: o.State, Fen: &r.Amount, Used: &r.Used}))
		return nil
	})
	return err
}

// again reports whether a refund that was given up can still be the one that took its money
// back: money that paid nothing waited for a person, and nobody sent it under another number.
func again(b *quartet.OrderBook, r *quartet.Refund) bool {
	m := b.Payment(r.Payment)
	if !r.Surplus || m == nil || m.State != quartet.PaymentSurplus {
		return false
	}
	for i := range b.Refunds {
		if o := &b.Refunds[i]; o.ID != r.ID && o.Payment == r.Payment && o.State != quartet.RefundRejected && o.State != quartet.RefundGivenUp {
			return false
		}
	}
	return true
}

// late notes that the money of a refund went back though it was given up. The buyer has the
// money and has had the units meanwhile, so what becomes of them is for a person to say: the
// grant is frozen until one does, and the refund and the audit tell why.
func late(b *quartet.OrderBook, r *quartet.Refund, p *quartet.ShopPostings, by, reference string, now time.Time) {
	if r.Reference != "" { // it was told before
		p.Untouched = true
		return
	}
	r.Reference, r.Answer = cmp.Or(reference, "unknown"), "the money went back after it was given up; see what is left of the units"
	p.Refunds = append(p.Refunds, *r)
	p.Audit = append(p.Audit, entry(now, by, "refund.late", r.ID, "the money of order "+r.Order+" went back after the refund was given up; a person must look", nil, state{State: r.State, Fen: &r.Amount}))
	if g := &b.Grant; !r.Surplus && g.ID != "" && g.FrozenAt.IsZero() {
		g.FrozenAt = now
		p.Grants = append(p.Grants, *g)
		p.Entries = append(p.Entries, note(g.ID, quartet.EntryFrozen, 0, "refund "+r.ID+" went back after it was given up", now))
	}
}

// RefundFailed notes that the provider refused to send a refund. An operator sends it again
// or gives it up. ErrConflict: it is not being sent, or somebody has entered that it was paid
// at the bank.
func (d *Desk) RefundFailed(ctx context.Context, by, refund, why string) error {
	_, err := d.stepRefund(ctx, refund, func(b *quartet.OrderBook, r *quartet.Refund, p *quartet.ShopPostings) error {
		for _, paid := range b.Entered {
			switch {
			case paid.ID != refund || r.State != quartet.RefundSending:
			case paid.SeenBy != "":
				return quartet.Errorf(quartet.ErrConflict, "two people have seen that this money was paid back; the refund hears of it in a moment")
			default:
				return quartet.Errorf(quartet.ErrConflict, "a payment at the bank is entered for this refund; drop its serial first if nothing was paid")
			}
		}
		switch r.State {
		case quartet.RefundFailed:
			p.Untouched = true
			return nil
		case quartet.RefundSending:
		default:
			return decided(r)
		}
		r.State, r.Answer = quartet.RefundFailed, why
		p.Refunds = append(p.Refunds, *r)
		p.Audit = append(p.Audit, entry(d.now(), by, "refund.fail", r.ID, why, state{State: quartet.RefundSending}, state{State: r.State}))
		return nil
	})
	return err
}

// Resend lets a refund that failed be sent again, under the same number: a provider that has
// sent it meanwhile says so. ErrConflict: it has not failed.
func (d *Desk) Resend(ctx context.Context, by, refund string) (quartet.Refund, error) {
	return d.stepRefund(ctx, refund, func(_ *quartet.OrderBook, r *quartet.Refund, p *quartet.ShopPostings) error {
		switch r.State {
		case quartet.RefundSending:
			p.Untouched = true
			return nil
		case quartet.RefundFailed:
		default:
			return decided(r)
		}
		now := d.now()
		r.State, r.Answer = quartet.RefundSending, ""
		p.Refunds = append(p.Refunds, *r)
		p.Moved = append(p.Moved, job.At(JobSendRefund, r.ID, now, now))
		p.Audit = append(p.Audit, entry(now, by, "refund.resend", r.ID, "order "+r.Order, state{State: quartet.RefundFailed}, state{State: r.State}))
		return nil
	})
}

// GiveUp ends a refund that failed, or whose invoices are not taken back: the units are usable
// again and the order is paid as before; surplus money waits for a person. ErrConflict: it is on
// its way.
func (d *Desk) GiveUp(ctx context.Context, by, refund string) (quartet.Refund, error) {
	return d.stepRefund(ctx, refund, func(b *quartet.OrderBook, r *quartet.Refund, p *quartet.ShopPostings) error {
		switch r.State {
		case quartet.RefundGivenUp:
			p.Untouched = true
			return nil
		case quartet.RefundFailed, quartet.RefundReversing:
		default:
			return decided(r)
		}
		giveUp(b, r, p, by, state{State: r.State}, d.now())
		return nil
	})
}

func giveUp(b *quartet.OrderBook, r *quartet.Refund, p *quartet.ShopPostings, by string, before state, now time.Time) {
	r.State, r.Ended = quartet.RefundGivenUp, now
	p.Refunds = append(p.Refunds, *r)
	p.Audit = append(p.Audit, entry(now, by, "refund.give_up", r.ID, "order "+r.Order, before, state{State: r.State}))
	if r.Surplus {
		return
	}
	o, g := &b.Order, &b.Grant
	o.State = quartet.OrderPaid
	renew(b, p, quartet.ValidUntil(o.Paid, o.Months), now)
	p.Orders = append(p.Orders, *o)
	g.FrozenAt, g.FrozenFor = time.Time{}, ""
	p.Entries = append(p.Entries, note(g.ID, quartet.EntryThawed, 0, "refund "+r.ID+" given up by "+by, now))
	renewedBy(g, b.Renewers, p, now)
	p.Grants = append(p.Grants, *g)
}
