package today

import (
	"context"
	"sync"
	"time"

	"quartet"
	"quartet/internal/margin"
)

// Store is what the picture is read from.
type Store interface {
	margin.Store
	UsageView(ctx context.Context, f quartet.UsageFilter, accounts bool) (quartet.UsageView, error)
	Chores(ctx context.Context) (quartet.Chores, error)
}

// Options are what a desk stands on.
type Options struct {
	Store Store
	Meter *Meter
	Now   func() time.Time
}

// Desk makes the picture. Safe for concurrent use.
type Desk struct {
	o Options

	mu      sync.Mutex
	money   *Money
	asked   time.Time     // when the last reckoning began
	took    time.Duration // how long it took
	running chan struct{} // closed when the one that is under way ends; nil: none is
}

// New makes a desk.
func New(o Options) *Desk { return &Desk{o: o} }

// Picture is how the house does.
type Picture struct {
	At     time.Time
	Minute int64 // calls of the last minute, at this node
	Peak   Peak  // of today, likewise
	Pace   Pace  // of the last minutes, likewise
	Today  Counts
	Hours  []Hour // the last 24, oldest first
	Chores quartet.Chores
	Money  *Money // nil: it is being reckoned
}

// Counts are what calls came to.
type Counts struct {
	Calls, Units, Match, Mismatch, Undetermined int64
	Refusals                                    []Refusal // by code
}

// Refusal is how often a code was answered.
type Refusal struct {
	Code  quartet.Code
	Calls int64
}

// Hour is what the calls of an hour came to.
type Hour struct {
	At time.Time
	quartet.UsageSlot
}

// Money is what calls of today brought in and cost, and when that was reckoned.
type Money struct {
	At   time.Time
	Line margin.Line
}

const (
	oftenest = time.Minute          // at most so often money is reckoned
	rest     = 20                   // and at most for one part in so many of the time
	patience = 5 * time.Millisecond // how long somebody waits for the first one
	longest  = 5 * time.Minute
)

// Picture tells how the house does now.
func (d *Desk) Picture(ctx context.Context) (Picture, error) {
	now := d.o.Now()
	p := Picture{At: now, Minute: d.o.Meter.Minute(), Peak: d.o.Meter.Peak(), Pace: d.o.Meter.Pace()}
	day, hour := quartet.DayStart(quartet.DayOf(now.Unix()))/quartet.HourSeconds, now.Unix()/quartet.HourSeconds
	v, err := d.o.Store.UsageView(ctx, quartet.UsageFilter{From: hour - 23, To: hour + 1}, false)
	if err != nil {
		return p, err
	}
	for h := hour - 23; h <= hour; h++ {
		p.Hours = append(p.Hours, Hour{time.Unix(h*quartet.HourSeconds, 0), v.Times[h]})
	}
	if v, err = d.o.Store.UsageView(ctx, quartet.UsageFilter{From: day, To: hour + 1, Kinds: true}, false); err != nil {
		return p, err
	}
	p.Today = countsOf(&v)
	if p.Chores, err = d.o.Store.Chores(ctx); err != nil {
		return p, err
	}
	p.Money = d.reckoned(ctx, now)
	return p, nil
}

func countsOf(v *quartet.UsageView) (c Counts) {
	byCode := map[quartet.Code]int64{}
	for _, k := range v.Kinds {
		c.Calls, c.Units = c.Calls+k.Calls, c.Units+k.Units
		switch k.Verdict {
		case quartet.Match:
			c.Match += k.Calls
		case quartet.Mismatch:
			c.Mismatch += k.Calls
		case quartet.Undetermined:
			c.Undetermined += k.Calls
		case quartet.NoVerdict:
			byCode[k.Code] += k.Calls
		}
	}
	for _, text := range quartet.Codes() {
		if n := byCode[text.Code]; n > 0 {
			c.Refusals = append(c.Refusals, Refusal{text.Code, n})
		}
	}
	return c
}

// reckoned is the money of today as it was last reckoned. When that is long ago it is reckoned
// anew, beside whoever asked, who waits a moment only where there is none yet.
func (d *Desk) reckoned(ctx context.Context, now time.Time) *Money {
	d.mu.Lock()
	if d.running == nil && now.Sub(d.asked) >= max(oftenest, rest*d.took) {
		d.asked, d.running = now, make(chan struct{})
		go d.reckon(context.WithoutCancel(ctx), now, d.running)
	}
	running, none := d.running, d.money == nil
	d.mu.Unlock()
	if running != nil && none {
		select {
		case <-running:
		case <-time.After(patience):
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.money != nil && quartet.DayOf(d.money.At.Unix()) != quartet.DayOf(now.Unix()) {
		return nil
	}
	return d.money
}

func (d *Desk) reckon(ctx context.Context, now time.Time, done chan struct{}) {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	begun := time.Now()
	day := quartet.DayOf(now.Unix())
	line, err := margin.ByProduct(ctx, d.o.Store, margin.Span{From: day, To: day}, func(margin.Line) error { return nil })
	d.mu.Lock()
	defer d.mu.Unlock()
	if err == nil {
		d.money = &Money{now, line}
	}
	d.took, d.running = time.Since(begun), nil
	close(done)
}
