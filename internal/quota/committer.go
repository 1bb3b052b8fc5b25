package quota

import (
	"context"
	"runtime"
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
	if len(l.kept) > 0 {
		l.commit(l.take()) // a last try; what fails again is lost
	}
}

func (l *Ledger) drain() {
	for {
		l.gather()
		if l.Waiting() == 0 {
			return
		}
		l.commit(l.take())
	}
}

// gather lets callers that are ready to run come to the queue first, while more come: a
// larger batch costs each of its acts less. It gives way and waits for nothing.
func (l *Ledger) gather() {
	const rounds = 16
	for round, before := 0, -1; round < rounds && before < l.Waiting(); round++ {
		before = l.Waiting()
		runtime.Gosched()
	}
}

// take gives the next batch, with what an earlier one could not write. What is left in the
// queue may still be withdrawn.
func (l *Ledger) take() []*act {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queue = l.current(l.queue)
	n := min(len(l.queue), l.opts.MaxBatch)
	l.batch = append(append(l.batch[:0], l.kept...), l.queue[:n]...)
	l.kept = l.kept[:0]
	l.queue = append(l.queue[:0], l.queue[n:]...)
	l.room.Broadcast()
	return l.batch
}

func (l *Ledger) commit(batch []*act) {
	if len(batch) == 0 {
		return
	}
	begun := time.Now()
	err := l.outcome(batch)
	l.report(err)
	if err == nil && l.opts.OnBatch != nil {
		l.opts.OnBatch(len(batch), time.Since(begun))
	}
	for _, a := range batch {
		if err != nil && a.err != nil && a.tellsOfCost() && len(l.kept) < maxKept {
			l.kept = append(l.kept, a)
			continue
		}
		finishAct(a)
	}
}

// maxKept bounds the refusals that wait for the store to be well again.
const maxKept = 1024

// tellsOfCost reports whether an act is a refusal that says what suppliers charge. Its settle
// failed a moment ago, and so may its row: it is kept for the next batch. Written twice it
// does no harm.
func (a *act) tellsOfCost() bool { return a.kind == actRecord && len(a.call.Attempts) > 0 }

// finishAct wakes the act's caller. Nobody waits for a record.
func finishAct(a *act) {
	if a.kind == actRecord {
		acts.Put(a)
		return
	}
	a.done <- struct{}{}
}

// outcome commits a batch and leaves with each act what became of it. It returns what is
// wrong with the store, if anything; what is wrong with an act alone is no fault of it.
func (l *Ledger) outcome(batch []*act) error {
	if err := l.Healthy(); quartet.CodeOf(err) == quartet.ErrInternal {
		return failAll(batch, err) // the store was given up; the process is about to end
	}
	err := l.try(batch)
	if quartet.CodeOf(err) == quartet.ErrConflict { // a lost race, or an act that cannot be
		err = l.try(batch)
	}
	if quartet.CodeOf(err) == quartet.ErrConflict {
		return l.oneByOne(batch)
	}
	if err != nil {
		return failAll(batch, err)
	}
	return nil
}

func failAll(batch []*act, err error) error {
	for _, a := range batch {
		a.err = err
	}
	return err
}

// oneByOne finds the act that spoils its batch: it is refused, its neighbours are not.
// Where the store itself fails it stops, and the rest is surely not done.
func (l *Ledger) oneByOne(batch []*act) error {
	for i, a := range batch {
		err := l.try(batch[i : i+1])
		switch quartet.CodeOf(err) {
		case "":
		case quartet.ErrConflict:
			a.err = &quartet.Error{Code: quartet.ErrUnavailable, Message: "this act could not be committed; nothing was charged", Cause: err}
		case quartet.ErrUnknownOutcome:
			_ = failAll(batch[i+1:], errNotTried)
			a.err = err
			return err
		default:
			return failAll(batch[i:], err)
		}
	}
	return nil
}

// try commits a batch once.
func (l *Ledger) try(batch []*act) error {
	ctx, cancel := context.WithTimeout(context.Background(), l.opts.CommitTimeout)
	defer cancel()
	lines := l.watched()
	need := needs(batch, lines)
	var after []quartet.Grant
	err := l.store.Commit(ctx, need, func(book quartet.Book) quartet.Postings {
		j := newJudge(book, l.opts.Now(), l.lastClosed.Load(), l.calls)
		j.watch(lines, need.Accounts)
		for _, a := range batch {
			a.err = j.act(a)
		}
		after = j.grants()
		l.calls = j.out.Calls
		return j.postings()
	})
	switch quartet.CodeOf(err) {
	case "":
		l.balance.update(after)
		if l.uncertain.Load() {
			l.lookAnew(ctx)
		}
	case quartet.ErrUnknownOutcome:
		l.uncertain.Store(true)
	default:
	}
	return err
}

// lookAnew ends an uncertainty. The store lets no batch be committed before the ones it was
// sent earlier have ended, so what stands now stands for good.
func (l *Ledger) lookAnew(ctx context.Context) {
	grants, err := l.store.Grants(ctx, "")
	if err != nil {
		return // the next batch tries again
	}
	l.balance.update(grants)
	l.uncertain.Store(false)
}

// report keeps the health and raises the alarm after which the process stops.
func (l *Ledger) report(err error) {
	if err == nil {
		if l.health.Load() != nil && !l.uncertain.Load() {
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

// needs names the rows that a batch must see. Where lines are watched, what settles sees all
// units of its account, as what charges does anyhow.
func needs(batch []*act, lines map[string][]quartet.AlertLine) quartet.Reading {
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
			if !a.claim.Key.IsZero() {
				need.Claims = append(need.Claims, a.claim.Key)
			}
		case actReserve:
			accounts[a.hold.Account] = struct{}{}
			if !a.hold.Claim.Key.IsZero() {
				need.Claims = append(need.Claims, a.hold.Claim.Key)
			}
		case actMove, actSettle, actRelease, actSweep:
			need.Holds = append(need.Holds, a.hold.SeqNo)
			if a.kind == actSettle && len(lines[a.hold.Account]) > 0 {
				accounts[a.hold.Account] = struct{}{} // a grant with a unit held is among those
				continue
			}
			need.Grants = append(need.Grants, a.hold.Grant)
		case actChange:
			if a.entry.Kind != quartet.EntryGranted {
				need.Grants = append(need.Grants, a.grant.ID)
			}
		case actBarrier:
			need.Grants = append(need.Grants, a.look...)
		case actRecord:
		}
	}
	for account := range accounts {
		need.Accounts = append(need.Accounts, account)
	}
	return need
}
