package sheet

import (
	"bytes"
	"io"

	"quartet"
)

// TableAt gives every row of a table that lies at hand, its heading among them: CSV or XLSX,
// whatever its columns are called.
func TableAt(at io.ReaderAt, size int64) (*Table, error) {
	src := &counter{src: io.NewSectionReader(at, 0, size), at: at}
	t := &Table{close: func() error { return nil }, read: &src.n, total: size}
	if err := t.open(src, widest); err != nil {
		return nil, err
	}
	return t, nil
}

// widest prefers the separator that makes columns that are known, then the one that makes many.
func widest(cells []string) int { return 100*knownColumns(cells) + len(cells) }

// LinesAt reads people from JSON lines that lie at hand.
func LinesAt(at io.ReaderAt, size int64) (*Reader, error) {
	return read(io.NewSectionReader(at, 0, size), at, size)
}

// AreLines reports whether what lies at hand begins like JSON lines.
func AreLines(at io.ReaderAt) bool {
	head := make([]byte, 512)
	n, _ := at.ReadAt(head, 0) // shorter is no fault here; what cannot be read says so later
	head = bytes.TrimLeft(bytes.TrimPrefix(head[:n], []byte("\xef\xbb\xbf")), " \t\r\n")
	return len(head) > 0 && head[0] == '{'
}

// ElementOf is the element that a heading names.
func ElementOf(heading string) (quartet.Element, bool) {
	k := kindOf(clean(heading))
	for _, c := range &elementColumns {
		if c.kind == k {
			return c.element, true
		}
	}
	return "", false
}

// Roundings looks for what a spreadsheet does to the long numbers of one column.
type Roundings struct{ rounding rounding }

// See looks at one number, and reports whether it ends in zeros from the 16th digit on.
func (r *Roundings) See(number string) bool {
	before := r.rounding.zeros
	r.rounding.see(number)
	return r.rounding.zeros > before
}

// Doubtful reports whether more of them end so than chance has it.
func (r *Roundings) Doubtful() bool { return r.rounding.doubtful() }
