package httpjson

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Manifest is a supplier as a file describes it: checked, without any secret. It never
// changes and may be shared.
type Manifest struct{ doc *document }

// Parse reads and checks a manifest: unknown keys are refused, expressions are compiled,
// words come from closed sets. Its error lists everything that is wrong, each with line and
// column.
func Parse(text []byte) (*Manifest, error) {
	doc, d := decode(text)
	if len(d.faults) == 0 {
		c := &check{decoder: d, doc: doc}
		c.all()
	}
	if len(d.faults) > 0 {
		slices.SortStableFunc(d.faults, func(a, b Fault) int {
			return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Key, b.Key))
		})
		return nil, d.faults.asError()
	}
	return &Manifest{doc: doc}, nil
}

// Name is the supplier's name in lists and settings.
func (m *Manifest) Name() string { return m.doc.Name }

// Title is the supplier's name as people read it.
func (m *Manifest) Title() string { return m.doc.Title }

// Host is where questions go, unless the operator sets another address.
func (m *Manifest) Host() string {
	u, _ := url.Parse(m.doc.URL)
	return u.Host
}

// Placeholder reports whether its address is one that nobody has: then the operator must
// give the supplier's.
func (m *Manifest) Placeholder() bool {
	u, _ := url.Parse(m.doc.URL)
	return strings.HasSuffix(strings.ToLower(u.Hostname()), ".example")
}

// Timeout is how long an answer is waited for.
func (m *Manifest) Timeout() time.Duration { return m.doc.Timeout }

// QPS is how many questions a second the supplier takes; 0: it does not say. Who adds a
// source by the manifest makes it a term of the source; here it bounds nothing.
func (m *Manifest) QPS() int { return m.doc.QPS }

// Slot is a credential that an operator must give.
type Slot struct{ Name, Title string }

// Slots are the credentials that New wants. Beside them it takes "url", which replaces the
// address.
func (m *Manifest) Slots() []Slot {
	slots := make([]Slot, 0, len(m.doc.Credentials))
	for _, s := range m.doc.Credentials {
		slots = append(slots, Slot{Name: s.Name, Title: cmp.Or(s.Title, s.Name)})
	}
	return slots
}

// Inquires reports whether the supplier can be asked afterwards what became of a question.
func (m *Manifest) Inquires() bool { return m.doc.Inquiry != nil }
