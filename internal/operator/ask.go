package operator

import (
	"context"

	"quartet"
	"quartet/internal/audit"
)

// Admit adds an operator as an administrator wishes. A role that takes two is only asked for:
// until another administrator confirms it the operator has none, and can do nothing but set up
// the own password and second factor. ErrInvalid, ErrConflict as of Add.
func (r *Roster) Admit(ctx context.Context, by, name string, role quartet.Role, password string) (quartet.Operator, error) {
	if !role.TakesTwo() {
		return r.Add(ctx, by, name, role, password)
	}
	now := r.now()
	entry := audit.Entry(now, by, "operator.add", "", "")
	entry.After = askedJSON("", role)
	return r.add(ctx, quartet.Operator{Name: name, Asked: quartet.AskedRole{Role: role, By: by, At: now}}, role, password, entry)
}

// Ask gives an operator another role, or asks for one that takes two. ErrInvalid, ErrNotFound;
// ErrForbidden: the own role; ErrConflict: another one is asked for already, the operator has
// this one, or is the last administrator.
func (r *Roster) Ask(ctx context.Context, by, id string, role quartet.Role) (quartet.Operator, error) {
	o, err := r.FindID(ctx, id)
	if err != nil {
		return o, err
	}
	if !role.TakesTwo() {
		if err := r.SetRole(ctx, by, o.Name, role); err != nil {
			return o, err
		}
		return r.FindID(ctx, id)
	}
	if err := notOwn(by, o); err != nil {
		return o, err
	}
	switch {
	case o.Role == role:
		return o, quartet.Errorf(quartet.ErrConflict, "%s is %s already", o.Name, role)
	case !o.Asked.IsZero():
		return o, quartet.Errorf(quartet.ErrConflict, "%s asked already that %s be %s; confirm or reject that first", o.Asked.By, o.Name, o.Asked.Role)
	}
	now := r.now()
	entry := audit.Entry(now, by, "operator.ask", o.ID, o.Name)
	entry.Before, entry.After = roleJSON(o.Role), askedJSON(o.Role, role)
	if err := r.store.AskOperatorRole(ctx, o.ID, quartet.AskedRole{Role: role, By: by, At: now}, entry); err != nil {
		return o, err
	}
	return r.FindID(ctx, id)
}

// Confirm is the word of another administrator to a role that is asked for: the operator has it
// and is signed out. role is the one that was looked at. ErrNotFound; ErrForbidden: who asked, or
// the operator; ErrConflict: this role is not asked for.
func (r *Roster) Confirm(ctx context.Context, by, id string, role quartet.Role) (quartet.Operator, error) {
	o, err := r.FindID(ctx, id)
	if err != nil {
		return o, err
	}
	if err := notOwn(by, o); err != nil {
		return o, err
	}
	switch {
	case o.Asked.IsZero() || o.Asked.Role != role:
		return o, quartet.Errorf(quartet.ErrConflict, "nobody asks that %s be %s; look at it again", o.Name, role)
	case o.Asked.By == by:
		return o, quartet.Errorf(quartet.ErrForbidden, "you have asked for this yourself; another administrator confirms it. Where there is none, whoever owns the data folder makes one with `quartet operator`")
	}
	entry := audit.Entry(r.now(), by, "operator.role", o.ID, o.Name+", asked for by "+o.Asked.By)
	entry.Before, entry.After = askedJSON(o.Role, role), roleJSON(role)
	if err := r.store.ConfirmOperatorRole(ctx, o.ID, role, by, entry); err != nil {
		return o, err
	}
	return r.FindID(ctx, id)
}

// Reject ends that a role is asked for; who asked may take it back so. ErrNotFound; ErrConflict:
// none is.
func (r *Roster) Reject(ctx context.Context, by, id string) (quartet.Operator, error) {
	o, err := r.FindID(ctx, id)
	if err != nil {
		return o, err
	}
	entry := audit.Entry(r.now(), by, "operator.reject", o.ID, o.Name)
	entry.Before, entry.After = askedJSON(o.Role, o.Asked.Role), roleJSON(o.Role)
	if err := r.store.DropOperatorRole(ctx, o.ID, entry); err != nil {
		return o, err
	}
	return r.FindID(ctx, id)
}

// notOwn is ErrForbidden for the own role: who could change it would be every role in turn.
func notOwn(by string, o quartet.Operator) error {
	if o.Name == by {
		return quartet.Errorf(quartet.ErrForbidden, "nobody changes the own role; another administrator does")
	}
	return nil
}
