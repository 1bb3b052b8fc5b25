package usage_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"quartet"
	"quartet/internal/usage"
)

// book is what stands of a month.
type book struct {
	usage.Store
	kept quartet.StatementBook
}

func (b book) StatementBook(context.Context, string, time.Time, time.Time) (quartet.StatementBook, error) {
	return b.kept, nil
}

func (book) FinishStatement(_ context.Context, _ string, _, _ time.Time, counts []quartet.StatementUsage, _ time.Time) ([]quartet.StatementUsage, error) {
	return counts, nil
}

func TestStatement_TellsWhatTimeTookAndGaveBack(t *testing.T) {
	t.Parallel()
	at := func(month time.Month, day int) time.Time {
		return time.Date(2026, month, day, 0, 0, 0, 0, quartet.Shanghai)
	}
	began := func(until time.Time) quartet.Entry {
		return quartet.Entry{Grant: "g", Kind: quartet.EntryGranted, Units: 10, At: at(1, 5), Until: until}
	}
	moved := func(when, until time.Time) quartet.Entry {
		return quartet.Entry{Grant: "g", Kind: quartet.EntryExpiry, At: when, Until: until}
	}
	withdrawn := func(when time.Time, units int64) quartet.Entry {
		return quartet.Entry{Grant: "g", Kind: quartet.EntryWithdrawn, Units: units, At: when}
	}
	for _, c := range []struct {
		name           string
		created        time.Time
		entries        []quartet.Entry
		before, within int64
		want           quartet.StatementGrant
	}{
		{"nothing happens", at(1, 5), []quartet.Entry{began(at(9, 1))}, 1, 2, quartet.StatementGrant{ExpiresAt: at(9, 1), Opening: 9, Used: 2, Closing: 7}},
		{"it begins", at(3, 5), []quartet.Entry{{Grant: "g", Kind: quartet.EntryGranted, Units: 10, At: at(3, 5), Until: at(9, 1)}}, 0, 2, quartet.StatementGrant{ExpiresAt: at(9, 1), Given: 10, Used: 2, Closing: 8}},
		{"a call of the month took from what began a moment later", at(4, 1), []quartet.Entry{{Grant: "g", Kind: quartet.EntryGranted, Units: 10, At: at(4, 1), Until: at(9, 1)}}, 0, 1, quartet.StatementGrant{ExpiresAt: at(9, 1), Given: 10, Used: 1, Closing: 9}},
		{"and the month after goes on from there", at(3, 1), []quartet.Entry{{Grant: "g", Kind: quartet.EntryGranted, Units: 10, At: at(3, 1), Until: at(9, 1)}}, 1, 0, quartet.StatementGrant{ExpiresAt: at(9, 1), Opening: 9, Closing: 9}},
		{"it expires", at(1, 5), []quartet.Entry{began(at(3, 20))}, 1, 2, quartet.StatementGrant{ExpiresAt: at(3, 20), Opening: 9, Used: 2, Expired: 7}},
		{"it expires with the month", at(1, 5), []quartet.Entry{began(at(4, 1))}, 1, 2, quartet.StatementGrant{ExpiresAt: at(4, 1), Opening: 9, Used: 2, Expired: 7}},
		{"a renewal gives back what had expired", at(1, 5), []quartet.Entry{began(at(2, 1)), moved(at(3, 7), at(9, 1))}, 1, 2, quartet.StatementGrant{ExpiresAt: at(9, 1), Restored: 9, Used: 2, Closing: 7}},
		{"a later renewal changes nothing here", at(1, 5), []quartet.Entry{began(at(3, 20)), moved(at(5, 1), at(9, 1))}, 1, 2, quartet.StatementGrant{ExpiresAt: at(3, 20), Opening: 9, Used: 2, Expired: 7}},
		{"units are withdrawn", at(1, 5), []quartet.Entry{began(at(9, 1)), withdrawn(at(2, 2), 1), withdrawn(at(3, 2), 3)}, 1, 2, quartet.StatementGrant{ExpiresAt: at(9, 1), Opening: 8, Used: 2, Withdrawn: 3, Closing: 3}},
		{"what is withdrawn after it expired was gone", at(1, 5), []quartet.Entry{began(at(3, 10)), withdrawn(at(3, 12), 7)}, 1, 2, quartet.StatementGrant{ExpiresAt: at(3, 10), Opening: 9, Used: 2, Expired: 7}},
	} {
		g := quartet.Grant{ID: "g", Units: 10, CreatedAt: c.created, ExpiresAt: at(12, 1)}
		d := usage.New(usage.Options{Store: book{kept: quartet.StatementBook{
			Grants: []quartet.Grant{g}, Entries: c.entries, Before: map[string]int64{"g": c.before}, Within: map[string]int64{"g": c.within}, Closed: true,
		}}, Now: func() time.Time { return at(10, 1) }})
		s, err := d.Statement(t.Context(), "a", "2026-03")
		if err != nil {
			t.Fatal(err)
		}
		c.want.Grant = "g"
		if diff := cmp.Diff([]quartet.StatementGrant{c.want}, s.Grants); diff != "" || !s.Final {
			t.Errorf("%s: final %v\n%s", c.name, s.Final, diff)
		}
	}
}

func TestParseDays_TakesWholeSpansAndNoOthers(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 0, 30, 0, 0, quartet.Shanghai)
	for _, c := range []struct{ from, to, want string }{
		{"", "", "2026-03-01 2026-03-02"},
		{"2026-02-27", "", "2026-02-27 2026-03-02"},
		{"", "2026-01-31", "2026-01-30 2026-01-31"},
		{"2026-03-09", "", "2026-03-09 2026-03-09"},
		{"2026-02-30", "", "from"},
		{"", "yesterday", "to"},
		{"2026-03-02", "2026-03-01", "to"},
		{"2025-01-01", "2026-01-01", ""},
	} {
		d, err := usage.ParseDays(c.from, c.to, 2, 365, now)
		got := usage.DayText(d.From) + " " + usage.DayText(d.To)
		if e, ok := err.(*quartet.Error); ok { //nolint:errorlint // as it comes from there
			got = e.Field
		}
		if got != c.want {
			t.Errorf("%q to %q: %q, want %q (%v)", c.from, c.to, got, c.want, err)
		}
	}
}
