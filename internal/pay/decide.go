package pay

import (
	"context"

	"quartet"
	"quartet/internal/billing"
)

// GiveUp ends a refund that failed, once its provider, asked, says that the money did not
// go back and will not: the units are usable again. Where the money went back after all the
// refund is done instead, and is given so. ErrConflict: it is under way, or stuck where
// somebody may still let it arrive. ErrUnavailable: the provider does not say.
func (c *Cashier) GiveUp(ctx context.Context, by, refund string) (quartet.Refund, error) {
	r, err := c.desk.Refund(ctx, refund)
	if err != nil {
		return r, err
	}
	if r.State == quartet.RefundFailed {
		if done, err := c.surelyNot(ctx, r); err != nil || done {
			return c.asItStands(ctx, refund, err)
		}
	}
	return c.desk.GiveUp(ctx, by, refund)
}

// FailRefund ends the sending of a refund that goes neither forth nor back, such as one
// whose provider takes no request of ours any more, so that it can be sent again or given
// up. Where the money went back the refund is done instead, and is given so. Errors as of
// GiveUp; ErrConflict also: it is not being sent, or a payment at the bank is entered for it.
func (c *Cashier) FailRefund(ctx context.Context, by, refund string) (quartet.Refund, error) {
	r, err := c.desk.Refund(ctx, refund)
	if err != nil {
		return r, err
	}
	if r.State == quartet.RefundSending {
		if done, err := c.surelyNot(ctx, r); err != nil || done {
			return c.asItStands(ctx, refund, err)
		}
	}
	return c.asItStands(ctx, refund, c.desk.RefundFailed(ctx, by, refund, "ended by "+by))
}

func (c *Cashier) asItStands(ctx context.Context, refund string, err error) (quartet.Refund, error) {
	if err != nil {
		return quartet.Refund{}, err
	}
	return c.desk.Refund(ctx, refund)
}

// surelyNot asks whether the money of a refund surely stays. done: it went back, which is
// written.
func (c *Cashier) surelyNot(ctx context.Context, r quartet.Refund) (done bool, err error) {
	m, err := c.desk.Payment(ctx, r.Payment)
	if err != nil {
		return false, err
	}
	if m.Provider == billing.Transfer { // whether it was paid at the bank billing sees itself
		return false, nil
	}
	p, err := c.provider(m.Provider)
	if err != nil {
		return false, err
	}
	out, err := p.QueryRefund(ctx, returnOf(r, m))
	if err != nil {
		return false, &quartet.Error{Code: quartet.ErrUnavailable, Cause: err, Message: p.Name() + " does not say what became of this refund, so nothing was changed; try again later"}
	}
	switch out.State {
	case ReturnDone:
		return true, c.desk.Refunded(ctx, p.Name(), r.ID, out.Reference)
	case ReturnAbsent, ReturnRefused:
		return false, nil
	case ReturnStuck:
		return false, quartet.Errorf(quartet.ErrConflict, "%s has this refund as %s, and the money can still go back there; settle it at the provider first", p.Name(), Printable(out.Why))
	default:
		return false, quartet.Errorf(quartet.ErrConflict, "%s has this refund under way; wait until it has ended there", p.Name())
	}
}
