package quartet

import (
	"fmt"
	"net/netip"
	"time"
)

// CredentialKind says how a secret is presented.
type CredentialKind string

// The kinds of credential.
const (
	KindAppCode CredentialKind = "appcode" // Authorization: APPCODE …
	KindKey     CredentialKind = "key"     // parameter key, called directly
	KindAppKey  CredentialKind = "appkey"  // AppKey named, AppSecret proved by a signature
)

// Credential lets an account in. Its secret is never kept in clear: Sealed opens only
// with the keyring, and Hash finds it.
type Credential struct {
	ID         string
	Account    string
	Kind       CredentialKind
	Name       string
	AppKey     string      // of KindAppKey: its name on the wire, which is no secret
	Hash       Fingerprint // keyed hash of what a call presents: the secret, or the AppKey
	Sealed     []byte      // AEAD of the secret; associated data is the ID
	Test       bool        // answered by the sandbox: no unit, no source
	Limits     Limits
	CreatedAt  time.Time
	ExpiresAt  time.Time // first instant at which it is refused; zero: never
	RevokedAt  time.Time // zero: in force
	LastUsedAt time.Time // as last written, a minute behind at most; zero: never
}

// Limits bound what a credential may do. A zero field does not bound.
type Limits struct {
	Rate

	Daily    int64          // calls a day of Asia/Shanghai
	Networks []netip.Prefix // from where it may be used
	Products []string       // ids of the products that it may call
}

// Rate is calls a second, with Burst calls at once after a pause. QPS 0 is no limit;
// Burst 0 is a burst of one second's calls.
type Rate struct {
	QPS   int
	Burst int
}

// AtOnce is how many calls may come at once.
func (r Rate) AtOnce() int {
	if r.Burst > 0 {
		return r.Burst
	}
	return r.QPS
}

// PerSecond tells it in short, "20/s burst 40"; empty where there is no limit.
func (r Rate) PerSecond() string {
	if r.QPS == 0 {
		return ""
	}
	return fmt.Sprintf("%d/s burst %d", r.QPS, r.AtOnce())
}

// Revoked reports whether it was withdrawn.
func (c Credential) Revoked() bool { return !c.RevokedAt.IsZero() }

// Expired reports whether its time is over.
func (c Credential) Expired(now time.Time) bool {
	return !c.ExpiresAt.IsZero() && !now.Before(c.ExpiresAt)
}

// State is how it stands: active, expired or revoked.
func (c Credential) State(now time.Time) string { return stateOf(c.Revoked(), c.Expired(now)) }

// stateOf is how something stands that ends at its time, or before it by somebody's will.
func stateOf(revoked, expired bool) string {
	switch {
	case revoked:
		return "revoked"
	case expired:
		return "expired"
	}
	return "active"
}
