package audit

import (
	"fmt"
	"sync"
	"time"
)

// Sparing bounds what strangers can make us write: an entry a second of each kind, which
// counts those that it stands for. The zero one is ready. Safe for concurrent use.
type Sparing struct {
	mu    sync.Mutex
	last  map[string]time.Time
	quiet map[string]int
}

// Tell gives the detail of an entry of a kind, with how many like it were not written since
// the last one; false: it is one of those. Kinds are few and ours: nothing that a stranger
// said is one.
func (s *Sparing) Tell(kind, detail string, now time.Time) (told string, due bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last == nil {
		s.last, s.quiet = map[string]time.Time{}, map[string]int{}
	}
	if at, written := s.last[kind]; written && now.Sub(at).Abs() < time.Second {
		s.quiet[kind]++
		return "", false
	}
	if n := s.quiet[kind]; n > 0 {
		detail = fmt.Sprintf("%s (and %d others just before)", detail, n)
	}
	s.last[kind], s.quiet[kind] = now, 0
	return detail, true
}
