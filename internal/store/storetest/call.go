package storetest

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"quartet"
	"quartet/internal/store"
)

func allCalls(t *testing.T, s *store.Store, f quartet.CallFilter) []quartet.Call {
	t.Helper()
	var list []quartet.Call
	must(t, s.Calls(t.Context(), f, func(c quartet.Call) error { list = append(list, c); return nil }))
	return list
}

func calls(t *testing.T, open Database) {
	s, ctx := leased(t, open), t.Context()
	refusal := call(10, 3, "b")
	refusal.Code, refusal.Verdict, refusal.Source, refusal.Sent = quartet.CodeElement, quartet.NoVerdict, "", false
	reused := call(12, 1, "a")
	reused.Reused, reused.Sent = true, false
	refusal.Nonce, refusal.Differs = int64(math.MaxInt64), quartet.NeedName|quartet.NeedMobile
	list := []quartet.Call{
		call(10, 2, "a"), refusal, charged(call(10, 1<<40, "a"), 2), call(11, 1, "b"), reused,
	}
	mustPost(t, s, quartet.Postings{Calls: []quartet.Call{list[4], list[1], list[0], list[3], list[2]}})
	pick := func(of ...int) []quartet.Call {
		var some []quartet.Call
		for _, i := range of {
			some = append(some, list[i])
		}
		return some
	}
	for _, c := range []struct {
		name   string
		filter quartet.CallFilter
		want   []quartet.Call
	}{
		{"all", quartet.CallFilter{}, list},
		{"of an account", quartet.CallFilter{Account: "b"}, pick(1, 3)},
		{"of nobody", quartet.CallFilter{Account: "nobody"}, nil},
		{"from a second on", quartet.CallFilter{From: 11}, pick(3, 4)},
		{"before a second", quartet.CallFilter{To: 11}, pick(0, 1, 2)},
		{"between", quartet.CallFilter{From: 11, To: 12}, pick(3)},
		{"after a call", quartet.CallFilter{After: list[1].SeqNo}, pick(2, 3, 4)},
		{"after the last", quartet.CallFilter{After: list[4].SeqNo}, nil},
		{"at most two", quartet.CallFilter{Limit: 2}, pick(0, 1)},
		{"the next two of an account", quartet.CallFilter{Account: "a", After: list[0].SeqNo, Limit: 2}, pick(2, 4)},
	} {
		same(t, c.name, allCalls(t, s, c.filter), c.want)
	}

	for _, c := range []struct {
		name   string
		filter quartet.CallFilter
		want   []quartet.Call
	}{
		{"all", quartet.CallFilter{}, pick(4, 3, 2, 1, 0)},
		{"of an account", quartet.CallFilter{Account: "b"}, pick(3, 1)},
		{"of a credential", quartet.CallFilter{Credential: "cred"}, pick(4, 3, 2, 1, 0)},
		{"of no credential", quartet.CallFilter{Credential: "none"}, nil},
		{"of a product", quartet.CallFilter{Product: "1887", Account: "a"}, pick(4, 2, 0)},
		{"of another product", quartet.CallFilter{Product: "2"}, nil},
		{"of a code", quartet.CallFilter{Code: quartet.CodeElement}, pick(1)},
		{"of a verdict", quartet.CallFilter{Verdict: quartet.Match, Account: "b"}, pick(3)},
		{"of a source", quartet.CallFilter{Source: "registry"}, pick(4, 3, 2, 0)},
		{"of another source", quartet.CallFilter{Source: "none"}, nil},
		{"between", quartet.CallFilter{From: 11, To: 12}, pick(3)},
		{"before a call", quartet.CallFilter{Before: list[2].SeqNo}, pick(1, 0)},
		{"before the first", quartet.CallFilter{Before: list[0].SeqNo}, nil},
		{"at most two before one", quartet.CallFilter{Before: list[4].SeqNo, Limit: 2}, pick(3, 2)},
	} {
		if c.filter.Limit == 0 {
			c.filter.Limit = 10
		}
		same(t, "newest first: "+c.name, value(s.LatestCalls(ctx, c.filter))(t), c.want)
		oldest := c.filter
		oldest.Limit = 0
		want := slices.Clone(c.want)
		if slices.Reverse(want); c.filter.Limit == 10 {
			same(t, "oldest first: "+c.name, allCalls(t, s, oldest), want)
		}
	}

	same(t, "found by its number", value(s.FindCall(ctx, list[2].SeqNo))(t), list[2])
	_, err := s.FindCall(ctx, quartet.SeqNo{Second: 10, N: 4})
	wantCode(t, "an unknown number", err, quartet.ErrNotFound)

	enough, seen := errors.New("enough"), 0
	err = s.Calls(ctx, quartet.CallFilter{}, func(quartet.Call) error { seen++; return enough })
	if !errors.Is(err, enough) || seen != 1 {
		t.Errorf("a reader that has enough: %v after %d", err, seen)
	}
}

// latestCalls looks back over many hours, most of which have no such call.
func latestCalls(t *testing.T, open Database) {
	s, ctx := leased(t, open), t.Context()
	var list, rare []quartet.Call
	for i := range 450 {
		c := call(int64(i)*quartet.HourSeconds+7, uint64(i+1), "a")
		if i%149 == 1 {
			c.Code, c.Verdict = quartet.CodeDeadline, quartet.NoVerdict
			rare = append([]quartet.Call{c}, rare...)
		}
		list = append(list, c, call(int64(i)*quartet.HourSeconds+7, uint64(i+1000), "b"))
	}
	mustPost(t, s, quartet.Postings{Calls: list})
	same(t, "a rare kind", value(s.LatestCalls(ctx, quartet.CallFilter{Account: "a", Code: quartet.CodeDeadline, Limit: 50}))(t), rare)
	var seen []quartet.Call
	for f := (quartet.CallFilter{Account: "a", Limit: 7}); ; {
		page := value(s.LatestCalls(ctx, f))(t)
		if seen = append(seen, page...); len(page) < f.Limit {
			break
		}
		f.Before = page[len(page)-1].SeqNo
		// What comes meanwhile is on no later page.
		mustPost(t, s, quartet.Postings{Calls: []quartet.Call{call(1000*quartet.HourSeconds, uint64(len(seen)), "a")}})
	}
	if len(seen) != 450 || !slices.IsSortedFunc(seen, func(x, y quartet.Call) int { return int(y.SeqNo.Second - x.SeqNo.Second) }) {
		t.Errorf("page by page there are %d calls", len(seen))
	}
}

// findingCalls asks for calls of all kinds among others in the same minutes, whole and page by
// page, and compares with what each filter says.
func findingCalls(t *testing.T, open Database) {
	s, ctx := leased(t, open), t.Context()
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same at every run
	one := func(of ...string) string { return of[r.IntN(len(of))] }
	kinds := []struct {
		code    quartet.Code
		verdict quartet.Verdict
	}{{quartet.CodeOK, quartet.Match}, {quartet.CodeOK, quartet.Mismatch}, {quartet.CodeDeadline, quartet.NoVerdict}}
	var all []quartet.Call
	for i := range uint64(1500) {
		c := call((3+r.Int64N(5)*r.Int64N(5))*quartet.HourSeconds+r.Int64N(90)*41, i+1, one("a", "a", "b", "c"))
		kind := kinds[r.IntN(len(kinds))]
		c.Code, c.Verdict, c.Product, c.Source = kind.code, kind.verdict, one("1887", "1888"), one("registry", "shumai")
		if c.Credential = one("x", "y"); c.Account == "c" { // more kinds in an hour than are read at once
			c.SeqNo.Second, c.Credential = 9*quartet.HourSeconds+r.Int64N(quartet.HourSeconds), fmt.Sprint("z", i)
		}
		all = append(all, c)
	}
	mustPost(t, s, quartet.Postings{Calls: all[:700]})
	mustPost(t, s, quartet.Postings{Calls: all[700:1400], Unresolved: all[1400:]})
	slices.SortFunc(all, func(x, y quartet.Call) int { return compareSeqNos(x.SeqNo, y.SeqNo) })

	for i := range 150 {
		f := quartet.CallFilter{
			Account: one("", "a", "a", "b", "c"), Product: one("", "", "1888"), Credential: one("", "", "x"), Source: one("", "", "shumai"),
		}
		if r.IntN(3) == 0 {
			f.Code = quartet.CodeDeadline
		}
		if r.IntN(3) == 0 {
			f.Verdict = quartet.Mismatch
		}
		if r.IntN(3) == 0 {
			f.From = r.Int64N(20 * quartet.HourSeconds)
		}
		if r.IntN(3) == 0 {
			f.To = f.From + r.Int64N(12*quartet.HourSeconds)
		}
		from, what := all[r.IntN(len(all))].SeqNo, fmt.Sprintf("filter %d: %+v", i, f)
		older, later := f, f
		if r.IntN(2) == 0 {
			older.Before, later.After = from, from
		}
		same(t, "oldest first, "+what, numbersOf(allCalls(t, s, later)), numbersOf(chosen(all, later)))
		want := chosen(all, older)
		slices.Reverse(want)
		older.Limit = 1 + r.IntN(400)
		var pages []quartet.Call
		for {
			page := value(s.LatestCalls(ctx, older))(t)
			if pages = append(pages, page...); len(page) < older.Limit {
				break
			}
			older.Before = page[len(page)-1].SeqNo
		}
		same(t, "page by page from the newest back, "+what, numbersOf(pages), numbersOf(want))
	}
}

func compareSeqNos(x, y quartet.SeqNo) int {
	return cmp.Or(cmp.Compare(x.Second, y.Second), cmp.Compare(x.N, y.N))
}

func numbersOf(list []quartet.Call) (numbers []quartet.SeqNo) {
	for i := range list {
		numbers = append(numbers, list[i].SeqNo)
	}
	return numbers
}

// chosen are the calls that a filter says, in their order.
func chosen(all []quartet.Call, f quartet.CallFilter) (list []quartet.Call) {
	fits := func(wanted, is string) bool { return wanted == "" || wanted == is }
	for i := range all {
		c := &all[i]
		if fits(f.Account, c.Account) && fits(f.Product, c.Product) && fits(f.Credential, c.Credential) && fits(f.Source, c.Source) &&
			(f.Code == 0 || f.Code == c.Code) && (f.Verdict == quartet.NoVerdict || f.Verdict == c.Verdict) &&
			c.SeqNo.Second >= f.From && (f.To == 0 || c.SeqNo.Second < f.To) &&
			(f.After.IsZero() || compareSeqNos(c.SeqNo, f.After) > 0) && (f.Before.IsZero() || compareSeqNos(c.SeqNo, f.Before) < 0) {
			list = append(list, *c)
		}
	}
	return list
}

// longListing is longer than the chunks in which the store reads.
func longListing(t *testing.T, open Database) {
	const length = 4500
	s := leased(t, open)
	list := make([]quartet.Call, length)
	for i := range list {
		list[i] = call(int64(i/7), uint64(i%7+1), "a")
	}
	mustPost(t, s, quartet.Postings{Calls: list})
	for _, limit := range []int{0, 2000, 2001, 4000, 4499, length, length + 1} {
		got := allCalls(t, s, quartet.CallFilter{Limit: limit})
		want := length
		if limit > 0 {
			want = min(limit, length)
		}
		if len(got) != want {
			t.Errorf("limit %d: %d calls, want %d", limit, len(got), want)
		}
		for i := range got {
			if got[i].SeqNo != list[i].SeqNo {
				t.Fatalf("limit %d: call %d is %v, want %v", limit, i, got[i].SeqNo, list[i].SeqNo)
			}
		}
	}
}
