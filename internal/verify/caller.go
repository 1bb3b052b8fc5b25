package verify

import (
	"context"
	"net/http"
	"time"

	"quartet"
	"quartet/internal/auth"
	"quartet/internal/web"
)

// authenticate tells who calls. A gateway credential alone decides when there is one.
func (s *Service) authenticate(r *http.Request, f *fields) (auth.Caller, web.Gateway, quartet.Code) {
	if secret, given := auth.AppCode(r.Header["Authorization"]); given {
		caller, ok := s.Callers.Find(quartet.KindAppCode, secret)
		switch {
		case !ok:
			return caller, web.UnknownAppCode, 0
		case caller.Suspended:
			return caller, web.SubscriptionInvalid, 0
		}
		return caller, web.NoGateway, quartet.CodeOK
	}
	if !f.seen[fieldKey] {
		return auth.Caller{}, web.NoCredential, 0
	}
	caller, ok := s.Callers.Find(quartet.KindKey, f.values[fieldKey])
	switch {
	case !ok || f.keyDiffers:
		return auth.Caller{}, web.NoGateway, quartet.CodeKey
	case caller.Suspended:
		return caller, web.NoGateway, quartet.CodeForbidden
	}
	return caller, web.NoGateway, quartet.CodeOK
}

func leftAnswer(code quartet.ErrorCode) web.Gateway {
	switch code {
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
		Request:   s.Params.Sum(q.Product.Path, e.Name.Reveal(), e.ID.Reveal(), e.Card.Reveal(), e.Mobile.Reveal()),
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
	c.SeqNo, c.Code, c.Verdict, c.Reason = prior.SeqNo, prior.Code, prior.Verdict, prior.Reason
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
