package simulator

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"quartet"
)

// Column is a column of a supplier's statement: its head, and which field of a line stands
// below.
type Column struct {
	Head  string
	Field string // one of StatementFields
}

// StatementFields lists the fields of a statement.
func StatementFields() []string {
	return []string{"reference", "order", "time", "result", "charged", "amount"}
}

// WriteStatement writes lines as the CSV file that a supplier would send. Suppliers differ
// in their columns; without any, all fields are written under their own names. Times are
// those of Asia/Shanghai, amounts yuan, charged is yes or no, and result is the verdict or
// the fault in its place.
func WriteStatement(w io.Writer, lines []Line, columns ...Column) error {
	if len(columns) == 0 {
		for _, f := range StatementFields() {
			columns = append(columns, Column{f, f})
		}
	}
	out := csv.NewWriter(w)
	row := make([]string, len(columns))
	for i, c := range columns {
		if _, ok := (Line{}).field(c.Field); !ok {
			return &quartet.Error{
				Code: quartet.ErrInvalid, Field: "columns",
				Message: fmt.Sprintf("a statement has no field %q; it has %s", c.Field, strings.Join(StatementFields(), ", ")),
			}
		}
		row[i] = c.Head
	}
	if err := out.Write(row); err != nil {
		return err
	}
	for _, l := range lines {
		for i, c := range columns {
			row[i], _ = l.field(c.Field)
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func (l Line) field(name string) (string, bool) {
	switch name {
	case "reference":
		return l.Reference, true
	case "order":
		return l.Order, true
	case "time":
		return l.At.In(quartet.Shanghai).Format("2006-01-02 15:04:05"), true
	case "result":
		if l.Verdict == quartet.NoVerdict {
			return string(l.Fault), true
		}
		return l.Verdict.String(), true
	case "charged":
		if l.Charged {
			return "yes", true
		}
		return "no", true
	case "amount":
		return l.Amount.String(), true
	default:
		return "", false
	}
}
