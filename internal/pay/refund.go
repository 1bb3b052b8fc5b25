package pay

import (
	"context"

	"quartet"
	"quartet/internal/billing"
	"quartet/internal/job"
)

// SendRefund sends a refund and asks until it is known what became of it. It asks before it
// sends, and sends under one number: the money goes back once. The job "refund.send". A
// refund of what came by bank transfer is sent by people, so the job is done at once.
func (c *Cashier) SendRefund(ctx context.Context, refund string) error {
	r, err := c.desk.Refund(ctx, refund)
	if err != nil || r.State != quartet.RefundSending && r.State != quartet.RefundFailed {
		return err
	}
	m, err := c.desk.Payment(ctx, r.Payment)
	if err != nil || m.Provider == billing.Transfer {
		return err
	}
	if r.Amount <= 0 {
		return c.desk.Refunded(ctx, m.Provider, refund, "")
	}
	p, err := c.provider(m.Provider)
	if err != nil {
		return err
	}
	back := Return{Refund: r.ID, Payment: m.ID, Reference: m.Reference, Amount: r.Amount, Total: m.Received, Reason: "退款"}
	out, err := p.QueryRefund(ctx, back)
	if err == nil && r.State == quartet.RefundSending && out.State != ReturnDone && out.State != ReturnAccepted {
		// It is absent, or was refused before and is now sent again.
		out, err = p.Refund(ctx, back)
	}
	if err != nil {
		return c.later(r.Decided, err)
	}
	switch {
	case out.State == ReturnDone:
		return c.desk.Refunded(ctx, p.Name(), refund, out.Reference)
	case r.State == quartet.RefundFailed: // it waits for a person, and nothing is new
		return nil
	case out.State == ReturnRefused:
		return c.desk.RefundFailed(ctx, p.Name(), refund, p.Name()+": "+Printable(out.Why))
	default:
		return job.Later{In: c.pause(r.Decided), Why: "the provider has it under way"}
	}
}
