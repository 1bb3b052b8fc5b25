package batch

import (
	"context"
	"time"

	"quartet"
	"quartet/internal/job"
)

// leaseLife is how long a drive counts of which nothing is heard, at least.
const leaseLife = 30 * time.Second

// run is the job that drives a batch for a while, and comes back until all rows have an end.
// One that does not run any more is driven only as long as rows of it are on the road.
func (d *Desk) run(ctx context.Context, key string) error {
	id, run, err := parseKey(key)
	if err != nil {
		return err
	}
	b, err := d.o.Store.Batch(ctx, id)
	if err != nil || b.Run != run || b.State != quartet.BatchRunning && b.Count.Sent == 0 {
		return err
	}
	if !d.takeTurn(b.Account) {
		return job.Later{In: time.Second, Why: "another batch of the account has its turn"}
	}
	defer d.endTurn(b.Account)
	driver, now := token(), d.o.Now()
	b, mine, err := d.o.Store.DriveBatch(ctx, id, driver, now, now.Add(d.lease()), d.o.Alone)
	if err != nil {
		return err
	}
	if !mine {
		return job.Later{In: 2 * time.Second, Why: "another node drives a batch of the account"}
	}
	if b.Parts > 0 { // its people are kept; the file has done its part
		if err := d.o.Store.DropBatchFile(ctx, id); err != nil {
			return err
		}
	}
	r := &drive{
		desk: d, batch: b, run: run, driver: driver, going: b.State == quartet.BatchRunning && b.Run == run,
		came: make(chan outcome, d.o.AtOnce), people: people{desk: d, id: id}, streak: d.refused(id, run),
	}
	err = r.drive(ctx)
	state, why := r.verdict(err)
	d.keepRefused(id, refusals{run, r.streak}, r.going && state == "")
	if left := d.o.Store.LeaveBatch(context.WithoutCancel(ctx), id, driver, run, state, why, d.o.Now()); err == nil {
		err = left
	}
	switch {
	case err != nil:
		return err
	case ctx.Err() != nil:
		return ctx.Err()
	}
	// A drive ends for many reasons; the store tells whether anything is left of the batch.
	if b, err = d.o.Store.Batch(ctx, id); err != nil || b.Run != run {
		return err
	}
	switch {
	case b.State == quartet.BatchRunning && r.open == 0:
		return job.Later{In: time.Second, Why: "others have their turn"}
	case b.State == quartet.BatchRunning, b.Count.Sent > 0:
		return job.Later{In: 2 * time.Second, Why: "rows were sent of which nobody knows yet what became of them"}
	default:
		return nil
	}
}

// refused is how many rows the last drive of a run saw refused at its end. A resumed batch is
// another run, and begins at none.
func (d *Desk) refused(id string, run int64) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r := d.runs[id]; r.run == run {
		return r.streak
	}
	return 0
}

func (d *Desk) keepRefused(id string, r refusals, goesOn bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if delete(d.runs, id); goesOn {
		d.runs[id] = r
	}
}

func (d *Desk) lease() time.Duration { return max(d.o.Settled, leaseLife) }

// takeTurn makes this try the one of this process that drives a batch of an account.
func (d *Desk) takeTurn(account string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.drives[account] {
		return false
	}
	d.drives[account] = true
	return true
}

func (d *Desk) endTurn(account string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.drives, account)
}

// settle finds out what became of rows that an earlier drive sent. The call of the number is
// durable: it stands, unless it was given up while a supplier was asked. Units are held for it:
// its end comes. There is neither, and none can come any more: nobody was charged, and the row is
// unknown. open are those that must be looked at again.
func (d *Desk) settle(ctx context.Context, b *quartet.Batch) (ends []quartet.BatchRow, open int, err error) {
	rows, err := d.o.Store.SentRows(ctx, b.ID)
	if err != nil {
		return nil, 0, err
	}
	now := d.o.Now()
	for i := range rows {
		r := &rows[i]
		if d.isFlying(r.SeqNo) {
			open++
			continue
		}
		c, found, held, err := d.o.Store.BatchCall(ctx, r.SeqNo)
		switch {
		case err != nil:
			return nil, 0, err
		case found && c.Account == b.Account && c.Product == b.Product:
			*r = answered(*r, &c)
			if c.Reason == quartet.ReasonUnresolved {
				r.State, r.Code, r.Reason = quartet.RowUnknown, 0, quartet.ReasonNone
			}
			ends = append(ends, *r)
		case found, held, !d.o.Alone && now.Sub(r.Sent) < d.o.Settled:
			open++
		default:
			r.State = quartet.RowUnknown
			ends = append(ends, *r)
		}
	}
	return ends, open, nil
}

// answered is a row with what its call came to.
func answered(r quartet.BatchRow, c *quartet.Call) quartet.BatchRow {
	r.State, r.Code, r.Verdict, r.Reason, r.Differs, r.Charged = quartet.RowAnswered, c.Code, c.Verdict, c.Reason, c.Differs, c.Charged
	return r
}

func (d *Desk) isFlying(no quartet.SeqNo) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, flying := d.flying[no]
	return flying
}

// fly and land keep the numbers of the rows that this process has on the road.
func (d *Desk) fly(rows []quartet.BatchRow) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range rows {
		d.flying[rows[i].SeqNo] = struct{}{}
	}
}

func (d *Desk) land(rows ...quartet.BatchRow) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range rows {
		delete(d.flying, rows[i].SeqNo)
	}
}
