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
	scan   *bufio.Scanner
	line   int
	status bool // this line has told one
	dec    jsontext.Decoder
	src    bytes.Reader
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
	l.status = false
	l.src.Reset(text)
	l.dec.Reset(&l.src)
	if tok, err := l.dec.ReadToken(); err != nil || tok.Kind() != jsontext.KindBeginObject {
		return errNoObject()
	}
	for l.dec.PeekKind() == jsontext.KindString {
		key, err := l.dec.ReadToken()
		if err != nil {
			return errNoObject()
		}
		k := kindOf(key.String())
		if k == kindOther {
			if err := l.dec.SkipValue(); err != nil {
				return errNoObject()
			}
			continue
		}
		if err := l.value(k, row); err != nil {
			return err
		}
	}
	if _, err := l.dec.ReadToken(); err != nil { // }
		return errNoObject()
	}
	if _, err := l.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return errNoObject()
	}
	return nil
}

// value reads the value of a known key: a string, or null for blank. A number may have
// lost digits before it came here, so it is never believed.
func (l *lines) value(k kind, row *Row) error {
	value, err := l.dec.ReadValue()
	if err != nil {
		return errNoObject()
	}
	text, isText := string(value), value.Kind() == jsontext.KindString
	switch {
	case isText:
		letters, err := jsontext.AppendUnquote(nil, value)
		if err != nil {
			return errNoObject()
		}
		text = clean(string(letters))
	case value.Kind() == jsontext.KindNull:
		text, isText = "", true
	}
	if k == kindStatus {
		if l.status {
			return quartet.Errorf(quartet.ErrInvalid, "two keys of this object mean the status; keep one")
		}
		row.Status, l.status = text, true // what is no text stands as it is, a word that nobody knows
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
		if !isText {
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

func errNoObject() error {
	return quartet.Errorf(quartet.ErrInvalid, "this line is not one JSON object; put one object on each line")
}
