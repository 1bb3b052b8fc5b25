package batch

import (
	"context"
	"errors"
	"io"

	"quartet"
	"quartet/internal/sheet"
)

// entry is one person as the file has it.
type entry struct {
	line       int
	raw        quartet.Raw
	reference  string
	numbers    quartet.ElementSet // elements that the file has as numbers, which lose digits
	twice      quartet.ElementSet // elements that stand in two columns with different values
	unreadable bool
}

// source gives the people of a file.
type source struct {
	heading []string           // as the file has it; none of JSON lines or a file without one
	roles   []string           // of its columns
	has     quartet.ElementSet // the elements among them
	next    func() (entry, error)
	close   func() error
}

// open reads a file up to its first person. ErrInvalid, ErrUnsupported: it is no table.
func (d *Desk) open(ctx context.Context, b *quartet.Batch) (*source, error) {
	f := d.fileOf(ctx, b)
	s, err := openFile(f, b)
	if err != nil {
		f.wipe()
		return nil, err
	}
	inner := s.close
	s.close = func() error { f.wipe(); return inner() }
	return s, nil
}

func openFile(f *file, b *quartet.Batch) (*source, error) {
	if b.Bytes == 0 {
		return nil, quartet.Errorf(quartet.ErrInvalid, "the file must not be empty")
	}
	if sheet.AreLines(f) {
		return openLines(f)
	}
	t, err := sheet.TableAt(f, f.size)
	if err != nil {
		return nil, err
	}
	s := &source{roles: b.Columns, close: t.Close}
	if !b.Headless {
		_, cells, err := t.Next()
		if errors.Is(err, io.EOF) {
			err = quartet.Errorf(quartet.ErrInvalid, "the file must have a heading and people below it")
		}
		if err == nil {
			err = secret(cells)
		}
		if err != nil {
			return nil, errors.Join(err, t.Close())
		}
		s.heading = append(s.heading, cells...)
		if len(s.roles) == 0 {
			s.roles = rolesOf(s.heading)
		}
	}
	s.has = hasOf(s.roles)
	s.next = func() (entry, error) {
		line, cells, err := t.Next()
		if err != nil {
			return entry{}, err
		}
		return s.entry(line, cells), nil
	}
	return s, nil
}

// entry takes a row apart.
func (s *source) entry(line int, cells []string) entry {
	e := entry{line: line}
	for i, role := range s.roles {
		if i >= len(cells) || role == "" || cells[i] == "" {
			continue
		}
		if role == ColumnReference {
			e.reference = clip(cells[i])
			continue
		}
		element := elementOf(role)
		to := fieldOf(&e.raw, element)
		if *to != "" && *to != cells[i] {
			e.twice |= element.Set()
		}
		*to = cells[i]
	}
	return e
}

func fieldOf(raw *quartet.Raw, e quartet.Element) *string {
	switch e {
	case quartet.ElementName:
		return &raw.Name
	case quartet.ElementID:
		return &raw.ID
	case quartet.ElementCard:
		return &raw.Card
	default:
		return &raw.Mobile
	}
}

// maxReference is the length of a reference, in bytes; a longer one is cut.
const maxReference = 128

func clip(s string) string {
	if len(s) <= maxReference {
		return s
	}
	cut := maxReference
	for cut > 0 && s[cut]&0xc0 == 0x80 {
		cut--
	}
	return s[:cut]
}

func openLines(f *file) (*source, error) {
	r, err := sheet.LinesAt(f, f.size)
	if err != nil {
		return nil, err
	}
	s := &source{has: quartet.NeedAll, close: r.Close}
	s.next = func() (entry, error) {
		row, err := r.Next()
		e := entry{line: row.Line, raw: row.Raw, unreadable: row.Err != nil}
		for _, fault := range row.Faults {
			e.numbers |= fault.Field.Set()
		}
		return e, err
	}
	return s, nil
}
