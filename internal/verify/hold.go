package verify

import (
	"context"
	"slices"
	"time"

	"quartet"
)

// settleGrace is how long past the deadline a hold waits for its settle.
const settleGrace = 15 * time.Second

// accounting is what of the deadline is kept from suppliers, so that what they said can be
// written down and answered within it.
func accounting(deadline time.Duration) time.Duration { return min(deadline/20, 250*time.Millisecond) }

// holding is the hold of one call while sources are asked. It stands from the moment before
// the first supplier is asked.
type holding struct {
	quartet.Hold

	ledger Ledger
	local  bool            // no supplier was on when the call began
	stands bool            // durable, until it is settled or released
	caller context.Context //nolint:containedctx // of one call, like the others: ends when the caller leaves
	whole  context.Context //nolint:containedctx // of what follows the hold: never ends
	asking context.Context //nolint:containedctx // of the sources: ends shortly before the deadline
	stop   context.CancelFunc
}

func (s *Service) newHolding(ctx context.Context, c *quartet.Call, q Query, claim quartet.Claim, local bool) *holding {
	deadline := q.Received.Add(s.Deadline)
	h := &holding{
		Hold: quartet.Hold{
			SeqNo: c.SeqNo, Account: c.Account, Credential: c.Credential, Product: c.Product, Units: q.Product.Charge.Most(),
			CreatedAt: q.Received, Deadline: deadline.Add(settleGrace), Params: c.Params, Card: c.Card, Nonce: c.Nonce, Claim: claim,
		},
		ledger: s.Ledger, local: local, caller: ctx, whole: ctx, asking: ctx, stop: func() {},
	}
	if !local {
		h.whole = context.WithoutCancel(ctx)
		h.asking, h.stop = context.WithDeadline(h.whole, deadline.Add(-accounting(s.Deadline)))
	}
	return h
}

var (
	errTooLate        = quartet.Errorf(quartet.ErrTimeout, "the time for this call ran out before the supplier was asked")
	errSourcesChanged = quartet.Errorf(quartet.ErrUnavailable, "a supplier was enabled while this call was looked up; ask again")
)

// before makes durable, each time before a supplier is asked, that the call may be with it:
// with the hold, or on the hold that stands, which waits for that no longer than for the
// supplier. On an error nobody is asked. Suppliers that were asked earlier and failed stay
// on it: they may charge all the same, and a crash would take what they said. A product that
// is free holds nothing, so a crash takes every trace of its question.
func (h *holding) before(asked []quartet.Asked) (err error) {
	if h.local { // no deadline, no number to ask under, and a caller whose leaving ends all
		return errSourcesChanged
	}
	next := h.Hold
	for _, a := range asked {
		if !h.with(a.Source) {
			next.Asked = append(slices.Clip(next.Asked), a) // the ledger may hold the old ones yet
		}
	}
	step(beforeHold)
	switch {
	case h.Units == 0:
	case h.stands:
		err = h.ledger.Move(h.asking, next)
	default:
		next, err = h.ledger.Reserve(h.caller, next)
		h.stands = err == nil
	}
	if err == nil { // else nobody more is asked
		h.Hold = next
	}
	step(afterHold)
	if err == nil && h.asking.Err() != nil {
		err = errTooLate
	}
	return err
}

// with reports whether the call may have been with a supplier.
func (h *holding) with(source string) bool {
	return slices.ContainsFunc(h.Asked, func(a quartet.Asked) bool { return a.Source == source })
}

// charging bounds a charge without a hold. Where units are charged no supplier was asked,
// or there would be a hold: a caller who has left is not charged. What is free may have been
// with a supplier, and its verdict is kept.
func (h *holding) charging() context.Context {
	if h.Units == 0 {
		return h.whole
	}
	return h.caller
}

// forsaken are the attempts of a call of which nobody can tell any more how far it came.
func (h *holding) forsaken() []quartet.Attempt {
	attempts := make([]quartet.Attempt, 0, len(h.Asked))
	for _, a := range h.Asked {
		attempts = append(attempts, quartet.Attempt{Source: a.Source, At: h.CreatedAt, Sent: true, Failure: "panic", Cost: a.Cost})
	}
	return attempts
}
