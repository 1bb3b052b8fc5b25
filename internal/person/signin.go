package person

import (
	"context"
	"time"

	"quartet"
	"quartet/internal/throttle"
)

// What may be guessed how often. Who is signed in has counters of his own, so that no stranger
// uses them up.
var (
	signingIn    = throttle.Rule{What: "signin", Each: 5, Place: 30, Total: 50, Span: 15 * time.Minute}
	proving      = throttle.Rule{What: "password", Each: 5, Span: 15 * time.Minute}
	secondFactor = throttle.Rule{What: "factor", Each: 5, Span: 15 * time.Minute}
)

// Authenticate tells the person whose address and password these are; by is the door. Where
// NeedsFactor says so, a second factor is missing yet. ErrUnauthenticated: the one or the
// other is wrong, which of them is not told. ErrForbidden: this person may not sign in any
// more. ErrLimited: there were too many failures from there, or in all from where this person
// is not known; the password was not looked at.
func (d *Desk) Authenticate(ctx context.Context, by, address, said string) (quartet.Person, error) {
	a, err := quartet.ParseAddress(address)
	hash := d.hashOf(a)
	if err != nil { // what is no address is one that nobody has
		hash = d.hasher.Sum("no address", address)
	}
	p, err := d.store.PersonAt(ctx, hash)
	known := err == nil
	if err != nil && quartet.CodeOf(err) != quartet.ErrNotFound {
		return quartet.Person{}, err
	}
	attempt, err := d.try(ctx, by, "person.limited", "", "failed sign-ins", signingIn, throttle.Target{Name: hash.String(), Secret: p.Password}, throttle.Origin(ctx))
	if err != nil {
		return quartet.Person{}, err
	}
	kept := p.Password
	if !known {
		kept = d.passwords.Nobodys() // as much work as a wrong password
	}
	right, err := d.passwords.Matches(ctx, said, kept)
	if err != nil { // nothing was learnt from it
		_ = d.door.Back(context.WithoutCancel(ctx), attempt)
		return quartet.Person{}, err
	}
	switch {
	case !known:
		// The address is not written: it may be a password in the wrong place.
		return quartet.Person{}, d.refuse(ctx, by, "person.refused", "", "an address that nobody has", errWrong)
	case !right:
		return quartet.Person{}, d.refuse(ctx, by, "person.refused", p.ID, "wrong password", errWrong)
	case !p.Disabled.IsZero():
		return quartet.Person{}, d.refuse(ctx, by, "person.refused", p.ID, "may not sign in any more", errDisabled)
	}
	needs, err := d.NeedsFactor(ctx, p)
	if err != nil {
		return quartet.Person{}, err
	}
	if needs { // the failures with this address stand until the second factor is proved as well
		return p, d.door.Half(ctx, attempt)
	}
	return p, d.door.Pass(ctx, attempt)
}

var (
	errWrong    = quartet.Errorf(quartet.ErrUnauthenticated, "the address or the password is wrong")
	errDisabled = quartet.Errorf(quartet.ErrForbidden, "this person may not sign in any more; ask whoever runs this house")
)

// ProvePassword takes the password of somebody who is signed in once more. ErrUnauthenticated,
// ErrLimited.
func (d *Desk) ProvePassword(ctx context.Context, person, said string) error {
	attempt, err := d.try(ctx, By(person), "person.limited", person, "wrong passwords", proving, throttle.Target{Name: person}, "")
	if err != nil {
		return err
	}
	p, err := d.store.Person(ctx, person)
	if err != nil {
		return err
	}
	right, err := d.passwords.Matches(ctx, said, p.Password)
	if err != nil { // nothing was learnt from it
		_ = d.door.Back(context.WithoutCancel(ctx), attempt)
		return err
	}
	if !right {
		return d.refuse(ctx, By(person), "person.refused", person, "wrong password", quartet.Errorf(quartet.ErrUnauthenticated, "the password is wrong"))
	}
	return d.door.Pass(ctx, attempt)
}

// NeedsFactor reports whether a session of a person must prove a second factor.
func (d *Desk) NeedsFactor(ctx context.Context, p quartet.Person) (bool, error) {
	if p.TOTP.On() {
		return true, nil
	}
	keys, err := d.store.Passkeys(ctx, p.ID)
	return len(keys) > 0, err
}

// Standing tells how the person of a session stands now. ErrNotFound: there is none, or one
// who may not sign in any more.
func (d *Desk) Standing(ctx context.Context, s quartet.Session) (quartet.Standing, error) {
	p, err := d.store.Person(ctx, s.Who)
	if err == nil && !p.Disabled.IsZero() {
		err = quartet.Errorf(quartet.ErrNotFound, "this person may not sign in any more")
	}
	if err != nil {
		return quartet.Standing{}, err
	}
	now := quartet.Standing{By: By(p.ID), Name: p.Name, Epoch: p.Epoch}
	if now.Factors, err = d.NeedsFactor(ctx, p); err != nil || s.Account == "" {
		return now, err
	}
	places, err := d.store.Memberships(ctx, p.ID)
	for _, m := range places {
		if m.Account == s.Account {
			now.Role = m.Role
		}
	}
	return now, err
}

// welcome forgets the failed sign-ins with a person's addresses from where they have come in
// now, and from where they are known from now on.
func (d *Desk) welcome(ctx context.Context, p quartet.Person) error {
	for _, c := range []quartet.Contact{p.Email, p.Mobile} {
		if c.IsZero() {
			continue
		}
		if err := d.door.Welcome(ctx, signingIn, throttle.Target{Name: c.Hash.String(), Secret: p.Password}, throttle.Origin(ctx)); err != nil {
			return err
		}
	}
	return nil
}
