package storetest

import (
	"testing"
	"time"

	"quartet"
)

func usage(t *testing.T, open Database) {
	s, ctx := leased(t, open), t.Context()
	const hour = quartet.HourSeconds
	refused := call(hour+9, 1, "a")
	refused.Code, refused.Verdict = quartet.CodeElement, quartet.NoVerdict
	match := charged(call(hour, 1, "a"), 2)
	counted := func(c quartet.Call, calls, units int64) quartet.Usage {
		return quartet.Usage{UsageKey: quartet.UsageOf(&c), Calls: calls, Units: units}
	}
	all := func(what string, want ...quartet.Usage) {
		t.Helper()
		same(t, what, value(s.Usage(ctx, "", 0, 0))(t), want)
	}

	mustPost(t, s, quartet.Postings{Calls: []quartet.Call{match, charged(call(hour+1, 1, "a"), 2), refused, call(2*hour, 1, "a"), call(hour, 2, "b")}})
	all("one batch", counted(match, 2, 4), counted(refused, 1, 0), counted(call(2*hour, 1, "a"), 1, 0), counted(call(hour, 2, "b"), 1, 0))

	late := refused
	late.SeqNo.N = 7
	mustPost(t, s, quartet.Postings{Calls: []quartet.Call{charged(call(hour+2, 1, "a"), 2)}, Unresolved: []quartet.Call{refused, late}})
	mustPost(t, s, quartet.Postings{Unresolved: []quartet.Call{late}})
	all("rows that stood are counted once", counted(match, 3, 6), counted(refused, 2, 0), counted(call(2*hour, 1, "a"), 1, 0), counted(call(hour, 2, "b"), 1, 0))

	same(t, "of an account and an hour", value(s.Usage(ctx, "a", 2, 3))(t), []quartet.Usage{counted(call(2*hour, 1, "a"), 1, 0)})
	same(t, "from an hour on", value(s.Usage(ctx, "", 2, 0))(t), []quartet.Usage{counted(call(2*hour, 1, "a"), 1, 0)})
	kinds := func(v quartet.UsageView) (calls, units int64) {
		for _, k := range v.Kinds {
			calls, units = calls+k.Calls, units+k.Units
		}
		return calls, units
	}
	slot := func(calls, units, match int64) quartet.UsageSlot {
		return quartet.UsageSlot{UsageSum: quartet.UsageSum{Calls: calls, Units: units}, Match: match}
	}
	for _, c := range []struct {
		name   string
		filter quartet.UsageFilter
		times  map[int64]quartet.UsageSlot
	}{
		{"by hour", quartet.UsageFilter{}, map[int64]quartet.UsageSlot{1: slot(6, 6, 4), 2: slot(1, 0, 1)}},
		{"by day", quartet.UsageFilter{Daily: true}, map[int64]quartet.UsageSlot{0: slot(7, 6, 5)}},
		{"of an account", quartet.UsageFilter{Account: "b"}, map[int64]quartet.UsageSlot{1: slot(1, 0, 1)}},
		{"of an hour", quartet.UsageFilter{From: 2, To: 3}, map[int64]quartet.UsageSlot{2: slot(1, 0, 1)}},
		{"of a code", quartet.UsageFilter{Code: quartet.CodeElement}, map[int64]quartet.UsageSlot{1: slot(2, 0, 0)}},
		{"of a verdict", quartet.UsageFilter{Verdict: quartet.Match, Account: "a", Product: "1887", Credential: "cred"}, map[int64]quartet.UsageSlot{1: slot(3, 6, 3), 2: slot(1, 0, 1)}},
		{"of nothing", quartet.UsageFilter{Product: "2"}, map[int64]quartet.UsageSlot{}},
	} {
		if got := value(s.UsageView(ctx, c.filter, false))(t); len(got.Kinds)+len(got.Accounts) > 0 {
			t.Errorf("what nobody asked for %s: %+v", c.name, got)
		}
		c.filter.Kinds = true
		v := value(s.UsageView(ctx, c.filter, true))(t)
		same(t, "added up "+c.name, v.Times, c.times)
		var sum, by quartet.UsageSum
		for _, u := range c.times {
			sum.Calls, sum.Units = sum.Calls+u.Calls, sum.Units+u.Units
		}
		for _, u := range v.Accounts {
			by.Calls, by.Units = by.Calls+u.Calls, by.Units+u.Units
		}
		calls, units := kinds(v)
		same(t, "the sums "+c.name, [2]quartet.UsageSum{{Calls: calls, Units: units}, by}, [2]quartet.UsageSum{sum, sum})
	}
	same(t, "of nobody", value(s.Usage(ctx, "nobody", 0, 0))(t), []quartet.Usage(nil))
	if err := s.Commit(ctx, quartet.Reading{}, func(quartet.Book) quartet.Postings {
		return quartet.Postings{Calls: []quartet.Call{call(2*hour, 9, "a"), match}} // has its row already
	}); err == nil {
		t.Fatal("a call was written twice")
	}
	all("a batch that fails counts nothing", counted(match, 3, 6), counted(refused, 2, 0), counted(call(2*hour, 1, "a"), 1, 0), counted(call(hour, 2, "b"), 1, 0))

	differs, doubtful := call(5*hour, 1, "c"), call(5*hour, 2, "c")
	differs.Verdict, doubtful.Verdict = quartet.Mismatch, quartet.Undetermined
	mustPost(t, s, quartet.Postings{Calls: []quartet.Call{differs, doubtful, call(5*hour, 3, "c"), call(5*hour, 4, "c")}})
	same(t, "verdict by verdict", value(s.UsageView(ctx, quartet.UsageFilter{Account: "c"}, false))(t).Times,
		map[int64]quartet.UsageSlot{5: {UsageSum: quartet.UsageSum{Calls: 4}, Match: 2, Mismatch: 1, Undetermined: 1}})
}

// What a month came to when its statement was given as final stays, whatever row comes later.
func statements(t *testing.T, open Database) {
	s, ctx := leased(t, open), t.Context()
	addAccounts(t, s, "a", "b")
	from, to := time.Date(2026, 3, 1, 0, 0, 0, 0, quartet.Shanghai), time.Date(2026, 4, 1, 0, 0, 0, 0, quartet.Shanghai)
	late := call(to.Unix()-60, 1, "a")
	late.Verdict, late.Code = quartet.NoVerdict, quartet.CodeDeadline
	mustPost(t, s, quartet.Postings{Calls: []quartet.Call{call(from.Unix(), 1, "a")}})
	b := value(s.StatementBook(ctx, "a", from, to))(t)
	same(t, "counted", []any{len(b.Usage), b.Final}, []any{1, false})
	same(t, "kept", value(s.FinishStatement(ctx, "a", from, to, b.Usage, base))(t), b.Usage)
	mustPost(t, s, quartet.Postings{Calls: []quartet.Call{late}})
	again := value(s.StatementBook(ctx, "a", from, to))(t)
	same(t, "after a late row", []any{again.Usage, again.Final}, []any{b.Usage, true})
	same(t, "who comes second", value(s.FinishStatement(ctx, "a", from, to, nil, base))(t), b.Usage)
	other := value(s.StatementBook(ctx, "a", from, to.AddDate(0, 1, 0)))(t)
	same(t, "another span", []any{len(other.Usage), other.Final}, []any{2, false})

	must(t, func() error { _, err := s.FinishStatement(ctx, "b", from, to, nil, base); return err }())
	empty := value(s.StatementBook(ctx, "b", from, to))(t)
	same(t, "a month without calls", []any{len(empty.Usage), empty.Final}, []any{0, true})
	same(t, "nobody's", value(s.FinishStatement(ctx, "nobody", from, to, b.Usage, base))(t), b.Usage)
	same(t, "nobody's is not kept", value(s.StatementBook(ctx, "nobody", from, to))(t).Final, false)
}
