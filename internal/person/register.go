package person

import (
	"context"

	"quartet"
	"quartet/internal/account"
	"quartet/internal/password"
)

// Registration is what somebody gives to be registered.
type Registration struct {
	Code       string // the id of Asked
	Digits     string // what came to the address
	Name       string
	Password   string
	Account    string // the name of the account that is opened; not looked at with an invitation
	Invitation string // the id of one to the address; empty: none
}

// Register makes a person of whoever proves an address: with a new account as its owner, or
// with the place that an invitation offers. by is the door. ErrInvalid; ErrConflict: the
// address or the name of the account is taken; errors of codes as they are.
func (d *Desk) Register(ctx context.Context, by string, r Registration) (quartet.Person, quartet.Member, error) {
	fail := func(err error) (quartet.Person, quartet.Member, error) {
		return quartet.Person{}, quartet.Member{}, err
	}
	// What can be put right is found before a try of the code is spent on it.
	name, err := personName(r.Name)
	if err != nil {
		return fail(err)
	}
	if err := password.Check(name, r.Password); err != nil {
		return fail(err)
	}
	now := d.o.Now()
	p := quartet.Person{ID: newID(), Name: name, Epoch: 1, Created: now}
	m := quartet.Member{Person: p.ID, Role: quartet.RoleOwner, Since: now}
	var opened quartet.Account
	if r.Invitation == "" {
		if opened, err = d.draft(r.Account); err != nil {
			return fail(err)
		}
		m.Account = opened.ID
	}
	c, address, err := d.prove(ctx, by, quartet.PurposeSignUp, "", r.Code, r.Digits)
	if err != nil {
		return fail(err)
	}
	// Who has which name is told to nobody who has not proved an address.
	if r.Invitation == "" {
		if err := d.free(ctx, opened); err != nil {
			return fail(err)
		}
	} else {
		i, err := d.invitationTo(ctx, by, r.Invitation, c.Address.Hash)
		if err != nil {
			return fail(err)
		}
		m.Account, m.Role = i.Account, i.Role
	}
	if p.Password, err = d.passwords.Hash(ctx, address.Reveal(), r.Password); err != nil {
		return fail(err)
	}
	*p.Contact(address.Channel()) = d.contact(address, recordOf("person", p.ID))
	e := states(d.entry(By(p.ID), "person.register", p.ID, address.String()), nil, map[string]string{"account": m.Account, "role": string(m.Role), "address": address.String()})
	err = d.store.Register(ctx, quartet.Registration{Person: p, Account: opened, Member: m, Code: c.ID, Invitation: r.Invitation}, e)
	if err != nil {
		return fail(d.lost(ctx, by, "person.refused", c.ID, err))
	}
	return p, m, d.welcome(ctx, p)
}

// draft is the new account of whoever registers.
func (d *Desk) draft(name string) (quartet.Account, error) {
	a, err := account.Draft(name, d.o.Now())
	if err != nil {
		err = &quartet.Error{Code: quartet.ErrInvalid, Field: "account_name", Message: err.Error()}
	}
	return a, err
}

// free is ErrConflict for a new account whose name another one has.
func (d *Desk) free(ctx context.Context, a quartet.Account) error {
	list, err := d.store.AccountsCalled(ctx, a.ID, a.Name)
	if err != nil {
		return err
	}
	return account.Free(a, list)
}

// lost writes a change that came too late, or for which there was no room, to the audit.
func (d *Desk) lost(ctx context.Context, by, action, subject string, err error) error {
	switch quartet.CodeOf(err) {
	case quartet.ErrReplayed, quartet.ErrConflict:
		return d.refuse(ctx, by, action, subject, err.Error(), err)
	default:
		return err
	}
}
