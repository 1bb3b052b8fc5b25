package verify

import (
	"context"

	"quartet"
	"quartet/internal/auth"
	"quartet/internal/reuse"
	"quartet/internal/web"
)

// said looks for a verdict that this buyer was given minutes ago for this very question.
// Where only the registry is asked nothing is looked for: a look-up costs less than that.
func (s *Service) said(params quartet.Fingerprint, caller auth.Caller, q Query, local bool) (place reuse.Place, v reuse.Verdict, ok bool) {
	if s.Reuse == nil || q.Product.Reuse <= 0 || local {
		return place, v, false
	}
	place = s.Reuse.Place(params)
	v, ok = place.Find(q.Product.Reuse, q.Received)
	return place, v, ok && v.Purpose == caller.Purpose
}

// again gives a verdict once more, under a number of its own. It counts as an identical
// request (10020 beyond the limit), not for the card, since nobody is asked. Charged like
// any verdict, durably before the answer; a failure answers as that of a charge does.
func (s *Service) again(ctx context.Context, c quartet.Call, q Query, claim quartet.Claim, v reuse.Verdict) Answer {
	pass, ok := s.Guard.Admit(c.Params, quartet.Fingerprint{}, q.Received)
	if !ok {
		return s.refused(c, quartet.CodeLimited)
	}
	defer func() { s.Guard.Done(pass, c.Reused, c.Verdict) }()
	c.Code, c.Verdict, c.Reason, c.Differs, c.Source = quartet.CodeOK, v.Verdict, v.Reason, v.Differs, v.Source
	c.Reused, c.Latency = true, s.Now().Sub(c.At)
	err := s.Ledger.Charge(ctx, &c, q.Product.Charge.Units(c.Verdict), claim)
	if err != nil {
		c.Reused, c.Source = false, ""
	}
	return s.accounted(c, err)
}

// keep remembers the verdict of a supplier once it is durably accounted. What the registry
// said is not: it is there to be asked, and may know better by then.
func (s *Service) keep(place reuse.Place, caller auth.Caller, q Query, a Answer) {
	c := &a.Call
	if s.Reuse == nil || q.Product.Reuse <= 0 || !a.supplied || a.Lost || a.Gateway != web.NoGateway || c.Code != quartet.CodeOK {
		return
	}
	place.Keep(reuse.Verdict{
		Verdict: c.Verdict, Reason: c.Reason, Differs: c.Differs, Source: c.Source, Purpose: caller.Purpose, At: c.At,
	}, q.Product.Reuse)
}
