// Package account opens accounts and issues what lets them in.
//
// A secret is made here, shown once by whoever asked for it, and kept only sealed (to be
// shown again by somebody who holds the keyring) and as a keyed hash (to be found by).
package account

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"quartet"
	"quartet/internal/seal"
)

// Store keeps accounts and credentials.
type Store interface {
	CreateAccount(ctx context.Context, a quartet.Account) error
	Accounts(ctx context.Context) ([]quartet.Account, error)
	SetSuspended(ctx context.Context, id string, at time.Time) error
	CreateCredential(ctx context.Context, c quartet.Credential) error
	Credentials(ctx context.Context) ([]quartet.Credential, error)
	RevokeCredential(ctx context.Context, id string, at time.Time) error
}

// Desk is where accounts and credentials are looked after. Safe for concurrent use.
type Desk struct {
	store  Store
	ring   *seal.Keyring
	hasher *seal.Hasher
	now    func() time.Time
}

// CredentialLabel names the subkey under which secrets are hashed: auth finds by the
// same hash, Sum(kind, secret).
const CredentialLabel = "credential"

// New makes a desk.
func New(store Store, ring *seal.Keyring, now func() time.Time) *Desk {
	return &Desk{store: store, ring: ring, hasher: seal.NewHasher(ring.Key(CredentialLabel)), now: now}
}

// idPattern fits the ids that a person chooses and those that are made.
var idPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

const maxName = 100

// Open opens an account. An empty id is made up. Neither id nor name may be one that
// another account has as either, so that both find exactly one. ErrInvalid, ErrConflict.
func (d *Desk) Open(ctx context.Context, id, name string) (quartet.Account, error) {
	name = strings.TrimSpace(name)
	if name == "" || utf8.RuneCountInString(name) > maxName || !utf8.ValidString(name) || strings.ContainsFunc(name, isControl) {
		return quartet.Account{}, &quartet.Error{
			Code: quartet.ErrInvalid, Field: "name",
			Message: "the name of an account has 1 to 100 characters and no control characters",
		}
	}
	if id == "" {
		id = newID()
	}
	if !idPattern.MatchString(id) {
		return quartet.Account{}, &quartet.Error{
			Code: quartet.ErrInvalid, Field: "id",
			Message: "the id of an account has up to 32 of a-z, 0-9 and -, and begins with a letter or digit",
		}
	}
	list, err := d.store.Accounts(ctx)
	if err != nil {
		return quartet.Account{}, err
	}
	for _, a := range list {
		for _, taken := range []string{a.ID, a.Name} {
			if taken == id || taken == name {
				return quartet.Account{}, quartet.Errorf(quartet.ErrConflict, "there is an account %q already; choose another name", taken)
			}
		}
	}
	a := quartet.Account{ID: id, Name: name, CreatedAt: d.now()}
	return a, d.store.CreateAccount(ctx, a)
}

// Find finds an account by its id or its name.
func (d *Desk) Find(ctx context.Context, ref string) (quartet.Account, error) {
	list, err := d.store.Accounts(ctx)
	if err != nil {
		return quartet.Account{}, err
	}
	for _, a := range list {
		if a.ID == ref || a.Name == ref {
			return a, nil
		}
	}
	return quartet.Account{}, quartet.Errorf(quartet.ErrNotFound, "there is no account %q; `quartet account list` shows them", ref)
}

// List lists all accounts, oldest first.
func (d *Desk) List(ctx context.Context) ([]quartet.Account, error) { return d.store.Accounts(ctx) }

// Suspend refuses the account's credentials until Resume.
func (d *Desk) Suspend(ctx context.Context, ref string) (quartet.Account, error) {
	return d.setSuspended(ctx, ref, d.now())
}

// Resume lets a suspended account in again.
func (d *Desk) Resume(ctx context.Context, ref string) (quartet.Account, error) {
	return d.setSuspended(ctx, ref, time.Time{})
}

func (d *Desk) setSuspended(ctx context.Context, ref string, at time.Time) (quartet.Account, error) {
	a, err := d.Find(ctx, ref)
	if err != nil {
		return a, err
	}
	if a.Suspended() == !at.IsZero() {
		return a, nil // as it was asked for already
	}
	a.SuspendedAt = at
	return a, d.store.SetSuspended(ctx, a.ID, at)
}

// newID is ten letters and digits, drawn from 50 bits.
func newID() string {
	var b [7]byte
	_, _ = rand.Read(b[:]) // never fails: it ends the process instead
	return "a" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:]))[:10]
}

func isControl(r rune) bool { return r < 0x20 || r == 0x7f }
