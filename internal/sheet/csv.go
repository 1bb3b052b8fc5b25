package sheet

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"quartet"
)

// commas reads CSV, whatever its separator.
type commas struct {
	csv     *csv.Reader
	bound   *bound
	skipped int // lines taken before the CSV reader began
}

func newCommas(text *bufio.Reader, heads int, known func(cells []string) int) (*commas, error) {
	comma, skipped, err := sniff(text, heads, known)
	if err != nil {
		return nil, err
	}
	t := &commas{bound: &bound{src: text}, skipped: skipped}
	t.csv = csv.NewReader(t.bound)
	t.csv.Comma = comma
	t.csv.FieldsPerRecord = -1
	t.csv.LazyQuotes = true // ="…" is how exports keep digits as text
	t.csv.ReuseRecord = true
	return t, nil
}

// knownColumns counts the columns of a header of people.
func knownColumns(cells []string) (known int) {
	for _, cell := range cells {
		if kindOf(cell) != kindOther {
			known++
		}
	}
	return known
}

// sniff chooses the separator that makes the most of the header, which is one of the first
// few lines. Excel may say it in a line of its own, "sep=;".
func sniff(text *bufio.Reader, heads int, known func(cells []string) int) (comma rune, skipped int, err error) {
	head, err := text.Peek(text.Size())
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return 0, 0, fmt.Errorf("reading the file: %w", err)
	}
	if bytes.IndexByte(head, 0) >= 0 {
		return 0, 0, errNoTable()
	}
	top := strings.TrimLeft(string(head), "\r\n \t")
	line, _, _ := strings.Cut(top, "\n")
	if sep, ok := strings.CutPrefix(strings.TrimSpace(line), "sep="); ok && len(sep) == 1 && strings.ContainsAny(sep, ",;|") {
		if _, err := text.ReadString('\n'); err != nil {
			return 0, 0, errEmpty()
		}
		return rune(sep[0]), 1, nil
	}
	best, comma := -1, ','
	for _, line := range strings.SplitN(top, "\n", heads+1)[:min(heads, strings.Count(top, "\n")+1)] {
		for _, c := range []rune{',', '\t', ';'} {
			cells := strings.Split(line, string(c))
			for i := range cells {
				cells[i] = clean(strings.Trim(clean(cells[i]), `"`))
			}
			if n := known(cells); n > best {
				best, comma = n, c
			}
		}
	}
	return comma, 0, nil
}

func (t *commas) record() ([]string, int, error) {
	t.bound.left = maxRow
	cells, err := t.csv.Read()
	switch {
	case err == nil:
	case errors.Is(err, io.EOF):
		return nil, 0, io.EOF
	case errors.Is(err, errTooLong):
		return nil, 0, quartet.Errorf(quartet.ErrInvalid,
			"a row is longer than 1 MiB: a quotation mark was probably opened and never closed")
	default:
		return nil, 0, fmt.Errorf("reading the file: %w", err)
	}
	line, _ := t.csv.FieldPos(0)
	return cells, line + t.skipped, nil
}
