package invoicetest

import (
	"context"

	"quartet/internal/invoice"
)

// Cut is a channel behind which the process can be killed: Arm lets the next question reach the
// channel, or not, and then ends whoever asked before it hears the answer. Only a House survives
// that: the job is left as a killed process leaves it.
type Cut struct {
	invoice.Channel

	before, after bool
}

// killed is what ends whoever asks.
type killed struct{}

// Arm kills at the next question: before it is sent, or once it was answered.
func (c *Cut) Arm(sent bool) { c.before, c.after = !sent, sent }

// Disarm lets the process live.
func (c *Cut) Disarm() { c.before, c.after = false, false }

func (c *Cut) kill(now *bool) {
	if *now {
		*now = false
		panic(killed{})
	}
}

// Issue implements invoice.Issuer.
func (c *Cut) Issue(ctx context.Context, r invoice.Request) (invoice.Result, error) {
	c.kill(&c.before)
	out, err := c.Channel.Issue(ctx, r)
	c.kill(&c.after)
	return out, err
}

// ApplyRed implements invoice.Redder.
func (c *Cut) ApplyRed(ctx context.Context, r invoice.RedRequest) (invoice.Result, error) {
	c.kill(&c.before)
	out, err := c.Channel.ApplyRed(ctx, r)
	c.kill(&c.after)
	return out, err
}

// Query implements invoice.Issuer.
func (c *Cut) Query(ctx context.Context, serial string) (invoice.Result, error) {
	out, err := c.Channel.Query(ctx, serial)
	c.kill(&c.after)
	return out, err
}
