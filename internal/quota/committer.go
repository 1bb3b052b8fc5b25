package quota

import (
	"context"
	"time"

	"quartet"
)

// run is the committer: it takes whatever has gathered, commits it as one transaction and
// wakes all who wait. While it commits, the next batch gathers.
func (l *Ledger) run() {
	defer close(l.ended)
	for range l.wake {
		l.drain()
	}
	l.drain()
}

func (l *Ledger) drain() {
	for {
		batch := l.take()
		if len(batch) == 0 {
			return
		}
		for len(batch) > 0 {
			n := min(len(batch), l.opts.MaxBatch)
			l.commit(batch[:n])
			batch = batch[n:]
		}
	}
}

// take empties the queue and drops what was withdrawn.
func (l *Ledger) take() []*act {
	l.mu.Lock()
	batch := l.queue
	l.queue, l.spare = l.spare[:0], batch
	l.room.Broadcast()
	l.mu.Unlock()
	kept := batch[:0]
	for _, a := range batch {
		if a.state.CompareAndSwap(waiting, taken) {
			kept = append(kept, a)
		}
	}
	return kept
}

func (l *Ledger) commit(batch []*act) {
	begun := time.Now()
	err := l.try(batch)
	if quartet.CodeOf(err) == quartet.ErrConflict {
		err = l.tryAgain(batch)
	}
	l.report(err)
	if err == nil && l.opts.OnBatch != nil {
		l.opts.OnBatch(len(batch), time.Since(begun))
	}
	for _, a := range batch {
		finishAct(a, err)
	}
}

// finishAct wakes the act's caller. Nobody waits for a record.
func finishAct(a *act, err error) {
	if err != nil {
		a.err = err
	}
	if a.kind == actRecord {
		acts.Put(a)
		return
	}
	a.done <- struct{}{}
}

// tryAgain follows a definite failure that one act may have caused or a race with another
// transaction: the whole batch once more, then act by act. It tells each act's own
// outcome; an error is returned only when nothing more can be done.
func (l *Ledger) tryAgain(batch []*act) error {
	err := l.try(batch)
	if quartet.CodeOf(err) != quartet.ErrConflict {
		return err
	}
	for i := range batch {
		err := l.try(batch[i : i+1])
		switch quartet.CodeOf(err) {
		case "":
		case quartet.ErrConflict, quartet.ErrUnavailable:
			batch[i].err = &quartet.Error{Code: quartet.ErrUnavailable, Message: "this act could not be committed; nothing was charged", Cause: err}
		default:
			// What went before is committed; the rest cannot be known to be undone.
			for _, a := range batch[i:] {
				a.err = err
			}
			l.report(err)
			return nil
		}
	}
	return nil
}

// try commits a batch once.
func (l *Ledger) try(batch []*act) error {
	ctx, cancel := context.WithTimeout(context.Background(), l.opts.CommitTimeout)
	defer cancel()
	need := needs(batch)
	var after []quartet.Grant
	err := l.store.Commit(ctx, need, func(book quartet.Book) quartet.Postings {
		j := newJudge(book, l.opts.Now(), l.lastClosed.Load())
		for _, a := range batch {
			a.err = j.act(a)
		}
		after = j.grants()
		return j.postings()
	})
	if err == nil {
		l.balance.update(after)
	}
	return err
}

// report keeps the health and raises the alarm after which the process stops.
func (l *Ledger) report(err error) {
	if err == nil {
		if l.health.Load() != nil {
			l.health.Store(nil)
		}
		return
	}
	l.health.Store(&err)
	if quartet.CodeOf(err) == quartet.ErrInternal {
		select {
		case l.fatal <- err:
		default:
		}
	}
}

// needs names the rows that a batch must see.
func needs(batch []*act) quartet.Reading {
	var (
		need     quartet.Reading
		accounts = make(map[string]struct{}, 4)
	)
	for _, a := range batch {
		switch a.kind {
		case actCharge:
			if a.units > 0 {
				accounts[a.call.Account] = struct{}{}
			}
		case actReserve:
			accounts[a.hold.Account] = struct{}{}
		case actSettle, actRelease:
			need.Holds = append(need.Holds, a.hold.SeqNo)
			need.Grants = append(need.Grants, a.hold.Grant)
		case actChange:
			if a.entry.Kind != quartet.EntryGranted {
				need.Grants = append(need.Grants, a.grant.ID)
			}
		case actRecord, actBarrier:
		}
	}
	for account := range accounts {
		need.Accounts = append(need.Accounts, account)
	}
	return need
}
