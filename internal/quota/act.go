package quota

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"quartet"
)

type actKind uint8

const (
	actCharge actKind = iota
	actReserve
	actSettle
	actRelease
	actSweep // releases past the deadline; the call may have its row already
	actRecord
	actChange
	actBarrier // does nothing, after all that came before
)

// An act's life: waiting → taken by the committer, or withdrawn by its caller.
const (
	waiting int32 = iota
	taken
	withdrawn
)

// act is one thing to be done in a batch. The committer alone touches it between taken
// and done.
type act struct {
	kind   actKind
	units  int64
	call   quartet.Call
	hold   quartet.Hold
	claim  quartet.Claim
	grant  quartet.Grant // actChange: what is given, or the id of what changes
	entry  quartet.Entry // actChange
	expiry time.Time     // actChange, EntryExpiry

	state atomic.Int32
	err   error
	done  chan struct{}
	late  *time.Timer // stopped, but while a charge or a reserve waits
}

var acts = sync.Pool{New: func() any {
	late := time.NewTimer(time.Hour)
	late.Stop()
	return &act{done: make(chan struct{}, 1), late: late}
}}

func newAct(kind actKind) *act {
	a := acts.Get().(*act) //nolint:forcetypeassert // the pool makes no other
	a.kind, a.units, a.err = kind, 0, nil
	a.claim = quartet.Claim{}
	a.state.Store(waiting)
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

// do queues an act and waits for its outcome. When ctx or its time in the queue ends first,
// the act is withdrawn if the committer has not taken it (ErrTimeout, surely not done), else
// waited for.
func (l *Ledger) do(ctx context.Context, a *act) error {
	if ctx.Err() != nil {
		return errTimeout
	}
	if err := l.put(a); err != nil {
		return err
	}
	var late <-chan time.Time
	if l.opts.MaxWait > 0 && (a.kind == actCharge || a.kind == actReserve) {
		a.late.Reset(l.opts.MaxWait)
		defer a.late.Stop()
		late = a.late.C
	}
	select {
	case <-a.done:
		return a.err
	case <-ctx.Done():
	case <-late:
	}
	if a.state.CompareAndSwap(waiting, withdrawn) {
		return errTimeout // the committer drops it; it must not go back to the pool
	}
	<-a.done
	return a.err
}

var (
	errStopping = quartet.Errorf(quartet.ErrUnavailable, "the node is stopping; ask again, another node or a later one will answer")
	errNotTried = quartet.Errorf(quartet.ErrUnavailable, "the store failed before this act; nothing was charged")
	errTimeout  = quartet.Errorf(quartet.ErrTimeout, "the time for this call ran out before it was accounted; nothing was charged")
)
