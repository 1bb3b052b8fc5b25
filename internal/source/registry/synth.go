package registry

import (
	"bufio"
	"context"
	"fmt"
	"io"

	"quartet"
)

// Synth says how many invented people to load, and which.
type Synth struct {
	Count    int64
	Seed     uint64
	Progress func(done, total int64)
}

// Synth loads the people 0 to Count-1 of a seed as a new generation, which replaces
// whatever the registry held. Cut off, it goes on where it stopped.
func (r *Registry) Synth(ctx context.Context, o Synth) (Summary, error) {
	if o.Count < 1 {
		return Summary{}, &quartet.Error{Code: quartet.ErrInvalid, Field: "count", Message: "ask for at least one person"}
	}
	return r.Import(ctx, Import{
		Rows:     &invented{count: o.Count, seed: o.Seed},
		Source:   fmt.Sprintf("synth/%d/%d", o.Seed, o.Count),
		Replace:  true,
		Progress: o.Progress,
	})
}

// invented are Rows.
type invented struct {
	count, next int64
	seed        uint64
}

func (p *invented) Next() (Row, error) {
	if p.next == p.count {
		return Row{}, io.EOF
	}
	i := p.next
	p.next++
	return Row{Line: i + 1, Raw: Person(p.seed, i), Status: PersonStatus(i).String()}, nil
}

func (p *invented) Progress() (done, total int64) { return p.next, p.count }

// WritePeople writes the same people as a CSV file that an import reads.
func WritePeople(w io.Writer, count int64, seed uint64) error {
	out := bufio.NewWriterSize(w, 1<<16)
	if _, err := out.WriteString("name,idcard,acc_no,mobile,status\n"); err != nil {
		return err
	}
	for i := range count {
		p := Person(seed, i)
		if _, err := fmt.Fprintf(out, "%s,%s,%s,%s,%s\n", p.Name, p.ID, p.Card, p.Mobile, PersonStatus(i)); err != nil {
			return err
		}
	}
	return out.Flush()
}
