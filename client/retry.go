package client

import (
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net/http"
	"time"
)

const (
	firstWait   = 250 * time.Millisecond
	longestWait = 8 * time.Second
	// mostAsked is the longest wait that a house may ask for; whoever called is told of a longer one.
	mostAsked = time.Minute
)

// again reports whether a request that came to err is sent again, and after what wait. All that
// is sent may be: a POST has its key, and the rest does the same when it is done twice.
func (c *API) again(ctx context.Context, try int, err error) (time.Duration, bool) {
	if ctx.Err() != nil {
		return 0, false
	}
	wait := min(firstWait<<min(try, 10), longestWait)
	wait = wait/2 + rand.N(wait/2+1) //nolint:gosec // many clients must not come at once; nobody need guess when
	if p, ok := errors.AsType[*Problem](err); ok {
		if !passing(p, try) || p.RetryAfter > mostAsked {
			return 0, false
		}
		wait = max(wait, p.RetryAfter)
	} else if _, forged := errors.AsType[*tls.CertificateVerificationError](err); forged || noHost(err) {
		return 0, false
	}
	if end, ok := ctx.Deadline(); ok && time.Until(end) <= wait {
		return 0, false // the answer that there is says more than a deadline
	}
	return wait, true
}

// passing reports whether a problem may be gone after a while.
func passing(p *Problem, try int) bool {
	switch p.Status {
	case http.StatusTooManyRequests: // without a time it is no matter of time: too much is kept
		return p.RetryAfter > 0 && !p.replayed
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return !p.replayed
	case http.StatusConflict: // the try before is on its way yet
		return try > 0 && p.about("Idempotency-Key")
	}
	return false
}
