package sheet

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"

	"quartet"
)

// maxHeads is how many rows may stand above a header: titles, dates, addresses.
const maxHeads = 20

// Table gives the rows of a table whose columns its caller knows, such as a supplier's
// statement: CSV or XLSX. Next is for one goroutine, Progress for any.
type Table struct {
	grid  grid
	cells []string
	read  *atomic.Int64
	total int64
	close func() error
}

// OpenTable opens a file, or stdin for "-", and reads up to the header: the first row of
// which header says that it knows some columns. A file without one is ErrInvalid.
func OpenTable(path string, stdin io.Reader, header func(cells []string) int) (*Table, error) {
	t := &Table{close: func() error { return nil }}
	src := &counter{src: stdin}
	if path != "-" {
		f, size, err := openFile(path)
		if err != nil {
			return nil, err
		}
		src.src, src.at, t.total, t.close = f, f, size, f.Close
	}
	t.read = &src.n
	err := t.open(src, header)
	if err == nil {
		err = t.seek(header)
	}
	if err != nil {
		_ = t.close()
		return nil, err
	}
	return t, nil
}

func (t *Table) open(src *counter, header func(cells []string) int) error {
	buf := bufio.NewReaderSize(src, 64<<10)
	head, err := buf.Peek(8)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return fmt.Errorf("reading the file: %w", err)
	case isOldWorkbook(head):
		return errOldWorkbook()
	case isWorkbook(head):
		book, err := bookOf(src, buf, t.total)
		if err != nil {
			return err
		}
		file := t.close
		t.grid, t.close = book, func() error { return errors.Join(book.close(), file()) }
		return nil
	}
	text := bufio.NewReaderSize(decode(buf), 64<<10)
	first, err := firstNonBlank(text)
	if err != nil {
		return err
	}
	if strings.ContainsRune("{[", rune(first)) {
		return quartet.Errorf(quartet.ErrUnsupported, "this is JSON; give a CSV or XLSX file")
	}
	t.grid, err = newCommas(text, maxHeads, header)
	return err
}

// seek passes the header.
func (t *Table) seek(header func(cells []string) int) error {
	for range maxHeads {
		_, cells, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if header(cells) > 0 {
			return nil
		}
	}
	return quartet.Errorf(quartet.ErrInvalid, "the first rows name no known column")
}

// Next gives the cells of the next row that is not blank, good until the one after, and the
// line on which it begins. io.EOF is the end; any other error ends the reading.
func (t *Table) Next() (line int, cells []string, err error) {
	for {
		raw, line, err := t.grid.record()
		if err != nil {
			return 0, nil, err
		}
		if blank(raw) {
			continue
		}
		t.cells = t.cells[:0]
		for _, c := range raw {
			t.cells = append(t.cells, clean(c))
		}
		return line, t.cells, nil
	}
}

// Progress tells the bytes read so far and their total, 0 when nobody knows.
func (t *Table) Progress() (done, total int64) {
	done = t.read.Load()
	if t.total > 0 {
		done = min(done, t.total)
	}
	return done, t.total
}

// Close releases the file.
func (t *Table) Close() error { return t.close() }
