package storetest

import (
	"testing"
	"time"

	"quartet"
)

func session(hash string, seen time.Duration) quartet.Session {
	return quartet.Session{
		ID: "id of " + hash, Hash: hash, Who: "zhang", Operator: true, Epoch: 3, Factor: true,
		CreatedAt: base, ProvedAt: after(time.Minute), SeenAt: after(seen), EndsAt: after(12 * time.Hour), Origin: "192.0.2.7", Agent: "browser",
	}
}

func sessions(t *testing.T, open Database) {
	s, ctx, none := open(t), t.Context(), quartet.AuditEntry{}
	first, second, theirs := session("h1", time.Minute), session("h2", time.Hour), session("h3", 0)
	theirs.Operator, theirs.Account, theirs.Factor = false, "a", false // a person who has the operator's id
	for _, one := range []quartet.Session{first, second, theirs} {
		must(t, s.BeginSession(ctx, one, "", none))
	}
	wantCode(t, "a token twice", s.BeginSession(ctx, first, "", none), quartet.ErrConflict)
	same(t, "by its hash", value(s.Session(ctx, "h3"))(t), theirs)
	same(t, "those of the operator, last seen first", value(s.Sessions(ctx, "zhang", true))(t), []quartet.Session{second, first})
	same(t, "those of the person", value(s.Sessions(ctx, "zhang", false))(t), []quartet.Session{theirs})

	must(t, s.SeeSession(ctx, "h1", after(2*time.Hour)))
	must(t, s.SeeSession(ctx, "h1", after(time.Hour))) // late news
	first.SeenAt = after(2 * time.Hour)
	same(t, "seen", value(s.Session(ctx, "h1"))(t), first)

	next := first
	next.ID, next.Hash = "id of h4", "h4"
	must(t, s.BeginSession(ctx, next, "h1", none))
	_, err := s.Session(ctx, "h1")
	wantCode(t, "the one that was replaced", err, quartet.ErrNotFound)
	twin := next
	twin.ID, twin.Hash = "id of h5", "h5"
	wantCode(t, "one that was replaced before", s.BeginSession(ctx, twin, "h1", none), quartet.ErrUnauthenticated)
	_, err = s.Session(ctx, "h5")
	wantCode(t, "nothing of it was written", err, quartet.ErrNotFound)

	stranger := next
	stranger.Who = "li"
	wantCode(t, "somebody else's", s.EndSession(ctx, stranger, none), quartet.ErrUnauthenticated)
	must(t, s.EndSession(ctx, next, none))
	wantCode(t, "one that has ended", s.EndSession(ctx, next, none), quartet.ErrUnauthenticated)
	must(t, s.SeeSession(ctx, "h4", after(3*time.Hour)))
	_, err = s.Session(ctx, "h4")
	wantCode(t, "it stays ended", err, quartet.ErrNotFound)

	must(t, s.PruneSessions(ctx, after(time.Hour), after(time.Minute)))
	_, err = s.Session(ctx, "h3")
	wantCode(t, "not seen for long", err, quartet.ErrNotFound)
	same(t, "the rest stands", value(s.Session(ctx, "h2"))(t), second)
	must(t, s.PruneSessions(ctx, after(12*time.Hour), base))
	_, err = s.Session(ctx, "h2")
	wantCode(t, "over", err, quartet.ErrNotFound)
}
