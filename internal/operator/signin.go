package operator

import (
	"context"
	"time"

	"golang.org/x/text/unicode/norm"

	"quartet"
	"quartet/internal/audit"
)

// A name has so many guesses in so much time, counted from the first; so has a second
// factor. Whoever proves himself has them all forgotten.
const (
	maxFailures = 5
	span        = 15 * time.Minute
)

func (r *Roster) failures(of, name string) quartet.Throttle {
	return quartet.Throttle{Key: r.hasher.Sum(of, name), Max: maxFailures, Span: span}
}

// begin counts an attempt as a failure until it has proved to be none: otherwise many at
// once would all be let in. refused: it may not be made, before until. Without that, until
// says that no other one may follow before.
func (r *Roster) begin(ctx context.Context, t quartet.Throttle) (until time.Time, refused bool, err error) {
	tried, err := r.store.Try(ctx, r.now(), t)
	switch {
	case err != nil:
		return time.Time{}, false, err
	case tried[0].Times > t.Max:
		return tried[0].Until, true, nil
	case tried[0].Times == t.Max:
		return tried[0].Until, false, nil
	default:
		return time.Time{}, false, nil
	}
}

// forgive forgets the failures with a name.
func (r *Roster) forgive(ctx context.Context, name string) error {
	return r.store.Forgive(ctx, []quartet.Fingerprint{r.failures("name", name).Key}, nil)
}

// Authenticate tells the operator whose name and password these are; by is the door where
// they were said. ErrUnauthenticated: the one or the other is wrong. ErrLimited: there were
// too many failures with this name; the password was not looked at.
func (r *Roster) Authenticate(ctx context.Context, by, name, given string) (quartet.Operator, error) {
	o, err := r.Find(ctx, name)
	known := err == nil
	if err != nil && quartet.CodeOf(err) != quartet.ErrNotFound {
		return quartet.Operator{}, err
	}
	name = norm.NFC.String(name)
	if CheckName(name) != nil {
		name = "" // what cannot be a name counts as one, however long it is
	}
	guess := r.failures("name", name)
	until, refused, err := r.begin(ctx, guess)
	if err != nil {
		return quartet.Operator{}, err
	}
	if refused {
		return quartet.Operator{}, quartet.Errorf(quartet.ErrLimited, "too many wrong passwords for this name; try again after %s", clock(until))
	}
	hash := o.Password
	if !known {
		hash = r.passwords.Nobodys() // as much work as a wrong password
	}
	right, err := r.matches(ctx, given, hash)
	if err != nil { // nothing was learnt from it
		_ = r.store.Forgive(context.WithoutCancel(ctx), nil, []quartet.Fingerprint{guess.Key})
		return quartet.Operator{}, err
	}
	if right && known {
		return o, r.forgive(ctx, name)
	}
	// A name that nobody has is not written: it may be a password in the wrong place.
	detail := "a name that no operator has"
	if known {
		detail = "wrong password of " + name
	}
	return quartet.Operator{}, r.refuse(ctx, by, o.ID, detail, until, quartet.Errorf(quartet.ErrUnauthenticated, "the name or the password is wrong"))
}

// refuse writes a failure to the audit before it gives its answer.
func (r *Roster) refuse(ctx context.Context, by, subject, detail string, until time.Time, answer error) error {
	if !until.IsZero() {
		detail += "; the name is refused until " + clock(until)
	}
	if err := r.store.Audit(ctx, audit.Entry(r.now(), by, "operator.refused", subject, detail)); err != nil {
		return err
	}
	return answer
}

func clock(t time.Time) string { return t.In(quartet.Shanghai).Format("2006-01-02 15:04:05") }
