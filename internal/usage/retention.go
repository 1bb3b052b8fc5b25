package usage

import (
	"context"
	"time"

	"quartet"
)

// Pruner forgets calls.
type Pruner interface {
	LastClosedDay(ctx context.Context) (int64, error)
	PruneThrough(ctx context.Context, day int64) error
	PruneCalls(ctx context.Context) (gone int64, err error)
}

// breath is how long others have the store between two chunks.
const breath = 20 * time.Millisecond

// Prune forgets the calls of days that are closed and lie more than keep days back, in short
// chunks, and gives how many. Their counts and sums stay. Cut off, it goes on the next time.
func Prune(ctx context.Context, store Pruner, keep int, now time.Time) (gone int64, err error) {
	if keep < quartet.LeastCallDays {
		return 0, quartet.Errorf(quartet.ErrInvalid, "calls are kept for %d days at least", quartet.LeastCallDays)
	}
	closed, err := store.LastClosedDay(ctx)
	if err != nil {
		return 0, err
	}
	if day := min(quartet.DayOf(now.Unix())-int64(keep)-1, closed); day >= 0 {
		if err := store.PruneThrough(ctx, day); err != nil {
			return 0, err
		}
	}
	for {
		n, err := store.PruneCalls(ctx)
		if err != nil || n == 0 {
			return gone, err
		}
		gone += n
		select {
		case <-time.After(breath):
		case <-ctx.Done():
			return gone, ctx.Err()
		}
	}
}
