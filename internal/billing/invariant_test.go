package billing_test

import (
	"context"
	"time"

	"pgregory.net/rapid"

	"quartet"
	"quartet/internal/quota"
)

// check holds the money, the orders and the units to each other.
func (m *machine) check(rt *rapid.T) {
	m.known()
	ctx := context.Background()
	r, err := quota.Audit(ctx, m.store, true)
	if err != nil || len(r.Differences) > 0 {
		rt.Fatalf("the books differ: %v, %v", r.Differences, err)
	}
	m.checkEnds(rt)
	m.checkGrants(rt)
	var received, sold, surplus, told, done, toldBack quartet.Fen
	for _, id := range m.orders {
		o := m.order(id)
		if o.State == quartet.OrderPaid || o.State == quartet.OrderRefunding || o.State == quartet.OrderRefunded {
			sold += o.Amount
		}
		var open int
		for _, r := range m.refundsOf(id) {
			if r.State == quartet.RefundDone {
				done += r.Amount
			}
			if !r.Surplus && (r.State == quartet.RefundDraining || r.State == quartet.RefundSending || r.State == quartet.RefundFailed) {
				open++
			}
			if r.Amount < 0 || !r.Surplus && r.Amount > o.Amount {
				rt.Fatalf("order %+v, refund %+v", o, r)
			}
		}
		if (open == 1) != (o.State == quartet.OrderRefunding) || open > 1 {
			rt.Fatalf("order %+v has %d refunds under way", o, open)
		}
		payments, err := m.Payments(ctx, id)
		must(m.t, err)
		for _, p := range payments {
			received += p.Received
			if p.State == quartet.PaymentSurplus || p.State == quartet.PaymentReturned {
				surplus += p.Received
			}
		}
	}
	for _, fen := range m.came {
		told += fen
	}
	for _, fen := range m.back {
		toldBack += fen
	}
	if received != told || received != sold+surplus || done != toldBack || done > received {
		rt.Fatalf("received %s, told %s, sold %s, surplus %s, went back %s, told %s", received, told, sold, surplus, done, toldBack)
	}
}

// checkGrants: what was bought and not closed has one grant, over its units and its money, and
// whatever grant names an order is that one. Money paid it once, unless it is a trial.
func (m *machine) checkGrants(rt *rapid.T) {
	ctx := context.Background()
	list, err := m.store.Grants(ctx, "")
	must(m.t, err)
	bought := map[string]quartet.Grant{}
	for _, g := range list {
		if g.Order() == "" {
			continue // an operator gave it
		}
		if other, twice := bought[g.Order()]; twice {
			rt.Fatalf("one order gave %+v and %+v", other, g)
		}
		bought[g.Order()] = g
	}
	orders, err := m.store.Orders(ctx, "", "", "", 1000)
	must(m.t, err)
	for _, o := range orders {
		sold := o.State == quartet.OrderPaid || o.State == quartet.OrderRefunding || o.State == quartet.OrderRefunded
		g, gave := bought[o.ID]
		if gave != sold || g.ID != o.Grant || gave && (g.Units != o.Units || g.Account != o.Account) {
			rt.Fatalf("order %+v has the grant %+v", o, g)
		}
		delete(bought, o.ID)
		payments, err := m.Payments(ctx, o.ID)
		must(m.t, err)
		paid := 0
		for _, p := range payments {
			if p.State == quartet.PaymentPaid {
				paid++
			}
		}
		if paid > 1 || (paid == 1) != (sold && !o.Trial) {
			rt.Fatalf("order %+v is paid %d times", o, paid)
		}
	}
	if len(bought) > 0 {
		rt.Fatalf("grants of orders that are not there: %+v", bought)
	}
}

// checkEnds: what was bought ends with its own time, or later as far as paid orders that
// renew it, or operators, moved it; what is given back moves nothing.
func (m *machine) checkEnds(rt *rapid.T) {
	list, err := m.store.Orders(context.Background(), "", "", "", 1000)
	must(m.t, err)
	adjustments, err := m.store.Adjustments(context.Background(), "", quartet.AdjustmentConfirmed, "", 1000)
	must(m.t, err)
	for _, o := range list {
		if o.Grant == "" {
			continue
		}
		g := m.grant(o.Grant)
		want := quartet.ValidUntil(o.Paid, o.Months)
		later := func(end time.Time) {
			if end.After(want) {
				want = end
			}
		}
		for _, r := range list {
			if r.Renews == g.ID && r.State == quartet.OrderPaid {
				later(quartet.ValidUntil(r.Paid, r.Months))
			}
		}
		for _, a := range adjustments {
			if a.Grant == g.ID {
				later(a.Until)
			}
		}
		if g.FrozenFor == "" && !g.ExpiresAt.Equal(want) {
			rt.Fatalf("grant %+v ends %s, want %s", g, g.ExpiresAt, want)
		}
	}
}

func (m *machine) refundsOf(order string) []quartet.Refund {
	list, err := m.store.Refunds(context.Background(), order, "", "", 1000)
	must(m.t, err)
	return list
}

// wayOut ends all that is open: no state is without a way out.
func (m *machine) wayOut(rt *rapid.T) {
	ctx := context.Background()
	m.settle(rt)
	end := func(err error) {
		if err != nil {
			rt.Fatalf("there is no way out: %v\n%s", err, m.world())
		}
	}
	for _, id := range m.payments {
		if p, err := m.Payment(ctx, id); err == nil && p.State == quartet.PaymentOpen {
			end(m.Lapse(ctx, id))
		} else if p.State == quartet.PaymentSurplus {
			_, _ = m.ReturnSurplus(ctx, "qian", id, "at last") // unless it is on its way
		}
	}
	for _, id := range m.adjustments {
		if _, err := m.RejectAdjustment(ctx, "sun", id, "at last"); err != nil && quartet.CodeOf(err) != quartet.ErrConflict {
			end(err) // what is confirmed has ended already
		}
	}
	m.known()
	for _, id := range m.refunds {
		var err error
		if m.refund(id).State == quartet.RefundRequested {
			_, err = m.RejectRefund(ctx, "qian", id, "at last")
			end(err)
		}
		if m.refund(id).State == quartet.RefundDraining {
			end(m.Drain(ctx, id))
		}
		if m.refund(id).State == quartet.RefundFailed {
			_, err = m.Resend(ctx, "qian", id)
			end(err)
		}
		if m.refund(id).State == quartet.RefundSending {
			end(m.Refunded(ctx, "alipay", id, "at last"))
			m.back[id] = m.refund(id).Amount
		}
	}
	for _, id := range m.orders {
		if m.order(id).State == quartet.OrderOpen {
			_, err := m.Cancel(ctx, "person", "", id)
			end(err)
		}
		switch o := m.order(id); o.State {
		case quartet.OrderPaid, quartet.OrderRefunded, quartet.OrderClosed:
		default:
			rt.Fatalf("order %+v has not ended", o)
		}
	}
	for _, id := range m.payments {
		if p, err := m.Payment(ctx, id); err != nil || p.State == quartet.PaymentOpen || p.State == quartet.PaymentSurplus {
			rt.Fatalf("payment %+v has not ended, %v", p, err)
		}
	}
	open, err := m.store.Adjustments(ctx, "", quartet.AdjustmentProposed, "", 1000)
	if err != nil || len(open) > 0 {
		rt.Fatalf("adjustments %+v have not ended, %v", open, err)
	}
	m.check(rt)
}
