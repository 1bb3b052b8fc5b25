package quartet

import "time"

// CredentialKind says how a secret is presented.
type CredentialKind string

// The kinds of credential.
const (
	KindAppCode CredentialKind = "appcode" // Authorization: APPCODE …
	KindKey     CredentialKind = "key"     // parameter key, called directly
)

// Credential lets an account in. The secret itself is never kept in clear: Sealed
// opens only with the keyring, and Hash finds it.
type Credential struct {
	ID        string
	Account   string
	Kind      CredentialKind
	Name      string
	Hash      Fingerprint // keyed hash of the secret
	Sealed    []byte      // AEAD of the secret; associated data is the ID
	CreatedAt time.Time
	RevokedAt time.Time // zero: in force
}

// Revoked reports whether it was withdrawn.
func (c Credential) Revoked() bool { return !c.RevokedAt.IsZero() }
