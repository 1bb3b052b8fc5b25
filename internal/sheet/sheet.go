package sheet

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"

	"quartet"
)

// maxRow bounds one row. Longer means that a quote was left open, or no table at all.
const maxRow = 1 << 20

// Row is one person as the file has it.
type Row struct {
	// Line counts from 1, the header included.
	Line int
	// Raw holds the cells, trimmed. An element that has a fault is blank.
	Raw quartet.Raw
	// Has tells which elements this row speaks of: in a table those that have a column,
	// in JSON lines those whose key is there.
	Has quartet.ElementSet
	// Status is the status of the card, "" where the file has no such column.
	Status string
	// Faults is damage that shows only in the file: a JSON number in the place of a string.
	Faults []quartet.Rejection
	// Err says that this row cannot be read at all. The rows after it can.
	Err error
}

// Reader gives the rows of one file. Next is for one goroutine, Progress for any.
type Reader struct {
	rows     rows
	columns  columns
	rounding rounding
	read     *atomic.Int64
	total    int64
	close    func() error
}

// rows is what each format implements.
type rows interface {
	next() (Row, error)
}

// Open opens a file, or stdin for "-".
func Open(path string, stdin io.Reader) (*Reader, error) {
	if path == "-" {
		return New(stdin, 0)
	}
	f, size, err := openFile(path)
	if err != nil {
		return nil, err
	}
	r, err := read(f, f, size)
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	inner := r.close
	r.close = func() error { return errors.Join(inner(), f.Close()) }
	return r, nil
}

// openFile opens a file and tells its size.
func openFile(path string) (*os.File, int64, error) {
	f, err := os.Open(path)
	if err != nil {
		code := quartet.ErrInvalid
		if errors.Is(err, os.ErrNotExist) {
			code = quartet.ErrNotFound
		}
		return nil, 0, &quartet.Error{Code: code, Message: fmt.Sprintf("cannot open the file: %v", err), Cause: err}
	}
	info, err := f.Stat()
	if err != nil || info.IsDir() {
		_ = f.Close()
		return nil, 0, quartet.Errorf(quartet.ErrInvalid, "%s is a folder; give a CSV, XLSX or JSON lines file", path)
	}
	return f, info.Size(), nil
}

// New reads from src. total is its size in bytes, 0 when nobody knows. A workbook is held in
// memory as it comes, because its index stands at its end.
func New(src io.Reader, total int64) (*Reader, error) { return read(src, nil, total) }

// read reads from src. at is the same content, if it can be read at any place.
func read(src io.Reader, at io.ReaderAt, total int64) (*Reader, error) {
	counter := &counter{src: src, at: at}
	r := &Reader{total: total, read: &counter.n, close: func() error { return nil }}
	buf := bufio.NewReaderSize(counter, 64<<10)
	head, err := buf.Peek(8)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("reading the file: %w", err)
	}
	switch {
	case len(head) == 0:
		return nil, errEmpty()
	case isWorkbook(head):
		return r.openXLSX(counter, buf)
	case isOldWorkbook(head):
		return nil, errOldWorkbook()
	}
	text := bufio.NewReaderSize(decode(buf), 64<<10)
	first, err := firstNonBlank(text)
	if err != nil {
		return nil, err
	}
	switch first {
	case '{':
		r.rows = newLines(text)
		r.columns = columns{has: quartet.NeedAll}
		return r, nil
	case '[':
		return nil, quartet.Errorf(quartet.ErrUnsupported,
			"this is a JSON array; put one object on each line (JSON lines), without brackets and commas around them")
	}
	csv, err := newCommas(text, 1, knownColumns)
	if err != nil {
		return nil, err
	}
	return r.table(csv)
}

// openXLSX opens a workbook: where it lies, or as it comes through a pipe.
func (r *Reader) openXLSX(src *counter, buf io.Reader) (*Reader, error) {
	book, err := bookOf(src, buf, r.total)
	if err != nil {
		return nil, err
	}
	r.close = book.close
	if _, err := r.table(book); err != nil {
		return nil, errors.Join(err, book.close())
	}
	return r, nil
}

func bookOf(src *counter, buf io.Reader, size int64) (*workbook, error) {
	var at io.ReaderAt = src
	if src.at == nil {
		all, err := piped(buf)
		if err != nil {
			return nil, err
		}
		at, size = all, all.Size()
	}
	return newWorkbook(at, size)
}

func isWorkbook(head []byte) bool    { return bytes.HasPrefix(head, []byte("PK\x03\x04")) }
func isOldWorkbook(head []byte) bool { return bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")) }

func errOldWorkbook() error {
	return quartet.Errorf(quartet.ErrUnsupported,
		"this is an old Excel file (.xls) or one with a password; save it as .xlsx without a password, or as CSV")
}

// table reads rows and columns.
func (r *Reader) table(g grid) (*Reader, error) {
	t, err := newTable(g)
	if err != nil {
		return nil, err
	}
	r.rows, r.columns = t, t.columns
	return r, nil
}

// Columns tells which elements have a column. JSON lines have all, since each row has
// keys of its own.
func (r *Reader) Columns() quartet.ElementSet { return r.columns.has }

// Require fails, naming them, when elements of need have no column.
func (r *Reader) Require(need quartet.ElementSet) error {
	var missing []string
	for _, c := range elementColumns {
		if need.Has(c.set) && !r.columns.has.Has(c.set) {
			missing = append(missing, c.names[0]+" ("+strings.Join(c.names[1:], ", ")+")")
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return quartet.Errorf(quartet.ErrInvalid, "the header has no column for %s", strings.Join(missing, "; nor for "))
}

// Next gives the next row. io.EOF is the end; any other error ends the reading.
func (r *Reader) Next() (Row, error) {
	row, err := r.rows.next()
	r.rounding.see(row.Raw.ID)
	r.rounding.see(row.Raw.Card)
	return row, err
}

// Progress tells the bytes read so far and their total, 0 when nobody knows.
func (r *Reader) Progress() (done, total int64) {
	done = r.read.Load()
	if r.total > 0 {
		done = min(done, r.total) // the beginning of a workbook is read twice
	}
	return done, r.total
}

// Close releases the file.
func (r *Reader) Close() error { return r.close() }

func errEmpty() error {
	return quartet.Errorf(quartet.ErrInvalid, "the file is empty; it needs a header row with columns such as name, idcard, acc_no, mobile")
}

// firstNonBlank skips blank bytes in front of the content and peeks at what follows.
// Lines skipped so are counted by nobody, so it never passes the end of a line.
func firstNonBlank(r *bufio.Reader) (byte, error) {
	for n := 1; ; n++ {
		head, err := r.Peek(n)
		if err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, bufio.ErrBufferFull) {
				return 0, errEmpty()
			}
			return 0, fmt.Errorf("reading the file: %w", err)
		}
		switch c := head[n-1]; c {
		case ' ', '\t', '\r', '\n':
		case 0:
			return 0, errNoTable()
		default:
			return c, nil
		}
	}
}

func errNoTable() error {
	return quartet.Errorf(quartet.ErrUnsupported, "this is not a table; give a CSV, XLSX or JSON lines file")
}

// counter counts what is read, for the progress bar.
type counter struct {
	src io.Reader
	at  io.ReaderAt
	n   atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.src.Read(p)
	c.n.Add(int64(n))
	return n, err
}

func (c *counter) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.at.ReadAt(p, off)
	c.n.Add(int64(n))
	return n, err
}
