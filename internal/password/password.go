// Package password makes and compares the hashes of passwords, of operators and of people
// who sign in for buyers alike.
//
// A password is kept as argon2id alone. The work is heavy on purpose, so few are worked on
// at once and the rest wait; and whoever says a name that nobody has waits as long as with
// a wrong password.
package password

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"golang.org/x/text/unicode/norm"

	"quartet"
)

// Work is what hashing one password costs. It is kept within each hash, so that hashes of
// different work live side by side.
type Work struct {
	MemoryKiB  uint32
	Iterations uint32 // passes over the memory
}

// Real is the work of every password of a house: 64 MiB, passed over three times, as RFC 9106
// has it for machines that do other work too. Whatever stands on passwords takes it unless
// it is told otherwise, as tests do that have many of them.
func Real() Work { return Work{MemoryKiB: 64 << 10, Iterations: 3} }

// One lane: the other processors go on answering calls.
const (
	lanes   = 1
	saltLen = 16
	keyLen  = 32
)

// atOnce is how many passwords are worked on at once; others wait. Without it a few dozen
// would take gigabytes.
const atOnce = 2

const (
	shortest = 12
	longest  = 128
)

// Check is ErrInvalid for what may not be the password of somebody of this name. Length
// alone is asked for: rules about kinds of characters make passwords easier to guess.
func Check(name, password string) error {
	password = norm.NFC.String(password)
	var fault string
	switch n := utf8.RuneCountInString(password); {
	case !utf8.ValidString(password) || strings.ContainsFunc(password, unicode.IsControl):
		fault = "a password has no control characters; was a key pressed that types none?"
	case n < shortest || n > longest:
		fault = "a password has 12 to 128 characters; a few words in a row do well"
	case strings.EqualFold(password, norm.NFC.String(name)):
		fault = "the password is the name; choose another one"
	default:
		return nil
	}
	return &quartet.Error{Code: quartet.ErrInvalid, Field: "password", Message: fault}
}

// Hasher works on few passwords at once. Safe for concurrent use.
type Hasher struct {
	work   Work
	places chan struct{} // one for each hash under way
}

// New makes a hasher of that work, or of the real one where none is said; each has its own
// bound.
func New(w Work) *Hasher {
	if w == (Work{}) {
		w = Real()
	}
	return &Hasher{work: w, places: make(chan struct{}, atOnce)}
}

// Nobodys is a hash that no password has: salt and key are all zeros. Comparing with it is as
// much work as with any other of this hasher.
func (h *Hasher) Nobodys() string {
	zeros := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", h.work.MemoryKiB, h.work.Iterations, lanes, zeros(make([]byte, saltLen)), zeros(make([]byte, keyLen)))
}

// Hash makes the hash that is kept of a new password of somebody of this name. ErrInvalid
// as of Check.
func (h *Hasher) Hash(ctx context.Context, name, password string) (hash string, err error) {
	if err := Check(name, password); err != nil {
		return "", err
	}
	err = h.take(ctx, func() error {
		hash, err = argon2id.CreateHash(norm.NFC.String(password), &argon2id.Params{
			Memory: h.work.MemoryKiB, Iterations: h.work.Iterations, Parallelism: lanes, SaltLength: saltLen, KeyLength: keyLen,
		})
		return err
	})
	return hash, err
}

// Matches reports whether a hash was made of a password. ErrInternal: the hash is none.
func (h *Hasher) Matches(ctx context.Context, password, hash string) (right bool, err error) {
	err = h.take(ctx, func() error {
		right, err = argon2id.ComparePasswordAndHash(norm.NFC.String(password), hash)
		if err != nil {
			err = &quartet.Error{Code: quartet.ErrInternal, Message: "what is kept of this password cannot be read; give a new one", Cause: err}
		}
		return err
	})
	return right, err
}

// take runs f when there is a place for it, unless its caller has gone.
func (h *Hasher) take(ctx context.Context, f func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case h.places <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-h.places }()
	return f()
}
