package verify

import (
	"context"
	"strings"
	"time"

	"quartet"
	"quartet/internal/sandbox"
	"quartet/internal/web"
)

// sandboxSource stands as the source on the rows of test calls.
const sandboxSource = "sandbox"

// sandbox answers a call of a test credential by the card alone. No unit is taken, no
// source is asked, no card is counted, and nobody waits for its row. A delay ends when the
// caller goes away, and like a supplier's with the deadline: 10003.
func (s *Service) sandbox(ctx context.Context, c quartet.Call, q Query, e quartet.Elements) Answer {
	out := sandbox.Find(e.Card)
	if out.Delay > s.Deadline {
		out = sandbox.Outcome{Code: quartet.CodeDeadline, Delay: s.Deadline}
	}
	pause(ctx, out.Delay)
	if out.Gateway != web.NoGateway {
		return Answer{Call: c, Gateway: out.Gateway, Wait: out.RetryAfter, More: strings.TrimPrefix(out.Message, out.Gateway.Text().Message)}
	}
	c.Code, c.Verdict, c.Reason, c.Differs = out.Code, out.Verdict, out.Reason, out.Differs&q.Product.Need
	c.Source, c.Latency = sandboxSource, s.Now().Sub(q.Received)
	s.Ledger.Record(c)
	return Answer{Call: c}
}

func pause(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
