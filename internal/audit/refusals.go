package audit

import (
	"fmt"
	"sync"
	"time"
)

// Refusals bounds what strangers can make us write: an entry a second for each door, which
// counts those that it stands for. Its zero value is ready. Safe for concurrent use.
type Refusals struct {
	mu    sync.Mutex
	last  map[string]time.Time
	quiet map[string]int
}

// Next reports whether an entry about a refusal at a door is due, and what it says: why,
// and how many were not written since the last one.
func (r *Refusals) Next(door, why string, now time.Time) (detail string, due bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last == nil {
		r.last, r.quiet = map[string]time.Time{}, map[string]int{}
	}
	if at, written := r.last[door]; written && now.Sub(at).Abs() < time.Second {
		r.quiet[door]++
		return "", false
	}
	if quiet := r.quiet[door]; quiet > 0 {
		why = fmt.Sprintf("%s (and %d others just before)", why, quiet)
	}
	r.last[door], r.quiet[door] = now, 0
	return why, true
}
