package quota

import (
	"context"
	"sync"
	"time"

	"quartet"
)

type actKind uint8

const (
	actCharge actKind = iota
	actReserve
	actMove
	actSettle
	actRelease
	actSweep // releases past the deadline; the call may have its row already
	actRecord
	actChange
	actBarrier // does nothing, after all that came before
)

// act is one thing to be done in a batch. It belongs to the queue until it is taken from
// there, to the committer until it is done, and to its caller before and after.
type act struct {
	kind   actKind
	ctx    context.Context //nolint:containedctx // its caller's, who may go away while the act waits; nil: nobody waits
	units  int64
	call   quartet.Call
	hold   quartet.Hold
	claim  quartet.Claim
	grant  quartet.Grant // actChange: what is given, or the id of what changes
	entry  quartet.Entry // actChange
	expiry time.Time     // actChange, EntryExpiry
	look   []string      // actBarrier: grants to be read

	err  error
	done chan struct{}
}

var acts = sync.Pool{New: func() any { return &act{done: make(chan struct{}, 1)} }}

func newAct(kind actKind) *act {
	a := acts.Get().(*act) //nolint:forcetypeassert // the pool makes no other
	a.kind, a.units, a.err, a.look = kind, 0, nil, nil
	a.claim = quartet.Claim{}
	a.ctx = nil
	return a
}

// put queues an act. It blocks while the queue is full, so that refusals, for which
// nobody waits, cannot outgrow the committer.
func (l *Ledger) put(a *act) error {
	l.mu.Lock()
	for len(l.queue) >= maxQueue && !l.closed {
		l.room.Wait()
	}
	if l.closed {
		l.mu.Unlock()
		return errStopping
	}
	l.queue = append(l.queue, a)
	if len(l.queue) == 1 {
		select {
		case l.wake <- struct{}{}: // under the lock, or Close may have closed it
		default:
		}
	}
	l.mu.Unlock()
	return nil
}

// do queues an act and waits for its outcome: ErrTimeout, surely not done, when it was
// withdrawn from the queue.
func (l *Ledger) do(ctx context.Context, a *act) error {
	if ctx.Err() != nil {
		return errTimeout
	}
	a.ctx = ctx
	if err := l.put(a); err != nil {
		return err
	}
	<-a.done
	return a.err
}

// withdrawEvery is how soon a caller who went away is noticed, while the committer is busy.
const withdrawEvery = 50 * time.Millisecond

// withdraw goes over the queue now and then for acts that are over, so that waiting costs a
// call nothing but the wait.
func (l *Ledger) withdraw() {
	tick := time.NewTicker(withdrawEvery)
	defer tick.Stop()
	for {
		select {
		case <-l.ended:
			return
		case <-tick.C:
			l.mu.Lock()
			l.queue = l.current(l.queue)
			l.room.Broadcast()
			l.mu.Unlock()
		}
	}
}

// current tells the callers of acts that are over, and keeps the others.
func (l *Ledger) current(queue []*act) []*act {
	var earliest time.Time
	if l.opts.MaxWait > 0 {
		earliest = l.opts.Now().Add(-l.opts.MaxWait)
	}
	kept := queue[:0]
	for _, a := range queue {
		if a.over(earliest) {
			a.err = errTimeout
			a.done <- struct{}{}
		} else {
			kept = append(kept, a)
		}
	}
	return kept
}

// over reports whether the caller has gone, or the act is a call's first and the call began
// too early.
func (a *act) over(earliest time.Time) bool {
	switch a.kind {
	case actCharge:
		if a.call.At.Before(earliest) {
			return true
		}
	case actReserve:
		if a.hold.CreatedAt.Before(earliest) {
			return true
		}
	case actMove, actSettle, actRelease, actSweep, actRecord, actChange, actBarrier:
	}
	return a.ctx != nil && a.ctx.Err() != nil
}

var (
	errStopping = quartet.Errorf(quartet.ErrUnavailable, "the node is stopping; ask again, another node or a later one will answer")
	errNotTried = quartet.Errorf(quartet.ErrUnavailable, "the store failed before this act; nothing was charged")
	errTimeout  = quartet.Errorf(quartet.ErrTimeout, "the time for this call ran out before it was accounted; nothing was charged")
)
