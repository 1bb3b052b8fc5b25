package account

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"

	"quartet"
)

const secretBytes = 16 // shown as 32 hex digits, as the market's AppCodes are

// Issue makes a credential of an account and returns its secret. wanted says its kind,
// name, limits, end, and whether it is for the sandbox; the rest is made here, and its id
// too unless wanted says one, by which who was cut off finds it again. ErrInvalid,
// ErrNotFound; ErrConflict: there is one of that id.
func (d *Desk) Issue(ctx context.Context, by, ref string, wanted quartet.Credential) (quartet.Credential, string, error) {
	switch wanted.Kind {
	case quartet.KindAppCode, quartet.KindKey, quartet.KindAppKey:
	default:
		return quartet.Credential{}, "", invalid("kind", "the kind of a credential is appcode, key or appkey")
	}
	now := d.now()
	if err := check(wanted); err != nil {
		return quartet.Credential{}, "", err
	}
	if wanted.Expired(now) {
		return quartet.Credential{}, "", errPast
	}
	a, err := d.Find(ctx, ref)
	if err != nil {
		return quartet.Credential{}, "", err
	}
	c, secret, err := d.mint(quartet.Credential{
		ID: wanted.ID, Account: a.ID, Kind: wanted.Kind, Name: wanted.Name, Test: wanted.Test, Limits: wanted.Limits, CreatedAt: now, ExpiresAt: wanted.ExpiresAt,
	})
	if err != nil {
		return quartet.Credential{}, "", err
	}
	err = d.store.CreateCredential(ctx, c, d.turned(by, "credential.issue", c.ID, describe(c), nil, terms(c)))
	return c, secret, err
}

// mint gives a credential its secret, and an id if it has none.
func (d *Desk) mint(c quartet.Credential) (quartet.Credential, string, error) {
	if c.ID == "" {
		id, err := uuid.NewV7()
		if err != nil {
			return c, "", err
		}
		c.ID = id.String()
	}
	var random [secretBytes]byte
	_, _ = rand.Read(random[:]) // never fails: it ends the process instead
	secret := hex.EncodeToString(random[:])
	presented := secret
	if c.Kind == quartet.KindAppKey {
		c.AppKey = newAppKey()
		presented = c.AppKey
	}
	c.Hash = d.hasher.Sum(string(c.Kind), presented)
	c.Sealed = d.ring.Seal([]byte(secret), c.ID)
	return c, secret, nil
}

// newAppKey is a name that a person can read out. Two alike are refused by the store.
func newAppKey() string {
	const first, span = 100_000_000, 900_000_000 // nine digits, the first not 0
	var b [8]byte
	_, _ = rand.Read(b[:]) // as above
	return strconv.FormatUint(first+binary.BigEndian.Uint64(b[:])%span, 10)
}

// Change writes a credential's name, limits and end as change leaves them. An end that
// moves must lie ahead: Revoke ends a credential now. ErrNotFound, ErrInvalid; ErrConflict:
// it was revoked.
func (d *Desk) Change(ctx context.Context, by, id string, change func(*quartet.Credential)) (quartet.Credential, error) {
	d.changing.Lock()
	defer d.changing.Unlock()
	c, err := d.unrevoked(ctx, id)
	if err != nil {
		return c, err
	}
	before, next := c, c
	change(&next)
	c.Name, c.Limits, c.ExpiresAt = next.Name, next.Limits, next.ExpiresAt
	if err := check(c); err != nil {
		return before, err
	}
	if !c.ExpiresAt.Equal(before.ExpiresAt) && c.Expired(d.now()) {
		return before, errPast
	}
	if sameTerms(before, c) {
		return before, nil
	}
	return c, d.store.UpdateCredential(ctx, c, d.turned(by, "credential.change", c.ID, difference(before, c), terms(before), terms(c)))
}

const longestOverlap = 30 * 24 * time.Hour

// Rotate makes a new credential in the place of one in force, with the same name, limits
// and end, and lets the old one go on for the overlap, so that callers can change over
// without a gap. An earlier end of the old one stays. ErrInvalid, ErrNotFound; ErrConflict:
// it was revoked or has expired.
func (d *Desk) Rotate(ctx context.Context, by, id string, overlap time.Duration) (quartet.Credential, string, error) {
	if overlap < 0 || overlap > longestOverlap {
		return quartet.Credential{}, "", invalid("overlap", "the overlap is from 0 to 720 hours")
	}
	d.changing.Lock()
	defer d.changing.Unlock()
	old, err := d.unrevoked(ctx, id)
	if err != nil {
		return old, "", err
	}
	now := d.now()
	if old.Expired(now) {
		return old, "", quartet.Errorf(quartet.ErrConflict, "this credential expired %s; give it a later end, or issue a new one", stamp(old.ExpiresAt))
	}
	next := old
	next.ID, next.CreatedAt, next.LastUsedAt = "", now, time.Time{}
	next, secret, err := d.mint(next)
	if err != nil {
		return next, "", err
	}
	if end := now.Add(overlap); old.ExpiresAt.IsZero() || end.Before(old.ExpiresAt) {
		old.ExpiresAt = end
	}
	detail := fmt.Sprintf("by %s, the old one until %s", next.ID, stamp(old.ExpiresAt))
	err = d.store.RotateCredential(ctx, old, next, d.turned(by, "credential.rotate", old.ID, detail, nil, map[string]string{"expires_at": stamp(old.ExpiresAt)}))
	return next, secret, err
}

// Credentials lists the credentials of an account, or of all for "", oldest first.
func (d *Desk) Credentials(ctx context.Context, ref string) ([]quartet.Credential, error) {
	if ref == "" {
		return d.store.Credentials(ctx, "")
	}
	a, err := d.Find(ctx, ref)
	if err != nil {
		return nil, err
	}
	return d.store.Credentials(ctx, a.ID)
}

// Credential finds a credential by its id, revoked or not. ErrNotFound.
func (d *Desk) Credential(ctx context.Context, id string) (quartet.Credential, error) {
	c, err := d.store.Credential(ctx, id)
	if quartet.CodeOf(err) == quartet.ErrNotFound {
		err = quartet.Errorf(quartet.ErrNotFound, "there is no credential of that id; `quartet credential list` shows them")
	}
	return c, err
}

// unrevoked finds a credential that may still change.
func (d *Desk) unrevoked(ctx context.Context, id string) (quartet.Credential, error) {
	c, err := d.Credential(ctx, id)
	if err == nil && c.Revoked() {
		err = quartet.Errorf(quartet.ErrConflict, "this credential was revoked %s and stays so; issue a new one", stamp(c.RevokedAt))
	}
	return c, err
}

// Reveal shows a secret again, revoked or not. Whoever asks for it must have proved anew
// who he is; that it was shown, and why where it is said, is written before it is given. ErrNotFound.
func (d *Desk) Reveal(ctx context.Context, by, id, why string) (quartet.Credential, string, error) {
	c, err := d.Credential(ctx, id)
	if err != nil {
		return c, "", err
	}
	secret, err := d.ring.Unseal(c.Sealed, c.ID)
	if err != nil {
		return c, "", err
	}
	detail := describe(c)
	if why != "" {
		detail += ", reason: " + why
	}
	if err := d.store.Audit(ctx, d.turned(by, "credential.show", c.ID, detail, terms(c), nil)); err != nil {
		return c, "", err
	}
	return c, string(secret), nil
}

// Lend opens a secret for one call that the debug tool makes, and shows it to nobody. That it
// was lent is written before. ErrNotFound; ErrConflict: it was revoked.
func (d *Desk) Lend(ctx context.Context, by, id string) (quartet.Credential, string, error) {
	c, err := d.unrevoked(ctx, id)
	if err != nil {
		return c, "", err
	}
	secret, err := d.ring.Unseal(c.Sealed, c.ID)
	if err != nil {
		return c, "", err
	}
	if err := d.store.Audit(ctx, d.turned(by, "credential.debug", c.ID, describe(c), terms(c), nil)); err != nil {
		return c, "", err
	}
	return c, string(secret), nil
}

// Revoke ends a credential. Calls with it are refused from now on. ErrNotFound;
// ErrConflict: it was revoked before.
func (d *Desk) Revoke(ctx context.Context, by, id string) error {
	d.changing.Lock()
	defer d.changing.Unlock()
	c, err := d.unrevoked(ctx, id)
	if err != nil {
		return err
	}
	c.RevokedAt = d.now()
	return d.store.UpdateCredential(ctx, c, d.turned(by, "credential.revoke", c.ID, describe(c), terms(c), nil))
}

// CheckRing is ErrNotFound when secrets are sealed under a key that the ring does not
// hold: the keyring is not the one that belongs to these data.
func (d *Desk) CheckRing(ctx context.Context) error {
	list, err := d.store.Credentials(ctx, "")
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
