package route

import (
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"

	"quartet"
)

// BreakerState is how the breaker of a source stands.
type BreakerState string

// The states. A local source has no breaker; it is closed.
const (
	BreakerClosed   BreakerState = "closed"
	BreakerHalfOpen BreakerState = "half_open"
	BreakerOpen     BreakerState = "open"
)

// Health is how a source stands at this node.
type Health struct {
	Name     string
	Kind     quartet.SourceKind
	On       bool
	Skipped  string // why it would not be asked now, whatever the question; empty: it would
	Breaker  BreakerState
	InFlight int64
	Today    int64 // questions sent today (Asia/Shanghai)

	// Since this process began. A failure is one that speaks against the source: not one
	// that lies in the question.
	Verdicts    int64
	Failures    int64
	LastFailure string // in one word
	FailedAt    time.Time
}

// Health tells how all sources stand, in the order of their priority.
func (r *Router) Health() []Health {
	t, now := r.table.Load(), r.opts.Now()
	list := make([]Health, 0, len(t.members))
	for _, m := range t.members {
		h := Health{Name: m.Name, Kind: m.Kind, On: m.On, Breaker: m.limits.state()}
		m.tally.tell(&h, now)
		h.Skipped = m.standing(&h, now)
		list = append(list, h)
	}
	return list
}

// standing says why a source would not be asked now, whatever the question.
func (m *member) standing(h *Health, now time.Time) string {
	word := m.broken()
	switch {
	case word != "":
		return word
	case !m.Terms.Authorised(now):
		return SkippedAuthorised
	case m.Terms.Resting(now):
		return SkippedMaintenance
	case m.Terms.DailyCap > 0 && h.Today >= m.Terms.DailyCap:
		return SkippedDailyCap
	case h.Breaker == BreakerOpen:
		return SkippedBreaker
	case m.Terms.Concurrent > 0 && h.InFlight >= int64(m.Terms.Concurrent):
		return SkippedBusy
	default:
		return ""
	}
}

// state tells how the breaker stands. One whose time has passed lets a question through,
// though it learns so only from that question.
func (l *limits) state() BreakerState {
	if l.breaker == nil {
		return BreakerClosed
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch l.breaker.State() {
	case circuitbreaker.ClosedState:
		return BreakerClosed
	case circuitbreaker.OpenState:
		if l.breaker.RemainingDelay() > 0 {
			return BreakerOpen
		}
		return BreakerHalfOpen
	default:
		return BreakerHalfOpen
	}
}

func (t *tally) tell(h *Health, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.turn(now)
	h.InFlight, h.Today = t.inFlight, t.today
	h.Verdicts, h.Failures, h.LastFailure, h.FailedAt = t.verdicts, t.failures, t.lastWord, t.lastAt
}
