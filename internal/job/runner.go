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
}

const (
	atOnce    = 8
	maxFailed = 25 // with waits of up to an hour they take most of a day
	longest   = time.Hour
	maxError  = 500
)

// Runner runs the jobs of the kinds that it was told how to do.
type Runner struct {
	o     Options
	do    map[string]func(ctx context.Context, key string) error
	kinds []string
	wake  chan struct{}
	free  chan struct{} // a place for each job under way
	tries sync.WaitGroup
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
	return &Runner{o: o, do: map[string]func(context.Context, string) error{}, wake: make(chan struct{}, 1), free: make(chan struct{}, atOnce)}
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

// look begins as many jobs as are due and have a place.
func (r *Runner) look(ctx, tries context.Context) {
	places := cap(r.free) - len(r.free)
	if places == 0 || len(r.kinds) == 0 {
		return
	}
	now := r.o.Now()
	claimed, err := r.o.Store.ClaimJobs(ctx, r.kinds, now, now.Add(r.o.Lease), places)
	if err != nil {
		if ctx.Err() == nil {
			r.o.Log.Warn("jobs could not be looked for; the next look is in a moment", obs.Err(err))
		}
		return
	}
	for _, j := range claimed {
		r.free <- struct{}{}
		r.tries.Go(func() {
			r.try(tries, j)
			<-r.free
			select { // there is a place again, and perhaps a job that waits for it
			case r.wake <- struct{}{}:
			default:
			}
		})
	}
}
