package account

import (
	"context"
	"crypto/rand"
	"encoding/hex"

	"github.com/google/uuid"

	"quartet"
)

const secretBytes = 16 // shown as 32 hex digits, as the market's AppCodes are

// Issue makes a credential of an account and returns its secret.
func (d *Desk) Issue(ctx context.Context, ref string, kind quartet.CredentialKind, name string) (quartet.Credential, string, error) {
	if kind != quartet.KindAppCode && kind != quartet.KindKey {
		return quartet.Credential{}, "", &quartet.Error{
			Code: quartet.ErrInvalid, Field: "kind",
			Message: "the kind of a credential is appcode or key",
		}
	}
	a, err := d.Find(ctx, ref)
	if err != nil {
		return quartet.Credential{}, "", err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return quartet.Credential{}, "", err
	}
	var random [secretBytes]byte
	_, _ = rand.Read(random[:]) // never fails: it ends the process instead
	secret := hex.EncodeToString(random[:])
	c := quartet.Credential{
		ID: id.String(), Account: a.ID, Kind: kind, Name: name, CreatedAt: d.now(),
		Hash:   d.hasher.Sum(string(kind), secret),
		Sealed: d.ring.Seal([]byte(secret), id.String()),
	}
	if err := d.store.CreateCredential(ctx, c); err != nil {
		return quartet.Credential{}, "", err
	}
	return c, secret, nil
}

// Credentials lists the credentials of an account, or of all for "", oldest first.
func (d *Desk) Credentials(ctx context.Context, ref string) ([]quartet.Credential, error) {
	list, err := d.store.Credentials(ctx)
	if err != nil || ref == "" {
		return list, err
	}
	a, err := d.Find(ctx, ref)
	if err != nil {
		return nil, err
	}
	own := list[:0]
	for _, c := range list {
		if c.Account == a.ID {
			own = append(own, c)
		}
	}
	return own, nil
}

// Reveal shows a secret again, revoked or not.
func (d *Desk) Reveal(ctx context.Context, id string) (quartet.Credential, string, error) {
	list, err := d.store.Credentials(ctx)
	if err != nil {
		return quartet.Credential{}, "", err
	}
	for _, c := range list {
		if c.ID == id {
			secret, err := d.ring.Unseal(c.Sealed, c.ID)
			return c, string(secret), err
		}
	}
	return quartet.Credential{}, "", quartet.Errorf(quartet.ErrNotFound, "there is no credential of that id; `quartet credential list` shows them")
}

// Revoke ends a credential. Calls with it are refused from now on.
func (d *Desk) Revoke(ctx context.Context, id string) error {
	return d.store.RevokeCredential(ctx, id, d.now())
}

// CheckRing is ErrNotFound when secrets are sealed under a key that the ring does not
// hold: the keyring is not the one that belongs to these data.
func (d *Desk) CheckRing(ctx context.Context) error {
	list, err := d.store.Credentials(ctx)
	if err != nil {
		return err
	}
	for _, c := range list {
		if _, err := d.ring.Unseal(c.Sealed, c.ID); quartet.CodeOf(err) == quartet.ErrNotFound {
			return err
		}
	}
	return nil
}
