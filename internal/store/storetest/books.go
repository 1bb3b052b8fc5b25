package storetest

import (
	"testing"

	"quartet"
)

func books(t *testing.T, open Database) {
	s, ctx := leased(t, open), t.Context()
	same(t, "no day is closed", value(s.LastClosedDay(ctx))(t), int64(-1))
	same(t, "no call, no first day", value(s.FirstCallDay(ctx))(t), int64(-1))

	addAccounts(t, s, "a")
	day := quartet.DayOf(base.Unix())
	from, to := quartet.DayStart(day), quartet.DayStart(day+1)
	h, g := hold(9, "g", "a"), grant("g", "a", 100, base)
	g.Used, g.Held = 10, 1
	entry := quartet.Entry{ID: "e", Grant: "g", Kind: quartet.EntryGranted, Units: 100, At: base}
	stray := charged(call(to+1, 2, "a"), 1)
	stray.Code, stray.Verdict = quartet.CodeDeadline, quartet.NoVerdict
	old := charged(call(from+2, 1, "a"), 4)
	old.Code, old.Verdict = stray.Code, stray.Verdict
	mustPost(t, s, quartet.Postings{
		Opened: []quartet.Grant{g}, Entries: []quartet.Entry{entry}, Held: []quartet.Hold{h},
		Calls: []quartet.Call{
			charged(call(from, 1, "a"), 2), charged(call(to-1, 1, "a"), 3), // the day's first and last second
			call(from+1, 1, "a"), // costs nothing
			stray, old,           // no verdicts, of the next day and of this one
		},
	})
	same(t, "the first day", value(s.FirstCallDay(ctx))(t), day)
	want := quartet.Books{
		Grants: []quartet.Grant{g}, Entries: []quartet.Entry{entry}, Held: map[string]int64{"g": 1},
		Open: map[string]int64{"g": 10}, Closed: map[string]int64{}, Uncovered: 2,
	}
	same(t, "books of open days", value(s.Books(ctx, false))(t), want)

	wantCode(t, "a day on which a hold stands", s.CloseDay(ctx, day, 1), quartet.ErrConflict)
	same(t, "it stays open", value(s.LastClosedDay(ctx))(t), int64(-1))
	mustPost(t, s, quartet.Postings{Ended: []quartet.SeqNo{h.SeqNo}})
	must(t, s.CloseDay(ctx, day, 1))
	wantCode(t, "a day that is closed", s.CloseDay(ctx, day, 1), quartet.ErrConflict)
	same(t, "the last closed day", value(s.LastClosedDay(ctx))(t), day)

	want.Held, want.Open, want.Closed = map[string]int64{}, map[string]int64{"g": 1}, map[string]int64{"g": 9}
	want.Uncovered = 1
	same(t, "books after closing", value(s.Books(ctx, false))(t), want)
	want.OldCalls, want.Uncovered = map[string]int64{"g": 9}, 2
	same(t, "full books", value(s.Books(ctx, true))(t), want)
}
