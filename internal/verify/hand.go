package verify

import (
	"context"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"quartet"
	"quartet/internal/auth"
	"quartet/internal/web"
)

// Leave is what a credential may ask now, on behalf of whoever it belongs to.
type Leave struct {
	Caller  auth.Caller
	Product *quartet.Product // as it is now: what is asked under this leave is charged by it
	Calls   int              // how many of those that were wanted
	Gateway web.Gateway      // why no more
	Wait    time.Duration    // with Gateway, when to come again, if it is a matter of time
}

// LeaveFor looks whether calls of a product may be made in the name of a credential, as the
// road does before it takes one: the credential is in force, its account not suspended, the
// product among its own, and no limit of calls a second or a day is reached. Networks bind
// programs, and are not looked at. Each call that is let pass counts for the limits.
func (s *Service) LeaveFor(ctx context.Context, credential, product string, want int) Leave {
	now := s.Now()
	caller, ok := s.Callers.Named(credential, now)
	if !ok {
		return Leave{Gateway: web.UnknownAppCode}
	}
	l := Leave{Caller: *caller}
	for _, p := range *s.products.Load() {
		if p.ID == product {
			l.Product = p
		}
	}
	switch {
	case l.Product == nil || !l.Product.On:
		l.Gateway = web.APINotFound
	case caller.Suspended:
		l.Gateway = web.SubscriptionInvalid
	case !caller.May(product):
		l.Gateway = web.NotAuthorised
	default:
		l.Gateway = s.left(caller, l.Product, now)
	}
	if l.Gateway != web.NoGateway {
		return l
	}
	for l.Calls < want {
		if l.Gateway, l.Wait = s.pace(ctx, caller, now); l.Gateway != web.NoGateway {
			break
		}
		l.Calls++
	}
	return l
}

// Number takes the number of a call that is about to be made.
func (s *Service) Number() quartet.SeqNo { return s.Issuer.Next() }

// Ask is Verify for a face that shows the answer itself: log and metrics hear of it as of any
// call. A panic is a call of which nobody can tell what became of it.
func (s *Service) Ask(ctx context.Context, caller auth.Caller, q Query, request string) (a Answer) {
	defer func() {
		if p := recover(); p != nil {
			if p != http.ErrAbortHandler { //nolint:errorlint // the very value that net/http knows
				s.Log.Fault(request, fmt.Sprintf("panic with a %T", p), debug.Stack())
			}
			a = Answer{Lost: true}
		}
	}()
	a = s.Verify(ctx, caller, q)
	switch c := &a.Call; {
	case a.Lost:
	case a.Gateway != web.NoGateway:
		s.Metrics.Gateway(a.Gateway.Text().Code)
	default:
		took := s.Now().Sub(q.Received)
		s.Log.Call(&web.Event{
			Time: q.Received, SeqNo: s.Numbers.Text(c.SeqNo), RequestID: request, Account: c.Account, Credential: c.Credential, Product: c.Product, Code: c.Code,
			Verdict: c.Verdict, Reason: c.Reason, Charged: c.Charged, Grant: c.Grant, Source: c.Source, Latency: took, Replayed: a.Replayed, Reused: c.Reused,
		})
		s.Metrics.Call(c.Code, c.Charged, took)
	}
	return a
}
