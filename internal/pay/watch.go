package pay

import (
	"context"
	"errors"
	"time"

	"quartet"
	"quartet/internal/billing"
	"quartet/internal/job"
)

// expired is how long after the end of an order a provider surely takes no money for an
// attempt that it has not heard of: what was under way by then is known to it.
const expired = 2 * time.Minute

// Watch asks for an attempt until it is settled: it repairs notices that were lost. The job
// "payment.watch".
func (c *Cashier) Watch(ctx context.Context, payment string) error {
	m, err := c.desk.Payment(ctx, payment)
	if err != nil || m.State != quartet.PaymentOpen {
		return err
	}
	p, err := c.provider(m.Provider)
	if err != nil {
		return err
	}
	o, err := c.desk.Find(ctx, m.Order)
	if err != nil {
		return err
	}
	// An order that was paid otherwise, or cancelled, or whose time is over takes no more.
	end := o.State != quartet.OrderOpen || !c.now().Before(o.PayBy)
	open, err := c.settle(ctx, p, m, o, end)
	if err == nil && open {
		return job.Later{In: c.pause(m.Created), Why: "the buyer has not paid"}
	}
	return c.later(m.Created, err)
}

// settle asks the provider what became of an attempt and writes it. end: nobody may pay it
// any more. open: it is not settled yet.
func (c *Cashier) settle(ctx context.Context, p Provider, m quartet.Payment, o quartet.Order, end bool) (open bool, err error) {
	t, err := p.Query(ctx, m.ID)
	if err == nil && t.State == Waiting && end {
		if err = p.Close(ctx, m.ID); err == nil {
			t, err = p.Query(ctx, m.ID) // the buyer may have paid meanwhile
		}
	}
	if err != nil {
		return true, err
	}
	switch t.State {
	case Paid:
		return false, c.receive(ctx, p.Name(), t)
	case Closed:
		return false, c.lapse(ctx, m.ID)
	case Absent:
		if c.now().Before(o.PayBy.Add(expired)) {
			return true, nil
		}
		return false, c.lapse(ctx, m.ID)
	case Returned:
		return true, quartet.Errorf(quartet.ErrUnsupported, "%s says that this payment was paid and went back, and we know of neither: look at it there, then settle the order by hand", p.Name())
	default:
		return true, nil
	}
}

func (c *Cashier) receive(ctx context.Context, by string, t Trade) error {
	_, err := c.desk.Receive(ctx, by, billing.Money{Payment: t.Payment, Reference: t.Reference, Received: t.Received, Excluded: t.Excluded, At: t.At})
	return err
}

// lapse closes an attempt. That money came meanwhile is no failure.
func (c *Cashier) lapse(ctx context.Context, payment string) error {
	err := c.desk.Lapse(ctx, payment)
	if quartet.CodeOf(err) == quartet.ErrConflict {
		return nil
	}
	return err
}

// CloseOrder closes an order whose time is over: first each open attempt at its provider,
// then the order, unless money came. Of an order that was cancelled it closes the attempts;
// what it cannot close is watched. The job "order.close".
func (c *Cashier) CloseOrder(ctx context.Context, order string) error {
	o, err := c.desk.Find(ctx, order)
	if err != nil || o.State != quartet.OrderOpen && o.State != quartet.OrderClosed {
		return err
	}
	if wait := o.PayBy.Sub(c.now()); wait > 0 && o.State == quartet.OrderOpen {
		return job.Later{In: wait, Why: "its time is not over"}
	}
	attempts, err := c.desk.Payments(ctx, order)
	if err != nil {
		return err
	}
	var left []error
	for _, m := range attempts {
		if m.State == quartet.PaymentOpen {
			left = append(left, c.end(ctx, m, o))
		}
	}
	if o.State == quartet.OrderClosed {
		return nil
	}
	if err := errors.Join(left...); err != nil {
		return job.Later{In: c.pause(o.PayBy), Why: err.Error()}
	}
	switch err := c.desk.Expire(ctx, order); quartet.CodeOf(err) {
	case quartet.ErrConflict: // one was opened, or paid, meanwhile
		return job.Later{In: c.pause(o.PayBy), Why: err.Error()}
	default:
		return err
	}
}

// end ends an open attempt of an order whose time is over. Of a bank transfer nobody can be
// asked: what comes all the same waits for a person.
func (c *Cashier) end(ctx context.Context, m quartet.Payment, o quartet.Order) error {
	if m.Provider == billing.Transfer {
		return c.lapse(ctx, m.ID)
	}
	p, err := c.provider(m.Provider)
	if err != nil {
		return err
	}
	open, err := c.settle(ctx, p, m, o, true)
	if err == nil && open {
		err = quartet.Errorf(quartet.ErrUnavailable, "an attempt at %s may still be paid", p.Name())
	}
	return err
}
