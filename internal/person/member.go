package person

import (
	"context"
	"slices"
	"time"

	"quartet"
	"quartet/internal/throttle"
)

const (
	invitationFor = 7 * 24 * time.Hour
	shown         = 200
)

// inviting bounds the invitations to one address; the origin of one is its account.
var inviting = throttle.Rule{What: "invite", Each: 5, Place: 50, Total: 20, Span: 24 * time.Hour}

// Companion is one of the people of an account.
type Companion struct {
	Card
	Role  quartet.Role
	Since time.Time
}

// Members lists the people of an account, those who came first first.
func (d *Desk) Members(ctx context.Context, account string) ([]Companion, error) {
	places, err := d.store.Members(ctx, account)
	if err != nil {
		return nil, err
	}
	var list []Companion
	for _, m := range places {
		p, err := d.store.Person(ctx, m.Person)
		if err != nil {
			return nil, err
		}
		card, err := d.CardOf(p)
		if err != nil {
			return nil, err
		}
		list = append(list, Companion{Card: card, Role: m.Role, Since: m.Since})
	}
	return list, nil
}

// Memberships lists a person's places in accounts, oldest first.
func (d *Desk) Memberships(ctx context.Context, person string) ([]quartet.Member, error) {
	return d.store.Memberships(ctx, person)
}

// Offer is an invitation as it may be shown.
type Offer struct {
	quartet.Invitation
	To   quartet.Address // prints itself masked
	Name string          // of the account
}

func (d *Desk) offer(i quartet.Invitation, names map[string]string) (Offer, error) {
	to, err := d.reveal(i.Address, recordOf("invitation", i.ID))
	return Offer{Invitation: i, To: to, Name: names[i.Account]}, err
}

// names are the names of accounts by id.
func (d *Desk) names(ctx context.Context, ids ...string) (map[string]string, error) {
	list, err := d.store.AccountsCalled(ctx, ids...)
	names := make(map[string]string, len(list))
	for _, a := range list {
		names[a.ID] = a.Name
	}
	return names, err
}

func invalidRole() error {
	return &quartet.Error{Code: quartet.ErrInvalid, Field: "role", Message: "the role of a person in an account is owner, developer, finance or reader"}
}

// Invite offers a place in an account to whoever has an address, and tells them there. An
// offer to the same address that is open ends with it. person is who invites. ErrInvalid,
// ErrLimited, ErrUnsupported; ErrConflict: whoever has the address is there already.
func (d *Desk) Invite(ctx context.Context, person, account, address string, role quartet.Role) (Offer, error) {
	if !role.OfAccount() {
		return Offer{}, invalidRole()
	}
	a, err := quartet.ParseAddress(address)
	if err != nil {
		return Offer{}, err
	}
	if !d.o.Post.Reaches(a.Channel()) {
		return Offer{}, &quartet.Error{Code: quartet.ErrUnsupported, Field: "address", Message: "nothing can be sent there from here; give the other kind of address, of e-mail and mobile"}
	}
	hash := d.hashOf(a)
	if _, err := d.try(ctx, By(person), "invitation.limited", account, "invitations", inviting, throttle.Target{Name: hash.String()}, account); err != nil {
		return Offer{}, err
	}
	if err := d.stranger(ctx, account, hash); err != nil {
		return Offer{}, err
	}
	names, err := d.names(ctx, account)
	if err != nil {
		return Offer{}, err
	}
	firm, err := d.firm(ctx, account)
	if err != nil {
		return Offer{}, err
	}
	now := d.o.Now()
	i := quartet.Invitation{ID: newID(), Account: account, Channel: a.Channel(), Role: role, By: person, Created: now, Expires: now.Add(invitationFor)}
	i.Address = d.contact(a, recordOf("invitation", i.ID))
	e := states(d.entry(By(person), "invitation.send", i.ID, a.String()), nil, map[string]string{"account": account, "role": string(role), "address": a.String()})
	return Offer{Invitation: i, To: a, Name: names[account]}, d.store.Invite(ctx, i, d.o.Post.Write(a, invitationLetter(i.ID, firm, d.o.House, role, i.Expires, d.o.Site)), e)
}

// firm is the legal name of the firm that an account was verified as; empty: of none.
func (d *Desk) firm(ctx context.Context, account string) (string, error) {
	if d.o.Firms == nil {
		return "", nil
	}
	return d.o.Firms.LegalName(ctx, account)
}

// stranger is ErrConflict when whoever has an address belongs to an account.
func (d *Desk) stranger(ctx context.Context, account string, address quartet.Fingerprint) error {
	p, err := d.store.PersonAt(ctx, address)
	if quartet.CodeOf(err) == quartet.ErrNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	places, err := d.store.Memberships(ctx, p.ID)
	for _, m := range places {
		if m.Account == account {
			return quartet.Errorf(quartet.ErrConflict, "whoever has this address belongs to the account already; change the role instead")
		}
	}
	return err
}

// Offers lists the invitations of an account, newest first.
func (d *Desk) Offers(ctx context.Context, account string) ([]Offer, error) {
	list, err := d.store.Invitations(ctx, account, shown)
	if err != nil {
		return nil, err
	}
	return d.offers(ctx, list)
}

// OffersTo lists the open invitations to a person's addresses.
func (d *Desk) OffersTo(ctx context.Context, person string) ([]Offer, error) {
	p, err := d.store.Person(ctx, person)
	if err != nil {
		return nil, err
	}
	var all []quartet.Invitation
	for _, c := range []quartet.Contact{p.Email, p.Mobile} {
		if c.IsZero() {
			continue
		}
		list, err := d.store.InvitationsTo(ctx, c.Hash, d.o.Now())
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return d.offers(ctx, all)
}

func (d *Desk) offers(ctx context.Context, list []quartet.Invitation) (offers []Offer, err error) {
	ids := make([]string, len(list))
	for i := range list {
		ids[i] = list[i].Account
	}
	slices.Sort(ids)
	names, err := d.names(ctx, slices.Compact(ids)...)
	if err != nil {
		return nil, err
	}
	for _, i := range list {
		o, err := d.offer(i, names)
		if err != nil {
			return nil, err
		}
		offers = append(offers, o)
	}
	return offers, nil
}

// invitationTo finds an open invitation to one of these addresses. ErrNotFound: none of that
// id was sent to them. ErrConflict: it was taken or withdrawn, or its time is over.
func (d *Desk) invitationTo(ctx context.Context, by, id string, addresses ...quartet.Fingerprint) (quartet.Invitation, error) {
	i, err := d.openInvitation(ctx, id, addresses)
	if code := quartet.CodeOf(err); code == quartet.ErrNotFound || code == quartet.ErrConflict {
		err = d.refuse(ctx, by, "invitation.refused", i.ID, err.Error(), err)
	}
	return i, err
}

func (d *Desk) openInvitation(ctx context.Context, id string, addresses []quartet.Fingerprint) (quartet.Invitation, error) {
	i, err := d.store.Invitation(ctx, id)
	if err != nil && quartet.CodeOf(err) != quartet.ErrNotFound {
		return i, err
	}
	to := false // of one that is not there the address is nobody's
	for _, a := range addresses {
		to = to || !a.IsZero() && a == i.Address.Hash
	}
	switch {
	case !to:
		return i, quartet.Errorf(quartet.ErrNotFound, "no such invitation was sent to your address; add the address that it was sent to, or ask for another one")
	case !i.Open(d.o.Now()):
		return i, quartet.Errorf(quartet.ErrConflict, "this invitation was taken or withdrawn, or its time is over; ask for a new one")
	}
	return i, nil
}

// Accept gives a person the place that an invitation to one of the person's addresses
// offers. ErrNotFound, ErrConflict.
func (d *Desk) Accept(ctx context.Context, person, invitation string) (quartet.Member, error) {
	p, err := d.store.Person(ctx, person)
	if err != nil {
		return quartet.Member{}, err
	}
	i, err := d.invitationTo(ctx, By(person), invitation, p.Email.Hash, p.Mobile.Hash)
	if err != nil {
		return quartet.Member{}, err
	}
	m := quartet.Member{Account: i.Account, Person: person, Role: i.Role, Since: d.o.Now()}
	e := states(d.entry(By(person), "invitation.accept", i.ID, ""), nil, map[string]string{"account": m.Account, "role": string(m.Role)})
	if err := d.store.Accept(ctx, i.ID, m, e); err != nil {
		return quartet.Member{}, d.lost(ctx, By(person), "invitation.refused", i.ID, err)
	}
	return m, nil
}

// Withdraw ends an open invitation of an account. ErrNotFound.
func (d *Desk) Withdraw(ctx context.Context, by, account, invitation string) error {
	return d.store.EndInvitation(ctx, account, invitation, d.o.Now(), d.entry(by, "invitation.withdraw", invitation, ""))
}

// place finds a person's place in an account, or ErrNotFound.
func (d *Desk) place(ctx context.Context, account, person string) (quartet.Member, error) {
	places, err := d.store.Memberships(ctx, person)
	if err != nil {
		return quartet.Member{}, err
	}
	for _, m := range places {
		if m.Account == account {
			return m, nil
		}
	}
	return quartet.Member{}, quartet.Errorf(quartet.ErrNotFound, "there is no such person in this account")
}

// address is how the audit of an account tells one of its people from the others, whose name
// is gone from it once they are: as their address is shown.
func (d *Desk) address(ctx context.Context, person string) (string, error) {
	p, err := d.store.Person(ctx, person)
	if err != nil {
		return "", err
	}
	card, err := d.CardOf(p)
	if card.Email.IsZero() {
		return card.Mobile.String(), err
	}
	return card.Email.String(), err
}

// SetRole gives a person another role in an account. ErrInvalid, ErrNotFound; ErrConflict:
// the account would have no owner.
func (d *Desk) SetRole(ctx context.Context, by, account, person string, role quartet.Role) (quartet.Member, error) {
	if !role.OfAccount() {
		return quartet.Member{}, invalidRole()
	}
	m, err := d.place(ctx, account, person)
	if err != nil || m.Role == role {
		return m, err
	}
	before := map[string]string{"account": account, "role": string(m.Role)}
	m.Role = role
	address, err := d.address(ctx, person)
	if err != nil {
		return m, err
	}
	e := states(d.entry(by, "member.role", person, address), before, map[string]string{"account": account, "role": string(role), "address": address})
	return m, d.store.SetRole(ctx, m, e)
}

// Remove takes a person's place in an account away; of one's own it is leaving. ErrNotFound;
// ErrConflict: the account would have no owner.
func (d *Desk) Remove(ctx context.Context, by, account, person string) error {
	m, err := d.place(ctx, account, person)
	if err != nil {
		return err
	}
	address, err := d.address(ctx, person)
	if err != nil {
		return err
	}
	e := states(d.entry(by, "member.remove", person, address), map[string]string{"account": account, "role": string(m.Role), "address": address}, nil)
	return d.store.RemoveMember(ctx, account, person, e)
}

// Mailboxes are the e-mail addresses of those of an account's people who have a right and may
// sign in.
func (d *Desk) Mailboxes(ctx context.Context, account string, right quartet.Right) ([]quartet.Address, error) {
	members, err := d.Members(ctx, account)
	if err != nil {
		return nil, err
	}
	var list []quartet.Address
	for i := range members {
		if m := &members[i]; m.Role.May(right) && m.Disabled.IsZero() && !m.Email.IsZero() {
			list = append(list, m.Email)
		}
	}
	return list, nil
}
