package operator

import (
	"context"
	"time"

	"golang.org/x/text/unicode/norm"

	"quartet"
	"quartet/internal/audit"
	"quartet/internal/throttle"
)

// What may be guessed how often. Who is signed in, and whoever may open the data folder, have
// counters of their own, so that no stranger uses them up.
var (
	signingIn    = throttle.Rule{What: "name", Each: 5, Place: 30, Total: 50, Span: 15 * time.Minute}
	atTerminal   = throttle.Rule{What: "terminal", Each: 5, Span: 15 * time.Minute}
	proving      = throttle.Rule{What: "proof", Each: 5, Span: 15 * time.Minute}
	secondFactor = throttle.Rule{What: "factor", Each: 5, Span: 15 * time.Minute}
)

// Authenticate tells the operator whose name and password these are; by is the front door,
// where they were said. ErrUnauthenticated: the one or the other is wrong. ErrLimited: there
// were too many failures with this name from there, or in all from where it is not known; the
// password was not looked at.
func (r *Roster) Authenticate(ctx context.Context, by, name, given string) (quartet.Operator, error) {
	return r.authenticate(ctx, by, name, given, signingIn, throttle.Origin(ctx))
}

// AuthenticateAtTerminal does the same for whoever may run commands on the data folder.
func (r *Roster) AuthenticateAtTerminal(ctx context.Context, by, name, given string) (quartet.Operator, error) {
	return r.authenticate(ctx, by, name, given, atTerminal, "")
}

func (r *Roster) authenticate(ctx context.Context, by, name, given string, rule throttle.Rule, origin string) (quartet.Operator, error) {
	o, err := r.Find(ctx, name)
	if err != nil && quartet.CodeOf(err) != quartet.ErrNotFound {
		return quartet.Operator{}, err
	}
	if o.Name = norm.NFC.String(name); CheckName(o.Name) != nil {
		o.Name = "" // what cannot be a name counts as one, however long it is
	}
	right, err := r.guess(ctx, by, o, given, rule, origin)
	if err != nil || !right {
		return quartet.Operator{}, err
	}
	return o, nil
}

// ProvePassword takes the password of an operator who is signed in once more; by is who is
// written as having said it. ErrUnauthenticated, ErrLimited.
func (r *Roster) ProvePassword(ctx context.Context, by, operator, given string) error {
	o, err := r.FindID(ctx, operator)
	if err != nil {
		return err
	}
	_, err = r.guess(ctx, by, o, given, proving, "")
	return err
}

// guess reports whether this is the password of an operator; one without an id is nobody.
func (r *Roster) guess(ctx context.Context, by string, o quartet.Operator, given string, rule throttle.Rule, origin string) (bool, error) {
	attempt, err := r.door.Try(ctx, rule, throttle.Target{Name: o.Name, Secret: o.Password}, origin)
	if err != nil {
		return false, err
	}
	if !attempt.Refused.IsZero() {
		return false, quartet.Errorf(quartet.ErrLimited, "too many wrong passwords for this name; try again after %s", clock(attempt.Refused))
	}
	known, hash := o.ID != "", o.Password
	if !known {
		hash = r.passwords.Nobodys() // as much work as a wrong password
	}
	right, err := r.matches(ctx, given, hash)
	if err != nil { // nothing was learnt from it
		_ = r.door.Back(context.WithoutCancel(ctx), attempt)
		return false, err
	}
	if right && known {
		return true, r.door.Pass(ctx, attempt)
	}
	// A name that nobody has is not written: it may be a password in the wrong place.
	detail := "a name that no operator has"
	if known {
		detail = "wrong password of " + o.Name
	}
	return false, r.refuse(ctx, by, o.ID, detail, attempt.Last, quartet.Errorf(quartet.ErrUnauthenticated, "the name or the password is wrong"))
}

// refuse writes a failure to the audit before it gives its answer. Strangers can cause any
// number of them, so that of each kind one a second is written; those of an operator are not
// hidden behind those of nobody. until: what is guessed is refused there before; zero: it is not.
func (r *Roster) refuse(ctx context.Context, by, subject, detail string, until time.Time, answer error) error {
	kind := "of nobody"
	if subject != "" {
		kind = "of an operator"
	}
	if !until.IsZero() {
		detail += "; the name is refused until " + clock(until)
	}
	now := r.now()
	told, due := r.refusals.Tell(kind, detail, now)
	if !due {
		return answer
	}
	if err := r.store.Audit(ctx, audit.Entry(now, by, "operator.refused", subject, told)); err != nil {
		return err
	}
	return answer
}

func clock(t time.Time) string { return t.In(quartet.Shanghai).Format("2006-01-02 15:04:05") }
