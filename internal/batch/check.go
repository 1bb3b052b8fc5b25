package batch

import (
	"context"
	"errors"
	"io"
	"time"

	"quartet"
	"quartet/internal/job"
)

// checkSlice is how long a check goes on before it lets others have their turn. It begins the
// file anew then, and passes over what it has checked.
const checkSlice = 80 * time.Second

// check is the job that holds each row of a file against the rules. Nothing is spent.
func (d *Desk) check(ctx context.Context, key string) error {
	id, run, err := parseKey(key)
	if err != nil {
		return err
	}
	b, err := d.o.Store.Batch(ctx, id)
	if err != nil || b.State != quartet.BatchChecking || b.Run != run {
		return err
	}
	p, err := d.product(ctx, b.Product)
	if err != nil {
		return d.failed(ctx, &b, err)
	}
	if b.Count.Rows == 0 { // of a check before, or one that was cut off before it counted
		if err := d.o.Store.ClearBatch(ctx, &b); err != nil {
			return d.failed(ctx, &b, err)
		}
	}
	src, err := d.open(ctx, &b)
	if err != nil {
		return d.failed(ctx, &b, err)
	}
	c := &checking{desk: d, batch: &b, need: p.Need, today: d.o.Now(), until: time.Now().Add(checkSlice)}
	err = c.rows(ctx, src)
	c.wipe()
	if err = errors.Join(err, src.close()); err != nil {
		return d.failed(ctx, &b, err)
	}
	if b.Count.Rows == 0 {
		return d.failed(ctx, &b, quartet.Errorf(quartet.ErrInvalid, "the file must have people below its heading"))
	}
	if doubtful := c.spreadsheet.doubtful(); doubtful != 0 {
		if err := d.o.Store.BreakRounded(ctx, &b, doubtful); err != nil {
			return d.failed(ctx, &b, err)
		}
	}
	return d.o.Store.EndBatchCheck(ctx, &b, quartet.BatchChecked, "", d.o.Now())
}

// failed ends a batch whose file cannot be read. What is no fault of the file is tried again;
// a check that was given up has nothing more to do.
func (d *Desk) failed(ctx context.Context, b *quartet.Batch, err error) error {
	switch quartet.CodeOf(err) {
	case quartet.ErrInvalid, quartet.ErrUnsupported, quartet.ErrTooLarge, quartet.ErrNotFound:
		return d.o.Store.EndBatchCheck(ctx, b, quartet.BatchFailed, err.Error(), d.o.Now())
	case quartet.ErrConflict:
		return nil
	default:
		return err
	}
}

// checking is one try of a check.
type checking struct {
	desk        *Desk
	batch       *quartet.Batch
	need        quartet.ElementSet
	today       time.Time
	until       time.Time
	spreadsheet spreadsheet

	rowsHere []quartet.BatchRow // of the part under way
	packed   []byte
	found    quartet.BatchCount
}

func (c *checking) rows(ctx context.Context, src *source) error {
	for row := int64(1); ; row++ {
		e, err := src.next()
		if errors.Is(err, io.EOF) {
			return c.flush(ctx)
		}
		if err != nil {
			return err
		}
		if row > c.desk.o.MaxRows {
			return quartet.Errorf(quartet.ErrTooLarge, "the file must have at most %d people; split it", c.desk.o.MaxRows)
		}
		j := judge(&e, c.need, c.today)
		c.spreadsheet.see(&j) // of rows checked before, too: what the file as a whole looks like counts
		if row <= c.batch.Count.Rows {
			continue
		}
		c.add(row, &j, e.reference)
		if len(c.rowsHere) < quartet.BatchPart {
			continue
		}
		if err := c.flush(ctx); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if time.Now().After(c.until) {
			return job.Later{In: time.Second, Why: "others have their turn"}
		}
	}
}

func (c *checking) add(row int64, j *judged, reference string) {
	j.row.Row = row
	p := person{reference: reference}
	if j.row.State == quartet.RowReady {
		e := &j.elements
		p.raw = quartet.Raw{Name: e.Name.Reveal(), ID: e.ID.Reveal(), Card: e.Card.Reveal(), Mobile: e.Mobile.Reveal()}
		j.row.Params = c.desk.o.Print(c.batch.ID, p.raw.Name, p.raw.ID, p.raw.Card, p.raw.Mobile)
	}
	c.rowsHere, c.packed = append(c.rowsHere, j.row), pack(c.packed, &p)
}

// flush writes the part under way.
func (c *checking) flush(ctx context.Context) error {
	if len(c.rowsHere) == 0 {
		return nil
	}
	if err := c.pair(ctx); err != nil {
		return err
	}
	b := c.batch
	c.found = quartet.BatchCount{Rows: int64(len(c.rowsHere))}
	for i := range c.rowsHere {
		switch c.rowsHere[i].State {
		case quartet.RowBroken:
			c.found.Broken++
		case quartet.RowDuplicate:
			c.found.Duplicates++
		default:
		}
	}
	if err := c.desk.o.Store.AddBatchRows(ctx, b, c.rowsHere, c.desk.seal(b.ID, quartet.PartPeople, b.Count.Rows/quartet.BatchPart, c.packed), c.found); err != nil {
		return err
	}
	b.Count.Add(c.found)
	c.wipe()
	return nil
}

// pair finds the same person above each row: in the parts before, and in this one.
func (c *checking) pair(ctx context.Context) error {
	var params []quartet.Fingerprint
	for i := range c.rowsHere {
		if r := &c.rowsHere[i]; r.State == quartet.RowReady {
			params = append(params, r.Params)
		}
	}
	if len(params) == 0 {
		return nil
	}
	twins, err := c.desk.o.Store.BatchTwins(ctx, c.batch.ID, params)
	if err != nil {
		return err
	}
	for i := range c.rowsHere {
		r := &c.rowsHere[i]
		if r.State != quartet.RowReady {
			continue
		}
		if twin, above := twins[r.Params]; above {
			r.State, r.Twin, r.Params = quartet.RowDuplicate, twin, quartet.Fingerprint{}
			continue
		}
		twins[r.Params] = r.Row
	}
	return nil
}

func (c *checking) wipe() {
	clear(c.packed)
	c.rowsHere, c.packed = c.rowsHere[:0], c.packed[:0]
}
