package storetest

import (
	"testing"

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
	for _, c := range []struct {
		name   string
		filter quartet.UsageFilter
		times  map[int64]quartet.UsageSum
	}{
		{"by hour", quartet.UsageFilter{}, map[int64]quartet.UsageSum{1: {Calls: 6, Units: 6}, 2: {Calls: 1}}},
		{"by day", quartet.UsageFilter{Daily: true}, map[int64]quartet.UsageSum{0: {Calls: 7, Units: 6}}},
		{"of an account", quartet.UsageFilter{Account: "b"}, map[int64]quartet.UsageSum{1: {Calls: 1}}},
		{"of an hour", quartet.UsageFilter{From: 2, To: 3}, map[int64]quartet.UsageSum{2: {Calls: 1}}},
		{"of a code", quartet.UsageFilter{Code: quartet.CodeElement}, map[int64]quartet.UsageSum{1: {Calls: 2}}},
		{"of a verdict", quartet.UsageFilter{Verdict: quartet.Match, Account: "a", Product: "1887", Credential: "cred"}, map[int64]quartet.UsageSum{1: {Calls: 3, Units: 6}, 2: {Calls: 1}}},
		{"of nothing", quartet.UsageFilter{Product: "2"}, map[int64]quartet.UsageSum{}},
	} {
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
}
