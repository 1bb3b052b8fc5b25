package account

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"quartet"
)

const secretBytes = 16 // shown as 32 hex digits, as the market's AppCodes are

// Issue makes a credential of an account and returns its secret. wanted says its kind,
// name, limits, end, and whether it is for the sandbox; the rest is made here. ErrInvalid,
// ErrNotFound.
func (d *Desk) Issue(ctx context.Context, by, ref string, wanted quartet.Credential) (quartet.Credential, string, error) {
	switch wanted.Kind {
	case quartet.KindAppCode, quartet.KindKey, quartet.KindAppKey:
	default:
		return quartet.Credential{}, "", invalid("kind", "the kind of a credential is appcode, key or appkey")
	}
	now := d.now()
	if err := check(wanted, now); err != nil {
		return quartet.Credential{}, "", err
	}
	a, err := d.Find(ctx, ref)
	if err != nil {
		return quartet.Credential{}, "", err
	}
	c, secret, err := d.mint(quartet.Credential{
		Account: a.ID, Kind: wanted.Kind, Name: wanted.Name, Test: wanted.Test, Limits: wanted.Limits, CreatedAt: now, ExpiresAt: wanted.ExpiresAt,
	})
	if err != nil {
		return quartet.Credential{}, "", err
	}
	err = d.store.CreateCredential(ctx, c, d.entry(by, "credential.issue", c.ID, describe(c)))
	return c, secret, err
}

// mint gives a credential its id and its secret.
func (d *Desk) mint(c quartet.Credential) (quartet.Credential, string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return c, "", err
	}
	c.ID = id.String()
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

// Change writes a credential's name, limits and end as change leaves them. ErrNotFound:
// unknown, or revoked.
func (d *Desk) Change(ctx context.Context, by, id string, change func(*quartet.Credential)) (quartet.Credential, error) {
	c, err := d.find(ctx, id)
	if err != nil {
		return c, err
	}
	next := c
	change(&next)
	c.Name, c.Limits, c.ExpiresAt = next.Name, next.Limits, next.ExpiresAt
	if err := check(c, time.Time{}); err != nil {
		return c, err
	}
	return c, d.store.UpdateCredential(ctx, c, d.entry(by, "credential.change", c.ID, describe(c)))
}

// Rotate makes a new credential in the place of one in force, with the same name and
// limits, and lets the old one go on for the overlap, so that callers can change over
// without a gap.
func (d *Desk) Rotate(ctx context.Context, by, id string, overlap time.Duration) (quartet.Credential, string, error) {
	const longest = 30 * 24 * time.Hour
	if overlap < 0 || overlap > longest {
		return quartet.Credential{}, "", invalid("overlap", "the overlap is from 0 to 720 hours")
	}
	old, err := d.find(ctx, id)
	if err != nil {
		return old, "", err
	}
	now := d.now()
	if old.Revoked() || old.Expired(now) {
		return old, "", quartet.Errorf(quartet.ErrConflict, "this credential is no longer in force; issue a new one")
	}
	next := old
	next.CreatedAt, next.LastUsedAt = now, time.Time{}
	next, secret, err := d.mint(next)
	if err != nil {
		return next, "", err
	}
	if end := now.Add(overlap); old.ExpiresAt.IsZero() || end.Before(old.ExpiresAt) {
		old.ExpiresAt = end
	}
	err = d.store.RotateCredential(ctx, old, next, d.entry(by, "credential.rotate", old.ID, fmt.Sprintf("by %s, the old one until %s", next.ID, stamp(old.ExpiresAt))))
	return next, secret, err
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

// Reveal shows a secret again, revoked or not. Whoever asks for it must have proved anew
// who he is; that it was shown is written before it is given.
func (d *Desk) Reveal(ctx context.Context, by, id string) (quartet.Credential, string, error) {
	c, err := d.find(ctx, id)
	if err != nil {
		return c, "", err
	}
	secret, err := d.ring.Unseal(c.Sealed, c.ID)
	if err != nil {
		return c, "", err
	}
	if err := d.store.Audit(ctx, d.entry(by, "credential.show", c.ID, "")); err != nil {
		return c, "", err
	}
	return c, string(secret), nil
}

// Revoke ends a credential. Calls with it are refused from now on.
func (d *Desk) Revoke(ctx context.Context, by, id string) error {
	c, err := d.find(ctx, id)
	if err != nil {
		return err
	}
	c.RevokedAt = d.now()
	return d.store.UpdateCredential(ctx, c, d.entry(by, "credential.revoke", c.ID, ""))
}

func (d *Desk) find(ctx context.Context, id string) (quartet.Credential, error) {
	c, err := d.store.Credential(ctx, id)
	if quartet.CodeOf(err) == quartet.ErrNotFound {
		err = quartet.Errorf(quartet.ErrNotFound, "there is no credential of that id; `quartet credential list` shows them")
	}
	return c, err
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

const (
	maxRate     = 1_000_000
	maxNetworks = 64
	maxProducts = 64
)

// check finds what no credential may have. A zero now leaves the end alone.
func check(c quartet.Credential, now time.Time) error {
	switch l := c.Limits; {
	case utf8.RuneCountInString(c.Name) > maxName || !utf8.ValidString(c.Name) || strings.ContainsFunc(c.Name, isControl):
		return invalid("name", "the name of a credential has at most 100 characters and no control characters")
	case l.Daily < 0:
		return invalid("daily", "calls a day cannot be below 0; 0 is no limit")
	case len(l.Networks) > maxNetworks:
		return invalid("networks", "a credential has at most 64 networks")
	case len(l.Products) > maxProducts:
		return invalid("products", "a credential has at most 64 products")
	case !now.IsZero() && c.Expired(now):
		return invalid("expires", "the end lies in the past")
	}
	return checkRate(c.Limits.Rate)
}

func checkRate(r quartet.Rate) error {
	switch {
	case r.QPS < 0 || r.QPS > maxRate:
		return invalid("qps", "calls a second are from 1 to 1000000; 0 is no limit")
	case r.Burst < 0 || r.Burst > maxRate:
		return invalid("burst", "the burst is from 1 to 1000000 calls; 0 is one second's calls")
	case r.Burst > 0 && r.QPS == 0:
		return invalid("burst", "a burst without calls a second means nothing; give both")
	}
	return nil
}

func invalid(field, message string) *quartet.Error {
	return &quartet.Error{Code: quartet.ErrInvalid, Field: field, Message: message}
}

// describe tells what a credential may do, for the audit.
func describe(c quartet.Credential) string {
	parts := []string{"account " + c.Account, string(c.Kind)}
	if c.Test {
		parts = append(parts, "sandbox")
	}
	if l := c.Limits; l.QPS > 0 {
		parts = append(parts, fmt.Sprintf("qps %d burst %d", l.QPS, l.AtOnce()))
	}
	if c.Limits.Daily > 0 {
		parts = append(parts, fmt.Sprintf("daily %d", c.Limits.Daily))
	}
	for _, n := range c.Limits.Networks {
		parts = append(parts, "from "+n.String())
	}
	if len(c.Limits.Products) > 0 {
		parts = append(parts, "products "+strings.Join(c.Limits.Products, " "))
	}
	if !c.ExpiresAt.IsZero() {
		parts = append(parts, "until "+stamp(c.ExpiresAt))
	}
	return strings.Join(parts, ", ")
}

func stamp(t time.Time) string { return t.In(quartet.Shanghai).Format("2006-01-02 15:04:05") }
