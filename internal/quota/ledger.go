package quota

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"quartet"
)

// Store is what the ledger needs of the database.
type Store interface {
	// Commit reads, judges and writes one batch in one transaction; see package store for
	// the errors.
	Commit(ctx context.Context, need quartet.Reading, judge func(quartet.Book) quartet.Postings) error
	Grants(ctx context.Context, account string) ([]quartet.Grant, error)
	Holds(ctx context.Context, due int64, limit int) ([]quartet.Hold, error)
	FindClaim(ctx context.Context, key quartet.Fingerprint) (quartet.Claim, bool, error)
	PruneClaims(ctx context.Context, before int64) error
	LastClosedDay(ctx context.Context) (int64, error)
}

// Options of a Ledger.
type Options struct {
	Now func() time.Time // time.Now when nil
	// MaxBatch bounds the acts of one transaction; 0 means 1024. 1 makes a transaction of
	// every act, which only benchmarks want.
	MaxBatch int
	// MaxWait is how long after the beginning of its call a charge or a reserve may still
	// have its turn; 0: as long as its caller waits.
	MaxWait time.Duration
	// CommitTimeout bounds one commit, its read-back included; 0 means 10 s.
	CommitTimeout time.Duration
	// OnBatch hears of every committed batch, from the committer's goroutine.
	OnBatch func(acts int, took time.Duration)
}

const maxQueue = 1 << 16

// Ledger is the book of units of all accounts. Safe for concurrent use.
type Ledger struct {
	store      Store
	opts       Options
	balance    balances
	claims     claims
	lastClosed atomic.Int64 // last closed day; acts of that day or before are refused
	lines      atomic.Pointer[map[string][]quartet.AlertLine]

	mu     sync.Mutex
	room   sync.Cond
	queue  []*act
	batch  []*act         // under way; the committer's
	calls  []quartet.Call // of the last batch; the committer's
	kept   []*act         // refusals for the next batch; the committer's
	closed bool
	wake   chan struct{}
	ended  chan struct{}

	health    atomic.Pointer[error] // last commit's failure, nil when it went well
	uncertain atomic.Bool           // from a commit of unknown outcome until one succeeds
	fatal     chan error
}

// New loads the grants and starts the committer. Close it.
func New(ctx context.Context, store Store, o Options) (*Ledger, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.MaxBatch == 0 {
		o.MaxBatch = 1024
	}
	if o.CommitTimeout == 0 {
		o.CommitTimeout = 10 * time.Second
	}
	l := &Ledger{store: store, opts: o, wake: make(chan struct{}, 1), ended: make(chan struct{}), fatal: make(chan error, 1)}
	l.room.L = &l.mu
	grants, err := store.Grants(ctx, "")
	if err != nil {
		return nil, err
	}
	l.balance.update(grants)
	day, err := store.LastClosedDay(ctx)
	if err != nil {
		return nil, err
	}
	l.lastClosed.Store(day)
	go l.run()
	go l.withdraw()
	return l, nil
}

// Watch names the lines of unused units, by account, that are watched from the next batch on.
// Who comes to one of them has a crossing written in the transaction of the charge. The lines
// belong to the ledger from then on.
func (l *Ledger) Watch(lines map[string][]quartet.AlertLine) { l.lines.Store(&lines) }

// watched are the lines in force.
func (l *Ledger) watched() map[string][]quartet.AlertLine {
	if lines := l.lines.Load(); lines != nil {
		return *lines
	}
	return nil
}

// Close commits what has been queued and stops. Acts that come later get ErrUnavailable.
func (l *Ledger) Close() error {
	l.mu.Lock()
	if !l.closed {
		l.closed = true
		close(l.wake)
	}
	l.room.Broadcast()
	l.mu.Unlock()
	<-l.ended
	return l.Healthy()
}

// Healthy tells why the last batch failed, or nil.
func (l *Ledger) Healthy() error {
	if err := l.health.Load(); err != nil {
		return *err
	}
	return nil
}

// Check commits a batch of nothing, after all that came before, and tells what came of
// it. It is how a ledger that nobody asks any more finds out that it is well again.
func (l *Ledger) Check(ctx context.Context) error {
	a := newAct(actBarrier)
	return l.free(a, l.do(ctx, a))
}

// Look reads grants anew that somebody changed in a transaction of his own, under their
// locks, so that calls see the change. The judge sees it anyhow.
func (l *Ledger) Look(ctx context.Context, grants ...string) error {
	a := newAct(actBarrier)
	a.look = grants
	return l.free(a, l.do(ctx, a))
}

// Waiting is the number of acts that the committer has not taken yet.
func (l *Ledger) Waiting() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.queue)
}

// Fatal gives the error after which the process must stop: the database can no longer be
// trusted, and only reading it anew can tell what stands.
func (l *Ledger) Fatal() <-chan error { return l.fatal }

// Left tells from memory whether a call of this account to a product could be charged now:
// "" yes, else ErrNotFound (it never had units for it), ErrForbidden (what is left is frozen), ErrExpired or
// ErrExhausted. It is a hint that spares the asking; the judge decides.
func (l *Ledger) Left(account, product string, now time.Time) quartet.ErrorCode {
	return l.balance.left(account, product, now)
}

// Charge takes units of the account's next grant and writes the call row, durably, and
// only then returns nil; call.Charged and call.Grant are set. With 0 units the row is
// written durably, uncharged. claim, when it has a key, keeps the verdict for a repeat.
//
// Errors: ErrExhausted, ErrExpired, ErrTimeout, ErrUnavailable: not charged;
// ErrUnknownOutcome: nobody can tell, and the caller must not be answered.
func (l *Ledger) Charge(ctx context.Context, call *quartet.Call, units int64, claim quartet.Claim) error {
	a := newAct(actCharge)
	a.call, a.units, a.claim = *call, units, claim
	err := l.do(ctx, a)
	if err == nil {
		call.Charged, call.Grant = a.call.Charged, a.call.Grant
	}
	return l.free(a, err)
}

// Reserve sets the hold's units aside, durably, before a supplier is asked. The returned
// hold names its grant. Errors as of Charge.
func (l *Ledger) Reserve(ctx context.Context, hold quartet.Hold) (quartet.Hold, error) {
	a := newAct(actReserve)
	a.hold, a.units = hold, hold.Units
	err := l.do(ctx, a)
	hold.Grant = a.hold.Grant
	return hold, l.free(a, err)
}

// Move notes durably, on a hold that stands, which suppliers may charge for its call from
// now on: before another one is asked. ErrHoldGone: the hold was resolved before.
// ErrTimeout: ctx ended before its turn came, and it is surely not done. After whatever
// error the supplier must not be asked.
func (l *Ledger) Move(ctx context.Context, hold quartet.Hold) error {
	a := newAct(actMove)
	a.hold = hold
	return l.free(a, l.do(ctx, a))
}

// Settle turns a hold into units used and writes the call row. units may be less than
// were held; the rest is free again. ErrHoldGone: the hold was resolved before, and the
// verdict must be discarded; nothing changes but what the row left open of its attempts,
// which is as call says.
func (l *Ledger) Settle(ctx context.Context, hold quartet.Hold, call *quartet.Call, units int64, claim quartet.Claim) error {
	a := newAct(actSettle)
	a.hold, a.call, a.units, a.claim = hold, *call, units, claim
	err := l.do(ctx, a)
	if err == nil {
		call.Charged, call.Grant = a.call.Charged, a.call.Grant
	}
	return l.free(a, err)
}

// Release frees a hold and writes the call row, uncharged. ErrHoldGone as of Settle.
func (l *Ledger) Release(ctx context.Context, hold quartet.Hold, call *quartet.Call) error {
	a := newAct(actRelease)
	a.hold, a.call = hold, *call
	return l.free(a, l.do(ctx, a))
}

// Record writes the row of a refusal with the next batch. It does not wait for it: a
// crash may lose the last ones, and so may a store that fails. Those with attempts are kept
// in memory until it is well, at most 1024 of them.
func (l *Ledger) Record(call quartet.Call) {
	a := newAct(actRecord)
	a.call = call
	if l.put(a) != nil {
		acts.Put(a)
	}
}

// free gives an act back.
func (l *Ledger) free(a *act, err error) error {
	a.ctx = nil
	acts.Put(a)
	return err
}
