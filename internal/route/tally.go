package route

import (
	"sync"
	"time"

	"quartet"
	"quartet/internal/source"
)

// tally counts the questions of one source. It outlives every change of the source.
type tally struct {
	mu       sync.Mutex
	day      int64 // of Asia/Shanghai, that today counts
	today    int64 // questions that were sent, or are about to be
	inFlight int64
	verdicts int64
	failures int64  // those that speak against it
	lastWord string // of the last of them
	lastAt   time.Time
}

// Seed adds what was sent to sources today before this process began.
func (r *Router) Seed(sent map[string]int64) {
	r.replacing.Lock()
	defer r.replacing.Unlock()
	for name, n := range sent {
		t := r.tallyOf(name)
		t.mu.Lock()
		t.turn(r.opts.Now())
		t.today += n
		t.mu.Unlock()
	}
}

// turn begins a new day. The caller holds t.mu.
func (t *tally) turn(now time.Time) {
	if day := quartet.DayOf(now.Unix()); day > t.day {
		t.day, t.today = day, 0
	}
}

// take counts a question, unless the day's are used up; 0 does not bound.
func (t *tally) take(now time.Time, most int64) (day int64, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.turn(now)
	if most > 0 && t.today >= most {
		return 0, false
	}
	t.today++
	t.inFlight++
	return t.day, true
}

// giveBack forgets a question that was not put.
func (t *tally) giveBack(day int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.inFlight--
	t.unsent(day)
}

func (t *tally) unsent(day int64) {
	if day == t.day && t.today > 0 {
		t.today--
	}
}

// done counts how a question ended. One that was never sent is none of the day's.
func (t *tally) done(day int64, res *result, j judgement, word string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.inFlight--
	if !res.sent() {
		t.unsent(day)
	}
	if res.verdict() {
		t.verdicts++
	}
	if j == unwell {
		t.failures++
		t.lastWord, t.lastAt = word, time.Now()
	}
}

// ill reports whether a result speaks against the health of its source.
func (r *result) ill() bool {
	if r.thrown != "" {
		return true
	}
	switch r.failure.Kind {
	case source.Unreachable, source.Timeout, source.Failed, source.NotUnderstood, source.Busy:
		return true
	default:
		return false
	}
}
