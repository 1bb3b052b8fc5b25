// Package account opens accounts and looks after what lets them in.
//
// A secret is made here, shown once by whoever asked for it, and kept only sealed (to be
// shown again to an operator who has proved who he is) and as a keyed hash (to be found
// by). Every change is written together with the entry that says who made it.
//
// A credential is issued, changed, rotated and revoked; one that was revoked stays as it
// is. Rotating makes a second one and lets the first go on for a while.
package account

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"quartet"
	"quartet/internal/audit"
	"quartet/internal/seal"
)

// Accounts keeps accounts.
type Accounts interface {
	CreateAccount(ctx context.Context, a quartet.Account, e quartet.AuditEntry) error
	UpdateAccount(ctx context.Context, a quartet.Account, e quartet.AuditEntry) error
	SetPurpose(ctx context.Context, account, purpose string, e quartet.AuditEntry) error
	Account(ctx context.Context, id string) (quartet.Account, error)
	Accounts(ctx context.Context) ([]quartet.Account, error)
	AccountsCalled(ctx context.Context, refs ...string) ([]quartet.Account, error)
}

// Credentials keeps credentials.
type Credentials interface {
	CreateCredential(ctx context.Context, c quartet.Credential, e quartet.AuditEntry) error
	UpdateCredential(ctx context.Context, c quartet.Credential, e quartet.AuditEntry) error
	RotateCredential(ctx context.Context, old, next quartet.Credential, e quartet.AuditEntry) error
	Credential(ctx context.Context, id string) (quartet.Credential, error)
	Credentials(ctx context.Context, account string) ([]quartet.Credential, error)
	Audit(ctx context.Context, e quartet.AuditEntry) error
}

// Rows shows accounts in lists.
type Rows interface {
	AccountRows(ctx context.Context, f quartet.AccountFilter, now time.Time) ([]quartet.AccountRow, error)
}

// Store keeps all of it.
type Store interface {
	Accounts
	Credentials
	Rows
}

// Desk is where accounts and credentials are looked after. Safe for concurrent use.
type Desk struct {
	store  Store
	ring   *seal.Keyring
	hasher *seal.Hasher
	now    func() time.Time

	// changing is held from reading a record to writing it: of two changes at once the
	// later must not undo the earlier, such as the end that a rotation set.
	changing sync.Mutex
}

// CredentialLabel names the subkey under which secrets are hashed: auth finds by the
// same hash, Sum(kind, secret).
const CredentialLabel = "credential"

// New makes a desk.
func New(store Store, ring *seal.Keyring, now func() time.Time) *Desk {
	return &Desk{store: store, ring: ring, hasher: seal.NewHasher(ring.Key(CredentialLabel)), now: now}
}

// idPattern fits the ids that a person chooses, of products as well, and those that are made.
var idPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

const maxName = 100

// Open opens an account. An empty id is made up. Neither id nor name may be one that
// another account has as either, so that both find exactly one. ErrInvalid, ErrConflict.
func (d *Desk) Open(ctx context.Context, by, id, name string) (quartet.Account, error) {
	a, err := Draft(name, d.now())
	if err != nil {
		return quartet.Account{}, err
	}
	if id != "" {
		a.ID = id
	}
	if !idPattern.MatchString(a.ID) {
		return quartet.Account{}, &quartet.Error{
			Code: quartet.ErrInvalid, Field: "id",
			Message: "the id of an account has up to 32 of a-z, 0-9 and -, and begins with a letter or digit",
		}
	}
	list, err := d.store.AccountsCalled(ctx, a.ID, a.Name)
	if err != nil {
		return quartet.Account{}, err
	}
	if err := Free(a, list); err != nil {
		return quartet.Account{}, err
	}
	return a, d.store.CreateAccount(ctx, a, d.entry(by, "account.open", a.ID, a.Name))
}

// Draft is a new account of a name, with an id that is made up, before it is written.
// ErrInvalid.
func Draft(name string, now time.Time) (quartet.Account, error) {
	name = strings.TrimSpace(name)
	if name == "" || utf8.RuneCountInString(name) > maxName || !utf8.ValidString(name) || strings.ContainsFunc(name, isControl) {
		return quartet.Account{}, &quartet.Error{
			Code: quartet.ErrInvalid, Field: "name",
			Message: "the name of an account has 1 to 100 characters and no control characters",
		}
	}
	return quartet.Account{ID: newID(), Name: name, CreatedAt: now}, nil
}

// Free is ErrConflict when one of the accounts has the id or the name of a new one as either.
func Free(a quartet.Account, list []quartet.Account) error {
	for _, other := range list {
		for _, taken := range []string{other.ID, other.Name} {
			if taken == a.ID || taken == a.Name {
				return quartet.Errorf(quartet.ErrConflict, "there is an account %q already; choose another name", taken)
			}
		}
	}
	return nil
}

// Account finds an account by its id, never by its name. ErrNotFound.
func (d *Desk) Account(ctx context.Context, id string) (quartet.Account, error) {
	return d.store.Account(ctx, id)
}

// Find finds an account by its id or its name.
func (d *Desk) Find(ctx context.Context, ref string) (quartet.Account, error) {
	list, err := d.store.AccountsCalled(ctx, ref)
	if err != nil {
		return quartet.Account{}, err
	}
	for _, a := range list {
		if a.ID == ref || a.Name == ref { // no name is another one's id
			return a, nil
		}
	}
	return quartet.Account{}, quartet.Errorf(quartet.ErrNotFound, "there is no account %q; `quartet account list` shows them", ref)
}

// List lists all accounts, oldest first.
func (d *Desk) List(ctx context.Context) ([]quartet.Account, error) { return d.store.Accounts(ctx) }

// Rows lists the accounts that are chosen, oldest first, with what a list shows of them.
func (d *Desk) Rows(ctx context.Context, f quartet.AccountFilter) ([]quartet.AccountRow, error) {
	return d.store.AccountRows(ctx, f, d.now())
}

// Suspend refuses the account's credentials until Resume. The audit has why.
func (d *Desk) Suspend(ctx context.Context, by, ref, why string) (quartet.Account, error) {
	d.changing.Lock()
	defer d.changing.Unlock()
	a, err := d.Find(ctx, ref)
	if err != nil || a.Suspended() {
		return a, err
	}
	a.SuspendedAt = d.now()
	return a, d.store.UpdateAccount(ctx, a, d.entry(by, "account.suspend", a.ID, why))
}

// Resume lets a suspended account in again.
func (d *Desk) Resume(ctx context.Context, by, ref string) (quartet.Account, error) {
	d.changing.Lock()
	defer d.changing.Unlock()
	a, err := d.Find(ctx, ref)
	if err != nil || !a.Suspended() {
		return a, err
	}
	a.SuspendedAt = time.Time{}
	return a, d.store.UpdateAccount(ctx, a, d.entry(by, "account.resume", a.ID, ""))
}

// SetRate bounds the calls of all credentials of an account together.
func (d *Desk) SetRate(ctx context.Context, by, ref string, r quartet.Rate) (quartet.Account, error) {
	if err := checkRate(r); err != nil {
		return quartet.Account{}, err
	}
	d.changing.Lock()
	defer d.changing.Unlock()
	a, err := d.Find(ctx, ref)
	if err != nil || a.Rate == r {
		return a, err
	}
	before := a.Rate
	a.Rate = r
	return a, d.store.UpdateAccount(ctx, a, d.entry(by, "account.limit", a.ID, fmt.Sprintf("rate %s → %s", orNone(before.PerSecond()), orNone(r.PerSecond()))))
}

// SetPurpose says what an account's contract lets it ask for; an empty one says nothing.
// Sources whose own contract names purposes are asked for those alone. ErrInvalid.
// ErrConflict: the firm of the account was approved, for others.
func (d *Desk) SetPurpose(ctx context.Context, by, ref, purpose string) (quartet.Account, error) {
	if purpose != "" {
		if err := quartet.CheckPurpose(purpose); err != nil {
			return quartet.Account{}, err
		}
	}
	d.changing.Lock()
	defer d.changing.Unlock()
	a, err := d.Find(ctx, ref)
	if err != nil || a.Purpose == purpose {
		return a, err
	}
	before := a.Purpose
	a.Purpose = purpose
	return a, d.store.SetPurpose(ctx, a.ID, purpose, d.entry(by, "account.purpose", a.ID, orNone(before)+" → "+orNone(purpose)))
}

// entry is the entry of a change that is made now.
func (d *Desk) entry(by, action, subject, detail string) quartet.AuditEntry {
	return audit.Entry(d.now(), by, action, subject, detail)
}

// turned is an entry with what it is about before and after; nil: it was not, or it is as it was.
func (d *Desk) turned(by, action, subject, detail string, before, after any) quartet.AuditEntry {
	e := d.entry(by, action, subject, detail)
	e.Before, e.After = audit.JSON(before), audit.JSON(after)
	return e
}

// newID is ten letters and digits, drawn from 50 bits.
func newID() string {
	var b [7]byte
	_, _ = rand.Read(b[:]) // never fails: it ends the process instead
	return "a" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:]))[:10]
}

func isControl(r rune) bool { return r < 0x20 || r == 0x7f }
