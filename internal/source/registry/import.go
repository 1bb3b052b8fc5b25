package registry

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"quartet"
)

// Row is one line of a file: the elements as written there, and the status of the card
// if the file has such a column.
type Row struct {
	Line   int64
	Raw    quartet.Raw
	Status string
	Reject []quartet.Rejection // what the reader of the file found wrong already
}

// Rows are the people of a file, in order.
type Rows interface {
	// Next is io.EOF after the last row.
	Next() (Row, error)
	// Progress tells how much of the file is read, in a unit of its own, such as
	// bytes; total is 0 when nobody knows.
	Progress() (done, total int64)
}

// Import says what to read and how.
type Import struct {
	Rows Rows
	// Source identifies the content (see Registry.Identify). An import that was cut off goes
	// on where it stopped when it is called again with the same Source. Empty means
	// that it starts anew each time.
	Source string
	// Replace builds a whole new generation beside the active one, under the active key
	// of the ring, and swaps it in at the end: cards that the file lacks are gone, and
	// a new key is in force. Without it rows are added to and written over the active
	// generation as they are read.
	Replace bool
	// Once leaves it at that when the registry was last changed by an import of this Source
	// that ended: whoever asked for it died before he heard so.
	Once bool
	// Report names the damaged rows: line, field and code, never an element. nil means no
	// report.
	Report   Report
	Progress func(done, total int64)
	// Told hears how far it is whenever rows were written.
	Told func(Summary)
	Now  func() time.Time
}

// Summary is what an import did.
type Summary struct {
	Generation int64
	Key        string
	Rows       int64 // read from the file, in all runs together
	Loaded     int64 // good rows; of a card that comes more than once the last one counts
	Damaged    int64 // rows in the report
	Resumed    int64 // rows that an earlier run had done

	ReportLength int64 // of the report, in bytes
}

// marker is how far an import has come. It is written together with the rows.
type marker struct {
	Source  string `json:"source,omitempty"`
	Replace bool   `json:"replace,omitempty"`
	Rows    int64  `json:"rows"`
	Loaded  int64  `json:"loaded"`
	Damaged int64  `json:"damaged"`
	Report  int64  `json:"report"` // length of the report
	Done    bool   `json:"done,omitempty"`
}

func (m marker) bytes() []byte {
	data, err := json.Marshal(m)
	if err != nil { // cannot happen: plain fields
		panic(err)
	}
	return data
}

func (m marker) summary(g quartet.Generation) Summary {
	return Summary{Generation: g.ID, Key: g.Key, Rows: m.Rows, Loaded: m.Loaded, Damaged: m.Damaged, ReportLength: m.Report}
}

// readMarker is false for what this release cannot read: the import then begins anew.
func readMarker(data []byte) (marker, bool) {
	var m marker
	err := json.Unmarshal(data, &m)
	return m, err == nil
}

// Import loads a file. Good rows are loaded whatever the others are like. Rows are
// checked and hashed on all cores, and written in the order of the file, so of a card
// that comes more than once the last row counts, always. It returns when everything is
// durable. ErrConflict when another import runs; ErrInvalid when the file has no good
// row (a new generation is then not put in force).
func (r *Registry) Import(ctx context.Context, o Import) (Summary, error) {
	if !r.importing.TryLock() {
		return Summary{}, quartet.Errorf(quartet.ErrConflict, "another import is running; wait until it ends")
	}
	defer r.importing.Unlock()

	gen, m, err := r.target(ctx, o)
	if err != nil || m.Done {
		return m.summary(gen), err
	}
	rep, m, err := openReport(o.Report, m)
	if err != nil {
		return Summary{}, err
	}
	sum := Summary{Generation: gen.ID, Key: gen.Key, Resumed: m.Rows}
	h, ok := newHashers(r.ring, gen.Key)
	if !ok {
		return sum, errors.Join(rep.close(), quartet.Errorf(quartet.ErrNotFound,
			"the registry is hashed under key %s, which the keyring does not hold; use its keyring, or --replace it", gen.Key))
	}
	if err := skip(ctx, o, m.Rows); err != nil {
		return sum, errors.Join(err, rep.close())
	}
	m, err = r.load(ctx, o, gen.ID, h, rep, m)
	if err = errors.Join(err, rep.close()); err != nil {
		return sum, err
	}
	sum.Rows, sum.Loaded, sum.Damaged, sum.ReportLength = m.Rows, m.Loaded, m.Damaged, m.Report
	if m.Loaded == 0 {
		return sum, quartet.Errorf(quartet.ErrInvalid, "the file holds no good row; the registry stays as it was")
	}
	m.Done = true
	return sum, r.backend.RegistryActivate(ctx, gen.ID, m.bytes())
}

// target finds the generation to fill, and how far it is when this very import was cut
// off before, or had ended.
func (r *Registry) target(ctx context.Context, o Import) (quartet.Generation, marker, error) {
	fresh := marker{Source: o.Source, Replace: o.Replace}
	generations, err := r.backend.RegistryGenerations(ctx)
	if err != nil {
		return quartet.Generation{}, fresh, err
	}
	var active *quartet.Generation
	for i, g := range generations {
		if g.Active {
			active = &generations[i]
		}
		m, ok := readMarker(g.Marker)
		if !ok {
			continue
		}
		same := o.Source != "" && m.Source == o.Source && m.Replace == o.Replace
		if same && m.Done && g.Active && o.Once {
			return g, m, nil
		}
		same = same && !m.Done
		inForce := g.Active || g.Key == r.ring.ID()
		if same && inForce {
			return g, m, nil
		}
	}
	if active != nil && !o.Replace {
		return *active, fresh, nil
	}
	key := r.ring.ID()
	id, err := r.backend.RegistryBegin(ctx, key, fresh.bytes())
	return quartet.Generation{ID: id, Key: key}, fresh, err
}

// skip reads over the rows that are loaded already.
func skip(ctx context.Context, o Import, rows int64) error {
	for i := range rows {
		if _, err := o.Rows.Next(); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if i%chunkRows == 0 {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			o.report()
		}
	}
	return nil
}

func (o *Import) report() {
	if o.Progress != nil {
		o.Progress(o.Rows.Progress())
	}
}
