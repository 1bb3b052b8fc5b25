package storetest

import (
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"quartet"
)

func operators(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	entry := func(n string, d time.Duration) quartet.AuditEntry {
		return quartet.AuditEntry{ID: n, At: after(d), Actor: "施工", Action: "operator.add", Subject: "o" + n, Detail: "by hand"}
	}
	late := quartet.Operator{ID: "1", Name: "晚", Password: "x", PasswordGiven: true, Role: quartet.RoleTreasurer, CreatedAt: after(time.Hour)}
	early := quartet.Operator{ID: "2", Name: "早", Password: "y", Role: quartet.RoleAdministrator, CreatedAt: base}
	must(t, s.CreateOperator(ctx, late, entry("1", 0)))
	must(t, s.CreateOperator(ctx, early, entry("2", time.Second)))
	same(t, "oldest first", value(s.Operators(ctx))(t), []quartet.Operator{early, late})
	twin := late
	twin.ID = "3"
	wantCode(t, "a name that is taken", s.CreateOperator(ctx, twin, entry("3", 0)), quartet.ErrConflict)

	must(t, s.SetPassword(ctx, "2", "z", true, entry("4", 2*time.Second)))
	wantCode(t, "an unknown operator", s.SetPassword(ctx, "9", "z", false, entry("5", 0)), quartet.ErrNotFound)
	early.Password, early.PasswordGiven, early.Epoch = "z", true, 1
	same(t, "another password", value(s.Operators(ctx))(t)[0], early)

	written := entry("6", 2*time.Second)
	written.Origin, written.Before, written.After = "192.0.2.1", `{"a":1}`, `{"a":2}`
	must(t, s.Audit(ctx, written))
	same(t, "newest first, of what was done", value(s.AuditEntries(ctx, 3))(t),
		[]quartet.AuditEntry{written, entry("4", 2*time.Second), entry("2", time.Second)})
}

func roles(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	zhang := quartet.Operator{ID: "1", Name: "zhang", Role: quartet.RoleAdministrator, CreatedAt: base}
	li := quartet.Operator{ID: "2", Name: "li", Role: quartet.RoleSupport, CreatedAt: after(time.Second)}
	must(t, s.CreateOperator(ctx, zhang, done("1", "operator.add", base)))
	must(t, s.CreateOperator(ctx, li, done("2", "operator.add", base)))

	wantCode(t, "another role for the last administrator", s.SetOperatorRole(ctx, "1", quartet.RoleAuditor, done("1", "operator.role", base)), quartet.ErrConflict)
	wantCode(t, "the last administrator going", s.RemoveOperator(ctx, "1", base, done("1", "operator.remove", base)), quartet.ErrConflict)
	wantCode(t, "a role for nobody", s.SetOperatorRole(ctx, "9", quartet.RoleAuditor, done("9", "operator.role", base)), quartet.ErrNotFound)

	must(t, s.SetSignOn(ctx, "1", quartet.Fingerprint{7}, done("1", "operator.signon", base)))
	wantCode(t, "two who are the same one elsewhere", s.SetSignOn(ctx, "2", quartet.Fingerprint{7}, done("2", "operator.signon", base)), quartet.ErrConflict)
	must(t, s.SetOperatorRole(ctx, "2", quartet.RoleAdministrator, done("2", "operator.role", base)))
	must(t, s.RemoveOperator(ctx, "1", after(time.Hour), done("1", "operator.remove", base)))
	zhang.RemovedAt, zhang.Epoch, li.Role, li.Epoch = after(time.Hour), 2, quartet.RoleAdministrator, 1
	same(t, "one gone, one promoted", value(s.Operators(ctx))(t), []quartet.Operator{zhang, li})
	must(t, s.SetSignOn(ctx, "2", quartet.Fingerprint{7}, done("2", "operator.signon", after(time.Second))))
	must(t, s.SetSignOn(ctx, "2", quartet.Fingerprint{}, done("2", "operator.signoff", base)))

	wantCode(t, "going twice", s.RemoveOperator(ctx, "1", base, done("1", "operator.remove", after(1))), quartet.ErrNotFound)
	wantCode(t, "a password of one who is gone", s.SetPassword(ctx, "1", "x", false, done("1", "operator.password", base)), quartet.ErrNotFound)
	wantCode(t, "the name of one who is gone", s.CreateOperator(ctx, quartet.Operator{ID: "3", Name: "zhang", Role: quartet.RoleAuditor}, done("3", "operator.add", base)), quartet.ErrConflict)
}

// A role that one administrator asked for is given by another one alone, and only as it was
// looked at.
func askedRoles(t *testing.T, open Database) {
	s, ctx, n := open(t), t.Context(), 0
	entry := func(action string) quartet.AuditEntry {
		n++
		return done(strconv.Itoa(n), action, base)
	}
	asked := quartet.AskedRole{Role: quartet.RoleTreasurer, By: "zhang", At: after(time.Minute)}
	zhang := quartet.Operator{ID: "1", Name: "zhang", Role: quartet.RoleAdministrator, CreatedAt: base}
	li := quartet.Operator{ID: "2", Name: "li", Asked: asked, CreatedAt: after(time.Second)}
	must(t, s.CreateOperator(ctx, zhang, entry("operator.add")))
	must(t, s.CreateOperator(ctx, li, entry("operator.add")))
	same(t, "it waits", value(s.Operators(ctx))(t)[1], li)
	wantCode(t, "asking again", s.AskOperatorRole(ctx, "2", asked, entry("operator.ask")), quartet.ErrConflict)
	wantCode(t, "by who asked", s.ConfirmOperatorRole(ctx, "2", quartet.RoleTreasurer, "zhang", entry("operator.role")), quartet.ErrConflict)
	wantCode(t, "another one than was asked for", s.ConfirmOperatorRole(ctx, "2", quartet.RoleAdministrator, "wang", entry("operator.role")), quartet.ErrConflict)

	must(t, s.ConfirmOperatorRole(ctx, "2", quartet.RoleTreasurer, "wang", entry("operator.role")))
	li.Role, li.Asked, li.Epoch = quartet.RoleTreasurer, quartet.AskedRole{}, 1
	same(t, "it is given", value(s.Operators(ctx))(t)[1], li)
	wantCode(t, "twice", s.ConfirmOperatorRole(ctx, "2", quartet.RoleTreasurer, "wang", entry("operator.role")), quartet.ErrConflict)

	must(t, s.AskOperatorRole(ctx, "1", asked, entry("operator.ask")))
	wantCode(t, "the last administrator", s.ConfirmOperatorRole(ctx, "1", quartet.RoleTreasurer, "wang", entry("operator.role")), quartet.ErrConflict)
	must(t, s.DropOperatorRole(ctx, "1", entry("operator.reject")))
	wantCode(t, "taking back twice", s.DropOperatorRole(ctx, "1", entry("operator.reject")), quartet.ErrConflict)
	same(t, "nothing has changed", value(s.Operators(ctx))(t)[0], zhang)

	must(t, s.AskOperatorRole(ctx, "2", asked, entry("operator.ask")))
	must(t, s.SetOperatorRole(ctx, "2", quartet.RoleSupport, entry("operator.role")))
	li.Role, li.Epoch = quartet.RoleSupport, 2
	same(t, "another role ends it", value(s.Operators(ctx))(t)[1], li)
	must(t, s.AskOperatorRole(ctx, "2", asked, entry("operator.ask")))
	must(t, s.RemoveOperator(ctx, "2", after(time.Hour), entry("operator.remove")))
	wantCode(t, "one who is gone", s.ConfirmOperatorRole(ctx, "2", quartet.RoleTreasurer, "wang", entry("operator.role")), quartet.ErrConflict)
	wantCode(t, "asking for one who is gone", s.AskOperatorRole(ctx, "2", asked, entry("operator.ask")), quartet.ErrConflict)
}

// Of two administrators who go at once one stays.
func lastAdministrator(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	for _, id := range []string{"1", "2"} {
		must(t, s.CreateOperator(ctx, quartet.Operator{ID: id, Name: id, Role: quartet.RoleAdministrator, CreatedAt: base}, done(id, "operator.add", base)))
	}
	errs := make([]error, 2)
	var wg sync.WaitGroup
	for i, id := range []string{"1", "2"} {
		wg.Go(func() { errs[i] = s.RemoveOperator(ctx, id, base, done(id, "operator.remove", base)) })
	}
	wg.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Errorf("one alone may go: %v", errs)
	}
	wantCode(t, "the other", errors.Join(errs...), quartet.ErrConflict)
}

func operatorFactors(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	must(t, s.CreateOperator(ctx, quartet.Operator{ID: "1", Name: "zhang", Role: quartet.RoleAdministrator, CreatedAt: base}, done("1", "operator.add", base)))
	_, err := s.OperatorFactor(ctx, "1")
	wantCode(t, "none yet", err, quartet.ErrNotFound)
	wantCode(t, "taking away what is not there", s.RemoveOperatorFactor(ctx, "1", done("1", "factor.remove", base)), quartet.ErrNotFound)

	f := quartet.OperatorFactor{Sealed: []byte{0, 255, 1}, Since: after(time.Minute), Step: 100}
	codes := []quartet.Fingerprint{{1}, {2}}
	must(t, s.PutOperatorFactor(ctx, "1", f, codes, done("1", "factor.add", base)))
	wantCode(t, "a second one", s.PutOperatorFactor(ctx, "1", f, nil, done("1", "factor.add", after(1))), quartet.ErrConflict)
	same(t, "kept", value(s.OperatorFactor(ctx, "1"))(t), f)
	same(t, "seen in the list", value(s.Operators(ctx))(t)[0].FactorSince, f.Since)

	wantCode(t, "a step twice", s.UseOperatorStep(ctx, "1", 100), quartet.ErrReplayed)
	must(t, s.UseOperatorStep(ctx, "1", 102))
	wantCode(t, "an earlier step", s.UseOperatorStep(ctx, "1", 101), quartet.ErrReplayed)

	same(t, "codes left", value(s.UseOperatorRecovery(ctx, "1", codes[0], done("1", "factor.recovery", base)))(t), int64(1))
	_, err = s.UseOperatorRecovery(ctx, "1", codes[0], done("1", "factor.recovery", after(1)))
	wantCode(t, "a code twice", err, quartet.ErrNotFound)

	must(t, s.RemoveOperatorFactor(ctx, "1", done("1", "factor.remove", base)))
	same(t, "the sessions are over", value(s.Operators(ctx))(t)[0].Epoch, int64(1))
	_, err = s.UseOperatorRecovery(ctx, "1", codes[1], done("1", "factor.recovery", base))
	wantCode(t, "a code of a factor that is gone", err, quartet.ErrNotFound)
	must(t, s.PutOperatorFactor(ctx, "1", f, codes, done("1", "factor.again", base)))
}
