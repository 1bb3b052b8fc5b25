// Package reuse remembers verdicts for minutes, so that the same buyer who asks the same
// product about the very same elements again is answered without anybody being asked.
//
// Law: a verdict is found by a keyed fingerprint of account, product and all elements that
// were compared, so nothing of a person is kept; it lies in memory alone, bounded in number
// and time; only verdicts that were durably accounted enter, and what was given again does
// not enter anew, so no verdict outlives its minutes. Forget drops everything, also what is
// on its way: a verdict found under sources or products that have changed since is not kept.
package reuse

import (
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"quartet"
)

// MaxVerdicts is how many verdicts are remembered at most: some 30 MB. Beyond them those go
// first that are seldom asked for.
const MaxVerdicts = 1 << 17

// Verdict is what a source said.
type Verdict struct {
	Verdict quartet.Verdict
	Reason  quartet.Reason
	Differs quartet.ElementSet
	Source  string    // who said it
	Purpose string    // for which it was asked
	At      time.Time // when
}

// Memory remembers verdicts. Safe for concurrent use. Close it.
type Memory struct {
	age   atomic.Uint64 // grows with each Forget
	cache *otter.Cache[key, kept]
}

// key is one question of one age of the house.
type key struct {
	of  quartet.Fingerprint
	age uint64
}

type kept struct {
	Verdict

	life time.Duration
}

// New makes a memory of at most so many verdicts.
func New(most int) *Memory {
	return &Memory{cache: otter.Must(&otter.Options[key, kept]{
		MaximumSize:      most,
		ExpiryCalculator: otter.ExpiryWritingFunc(func(e otter.Entry[key, kept]) time.Duration { return e.Value.life }),
	})}
}

// Place is where the verdict of one question lies, as the house was when Place was made.
type Place struct {
	memory *Memory
	key    key
}

// Place finds the place of a question by its fingerprint.
func (m *Memory) Place(of quartet.Fingerprint) Place {
	return Place{m, key{of, m.age.Load()}}
}

// Find gives the verdict, if one lies there that is younger than life.
func (p Place) Find(life time.Duration, now time.Time) (Verdict, bool) {
	k, ok := p.memory.cache.GetIfPresent(p.key)
	if !ok || now.Sub(k.At) >= life || now.Before(k.At) {
		return Verdict{}, false
	}
	return k.Verdict, true
}

// Keep remembers a verdict for a while. An undetermined one is not kept: it may be another
// the next time.
func (p Place) Keep(v Verdict, life time.Duration) {
	if life <= 0 || v.Verdict != quartet.Match && v.Verdict != quartet.Mismatch {
		return
	}
	p.memory.cache.Set(p.key, kept{v, life})
}

// Forget drops all verdicts, those that are on their way too.
func (m *Memory) Forget() {
	m.age.Add(1)
	m.cache.InvalidateAll()
}

// Len is how many verdicts are remembered, about.
func (m *Memory) Len() int { return m.cache.EstimatedSize() }

// Close ends what looks after the memory.
func (m *Memory) Close() { m.cache.StopAllGoroutines() }
