package sheet

import (
	"slices"
	"strings"

	"quartet"
)

// kind is what a column holds.
type kind uint8

const (
	kindOther kind = iota
	kindName
	kindID
	kindCard
	kindMobile
	kindStatus
)

// elementColumns lists what each element may be called in a header or as a JSON key.
// The first name of each is what messages use.
var elementColumns = [...]struct {
	kind    kind
	set     quartet.ElementSet
	element quartet.Element
	names   []string
}{
	{kindName, quartet.NeedName, quartet.ElementName, []string{"name", "姓名"}},
	{kindID, quartet.NeedID, quartet.ElementID, []string{"idcard", "id", "身份证", "身份证号", "身份证号码", "证件号"}},
	{kindCard, quartet.NeedCard, quartet.ElementCard, []string{"acc_no", "card", "bankcard", "卡号", "银行卡号"}},
	{kindMobile, quartet.NeedMobile, quartet.ElementMobile, []string{"mobile", "手机", "手机号", "手机号码", "预留手机号", "预留手机"}},
}

// statusNames lists what the column for the status of the card may be called.
var statusNames = []string{"status", "状态"}

// kindOf recognises a header cell or JSON key.
func kindOf(name string) kind {
	for _, c := range &elementColumns {
		for _, n := range c.names {
			if strings.EqualFold(n, name) {
				return c.kind
			}
		}
	}
	for _, n := range statusNames {
		if strings.EqualFold(n, name) {
			return kindStatus
		}
	}
	return kindOther
}

// columns is a header once understood.
type columns struct {
	kinds []kind
	has   quartet.ElementSet
}

// newColumns understands a header row. Two columns for one element would leave it to
// chance which is believed, so they are refused.
func newColumns(cells []string) (columns, error) {
	c := columns{kinds: make([]kind, len(cells))}
	for i, cell := range cells {
		k := kindOf(clean(cell))
		twice := k != kindOther && slices.Contains(c.kinds[:i], k)
		c.kinds[i] = k
		for _, e := range &elementColumns {
			if e.kind == k {
				c.has |= e.set
			}
		}
		if twice {
			return columns{}, quartet.Errorf(quartet.ErrInvalid, "two columns of the header mean the same (the second is column %d); remove one", i+1)
		}
	}
	if c.has == 0 {
		return columns{}, errNoColumns()
	}
	return c, nil
}

func errNoColumns() error {
	var all []string
	for _, c := range &elementColumns {
		all = append(all, strings.Join(c.names, "|"))
	}
	return quartet.Errorf(quartet.ErrInvalid, "the first row names no known column; use %s", strings.Join(all, ", "))
}

// put stores a cell in its place.
func (row *Row) put(k kind, text string) {
	switch k {
	case kindName:
		row.Raw.Name = text
	case kindID:
		row.Raw.ID = text
	case kindCard:
		row.Raw.Card = text
	case kindMobile:
		row.Raw.Mobile = text
	case kindStatus:
		row.Status = text
	case kindOther:
	}
}

// clean takes off what spreadsheets put around text: blanks, a byte-order mark, the
// apostrophe that means "text", and the formula form ="…".
func clean(s string) string {
	if len(s) > 0 && s[0] > ' ' && s[0] < 0x80 && s[0] != '\'' && s[0] != '=' && s[len(s)-1] > ' ' && s[len(s)-1] < 0x80 {
		return s // the usual case: nothing around it
	}
	s = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(s), "\ufeff"))
	if inner, ok := strings.CutPrefix(s, `="`); ok && strings.HasSuffix(inner, `"`) {
		s = strings.TrimSuffix(inner, `"`)
	}
	return strings.TrimSpace(strings.TrimPrefix(s, "'"))
}

// IsElement reports whether a heading names an element of a person.
func IsElement(heading string) bool {
	k := kindOf(heading)
	return k != kindOther && k != kindStatus
}
