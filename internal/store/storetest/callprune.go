package storetest

import (
	"testing"
	"time"

	"quartet"
)

func pruning(t *testing.T, open Database) {
	s, ctx := leased(t, open), t.Context()
	addAccounts(t, s, "a", "b")
	day := quartet.DayOf(base.Unix())
	from, next := quartet.DayStart(day), quartet.DayStart(day+1)
	g := grant("g", "a", 10_000, base.AddDate(0, -1, 0))
	g.ExpiresAt = base.AddDate(1, 0, 0)
	var list []quartet.Call
	for i := range uint64(1200) { // more than two chunks
		c := charged(call(from+int64(i), 1, "a"), 1)
		c.Attempts = []quartet.Attempt{verdictOf("shumai", quartet.Match, 1)}
		list = append(list, c)
	}
	kept := charged(call(next, 1, "a"), 3)
	kept.Attempts = []quartet.Attempt{verdictOf("shumai", quartet.Match, 1)}
	late := charged(call(next+24*60*60, 1, "a"), 2) // of a day that stays open
	list = append(list, kept, late, call(from, 9, "b"))
	g.Used = 1205
	mustPost(t, s, quartet.Postings{
		Opened: []quartet.Grant{g}, Calls: list,
		Entries: []quartet.Entry{{ID: "e", Grant: "g", Kind: quartet.EntryGranted, Units: 10_000, At: g.CreatedAt, Until: g.ExpiresAt}},
	})
	wantCode(t, "a day that is open", s.PruneThrough(ctx, day), quartet.ErrConflict)
	same(t, "nothing goes of itself", value(s.PruneCalls(ctx))(t), int64(0))
	must(t, s.CloseDay(ctx, day, 1))
	must(t, s.CloseDay(ctx, day+1, 1))
	month := [2]time.Time{time.Date(2026, 3, 1, 0, 0, 0, 0, quartet.Shanghai), time.Date(2026, 4, 1, 0, 0, 0, 0, quartet.Shanghai)}
	statement := value(s.StatementBook(ctx, "a", month[0], month[1]))(t)
	same(t, "the units of the month", statement.Within, map[string]int64{"g": 1205})
	before := value(s.Books(ctx, true))(t)
	same(t, "all of closed days is kept", [2]map[string]int64{before.Kept, before.OldCalls}, [2]map[string]int64{{"g": 1203}, {"g": 1203}})

	must(t, s.PruneThrough(ctx, day))
	must(t, s.PruneThrough(ctx, day-9)) // it never goes back
	check := func(what string) {
		t.Helper()
		b := value(s.Books(ctx, true))(t)
		same(t, what+": of closed days", [3]map[string]int64{b.Closed, b.Kept, b.OldCalls}, [3]map[string]int64{{"g": 1203}, {"g": 3}, {"g": 3}})
		sum := map[string]quartet.UsageSum{"a": {Calls: 2, Units: 5}}
		same(t, what+": counted and kept", [2]map[string]quartet.UsageSum{b.Counted, b.Rows}, [2]map[string]quartet.UsageSum{sum, sum})
		same(t, what+": closed both ways", [2]map[string]int64{b.CountedClosed, b.SummedClosed}, [2]map[string]int64{{"a": 1203}, {"a": 1203}})
		same(t, what+": no stray attempt", b.Stray, int64(0))
		same(t, what+": the month", value(s.StatementBook(ctx, "a", month[0], month[1]))(t), statement)
		same(t, what+": what is found", value(s.LatestCalls(ctx, quartet.CallFilter{Limit: 2, To: next + 1}))(t)[:1], []quartet.Call{bare(kept)})
	}
	check("before the first goes")
	var gone []int64
	for n := int64(1); n > 0; {
		n = value(s.PruneCalls(ctx))(t)
		gone = append(gone, n)
		check("on the way")
	}
	same(t, "they go in chunks", gone, []int64{500, 500, 201, 0})
	same(t, "the calls that stay", allCalls(t, s, quartet.CallFilter{}), []quartet.Call{bare(kept), bare(late)})
	same(t, "the first day", value(s.FirstCallDay(ctx))(t), day+1)
	same(t, "the attempts of one that went", len(value(s.Attempts(ctx, list[0].SeqNo))(t)), 0)
	same(t, "the attempts of one that stays", len(value(s.Attempts(ctx, kept.SeqNo))(t)), 1)
	same(t, "counts stay", len(value(s.Usage(ctx, "b", 0, 0))(t)), 1)
}

// bare is a call as its row tells it, without its attempts.
func bare(c quartet.Call) quartet.Call {
	c.Attempts = nil
	return c
}
