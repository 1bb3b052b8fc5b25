package verify

import (
	"context"
	"fmt"
	"net/http"
	"runtime/debug"
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
		g = s.throttled(r, x, caller)
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
	// Guard: 10020; not charged.
	c.Params, c.Card = s.fingerprints(caller, q.Product, elements, s.Router.Local())
	pass, ok := s.Guard.Admit(c.Params, c.Card, q.Received)
	if !ok {
		return s.refused(c, quartet.CodeLimited)
	}
	return s.decide(ctx, c, q, route.Question{
		Query: source.Query{Elements: elements, Need: q.Product.Need}, Account: c.Account, Purpose: caller.Purpose,
	}, claim, pass)
}

// settleGrace is how long past the deadline a hold waits for its settle.
const settleGrace = 15 * time.Second

// decide asks the sources and accounts for what they say. Where the registry answers, the
// verdict is found and then charged. Before a supplier is asked units are held, and settled
// or released afterwards; from the hold on the call runs to its end, whether its caller
// waits or not: the supplier may charge us for it.
func (s *Service) decide(ctx context.Context, c quartet.Call, q Query, question route.Question, claim quartet.Claim, pass guard.Pass) (a Answer) {
	defer func() { s.Guard.Done(pass, c.Sent, c.Verdict) }()
	most, held := q.Product.Charge.Most(), false
	deadline := q.Received.Add(s.Deadline)
	hold := quartet.Hold{
		SeqNo: c.SeqNo, Account: c.Account, Credential: c.Credential, Product: c.Product, Units: most,
		CreatedAt: q.Received, Deadline: deadline.Add(settleGrace), Params: c.Params, Card: c.Card, Nonce: c.Nonce, Claim: claim,
	}
	asking, whole := ctx, ctx
	if !s.Router.Local() {
		question.Order = s.Numbers.Text(c.SeqNo)
		whole = context.WithoutCancel(ctx)
		var cancel context.CancelFunc
		asking, cancel = context.WithDeadline(whole, deadline)
		defer cancel()
	}
	// Reserve, then note whom it is with: without a unit a gateway answer, without a commit
	// 10019, too late 10003; not charged.
	before := func(asked []quartet.Asked) (err error) {
		hold.Asked = asked
		switch {
		case most == 0:
		case held:
			err = s.Ledger.Move(whole, hold)
		default:
			hold, err = s.Ledger.Reserve(ctx, hold)
			held = err == nil
		}
		return err
	}
	code, err := s.ask(asking, &c, question, before)
	switch {
	case err != nil: // what is held the sweeper frees
		return s.unaccounted(c, err)
	case code == quartet.CodeOK && held:
		// Settle: charged by the verdict. A hold that is gone discards the verdict: 10003.
		return s.accounted(c, s.Ledger.Settle(whole, hold, &c, q.Product.Charge.Units(c.Verdict), claim))
	case code == quartet.CodeOK:
		// Charge: durable before the answer. A failure discards the verdict, uncharged.
		return s.accounted(c, s.Ledger.Charge(whole, &c, q.Product.Charge.Units(c.Verdict), claim))
	case held:
		// Release: the unit is free again; the refusal's row goes with it. Not charged.
		switch err := s.Ledger.Release(whole, hold, &c); quartet.CodeOf(err) {
		case "":
			return Answer{Call: c}
		case quartet.ErrUnavailable, quartet.ErrTimeout: // the sweeper frees the unit
			return s.refused(c, code)
		default:
			return s.unaccounted(c, err)
		}
	default:
		return s.refused(c, code)
	}
}

// ask puts the question and notes what came of it on the call. A verdict that comes after
// the deadline is none: 10003. A panic is 10004. The error is the ledger's.
func (s *Service) ask(ctx context.Context, c *quartet.Call, q route.Question, before route.Before) (code quartet.Code, err error) {
	defer func() {
		if p := recover(); p != nil {
			c.Verdict, c.Sent = quartet.NoVerdict, true
			code = s.fault(c, fmt.Sprintf("panic with a %T", p))
		}
		c.Code = code
	}()
	out := s.Router.Ask(ctx, q, before)
	c.Source, c.Sent, c.Latency, c.Attempts = out.Source, out.Sent, s.Now().Sub(c.At), out.Attempts
	switch {
	case out.Err != nil:
		return 0, out.Err
	case out.Code == quartet.CodeInternal:
		return s.fault(c, out.Fault), nil
	case out.Code == quartet.CodeOK && c.Latency > s.Deadline:
		return quartet.CodeDeadline, nil
	case out.Code == quartet.CodeOK:
		c.Verdict, c.Reason, c.Differs = out.Answer.Verdict, out.Answer.Reason, out.Answer.Differs
	}
	return out.Code, nil
}

// fault logs what must not happen, under the number its caller is given.
func (s *Service) fault(c *quartet.Call, what string) quartet.Code {
	s.Log.Fault(s.Numbers.Text(c.SeqNo), what, debug.Stack())
	return quartet.CodeInternal
}

// accounted answers the verdict when it is durable, and else why not.
func (s *Service) accounted(c quartet.Call, err error) Answer {
	if err == nil {
		return Answer{Call: c}
	}
	return s.unaccounted(c, err)
}

// unaccounted translates a failure of the ledger. The verdict is discarded.
func (s *Service) unaccounted(c quartet.Call, err error) Answer {
	c.Charged, c.Grant = 0, ""
	switch quartet.CodeOf(err) {
	case quartet.ErrExhausted:
		return Answer{Call: c, Gateway: web.QuotaExhausted}
	case quartet.ErrExpired:
		return Answer{Call: c, Gateway: web.QuotaExpired}
	case quartet.ErrTimeout:
		c.Verdict, c.Reason = quartet.NoVerdict, quartet.ReasonNone
		return s.refused(c, quartet.CodeDeadline)
	case quartet.ErrHoldGone: // the sweeper wrote the row
		c.Code, c.Verdict, c.Reason = quartet.CodeDeadline, quartet.NoVerdict, quartet.ReasonNone
		return Answer{Call: c}
	case quartet.ErrUnavailable:
		c.Verdict, c.Reason = quartet.NoVerdict, quartet.ReasonNone
		return s.refused(c, quartet.CodeNotCommitted)
	default:
		return Answer{Call: c, Lost: true}
	}
}

// refused records a refusal; nobody waits for its row.
func (s *Service) refused(c quartet.Call, code quartet.Code) Answer {
	c.Code, c.Differs, c.Latency = code, 0, s.Now().Sub(c.At) // of a verdict that was discarded nothing is kept
	s.Ledger.Record(c)
	return Answer{Call: c}
}

func (s *Service) newCall(caller auth.Caller, q Query) quartet.Call {
	return quartet.Call{SeqNo: s.Issuer.Next(), At: q.Received, Account: caller.Account, Credential: caller.Credential, Product: q.Product.ID, Nonce: q.Nonce}
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
