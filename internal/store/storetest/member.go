package storetest

import (
	"sync"
	"testing"
	"time"

	"quartet"
)

func members(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	register(t, s, "p", 1)
	register(t, s, "q", 2)
	join := func(person string, role quartet.Role) {
		t.Helper()
		id := "to " + person + string(role) + time.Now().String()
		must(t, s.Invite(ctx, quartet.Invitation{ID: id, Account: "of p", Address: contact(9), Channel: quartet.ChannelMobile, Role: role, By: "p", Created: base, Expires: after(time.Hour)}, message("m"+id), quartet.AuditEntry{}))
		must(t, s.Accept(ctx, id, quartet.Member{Account: "of p", Person: person, Role: role, Since: after(time.Second)}, quartet.AuditEntry{}))
	}
	lone := quartet.Member{Account: "of p", Person: "p", Role: quartet.RoleReader}
	wantCode(t, "the last owner takes another role", s.SetRole(ctx, lone, done("p", "member.role", base)), quartet.ErrConflict)
	wantCode(t, "the last owner leaves", s.RemoveMember(ctx, "of p", "p", done("p", "member.remove", base)), quartet.ErrConflict)
	same(t, "no entry", len(value(s.AuditEntries(ctx, 10))(t)), 2)

	join("q", quartet.RoleFinance)
	same(t, "whoever came first stands first", value(s.Members(ctx, "of p"))(t), []quartet.Member{
		{Account: "of p", Person: "p", Role: quartet.RoleOwner, Since: base}, {Account: "of p", Person: "q", Role: quartet.RoleFinance, Since: after(time.Second)},
	})
	same(t, "a person in two accounts", len(value(s.Memberships(ctx, "q"))(t)), 2)
	wantCode(t, "still the last owner", s.SetRole(ctx, lone, done("p", "member.role", base)), quartet.ErrConflict)
	must(t, s.SetRole(ctx, quartet.Member{Account: "of p", Person: "q", Role: quartet.RoleOwner}, done("q", "member.role", base)))

	// An owner who may not sign in is none.
	q := value(s.Person(ctx, "q"))(t)
	q.Disabled = base
	must(t, s.ChangePerson(ctx, quartet.PersonChange{Person: q}, quartet.AuditEntry{}))
	wantCode(t, "the other owner is disabled", s.RemoveMember(ctx, "of p", "p", done("p", "member.remove", base)), quartet.ErrConflict)
	q.Disabled, q.Version = time.Time{}, q.Version+1
	must(t, s.ChangePerson(ctx, quartet.PersonChange{Person: q}, quartet.AuditEntry{}))

	// Of two owners who leave at once, one stays.
	var leaving sync.WaitGroup
	errs := make([]error, 2)
	for i, id := range []string{"p", "q"} {
		leaving.Go(func() { errs[i] = s.RemoveMember(ctx, "of p", id, done(id, "member.leave", base)) })
	}
	leaving.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Errorf("they leave with %v and %v", errs[0], errs[1])
	}
	same(t, "one is left", len(value(s.Members(ctx, "of p"))(t)), 1)
	wantCode(t, "a stranger", s.RemoveMember(ctx, "of p", "nobody", done("x", "member.leave", base)), quartet.ErrNotFound)
	wantCode(t, "a role for a stranger", s.SetRole(ctx, quartet.Member{Account: "of p", Person: "nobody", Role: quartet.RoleOwner}, done("x", "member.role", base)), quartet.ErrNotFound)
}

func invitations(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	register(t, s, "p", 1)
	register(t, s, "q", 2)
	invite := func(id string, at time.Duration) quartet.Invitation {
		t.Helper()
		i := quartet.Invitation{ID: id, Account: "of p", Address: contact(2), Channel: quartet.ChannelEmail, Role: quartet.RoleReader, By: "p", Created: after(at), Expires: after(time.Hour)}
		must(t, s.Invite(ctx, i, message("m"+id), done(id, "invitation.send", after(at))))
		return i
	}
	first := invite("1", 0)
	same(t, "open", value(s.InvitationsTo(ctx, first.Address.Hash, base))(t), []quartet.Invitation{first})
	same(t, "its time is over", value(s.InvitationsTo(ctx, first.Address.Hash, after(time.Hour)))(t), []quartet.Invitation(nil))
	second := invite("2", time.Minute)
	first.Ended = second.Created
	same(t, "the second takes the place of the first", value(s.Invitations(ctx, "of p", 10))(t), []quartet.Invitation{second, first})

	place := quartet.Member{Account: "of p", Person: "q", Role: quartet.RoleReader, Since: after(2 * time.Minute)}
	wantCode(t, "the first one", s.Accept(ctx, "1", place, done("1", "invitation.accept", base)), quartet.ErrConflict)
	late := place
	late.Since = after(time.Hour)
	wantCode(t, "too late", s.Accept(ctx, "2", late, done("2", "invitation.accept", base)), quartet.ErrConflict)
	must(t, s.Accept(ctx, "2", place, done("2", "invitation.accept", base)))
	second.Ended, second.Person = place.Since, "q"
	same(t, "taken", value(s.Invitation(ctx, "2"))(t), second)
	wantCode(t, "twice", s.Accept(ctx, "2", place, done("2", "invitation.again", base)), quartet.ErrConflict)
	invite("3", 3*time.Minute)
	wantCode(t, "who is there already", s.Accept(ctx, "3", place, done("3", "invitation.accept", base)), quartet.ErrConflict)
	same(t, "and it stays open", value(s.Invitation(ctx, "3"))(t).Ended.IsZero(), true)
	wantCode(t, "withdrawn by another account", s.EndInvitation(ctx, "of q", "3", after(time.Minute), done("3", "invitation.end", base)), quartet.ErrNotFound)
	must(t, s.EndInvitation(ctx, "of p", "3", after(4*time.Minute), done("3", "invitation.end", base)))
	wantCode(t, "withdrawn twice", s.EndInvitation(ctx, "of p", "3", after(4*time.Minute), done("3", "invitation.twice", base)), quartet.ErrNotFound)

	// Whoever registers by an invitation gets no account of his own.
	i := invite("4", 5*time.Minute)
	must(t, s.PutCode(ctx, sentCode("code r", 3), message("message r")))
	r := quartet.Registration{
		Person: person("r", 3), Member: quartet.Member{Account: "of p", Person: "r", Role: i.Role, Since: base}, Code: "code r", Invitation: "4",
	}
	must(t, s.Register(ctx, r, done("r", "person.register", base)))
	same(t, "its place", value(s.Memberships(ctx, "r"))(t), []quartet.Member{r.Member})
	must(t, s.PutCode(ctx, sentCode("code s", 4), message("message s")))
	r.Person, r.Member.Person, r.Code = person("s", 4), "s", "code s"
	wantCode(t, "an invitation that was taken", s.Register(ctx, r, done("s", "person.register", base)), quartet.ErrConflict)
}
