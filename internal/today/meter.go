package today

import (
	"math/bits"
	"sync"
	"time"

	"quartet"
)

// Meter counts what happens at this node, in memory. Safe for concurrent use.
type Meter struct {
	now func() time.Time

	mu      sync.Mutex
	seconds [seconds]struct{ at, calls int64 }
	peak    Peak
	calls   spans
	sources map[string]*spans
}

const (
	seconds = 61 // the last minute and the second that is under way
	minutes = 5
)

// Peak is the busiest second of a day of Asia/Shanghai.
type Peak struct {
	Calls int64
	At    time.Time
}

// Pace is how long something took in the last minutes.
type Pace struct {
	Count, Good int64
	P50, P95    time.Duration // to an eighth
}

// NewMeter makes a meter.
func NewMeter(now func() time.Time) *Meter {
	return &Meter{now: now, sources: map[string]*spans{}}
}

// Call counts an answer with a seqNo.
func (m *Meter) Call(code quartet.Code, took time.Duration) {
	now := m.now()
	at := now.Unix()
	m.mu.Lock()
	defer m.mu.Unlock()
	s := &m.seconds[at%seconds]
	if s.at != at {
		s.at, s.calls = at, 0
	}
	s.calls++
	if quartet.DayOf(at) != quartet.DayOf(m.peak.At.Unix()) || s.calls > m.peak.Calls {
		m.peak = Peak{s.calls, time.Unix(at, 0)}
	}
	m.calls.add(at/60, took, code == quartet.CodeOK)
}

// Source counts a question to a source. failed says whether its failure speaks against it.
func (m *Meter) Source(source string, failed bool, took time.Duration) {
	minute := m.now().Unix() / 60
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.sources[source]
	if s == nil {
		s = &spans{}
		m.sources[source] = s
	}
	s.add(minute, took, !failed)
}

// Minute is how many calls were answered in the last minute.
func (m *Meter) Minute() (calls int64) {
	now := m.now().Unix()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.seconds {
		if s.at >= now-60 && s.at < now {
			calls += s.calls
		}
	}
	return calls
}

// Peak is the busiest second of today.
func (m *Meter) Peak() Peak {
	today := quartet.DayOf(m.now().Unix())
	m.mu.Lock()
	defer m.mu.Unlock()
	if quartet.DayOf(m.peak.At.Unix()) != today {
		return Peak{}
	}
	return m.peak
}

// Pace is how long calls took.
func (m *Meter) Pace() Pace {
	minute := m.now().Unix() / 60
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.calls.pace(minute)
}

// PaceOf is how long a source took.
func (m *Meter) PaceOf(source string) Pace {
	minute := m.now().Unix() / 60
	m.mu.Lock()
	defer m.mu.Unlock()
	if s := m.sources[source]; s != nil {
		return s.pace(minute)
	}
	return Pace{}
}

// spans are spans of time of the last minutes, by size.
type spans [minutes]span

type span struct {
	minute      int64
	count, good int64
	sizes       [sizes]int64
}

// sizes are microseconds to an eighth: eight of them between each power of two and the next.
const sizes = 8 * 40

func (s *spans) add(minute int64, took time.Duration, good bool) {
	one := &s[minute%minutes]
	if one.minute != minute {
		*one = span{}
		one.minute = minute
	}
	one.count++
	if good {
		one.good++
	}
	one.sizes[sizeOf(took)]++
}

func (s *spans) pace(minute int64) (p Pace) {
	var sum [sizes]int64
	for i := range s {
		if one := &s[i]; one.minute > minute-minutes {
			p.Count, p.Good = p.Count+one.count, p.Good+one.good
			for j, n := range one.sizes {
				sum[j] += n
			}
		}
	}
	at := func(hundredths int64) time.Duration {
		left := (p.Count*hundredths + 99) / 100
		for i, n := range sum {
			if left -= n; left <= 0 && p.Count > 0 {
				return spanOf(i)
			}
		}
		return 0
	}
	p.P50, p.P95 = at(50), at(95)
	return p
}

func sizeOf(took time.Duration) int {
	us := max(uint64(max(took, 0).Microseconds()), 1)
	n := bits.Len64(us)
	eighth := us << 3 >> (n - 1) & 7
	return min((n-1)*8+int(eighth), sizes-1)
}

// spanOf is the longest span of a size.
func spanOf(size int) time.Duration {
	return time.Duration((8+size%8+1)<<(size/8)>>3) * time.Microsecond
}
