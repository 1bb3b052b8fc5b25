package operator

import (
	"context"

	"quartet"
	"quartet/internal/password"
)

// CheckPassword is ErrInvalid for what may not be the password of this name.
func CheckPassword(name, said string) error { return password.Check(name, said) }

// matches reports whether a hash that is kept was made of what was said.
func (r *Roster) matches(ctx context.Context, said, hash string) (bool, error) {
	right, err := r.passwords.Matches(ctx, said, hash)
	if quartet.CodeOf(err) == quartet.ErrInternal && ctx.Err() == nil {
		err = &quartet.Error{Code: quartet.ErrInternal, Message: "an operator's password cannot be read; give a new one with `quartet operator reset`", Cause: err}
	}
	return right, err
}
