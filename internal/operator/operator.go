// Package operator knows the people who run the house: by their passwords, by a second
// factor, and by what one role lets each of them do.
//
// The trip of a sign-in: Authenticate takes a name and a password, or SignOn.Finish the word
// of a sign-in service; then Prove takes a code of the authenticator app, which whoever has
// none yet begins with Enrolment and Enrol. A password is kept as argon2id alone and cannot
// be shown again. Whoever says a name and a password is told the same, and waits as long,
// whether the name or the password was wrong; after a few failures in a row the name is
// refused for a while where they came from, also after a restart. Every failure is written to
// the audit before it is answered; of a flood, one a second that counts the others. A password
// that somebody else gave is changed before anything else.
//
// The trip of a role that takes two: Admit or Ask by one administrator, Confirm or Reject by
// another one. Add and SetRole do it at once, for the command line.
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
	"quartet/internal/seal"
	"quartet/internal/throttle"
)

// Names keeps operators. Operators lists those who are gone as well.
type Names interface {
	CreateOperator(ctx context.Context, o quartet.Operator, e quartet.AuditEntry) error
	SetPassword(ctx context.Context, id, hash string, given bool, e quartet.AuditEntry) error
	SetOperatorRole(ctx context.Context, id string, role quartet.Role, e quartet.AuditEntry) error
	RemoveOperator(ctx context.Context, id string, at time.Time, e quartet.AuditEntry) error
	SetSignOn(ctx context.Context, id string, who quartet.Fingerprint, e quartet.AuditEntry) error
	Operators(ctx context.Context) ([]quartet.Operator, error)
}

// Asking keeps roles that are asked for.
type Asking interface {
	AskOperatorRole(ctx context.Context, id string, a quartet.AskedRole, e quartet.AuditEntry) error
	ConfirmOperatorRole(ctx context.Context, id string, role quartet.Role, by string, e quartet.AuditEntry) error
	DropOperatorRole(ctx context.Context, id string, e quartet.AuditEntry) error
}

// Factors keeps second factors.
type Factors interface {
	OperatorFactor(ctx context.Context, operator string) (quartet.OperatorFactor, error)
	PutOperatorFactor(ctx context.Context, operator string, f quartet.OperatorFactor, recovery []quartet.Fingerprint, e quartet.AuditEntry) error
	UseOperatorStep(ctx context.Context, operator string, step int64) error
	UseOperatorRecovery(ctx context.Context, operator string, hash quartet.Fingerprint, e quartet.AuditEntry) (left int64, err error)
	RemoveOperatorFactor(ctx context.Context, operator string, e quartet.AuditEntry) error
}

// Memory keeps what is under way: proofs that take several steps.
type Memory interface {
	PutCeremony(ctx context.Context, c quartet.Ceremony) error
	Ceremony(ctx context.Context, id quartet.Fingerprint, now time.Time) (quartet.Ceremony, error)
	TakeCeremony(ctx context.Context, id quartet.Fingerprint, now time.Time) (quartet.Ceremony, error)
	Audit(ctx context.Context, e quartet.AuditEntry) error
}

// Store is all of it.
type Store interface {
	Names
	Asking
	Factors
	Memory
	throttle.Store
}

// label names the subkey of what is looked up: names that failed, recovery codes, tickets,
// and who somebody is at a sign-in service.
const label = "operator"

// Roster is the list of operators. Safe for concurrent use.
type Roster struct {
	store     Store
	ring      *seal.Keyring
	hasher    *seal.Hasher
	door      *throttle.Door
	refusals  audit.Sparing
	now       func() time.Time
	passwords *password.Hasher
}

// New makes the roster of a store.
func New(store Store, ring *seal.Keyring, now func() time.Time) *Roster {
	return NewOfWork(store, ring, now, password.Real())
}

// NewOfWork makes one whose new passwords cost that work; none said is the real one.
func NewOfWork(store Store, ring *seal.Keyring, now func() time.Time, w password.Work) *Roster {
	h := seal.NewHasher(ring.Key(label))
	return &Roster{store: store, ring: ring, hasher: h, door: throttle.New(store, h.Sum, now), now: now, passwords: password.New(w)}
}

// Add adds an operator whom nobody else has to confirm: for the command line, whose user owns
// the data folder and could write into it whatever there is to write. ErrInvalid: the name, the
// role or the password breaks a rule. ErrConflict: the name is taken, in whatever case, or was
// before.
func (r *Roster) Add(ctx context.Context, by, name string, role quartet.Role, password string) (quartet.Operator, error) {
	entry := audit.Entry(r.now(), by, "operator.add", "", "")
	entry.After = roleJSON(role)
	return r.add(ctx, quartet.Operator{Name: name, Role: role}, role, password, entry)
}

// add adds an operator. role is the one that is said, whether it waits or not.
func (r *Roster) add(ctx context.Context, o quartet.Operator, role quartet.Role, password string, entry quartet.AuditEntry) (quartet.Operator, error) {
	name := norm.NFC.String(o.Name)
	if err := CheckName(name); err != nil {
		return quartet.Operator{}, err
	}
	if err := CheckRole(role); err != nil {
		return quartet.Operator{}, err
	}
	list, err := r.store.Operators(ctx)
	if err != nil {
		return quartet.Operator{}, err
	}
	for _, known := range list {
		if strings.EqualFold(known.Name, name) {
			return quartet.Operator{}, quartet.Errorf(quartet.ErrConflict, "there is an operator %s already, or was one; choose another name", known.Name)
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
	o.ID, o.Name, o.Password, o.CreatedAt = id.String(), name, hash, entry.At
	o.PasswordGiven = len(list) > 0 // the first operator has chosen the password; every other one was given it
	entry.Subject, entry.Detail = o.ID, name
	if err := r.store.CreateOperator(ctx, o, entry); err != nil {
		return quartet.Operator{}, err
	}
	return o, nil
}

func roleJSON(role quartet.Role) string {
	return audit.JSON(map[string]quartet.Role{"role": role})
}

func askedJSON(role, asked quartet.Role) string {
	return audit.JSON(map[string]quartet.Role{"role": role, "asked": asked})
}

// List lists the operators who are there, oldest first.
func (r *Roster) List(ctx context.Context) ([]quartet.Operator, error) {
	all, err := r.store.Operators(ctx)
	var there []quartet.Operator
	for _, o := range all {
		if !o.Removed() {
			there = append(there, o)
		}
	}
	return there, err
}

// Find finds an operator by name, or ErrNotFound.
func (r *Roster) Find(ctx context.Context, name string) (quartet.Operator, error) {
	name = norm.NFC.String(name)
	return r.find(ctx, func(o *quartet.Operator) bool { return o.Name == name })
}

// FindID finds an operator by id, or ErrNotFound.
func (r *Roster) FindID(ctx context.Context, id string) (quartet.Operator, error) {
	return r.find(ctx, func(o *quartet.Operator) bool { return o.ID == id })
}

func (r *Roster) find(ctx context.Context, is func(*quartet.Operator) bool) (quartet.Operator, error) {
	list, err := r.List(ctx)
	if err != nil {
		return quartet.Operator{}, err
	}
	for _, o := range list {
		if is(&o) {
			return o, nil
		}
	}
	return quartet.Operator{}, quartet.Errorf(quartet.ErrNotFound, "there is no operator of that name; `quartet operator list` shows them")
}

// SetPassword gives an operator a new password and ends the sessions; failures with the old
// one count no more. Given by anybody else, it is to be changed before anything else, and ends
// the tokens as well. Who may do so has been asked before. ErrInvalid, ErrNotFound.
func (r *Roster) SetPassword(ctx context.Context, by, name, password string) error {
	o, err := r.Find(ctx, name)
	if err != nil {
		return err
	}
	hash, err := r.passwords.Hash(ctx, o.Name, password)
	if err != nil {
		return err
	}
	if o.PasswordGiven && by == o.Name {
		same, err := r.matches(ctx, password, o.Password)
		if err != nil {
			return err
		}
		if same {
			return &quartet.Error{Code: quartet.ErrInvalid, Field: "password", Message: "this is the password that you were given; choose one that nobody else knows"}
		}
	}
	return r.store.SetPassword(ctx, o.ID, hash, by != o.Name, audit.Entry(r.now(), by, "operator.password", o.ID, o.Name))
}

// SetRole gives an operator another role and ends the sessions. Whether another administrator
// has to confirm it is asked before. ErrInvalid, ErrNotFound; ErrForbidden: the own role;
// ErrConflict: it is the last administrator.
func (r *Roster) SetRole(ctx context.Context, by, name string, role quartet.Role) error {
	if err := CheckRole(role); err != nil {
		return err
	}
	o, err := r.Find(ctx, name)
	if err != nil {
		return err
	}
	if err := notOwn(by, o); err != nil {
		return err
	}
	if o.Role == role && o.Asked.IsZero() {
		return nil
	}
	entry := audit.Entry(r.now(), by, "operator.role", o.ID, o.Name)
	entry.Before, entry.After = roleJSON(o.Role), roleJSON(role)
	return r.store.SetOperatorRole(ctx, o.ID, role, entry)
}

// Remove lets an operator in no more. What they did keeps their name, which nobody else
// gets. ErrNotFound; ErrConflict: it is the last administrator.
func (r *Roster) Remove(ctx context.Context, by, name string) error {
	o, err := r.Find(ctx, name)
	if err != nil {
		return err
	}
	now := r.now()
	entry := audit.Entry(now, by, "operator.remove", o.ID, o.Name)
	entry.Before = roleJSON(o.Role)
	return r.store.RemoveOperator(ctx, o.ID, now, entry)
}

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

// CheckRole is ErrInvalid for what is no role of operators.
func CheckRole(role quartet.Role) error {
	if !role.OfHouse() {
		return &quartet.Error{
			Code: quartet.ErrInvalid, Field: "role",
			Message: "an operator is one of administrator, treasurer, support and auditor",
		}
	}
	return nil
}
