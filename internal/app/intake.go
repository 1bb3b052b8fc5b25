package app

import (
	"context"
	"errors"

	"quartet"
	"quartet/internal/intake"
	"quartet/internal/sheet"
	"quartet/internal/source/registry"
)

// People are the rows of a file of people, for the registry.
type People struct{ *sheet.Reader }

// Next implements registry.Rows.
func (p People) Next() (registry.Row, error) {
	row, err := p.Reader.Next()
	if err != nil {
		return registry.Row{}, err
	}
	out := registry.Row{Line: int64(row.Line), Raw: row.Raw, Status: row.Status, Reject: row.Faults}
	if row.Err != nil {
		out.Reject = append(out.Reject, quartet.Rejection{Field: "row", Code: quartet.RejectType, Message: "the row cannot be read"})
	}
	return out, nil
}

// Loader is the registry of a house as files are loaded into it.
type Loader struct{ House *House }

// Load implements intake.Registry.
func (l Loader) Load(ctx context.Context, o intake.Load) (sum intake.Sum, err error) {
	r, err := l.House.Registry()
	if err != nil {
		return sum, err
	}
	file, err := sheet.New(o.File, o.Size)
	if err != nil {
		return sum, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := file.Require(quartet.NeedAll); err != nil {
		return sum, err
	}
	s, err := r.Import(ctx, registry.Import{
		Rows: People{file}, Source: "import " + o.Key, Once: true, Replace: o.Replace, Report: o.Report, Now: l.House.Now,
		Told: func(s registry.Summary) { o.Told(sumOf(s)) },
	})
	sum = sumOf(s)
	sum.Doubt = file.Doubt()
	return sum, err
}

func sumOf(s registry.Summary) intake.Sum {
	return intake.Sum{Generation: s.Generation, Rows: s.Rows, Loaded: s.Loaded, Damaged: s.Damaged, Report: s.ReportLength}
}

// Stat implements intake.Registry.
func (l Loader) Stat(ctx context.Context) (out intake.Stat, err error) {
	r, err := l.House.Registry()
	if err != nil {
		return out, err
	}
	s, err := r.Stat(ctx)
	return intake.Stat{Generation: s.Generation, Records: s.Records, Bytes: s.Bytes, Key: s.Key, Unfinished: s.Unfinished, UnfinishedRows: s.UnfinishedRows}, err
}
