package batch

import (
	"slices"
	"strings"

	"quartet"
	"quartet/internal/sheet"
	"quartet/internal/verify"
)

// ColumnReference is what a column holds by which the owner of a file finds its rows again.
const ColumnReference = "reference"

// maxColumns is how many columns a layout may name.
const maxColumns = 200

// Layout says what the columns of a file hold, from the first on: name, idcard, acc_no, mobile,
// reference, or nothing that counts. None at all: what their headings say.
type Layout struct {
	Columns  []string
	Headless bool // the first row is a person, not a heading
}

// check is ErrInvalid where no file could be read so.
func (l *Layout) check() error {
	if len(l.Columns) > maxColumns {
		return badColumns("columns must name at most 200 columns")
	}
	if l.Headless && len(l.Columns) == 0 {
		return badColumns("columns must say what they hold, since the file has no heading that does")
	}
	for _, c := range l.Columns {
		if c != "" && c != ColumnReference && elementOf(c) == "" {
			return badColumns("columns must each be name, idcard, acc_no, mobile, reference or empty")
		}
	}
	if n := len(slices.DeleteFunc(slices.Clone(l.Columns), func(c string) bool { return c != ColumnReference })); n > 1 {
		return badColumns("columns must name one reference at most")
	}
	return nil
}

func badColumns(message string) error {
	return &quartet.Error{Code: quartet.ErrInvalid, Field: "columns", Message: message}
}

// elementOf is the element that a call names so.
func elementOf(parameter string) quartet.Element {
	for _, e := range quartet.NeedAll.Elements() {
		if e.Parameter() == parameter {
			return e
		}
	}
	return ""
}

func missingColumns(missing quartet.ElementSet) error {
	return badColumns("columns must hold " + strings.Join(missing.Parameters(), ", ") + " too; say which column does")
}

// references are headings of the column by which rows are found again.
var references = []string{"reference", "ref", "业务编号", "客户编号", "参考号"}

// rolesOf are what the columns under a heading hold, as far as it says so.
func rolesOf(heading []string) []string {
	roles := make([]string, len(heading))
	referred := false
	for i, h := range heading {
		if e, ok := sheet.ElementOf(h); ok {
			roles[i] = e.Parameter()
		} else if !referred && slices.Contains(references, strings.ToLower(h)) {
			roles[i], referred = ColumnReference, true
		}
	}
	return roles
}

// hasOf are the elements among roles.
func hasOf(roles []string) (has quartet.ElementSet) {
	for _, r := range roles {
		has |= elementOf(r).Set()
	}
	return has
}

// secret is an error where a heading names what must never be sent here.
func secret(heading []string) error {
	for i, h := range heading {
		if verify.SecretField(h) {
			return quartet.Errorf(quartet.ErrInvalid, "column %d must go: its heading names a security code, an expiry, a PIN or a one-time code of cards, which must never be sent here", i+1)
		}
	}
	return nil
}
