package storetest

import (
	"testing"
	"time"

	"quartet"
	"quartet/internal/store"
)

func contact(n byte) quartet.Contact {
	return quartet.Contact{Hash: quartet.Fingerprint{n, 1}, Sealed: []byte{n, 0, 255}}
}

func person(id string, n byte) quartet.Person {
	return quartet.Person{ID: id, Name: "人" + id, Email: contact(n), Password: "$argon2id$" + id, Epoch: 1, Created: base}
}

func sentCode(id string, n byte) quartet.SentCode {
	return quartet.SentCode{
		ID: id, Purpose: quartet.PurposeSignUp, Channel: quartet.ChannelEmail, Address: contact(n), Hash: quartet.Fingerprint{n, 2},
		Created: base, Expires: after(10 * time.Minute),
	}
}

func message(id string) quartet.Message {
	return quartet.Message{ID: id, Channel: quartet.ChannelEmail, Kind: "code.signup", Sealed: []byte{7, 0}, Created: base, Expires: after(10 * time.Minute)}
}

func done(id, action string, at time.Time) quartet.AuditEntry {
	return quartet.AuditEntry{ID: id + action, At: at, Actor: "tester", Action: action, Subject: id}
}

// register brings a person with an account of its own in.
func register(t *testing.T, s *store.Store, id string, n byte) quartet.Person {
	t.Helper()
	must(t, s.PutCode(t.Context(), sentCode("code "+id, n), message("message "+id)))
	p := person(id, n)
	must(t, s.Register(t.Context(), quartet.Registration{
		Person: p, Account: account("of "+id, base), Member: quartet.Member{Account: "of " + id, Person: id, Role: quartet.RoleOwner, Since: base}, Code: "code " + id,
	}, done(id, "person.register", base)))
	return p
}

func people(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	before := value(s.Version(ctx))(t)
	p := register(t, s, "p", 1)
	same(t, "found by id", value(s.Person(ctx, "p"))(t), p)
	same(t, "found by address", value(s.PersonAt(ctx, p.Email.Hash))(t), p)
	same(t, "its place", value(s.Memberships(ctx, "p"))(t), []quartet.Member{{Account: "of p", Person: "p", Role: quartet.RoleOwner, Since: base}})
	same(t, "its account", value(s.Accounts(ctx))(t), []quartet.Account{account("of p", base)})
	same(t, "the directory of callers, of whom it is none yet", value(s.Version(ctx))(t), before)
	same(t, "by id or by name", value(s.AccountsCalled(ctx, "house of p", "nobody", "of p"))(t), []quartet.Account{account("of p", base)})
	same(t, "nobody's", value(s.AccountsCalled(ctx, "nobody"))(t), []quartet.Account(nil))
	same(t, "none", value(s.AccountsCalled(ctx))(t), []quartet.Account(nil))
	same(t, "who did it", value(s.AuditEntries(ctx, 10))(t), []quartet.AuditEntry{done("p", "person.register", base)})

	again := quartet.Registration{
		Person: person("q", 2), Account: account("of q", base), Member: quartet.Member{Account: "of q", Person: "q", Role: quartet.RoleOwner, Since: base}, Code: "code p",
	}
	wantCode(t, "a code that was used", s.Register(ctx, again, done("q", "person.register", base)), quartet.ErrReplayed)
	must(t, s.PutCode(ctx, sentCode("code q", 1), message("message q")))
	again.Code, again.Person.Email = "code q", contact(1)
	wantCode(t, "an address that is taken", s.Register(ctx, again, done("q", "person.register", base)), quartet.ErrConflict)
	again.Person.Email, again.Account.Name = contact(2), "house of p"
	wantCode(t, "an account that is there", s.Register(ctx, again, done("q", "person.register", base)), quartet.ErrConflict)
	same(t, "nothing is left of what failed", []int{len(value(s.Accounts(ctx))(t)), len(value(s.AuditEntries(ctx, 10))(t))}, []int{1, 1})
	_, err := s.Person(ctx, "q")
	wantCode(t, "nobody came", err, quartet.ErrNotFound)
	_, err = s.PersonAt(ctx, quartet.Fingerprint{9})
	wantCode(t, "an address of nobody", err, quartet.ErrNotFound)

	// Many have no mobile, or no e-mail address.
	again.Account.Name = "q's"
	again.Person.Email, again.Person.Mobile = quartet.Contact{}, contact(2)
	must(t, s.Register(ctx, again, done("q", "person.register", base)))
	register(t, s, "r", 3)
	same(t, "by mobile", value(s.PersonAt(ctx, contact(2).Hash))(t), again.Person)

	lost := person("s", 4)
	lost.Email = quartet.Contact{}
	must(t, s.PutCode(ctx, sentCode("code s", 4), message("message s")))
	wantCode(t, "a person without any address", s.Register(ctx, quartet.Registration{
		Person: lost, Account: account("of s", base), Member: quartet.Member{Account: "of s", Person: "s", Role: quartet.RoleOwner}, Code: "code s",
	}, quartet.AuditEntry{}), quartet.ErrConflict)
}

func peopleChange(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	p := register(t, s, "p", 1)
	register(t, s, "q", 2)
	stale := p

	p.Name, p.Password, p.Epoch, p.Mobile = "新名", "$argon2id$new", 2, contact(5)
	p.TOTP = quartet.TOTP{Sealed: []byte{1, 2}, Since: after(time.Minute), Step: 77}
	p.Disabled = after(time.Hour)
	news := message("news")
	must(t, s.ChangePerson(ctx, quartet.PersonChange{Person: p, Recovery: []quartet.Fingerprint{{1}, {2}}, Messages: []quartet.Message{news}}, done("p", "person.change", base)))
	p.Version = 1
	same(t, "all of it was written", value(s.Person(ctx, "p"))(t), p)
	same(t, "and its message", value(s.Message(ctx, "news"))(t), news)
	same(t, "and its recovery codes", value(s.RecoveryLeft(ctx, "p"))(t), int64(2))

	wantCode(t, "a change of what was read before", s.ChangePerson(ctx, quartet.PersonChange{Person: stale}, done("p", "person.again", base)), quartet.ErrConflict)
	taken := p
	taken.Email = contact(2)
	wantCode(t, "an address of somebody else", s.ChangePerson(ctx, quartet.PersonChange{Person: taken}, done("p", "person.again", base)), quartet.ErrConflict)
	wantCode(t, "a code that was used", s.ChangePerson(ctx, quartet.PersonChange{Person: p, Code: "code p"}, done("p", "person.again", base)), quartet.ErrReplayed)
	same(t, "nothing came of these", value(s.Person(ctx, "p"))(t), p)

	left, err := s.UseRecovery(ctx, "p", quartet.Fingerprint{1}, done("p", "recovery.use", base))
	must(t, err)
	same(t, "one is left", left, int64(1))
	_, err = s.UseRecovery(ctx, "p", quartet.Fingerprint{1}, done("p", "recovery.again", base))
	wantCode(t, "twice", err, quartet.ErrNotFound)
	_, err = s.UseRecovery(ctx, "q", quartet.Fingerprint{2}, done("q", "recovery.use", base))
	wantCode(t, "somebody else's", err, quartet.ErrNotFound)

	must(t, s.ChangePerson(ctx, quartet.PersonChange{Person: p}, done("p", "person.third", base)))
	same(t, "recovery codes stay", value(s.RecoveryLeft(ctx, "p"))(t), int64(1))
	p.Version = 2
	must(t, s.ChangePerson(ctx, quartet.PersonChange{Person: p, Recovery: []quartet.Fingerprint{}}, done("p", "person.fourth", base)))
	same(t, "and go when others take their place", value(s.RecoveryLeft(ctx, "p"))(t), int64(0))
}

func codes(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	c := sentCode("c", 1)
	must(t, s.PutCode(ctx, c, message("m")))
	same(t, "its job", value(s.Jobs(ctx, quartet.JobWaiting, "", 10))(t), []quartet.Job{{ID: "m", Kind: "mail.send", Key: "m", State: quartet.JobWaiting, NextAt: base, Created: base}})
	for try := 1; try <= quartet.MaxCodeTries; try++ {
		got, err := s.TryCode(ctx, "c", base)
		must(t, err)
		c.Tries = try
		same(t, "as it was sent", got, c)
	}
	_, err := s.TryCode(ctx, "c", base)
	wantCode(t, "once too often", err, quartet.ErrLimited)
	_, err = s.TryCode(ctx, "none", base)
	wantCode(t, "a code that nobody asked for", err, quartet.ErrNotFound)
	late := sentCode("late", 2)
	late.Person = "p"
	must(t, s.PutCode(ctx, late, message("m2")))
	_, err = s.TryCode(ctx, "late", after(10*time.Minute))
	wantCode(t, "too late", err, quartet.ErrExpired)
	register(t, s, "p", 3)
	_, err = s.TryCode(ctx, "code p", base)
	wantCode(t, "used", err, quartet.ErrReplayed)

	one, two := quartet.Throttle{Key: quartet.Fingerprint{1}, Max: 2, Span: time.Minute}, quartet.Throttle{Key: quartet.Fingerprint{2}, Max: 9, Span: time.Hour}
	minute, hour := after(time.Minute).Truncate(time.Microsecond), after(time.Hour).Truncate(time.Microsecond)
	same(t, "first", value(s.Try(ctx, base, two, one))(t), []quartet.Tried{{Times: 1, Until: hour}, {Times: 1, Until: minute}})
	s = open(t)
	same(t, "second, after a restart", value(s.Try(ctx, after(59*time.Second), one))(t), []quartet.Tried{{Times: 2, Until: minute}})
	same(t, "third: its time does not grow", value(s.Try(ctx, after(59*time.Second), one))(t), []quartet.Tried{{Times: 3, Until: minute}})
	same(t, "told, without counting, of what was tried and what was not", value(s.Tried(ctx, after(59*time.Second), one.Key, quartet.Fingerprint{8}))(t), []quartet.Tried{{Times: 3, Until: minute}, {}})
	same(t, "told of what is over", value(s.Tried(ctx, after(time.Minute), one.Key))(t), []quartet.Tried{{}})
	must(t, s.Forgive(ctx, nil, []quartet.Fingerprint{one.Key, {8}}))
	same(t, "one was taken back", value(s.Try(ctx, after(59*time.Second), one))(t)[0].Times, int64(3))
	same(t, "its time is over", value(s.Try(ctx, after(time.Minute), one, two))(t), []quartet.Tried{{Times: 1, Until: after(2 * time.Minute)}, {Times: 2, Until: hour}})
	must(t, s.Forgive(ctx, []quartet.Fingerprint{two.Key}, nil))
	same(t, "forgotten", value(s.Try(ctx, after(time.Minute), two))(t)[0].Times, int64(1))

	must(t, s.TidyPeople(ctx, after(25*time.Hour)))
	_, err = s.TryCode(ctx, "c", base)
	wantCode(t, "what was over is gone", err, quartet.ErrNotFound)
}

func ceremonies(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	c := quartet.Ceremony{ID: quartet.Fingerprint{1}, Kind: "signin", Person: "p", Sealed: []byte{1, 0}, Expires: after(time.Minute)}
	must(t, s.PutCeremony(ctx, c))
	same(t, "seen", value(s.Ceremony(ctx, c.ID, base))(t), c)
	_, err := s.Ceremony(ctx, c.ID, after(time.Minute))
	wantCode(t, "its time is over", err, quartet.ErrNotFound)
	_, err = s.TakeCeremony(ctx, c.ID, after(time.Minute))
	wantCode(t, "taken too late", err, quartet.ErrNotFound)
	same(t, "taken", value(s.TakeCeremony(ctx, c.ID, base))(t), c)
	_, err = s.TakeCeremony(ctx, c.ID, base)
	wantCode(t, "taken twice", err, quartet.ErrNotFound)
	must(t, s.PutCeremony(ctx, c))
	must(t, s.TidyPeople(ctx, after(time.Minute)))
	must(t, s.PutCeremony(ctx, c))
}

func passkeys(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	p, q := register(t, s, "p", 1), register(t, s, "q", 2)
	second := quartet.Passkey{ID: "k2", Person: "p", Name: "手机", Hash: quartet.Fingerprint{2}, Sealed: []byte{2}, Created: after(time.Second)}
	first := quartet.Passkey{ID: "k1", Person: "p", Name: "电脑", Hash: quartet.Fingerprint{1}, Sealed: []byte{1, 0}, Count: 5, Created: base}
	must(t, s.AddPasskey(ctx, second, quartet.PersonChange{Person: p, Recovery: []quartet.Fingerprint{{1}}}, done("k2", "passkey.add", base)))
	p.Version++
	must(t, s.AddPasskey(ctx, first, quartet.PersonChange{Person: p}, done("k1", "passkey.add", base)))
	p.Version++
	same(t, "oldest first", value(s.Passkeys(ctx, "p"))(t), []quartet.Passkey{first, second})
	stolen := first
	stolen.ID, stolen.Person = "k3", "q"
	wantCode(t, "a key that is registered", s.AddPasskey(ctx, stolen, quartet.PersonChange{Person: q}, done("k3", "passkey.add", base)), quartet.ErrConflict)

	first.Count, first.Sealed, first.LastUsed = 6, []byte{6}, after(time.Minute)
	must(t, s.UsePasskey(ctx, first))
	wantCode(t, "the same count again", s.UsePasskey(ctx, first), quartet.ErrReplayed)
	second.LastUsed = after(time.Minute)
	must(t, s.UsePasskey(ctx, second))
	must(t, s.UsePasskey(ctx, second)) // does not count
	same(t, "used", value(s.Passkeys(ctx, "p"))(t), []quartet.Passkey{first, second})

	wantCode(t, "removing somebody else's", s.RemovePasskey(ctx, "k1", quartet.PersonChange{Person: q}, done("k1", "passkey.remove", base)), quartet.ErrNotFound)
	must(t, s.RemovePasskey(ctx, "k1", quartet.PersonChange{Person: p}, done("k1", "passkey.remove", base)))
	same(t, "one is left", value(s.Passkeys(ctx, "p"))(t), []quartet.Passkey{second})
}

func messages(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	m := message("m")
	must(t, s.PutMessages(ctx, m, message("other")))
	same(t, "as it was written", value(s.Message(ctx, "m"))(t), m)
	same(t, "two jobs", len(value(s.Jobs(ctx, quartet.JobWaiting, "", 10))(t)), 2)
	must(t, s.EndMessage(ctx, "m", after(time.Second)))
	m.Sealed, m.Sent = nil, after(time.Second)
	same(t, "sent, and erased", value(s.Message(ctx, "m"))(t), m)
	wantCode(t, "an unknown one", s.EndMessage(ctx, "none", base), quartet.ErrNotFound)
	must(t, s.TidyPeople(ctx, after(10*time.Minute)))
	same(t, "what came too late is erased", value(s.Message(ctx, "other"))(t).Sealed, []byte(nil))
	must(t, s.TidyPeople(ctx, after(91*24*time.Hour)))
	_, err := s.Message(ctx, "m")
	wantCode(t, "after 90 days", err, quartet.ErrNotFound)
}
