package quota

import (
	"context"
	"sync"

	"quartet"
)

// claims are the idempotency keys in flight on this node.
type claims struct {
	mu       sync.Mutex
	inFlight map[quartet.Fingerprint]struct{}
}

func (c *claims) take(key quartet.Fingerprint) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, taken := c.inFlight[key]; taken {
		return false
	}
	if c.inFlight == nil {
		c.inFlight = make(map[quartet.Fingerprint]struct{})
	}
	c.inFlight[key] = struct{}{}
	return true
}

func (c *claims) free(key quartet.Fingerprint) {
	c.mu.Lock()
	delete(c.inFlight, key)
	c.mu.Unlock()
}

// Claim takes an idempotency key for one request. found: the same request had a verdict
// before, which prior holds; it is to be repeated, uncharged, and the key is free again.
// ErrConflict: the key was used with other parameters, or is still in flight. Otherwise
// the key is the caller's until Unclaim, which must follow in every case.
func (l *Ledger) Claim(ctx context.Context, c quartet.Claim) (prior quartet.Claim, found bool, err error) {
	if !l.claims.take(c.Key) {
		return prior, false, errInFlight
	}
	if l.uncertain.Load() {
		// A verdict for this key may lie in the batch whose outcome nobody knew. Once another
		// one is committed, that one has ended.
		err = l.Check(ctx)
	}
	if err == nil {
		prior, found, err = l.store.FindClaim(ctx, c.Key)
	}
	switch {
	case err != nil:
	case !found:
		return prior, false, nil
	case !prior.Code.Valid():
		err = errInFlight // a hold bears it
	case !l.opts.Now().Before(prior.ExpiresAt):
		return quartet.Claim{}, false, nil
	case prior.Request != c.Request:
		err = quartet.Errorf(quartet.ErrConflict, "this idempotency key was used with other parameters; use a new key")
	}
	l.claims.free(c.Key)
	if err != nil {
		return quartet.Claim{}, false, err
	}
	return prior, true, nil
}

// Unclaim frees a key after its call ended, with or without a verdict.
func (l *Ledger) Unclaim(key quartet.Fingerprint) { l.claims.free(key) }

var errInFlight = quartet.Errorf(quartet.ErrConflict, "a call with this idempotency key is still in flight; wait for its answer")
