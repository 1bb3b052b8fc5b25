package intake

import (
	"context"
	"errors"
	"time"

	"quartet"
	"quartet/internal/job"
)

const (
	// turn is how long one run lasts: a job has two minutes.
	turn = 80 * time.Second
	// tellEvery is how often it is said how far an import is, and asked whether it goes on.
	tellEvery = time.Second
	// busyFor is how long it waits for another import to end, which the command line began.
	busyFor = 10 * time.Second
)

var (
	// errStopped says that somebody cancelled an import.
	errStopped = errors.New("the import was cancelled")
	// errTurn says that a run has lasted long enough.
	errTurn = errors.New("the run is over")
)

// Run is the job of an import. It is safe to repeat: what was loaded stays, and one that is over
// is left so.
func (d *Desk) Run(ctx context.Context, id string) error {
	i, err := d.store.RegistryImport(ctx, id)
	if err != nil {
		return err
	}
	if i.State != quartet.ImportRunning {
		return d.store.EraseRegistryFile(ctx, id)
	}
	going, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	turned, end := context.WithTimeoutCause(going, turn, errTurn)
	defer end()
	file := &reader{ctx: ctx, desk: d, of: i}
	tell := func(s Sum) {
		now := d.now()
		if now.Sub(i.Told) < tellEvery {
			return
		}
		i.Rows, i.Loaded, i.Damaged, i.Report, i.Read, i.Told = s.Rows, s.Loaded, s.Damaged, s.Report, file.done.Load(), now
		if goes, err := d.store.TellRegistryImport(ctx, i); err == nil && !goes {
			stop(errStopped)
		}
	}
	sum, err := d.registry.Load(turned, Load{Key: i.ID, Replace: i.Replace, File: file, Size: i.Size, Report: &report{ctx: ctx, desk: d, of: i.ID}, Told: tell})
	if err != nil {
		return d.failed(ctx, i, err, context.Cause(turned))
	}
	i.Rows, i.Loaded, i.Damaged, i.Report, i.Generation, i.Read = sum.Rows, sum.Loaded, sum.Damaged, sum.Report, sum.Generation, i.Size
	i.Reason = sum.Doubt
	return d.end(ctx, i, quartet.ImportDone)
}

// failed says what becomes of an import whose run ended before its file did.
func (d *Desk) failed(ctx context.Context, i quartet.RegistryImport, err, cause error) error {
	switch {
	case errors.Is(cause, errStopped):
		return d.store.EraseRegistryFile(ctx, i.ID)
	case errors.Is(cause, errTurn):
		return job.Later{Why: errTurn.Error()}
	case ctx.Err() != nil: // the node stops
		return err
	}
	switch quartet.CodeOf(err) {
	case quartet.ErrConflict:
		return job.Later{In: busyFor, Why: "another import is under way"}
	case quartet.ErrInvalid, quartet.ErrUnsupported, quartet.ErrNotFound, quartet.ErrTooLarge: // another try could not end differently
		i.Reason = err.Error()
		return d.end(ctx, i, quartet.ImportFailed)
	default:
		return err
	}
}

// end writes what became of an import, and erases its file.
func (d *Desk) end(ctx context.Context, i quartet.RegistryImport, state quartet.ImportState) error {
	i.State, i.Ended = state, d.now()
	err := d.store.MoveRegistryImport(ctx, i, []quartet.ImportState{quartet.ImportRunning}, nil, d.entry(i.By, "registry.imported", &i, string(state)))
	if err != nil && quartet.CodeOf(err) != quartet.ErrConflict { // cancelled a moment ago: that stands
		return err
	}
	return d.store.EraseRegistryFile(ctx, i.ID)
}
