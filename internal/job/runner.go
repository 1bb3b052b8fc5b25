package job

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"quartet"
	"quartet/internal/obs"
)

// Store keeps jobs.
type Store interface {
	ClaimJobs(ctx context.Context, kinds []string, now, lease time.Time, limit int) ([]quartet.Job, error)
	FreeJobs(ctx context.Context) (int64, error)
	RenewJob(ctx context.Context, j quartet.Job, lease time.Time) error
	EndJob(ctx context.Context, j quartet.Job) error
	JobsWritten() <-chan struct{}
}

// Options say how jobs are run. A zero is what every node has; tests are less patient.
type Options struct {
	Store Store
	Now   func() time.Time
	Log   *slog.Logger
	// Lease is how long nothing is heard of a job until another one takes it over.
	Lease time.Duration
	// Deadline bounds one try.
	Deadline time.Duration
	// Drain is how long tries under way may go on when the runner stops.
	Drain time.Duration
	// Wait is how long to wait after the first failure; each later one doubles it.
	Wait time.Duration
	// Poll is how long the runner waits before it looks again, unless it is woken.
	Poll time.Duration
	// First are kinds that always find a place, however many others wait.
	First []string
	// Alone says that no other process can be doing jobs of this store: whatever is leased
	// when the runner starts was leased by one that is dead, and is due again at once.
	Alone bool
}

const (
	atOnce    = 8
	share     = atOnce / 2 // of one kind, so that one whose jobs are slow holds up no other
	spared    = 2          // that kinds which come first leave to all others
	maxFailed = 25         // with waits of up to an hour they take most of a day
	longest   = time.Hour
	maxError  = 500
)

// Runner runs the jobs of the kinds that it was told how to do.
type Runner struct {
	o     Options
	do    map[string]func(ctx context.Context, key string) error
	kinds []string
	wake  chan struct{}
	tries sync.WaitGroup

	mu    sync.Mutex
	under map[string]int // jobs under way, by kind
	all   int            // of them
}

// New makes a runner.
func New(o Options) *Runner {
	or := func(d *time.Duration, standard time.Duration) {
		if *d == 0 {
			*d = standard
		}
	}
	or(&o.Lease, 30*time.Second)
	or(&o.Deadline, 2*time.Minute)
	or(&o.Drain, 5*time.Second)
	or(&o.Wait, 5*time.Second)
	or(&o.Poll, time.Second)
	return &Runner{o: o, do: map[string]func(context.Context, string) error{}, wake: make(chan struct{}, 1), under: map[string]int{}}
}

// Handle says how jobs of a kind are done, before Run. do is safe to repeat and ends when
// its context does; the key says what it is about.
func (r *Runner) Handle(kind string, do func(ctx context.Context, key string) error) {
	if r.do[kind] != nil {
		panic("job: two ways to do " + kind)
	}
	r.do[kind] = do
	r.kinds = slices.Sorted(maps.Keys(r.do))
}

// Run runs jobs until ctx ends, and returns when those under way have ended. They have the
// time to drain; what they do not finish by then is cut off, and done anew at the next start.
func (r *Runner) Run(ctx context.Context) {
	tries, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	defer r.tries.Wait()
	if r.o.Alone {
		r.free(ctx)
	}
	tick := time.NewTicker(r.o.Poll)
	defer tick.Stop()
	for ctx.Err() == nil {
		r.look(ctx, tries)
		select {
		case <-ctx.Done():
		case <-tick.C:
		case <-r.o.Store.JobsWritten():
		case <-r.wake:
		}
	}
	stop := time.AfterFunc(r.o.Drain, cut)
	defer stop.Stop()
	r.tries.Wait()
}

// free takes back the leases of a former life. Where that fails they end in their time.
func (r *Runner) free(ctx context.Context) {
	n, err := r.o.Store.FreeJobs(ctx)
	switch {
	case err != nil:
		r.o.Log.Warn("jobs that were cut off could not be taken back; they are due again when their leases end", obs.Err(err))
	case n > 0:
		r.o.Log.Info("jobs that were cut off are done anew", "jobs", n)
	}
}

// look begins as many jobs as are due and have a place: those of the kinds that come first,
// then the others.
func (r *Runner) look(ctx, tries context.Context) {
	var others []string
	for _, kind := range r.kinds {
		if !slices.Contains(r.o.First, kind) {
			others = append(others, kind)
			continue
		}
		r.claim(ctx, tries, []string{kind})
	}
	// A claim takes no more than any of its kinds has places for, so a few may be needed.
	for r.claim(ctx, tries, others) {
	}
}

// claim begins jobs of these kinds. full: it found as many as it looked for.
func (r *Runner) claim(ctx, tries context.Context, kinds []string) (full bool) {
	kinds, limit := r.room(kinds)
	if limit <= 0 || len(kinds) == 0 || ctx.Err() != nil {
		return false
	}
	now := r.o.Now()
	claimed, err := r.o.Store.ClaimJobs(ctx, kinds, now, now.Add(r.o.Lease), limit)
	if err != nil {
		if ctx.Err() == nil {
			r.o.Log.Warn("jobs could not be looked for; the next look is in a moment", obs.Err(err))
		}
		return false
	}
	for _, j := range claimed {
		r.count(j.Kind, 1)
		r.tries.Go(func() {
			r.try(tries, j)
			r.count(j.Kind, -1)
			select { // there is a place again, and perhaps a job that waits for it
			case r.wake <- struct{}{}:
			default:
			}
		})
	}
	return len(claimed) == limit
}

func (r *Runner) count(kind string, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.under[kind] += n
	r.all += n
}

// room gives those of the kinds that have not their whole share, and how many of any of them
// may begin. The last places are kept for kinds that come first and have none yet; and those
// kinds together leave a few to all others, since one provider that does not answer may hold
// up all that come first.
func (r *Runner) room(kinds []string) (some []string, limit int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	limit = atOnce - r.all
	left := atOnce - spared
	for _, kind := range r.o.First {
		left -= r.under[kind]
		if r.do[kind] != nil && r.under[kind] == 0 && !slices.Contains(kinds, kind) {
			limit--
		}
	}
	if slices.ContainsFunc(kinds, func(kind string) bool { return slices.Contains(r.o.First, kind) }) {
		limit = min(limit, left)
	}
	for _, kind := range kinds {
		if left := share - r.under[kind]; left > 0 {
			some, limit = append(some, kind), min(limit, left)
		}
	}
	return some, limit
}
