package quartet

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Terms say when a source may be asked, how much at once, and for what price. A zero field
// does not bound.
type Terms struct {
	Priority int // lower is asked earlier
	Weight   int // how often it is first among those of one priority; 0: as 1
	Share    int // percent of calls that ask it first whatever its priority: for a newcomer

	Timeout    time.Duration // of one question; 0: what is left of the call's time
	Rate       Rate          // questions a second
	Concurrent int           // questions at once
	DailyCap   int64         // questions a day of Asia/Shanghai
	Failures   int           // in a row, after which it is left alone; 0: 5
	Open       time.Duration // how long it is left alone; 0: 10 s
	HedgeAfter time.Duration // if it has not answered by then the next one is asked as well, so that two may charge and both see the person; 0: never

	AuthorisedFrom  time.Time
	AuthorisedUntil time.Time // first instant at which it may not be asked
	Purposes        []string  // of the buyers that it may be asked for
	IDTypes         []IDType
	CardKinds       []string // DC, CC, SCC, PC; a card that the table of prefixes does not know passes
	Maintenance     []Window
	Prices          []Price
}

// Price is what a question costs from a day on.
type Price struct {
	From time.Time  // midnight in Asia/Shanghai; zero: always
	Need ElementSet // of products with just these elements; 0: of all
	Cost Millifen
}

// PriceAt is what one question costs: of the prices in force, one for these very elements
// goes before one for all, and a later one before an earlier.
func (t *Terms) PriceAt(at time.Time, need ElementSet) Millifen {
	var best *Price
	for i := range t.Prices {
		p := &t.Prices[i]
		if p.Need != 0 && p.Need != need || at.Before(p.From) {
			continue
		}
		if best == nil || best.Need == 0 && p.Need != 0 || (best.Need == 0) == (p.Need == 0) && !p.From.Before(best.From) {
			best = p
		}
	}
	if best == nil {
		return 0
	}
	return best.Cost
}

// Authorised reports whether it may be asked at all at this time.
func (t *Terms) Authorised(at time.Time) bool {
	return !at.Before(t.AuthorisedFrom) && (t.AuthorisedUntil.IsZero() || at.Before(t.AuthorisedUntil))
}

// Resting reports whether it is under maintenance at this time.
func (t *Terms) Resting(at time.Time) bool {
	return slices.ContainsFunc(t.Maintenance, func(w Window) bool { return w.Covers(at) })
}

// cardKinds are those of the table of prefixes.
var cardKinds = []string{"DC", "CC", "SCC", "PC"}

// CheckPurpose finds what no purpose may be: ErrInvalid.
func CheckPurpose(p string) error {
	if p == "" || len(p) > 32 || strings.ContainsFunc(p, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_'
	}) {
		return &Error{Code: ErrInvalid, Field: "purposes", Message: "a purpose has 1 to 32 of a-z, 0-9, - and _, such as payroll"}
	}
	return nil
}

const (
	maxTerm    = 1_000_000
	maxTimeout = time.Minute
)

// Check finds what no terms may be: ErrInvalid, with the field that is wrong.
func (t *Terms) Check() error {
	wrong := func(field, format string, args ...any) error {
		return &Error{Code: ErrInvalid, Field: field, Message: fmt.Sprintf(format, args...)}
	}
	for _, n := range []struct {
		field       string
		value, most int64
	}{
		{"weight", int64(t.Weight), 1000},
		{"share", int64(t.Share), 100},
		{"qps", int64(t.Rate.QPS), maxTerm},
		{"burst", int64(t.Rate.Burst), maxTerm},
		{"concurrent", int64(t.Concurrent), maxTerm},
		{"daily_cap", t.DailyCap, 1_000_000_000_000},
		{"failures", int64(t.Failures), maxTerm},
	} {
		if n.value < 0 || n.value > n.most {
			return wrong(n.field, "the %s of a source is from 0 to %d", strings.ReplaceAll(n.field, "_", " "), n.most)
		}
	}
	for _, n := range []struct {
		field       string
		value, most time.Duration
	}{{"timeout", t.Timeout, maxTimeout}, {"open", t.Open, time.Hour}, {"hedge_after", t.HedgeAfter, maxTimeout}} {
		if n.value < 0 || n.value > n.most {
			return wrong(n.field, "the %s of a source is from 0 to %v", strings.ReplaceAll(n.field, "_", " "), n.most)
		}
	}
	if t.Priority < -maxTerm || t.Priority > maxTerm {
		return wrong("priority", "the priority of a source is from %d to %d", -maxTerm, maxTerm)
	}
	if !t.AuthorisedUntil.IsZero() && !t.AuthorisedUntil.After(t.AuthorisedFrom) {
		return wrong("authorised_until", "the authorisation must end after it begins")
	}
	for _, p := range t.Purposes {
		if err := CheckPurpose(p); err != nil {
			return err
		}
	}
	for _, k := range t.CardKinds {
		if !slices.Contains(cardKinds, k) {
			return wrong("card_kinds", "the kinds of card are DC (debit), CC (credit), SCC (semi-credit) and PC (prepaid)")
		}
	}
	for _, id := range t.IDTypes {
		if !slices.Contains(IDTypes(), id) {
			return wrong("id_types", "there is no kind of ID number %q; there are %s", id, joined(IDTypes()))
		}
	}
	for _, w := range t.Maintenance {
		if err := w.check(); err != nil {
			return err
		}
	}
	for _, p := range t.Prices {
		if p.Cost < 0 {
			return wrong("prices", "a price is 0 or more")
		}
	}
	return nil
}

// joined lists words as a sentence does without its last "and".
func joined[S ~string](words []S) string {
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = string(w)
	}
	return strings.Join(list, ", ")
}
