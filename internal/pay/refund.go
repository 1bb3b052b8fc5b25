package pay

import (
	"context"
	"time"

	"quartet"
	"quartet/internal/billing"
	"quartet/internal/job"
)

// doubtFor is how long after its approval a refund is sent again that is refused for a reason
// nobody has heard of. Then a person is to see it: it has failed, as one that is refused for good.
const doubtFor = 24 * time.Hour

// SendRefund sends a refund and asks until it is known what became of it. It asks before it
// sends, and sends under one number: the money goes back once. The job "refund.send". A
// refund of what came by bank transfer is sent by people, so the job is done at once. Of one
// that failed or was given up it only asks: the money may have gone back all the same.
func (c *Cashier) SendRefund(ctx context.Context, refund string) error {
	r, err := c.desk.Refund(ctx, refund)
	asks := r.State == quartet.RefundFailed || r.State == quartet.RefundGivenUp
	if err != nil || r.State != quartet.RefundSending && !asks {
		return err
	}
	m, err := c.desk.Payment(ctx, r.Payment)
	if err != nil || m.Provider == billing.Transfer {
		return err
	}
	if r.Amount <= 0 && !asks {
		return c.desk.Refunded(ctx, m.Provider, refund, "")
	}
	p, err := c.provider(m.Provider)
	if err != nil {
		return err
	}
	back := returnOf(r, m)
	out, err := p.QueryRefund(ctx, back)
	if err == nil && !asks && out.State != ReturnDone && out.State != ReturnAccepted {
		// It is absent, or was refused before and is now sent again.
		out, err = p.Refund(ctx, back)
	}
	if err != nil {
		return c.later(r.Decided, err)
	}
	switch {
	case out.State == ReturnDone:
		return c.desk.Refunded(ctx, p.Name(), refund, out.Reference)
	case asks && out.State != ReturnAccepted: // it waits for a person, and nothing is new
		return nil
	case out.State == ReturnDoubtful && c.now().Sub(r.Decided) < doubtFor:
		return job.Later{In: c.pause(r.Decided), Why: p.Name() + " refuses it: " + Printable(out.Why)}
	case out.State == ReturnRefused, out.State == ReturnStuck, out.State == ReturnDoubtful:
		return c.desk.RefundFailed(ctx, p.Name(), refund, p.Name()+": "+Printable(out.Why))
	default:
		return job.Later{In: c.pause(r.Decided), Why: "the provider has it under way"}
	}
}

func returnOf(r quartet.Refund, m quartet.Payment) Return {
	return Return{Refund: r.ID, Payment: m.ID, Reference: m.Reference, Amount: r.Amount, Total: m.Received, Reason: "退款"}
}
