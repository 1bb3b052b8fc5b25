// Package operator knows the people who run the house by their passwords.
//
// A password is kept as argon2id alone and cannot be shown again. Whoever says a name and
// a password is told the same, and waits as long, whether the name or the password was
// wrong; after a few failures in a row the name is refused for a while. Every failure is
// written to the audit before it is answered.
package operator

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"golang.org/x/text/unicode/norm"

	"quartet"
	"quartet/internal/audit"
	"quartet/internal/password"
)

// Store keeps operators.
type Store interface {
	CreateOperator(ctx context.Context, o quartet.Operator, e quartet.AuditEntry) error
	SetPassword(ctx context.Context, id, hash string, e quartet.AuditEntry) error
	Operators(ctx context.Context) ([]quartet.Operator, error)
	Audit(ctx context.Context, e quartet.AuditEntry) error
}

// Roster is the list of operators. Safe for concurrent use.
type Roster struct {
	store     Store
	now       func() time.Time
	passwords *password.Hasher
	failures  failures
}

// New makes the roster of a store.
func New(store Store, now func() time.Time) *Roster {
	return &Roster{store: store, now: now, passwords: password.New()}
}

// Add adds an operator. ErrInvalid: the name or the password breaks a rule. ErrConflict:
// the name is taken, in whatever case.
func (r *Roster) Add(ctx context.Context, by, name, password string) (quartet.Operator, error) {
	name = norm.NFC.String(name)
	if err := CheckName(name); err != nil {
		return quartet.Operator{}, err
	}
	list, err := r.store.Operators(ctx)
	if err != nil {
		return quartet.Operator{}, err
	}
	for _, o := range list {
		if strings.EqualFold(o.Name, name) {
			return quartet.Operator{}, quartet.Errorf(quartet.ErrConflict, "there is an operator %s already; choose another name", o.Name)
		}
	}
	hash, err := r.passwords.Hash(ctx, name, password)
	if err != nil {
		return quartet.Operator{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return quartet.Operator{}, err
	}
	now := r.now()
	o := quartet.Operator{ID: id.String(), Name: name, Password: hash, CreatedAt: now}
	if err := r.store.CreateOperator(ctx, o, audit.Entry(now, by, "operator.add", o.ID, name)); err != nil {
		return quartet.Operator{}, err
	}
	r.failures.forget(name) // of the time when nobody had it
	return o, nil
}

// List lists all operators, oldest first.
func (r *Roster) List(ctx context.Context) ([]quartet.Operator, error) { return r.store.Operators(ctx) }

// Find finds an operator by name, or ErrNotFound.
func (r *Roster) Find(ctx context.Context, name string) (quartet.Operator, error) {
	o, known, err := r.find(ctx, name)
	if err == nil && !known {
		err = quartet.Errorf(quartet.ErrNotFound, "there is no operator of that name; `quartet operator list` shows them")
	}
	return o, err
}

func (r *Roster) find(ctx context.Context, name string) (o quartet.Operator, known bool, err error) {
	list, err := r.store.Operators(ctx)
	name = norm.NFC.String(name)
	for _, o := range list {
		if o.Name == name {
			return o, true, err
		}
	}
	return quartet.Operator{}, false, err
}

// SetPassword gives an operator a new password, and forgets the failures with the old one.
// Who may do so has been asked before. ErrInvalid, ErrNotFound.
func (r *Roster) SetPassword(ctx context.Context, by, name, password string) error {
	o, err := r.Find(ctx, name)
	if err != nil {
		return err
	}
	hash, err := r.passwords.Hash(ctx, o.Name, password)
	if err != nil {
		return err
	}
	if err := r.store.SetPassword(ctx, o.ID, hash, audit.Entry(r.now(), by, "operator.password", o.ID, o.Name)); err != nil {
		return err
	}
	r.failures.forget(o.Name)
	return nil
}

// Authenticate tells the operator whose name and password these are; by is the door where
// they were said. ErrUnauthenticated: the one or the other is wrong. ErrLimited: there were
// too many failures with this name; the password was not looked at.
func (r *Roster) Authenticate(ctx context.Context, by, name, password string) (quartet.Operator, error) {
	o, known, err := r.find(ctx, name)
	if err != nil {
		return quartet.Operator{}, err
	}
	name = norm.NFC.String(name)
	if CheckName(name) != nil {
		name = "" // what cannot be a name counts as one, however long it is
	}
	// The attempt counts as a failure until it has proved to be none: otherwise many at
	// once would all be let in.
	until, refused := r.failures.begin(name, known, r.now())
	if refused {
		return quartet.Operator{}, quartet.Errorf(quartet.ErrLimited, "too many wrong passwords for this name; try again after %s", clock(until))
	}
	hash := o.Password
	if !known {
		hash = nobodys // as much work as a wrong password
	}
	right, err := r.matches(ctx, password, hash)
	if err != nil { // nothing was learnt from it
		r.failures.takeBack(name)
		return quartet.Operator{}, err
	}
	if right && known {
		r.failures.forget(name)
		return o, nil
	}
	// A name that nobody has is not written: it may be a password in the wrong place.
	detail := "a name that no operator has"
	if known {
		detail = "wrong password of " + name
	}
	if !until.IsZero() {
		detail += "; the name is refused until " + clock(until)
	}
	if err := r.store.Audit(ctx, audit.Entry(r.now(), by, "operator.refused", o.ID, detail)); err != nil {
		return quartet.Operator{}, err
	}
	return quartet.Operator{}, quartet.Errorf(quartet.ErrUnauthenticated, "the name or the password is wrong")
}

func clock(t time.Time) string { return t.In(quartet.Shanghai).Format("2006-01-02 15:04:05") }

const maxName = 64

// CheckName is ErrInvalid for what cannot be an operator's name. Names have no blanks, so
// that in the audit none can pass for a door such as "command line".
func CheckName(name string) error {
	ok := name != "" && utf8.RuneCountInString(name) <= maxName
	for i, r := range name {
		letter := unicode.IsLetter(r) || unicode.IsDigit(r)
		ok = ok && (letter || i > 0 && strings.ContainsRune(".-_@", r))
	}
	if !ok {
		return &quartet.Error{
			Code: quartet.ErrInvalid, Field: "name",
			Message: "an operator's name has up to 64 letters, digits and . - _ @, and begins with a letter or digit",
		}
	}
	return nil
}
