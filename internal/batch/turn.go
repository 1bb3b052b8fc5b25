package batch

import (
	"context"
	"errors"
	"strconv"
	"time"

	"quartet"
	"quartet/internal/audit"
	"quartet/internal/job"
)

// Name says what the columns of a file hold, and begins its check anew. ErrConflict: it has
// started. ErrInvalid: an element that the product needs has no column.
func (d *Desk) Name(ctx context.Context, by, account, id string, l Layout) (quartet.Batch, error) {
	b, err := d.own(ctx, account, id)
	if err != nil {
		return b, err
	}
	if err := l.check(); err != nil {
		return b, err
	}
	if b.Parts == 0 || !b.Started.IsZero() || b.State == quartet.BatchUploading {
		return b, quartet.Errorf(quartet.ErrConflict, "the columns of this batch are settled: it has started, or its file is gone; bring the file again")
	}
	p, err := d.product(ctx, b.Product)
	if err != nil {
		return b, err
	}
	b.Columns, b.Headless = l.Columns, l.Headless
	src, err := d.open(ctx, &b)
	if err != nil {
		return b, err
	}
	has := src.has
	if err := src.close(); err != nil {
		return b, err
	}
	if !has.Has(p.Need) {
		return b, missingColumns(p.Need &^ has)
	}
	err = d.read(ctx, &b, quartet.BatchChecking, audit.Entry(d.o.Now(), by, "batch.columns", b.ID, "account "+b.Account))
	return b, err
}

// Start lets a checked batch run in the name of a credential of its account, up to so many
// units and never one more. The same start again changes nothing. ErrConflict: it cannot start
// as it stands, or it started otherwise.
func (d *Desk) Start(ctx context.Context, by, account, id, credential string, ceiling int64) (quartet.Batch, error) {
	if err := checkCeiling(ceiling); err != nil {
		return quartet.Batch{}, err
	}
	c, err := d.o.Store.Credential(ctx, credential)
	if quartet.CodeOf(err) == quartet.ErrNotFound || err == nil && c.Account != account {
		return quartet.Batch{}, &quartet.Error{Code: quartet.ErrNotFound, Field: "credential_id", Message: "credential_id must name a credential of the account"}
	}
	if err != nil {
		return quartet.Batch{}, err
	}
	if c.Revoked() || c.Expired(d.o.Now()) {
		return quartet.Batch{}, &quartet.Error{Code: quartet.ErrConflict, Field: "credential_id", Message: "credential_id must name a credential that is in force"}
	}
	return d.turn(ctx, account, id, func(b *quartet.Batch) ([]quartet.Job, quartet.AuditEntry, error) {
		now := d.o.Now()
		switch {
		case !b.Started.IsZero() && b.Credential == credential && b.Ceiling == ceiling:
			return nil, quartet.AuditEntry{}, nil
		case b.State != quartet.BatchChecked:
			return nil, quartet.AuditEntry{}, quartet.Errorf(quartet.ErrConflict, "a batch starts once, when it is checked; this one is %s", b.State)
		}
		b.State, b.Credential, b.Ceiling, b.Started = quartet.BatchRunning, credential, ceiling, now
		return d.set(b), audit.Entry(now, by, "batch.start", b.ID, "account "+b.Account+", credential "+credential+", at most "+strconv.FormatInt(ceiling, 10)+" units"), nil
	})
}

func checkCeiling(ceiling int64) error {
	const most = 1_000_000_000_000
	if ceiling < 0 || ceiling > most {
		return &quartet.Error{Code: quartet.ErrInvalid, Field: "max_units", Message: "max_units must be from 0 to 1000000000000"}
	}
	return nil
}

// set makes a batch run from now on, under a job of its own.
func (d *Desk) set(b *quartet.Batch) []quartet.Job {
	now := d.o.Now()
	b.Why, b.Run, b.Changed, b.Ended, b.Base = "", b.Run+1, now, time.Time{}, b.Count.Finished()
	return []quartet.Job{job.At(quartet.JobBatchRun, keyOf(b), now, now)}
}

// turn is TurnBatch with the word for who has no such batch.
func (d *Desk) turn(ctx context.Context, account, id string, decide func(*quartet.Batch) ([]quartet.Job, quartet.AuditEntry, error)) (quartet.Batch, error) {
	b, err := d.o.Store.TurnBatch(ctx, account, id, decide)
	if quartet.CodeOf(err) == quartet.ErrNotFound {
		err = errNoBatch()
	}
	return b, err
}

// Pause lets no more rows be sent. Those on the road come to their ends. ErrConflict: it does
// not run.
func (d *Desk) Pause(ctx context.Context, by, account, id string) (quartet.Batch, error) {
	return d.turn(ctx, account, id, func(b *quartet.Batch) ([]quartet.Job, quartet.AuditEntry, error) {
		switch b.State {
		case quartet.BatchPaused:
			return nil, quartet.AuditEntry{}, nil
		case quartet.BatchRunning:
		default:
			return nil, quartet.AuditEntry{}, quartet.Errorf(quartet.ErrConflict, "only a batch that runs can be paused; this one is %s", b.State)
		}
		b.State, b.Why, b.Changed = quartet.BatchPaused, quartet.PausedAsked, d.o.Now()
		return nil, audit.Entry(b.Changed, by, "batch.pause", b.ID, "account "+b.Account), nil
	})
}

// Resume goes on with a batch that paused, up to a ceiling that may be another one from now on;
// nil: the same. ErrConflict: it has not paused, or the ceiling lies below what it has cost.
func (d *Desk) Resume(ctx context.Context, by, account, id string, ceiling *int64) (quartet.Batch, error) {
	return d.turn(ctx, account, id, func(b *quartet.Batch) ([]quartet.Job, quartet.AuditEntry, error) {
		if b.State == quartet.BatchRunning && (ceiling == nil || *ceiling == b.Ceiling) {
			return nil, quartet.AuditEntry{}, nil
		}
		if b.State != quartet.BatchPaused || !b.Erased.IsZero() {
			return nil, quartet.AuditEntry{}, quartet.Errorf(quartet.ErrConflict, "only a batch that has paused can go on; this one is %s", b.State)
		}
		if err := raise(b, ceiling); err != nil {
			return nil, quartet.AuditEntry{}, err
		}
		b.State = quartet.BatchRunning
		return d.set(b), audit.Entry(d.o.Now(), by, "batch.resume", b.ID, "account "+b.Account+", at most "+strconv.FormatInt(b.Ceiling, 10)+" units"), nil
	})
}

func raise(b *quartet.Batch, ceiling *int64) error {
	if ceiling == nil {
		return nil
	}
	if err := checkCeiling(*ceiling); err != nil {
		return err
	}
	if least := b.Count.Charged + b.Count.Reserved; *ceiling < least {
		return &quartet.Error{Code: quartet.ErrConflict, Field: "max_units", Message: "max_units must not lie below the " + strconv.FormatInt(least, 10) + " units that the batch has cost, or may cost by rows on the road"}
	}
	b.Ceiling = *ceiling
	return nil
}

// Cancel ends a batch. Rows on the road come to their ends, and what it has cost stays.
// ErrConflict: it has ended otherwise.
func (d *Desk) Cancel(ctx context.Context, by, account, id string) (quartet.Batch, error) {
	return d.turn(ctx, account, id, func(b *quartet.Batch) ([]quartet.Job, quartet.AuditEntry, error) {
		switch {
		case b.State == quartet.BatchCancelled:
			return nil, quartet.AuditEntry{}, nil
		case b.State.Ended():
			return nil, quartet.AuditEntry{}, quartet.Errorf(quartet.ErrConflict, "this batch has ended: it is %s", b.State)
		}
		now := d.o.Now()
		b.State, b.Why, b.Changed, b.Ended = quartet.BatchCancelled, "", now, now
		return nil, audit.Entry(now, by, "batch.cancel", b.ID, "account "+b.Account), nil
	})
}

// AskAgain asks once more about the rows of which nobody knows what became, or about those that
// were refused: nobody was charged for them, though a supplier may have been asked before. The
// batch runs for them, up to a ceiling that may be another one. ErrConflict: it runs, or is
// erased, or has no such row.
func (d *Desk) AskAgain(ctx context.Context, by, account, id string, refused bool, ceiling *int64) (quartet.Batch, error) {
	b, err := d.o.Store.AskAgain(ctx, account, id, refused, func(b *quartet.Batch, rows int64) ([]quartet.Job, quartet.AuditEntry, error) {
		switch {
		case !b.Erased.IsZero() || b.State != quartet.BatchDone && b.State != quartet.BatchPaused:
			return nil, quartet.AuditEntry{}, quartet.Errorf(quartet.ErrConflict, "rows are asked again of a batch that is done or has paused, and is not erased")
		case rows == 0:
			return nil, quartet.AuditEntry{}, quartet.Errorf(quartet.ErrConflict, "the batch has no such row")
		}
		if err := raise(b, ceiling); err != nil {
			return nil, quartet.AuditEntry{}, err
		}
		b.State = quartet.BatchRunning
		return d.set(b), audit.Entry(d.o.Now(), by, "batch.ask_again", b.ID, "account "+b.Account+", "+strconv.FormatInt(rows, 10)+" rows"), nil
	})
	if quartet.CodeOf(err) == quartet.ErrNotFound {
		err = errNoBatch()
	}
	return b, err
}

// Erase erases what is kept of the people of a batch now: the counts stay. ErrConflict: rows of
// it are on the road.
func (d *Desk) Erase(ctx context.Context, by, account, id string) (quartet.Batch, error) {
	b, err := d.own(ctx, account, id)
	if err != nil {
		return b, err
	}
	now := d.o.Now()
	if err := d.o.Store.EraseBatch(ctx, id, now, audit.Entry(now, by, "batch.erase", b.ID, "account "+b.Account)); err != nil {
		return b, err
	}
	return d.o.Store.Batch(ctx, id)
}

// Tidy erases what was kept long enough, and files that broke off on their way.
func (d *Desk) Tidy(ctx context.Context) error {
	now := d.o.Now()
	before, broken := now.Add(-d.o.Keep), now.Add(-brokenAfter)
	due, err := d.o.Store.DueBatches(ctx, before, broken)
	for _, id := range due {
		// One that cannot be erased keeps no other from it.
		if failed := d.o.Store.EraseDueBatch(ctx, id, now, before, broken); quartet.CodeOf(failed) != quartet.ErrConflict { // else something happened to it meanwhile
			err = errors.Join(err, failed)
		}
	}
	return err
}

// Rescue pauses batches whose job was given up, so that somebody learns of it and can let them go
// on; a file whose check was given up is brought again. Rows on the road come to their ends by
// another job.
func (d *Desk) Rescue(ctx context.Context) error {
	stalled, err := d.o.Store.StalledBatches(ctx)
	for i := range stalled {
		was := &stalled[i]
		if was.State == quartet.BatchChecking {
			err = errors.Join(err, d.o.Store.EndBatchCheck(ctx, was, quartet.BatchFailed, "the check broke off for no fault of the file; send it again", d.o.Now()))
			continue
		}
		_, failed := d.turn(ctx, was.Account, was.ID, func(b *quartet.Batch) ([]quartet.Job, quartet.AuditEntry, error) {
			if b.Run != was.Run {
				return nil, quartet.AuditEntry{}, nil
			}
			now := d.o.Now()
			if b.State == quartet.BatchRunning {
				b.State, b.Why, b.Changed = quartet.BatchPaused, quartet.PausedFault, now
			}
			if b.Count.Sent == 0 {
				return nil, quartet.AuditEntry{}, nil
			}
			b.Run++
			return []quartet.Job{job.At(quartet.JobBatchRun, keyOf(b), now, now)}, quartet.AuditEntry{}, nil
		})
		err = errors.Join(err, failed)
	}
	return err
}
