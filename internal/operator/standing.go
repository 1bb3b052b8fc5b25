package operator

import (
	"context"

	"quartet"
)

// Standing tells how the operator of a session stands now. ErrNotFound: there is none of
// that id, or no more.
func (r *Roster) Standing(ctx context.Context, s quartet.Session) (quartet.Standing, error) {
	o, err := r.FindID(ctx, s.Who)
	if err != nil {
		return quartet.Standing{}, err
	}
	return quartet.Standing{By: o.Name, Name: o.Name, Role: o.Role, Epoch: o.Epoch, Factors: !o.FactorSince.IsZero(), PasswordDue: o.PasswordGiven}, nil
}
