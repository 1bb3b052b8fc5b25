package quartet

import "time"

// Person signs in for buyers. One person may belong to several accounts.
type Person struct {
	ID       string
	Name     string  // how others in the account see the person
	Email    Contact // one of the two is there
	Mobile   Contact
	Password string // argon2id in PHC form
	Epoch    int64  // sessions that were begun in an earlier one are over
	Version  int64  // grows with every change: of two at once the later is refused
	TOTP     TOTP
	Created  time.Time
	Disabled time.Time // zero: may sign in
}

// Contact is an address as it is kept: found by a keyed hash, sealed to be written to.
type Contact struct {
	Hash   Fingerprint
	Sealed []byte
}

// IsZero reports whether there is none.
func (c Contact) IsZero() bool { return c.Hash.IsZero() }

// Contact is the person's address of a channel.
func (p *Person) Contact(c Channel) *Contact {
	if c == ChannelEmail {
		return &p.Email
	}
	return &p.Mobile
}

// TOTP is a second factor by RFC 6238.
type TOTP struct {
	Sealed []byte    // the secret; empty: none
	Since  time.Time // when it was confirmed by a first code; zero: it proves nothing yet
	Step   int64     // the last step whose code was said: it and those before are used up
}

// On reports whether it is asked for.
func (t TOTP) On() bool { return !t.Since.IsZero() }

// Passkey is a public key by which a person signs in (WebAuthn).
type Passkey struct {
	ID       string
	Person   string
	Name     string
	Hash     Fingerprint // of the credential's id at its authenticator: it is registered once
	Sealed   []byte      // the credential record
	Count    int64       // of signatures, as the authenticator counts; 0: it does not
	Created  time.Time
	LastUsed time.Time
}

// Purpose is what a code was asked for. A code of another purpose opens nothing.
type Purpose string

// The purposes.
const (
	PurposeSignUp  Purpose = "signup"
	PurposeReset   Purpose = "reset"   // of a forgotten password
	PurposeContact Purpose = "contact" // a new address of a person who is known
)

// MaxCodeTries is how often a code may be said, the right time included.
const MaxCodeTries = 5

// SentCode is six digits that were sent to an address, to prove that whoever says them reads
// it. The digits are kept as a keyed hash alone.
type SentCode struct {
	ID      string
	Purpose Purpose
	Address Contact     // where it was sent
	Channel Channel     // of that address
	Person  string      // whom it is for; empty: nobody yet, or the code opens nothing
	Hash    Fingerprint // of the digits; zero: no digits were sent, and none are right
	Tries   int
	Created time.Time
	Expires time.Time
	Used    time.Time
}

// Member is a person's place in an account.
type Member struct {
	Account string
	Person  string
	Role    Role
	Since   time.Time
}

// Invitation offers a place in an account to whoever has an address.
type Invitation struct {
	ID      string
	Account string
	Address Contact
	Channel Channel // of that address
	Role    Role
	By      string // who invited: a person's id
	Created time.Time
	Expires time.Time
	Ended   time.Time // zero: open
	Person  string    // who took it; empty: nobody, or it was withdrawn
}

// Open reports whether it may be taken at an instant.
func (i Invitation) Open(now time.Time) bool { return i.Ended.IsZero() && now.Before(i.Expires) }

// Registration is what begins to be when somebody registers: a person with a place in a
// new account, or in the one that an invitation leads to.
type Registration struct {
	Person     Person
	Account    Account // without an id: none is opened, an invitation is taken
	Member     Member
	Code       string // is used up by it
	Invitation string // is taken by it; empty: none
	Messages   []Message
}

// PersonChange is what becomes durable with a change of a person.
type PersonChange struct {
	Person   Person        // as it is to be; its Version is the one that was read
	Code     string        // is used up by the change; empty: none
	Recovery []Fingerprint // take the place of the recovery codes; nil: those stay
	Messages []Message

	EndTokens bool // that the person made, in whatever account
}

// Throttle bounds how often something is tried: Max times within Span of the first.
type Throttle struct {
	Key  Fingerprint // of what is counted
	Max  int64
	Span time.Duration
}

// Tried is how often it was tried within its time, this one included.
type Tried struct {
	Times int64
	Until time.Time // then it is forgotten
}

// Ceremony is the memory of a proof that takes several steps, such as a password that was
// right while a second factor is still missing.
type Ceremony struct {
	ID      Fingerprint // of the ticket that its owner holds
	Kind    string
	Person  string // empty: not known yet
	Sealed  []byte
	Expires time.Time
}
