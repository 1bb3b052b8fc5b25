package sheet

import (
	"errors"
	"io"
)

// table reads people out of rows and columns: CSV, or a sheet of a workbook.
type table struct {
	grid    grid
	columns columns
}

// grid gives the cells of the next row, good until the one after, and the line on which it
// begins. io.EOF is the end.
type grid interface {
	record() (cells []string, line int, err error)
}

// newTable finds the header: the first row that is not blank.
func newTable(g grid) (*table, error) {
	for {
		cells, _, err := g.record()
		if errors.Is(err, io.EOF) {
			return nil, errEmpty()
		}
		if err != nil {
			return nil, err
		}
		if blank(cells) {
			continue
		}
		columns, err := newColumns(cells)
		return &table{g, columns}, err
	}
}

func (t *table) next() (Row, error) {
	for {
		cells, line, err := t.grid.record()
		if err != nil {
			return Row{}, err
		}
		if blank(cells) {
			continue
		}
		row := Row{Line: line, Has: t.columns.has}
		for i, k := range t.columns.kinds {
			if i < len(cells) && k != kindOther {
				row.put(k, clean(cells[i]))
			}
		}
		return row, nil
	}
}

// blank reports whether a record has no content.
func blank(cells []string) bool {
	for _, c := range cells {
		if clean(c) != "" {
			return false
		}
	}
	return true
}

// bound stops a row that swallows the file: a quotation mark or a tag that is never closed
// would otherwise take the rest of it into memory.
type bound struct {
	src  io.Reader
	left int
}

var errTooLong = errors.New("row too long")

func (b *bound) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLong
	}
	n, err := b.src.Read(p)
	b.left -= n
	return n, err
}
