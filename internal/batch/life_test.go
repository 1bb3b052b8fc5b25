package batch_test

import (
	"context"
	"sync"
	"time"

	"quartet"
	"quartet/internal/store"
)

// life is the store as one process has it. When its time is up the process is dead: whatever it
// writes from then on is not written, as after kill -9. The last thing that it writes may be
// written all the same, without anybody hearing of it.
type life struct {
	*store.Store

	mu   sync.Mutex
	left int  // writes until it dies; 0: it lives on
	deaf bool // the last one is written
	dead bool
}

var errDead = quartet.Errorf(quartet.ErrUnavailable, "the process is dead")

// end lets it die after so many writes.
func (l *life) end(writes int, deaf bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left, l.deaf = writes, deaf
}

// lives reports whether a write is done, and whether its outcome is heard.
func (l *life) lives() (done, heard bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead {
		return false, false
	}
	if l.left > 0 {
		if l.left--; l.left == 0 {
			l.dead = true
			return l.deaf, false
		}
	}
	return true, true
}

func (l *life) over() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dead
}

func (l *life) write(f func() error) error {
	done, heard := l.lives()
	if !done {
		return errDead
	}
	if err := f(); err != nil || heard {
		return err
	}
	return errDead
}

func (l *life) Commit(ctx context.Context, need quartet.Reading, judge func(quartet.Book) quartet.Postings) error {
	return l.write(func() error { return l.Store.Commit(ctx, need, judge) })
}

func (l *life) AddBatchRows(ctx context.Context, b *quartet.Batch, rows []quartet.BatchRow, people []byte, found quartet.BatchCount) error {
	return l.write(func() error { return l.Store.AddBatchRows(ctx, b, rows, people, found) })
}

func (l *life) EndBatchCheck(ctx context.Context, b *quartet.Batch, state quartet.BatchState, why string, now time.Time) error {
	return l.write(func() error { return l.Store.EndBatchCheck(ctx, b, state, why, now) })
}

func (l *life) DriveBatch(ctx context.Context, id, driver string, now, lease time.Time, alone bool) (b quartet.Batch, mine bool, err error) {
	err = l.write(func() error { b, mine, err = l.Store.DriveBatch(ctx, id, driver, now, lease, alone); return err })
	return b, mine, err
}

func (l *life) StepBatch(ctx context.Context, id, driver string, run int64, lease time.Time, ends, back, next []quartet.BatchRow) (b quartet.Batch, goOn bool, err error) {
	err = l.write(func() error {
		b, goOn, err = l.Store.StepBatch(ctx, id, driver, run, lease, ends, back, next)
		return err
	})
	return b, goOn, err
}

func (l *life) LeaveBatch(ctx context.Context, id, driver string, run int64, state quartet.BatchState, why string, now time.Time) error {
	return l.write(func() error { return l.Store.LeaveBatch(ctx, id, driver, run, state, why, now) })
}
