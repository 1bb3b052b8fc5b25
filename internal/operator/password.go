package operator

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

// The work of one password: 64 MiB, passed over three times, as RFC 9106 has it for
// machines that do other work too. One lane: the other processors go on answering calls.
const (
	memoryKiB  = 64 << 10
	iterations = 3
	lanes      = 1
	saltLen    = 16
	keyLen     = 32
)

// maxHashing is how many passwords are worked on at once; others wait. Without it a few
// dozen would take gigabytes.
const maxHashing = 2

// nobodys is a hash that no password has: its key is all zeros.
var nobodys = fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", memoryKiB, iterations, lanes,
	base64.RawStdEncoding.EncodeToString(make([]byte, saltLen)), base64.RawStdEncoding.EncodeToString(make([]byte, keyLen)))

const (
	minPassword = 12
	maxPassword = 128
)

// CheckPassword is ErrInvalid for what may not be the password of this name. Length alone
// is asked for: rules about kinds of characters make passwords easier to guess.
func CheckPassword(name, password string) error {
	password = norm.NFC.String(password)
	var fault string
	switch n := utf8.RuneCountInString(password); {
	case !utf8.ValidString(password) || strings.ContainsFunc(password, unicode.IsControl):
		fault = "a password has no control characters; was a key pressed that types none?"
	case n < minPassword || n > maxPassword:
		fault = "a password has 12 to 128 characters; a few words in a row do well"
	case strings.EqualFold(password, norm.NFC.String(name)):
		fault = "the password is the name; choose another one"
	default:
		return nil
	}
	return &quartet.Error{Code: quartet.ErrInvalid, Field: "password", Message: fault}
}

// hash makes the hash that is kept of a new password.
func (r *Roster) hash(ctx context.Context, name, password string) (hash string, err error) {
	if err := CheckPassword(name, password); err != nil {
		return "", err
	}
	err = r.work(ctx, func() error {
		hash, err = argon2id.CreateHash(norm.NFC.String(password), &argon2id.Params{
			Memory: memoryKiB, Iterations: iterations, Parallelism: lanes, SaltLength: saltLen, KeyLength: keyLen,
		})
		return err
	})
	return hash, err
}

func (r *Roster) matches(ctx context.Context, password, hash string) (right bool, err error) {
	err = r.work(ctx, func() error {
		right, err = argon2id.ComparePasswordAndHash(norm.NFC.String(password), hash)
		if err != nil {
			err = &quartet.Error{Code: quartet.ErrInternal, Message: "an operator's password cannot be read; give a new one with `quartet operator reset`", Cause: err}
		}
		return err
	})
	return right, err
}

// work runs f when there is a place for it, unless its caller has gone.
func (r *Roster) work(ctx context.Context, f func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case r.hashing <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-r.hashing }()
	return f()
}
