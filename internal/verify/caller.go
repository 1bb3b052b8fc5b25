package verify

import (
	"context"
	"net/http"
	"time"

	"quartet"
	"quartet/internal/auth"
	"quartet/internal/guard"
	"quartet/internal/web"
)

// authenticate tells who calls. A signature alone decides where there is one, else an
// AppCode, else a key.
func (s *Service) authenticate(r *http.Request, x *exchange) (*auth.Caller, web.Gateway, quartet.Code) {
	caller, g, code := s.identify(r, x)
	if caller == nil {
		if throttled := s.throttleFailure(r, x); throttled != web.NoGateway {
			g, x.more = throttled, ""
		}
	}
	return caller, g, code
}

func (s *Service) identify(r *http.Request, x *exchange) (*auth.Caller, web.Gateway, quartet.Code) {
	if auth.Signed(r.Header) {
		return s.signed(r, x)
	}
	secret, given := auth.AppCode(r.Header["Authorization"])
	if !given && s.AppCodeInQuery {
		secret, given = auth.AppCodeOf(x.query)
	}
	if given {
		caller, ok := s.Callers.Find(quartet.KindAppCode, secret, x.received)
		if !ok {
			return nil, web.UnknownAppCode, 0
		}
		return caller, web.NoGateway, quartet.CodeOK
	}
	if !x.fields.seen[fieldKey] {
		return nil, web.NoCredential, 0
	}
	caller, ok := s.Callers.Find(quartet.KindKey, x.fields.values[fieldKey], x.received)
	if !ok || x.fields.keyDiffers {
		return nil, web.NoGateway, quartet.CodeKey
	}
	return caller, web.NoGateway, quartet.CodeOK
}

func (s *Service) signed(r *http.Request, x *exchange) (*auth.Caller, web.Gateway, quartet.Code) {
	q := &x.signed
	q.Method, q.Path, q.Host, q.Header, q.Query, q.Form, q.Body = r.Method, r.URL.EscapedPath(), r.Host, r.Header, x.query, x.form, x.body
	j := s.Signatures.Judge(q, x.received)
	x.more, x.nonce = j.ToSign, j.Nonce
	if j.Gateway == web.CredentialThrottled { // no more nonces can be remembered just now
		x.wait = time.Second
	}
	return j.Caller, j.Gateway, quartet.CodeOK
}

// throttleFailure answers a caller that failed to say who it is in the same way, whatever
// it tried, once its address has failed too often. Callers who are known pass: those who
// share an address with somebody else's mistake lose nothing.
func (s *Service) throttleFailure(r *http.Request, x *exchange) web.Gateway {
	if s.Failures.QPS == 0 {
		return web.NoGateway
	}
	wait := take(r.Context(), s.Strangers, guard.AddressKey(s.Proxies.Remote(r)), s.Failures, x.received)
	if wait == 0 {
		return web.NoGateway
	}
	x.wait = wait
	return web.AddressThrottled
}

// allowed tells what a known caller may not do here. Who comes with a key hears it as 10010.
func (s *Service) allowed(r *http.Request, caller *auth.Caller, p *quartet.Product) web.Gateway {
	switch {
	case caller.Suspended:
		return web.SubscriptionInvalid
	case len(caller.Limits.Networks) > 0 && !caller.From(s.Proxies.Remote(r)):
		return web.AddressRefused
	case !caller.May(p.ID):
		return web.NotAuthorised
	default:
		return web.NoGateway
	}
}

// pace keeps one call to what its credential and its account may do a second and a day: why it
// may not be made now, and when to come again.
func (s *Service) pace(ctx context.Context, caller *auth.Caller, now time.Time) (web.Gateway, time.Duration) {
	if caller.Limits.QPS > 0 {
		if wait := take(ctx, s.Limiter, "credential "+caller.Credential, caller.Limits.Rate, now); wait > 0 {
			return web.CredentialThrottled, wait
		}
	}
	if caller.Rate.QPS > 0 {
		if wait := take(ctx, s.Limiter, "account "+caller.Account, caller.Rate, now); wait > 0 {
			return web.AccountThrottled, wait
		}
	}
	if caller.Limits.Daily > 0 {
		if wait := s.Days.Take(caller.Credential, caller.Limits.Daily, now); wait > 0 {
			return web.DayThrottled, wait
		}
	}
	return web.NoGateway, 0
}

// take gives how long to wait for a token. A limiter that cannot tell stops nobody: units are
// exact without it.
func take(ctx context.Context, l guard.Limiter, key string, rate quartet.Rate, now time.Time) time.Duration {
	wait, err := l.Take(ctx, key, rate, now)
	if err != nil {
		return 0
	}
	return wait
}

// left tells why no unit could be taken for a call, as far as it is sure. The sandbox and a
// product that is free take none.
func (s *Service) left(caller *auth.Caller, p *quartet.Product, now time.Time) web.Gateway {
	if caller.Test || p.Charge.Most() == 0 {
		return web.NoGateway
	}
	switch s.Ledger.Left(caller.Account, p.ID, now) {
	case quartet.ErrNotFound:
		return web.NotAuthorised
	case quartet.ErrForbidden:
		return web.SubscriptionInvalid
	case quartet.ErrExhausted:
		return web.QuotaExhausted
	case quartet.ErrExpired:
		return web.QuotaExpired
	default:
		return web.NoGateway
	}
}

// claimLife is how long a verdict is repeated for its idempotency key.
const claimLife = 24 * time.Hour

// claim takes the idempotency key of a call. prior set: it was answered before.
func (s *Service) claim(ctx context.Context, caller auth.Caller, q Query, e quartet.Elements) (c quartet.Claim, prior *quartet.Claim, code quartet.Code) {
	if q.IdempotencyKey == "" {
		return c, nil, quartet.CodeOK
	}
	c = quartet.Claim{
		Key:       s.Claims.Sum(caller.Account, q.IdempotencyKey),
		Request:   s.Params.Sum(q.Product.ID, e.Name.Reveal(), e.ID.Reveal(), e.Card.Reveal(), e.Mobile.Reveal()),
		ExpiresAt: q.Received.Add(claimLife),
	}
	found, repeated, err := s.Ledger.Claim(ctx, c)
	switch {
	case quartet.CodeOf(err) == quartet.ErrConflict:
		return c, nil, quartet.CodeIdempotency
	case err != nil:
		return c, nil, quartet.CodeNotCommitted
	case repeated:
		return c, &found, quartet.CodeOK
	}
	return c, nil, quartet.CodeOK
}

// repeat answers what was answered before. It has no row of its own.
func repeat(c quartet.Call, prior quartet.Claim) Answer {
	c.SeqNo, c.Code, c.Verdict, c.Reason, c.Differs = prior.SeqNo, prior.Code, prior.Verdict, prior.Reason, prior.Differs
	return Answer{Call: c, Replayed: true}
}

// fingerprints stand for the request and the card on the call row. Cards are counted for
// all accounts together where suppliers are asked, since the network locks a card for
// everyone, and for each account where the registry is.
func (s *Service) fingerprints(caller auth.Caller, p *quartet.Product, e quartet.Elements, local bool) (params, card quartet.Fingerprint) {
	params = s.Params.Sum(caller.Account, p.ID, e.Name.Reveal(), e.ID.Reveal(), e.Card.Reveal(), e.Mobile.Reveal())
	if e.Card.IsZero() {
		return params, card
	}
	scope := ""
	if local {
		scope = caller.Account
	}
	return params, s.Card.Sum(scope, e.Card.Reveal())
}
