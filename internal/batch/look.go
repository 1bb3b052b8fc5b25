package batch

import (
	"context"
	"time"

	"quartet"
)

// brokenAfter is how long a file may take to come.
const brokenAfter = time.Hour

// View is a batch as it is shown.
type View struct {
	quartet.Batch

	Most    int64         // units that it may cost from now on, at the most
	Left    int64         // units that the account could use for it now
	EraseAt time.Time     // when its people are erased, unless something happens before; zero: it runs, or they are
	Rate    float64       // rows a second since it runs
	ETA     time.Duration // until all rows have an end, at this rate; 0: not known
}

// Find shows a batch of an account. ErrNotFound.
func (d *Desk) Find(ctx context.Context, account, id string) (View, error) {
	b, err := d.own(ctx, account, id)
	if err != nil {
		return View{}, err
	}
	return d.view(ctx, &b)
}

// View shows a batch as it was given.
func (d *Desk) View(ctx context.Context, b quartet.Batch) (View, error) { return d.view(ctx, &b) }

func (d *Desk) view(ctx context.Context, b *quartet.Batch) (View, error) {
	v := View{Batch: *b}
	now := d.o.Now()
	if b.Erased.IsZero() && b.State != quartet.BatchRunning {
		v.EraseAt = b.Changed.Add(d.o.Keep)
	}
	if since := now.Sub(b.Changed).Seconds(); b.State == quartet.BatchRunning && since > 0 {
		v.Rate = float64(b.Count.Finished()-b.Base) / since
		if v.Rate > 0 {
			v.ETA = time.Duration(float64(b.Count.Ready()+b.Count.Sent) / v.Rate * float64(time.Second)).Round(time.Second)
		}
	}
	if p, err := d.product(ctx, b.Product); err == nil && !b.State.Ended() {
		v.Most = b.Count.Ready() * p.Charge.Most()
	}
	grants, err := d.o.Store.Grants(ctx, b.Account)
	for i := range grants {
		if g := &grants[i]; g.Fits(b.Product) && g.FrozenAt.IsZero() && now.Before(g.ExpiresAt) {
			v.Left += g.Left()
		}
	}
	return v, err
}

// List shows the batches of an account, or of all for "", newest first, at most limit, behind the
// one of an id.
func (d *Desk) List(ctx context.Context, account, before string, limit int) ([]quartet.Batch, error) {
	return d.o.Store.Batches(ctx, account, before, limit)
}

// Faults counts the rows of a batch that break rules, by what is wrong with them.
func (d *Desk) Faults(ctx context.Context, account, id string) ([]quartet.BatchFault, error) {
	if _, err := d.own(ctx, account, id); err != nil {
		return nil, err
	}
	return d.o.Store.BatchFaults(ctx, id)
}
