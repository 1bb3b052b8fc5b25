package quota_test

import (
	"slices"
	"testing"

	"quartet"
	"quartet/internal/quota"
)

func TestAudit_FindsCallsThatWereCountedOtherwiseThanTheyStand(t *testing.T) {
	t.Parallel()
	sums := func(calls, units int64) map[string]quartet.UsageSum {
		return map[string]quartet.UsageSum{"a": {Calls: calls, Units: units}, "b": {Calls: 1}}
	}
	units := func(n int64) map[string]int64 { return map[string]int64{"a": n} }
	for _, c := range []struct {
		name            string
		counted, rows   map[string]quartet.UsageSum
		counts, summary map[string]int64
		want            []string
	}{
		{"all the same", sums(3, 2), sums(3, 2), units(7), units(7), nil},
		{"a call that was not counted", sums(2, 2), sums(3, 2), units(7), units(7), []string{"calls, as counted and by their rows, of account a: 2 in the book, 3 by its rows"}},
		{"units that were not counted", sums(3, 1), sums(3, 2), units(7), units(7), []string{"units, as counted and by the rows of calls, of account a: 1 in the book, 2 by its rows"}},
		{"rows that are gone", sums(3, 2), map[string]quartet.UsageSum{"b": {Calls: 1}}, units(7), units(7), []string{
			"calls, as counted and by their rows, of account a: 3 in the book, 0 by its rows", "units, as counted and by the rows of calls, of account a: 2 in the book, 0 by its rows",
		}},
		{"a call of nobody who was counted", map[string]quartet.UsageSum{"b": {Calls: 1}}, sums(3, 0), units(7), units(7), []string{"calls, as counted and by their rows, of account a: 3"}},
		{"closed days that sum up otherwise", sums(3, 2), sums(3, 2), units(7), units(8), []string{"units, by the hour and by closed days, of account a: 7 in the book, 8 by its rows"}},
	} {
		r, err := quota.Audit(t.Context(), read{books: quartet.Books{Counted: c.counted, Rows: c.rows, CountedClosed: c.counts, SummedClosed: c.summary}}, true)
		if err != nil {
			t.Fatal(err)
		}
		var found []string
		for _, d := range r.Differences {
			found = append(found, d.String())
		}
		if !slices.Equal(found, c.want) {
			t.Errorf("%s: %q, want %q", c.name, found, c.want)
		}
	}
}

// A full audit of closed days compares those alone whose calls are kept.
func TestAudit_ProvesNothingFromCallsThatAreGone(t *testing.T) {
	t.Parallel()
	books := quartet.Books{
		Grants: []quartet.Grant{{ID: "g", Units: 10, Used: 5, Origin: "gift"}}, Entries: []quartet.Entry{{Grant: "g", Kind: quartet.EntryGranted, Units: 10}},
		Closed: map[string]int64{"g": 5}, Kept: map[string]int64{"g": 2}, OldCalls: map[string]int64{"g": 2},
	}
	if r, err := quota.Audit(t.Context(), read{books: books}, true); err != nil || len(r.Differences) > 0 {
		t.Errorf("%v, %v", r.Differences, err)
	}
	books.OldCalls = map[string]int64{"g": 1}
	if r, err := quota.Audit(t.Context(), read{books: books}, true); err != nil || len(r.Differences) != 1 || r.Differences[0].What != "closed days" {
		t.Errorf("a call that is missing: %v, %v", r.Differences, err)
	}
}
