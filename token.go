package quartet

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"hash/crc32"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Token lets a program use the management API in the place of whoever made it: it can do what
// its scopes name, and of that only what its maker may do at that moment.
type Token struct {
	ID         string // part of the value; opens nothing
	Account    string // empty: it is of the house, and an operator made it
	Who        string // id of the person, or of the operator, who made it
	Name       string
	Scopes     []Scope
	Hash       [sha256.Size]byte // SHA-256 of the secret
	Networks   []netip.Prefix    // from where it may be used; none: from everywhere
	CreatedAt  time.Time
	ExpiresAt  time.Time // first instant at which it is refused
	RevokedAt  time.Time // zero: in force
	LastUsedAt time.Time // as last written, a minute behind at most; zero: never
}

// Revoked reports whether it was ended.
func (t Token) Revoked() bool { return !t.RevokedAt.IsZero() }

// Expired reports whether its time is over.
func (t Token) Expired(now time.Time) bool { return !now.Before(t.ExpiresAt) }

// State is how it stands: active, expired or revoked.
func (t Token) State(now time.Time) string { return stateOf(t.Revoked(), t.Expired(now)) }

// May reports whether it has a scope.
func (t Token) May(s Scope) bool { return slices.Contains(t.Scopes, s) }

// From reports whether it may be used from an address.
func (t Token) From(at netip.Addr) bool {
	return len(t.Networks) == 0 || slices.ContainsFunc(t.Networks, func(p netip.Prefix) bool { return p.Contains(at.Unmap()) })
}

// Is reports whether this is its secret, in the same time whatever the secret is.
//
// A secret is 256 bits of chance, so there is nothing to guess that a slow hash would have to
// protect, as there is with a password; and a slow one would be paid at each request.
func (t Token) Is(v TokenValue) bool {
	sum := sha256.Sum256([]byte(v.secret))
	return subtle.ConstantTimeCompare(sum[:], t.Hash[:]) == 1
}

// The form of a value: the prefix, the id, the secret, and a CRC-32 of all that, in small
// letters and digits of base 32. By prefix and checksum scanners find values that lie where they
// should not, and one that was copied badly is known without a look into the store.
const (
	TokenPrefix   = "qtk_"
	tokenID       = 16 // letters: 80 bits
	tokenSecret   = 52 // 260 bits
	tokenChecksum = 7
	// TokenLen is how long a value is.
	TokenLen = len(TokenPrefix) + tokenID + tokenSecret + tokenChecksum
)

// TokenValue is what a program sends. It prints itself without its secret.
type TokenValue struct{ id, secret string }

// NewTokenValue draws a value.
func NewTokenValue() TokenValue {
	draw := func(letters int) string { return strings.ToLower(rand.Text() + rand.Text())[:letters] }
	return TokenValue{draw(tokenID), draw(tokenSecret)}
}

// ParseTokenValue reads a value; false: it is none.
func ParseTokenValue(text string) (TokenValue, bool) {
	if len(text) != TokenLen || !strings.HasPrefix(text, TokenPrefix) {
		return TokenValue{}, false
	}
	rest := text[len(TokenPrefix):]
	v := TokenValue{rest[:tokenID], rest[tokenID : tokenID+tokenSecret]}
	return v, v.Reveal() == text
}

// ID is the id of the token.
func (v TokenValue) ID() string { return v.id }

// Hash is what is kept of the secret.
func (v TokenValue) Hash() [sha256.Size]byte { return sha256.Sum256([]byte(v.secret)) }

// Reveal is the value whole.
func (v TokenValue) Reveal() string {
	body := TokenPrefix + v.id + v.secret
	sum := binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(body)))
	return body + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum))
}

// String implements fmt.Stringer.
func (v TokenValue) String() string { return TokenPrefix + v.id + "…" }

// GoString implements fmt.GoStringer.
func (v TokenValue) GoString() string { return v.String() }

type tokenKey struct{}

// WithToken notes that what is done is done by a token of that name, so that its audit entry
// can say so.
func WithToken(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, tokenKey{}, name)
}

// TokenOrigin is an origin of the audit as it is written of what a token does.
func TokenOrigin(ctx context.Context, origin string) string {
	if name, ok := ctx.Value(tokenKey{}).(string); ok {
		return origin + tokenMark + name
	}
	return origin
}

// CutTokenOrigin is the address and the name of the token in an origin of the audit; no name:
// no token did it.
func CutTokenOrigin(origin string) (address, name string) {
	address, name, _ = strings.Cut(origin, tokenMark)
	return address, name
}

// tokenMark stands between the address and the name. No address has a blank.
const tokenMark = " token "
