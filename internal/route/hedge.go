package route

import (
	"context"
	"errors"
	"slices"
	"time"
)

// errOutrun ends a question because the source that was asked later has answered.
var errOutrun = errors.New("the source that was asked later answered first")

// parting is how long an answer waits for the source that lost to say whether the question
// reached it. One that honours its context needs none of it.
const parting = 5 * time.Millisecond

// hedged reports whether another source is asked beside this one if it is slow.
func (m *member) hedged() bool { return m.Terms.HedgeAfter > 0 && !m.Kind.Local() }

// running is a question that is with a source.
type running struct {
	*member

	place int // of its attempt
	begun time.Time
	over  <-chan struct{} // closed when its question has ended, though it may yet be inquired about
}

// ended is what came of one of a pair.
type ended struct {
	which int
	res   result
}

// askPair asks a source, and if it is slow the next one as well. The first verdict is taken,
// or the first answer over which nobody else may be asked; then the other one is given up.
func (c *call) askPair(ctx context.Context, first *member, p permit) step {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ends := make(chan ended, 2) // so that one who is given up finds a place
	pair := [2]running{c.start(ctx, ends, 0, first, p)}

	timer := time.NewTimer(first.Terms.HedgeAfter)
	defer timer.Stop()
	select {
	case <-pair[0].over:
		e := <-ends
		return c.end(pair[0], &e.res)
	case <-timer.C:
	}
	second, p := c.beside(ctx, &pair[0])
	if second == nil {
		e := <-ends
		return c.end(pair[0], &e.res)
	}
	pair[1] = c.start(ctx, ends, 1, second, p)
	c.paired = true

	e := <-ends
	other := pair[1-e.which]
	next := c.end(pair[e.which], &e.res)
	if next == answered {
		if e.which == 1 {
			cancel(errOutrun)
		} else {
			cancel(nil)
		}
		c.part(other, ends, e.res.verdict())
		return answered
	}
	e = <-ends
	return max(next, c.end(other, &e.res))
}

// beside finds whom to ask beside the first, and makes durable that both may be with the
// call. Nil: nobody; then the first goes on alone, as what is durable says. When its question
// has ended, what it made of it is known or is being inquired about, and that comes first.
func (c *call) beside(ctx context.Context, first *running) (*member, permit) {
	if first.ended() || ctx.Err() != nil {
		return nil, permit{}
	}
	c.now = c.opts.Now()
	second, p := c.next()
	if second == nil {
		return nil, permit{}
	}
	switch {
	case c.late(ctx, second):
		second.giveBack(p)
	case c.announce(p, first.member, second) != nil:
	case first.ended() || c.late(ctx, second):
		second.giveBack(p)
	default:
		return second, p
	}
	c.queue = slices.Insert(slices.Clone(c.queue), 0, second) // its turn may come yet
	return nil, permit{}
}

func (r *running) ended() bool {
	select {
	case <-r.over:
		return true
	default:
		return false
	}
}

// start puts a question and does not wait for its end.
func (c *call) start(ctx context.Context, ends chan<- ended, which int, m *member, p permit) running {
	over := make(chan struct{})
	r := running{member: m, place: c.begin(m), begun: time.Now(), over: over}
	t, q := c.table, c.question.Query
	t.users.Add(1) // the asker stays open until it has come back
	go func() {
		defer t.leave()
		ends <- ended{which, m.put(ctx, q, p, func() { close(over) })}
	}()
	return r
}

// end takes what came of one of a pair.
func (c *call) end(r running, res *result) step {
	c.record(r.place, r.member, res)
	return c.judge(r.member, res)
}

// part records a question that was given up. A source that does not come back at once may
// have been reached, and may charge; what it says later nobody needs. A verdict that comes at
// once goes before a refusal of the other one.
func (c *call) part(r running, ends <-chan ended, verdict bool) {
	timer := time.NewTimer(parting)
	defer timer.Stop()
	res := result{givenUp: true}
	select {
	case e := <-ends:
		if res = e.res; res.verdict() && !verdict {
			c.end(r, &res)
			return
		}
		res.givenUp = res.abandoned
	case <-timer.C:
		res.failure.Sent, res.took = true, time.Since(r.begun)
	}
	c.record(r.place, r.member, &res)
	c.out.Attempts[r.place].Note = noteHedged
}
