package storetest

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"quartet"
	"quartet/internal/store"
)

func token(id, account, who string) quartet.Token {
	return quartet.Token{
		ID: id, Account: account, Who: who, Name: "对账 " + id, Scopes: []quartet.Scope{"usage:read", "calls:read"}, Hash: [32]byte{1, 2, 3},
		Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, CreatedAt: base, ExpiresAt: after(time.Hour),
	}
}

// makers brings in who makes tokens: p and q with an account each, q a developer at p's too, and
// the operators peng, who has the id of a person, and li.
func makers(t *testing.T, s *store.Store) {
	t.Helper()
	ctx := t.Context()
	register(t, s, "p", 1)
	register(t, s, "q", 2)
	must(t, s.Invite(ctx, quartet.Invitation{ID: "i", Account: "of p", Address: contact(9), Channel: quartet.ChannelMobile, Role: quartet.RoleDeveloper, By: "p", Created: base, Expires: after(time.Hour)}, message("m"), quartet.AuditEntry{}))
	must(t, s.Accept(ctx, "i", quartet.Member{Account: "of p", Person: "q", Role: quartet.RoleDeveloper, Since: base}, quartet.AuditEntry{}))
	must(t, s.CreateOperator(ctx, quartet.Operator{ID: "p", Name: "peng", Role: quartet.RoleAdministrator, CreatedAt: base}, quartet.AuditEntry{}))
	must(t, s.CreateOperator(ctx, quartet.Operator{ID: "li", Name: "li", Role: quartet.RoleSupport, CreatedAt: base}, quartet.AuditEntry{}))
}

func tokens(t *testing.T, open Database) {
	s, ctx, none := open(t), t.Context(), quartet.AuditEntry{}
	makers(t, s)
	first, second, house := token("1", "of p", "p"), token("2", "of p", "q"), token("3", "", "li")
	second.CreatedAt, second.Networks = after(time.Minute), nil
	for _, one := range []quartet.Token{second, first, house} {
		must(t, s.CreateToken(ctx, one, none))
	}
	wantCode(t, "an id twice", s.CreateToken(ctx, first, none), quartet.ErrConflict)
	same(t, "those of an account, oldest first", value(s.Tokens(ctx, "of p"))(t), []quartet.Token{first, second})
	same(t, "those of the house", value(s.Tokens(ctx, ""))(t), []quartet.Token{house})
	same(t, "one", value(s.Token(ctx, "3"))(t), house)
	_, err := s.Token(ctx, "4")
	wantCode(t, "one that is not", err, quartet.ErrNotFound)

	must(t, s.UseToken(ctx, "1", after(2*time.Minute)))
	must(t, s.UseToken(ctx, "1", after(time.Minute))) // late news
	first.LastUsedAt = after(2 * time.Minute)
	same(t, "used", value(s.Token(ctx, "1"))(t), first)

	must(t, s.RevokeToken(ctx, "1", after(time.Minute), none))
	first.RevokedAt = after(time.Minute)
	same(t, "revoked", value(s.Token(ctx, "1"))(t), first)
	wantCode(t, "twice", s.RevokeToken(ctx, "1", after(time.Hour), none), quartet.ErrNotFound)
	same(t, "it ended once", value(s.Token(ctx, "1"))(t), first)
}

// Nobody gets a token for a place that nobody has: one that is taken away meanwhile took its
// tokens along before this one was there.
func tokensOfNobody(t *testing.T, open Database) {
	s, ctx, none := open(t), t.Context(), quartet.AuditEntry{}
	makers(t, s)
	must(t, s.RemoveMember(ctx, "of p", "q", done("r", "member.remove", after(time.Minute))))
	must(t, s.RemoveOperator(ctx, "li", after(time.Minute), done("o", "operator.remove", after(time.Minute))))
	for what, k := range map[string]quartet.Token{
		"who left":                  token("1", "of p", "q"),
		"an operator who went":      token("2", "", "li"),
		"a person, of the house":    token("3", "", "q"),
		"somebody else's account":   token("4", "of q", "p"),
		"an operator of an account": token("5", "of q", "li"),
	} {
		wantCode(t, what, s.CreateToken(ctx, k, none), quartet.ErrForbidden)
	}
	wantCode(t, "an account that is not", s.CreateToken(ctx, token("6", "nobody's", "p"), none), quartet.ErrNotFound)
	q := value(s.Person(ctx, "q"))(t)
	q.Disabled = after(2 * time.Minute)
	must(t, s.ChangePerson(ctx, quartet.PersonChange{Person: q}, done("d", "person.disable", after(2*time.Minute))))
	wantCode(t, "who may not sign in", s.CreateToken(ctx, token("7", "of q", "q"), none), quartet.ErrForbidden)
	a := value(s.Account(ctx, "of p"))(t)
	a.SuspendedAt = after(time.Minute)
	must(t, s.UpdateAccount(ctx, a, done("s", "account.suspend", after(time.Minute))))
	wantCode(t, "of a suspended account", s.CreateToken(ctx, token("8", "of p", "p"), none), quartet.ErrForbidden)
	for _, account := range []string{"of p", "of q", ""} {
		same(t, "tokens of "+account, value(s.Tokens(ctx, account))(t), []quartet.Token(nil))
	}
}

// Somebody leaves while a token is made for them: whatever comes first, none stays in force.
func tokenAndPlaceAtOnce(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	makers(t, s)
	for i := range 20 {
		id := strconv.Itoa(i)
		var both sync.WaitGroup
		both.Go(func() {
			if err := s.CreateToken(ctx, token(id, "of p", "q"), done("c"+id, "token.create", base)); err != nil && quartet.CodeOf(err) != quartet.ErrForbidden {
				t.Error(err)
			}
		})
		both.Go(func() {
			if err := s.RemoveMember(ctx, "of p", "q", done("r"+id, "member.remove", after(time.Minute))); err != nil {
				t.Error(err)
			}
		})
		both.Wait()
		for _, k := range value(s.Tokens(ctx, "of p"))(t) {
			if !k.Revoked() {
				t.Fatalf("round %d: a token of nobody is in force", i)
			}
		}
		must(t, s.Invite(ctx, quartet.Invitation{ID: "i" + id, Account: "of p", Address: contact(9), Channel: quartet.ChannelMobile, Role: quartet.RoleDeveloper, By: "p", Created: base, Expires: after(time.Hour)}, message("m"+id), quartet.AuditEntry{}))
		must(t, s.Accept(ctx, "i"+id, quartet.Member{Account: "of p", Person: "q", Role: quartet.RoleDeveloper, Since: base}, quartet.AuditEntry{}))
	}
}

// Whoever goes, and whatever is shut, takes its tokens along, in the same transaction.
func endedTokens(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	makers(t, s)
	for _, one := range []quartet.Token{token("of p", "of p", "p"), token("of q", "of p", "q"), token("of q at home", "of q", "q"), token("of peng", "", "p"), token("of li", "", "li")} {
		must(t, s.CreateToken(ctx, one, quartet.AuditEntry{}))
	}
	live := func() (ids []string) {
		t.Helper()
		for _, account := range []string{"of p", "of q", ""} {
			for _, k := range value(s.Tokens(ctx, account))(t) {
				if !k.Revoked() {
					ids = append(ids, k.ID)
				}
			}
		}
		return ids
	}
	told := func(what string, actions ...string) {
		t.Helper()
		var got []string
		for _, e := range value(s.AuditEntries(ctx, len(actions)))(t) {
			got = append(got, e.Action+" "+e.Subject)
		}
		same(t, what, got, actions)
	}
	must(t, s.RemoveMember(ctx, "of p", "q", done("r", "member.remove", after(time.Minute))))
	same(t, "a person who left keeps those of other accounts", live(), []string{"of p", "of q at home", "of li", "of peng"})
	told("and the audit tells of both", "member.remove r", "token.revoke of q")

	a := value(s.Account(ctx, "of p"))(t)
	a.Rate.QPS = 5
	must(t, s.UpdateAccount(ctx, a, done("l", "account.limit", after(2*time.Minute))))
	same(t, "a limit ends none", live(), []string{"of p", "of q at home", "of li", "of peng"})
	a.SuspendedAt = after(3 * time.Minute)
	must(t, s.UpdateAccount(ctx, a, done("s", "account.suspend", after(3*time.Minute))))
	same(t, "a suspension ends those of the account", live(), []string{"of q at home", "of li", "of peng"})
	a.SuspendedAt = time.Time{}
	must(t, s.UpdateAccount(ctx, a, done("u", "account.resume", after(4*time.Minute))))
	same(t, "for good", live(), []string{"of q at home", "of li", "of peng"})

	must(t, s.RemoveOperator(ctx, "li", after(5*time.Minute), done("o", "operator.remove", after(5*time.Minute))))
	same(t, "an operator who went", live(), []string{"of q at home", "of peng"})
	q := value(s.Person(ctx, "q"))(t)
	q.Disabled = after(6 * time.Minute)
	must(t, s.ChangePerson(ctx, quartet.PersonChange{Person: q}, done("d", "person.disable", after(6*time.Minute))))
	same(t, "a person who may not sign in", live(), []string{"of peng"})
	p := value(s.Person(ctx, "p"))(t)
	p.Disabled = after(7 * time.Minute)
	must(t, s.ChangePerson(ctx, quartet.PersonChange{Person: p}, done("e", "person.disable", after(7*time.Minute))))
	same(t, "an operator is no person", live(), []string{"of peng"})
}

// What answers a stolen account ends what programs were let in by: a thief may have made one too.
// What people do for themselves ends none.
func answeredTokens(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	makers(t, s)
	minute := 0
	next := func(id, action string) quartet.AuditEntry {
		minute++
		e := done(id, action, after(time.Duration(minute)*time.Minute))
		e.ID += strconv.Itoa(minute) // some is done twice
		return e
	}
	// ends does one thing while p, q and both operators have tokens, and says whose it ended.
	ends := func(what string, want []string, do func() error) {
		t.Helper()
		round := " " + what
		for _, one := range []quartet.Token{token("of p"+round, "of p", "p"), token("of q"+round, "of p", "q"), token("of q at home"+round, "of q", "q"), token("of peng"+round, "", "p"), token("of li"+round, "", "li")} {
			must(t, s.CreateToken(ctx, one, quartet.AuditEntry{}))
		}
		must(t, do())
		var ended, told []string
		for _, account := range []string{"of p", "of q", ""} {
			for _, k := range value(s.Tokens(ctx, account))(t) {
				if whose, ok := strings.CutSuffix(k.ID, round); ok && k.Revoked() {
					ended = append(ended, whose)
				}
			}
		}
		for _, e := range value(s.AuditEntries(ctx, 1+len(want)))(t) {
			if whose, ok := strings.CutSuffix(e.Subject, round); ok && e.Action == "token.revoke" {
				told = append(told, whose)
			}
		}
		slices.Sort(ended)
		slices.Sort(told)
		same(t, what, ended, want)
		same(t, "the audit of: "+what, told, want)
	}
	li := []string{"of li"}
	factor := quartet.OperatorFactor{Sealed: []byte{1}, Since: base}
	ends("an own password", nil, func() error { return s.SetPassword(ctx, "li", "h", false, next("li", "operator.password")) })
	ends("a password that was given", li, func() error { return s.SetPassword(ctx, "li", "h", true, next("li", "operator.password")) })
	ends("a second factor", nil, func() error { return s.PutOperatorFactor(ctx, "li", factor, nil, next("li", "operator.enrol")) })
	ends("a second factor taken away", li, func() error { return s.RemoveOperatorFactor(ctx, "li", next("li", "operator.unenrol")) })
	ends("who it is elsewhere", li, func() error { return s.SetSignOn(ctx, "li", quartet.Fingerprint{7}, next("li", "operator.link")) })
	ends("another role", li, func() error { return s.SetOperatorRole(ctx, "li", quartet.RoleAuditor, next("li", "operator.role")) })
	asked := quartet.AskedRole{Role: quartet.RoleTreasurer, By: "peng", At: base}
	ends("a role that is asked for", nil, func() error { return s.AskOperatorRole(ctx, "li", asked, next("li", "operator.ask")) })
	ends("a role that is confirmed", li, func() error {
		return s.ConfirmOperatorRole(ctx, "li", quartet.RoleTreasurer, "wang", next("li", "operator.role"))
	})

	change := func(end bool) func() error {
		return func() error {
			q := value(s.Person(ctx, "q"))(t)
			q.Password += "1"
			return s.ChangePerson(ctx, quartet.PersonChange{Person: q, EndTokens: end}, next("q", "person.change"))
		}
	}
	ends("what a person changes", nil, change(false))
	ends("what answers a stolen account", []string{"of q", "of q at home"}, change(true))
	ends("another role in an account", nil, func() error {
		return s.SetRole(ctx, quartet.Member{Account: "of p", Person: "q", Role: quartet.RoleReader}, next("q", "member.role"))
	})
}
