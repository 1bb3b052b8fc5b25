package sheet

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"quartet"
)

// lines reads JSON lines: one object a line.
type lines struct {
	scan *bufio.Scanner
	line int
	dec  jsontext.Decoder
	src  bytes.Reader
}

func newLines(text io.Reader) *lines {
	l := &lines{scan: bufio.NewScanner(text)}
	l.scan.Buffer(make([]byte, 0, 64<<10), maxRow)
	return l
}

func (l *lines) next() (Row, error) {
	for l.scan.Scan() {
		l.line++
		text := bytes.TrimSpace(l.scan.Bytes())
		if len(text) == 0 {
			continue
		}
		row := Row{Line: l.line}
		if err := l.object(text, &row); err != nil {
			return Row{Line: l.line, Err: err}, nil //nolint:nilerr // the row is damaged, the file goes on
		}
		return row, nil
	}
	err := l.scan.Err()
	switch {
	case err == nil:
		return Row{}, io.EOF
	case errors.Is(err, bufio.ErrTooLong):
		return Row{}, quartet.Errorf(quartet.ErrInvalid, "line %d is longer than 1 MiB; put one object on each line", l.line+1)
	default:
		return Row{}, fmt.Errorf("reading the file: %w", err)
	}
}

// object reads one line. Keys that nobody knows are passed over.
func (l *lines) object(text []byte, row *Row) error {
	broken := quartet.Errorf(quartet.ErrInvalid, "this line is not one JSON object; put one object on each line")
	l.src.Reset(text)
	l.dec.Reset(&l.src)
	if tok, err := l.dec.ReadToken(); err != nil || tok.Kind() != jsontext.KindBeginObject {
		return broken
	}
	for l.dec.PeekKind() == jsontext.KindString {
		key, err := l.dec.ReadToken()
		if err != nil {
			return broken
		}
		k := kindOf(key.String())
		if k == kindOther {
			if err := l.dec.SkipValue(); err != nil {
				return broken
			}
			continue
		}
		if err := l.value(k, row); err != nil {
			return err
		}
	}
	if _, err := l.dec.ReadToken(); err != nil { // }
		return broken
	}
	if _, err := l.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return broken
	}
	return nil
}

// value reads the value of a known key: a string, or null for blank. A number may have
// lost digits before it came here, so it is never believed.
func (l *lines) value(k kind, row *Row) error {
	broken := quartet.Errorf(quartet.ErrInvalid, "this line is not one JSON object; put one object on each line")
	var (
		text string
		bad  bool
	)
	switch l.dec.PeekKind() {
	case jsontext.KindString:
		tok, err := l.dec.ReadToken()
		if err != nil {
			return broken
		}
		text = clean(tok.String())
	case jsontext.KindNull:
		if err := l.dec.SkipValue(); err != nil {
			return broken
		}
	default:
		if err := l.dec.SkipValue(); err != nil {
			return broken
		}
		bad = true
	}
	if k == kindStatus {
		row.Status = text
		return nil
	}
	for _, c := range &elementColumns {
		if c.kind != k {
			continue
		}
		if row.Has.Has(c.set) {
			return quartet.Errorf(quartet.ErrInvalid, "two keys of this object mean %s; keep one", c.element)
		}
		row.Has |= c.set
		if bad {
			row.Faults = append(row.Faults, quartet.Rejection{
				Field: c.element, Code: quartet.RejectType,
				Message: fmt.Sprintf("write %s as a JSON string in quotation marks: a number loses digits on the way", c.names[0]),
			})
			return nil
		}
	}
	row.put(k, text)
	return nil
}
