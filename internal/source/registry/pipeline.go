package registry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"quartet"
)

// chunkRows is how many rows are hashed and written together.
const chunkRows = 8192

// chunk is a run of rows on its way: read, then prepared by some worker, then written
// in the order of reading.
type chunk struct {
	rows        []Row
	done, total int64 // progress of the file after these rows
	ready       chan struct{}

	damaged []damage
	bad     int64 // rows, of which each may have several damages
	records []record
}

type record struct {
	key   [16]byte
	value [valueLen]byte
	at    int
}

// load runs the rows through one reader, a worker for each core, and one writer.
func (r *Registry) load(ctx context.Context, o Import, gen int64, h *hashers, rep *report, m marker) (marker, error) {
	now := time.Now
	if o.Now != nil {
		now = o.Now
	}
	workers := runtime.GOMAXPROCS(0)
	group, ctx := errgroup.WithContext(ctx)
	work := make(chan *chunk)
	inOrder := make(chan *chunk, 2*workers)

	run := func(stage func() error) { group.Go(func() error { return shielded(stage) }) }
	run(func() error {
		defer close(work)
		defer close(inOrder)
		return read(ctx, o.Rows, work, inOrder)
	})
	for range workers {
		run(func() error {
			for c := range work {
				c.prepare(h, now())
				close(c.ready)
			}
			return nil
		})
	}
	run(func() error {
		for c := range inOrder {
			select {
			case <-c.ready:
			case <-ctx.Done():
				return ctx.Err()
			}
			next, err := r.write(ctx, gen, c, rep, m)
			if err != nil {
				return err
			}
			m = next
			if o.Told != nil {
				o.Told(m.summary(quartet.Generation{ID: gen}))
			}
			if o.Progress != nil {
				o.Progress(c.done, c.total)
			}
		}
		return nil
	})
	err := group.Wait()
	return m, err
}

// shielded makes an error of a panic: it must not end the server that runs the import.
// Only the type of what was thrown is told, and where: its text might hold elements.
func shielded(stage func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = quartet.Errorf(quartet.ErrInternal, "the import broke at %s, by a panic with a %T", thrownAt(), p)
		}
	}()
	return stage()
}

// thrownAt is the line that panicked, asked in the function that recovers.
func thrownAt() string {
	callers := make([]uintptr, 16)
	frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers)])
	for {
		frame, more := frames.Next()
		if !more || !strings.HasPrefix(frame.Function, "runtime.") {
			return fmt.Sprintf("%s:%d", filepath.Base(frame.File), frame.Line)
		}
	}
}

// read cuts the file into chunks and gives each to the workers and, in order, to the
// writer.
func read(ctx context.Context, rows Rows, work, inOrder chan<- *chunk) error {
	for {
		c := &chunk{rows: make([]Row, 0, chunkRows), ready: make(chan struct{})}
		var err error
		for len(c.rows) < chunkRows && err == nil {
			var row Row
			if row, err = rows.Next(); err == nil {
				c.rows = append(c.rows, row)
			}
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		c.done, c.total = rows.Progress()
		if len(c.rows) > 0 {
			for _, to := range []chan<- *chunk{inOrder, work} {
				select {
				case to <- c:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
		}
		if err != nil {
			return nil //nolint:nilerr // the end of the file
		}
	}
}

// prepare checks and hashes the rows, and leaves of each card the last record, in the
// order of keys.
func (c *chunk) prepare(h *hashers, today time.Time) {
	c.records = make([]record, 0, len(c.rows))
	for i := range c.rows {
		row := &c.rows[i]
		reject := row.Reject
		var e quartet.Elements
		if len(reject) == 0 {
			var f quartet.Findings
			e, f = quartet.Parse(row.Raw, quartet.NeedAll, today)
			reject = f.Reject
		}
		status, known := ParseStatus(row.Status)
		if !known {
			c.damaged = append(c.damaged, damage{line: row.Line, field: "status", code: "status_unknown"})
		}
		for _, rej := range reject {
			c.damaged = append(c.damaged, damage{line: row.Line, field: string(rej.Field), code: string(rej.Code)})
		}
		if !known || len(reject) > 0 {
			c.bad++
			continue
		}
		key, value := h.record(&e, status)
		c.records = append(c.records, record{key: key, value: value, at: i})
	}
	slices.SortFunc(c.records, func(a, b record) int {
		if order := bytes.Compare(a.key[:], b.key[:]); order != 0 {
			return order
		}
		return b.at - a.at // the last of a card first
	})
	c.records = slices.CompactFunc(c.records, func(a, b record) bool { return a.key == b.key })
}

// write puts a chunk and the marker after it. The report is on disk before, so that a
// marker never promises more of it than there is.
func (r *Registry) write(ctx context.Context, gen int64, c *chunk, rep *report, m marker) (marker, error) {
	length, err := rep.add(c.damaged)
	if err != nil {
		return m, err
	}
	m.Rows += int64(len(c.rows))
	m.Damaged += c.bad
	m.Loaded += int64(len(c.rows)) - c.bad
	m.Report = length

	keys, values := make([][]byte, len(c.records)), make([][]byte, len(c.records))
	for i := range c.records {
		keys[i], values[i] = c.records[i].key[:], c.records[i].value[:]
	}
	return m, r.backend.RegistryPut(ctx, gen, keys, values, m.bytes())
}
