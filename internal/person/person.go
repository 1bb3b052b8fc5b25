// Package person knows the people who sign in for buyers.
//
// The trip of a person: an address is proved by a code that is sent to it → the code and a
// password make the person, with an account of its own or the place that an invitation
// leads to → from then on the password opens a session, and where a second factor is
// enrolled, that as well → an owner invites others, gives roles and takes them.
//
// What is known of a person is little and lies sealed: addresses are found by a keyed hash
// and shown masked, a password is argon2id, digits and recovery codes are keyed hashes,
// secrets of second factors are sealed.
//
// Whoever is not known learns nothing here: an address that somebody has and one that
// nobody has get the same answer after the same work. Every refusal is written to the audit
// before it is answered; of a limit that was passed, the first; of a flood, one a second that
// counts the others.
package person

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/google/uuid"
	"golang.org/x/text/unicode/norm"

	"quartet"
	"quartet/internal/audit"
	"quartet/internal/notify"
	"quartet/internal/password"
	"quartet/internal/seal"
	"quartet/internal/throttle"
)

// People keeps persons.
type People interface {
	Register(ctx context.Context, r quartet.Registration, e quartet.AuditEntry) error
	ChangePerson(ctx context.Context, c quartet.PersonChange, e quartet.AuditEntry) error
	Person(ctx context.Context, id string) (quartet.Person, error)
	PersonAt(ctx context.Context, address quartet.Fingerprint) (quartet.Person, error)
	AccountsCalled(ctx context.Context, refs ...string) ([]quartet.Account, error)
	Audit(ctx context.Context, e quartet.AuditEntry) error
}

// Codes keeps codes that were sent, and proofs that take several steps.
type Codes interface {
	PutCode(ctx context.Context, c quartet.SentCode, m quartet.Message) error
	TryCode(ctx context.Context, id string, now time.Time) (quartet.SentCode, error)
	PutCeremony(ctx context.Context, c quartet.Ceremony) error
	TakeCeremony(ctx context.Context, id quartet.Fingerprint, now time.Time) (quartet.Ceremony, error)
}

// Factors keeps second factors.
type Factors interface {
	UseRecovery(ctx context.Context, person string, hash quartet.Fingerprint, e quartet.AuditEntry) (int64, error)
	RecoveryLeft(ctx context.Context, person string) (int64, error)
	AddPasskey(ctx context.Context, k quartet.Passkey, c quartet.PersonChange, e quartet.AuditEntry) error
	RemovePasskey(ctx context.Context, id string, c quartet.PersonChange, e quartet.AuditEntry) error
	UsePasskey(ctx context.Context, k quartet.Passkey) error
	Passkeys(ctx context.Context, person string) ([]quartet.Passkey, error)
}

// Members keeps who belongs to which account.
type Members interface {
	Members(ctx context.Context, account string) ([]quartet.Member, error)
	Memberships(ctx context.Context, person string) ([]quartet.Member, error)
	SetRole(ctx context.Context, m quartet.Member, e quartet.AuditEntry) error
	RemoveMember(ctx context.Context, account, person string, e quartet.AuditEntry) error
}

// Invitations keeps invitations.
type Invitations interface {
	Invite(ctx context.Context, i quartet.Invitation, m quartet.Message, e quartet.AuditEntry) error
	Accept(ctx context.Context, invitation string, m quartet.Member, e quartet.AuditEntry) error
	EndInvitation(ctx context.Context, account, id string, now time.Time, e quartet.AuditEntry) error
	Invitation(ctx context.Context, id string) (quartet.Invitation, error)
	Invitations(ctx context.Context, account string, limit int) ([]quartet.Invitation, error)
	InvitationsTo(ctx context.Context, address quartet.Fingerprint, now time.Time) ([]quartet.Invitation, error)
}

// Store keeps all of it.
type Store interface {
	People
	Codes
	Factors
	Members
	Invitations
	throttle.Store
}

// Firms knows which firm an account is.
type Firms interface {
	// LegalName is the name on the licence that was approved, or empty.
	LegalName(ctx context.Context, account string) (string, error)
}

// Post writes what people are told; the store sends it off.
type Post interface {
	Reaches(c quartet.Channel) bool
	Write(to quartet.Address, l notify.Letter) quartet.Message
}

// Options are what a desk stands on.
type Options struct {
	Ring  *seal.Keyring
	Post  Post
	Firms Firms // nil: no account is a firm
	Now   func() time.Time
	House string // the name under which apps and authenticators list what is enrolled here
	Site  string // where browsers find it: "https://shop.example.com"; empty: no passkeys

	Passwords password.Work // what new passwords cost; none said: the real one
}

// Desk is where people are looked after. Safe for concurrent use.
type Desk struct {
	store     Store
	o         Options
	hasher    *seal.Hasher
	door      *throttle.Door
	refusals  audit.Sparing
	passwords *password.Hasher
	webauthn  *webauthn.WebAuthn // nil: no passkeys
}

// New makes a desk. ErrInvalid: the site is no address that browsers could show.
func New(store Store, o Options) (*Desk, error) {
	d := &Desk{store: store, o: o, hasher: seal.NewHasher(o.Ring.Key("person")), passwords: password.New(o.Passwords)}
	d.door = throttle.New(store, d.hasher.Sum, o.Now)
	if o.Site == "" {
		return d, nil
	}
	var err error
	d.webauthn, err = relyingParty(o.House, o.Site)
	return d, err
}

// By is how the audit names a person: by the id, since names are nobody's alone. No operator
// can be called so, for the blank.
func By(person string) string { return "person " + person }

func (d *Desk) entry(by, action, subject, detail string) quartet.AuditEntry {
	return audit.Entry(d.o.Now(), by, action, subject, detail)
}

// states gives an entry what was before and after.
func states(e quartet.AuditEntry, before, after any) quartet.AuditEntry {
	e.Before, e.After = audit.JSON(before), audit.JSON(after)
	return e
}

// refuse writes a refusal to the audit and gives back why it is refused. Strangers can cause
// any number of them, so that of each kind one a second is written; those of somebody or
// something that there is are not hidden behind those of nothing.
func (d *Desk) refuse(ctx context.Context, by, action, subject, detail string, why error) error {
	kind := action
	if subject != "" {
		kind += " of what there is"
	}
	told, due := d.refusals.Tell(kind, detail, d.o.Now())
	if !due {
		return why
	}
	if err := d.store.Audit(ctx, d.entry(by, action, subject, told)); err != nil {
		return err
	}
	return why
}

func newID() string {
	id, err := uuid.NewV7()
	if err != nil { // cannot happen: the source of randomness ends the process instead
		panic(err)
	}
	return id.String()
}

// hashOf is how an address is found.
func (d *Desk) hashOf(a quartet.Address) quartet.Fingerprint {
	return d.hasher.Sum("address", string(a.Channel()), a.Reveal())
}

// contact is an address as a record keeps it.
func (d *Desk) contact(a quartet.Address, record string) quartet.Contact {
	return quartet.Contact{Hash: d.hashOf(a), Sealed: d.o.Ring.Seal([]byte(a.Reveal()), record)}
}

// reveal opens the address that a record keeps; none where there is none.
func (d *Desk) reveal(c quartet.Contact, record string) (quartet.Address, error) {
	if c.IsZero() {
		return quartet.Address{}, nil
	}
	plain, err := d.o.Ring.Unseal(c.Sealed, record)
	if err != nil {
		return quartet.Address{}, err
	}
	return quartet.ParseAddress(string(plain))
}

func recordOf(kind, id string) string { return kind + "/" + id }

// Card is what may be shown of a person.
type Card struct {
	ID       string
	Name     string
	Email    quartet.Address // prints itself masked; none: zero
	Mobile   quartet.Address
	Created  time.Time
	Disabled time.Time // zero: may sign in
}

// CardOf makes the card of a person.
func (d *Desk) CardOf(p quartet.Person) (Card, error) {
	email, err := d.reveal(p.Email, recordOf("person", p.ID))
	if err != nil {
		return Card{}, err
	}
	mobile, err := d.reveal(p.Mobile, recordOf("person", p.ID))
	return Card{ID: p.ID, Name: p.Name, Email: email, Mobile: mobile, Created: p.Created, Disabled: p.Disabled}, err
}

// Find finds a person by id, or ErrNotFound.
func (d *Desk) Find(ctx context.Context, id string) (quartet.Person, error) {
	return d.store.Person(ctx, id)
}

// At finds the person who has an address, for whoever serves people: ErrInvalid, ErrNotFound.
// That somebody looked is written before it is answered, also where nobody has the address, since
// that is an answer too. The audit has the address masked.
func (d *Desk) At(ctx context.Context, by, address string) (quartet.Person, error) {
	a, err := quartet.ParseAddress(address)
	if err != nil {
		return quartet.Person{}, err
	}
	p, err := d.store.PersonAt(ctx, d.hashOf(a))
	if err != nil && quartet.CodeOf(err) != quartet.ErrNotFound {
		return p, err
	}
	if err := d.store.Audit(ctx, d.entry(by, "person.search", p.ID, a.String())); err != nil {
		return quartet.Person{}, err
	}
	return p, err
}

// main is where a person is told things: the e-mail address, or else the mobile.
func (d *Desk) main(p quartet.Person) (quartet.Address, error) {
	c := p.Email
	if c.IsZero() || !d.o.Post.Reaches(quartet.ChannelEmail) && !p.Mobile.IsZero() {
		c = p.Mobile
	}
	return d.reveal(c, recordOf("person", p.ID))
}

// tell writes a letter to a person's main address.
func (d *Desk) tell(p quartet.Person, l notify.Letter) ([]quartet.Message, error) {
	to, err := d.main(p)
	if err != nil || to.IsZero() || !d.o.Post.Reaches(to.Channel()) {
		return nil, err
	}
	return []quartet.Message{d.o.Post.Write(to, l)}, nil
}

const maxName = 50

// personName is a name as it is kept. ErrInvalid.
func personName(name string) (string, error) {
	name = strings.TrimSpace(norm.NFC.String(name))
	if name == "" || !utf8.ValidString(name) || utf8.RuneCountInString(name) > maxName || strings.ContainsFunc(name, unicode.IsControl) {
		return "", &quartet.Error{Code: quartet.ErrInvalid, Field: "name", Message: "a name has 1 to 50 characters and no control characters"}
	}
	return name, nil
}

// try counts a try, and refuses it with ErrLimited when there were too many. The first one
// that is refused is written to the audit, not each of a flood.
func (d *Desk) try(ctx context.Context, by, action, subject, what string, r throttle.Rule, t throttle.Target, origin string) (throttle.Attempt, error) {
	a, err := d.door.Try(ctx, r, t, origin)
	if err != nil || a.Refused.IsZero() {
		return a, err
	}
	why := quartet.Errorf(quartet.ErrLimited, "too many %s; try again after %s", what, a.Refused.In(quartet.Shanghai).Format("2006-01-02 15:04:05"))
	if !a.First {
		return a, why
	}
	return a, d.refuse(ctx, by, action, subject, "too many "+what, why)
}
