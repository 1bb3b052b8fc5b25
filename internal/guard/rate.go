package guard

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"quartet"
)

// Limiter bounds how often something may happen, by key. The one here is the memory of one
// node; one that many nodes share has the same method.
type Limiter interface {
	// Take takes one of what r allows the key. wait is how long until one is free; 0: it
	// was taken. A limiter that cannot tell gives an error, and the call passes.
	Take(ctx context.Context, key string, r quartet.Rate, now time.Time) (wait time.Duration, err error)
}

// Rates is a Limiter in memory. Each key has a virtual schedule (GCRA, which a token
// bucket is by another name): QPS places a second, AtOnce of them at once after a pause.
// It keeps two generations of keys and drops the older when the younger is full, so it
// is bounded; a key that is dropped begins anew.
type Rates struct {
	most int

	mu         sync.Mutex
	young, old map[string]*schedule
}

// schedule is that of one key.
type schedule struct {
	*rate.Limiter

	at time.Time // it has come so far; it never goes back
}

// NewRates keeps at least so many keys, and at most twice as many.
func NewRates(most int) *Rates {
	return &Rates{most: most, young: map[string]*schedule{}}
}

// Take implements Limiter. It never gives an error. A call is dated by its head and may come
// here after others that are dated later, since its body took long. It is taken as of the
// latest: a schedule that went back would give the time between a second time.
func (r *Rates) Take(_ context.Context, key string, allowed quartet.Rate, now time.Time) (time.Duration, error) {
	if allowed.QPS <= 0 {
		return 0, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.of(key, allowed)
	if now.After(l.at) {
		l.at = now
	}
	if l.AllowN(l.at, 1) {
		return 0, nil
	}
	missing := 1 - l.TokensAt(l.at)
	return max(time.Duration(missing*float64(time.Second)/float64(allowed.QPS)), time.Millisecond), nil
}

func (r *Rates) of(key string, allowed quartet.Rate) *schedule {
	l := r.young[key]
	if l == nil {
		if l = r.old[key]; l == nil {
			l = &schedule{Limiter: rate.NewLimiter(rate.Limit(allowed.QPS), allowed.AtOnce())}
		}
		if len(r.young) >= r.most {
			r.old, r.young = r.young, map[string]*schedule{}
		}
		r.young[key] = l
	}
	if l.Limit() != rate.Limit(allowed.QPS) || l.Burst() != allowed.AtOnce() { // it was changed
		l.SetLimit(rate.Limit(allowed.QPS))
		l.SetBurst(allowed.AtOnce())
	}
	return l
}

// AddressKey is the key of an address: an IPv6 address stands for its /64, of which one
// caller has all.
func AddressKey(a netip.Addr) string {
	if a.Is6() && !a.Is4In6() {
		if p, err := a.Prefix(64); err == nil {
			return p.Addr().String()
		}
	}
	return a.Unmap().String()
}
