// Package totp makes and checks the codes of authenticator apps (RFC 6238: six digits, SHA-1,
// half a minute a step, which is what every app knows), and the codes that stand in for a
// device that is lost.
package totp

import (
	"crypto/rand"
	"encoding/base32"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

const (
	period    = 30 // seconds of a step
	skew      = 1  // steps that a clock may be off, either way
	secretLen = 20 // bytes, as RFC 4226 recommends
)

// New makes a secret, in the base32 that apps read.
func New() string {
	var raw [secretLen]byte
	_, _ = rand.Read(raw[:]) // never fails: it ends the process instead
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw[:])
}

// URL is what an app reads from a QR code: the secret, whose house and whose account it is of.
// The stars of a masked address stand as they are, since some apps show the path undecoded.
func URL(issuer, name, secret string) string {
	q := url.Values{"secret": {secret}, "issuer": {issuer}}
	return "otpauth://totp/" + strings.ReplaceAll(url.PathEscape(issuer+":"+name), "%2A", "*") + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
}

// Check tells the step whose code this is. Steps up to last were used before and count no
// more, so that a code that was overheard opens nothing. Whoever asks must write the step
// down by compare-and-set before anybody is let in.
func Check(secret, code string, now time.Time, last int64) (step int64, ok bool) {
	code = Digits(code)
	at := now.Unix() / period
	for step := max(at-skew, last+1); step <= at+skew; step++ {
		right, err := hotp.ValidateCustom(code, uint64(step), secret, hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && right {
			return step, true
		}
	}
	return 0, false
}

// Digits is a code of digits as it was shown, however it was typed.
func Digits(said string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		case r == '-' || unicode.IsSpace(r):
			return -1
		default:
			return r
		}
	}, said)
}

const (
	recoveryCodes = 10
	recoveryLen   = 12 // characters of 32 signs: 60 bits
	signs         = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
)

// Recovery makes codes that stand in for the device, each once. They are shown once and
// kept as keyed hashes of Spell.
func Recovery() []string {
	codes := make([]string, recoveryCodes)
	for i := range codes {
		var raw [recoveryLen]byte
		_, _ = rand.Read(raw[:])
		for j, b := range raw {
			raw[j] = signs[b%byte(len(signs))]
		}
		codes[i] = string(raw[:4]) + "-" + string(raw[4:8]) + "-" + string(raw[8:])
	}
	return codes
}

// Spell is the one spelling of a recovery code, however it was typed; empty: it is none.
func Spell(code string) string {
	var b strings.Builder
	for _, r := range strings.ToUpper(code) {
		switch r {
		case ' ', '-':
			continue
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		if !strings.ContainsRune(signs, r) {
			return ""
		}
		b.WriteRune(r)
	}
	if b.Len() != recoveryLen {
		return ""
	}
	return b.String()
}
