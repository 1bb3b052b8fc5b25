package verify

import (
	"context"
	"net/http"
	"strings"
	"time"

	"quartet"
	"quartet/internal/auth"
	"quartet/internal/guard"
	"quartet/internal/route"
	"quartet/internal/source"
	"quartet/internal/web"
)

// Query is one call as any face puts it.
type Query struct {
	Product        *quartet.Product
	Raw            quartet.Raw
	IdempotencyKey string
	Nonce          int64 // short fingerprint, of a signed request
	Received       time.Time
	// SeqNo is the number of the call, where its caller has written one of Number down before;
	// zero: the road takes one.
	SeqNo quartet.SeqNo
}

// Answer is what a call comes to. Gateway set: no call row, an empty body. Lost: nobody
// can tell whether it was charged, and it must not be answered.
type Answer struct {
	Call     quartet.Call
	Gateway  web.Gateway
	Wait     time.Duration // with Gateway: when to come again, if it says so
	More     string        // with Gateway: what its message says in addition
	Replayed bool
	Lost     bool
	supplied bool // the verdict is a supplier's
}

// ServeHTTP takes one request from bytes to answer.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := s.begin(r)
	defer s.end(x) // a panic: no answer; nobody can tell whether the call was charged

	// Admit: an unknown path or method is 404, an unknown stage 400; never charged.
	product, g := s.admit(r)
	if g != web.NoGateway {
		s.gateway(w, x, g)
		return
	}
	// Read: over 64 KiB is 413, compressed or broken off is 400; never charged.
	if g = x.read(r); g != web.NoGateway {
		s.gateway(w, x, g)
		return
	}
	x.parse(r, product.Need)

	// A stopping node answers 10019; never charged.
	if s.draining.Load() {
		w.Header()["Connection"] = []string{"close"}
		s.refuse(w, x, product, auth.Caller{}, quartet.CodeNotCommitted)
		return
	}
	// Authenticate: a gateway answer, or 10005 for a key; never charged.
	caller, g, code := s.authenticate(r, x)
	if g != web.NoGateway {
		s.gateway(w, x, g)
		return
	}
	if code != quartet.CodeOK {
		s.refuse(w, x, product, auth.Caller{}, code)
		return
	}
	// Allowed here? Else a gateway answer, or 10010 for a key; never charged.
	if g = s.allowed(r, caller, product); g != web.NoGateway {
		if caller.Kind == quartet.KindKey {
			s.refuse(w, x, product, *caller, quartet.CodeForbidden)
		} else {
			s.gateway(w, x, g)
		}
		return
	}
	// Any unit left, and not too fast? Else a gateway answer; never charged. A repeat needs
	// no unit, so a call with an idempotency key goes on until Verify has looked it up.
	key := header(r, "Idempotency-Key")
	if g = s.left(caller, product, x.received); g == web.NoGateway || key != "" {
		g, x.wait = s.pace(r.Context(), caller, x.received)
	}
	if g != web.NoGateway {
		s.gateway(w, x, g)
		return
	}
	// Faults of the message: 10009, 10006, 10001; never charged.
	if code := x.fields.fault(); code != quartet.CodeOK {
		s.refuse(w, x, product, *caller, code)
		return
	}
	s.answer(w, x, product, s.Verify(r.Context(), *caller, Query{
		Product: product, Raw: x.fields.raw(), IdempotencyKey: key, Nonce: x.nonce, Received: x.received,
	}))
}

// Verify takes one call of a known caller to its durable answer. Every face calls it.
func (s *Service) Verify(ctx context.Context, caller auth.Caller, q Query) (a Answer) {
	c := s.newCall(caller, q)

	// Normalise: a missing element is 10008, one that breaks its rule 10001; not charged.
	elements, code := normalise(q.Raw, q.Product.Need, q.Received)
	if code != quartet.CodeOK {
		return s.refused(c, code)
	}
	// Product on? Else 10014; not charged.
	if !q.Product.On {
		return s.refused(c, quartet.CodeProductOff)
	}
	// The sandbox decides by the card; not charged.
	if caller.Test {
		return s.sandbox(ctx, c, q, elements)
	}
	// Repeat of an idempotency key: the same answer again, or 10012; not charged.
	claim, prior, code := s.claim(ctx, caller, q, elements)
	if code != quartet.CodeOK {
		return s.refused(c, code)
	}
	if prior != nil {
		return repeat(c, *prior)
	}
	if !claim.Key.IsZero() {
		defer s.Ledger.Unclaim(claim.Key)
		// No repeat: now it needs a unit like any other. Else a gateway answer; not charged.
		if g := s.left(&caller, q.Product, q.Received); g != web.NoGateway {
			return Answer{Call: c, Gateway: g}
		}
	}
	// Said minutes ago to the same buyer? The same verdict; charged, and nobody is asked.
	local := s.Router.Local()
	c.Params, c.Card = s.fingerprints(caller, q.Product, elements, local)
	place, said, ok := s.said(c.Params, caller, q, local)
	if ok {
		return s.again(ctx, c, q, claim, said)
	}
	// Guard: 10020; not charged.
	pass, ok := s.Guard.Admit(c.Params, c.Card, q.Received)
	if !ok {
		return s.refused(c, quartet.CodeLimited)
	}
	a = s.decide(ctx, c, q, route.Question{
		Query: source.Query{Elements: elements, Need: q.Product.Need}, Account: c.Account, Purpose: caller.Purpose,
	}, claim, pass, local)
	s.keep(place, caller, q, a)
	return a
}

// decide asks the sources and accounts for what they say. Where the registry answers, the
// verdict is found and then charged. Before a supplier is asked units are held, and settled
// or released afterwards; from the hold on the call runs to its end, whether its caller
// waits or not: the supplier may charge us for it.
func (s *Service) decide(ctx context.Context, c quartet.Call, q Query, question route.Question, claim quartet.Claim, pass guard.Pass, local bool) (a Answer) {
	h := s.newHolding(ctx, &c, q, claim, local)
	defer func() {
		h.stop()
		if c.Sent && c.Code == quartet.CodeLimited {
			s.Guard.CloseCard(pass)
		}
		s.Guard.Done(pass, c.Sent, h.said)
		a.supplied = h.with(c.Source)
	}()
	if !local {
		question.Order = s.Numbers.Text(c.SeqNo)
	}
	code, err := s.ask(&c, question, h)
	step(beforeEnd)
	switch {
	case err != nil && !h.stands:
		// Reserve failed, so nobody was asked: without a unit a gateway answer, without a
		// commit 10019, too late 10003; not charged.
		return s.unaccounted(c, err)
	case err != nil:
		// Move failed, or the time was over before anybody was asked: the unit is free again.
		// 10019 or 10003; not charged.
		return s.released(h, c, refusalOf(err))
	case code == quartet.CodeOK && h.stands:
		// Settle: charged by the verdict. A hold that is gone discards the verdict: 10003.
		return s.accounted(c, s.Ledger.Settle(h.whole, h.Hold, &c, q.Product.Charge.Units(c.Verdict), claim))
	case code == quartet.CodeOK:
		// Charge: durable before the answer. A failure discards the verdict, uncharged.
		return s.accounted(c, s.Ledger.Charge(h.charging(), &c, q.Product.Charge.Units(c.Verdict), claim))
	case h.stands:
		// Release: the unit is free again; the refusal's row goes with it. Not charged.
		return s.released(h, c, code)
	default:
		return s.refused(c, code)
	}
}

func (s *Service) newCall(caller auth.Caller, q Query) quartet.Call {
	no := q.SeqNo
	if no.IsZero() {
		no = s.Issuer.Next()
	}
	return quartet.Call{SeqNo: no, At: q.Received, Account: caller.Account, Credential: caller.Credential, Product: q.Product.ID, Nonce: q.Nonce}
}

// normalise applies the rules of the elements.
func normalise(raw quartet.Raw, need quartet.ElementSet, today time.Time) (quartet.Elements, quartet.Code) {
	for _, f := range [...]struct {
		bit   quartet.ElementSet
		value string
	}{{quartet.NeedName, raw.Name}, {quartet.NeedID, raw.ID}, {quartet.NeedCard, raw.Card}, {quartet.NeedMobile, raw.Mobile}} {
		if need.Has(f.bit) && strings.TrimSpace(f.value) == "" {
			return quartet.Elements{}, quartet.CodeMissing
		}
	}
	e, rej := quartet.Normalize(raw, need, today)
	switch {
	case rej != nil && rej.Code == quartet.RejectMissing:
		return e, quartet.CodeMissing
	case rej != nil:
		return e, quartet.CodeElement
	}
	return e, quartet.CodeOK
}
