package cli

import (
	"context"
	"errors"
	"io"
	"strconv"

	"quartet"
	"quartet/client"
	"quartet/internal/app"
	"quartet/internal/sheet"
	"quartet/internal/source/registry"
)

// peopleFile reads a file of people for an import and for verify.
type peopleFile struct{ app.People }

// openPeople opens a file; "-" is standard input.
func (e *Env) openPeople(path string) (peopleFile, error) {
	if path != "-" {
		path = e.path(path)
	}
	r, err := sheet.Open(path, e.In)
	if err != nil {
		return peopleFile{}, usageError{err}
	}
	if err := r.Require(quartet.NeedAll); err != nil {
		return peopleFile{}, usageError{errors.Join(err, r.Close())}
	}
	return peopleFile{app.People{Reader: r}}, nil
}

// Next implements registry.Rows.
func (f peopleFile) Next() (registry.Row, error) {
	row, err := f.People.Next()
	if err != nil && !errors.Is(err, io.EOF) {
		err = usageError{err}
	}
	return row, err
}

// The demo's registry: everybody is invented from one seed.
const (
	demoSeed   = 1887
	demoCount  = 10_000
	demoLost   = 99            // the first whose card was reported lost
	demoAbsent = 2 * demoCount // nobody loaded this one
)

// demoPeople fills an empty registry, and gives the four that the demo shows.
func demoPeople(ctx context.Context, h *app.House) ([]demoPerson, error) {
	r, err := h.Registry()
	if err != nil {
		return nil, err
	}
	stat, err := r.Stat(ctx)
	if err != nil {
		return nil, err
	}
	if stat.Generation == 0 {
		if _, err := r.Synth(ctx, registry.Synth{Count: demoCount, Seed: demoSeed}); err != nil {
			return nil, err
		}
	}
	differs := registry.Person(demoSeed, 1)
	for i := int64(2); ; i++ {
		if other := registry.Person(demoSeed, i).Mobile; other != differs.Mobile {
			differs.Mobile = other
			break
		}
	}
	return []demoPerson{
		demoOf(client.Match, registry.Person(demoSeed, 0)),
		demoOf(client.Mismatch, differs),
		demoOf(client.Undetermined, registry.Person(demoSeed, demoLost)),
		demoOf(strconv.Itoa(int(quartet.CodeNoRecord)), registry.Person(demoSeed, demoAbsent)),
	}, nil
}

func demoOf(expect string, p quartet.Raw) demoPerson {
	return demoPerson{Expect: expect, Name: p.Name, IDCard: p.ID, AccNo: p.Card, Mobile: p.Mobile}
}
