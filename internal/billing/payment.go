package billing

import (
	"context"
	"fmt"
	"time"

	"quartet"
	"quartet/internal/job"
)

// BeginPayment begins to pay an open order at a provider. While a payment at the same provider
// by the same method is open it is given again, so that a page that is opened twice asks for
// money once. ErrNotFound; ErrConflict: the order is not open any more.
func (d *Desk) BeginPayment(ctx context.Context, by, order, provider, method string) (quartet.Payment, error) {
	var m quartet.Payment
	if provider == "" || method == "" {
		return m, quartet.Errorf(quartet.ErrInvalid, "say at which provider and how it is paid")
	}
	err := d.step(ctx, order, func(b *quartet.OrderBook, p *quartet.ShopPostings) error {
		now := d.now()
		o := &b.Order
		if o.State != quartet.OrderOpen || !now.Before(o.PayBy) {
			return quartet.Errorf(quartet.ErrConflict, "this order is %s; order again", told(o, now))
		}
		for _, m = range b.Payments {
			if m.State == quartet.PaymentOpen && m.Provider == provider && m.Method == method {
				p.Untouched = true
				return nil
			}
		}
		m = quartet.Payment{
			ID: numberAtProvider(), Order: o.ID, Provider: provider, Method: method, Amount: o.Amount, State: quartet.PaymentOpen, Created: now,
		}
		p.Payments = append(p.Payments, m)
		if provider == Transfer {
			o.PayBy = o.Created.Add(transferTime)
			p.Orders = append(p.Orders, *o)
			p.Moved = append(p.Moved, job.At(JobCloseOrder, o.ID, o.PayBy, now))
		} else {
			p.Jobs = append(p.Jobs, job.At(JobWatchPayment, m.ID, now, now))
		}
		p.Audit = append(p.Audit, entry(now, by, "payment.attempt", m.ID, "order "+o.ID+", "+provider+" "+method, nil, state{State: m.State, Fen: &m.Amount}))
		return nil
	})
	return m, err
}

func told(o *quartet.Order, now time.Time) string {
	if o.State == quartet.OrderOpen && !now.Before(o.PayBy) {
		return "past its time"
	}
	return string(o.State)
}

// Show keeps what the buyer is shown of an open payment: the page to go to, or the text of a
// QR code. ErrConflict: it is open no more.
func (d *Desk) Show(ctx context.Context, payment, show string) error {
	return d.stepOf(ctx, payment, func(_ *quartet.OrderBook, m *quartet.Payment, p *quartet.ShopPostings) error {
		switch {
		case m.Show == show:
			p.Untouched = true
		case m.State != quartet.PaymentOpen:
			return quartet.Errorf(quartet.ErrConflict, "this payment is %s", m.State)
		default:
			m.Show = show
			p.Payments = append(p.Payments, *m)
		}
		return nil
	})
}

// stepOf takes an order one step on, for one of its payments.
func (d *Desk) stepOf(ctx context.Context, payment string, decide func(*quartet.OrderBook, *quartet.Payment, *quartet.ShopPostings) error) error {
	m, err := d.store.Payment(ctx, payment)
	if err != nil {
		return err
	}
	return d.step(ctx, m.Order, func(b *quartet.OrderBook, p *quartet.ShopPostings) error {
		return decide(b, b.Payment(payment), p)
	})
}

// Money is what a provider says came for one of our payments.
type Money struct {
	Payment   string
	Reference string // the provider's own number of it
	Received  quartet.Fen
	Excluded  quartet.Fen // of that, what no invoice may be made out for
	At        time.Time   // when it came, by the provider; zero: now
}

// Why money paid nothing.
const (
	surplusAmount = "amount" // not what was asked for, by one fen or more
	surplusSecond = "second" // another payment paid the order
	surplusLate   = "late"   // the order was closed
)

// Receive takes money. If it is what an open order asks for, the order is paid and its units
// are given, in one transaction; else it is surplus, and what came through an online provider
// goes back at once. However often the same is said, it happens once, and the payment as it
// stands is given. ErrConflict: this payment was told of before with another amount or
// number; a person must look.
func (d *Desk) Receive(ctx context.Context, by string, r Money) (quartet.Payment, error) {
	var m quartet.Payment
	if r.Received <= 0 {
		return m, quartet.Errorf(quartet.ErrInvalid, "money that comes is more than nothing")
	}
	err := d.stepOf(ctx, r.Payment, func(b *quartet.OrderBook, paying *quartet.Payment, p *quartet.ShopPostings) error {
		m = *paying
		if m.State != quartet.PaymentOpen && m.State != quartet.PaymentClosed {
			if m.Received != r.Received || m.Reference != r.Reference {
				return quartet.Errorf(quartet.ErrConflict, "this payment is %s with %s yuan, number %q; what is said now differs", m.State, m.Received, m.Reference)
			}
			p.Untouched = true
			return nil
		}
		now := d.now()
		before := state{State: m.State}
		m.Received, m.Excluded, m.Reference, m.Settled = r.Received, min(r.Excluded, r.Received), r.Reference, r.At
		if r.At.IsZero() {
			m.Settled = now
		}
		m.State, m.SurplusWhy = quartet.PaymentSurplus, surplusWhy(b.Order.State, m)
		detail := fmt.Sprintf("order %s, surplus: %s", b.Order.ID, m.SurplusWhy)
		if m.SurplusWhy == "" {
			m.State, detail = quartet.PaymentPaid, "order "+b.Order.ID
			pay(b, p, by, now)
		}
		p.Payments = append(p.Payments, m)
		p.Audit = append(p.Audit, entry(now, by, "payment.receive", m.ID, detail, before, state{State: m.State, Fen: &m.Received}))
		if m.State == quartet.PaymentSurplus && m.Provider != Transfer {
			sendBack(p, m, house, "money that paid nothing: "+m.SurplusWhy, now)
		}
		return nil
	})
	return m, err
}

// surplusWhy tells why money pays nothing; "": it pays the order.
func surplusWhy(s quartet.OrderState, m quartet.Payment) string {
	switch {
	case s == quartet.OrderClosed:
		return surplusLate
	case s != quartet.OrderOpen:
		return surplusSecond
	case m.Received != m.Amount:
		return surplusAmount
	}
	return ""
}

// pay makes an open order paid, gives its units, and moves the end of what it renews.
func pay(b *quartet.OrderBook, p *quartet.ShopPostings, by string, now time.Time) {
	o := &b.Order
	g := granted(o, p, now)
	renew(b, p, g.ExpiresAt, now)
	p.Orders = append(p.Orders, *o)
	p.Audit = append(p.Audit, entry(now, by, "order.pay", o.ID, fmt.Sprintf("%d units of product %s", o.Units, o.Product),
		state{State: quartet.OrderOpen}, state{State: o.State, Fen: &o.Amount, Grant: g.ID}))
}

// Lapse closes an open payment of which its provider says that nothing came and nothing can
// come. ErrConflict: money has come.
func (d *Desk) Lapse(ctx context.Context, payment string) error {
	return d.stepOf(ctx, payment, func(b *quartet.OrderBook, m *quartet.Payment, p *quartet.ShopPostings) error {
		switch m.State {
		case quartet.PaymentClosed:
			p.Untouched = true
		case quartet.PaymentOpen:
			now := d.now()
			m.State, m.Settled = quartet.PaymentClosed, now
			p.Payments = append(p.Payments, *m)
			p.Audit = append(p.Audit, entry(now, house, "payment.lapse", m.ID, "order "+b.Order.ID, state{State: quartet.PaymentOpen}, state{State: m.State}))
		default:
			return quartet.Errorf(quartet.ErrConflict, "money has come for this payment")
		}
		return nil
	})
}

// Payment finds a payment, or ErrNotFound.
func (d *Desk) Payment(ctx context.Context, id string) (quartet.Payment, error) {
	return d.store.Payment(ctx, id)
}

// Payments lists the payments of an order, oldest first.
func (d *Desk) Payments(ctx context.Context, order string) ([]quartet.Payment, error) {
	return d.store.Payments(ctx, order)
}

// Surplus lists money that paid nothing and has not gone back, oldest first, at most limit:
// after the one of an id, or from the oldest for "".
func (d *Desk) Surplus(ctx context.Context, after string, limit int) ([]quartet.Payment, error) {
	return d.store.PaymentsIn(ctx, quartet.PaymentSurplus, after, limit)
}
