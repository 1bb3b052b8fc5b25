package storetest

import (
	"testing"
	"time"

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
		Counted: map[string]quartet.UsageSum{"a": {Calls: 5, Units: 10}}, Rows: map[string]quartet.UsageSum{"a": {Calls: 5, Units: 10}},
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
	want.Counted = map[string]quartet.UsageSum{"a": {Calls: 1, Units: 1}}
	want.Rows = want.Counted
	same(t, "books after closing", value(s.Books(ctx, false))(t), want)
	want.OldCalls, want.Uncovered = map[string]int64{"g": 9}, 2
	want.Kept, want.CountedClosed, want.SummedClosed = want.OldCalls, map[string]int64{"a": 9}, map[string]int64{"a": 9}
	want.Counted = map[string]quartet.UsageSum{"a": {Calls: 5, Units: 10}}
	want.Rows = want.Counted
	same(t, "full books", value(s.Books(ctx, true))(t), want)
}

// missing is the evidence that the audit counts.
func missing(t *testing.T, open Database) {
	s, ctx := leased(t, open), t.Context()
	second := base.Unix()
	supplier, local := source(t, "shumai"), source(t, "registry")
	supplier.CreatedAt, local.Kind = base.Add(-time.Minute), quartet.SourceRegistry
	must(t, s.CreateSource(ctx, supplier, quartet.AuditEntry{}))
	must(t, s.CreateSource(ctx, local, quartet.AuditEntry{}))
	n := uint64(0)
	of := func(change func(*quartet.Call), list ...quartet.Attempt) quartet.Call {
		n++
		c := call(second, n, "a")
		c.Source, c.Attempts = "shumai", list
		change(&c)
		return c
	}
	as := func(*quartet.Call) {}
	verdict, other := verdictOf("shumai", quartet.Match, 1), verdictOf("shumai", quartet.Mismatch, 1)
	good := []quartet.Call{
		of(as, failedOf("tencent", "busy", quartet.ChargedNo, 1), verdict), // its one attempt
		of(as, verdictOf("tencent", quartet.Match, 1), verdict),
		of(func(c *quartet.Call) { c.Reused = true }), // nobody was asked
		of(func(c *quartet.Call) { c.Source = "registry" }),
		of(func(c *quartet.Call) { c.Sent = false }), // the sandbox
		of(func(c *quartet.Call) { c.Verdict, c.Code = quartet.NoVerdict, quartet.CodeDeadline }, failedOf("shumai", "timeout", quartet.ChargedUnknown, 1)),
		of(func(c *quartet.Call) { c.At = base.Add(-time.Hour) }), // from before the source was kept here
		of(func(c *quartet.Call) { c.Source = "gone" }),
	}
	mustPost(t, s, quartet.Postings{Calls: good})
	count := func(full bool) [2]int64 {
		b := value(s.Books(ctx, full))(t)
		return [2]int64{b.Stray, b.Unwitnessed}
	}
	same(t, "nothing is missing", count(true), [2]int64{})
	bad := []quartet.Call{of(as), of(as, other), of(as, verdict, verdict), of(as, failedOf("shumai", "timeout", quartet.ChargedUnknown, 1))}
	mustPost(t, s, quartet.Postings{Calls: bad})
	same(t, "no attempt, another verdict, two attempts, a failure", count(false), [2]int64{0, 4})

	must(t, s.CloseDay(ctx, quartet.DayOf(second), 1))
	same(t, "of open days", count(false), [2]int64{})
	same(t, "of all days", count(true), [2]int64{0, 4})
}
