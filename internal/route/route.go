package route

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"quartet"
	"quartet/internal/source"
)

// Entry is one source: its record, and whoever asks it. A source whose asker could not be
// built has none, and Broken says why in a few words. An asker that is an io.Closer is
// closed when it is replaced, unless its source is local: then it belongs to the house.
type Entry struct {
	quartet.Source

	Asker  source.Source
	Broken string
}

// Options of a Router.
type Options struct {
	Policy quartet.Policy
	Now    func() time.Time // time.Now when nil
	Random func(n int) int  // one of 0 to n-1; math/rand's when nil

	// Observe is told of every question put to a source: its verdict, or its failure in one
	// word, and how long it took. It may be nil.
	Observe func(source, outcome string, took time.Duration)
}

// Question is what is asked, and for whom.
type Question struct {
	source.Query

	Account string
	Purpose string // what the account may ask for
}

// Before is called each time just before a question leaves for a supplier. It makes durable
// that it may be with these suppliers from now on, the last of which is about to be asked;
// on an error it is not asked.
type Before func(asked []quartet.Asked) error

// Outcome is what routing came to.
type Outcome struct {
	Code     quartet.Code // CodeOK with a verdict, else the refusal
	Answer   source.Answer
	Source   string // who gave the verdict, or failed last
	Sent     bool   // some source may have been asked
	Attempts []quartet.Attempt
	Fault    string // of a source that panicked, without elements
	Err      error  // of Before: the ledger, not a source, ended the routing
}

// Router holds the sources. Safe for concurrent use.
type Router struct {
	opts  Options
	table atomic.Pointer[table]

	replacing sync.Mutex
	tallies   map[string]*tally // by name; they outlive every Replace
}

// Local reports whether every source that is on is local: then the verdict is found first
// and charged afterwards, without a hold.
func (r *Router) Local() bool { return r.table.Load().local }

// Ask puts one question. ctx bounds the time of all attempts together.
func (r *Router) Ask(ctx context.Context, q Question, before Before) Outcome {
	t := r.enter()
	defer t.leave()
	c := call{Router: r, table: t, question: q, before: before}
	c.pin, c.pinned = t.policy.Pins[q.Account]
	c.now = r.opts.Now()
	if deadline, bounded := ctx.Deadline(); bounded {
		c.least = time.Until(deadline) / leastPart
	}
	c.queue = t.order(&c)

	// Nobody is asked when no time is left, or when nobody waits any more.
	for next := goOn; next == goOn && ctx.Err() == nil; {
		// The next one that may be asked; why others are passed over is noted.
		m, p := c.next()
		if m == nil {
			break
		}
		if c.late(ctx, m) {
			m.giveBack(p)
			c.why.failed(quartet.CodeDeadline)
			break
		}
		// Whom it is with is made durable first; a failure of that ends the routing.
		if c.out.Err = c.announce(p, m); c.out.Err != nil {
			break
		}
		if c.late(ctx, m) { // that took the time that was left
			m.giveBack(p)
			c.why.failed(quartet.CodeDeadline)
			break
		}
		if m.hedged() && len(c.queue) > 0 && !c.paired {
			next = c.askPair(ctx, m, p)
		} else {
			next = c.askOne(ctx, m, p)
		}
		if next == goOn {
			c.now = r.opts.Now()
		}
	}
	return c.outcome(ctx)
}

// call is one question on its way.
type call struct {
	*Router

	table    *table
	question Question
	before   Before
	pin      string // the one source that is asked for this account
	pinned   bool
	queue    []*member     // not considered yet, in their order
	now      time.Time     // since the last attempt
	least    time.Duration // that must be left for a supplier to be asked
	paired   bool          // two were asked at once: that happens once a call
	why      why
	out      Outcome
}

// leastPart of the whole time of a call must be left for a supplier to be asked. One that has
// next to none would be paid for nothing, and blamed for the time that others took.
const leastPart = 10

// late reports whether too little time is left to ask a source. Who is in the house is asked
// as long as there is any.
func (c *call) late(ctx context.Context, m *member) bool {
	if ctx.Err() != nil {
		return true
	}
	deadline, bounded := ctx.Deadline()
	return bounded && !m.Kind.Local() && time.Until(deadline) < c.least
}

// step is what follows an attempt.
type step uint8

const (
	goOn     step = iota // the next source may be asked
	stop                 // it may not; the gravest failure so far is told
	answered             // this is what is told, whatever failed before
)

// next finds the next source that may be asked, with what it takes of its limits. Nil: there
// is none.
func (c *call) next() (*member, permit) {
	for len(c.queue) > 0 {
		m := c.queue[0]
		c.queue = c.queue[1:]
		word := c.ineligible(m)
		var p permit
		if word == "" {
			if p, word = m.take(c.now); word == "" {
				return m, p
			}
		}
		c.why.passed(word)
		if !c.table.local {
			c.out.Attempts = append(c.out.Attempts, quartet.Attempt{Source: m.Name, Skipped: word})
		}
	}
	return nil, permit{}
}

// announce tells whom the question may be with from now on. A local source is not told of.
// If that fails or panics, the last of them, who is not asked, gets back what p took.
func (c *call) announce(p permit, members ...*member) (err error) {
	last := members[len(members)-1]
	if c.before == nil || last.Kind.Local() {
		return nil
	}
	told := false
	defer func() {
		if !told {
			last.giveBack(p)
		}
	}()
	var asked []quartet.Asked
	for _, m := range members {
		asked = append(asked, quartet.Asked{Source: m.Name, Cost: m.price(c.now, c.question.Need)})
	}
	err = c.before(asked)
	told = err == nil
	return err
}

func (c *call) askOne(ctx context.Context, m *member, p permit) step {
	place := c.begin(m)
	res := m.put(ctx, c.question.Query, p, func() {})
	c.record(place, m, &res)
	return c.judge(m, &res)
}

// outcome is what all attempts come to.
func (c *call) outcome(ctx context.Context) Outcome {
	switch {
	case c.out.Err != nil || c.out.Code != 0:
	case c.out.Fault != "":
		c.out.Code = quartet.CodeInternal
	case ctx.Err() != nil:
		c.out.Code = quartet.CodeDeadline
	default:
		c.out.Code = c.why.code()
	}
	return c.out
}
