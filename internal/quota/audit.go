package quota

import (
	"context"
	"fmt"
	"time"

	"quartet"
)

// AuditStore is what the audit and the closing of days need.
type AuditStore interface {
	Books(ctx context.Context, full bool) (quartet.Books, error)
	LastClosedDay(ctx context.Context) (int64, error)
	FirstCallDay(ctx context.Context) (int64, error)
	CloseDay(ctx context.Context, day int64, at int64) error
}

// Difference is one sum that does not hold.
type Difference struct {
	Grant string `json:"grant_id"` // empty: of all grants
	What  string `json:"what"`     // units, used, held, withdrawn, bounds, calls
	Book  int64  `json:"book"`     // what the grant's row says
	Sum   int64  `json:"sum"`      // what the rows behind it add up to
}

// String is the difference in words.
func (d Difference) String() string {
	switch {
	case d.Grant == "" && d.Book == 0:
		return fmt.Sprintf("%s: %d", d.What, d.Sum)
	case d.Grant == "":
		return fmt.Sprintf("%s: %d in the book, %d by its rows", d.What, d.Book, d.Sum)
	}
	return fmt.Sprintf("grant %s: %s is %d in the book, %d by its rows", d.Grant, d.What, d.Book, d.Sum)
}

// Report is the outcome of an audit.
type Report struct {
	Grants      int          `json:"grants"`
	Used        int64        `json:"used"`
	Held        int64        `json:"held"`
	Left        int64        `json:"left"`
	Differences []Difference `json:"differences"`
}

// Audit proves for every grant: units are what its entry says; used = closed days +
// charged calls of open days; held = open holds; withdrawn = Σ entries; nothing below
// zero and no more than was granted; paid orders and what they gave one to one, with the
// order's units and money; no call charged without a verdict; each attempt belongs
// to a call, and each verdict of a supplier to one attempt, unless it was reused; calls were
// counted by the hour as their rows are. full looks into the calls of closed days as well, as
// far as they are kept, and compares both sums of those that are gone.
func Audit(ctx context.Context, store AuditStore, full bool) (Report, error) {
	books, err := store.Books(ctx, full)
	if err != nil {
		return Report{}, err
	}
	return audit(books, full), nil
}

func audit(b quartet.Books, full bool) Report {
	r := Report{Grants: len(b.Grants), Differences: []Difference{}}
	granted, taken := map[string]int64{}, map[string]int64{}
	for _, e := range b.Entries {
		switch e.Kind {
		case quartet.EntryGranted:
			granted[e.Grant] += e.Units
		case quartet.EntryWithdrawn:
			taken[e.Grant] += e.Units
		default:
		}
	}
	known := make(map[string]bool, len(b.Grants))
	check := func(grant, what string, book, sum int64) {
		if book != sum {
			r.Differences = append(r.Differences, Difference{grant, what, book, sum})
		}
	}
	for _, g := range b.Grants {
		known[g.ID] = true
		r.Used, r.Held, r.Left = r.Used+g.Used, r.Held+g.Held, r.Left+g.Left()
		check(g.ID, "units", g.Units, granted[g.ID])
		check(g.ID, "used", g.Used, b.Closed[g.ID]+b.Open[g.ID])
		check(g.ID, "held", g.Held, b.Held[g.ID])
		check(g.ID, "withdrawn", g.Withdrawn, taken[g.ID])
		if g.Used < 0 || g.Held < 0 || g.Withdrawn < 0 || g.Left() < 0 {
			r.Differences = append(r.Differences, Difference{g.ID, "bounds", g.Units, g.Used + g.Held + g.Withdrawn})
		}
		if full {
			check(g.ID, "closed days", b.Kept[g.ID], b.OldCalls[g.ID])
		}
	}
	r.Differences = append(r.Differences, bought(b)...)
	r.Differences = append(r.Differences, counted(b)...)
	for _, sums := range []map[string]int64{b.Held, b.Open, b.Closed} {
		for grant, n := range sums {
			if !known[grant] {
				r.Differences = append(r.Differences, Difference{grant, "units of a grant that does not exist", 0, n})
			}
		}
	}
	for _, found := range []struct {
		what  string
		count int64
	}{
		{"charged calls without a verdict", b.Uncovered},
		{"attempts of calls that do not exist", b.Stray},
		{"verdicts of suppliers that not exactly one attempt explains", b.Unwitnessed},
	} {
		if found.count > 0 {
			r.Differences = append(r.Differences, Difference{"", found.what, 0, found.count})
		}
	}
	return r
}

// dayGrace is how long after midnight a day may still receive calls that began in it.
const dayGrace = 10 * time.Minute

// CloseDays sums up the days that are over, oldest first, and returns how many. A day
// with a standing hold waits for the sweeper.
func (l *Ledger) CloseDays(ctx context.Context, store AuditStore) (int, error) {
	last, err := store.LastClosedDay(ctx)
	if err != nil {
		return 0, err
	}
	first, err := store.FirstCallDay(ctx)
	if err != nil || first < 0 {
		return 0, err
	}
	over := quartet.DayOf(l.opts.Now().Add(-dayGrace).Unix()) // this day is open
	closed := 0
	for day := max(first, last+1); day < over; day++ {
		// Acts of this day are refused from here on, so its sum cannot change below us.
		if err := l.forbid(ctx, day); err != nil {
			return closed, err
		}
		err := store.CloseDay(ctx, day, l.opts.Now().UnixMicro())
		if quartet.CodeOf(err) == quartet.ErrConflict {
			return closed, nil
		}
		if err != nil {
			return closed, err
		}
		closed++
	}
	return closed, nil
}

// forbid refuses charges of a day and waits until no batch that was judged before is
// still being committed.
func (l *Ledger) forbid(ctx context.Context, day int64) error {
	l.lastClosed.Store(day)
	return l.Check(ctx)
}
