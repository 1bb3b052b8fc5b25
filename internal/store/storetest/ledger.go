package storetest

import (
	"testing"
	"time"

	"quartet"
)

func grants(t *testing.T, open Database) {
	s, ctx := leased(t, open), t.Context()
	addAccounts(t, s, "a", "b")
	young, old := grant("1", "a", 10, after(time.Minute)), grant("2", "a", 20, base)
	other := grant("3", "b", 30, base)
	other.Trial, other.Priority, other.FrozenAt = true, -4, after(time.Second)
	old.Paid = 50_000
	entries := []quartet.Entry{
		{ID: "e2", Grant: "2", Kind: quartet.EntryGranted, Units: 20, Note: "到店赠送", At: base},
		{ID: "e1", Grant: "1", Kind: quartet.EntryGranted, Units: 10, At: after(time.Minute)},
	}
	mustPost(t, s, quartet.Postings{Opened: []quartet.Grant{young, old, other}, Entries: entries})
	same(t, "of one account, oldest first", value(s.Grants(ctx, "a"))(t), []quartet.Grant{old, young})
	same(t, "of all", value(s.Grants(ctx, ""))(t), []quartet.Grant{old, other, young})
	same(t, "entries of all, oldest first", value(s.Entries(ctx, ""))(t), entries)
	same(t, "entries of one", value(s.Entries(ctx, "1"))(t), entries[1:])

	changed := old
	changed.Used, changed.Held, changed.Withdrawn = 3, 4, 5
	changed.ExpiresAt, changed.FrozenAt = after(24*time.Hour), after(time.Hour)
	wanted := changed
	changed.Units, changed.Account, changed.Origin, changed.Paid = 999, "b", "forged", 1 // what never changes is not written
	mustPost(t, s, quartet.Postings{Changed: []quartet.Grant{changed}})
	same(t, "changed", value(s.Grants(ctx, "a"))(t), []quartet.Grant{wanted, young})

	wantCode(t, "a grant of nobody", post(ctx, s, quartet.Postings{Opened: []quartet.Grant{grant("4", "nobody", 1, base)}}), quartet.ErrConflict)
	wantCode(t, "an id that is taken", post(ctx, s, quartet.Postings{Opened: []quartet.Grant{grant("1", "b", 1, base)}}), quartet.ErrConflict)
	wantCode(t, "an entry of no grant", post(ctx, s, quartet.Postings{Entries: []quartet.Entry{{ID: "e9", Grant: "9", At: base}}}), quartet.ErrConflict)
}

func reading(t *testing.T, open Database) {
	s := leased(t, open)
	addAccounts(t, s, "a", "b", "c")
	free, spent, elsewhere := grant("free", "a", 2, base), grant("spent", "a", 2, base), grant("elsewhere", "b", 2, base)
	held := grant("held", "b", 2, base)
	spent.Used, held.Held = 2, 2
	h, kept := hold(1, "held", "b"), claim(1, after(time.Hour))
	h.Claim = quartet.Claim{Key: quartet.Fingerprint{2}, Request: quartet.Fingerprint{3}, SeqNo: h.SeqNo, ExpiresAt: after(time.Hour)}
	mustPost(t, s, quartet.Postings{Opened: []quartet.Grant{free, spent, elsewhere, held, grant("c", "c", 1, base)}, Held: []quartet.Hold{h}, Claims: []quartet.Claim{kept}})
	for _, c := range []struct {
		name  string
		need  quartet.Reading
		want  []string
		holds int
		keys  []quartet.Claim
	}{
		{"nothing", quartet.Reading{}, nil, 0, nil},
		{"an account: what is not used up", quartet.Reading{Accounts: []string{"a"}}, []string{"free"}, 0, nil},
		{"two accounts: units that are held may come free", quartet.Reading{Accounts: []string{"a", "b"}}, []string{"elsewhere", "free", "held"}, 0, nil},
		{"a grant: whatever its state", quartet.Reading{Grants: []string{"spent"}}, []string{"spent"}, 0, nil},
		{"a hold that stands, and one that does not", quartet.Reading{Holds: []quartet.SeqNo{h.SeqNo, {Second: 1, N: 9}}, Grants: []string{"held"}}, []string{"held"}, 1, nil},
		{"unknown names", quartet.Reading{Accounts: []string{"nobody"}, Grants: []string{"none"}}, nil, 0, nil},
		{"keys: of a verdict, of a hold, of nobody", quartet.Reading{Claims: []quartet.Fingerprint{kept.Key, h.Claim.Key, {9}}}, nil, 0, []quartet.Claim{kept, h.Claim}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var book quartet.Book
			must(t, s.Commit(t.Context(), c.need, func(b quartet.Book) quartet.Postings { book = b; return quartet.Postings{} }))
			got := map[string]bool{}
			for i := range book.Grants {
				got[book.Grants[i].ID] = true
			}
			want := map[string]bool{}
			for _, id := range c.want {
				want[id] = true
			}
			same(t, "grants", got, want)
			if len(book.Holds) != c.holds {
				t.Errorf("%d holds, want %d", len(book.Holds), c.holds)
			}
			same(t, "keys", book.Claims, c.keys)
		})
	}
}

func whole(t *testing.T, open Database) {
	s, ctx := leased(t, open), t.Context()
	addAccounts(t, s, "a")
	g := grant("g", "a", 5, base)
	first := charged(call(100, 1, "a"), 1)
	mustPost(t, s, quartet.Postings{Opened: []quartet.Grant{g}, Calls: []quartet.Call{first}})
	g.Used = 3
	err := post(ctx, s, quartet.Postings{
		Opened:  []quartet.Grant{grant("new", "a", 1, base)},
		Entries: []quartet.Entry{{ID: "e", Grant: "g", Kind: quartet.EntryFrozen, At: base}},
		Changed: []quartet.Grant{g},
		Held:    []quartet.Hold{hold(7, "g", "a")},
		Claims:  []quartet.Claim{claim(5, base)},
		Calls:   []quartet.Call{charged(call(101, 1, "a"), 1), first}, // the last is there already
	})
	wantCode(t, "a number that is taken", err, quartet.ErrConflict)
	g.Used = 0
	same(t, "grants", value(s.Grants(ctx, ""))(t), []quartet.Grant{g})
	same(t, "entries", len(value(s.Entries(ctx, ""))(t)), 0)
	same(t, "holds", len(value(s.Holds(ctx, base.Add(time.Hour).UnixMicro(), 0))(t)), 0)
	same(t, "calls", allCalls(t, s, quartet.CallFilter{}), []quartet.Call{first})
	if _, found, err := s.FindClaim(ctx, quartet.Fingerprint{5}); found || err != nil {
		t.Errorf("the claim of a batch that failed: %v, %v", found, err)
	}
	// The writer is as good as before.
	mustPost(t, s, quartet.Postings{Calls: []quartet.Call{call(102, 1, "a")}})

	// Of many calls, wherever the one stands that is there already.
	for place := range uint64(21) {
		list := []quartet.Call{}
		for n := range uint64(21) {
			if n == place {
				list = append(list, first)
			}
			list = append(list, call(103, n, "a"))
		}
		wantCode(t, "a number that is taken among many", post(ctx, s, quartet.Postings{Calls: list}), quartet.ErrConflict)
		same(t, "calls after it", len(allCalls(t, s, quartet.CallFilter{})), 2)
		same(t, "counts after it", value(s.UsageView(ctx, quartet.UsageFilter{}, false))(t).Times, map[int64]quartet.UsageSlot{0: {UsageSum: quartet.UsageSum{Calls: 2, Units: 1}, Match: 2}})
	}
}

func bounds(t *testing.T, open Database) {
	s, ctx := leased(t, open), t.Context()
	addAccounts(t, s, "a")
	g := grant("g", "a", 10, base)
	mustPost(t, s, quartet.Postings{Opened: []quartet.Grant{g}})
	for _, c := range []struct {
		name                  string
		used, held, withdrawn int64
	}{
		{"used beyond the units", 11, 0, 0},
		{"held beyond the units", 0, 11, 0},
		{"withdrawn beyond the units", 0, 0, 11},
		{"all three beyond the units", 4, 4, 3},
		{"used below zero", -1, 0, 0},
		{"held below zero", 5, -1, 0},
		{"withdrawn below zero", 5, 0, -1},
	} {
		bad := g
		bad.Used, bad.Held, bad.Withdrawn = c.used, c.held, c.withdrawn
		wantCode(t, c.name, post(ctx, s, quartet.Postings{Changed: []quartet.Grant{bad}}), quartet.ErrConflict)
		bad.ID = "opened"
		wantCode(t, c.name+", at its opening", post(ctx, s, quartet.Postings{Opened: []quartet.Grant{bad}}), quartet.ErrConflict)
	}
	wantCode(t, "a grant of nothing", post(ctx, s, quartet.Postings{Opened: []quartet.Grant{grant("0", "a", 0, base)}}), quartet.ErrConflict)
	empty := hold(1, "g", "a")
	empty.Units = 0
	wantCode(t, "a hold of nothing", post(ctx, s, quartet.Postings{Held: []quartet.Hold{empty}}), quartet.ErrConflict)
	wantCode(t, "a charge below zero", post(ctx, s, quartet.Postings{Calls: []quartet.Call{charged(call(1, 1, "a"), -1)}}), quartet.ErrConflict)
	full := g
	full.Used, full.Held, full.Withdrawn = 4, 3, 3
	mustPost(t, s, quartet.Postings{Changed: []quartet.Grant{full}})
	same(t, "exactly all units", value(s.Grants(ctx, ""))(t), []quartet.Grant{full})
}
