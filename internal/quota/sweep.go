package quota

import (
	"context"
	"time"

	"quartet"
)

// Sweep resolves the holds past their deadline in the buyer's favour: the units are free
// again, and a call row with 10003 tells that a source was asked and its cost is open. A
// call that was refused when its settle failed keeps the row of that refusal.
// It returns how many it resolved. Run it every few seconds.
func (l *Ledger) Sweep(ctx context.Context) (int, error) {
	now := l.opts.Now()
	due, err := l.store.Holds(ctx, now.UnixMicro(), 1000)
	if err != nil {
		return 0, err
	}
	swept := 0
	for i := range due {
		h := &due[i]
		a := newAct(actSweep)
		a.hold = *h
		a.call = quartet.Call{
			SeqNo: h.SeqNo, At: h.CreatedAt, Account: h.Account, Credential: h.Credential, Product: h.Product,
			Code: quartet.CodeDeadline, Reason: quartet.ReasonUnresolved, Latency: now.Sub(h.CreatedAt),
			Params: h.Params, Card: h.Card, Nonce: h.Nonce, Sent: true,
		}
		err := l.free(a, l.do(ctx, a))
		switch quartet.CodeOf(err) {
		case "":
			swept++
		case quartet.ErrHoldGone: // settled meanwhile
		default:
			return swept, err
		}
	}
	return swept, nil
}

// forsaken are the attempts of a call that was given up: each supplier that it may have
// been with may charge for it.
func forsaken(h *quartet.Hold, now time.Time) []quartet.Attempt {
	attempts := make([]quartet.Attempt, 0, len(h.Asked))
	for _, asked := range h.Asked {
		attempts = append(attempts, quartet.Attempt{
			Source: asked.Source, At: h.CreatedAt, Latency: now.Sub(h.CreatedAt), Sent: true,
			Failure: quartet.FailureForsaken, Charged: quartet.ChargedUnknown, Cost: asked.Cost,
		})
	}
	return attempts
}

// Prune forgets idempotency keys whose 24 hours are over.
func (l *Ledger) Prune(ctx context.Context) error {
	return l.store.PruneClaims(ctx, l.opts.Now().UnixMicro())
}
