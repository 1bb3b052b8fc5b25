// Package check runs the rules of the elements over a file without asking anybody and
// without spending a unit: per row the normalised form, the doubts and the refusals.
//
// A table must hold in every row what it has a column for; a JSON line must hold right
// what it has a key for. Elements are shown masked unless asked for.
package check

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"quartet"
	"quartet/internal/sheet"
)

// Options of a run.
type Options struct {
	Out    io.Writer
	JSON   bool // one object a line, else words
	Reveal bool // elements in clear
	Today  time.Time
	// Progress hears of the rows read, now and then; nil: nobody listens.
	Progress func(rows int64)
}

// Summary counts a run.
type Summary struct{ Rows, Valid, Warned int64 }

// row is the JSON form of one row.
type row struct {
	Line       int        `json:"line"`
	Valid      bool       `json:"valid"`
	Normalized normalized `json:"normalized"`
	IDType     string     `json:"id_type"`
	Warn       []string   `json:"warn"`
	Reject     []reject   `json:"reject"`
}

type normalized struct {
	Name   string `json:"name"`
	ID     string `json:"id"`
	Card   string `json:"card"`
	Mobile string `json:"mobile"`
}

type reject struct {
	Field   string `json:"field"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Run checks every row. An error means that the file could not be read to its end, or the
// output not be written.
func Run(r *sheet.Reader, o Options) (Summary, error) {
	var sum Summary
	out := bufio.NewWriterSize(o.Out, 64<<10)
	for {
		in, err := r.Next()
		if errors.Is(err, io.EOF) {
			return sum, out.Flush()
		}
		if err != nil {
			return sum, errors.Join(err, out.Flush())
		}
		res := judge(in, o)
		sum.Rows++
		if res.Valid {
			sum.Valid++
		}
		if len(res.Warn) > 0 {
			sum.Warned++
		}
		if o.JSON {
			err = json.MarshalWrite(out, res, jsontext.EscapeForHTML(false))
			if err == nil {
				err = out.WriteByte('\n')
			}
		} else {
			_, err = out.WriteString(words(res))
		}
		if err != nil {
			return sum, err
		}
		if o.Progress != nil && sum.Rows%1000 == 0 {
			o.Progress(sum.Rows)
		}
	}
}

func judge(in sheet.Row, o Options) row {
	res := row{Line: in.Line, Warn: []string{}, Reject: []reject{}}
	if in.Err != nil {
		res.Reject = append(res.Reject, reject{Code: string(quartet.RejectType), Message: in.Err.Error()})
		return res
	}
	broken := quartet.ElementSet(0)
	for _, f := range in.Faults {
		res.Reject = append(res.Reject, reject{string(f.Field), string(f.Code), f.Message})
		broken |= setOf(f.Field)
	}
	e, findings := quartet.Parse(in.Raw, in.Has&^broken, o.Today)
	for _, w := range findings.Warn {
		res.Warn = append(res.Warn, string(w))
	}
	for _, f := range findings.Reject {
		res.Reject = append(res.Reject, reject{string(f.Field), string(f.Code), f.Message})
	}
	if in.Has == 0 {
		res.Reject = append(res.Reject, reject{Code: string(quartet.RejectMissing), Message: "this row holds no element"})
	}
	res.Valid = len(res.Reject) == 0
	res.IDType = string(e.ID.Type())
	if o.Reveal {
		res.Normalized = normalized{e.Name.Reveal(), e.ID.Reveal(), e.Card.Reveal(), e.Mobile.Reveal()}
	} else {
		res.Normalized = normalized{e.Name.String(), e.ID.String(), e.Card.String(), e.Mobile.String()}
	}
	return res
}

func setOf(e quartet.Element) quartet.ElementSet {
	switch e {
	case quartet.ElementName:
		return quartet.NeedName
	case quartet.ElementID:
		return quartet.NeedID
	case quartet.ElementCard:
		return quartet.NeedCard
	default:
		return quartet.NeedMobile
	}
}

// words is a row for people.
func words(r row) string {
	var b strings.Builder
	mark := "ok  "
	if !r.Valid {
		mark = "BAD "
	}
	fmt.Fprintf(&b, "%s line %d", mark, r.Line)
	for _, v := range []string{r.Normalized.Name, r.Normalized.ID, r.Normalized.Card, r.Normalized.Mobile} {
		if v != "" {
			b.WriteString("  " + v)
		}
	}
	b.WriteByte('\n')
	for _, f := range r.Reject {
		fmt.Fprintf(&b, "       %s %s: %s\n", f.Field, f.Code, f.Message)
	}
	if len(r.Warn) > 0 {
		fmt.Fprintf(&b, "       doubts: %s\n", strings.Join(r.Warn, ", "))
	}
	return b.String()
}
