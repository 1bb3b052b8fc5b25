package job

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"time"
	"unicode/utf8"

	"quartet"
	"quartet/internal/obs"
)

// try runs a job once and writes what became of it. When that cannot be written the lease
// ends in its time and the job is done again.
func (r *Runner) try(ctx context.Context, j quartet.Job) {
	var err error
	if j.Failed < maxFailed {
		err = r.run(ctx, j)
	} else { // each of these tries has ended the process, or never ended
		err = errors.New("nothing was heard of its last try")
	}
	if errors.Is(err, errTaken) {
		r.o.Log.Warn("a job was taken over while it was still being done", "job", j.ID, "kind", j.Kind)
		return
	}
	j = r.judge(ctx, j, err)
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.o.Lease)
	defer cancel()
	if err := r.o.Store.EndJob(end, j); err != nil {
		r.o.Log.Warn("what became of a job was not written; it will be done again", "job", j.ID, "kind", j.Kind, obs.Err(err))
	}
}

// judge says what becomes of a job after a try.
func (r *Runner) judge(ctx context.Context, j quartet.Job, err error) quartet.Job {
	now := r.o.Now()
	j.Error, j.State = "", quartet.JobWaiting
	later, again := errors.AsType[Later](err)
	switch {
	case err == nil:
		j.State, j.Ended, j.Failed = quartet.JobDone, now, 0
		return j
	case again:
		j.NextAt, j.Error, j.Failed = now.Add(max(later.In, time.Second)), text(later.Why), 0
		return j
	case ctx.Err() != nil: // the node stops: nobody's failure
		j.NextAt, j.Error = now, "cut off: the node stopped"
		return j
	}
	j.Failed++
	j.Error = text(err.Error())
	switch code := quartet.CodeOf(err); {
	case code == quartet.ErrInvalid, code == quartet.ErrNotFound, code == quartet.ErrUnsupported, j.Failed >= maxFailed:
		j.State, j.Ended = quartet.JobDead, now
		r.o.Log.Error("a job is dead; restart it with `quartet job restart` when its cause is gone", "job", j.ID, "kind", j.Kind, "tries", j.Tries, obs.Err(err))
	default:
		wait := r.wait(j.Failed)
		j.NextAt = now.Add(wait)
		r.o.Log.Warn("a job failed and will be tried again", "job", j.ID, "kind", j.Kind, "tries", j.Tries, "in", wait.String(), obs.Err(err))
	}
	return j
}

// wait is how long after so many failures: twice as long after each, and a little more or
// less, so that what failed together does not come again together.
func (r *Runner) wait(failed int) time.Duration {
	wait := r.o.Wait
	for range failed - 1 {
		if wait *= 2; wait >= longest {
			wait = longest
			break
		}
	}
	return wait*4/5 + rand.N(wait*2/5+1) //nolint:gosec // no secret
}

// errTaken ends a try whose lease somebody else has.
var errTaken = quartet.Errorf(quartet.ErrConflict, "another one has taken this job over")

// run does what a job asks for, within its deadline, and holds the lease meanwhile. What
// does not end with its context loses the lease.
func (r *Runner) run(ctx context.Context, j quartet.Job) error {
	ctx, cancel := context.WithTimeoutCause(ctx, r.o.Deadline, errors.New("it took too long"))
	defer cancel()
	held, lost := context.WithCancelCause(ctx)
	defer lost(nil)
	ended := make(chan struct{})
	renewing := make(chan struct{})
	go func() {
		defer close(renewing)
		r.hold(held, j, ended, lost)
	}()
	err := r.call(held, j)
	close(ended)
	<-renewing
	if errors.Is(context.Cause(held), errTaken) {
		return errTaken
	}
	return err
}

// hold renews the lease of a job until it has ended or its time is over.
func (r *Runner) hold(ctx context.Context, j quartet.Job, ended <-chan struct{}, lost context.CancelCauseFunc) {
	tick := time.NewTicker(r.o.Lease / 3)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := r.o.Store.RenewJob(ctx, j, r.o.Now().Add(r.o.Lease))
		if quartet.CodeOf(err) == quartet.ErrConflict {
			lost(errTaken)
			return
		}
	}
}

// call runs the handler. A panic is a failure; its value is not told, since it may quote
// what was handled.
func (r *Runner) call(ctx context.Context, j quartet.Job) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			r.o.Log.Error("a job panicked", "job", j.ID, "kind", j.Kind, "what", fmt.Sprintf("panic of %T", fault), "stack", string(debug.Stack()))
			err = errors.New("it panicked; the log has more")
		}
	}()
	return r.do[j.Kind](ctx, j.Key)
}

// text is what is kept of an error: nothing that looks like an element, and no more than a
// few lines.
func text(s string) string {
	s = obs.Redact(s)
	for len(s) > maxError || !utf8.ValidString(s) {
		s = s[:min(len(s)-1, maxError)]
	}
	return s
}
