package operator

import (
	"sync"
	"time"
)

const (
	maxFailures = 5
	span        = 15 * time.Minute
	maxStrange  = 1024 // names that no operator has
)

// failures remembers, for each name, when it failed last. A name is refused while its last
// five failures lie within a quarter of an hour: whoever guesses has five guesses in that
// time, and whoever knows the password has them all forgotten. It is kept in memory alone:
// a restart forgives.
type failures struct {
	mu      sync.Mutex
	names   map[string]*failed
	strange int // of names
}

type failed struct {
	known bool        // an operator's: never dropped for want of room
	times []time.Time // at most maxFailures, oldest first
}

// begin counts an attempt as a failure. refused: it may not be made, before until. Without
// that, until says that no other one may follow before.
func (f *failures) begin(name string, known bool, now time.Time) (until time.Time, refused bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	one := f.names[name]
	if one == nil {
		one = f.add(name, known, now)
	}
	for len(one.times) > 0 && !now.Before(one.times[0].Add(span)) {
		one.times = one.times[1:]
	}
	if len(one.times) >= maxFailures {
		return one.times[0].Add(span), true
	}
	one.times = append(one.times, now)
	if len(one.times) == maxFailures {
		until = one.times[0].Add(span)
	}
	return until, false
}

// add makes room for a strange name by dropping one whose time is over, else the one that
// failed least lately.
func (f *failures) add(name string, known bool, now time.Time) *failed {
	if f.names == nil {
		f.names = map[string]*failed{}
	}
	if !known && f.strange >= maxStrange {
		oldest, last := "", now
		for name, one := range f.names {
			if one.known {
				continue
			}
			if at := one.last(); oldest == "" || at.Before(last) {
				oldest, last = name, at
			}
		}
		f.drop(oldest)
	}
	one := &failed{known: known}
	f.names[name] = one
	if !known {
		f.strange++
	}
	return one
}

func (one *failed) last() time.Time {
	if len(one.times) == 0 {
		return time.Time{}
	}
	return one.times[len(one.times)-1]
}

// takeBack takes the last attempt of a name for none.
func (f *failures) takeBack(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if one := f.names[name]; one != nil && len(one.times) > 0 {
		one.times = one.times[:len(one.times)-1]
	}
}

// forget is for a name that has proved itself.
func (f *failures) forget(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.drop(name)
}

func (f *failures) drop(name string) {
	if one := f.names[name]; one != nil {
		if !one.known {
			f.strange--
		}
		delete(f.names, name)
	}
}
