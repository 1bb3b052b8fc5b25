// Package auth tells who calls. A secret is never compared in clear: its keyed hash finds
// the credential in a map that is replaced whole when a credential changes.
package auth

import (
	"strings"
	"sync/atomic"

	"quartet"
	"quartet/internal/seal"
)

// Caller is an account that showed a credential in force.
type Caller struct {
	Account    string
	Credential string
	Kind       quartet.CredentialKind
	Suspended  bool
}

// Directory finds callers. Safe for concurrent use.
type Directory struct {
	hasher *seal.Hasher
	known  atomic.Pointer[map[quartet.Fingerprint]Caller]
}

// New makes an empty directory.
func New(h *seal.Hasher) *Directory {
	d := &Directory{hasher: h}
	d.known.Store(&map[quartet.Fingerprint]Caller{})
	return d
}

// Replace puts new accounts and credentials in force, at once for every later call.
// Revoked credentials and those of no account are left out.
func (d *Directory) Replace(accounts []quartet.Account, credentials []quartet.Credential) {
	suspended := make(map[string]bool, len(accounts))
	for _, a := range accounts {
		suspended[a.ID] = a.Suspended()
	}
	known := make(map[quartet.Fingerprint]Caller, len(credentials))
	for _, c := range credentials {
		if off, exists := suspended[c.Account]; exists && !c.Revoked() {
			known[c.Hash] = Caller{Account: c.Account, Credential: c.ID, Kind: c.Kind, Suspended: off}
		}
	}
	d.known.Store(&known)
}

// Find tells whose secret this is. The look-up is by keyed hash, so its time says nothing
// about how near a wrong secret came.
func (d *Directory) Find(kind quartet.CredentialKind, secret string) (Caller, bool) {
	c, ok := (*d.known.Load())[d.hasher.Sum(string(kind), secret)]
	return c, ok
}

// AppCode reads the Authorization header. given is false when there is none or it speaks
// another scheme; code is empty when it is malformed: two different lines, or no code.
// The word APPCODE may be in any case and be followed by blanks or tabs; the code is
// taken as it stands.
func AppCode(lines []string) (code string, given bool) {
	for i, line := range lines {
		line = strings.Trim(line, " \t")
		if len(line) < len("APPCODE") || !strings.EqualFold(line[:len("APPCODE")], "APPCODE") {
			continue
		}
		rest := line[len("APPCODE"):]
		found := strings.TrimLeft(rest, " \t")
		if found != "" && len(found) == len(rest) {
			continue // no blank: another scheme that begins alike
		}
		if given && found != code || i > 0 && !given {
			return "", true
		}
		code, given = found, true
	}
	if given && len(lines) > 1 {
		for _, line := range lines[1:] {
			if line != lines[0] {
				return "", true
			}
		}
	}
	return code, given
}
