package person

import (
	"context"
	"time"

	"quartet"
	"quartet/internal/password"
)

// Reset gives whoever proves an address by a code a new password. All sessions and tokens end,
// since it is the answer to an account that somebody else got into; the
// failures that were counted are forgotten, and the person is told. A second factor is
// asked for as before. by is the door. ErrInvalid; errors of codes as they are.
func (d *Desk) Reset(ctx context.Context, by, code, digits, next string) (quartet.Person, error) {
	if err := password.Check("", next); err != nil {
		return quartet.Person{}, err
	}
	c, address, err := d.prove(ctx, by, quartet.PurposeReset, "", code, digits)
	if err != nil {
		return quartet.Person{}, err
	}
	p, err := d.store.Person(ctx, c.Person)
	if err != nil {
		return p, err
	}
	if p.Contact(c.Channel).Hash != c.Address.Hash { // the address went to somebody else meanwhile
		return p, d.refuse(ctx, by, "code.refused", c.ID, "the address was given up", wrongCode("this address opens nothing any more"))
	}
	if p.Password, err = d.passwords.Hash(ctx, address.Reveal(), next); err != nil {
		return p, err
	}
	p.Epoch++
	change := quartet.PersonChange{Person: p, Code: c.ID, EndTokens: true}
	if change.Messages, err = d.tell(p, noticeLetter("notice.password", "重置了密码，所有已登录的设备均已退出", d.o.Now())); err != nil {
		return p, err
	}
	if err := d.store.ChangePerson(ctx, change, d.entry(By(p.ID), "person.reset", p.ID, "by a code to "+address.String())); err != nil {
		return p, d.lost(ctx, by, "code.refused", c.ID, err)
	}
	return p, d.welcome(ctx, p)
}

// ChangePassword gives a person a new password; who may do so has proved the old one. All
// sessions end, so that the one that asks begins anew with the epoch that is given back. Tokens
// stay: else no program would outlive its maker's good habit of a new password.
// ErrInvalid, ErrConflict.
func (d *Desk) ChangePassword(ctx context.Context, person, next string) (quartet.Person, error) {
	p, err := d.store.Person(ctx, person)
	if err != nil {
		return p, err
	}
	to, err := d.main(p)
	if err != nil {
		return p, err
	}
	if p.Password, err = d.passwords.Hash(ctx, to.Reveal(), next); err != nil {
		return p, err
	}
	p.Epoch++
	messages, err := d.tell(p, noticeLetter("notice.password", "修改了密码，其他已登录的设备均已退出", d.o.Now()))
	if err != nil {
		return p, err
	}
	return p, d.store.ChangePerson(ctx, quartet.PersonChange{Person: p, Messages: messages}, d.entry(By(p.ID), "person.password", p.ID, ""))
}

// Move gives a person the address that a code was sent to by AskToMove, in the place of the
// one of its kind. The old one is told, or where there is none the other. ErrConflict: the
// address is taken; errors of codes as they are.
func (d *Desk) Move(ctx context.Context, person, code, digits string) (quartet.Person, error) {
	c, address, err := d.prove(ctx, By(person), quartet.PurposeContact, person, code, digits)
	if err != nil {
		return quartet.Person{}, err
	}
	p, err := d.store.Person(ctx, person)
	if err != nil {
		return p, err
	}
	was := *p.Contact(c.Channel)
	if was.IsZero() {
		was = *p.Contact(other(c.Channel))
	}
	old, err := d.reveal(was, recordOf("person", p.ID))
	if err != nil {
		return p, err
	}
	*p.Contact(c.Channel) = d.contact(address, recordOf("person", p.ID))
	change := quartet.PersonChange{Person: p, Code: c.ID}
	if d.o.Post.Reaches(old.Channel()) {
		change.Messages = []quartet.Message{d.o.Post.Write(old, noticeLetter("notice.address", "绑定了新的联系方式 "+address.String(), d.o.Now()))}
	}
	e := states(d.entry(By(p.ID), "person.address", p.ID, string(c.Channel)), map[string]string{"address": old.String()}, map[string]string{"address": address.String()})
	if err := d.store.ChangePerson(ctx, change, e); err != nil {
		return p, d.lost(ctx, By(person), "code.refused", c.ID, err)
	}
	return p, d.welcome(ctx, p)
}

func other(c quartet.Channel) quartet.Channel {
	if c == quartet.ChannelEmail {
		return quartet.ChannelMobile
	}
	return quartet.ChannelEmail
}

// Rename changes how others in the account see a person. ErrInvalid, ErrConflict.
func (d *Desk) Rename(ctx context.Context, person, name string) (quartet.Person, error) {
	p, err := d.store.Person(ctx, person)
	if err != nil {
		return p, err
	}
	before := p.Name
	if p.Name, err = personName(name); err != nil || p.Name == before {
		return p, err
	}
	e := states(d.entry(By(p.ID), "person.rename", p.ID, ""), map[string]string{"name": before}, map[string]string{"name": p.Name})
	return p, d.store.ChangePerson(ctx, quartet.PersonChange{Person: p}, e)
}

// Disable ends all sessions of a person, who may not sign in until Enable. It is the house
// that does so: by is an operator.
func (d *Desk) Disable(ctx context.Context, by, person, why string) (quartet.Person, error) {
	p, err := d.store.Person(ctx, person)
	if err != nil || !p.Disabled.IsZero() {
		return p, err
	}
	p.Disabled = d.o.Now()
	p.Epoch++
	return p, d.store.ChangePerson(ctx, quartet.PersonChange{Person: p}, d.entry(by, "person.disable", p.ID, why))
}

// Enable lets a disabled person sign in again.
func (d *Desk) Enable(ctx context.Context, by, person string) (quartet.Person, error) {
	p, err := d.store.Person(ctx, person)
	if err != nil || p.Disabled.IsZero() {
		return p, err
	}
	p.Disabled = time.Time{}
	return p, d.store.ChangePerson(ctx, quartet.PersonChange{Person: p}, d.entry(by, "person.enable", p.ID, ""))
}
