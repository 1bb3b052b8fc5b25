package route

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"golang.org/x/time/rate"

	"quartet"
)

// The breaker where the terms say nothing.
const (
	defaultFailures = 5
	defaultOpen     = 10 * time.Second
)

// limits are what a source bears at once, and how it fared. They live as long as neither
// they nor what describes the source change.
type limits struct {
	bulkhead bulkhead.Bulkhead[any] // nil: not bounded
	rate     *rate.Limiter          // nil: not bounded

	mu      sync.Mutex
	breaker circuitbreaker.CircuitBreaker[any] // nil: a local source has none
	last    int64                              // number of the last permit of the breaker
	probe   int64                              // the one that was given while it was half open
}

func newLimits(s *quartet.Source) *limits {
	l, t := &limits{}, &s.Terms
	if t.Concurrent > 0 {
		l.bulkhead = bulkhead.New[any](uint(t.Concurrent))
	}
	if t.Rate.QPS > 0 {
		l.rate = rate.NewLimiter(rate.Limit(t.Rate.QPS), t.Rate.AtOnce())
	}
	if s.Kind.Local() {
		return l
	}
	failures, open := t.Failures, t.Open
	if failures == 0 {
		failures = defaultFailures
	}
	if open == 0 {
		open = defaultOpen
	}
	// One success closes it again, so that one question at a time goes through while it is
	// half open; else as many would as failures open it.
	l.breaker = circuitbreaker.NewBuilder[any]().WithFailureThreshold(uint(failures)).WithSuccessThreshold(1).WithDelay(open).Build()
	return l
}

// sameLimits reports whether two records of a source may share their limits.
func sameLimits(a, b *quartet.Source) bool {
	return a.Kind == b.Kind && a.Spec == b.Spec && slices.Equal(a.Sealed, b.Sealed) &&
		a.Terms.Failures == b.Terms.Failures && a.Terms.Open == b.Terms.Open &&
		a.Terms.Concurrent == b.Terms.Concurrent && a.Terms.Rate == b.Terms.Rate
}

// permit is what a question took of a source's limits. It goes back by giveBack if the
// question was not put, and else by done.
type permit struct {
	day    int64 // in whose count it is
	number int64 // of the breaker
}

// take takes what a question needs, or says what is missing and takes nothing. What is
// taken of the questions a second does not go back, so it is taken last.
func (m *member) take(now time.Time) (permit, string) {
	var p permit
	var ok bool
	if p.day, ok = m.tally.take(now, m.Terms.DailyCap); !ok {
		return p, SkippedDailyCap
	}
	l := m.limits
	if p.number, ok = l.takeBreaker(); !ok {
		m.tally.giveBack(p.day)
		return p, SkippedBreaker
	}
	if l.bulkhead != nil && !l.bulkhead.TryAcquirePermit() {
		l.giveBackBreaker(p.number)
		m.tally.giveBack(p.day)
		return p, SkippedBusy
	}
	if l.rate != nil && !l.rate.AllowN(now, 1) {
		m.giveBack(p)
		return p, SkippedTooFast
	}
	return p, ""
}

// giveBack is for a question that was not put: as if nothing had happened.
func (m *member) giveBack(p permit) {
	if m.limits.bulkhead != nil {
		m.limits.bulkhead.ReleasePermit()
	}
	m.limits.giveBackBreaker(p.number)
	m.tally.giveBack(p.day)
}

// done is for a question that was put.
func (m *member) done(p permit, res *result, j judgement, word string) {
	l := m.limits
	if l.bulkhead != nil {
		l.bulkhead.ReleasePermit()
	}
	switch j {
	case well:
		l.record(p.number, true)
	case unwell:
		l.record(p.number, false)
	default:
		l.giveBackBreaker(p.number)
	}
	m.tally.done(p.day, res, j, word)
}

// judgement is what a result says of the health of its source.
type judgement uint8

const (
	silent judgement = iota // nothing
	well
	unwell
)

// judge judges a source by a result. One whose caller left is not to blame for it, unless
// it was so slow that another one outran it.
func (r *result) judge(ctx context.Context) judgement {
	switch {
	case !r.ill():
		return well
	case !r.abandoned || errors.Is(context.Cause(ctx), errOutrun):
		return unwell
	default:
		return silent
	}
}

func (l *limits) takeBreaker() (number int64, ok bool) {
	if l.breaker == nil {
		return 0, true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.breaker.TryAcquirePermit() {
		return 0, false
	}
	l.last++
	if l.breaker.IsHalfOpen() {
		l.probe = l.last
	}
	return l.last, true
}

// giveBackBreaker gives a permit back without a result, for which the breaker has no way of
// its own: one that is half open is made so anew. While it is closed permits are not counted.
func (l *limits) giveBackBreaker(number int64) {
	if l.breaker == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if number == l.probe && l.breaker.IsHalfOpen() {
		l.breaker.Close()
		l.breaker.HalfOpen()
	}
}

// record tells the breaker how a question fared. While it is half open only its probe
// counts: others were put before it opened.
func (l *limits) record(number int64, good bool) {
	if l.breaker == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.breaker.IsHalfOpen() && number != l.probe:
	case good:
		l.breaker.RecordSuccess()
	default:
		l.breaker.RecordFailure()
	}
}
