package storetest

import (
	"testing"
	"time"

	"quartet"
	"quartet/internal/store"
)

func node(t *testing.T, open Database) {
	ctx := t.Context()
	first, second := open(t), open(t)
	lease := func(what string, s *store.Store, owner, session string, at time.Time, want quartet.ErrorCode) {
		t.Helper()
		_, _, err := s.LeaseNode(ctx, owner, session, at)
		wantCode(t, what, err, want)
	}
	_, newest, err := first.LeaseNode(ctx, "here", "1", base)
	must(t, err)
	same(t, "no call is newest", newest, int64(0))
	mustPost(t, first, quartet.Postings{Calls: []quartet.Call{call(77, 1, "a"), call(76, 9, "a")}})

	lease("another folder while the first lives", second, "there", "2", after(14*time.Second), quartet.ErrLocked)
	must(t, first.RenewNode(ctx, after(14*time.Second)))
	lease("another folder after a renewal", second, "there", "2", after(28*time.Second), quartet.ErrLocked)

	must(t, first.ReleaseNode(ctx))
	_, newest, err = second.LeaseNode(ctx, "there", "2", after(28*time.Second))
	must(t, err)
	same(t, "the newest call", newest, int64(77))

	// What has lost its number can neither renew nor commit, nor give away what is not its.
	wantCode(t, "a renewal by the loser", first.RenewNode(ctx, after(29*time.Second)), quartet.ErrInternal)
	lost := quartet.Postings{Calls: []quartet.Call{call(78, 1, "a")}}
	_ = first.ReleaseNode(ctx) // whatever it says
	must(t, second.RenewNode(ctx, after(30*time.Second)))
	lease("another folder after the loser gave up", open(t), "elsewhere", "9", after(31*time.Second), quartet.ErrLocked)
	if first.Engine() == "postgres" { // on SQLite the folder's lock keeps a second process out
		wantCode(t, "a batch by the loser", post(ctx, first, lost), quartet.ErrInternal)
		mustPost(t, second, lost)
	}
	third := open(t)
	late := time.Now().Add(time.Minute) // a batch tells the time by the clock
	lease("another folder, once it went silent", third, "here", "3", late, "")
	lease("the same folder takes over at once", third, "here", "4", late, "")
}

func reopen(t *testing.T, open Database) {
	ctx := t.Context()
	s := leased(t, open)
	addAccounts(t, s, "a")
	g := grant("g", "a", 3, base)
	mustPost(t, s, quartet.Postings{Opened: []quartet.Grant{g}, Calls: []quartet.Call{call(5, 1, "a")}})
	version := value(s.Version(ctx))(t)
	must(t, s.Close())
	for range 2 {
		s = open(t)
		same(t, "version", value(s.Version(ctx))(t), version)
		same(t, "grants", value(s.Grants(ctx, ""))(t), []quartet.Grant{g})
		same(t, "calls", allCalls(t, s, quartet.CallFilter{}), []quartet.Call{call(5, 1, "a")})
	}
}
