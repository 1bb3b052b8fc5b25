// Package throttle bounds how often somebody at the door may try.
//
// A try at something, such as a password, is counted thrice: of this thing from this origin,
// which is the strict bound; from this origin, whatever of; and of this thing from anywhere,
// which is much looser. The first two stop whoever guesses, and nobody else. The third one
// stops many who guess together, and with them whoever comes from an origin that the thing
// is not known at; where somebody came in with it within thirty days, it is no bound. So no
// stranger can lock out who signs in from the usual place.
//
// A try that was refused by a strict bound does not count against the loose one: a single
// origin uses up only its own share. Nor does one that was refused for its thing count against
// its origin: whoever goes on in vain locks nobody out who shares it. What is guessed has a part in the counting, so that a
// new password opens what was closed over the old one. All of it is kept by the store and
// outlives a restart.
package throttle

import (
	"context"
	"net/netip"
	"time"

	"quartet"
)

// Store keeps counts. Tried tells how often each was tried, without counting.
type Store interface {
	Try(ctx context.Context, now time.Time, throttles ...quartet.Throttle) ([]quartet.Tried, error)
	Tried(ctx context.Context, now time.Time, keys ...quartet.Fingerprint) ([]quartet.Tried, error)
	Forgive(ctx context.Context, forget, back []quartet.Fingerprint) error
}

// Rule says how often something may be tried within a span, counted from the first try.
type Rule struct {
	What  string // names the counters
	Each  int64  // of one thing from one origin
	Place int64  // from one origin, whatever of
	Total int64  // of one thing from all origins together; 0: without bound
	Span  time.Duration
}

// Target is what is tried.
type Target struct {
	Name   string // whose it is, whether there is such a one or not; an origin is known of it under whatever rule
	Secret string // what is guessed, as it is kept: with another one the counting begins anew
}

// knownFor is how long an origin is known from which somebody came in.
const knownFor = 30 * 24 * time.Hour

// Door counts tries. Safe for concurrent use.
type Door struct {
	store Store
	key   func(words ...string) quartet.Fingerprint
	now   func() time.Time
}

// New makes a door. key makes keyed hashes: no name and no origin is kept in clear.
func New(store Store, key func(words ...string) quartet.Fingerprint, now func() time.Time) *Door {
	return &Door{store: store, key: key, now: now}
}

// Attempt is one try that was counted.
type Attempt struct {
	Refused time.Time // it may not be made, before this instant; zero: it may
	First   bool      // it is the first one over a bound
	Last    time.Time // it may be made, and no other one of it from this origin before this instant; zero: others may

	each   quartet.Fingerprint
	others []quartet.Fingerprint // that were counted beside it
	known  quartet.Fingerprint   // zero: nobody said from where
}

// Try counts a try, as a failure until it has proved to be none: otherwise many at once would
// all be let in. An empty origin is one like others, but has no bound of its own.
func (d *Door) Try(ctx context.Context, r Rule, t Target, origin string) (Attempt, error) {
	each := quartet.Throttle{Key: d.each(r, t, origin), Max: r.Each, Span: r.Span}
	a := Attempt{each: each.Key}
	strict := []quartet.Throttle{each}
	if origin != "" {
		a.known = d.key("known", t.Name, origin)
		strict = append(strict, quartet.Throttle{Key: d.key("place", r.What, origin), Max: r.Place, Span: r.Span})
		a.others = append(a.others, strict[1].Key)
	}
	tried, err := d.store.Try(ctx, d.now(), strict...)
	if err != nil {
		return a, err
	}
	if a.judge(strict[:1], tried); !a.Refused.IsZero() {
		// Nothing is learnt by it, so it is no try of its origin, which others may share.
		return a, d.store.Forgive(ctx, nil, a.others)
	}
	if a.judge(strict, tried); !a.Refused.IsZero() {
		return a, nil
	}
	if tried[0].Times == r.Each {
		a.Last = tried[0].Until
	}
	if r.Total == 0 {
		return a, nil
	}
	total := quartet.Throttle{Key: d.key("total", r.What, t.Name, t.Secret), Max: r.Total, Span: r.Span}
	a.others = append(a.others, total.Key)
	if tried, err = d.store.Try(ctx, d.now(), total); err != nil || tried[0].Times <= total.Max {
		return a, err
	}
	known, err := d.knows(ctx, a.known)
	if err == nil && !known {
		a.judge([]quartet.Throttle{total}, tried)
	}
	return a, err
}

func (d *Door) each(r Rule, t Target, origin string) quartet.Fingerprint {
	return d.key("each", r.What, t.Name, t.Secret, origin)
}

// judge finds what is over its bound.
func (a *Attempt) judge(bounds []quartet.Throttle, tried []quartet.Tried) {
	for i, b := range bounds {
		if tried[i].Times <= b.Max {
			continue
		}
		a.First = a.First || tried[i].Times == b.Max+1
		if tried[i].Until.After(a.Refused) {
			a.Refused = tried[i].Until
		}
	}
}

func (d *Door) knows(ctx context.Context, known quartet.Fingerprint) (bool, error) {
	if known.IsZero() {
		return false, nil
	}
	tried, err := d.store.Tried(ctx, d.now(), known)
	return err == nil && tried[0].Times > 0, err
}

// Back takes a try back of which nothing was learnt.
func (d *Door) Back(ctx context.Context, a Attempt) error {
	return d.store.Forgive(ctx, nil, append(a.others, a.each))
}

// Half takes a try back that was right as far as it went, while something is still to be
// proved: the failures with this thing stand until then.
func (d *Door) Half(ctx context.Context, a Attempt) error {
	return d.store.Forgive(ctx, nil, a.others)
}

// Pass forgets the failures of who has come in, who is known at this origin from now on.
func (d *Door) Pass(ctx context.Context, a Attempt) error {
	if err := d.store.Forgive(ctx, []quartet.Fingerprint{a.each}, a.others); err != nil {
		return err
	}
	return d.know(ctx, a.known)
}

// Welcome does as Pass for who has come in by another way.
func (d *Door) Welcome(ctx context.Context, r Rule, t Target, origin string) error {
	if err := d.store.Forgive(ctx, []quartet.Fingerprint{d.each(r, t, origin)}, nil); err != nil || origin == "" {
		return err
	}
	return d.know(ctx, d.key("known", t.Name, origin))
}

func (d *Door) know(ctx context.Context, known quartet.Fingerprint) error {
	if already, err := d.knows(ctx, known); err != nil || already || known.IsZero() {
		return err
	}
	_, err := d.store.Try(ctx, d.now(), quartet.Throttle{Key: known, Max: 1, Span: knownFor})
	return err
}

// Origin is from where somebody asks, as it is counted: all addresses that one customer of a
// provider may take (RFC 6177) are one. Empty: nobody said.
func Origin(ctx context.Context) string {
	ip, err := netip.ParseAddr(quartet.Origin(ctx))
	if err != nil {
		return quartet.Origin(ctx)
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is6() {
		if p, err := ip.Prefix(64); err == nil {
			return p.String()
		}
	}
	return ip.String()
}
