package operator

import (
	"context"

	"quartet"
)

// Standing tells how the operator of a session stands now. ErrNotFound: there is none of
// that id.
func (r *Roster) Standing(ctx context.Context, s quartet.Session) (quartet.Standing, error) {
	list, err := r.store.Operators(ctx)
	if err != nil {
		return quartet.Standing{}, err
	}
	for _, o := range list {
		if o.ID == s.Who {
			return quartet.Standing{By: o.Name, Name: o.Name, Role: quartet.RoleAdministrator}, nil
		}
	}
	return quartet.Standing{}, quartet.Errorf(quartet.ErrNotFound, "there is no operator of that id")
}
