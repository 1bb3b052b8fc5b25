package resolve

import (
	"cmp"
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"quartet"
	"quartet/internal/source"
)

// Store keeps attempts, and the calls that they belong to.
type Store interface {
	Products(ctx context.Context) ([]quartet.Product, error)
	FindCall(ctx context.Context, no quartet.SeqNo) (quartet.Call, error)
	OpenAttempts(ctx context.Context, after quartet.SeqNo, limit int) ([]quartet.OpenAttempt, error)
	Attempts(ctx context.Context, no quartet.SeqNo) ([]quartet.Attempt, error)
	ResolveAttempt(ctx context.Context, o quartet.OpenAttempt, a quartet.Attempt) error
}

// Options of a Resolver. All but First are needed.
type Options struct {
	Store  Store
	Number func(quartet.SeqNo) string             // under which a question was asked
	Asker  func(source string) source.Inquirer    // nil: it cannot be asked afterwards
	Fault  func(order, what string, stack []byte) // of an asker that panics
	Now    func() time.Time
	First  time.Duration // from a question to the first inquiry; 0: a minute
}

const (
	firstAfter = time.Minute    // from the question to the first inquiry, unless told otherwise
	longest    = time.Hour      // pause between two
	giveUp     = 24 * time.Hour // from the question
	page       = 500
	atOnce     = 4
	patience   = 10 * time.Second // with one inquiry
	failures   = 3                // of a source, after which it is left alone until the next run
)

// Resolver inquires about open attempts. One Run at a time; Open may be called meanwhile.
type Resolver struct {
	opts  Options
	tried map[key]trial
	open  atomic.Int64
}

// key is an attempt.
type key struct {
	no    quartet.SeqNo
	place int64
}

// trial is when an attempt may be inquired about again. After a restart all begin anew.
type trial struct {
	next  time.Time
	pause time.Duration
}

// New makes a resolver.
func New(o Options) *Resolver {
	o.First = cmp.Or(o.First, firstAfter)
	return &Resolver{opts: o}
}

// Open is how many attempts of the last day are open, as the last Run left them.
func (r *Resolver) Open() int { return int(r.open.Load()) }

// Run inquires once about everything that is due, and gives how many attempts it resolved.
func (r *Resolver) Run(ctx context.Context) (int, error) {
	run := &run{Resolver: r, failed: map[string]int{}, tried: map[key]trial{}, now: r.opts.Now(), needs: map[string]quartet.ElementSet{}}
	products, err := r.opts.Store.Products(ctx)
	if err != nil {
		return 0, err
	}
	for i := range products {
		run.needs[products[i].ID] = products[i].Need
	}
	found := 0
	after := quartet.SeqNo{Second: run.now.Add(-giveUp - time.Hour).Unix()}
	for {
		list, err := r.opts.Store.OpenAttempts(ctx, after, page)
		if err != nil {
			return run.resolved, err
		}
		full := len(list) == page
		if full {
			list = wholeCalls(list)
		}
		found += len(list)
		if err := run.inquireAll(ctx, list); err != nil {
			return run.resolved, err
		}
		if !full {
			break
		}
		after = list[len(list)-1].SeqNo
	}
	r.tried = run.tried
	r.open.Store(int64(found - run.resolved))
	return run.resolved, nil
}

// wholeCalls leaves the last call to the next page, which may have more of its attempts.
func wholeCalls(list []quartet.OpenAttempt) []quartet.OpenAttempt {
	n := len(list)
	for n > 1 && list[n-1].SeqNo == list[len(list)-1].SeqNo {
		n--
	}
	if list[n-1].SeqNo == list[len(list)-1].SeqNo {
		return list // all are of one call
	}
	return list[:n]
}

// run is one run.
type run struct {
	*Resolver

	now      time.Time
	needs    map[string]quartet.ElementSet // of products
	mu       sync.Mutex
	tried    map[key]trial // those that are still open
	failed   map[string]int
	resolved int
}

func (r *run) inquireAll(ctx context.Context, list []quartet.OpenAttempt) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, o := range list {
		if r.now.Sub(o.At) > giveUp {
			continue
		}
		asker := r.opts.Asker(o.Source)
		if asker == nil || !r.due(o) {
			continue
		}
		group.Go(func() error { return r.inquire(ctx, o, asker) })
	}
	return group.Wait()
}

// due reports whether an attempt's time has come. What was tried before keeps its pause.
func (r *run) due(o quartet.OpenAttempt) bool {
	t, known := r.Resolver.tried[key{o.SeqNo, o.Place}]
	if !known {
		t = trial{next: o.At.Add(r.opts.First), pause: r.opts.First}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tried[key{o.SeqNo, o.Place}] = t
	return !r.now.Before(t.next) && r.failed[o.Source] < failures
}

// inquire asks about one attempt, and writes what it learns.
func (r *run) inquire(ctx context.Context, o quartet.OpenAttempt, asker source.Inquirer) error {
	if ctx.Err() != nil || r.leftAlone(o.Source) {
		return nil
	}
	c, err := r.opts.Store.FindCall(ctx, o.SeqNo)
	if err != nil && quartet.CodeOf(err) != quartet.ErrNotFound {
		return err
	}
	// What a product compares that was taken away meanwhile, nobody knows: 0.
	need := r.needs[c.Product]
	finding, err := r.ask(ctx, o, need, asker)
	if ctx.Err() != nil {
		return nil // the node stops; the attempt stays as it is
	}
	if err != nil || finding.Arrived && finding.Answer.Charged == quartet.ChargedUnknown {
		r.later(o, err != nil)
		return nil
	}
	if need == 0 {
		finding.Answer.Verdict, finding.Answer.Reason = quartet.NoVerdict, quartet.ReasonNone
	}
	a, err := r.learnt(ctx, o, finding)
	if err == nil {
		err = r.opts.Store.ResolveAttempt(ctx, o, a)
	}
	if err != nil && quartet.CodeOf(err) != quartet.ErrConflict { // conflict: its own call told it meanwhile
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.resolved++
	r.failed[o.Source] = 0
	delete(r.tried, key{o.SeqNo, o.Place})
	return nil
}

func (r *run) leftAlone(source string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed[source] >= failures
}

// later puts an attempt off for twice as long as before.
func (r *run) later(o quartet.OpenAttempt, failed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.tried[key{o.SeqNo, o.Place}]
	t.next, t.pause = r.now.Add(t.pause), min(2*t.pause, longest)
	r.tried[key{o.SeqNo, o.Place}] = t
	if failed {
		r.failed[o.Source]++
	}
}

// ask shields the job from a source that panics or never answers.
func (r *run) ask(ctx context.Context, o quartet.OpenAttempt, need quartet.ElementSet, asker source.Inquirer) (f source.Finding, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	order := r.opts.Number(o.SeqNo)
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("resolve: a source panicked with a %T", p)
			r.opts.Fault(order, err.Error(), debug.Stack())
		}
	}()
	return asker.Inquire(ctx, source.Inquiry{Order: order, Need: need, Reference: o.Reference, At: o.At})
}

// learnt is the attempt with what was found out about it.
func (r *run) learnt(ctx context.Context, o quartet.OpenAttempt, f source.Finding) (a quartet.Attempt, err error) {
	list, err := r.opts.Store.Attempts(ctx, o.SeqNo)
	if err != nil {
		return a, err
	}
	if o.Place < int64(len(list)) {
		a = list[o.Place]
	}
	a.Charged = quartet.ChargedNo
	if f.Arrived {
		a.Charged, a.Verdict, a.Reason = f.Answer.Charged, f.Answer.Verdict, f.Answer.Reason
		a.Reference, a.Code = either(f.Answer.Reference, a.Reference), either(f.Answer.Code, a.Code)
	}
	if a.Note != "" {
		a.Note += ", "
	}
	a.Note += quartet.NoteAfterwards
	return a, nil
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
