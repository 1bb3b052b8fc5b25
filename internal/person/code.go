package person

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"math/big"
	"time"

	"quartet"
	"quartet/internal/notify"
	"quartet/internal/throttle"
	"quartet/internal/totp"
)

const codeFor = 10 * time.Minute

// sending bounds the codes to one address, whatever for. The total keeps mailboxes from being
// filled by many who ask together.
var sending = throttle.Rule{What: "code", Each: 5, Place: 30, Total: 20, Span: time.Hour}

// Asked is what whoever asked for a code is told, whoever has the address.
type Asked struct {
	ID      string
	Address quartet.Address // prints itself masked
	Expires time.Time
}

// AskToRegister sends a code to an address that is to be registered. If somebody has it
// already, the letter says so and no code comes. by is the door. ErrInvalid, ErrLimited;
// ErrUnsupported: nothing can be sent there.
func (d *Desk) AskToRegister(ctx context.Context, by, address string) (Asked, error) {
	return d.ask(ctx, by, address, quartet.SentCode{Purpose: quartet.PurposeSignUp})
}

// AskToReset sends a code to whoever forgot a password. If nobody has the address, the
// letter says so and no code comes. Errors as of AskToRegister.
func (d *Desk) AskToReset(ctx context.Context, by, address string) (Asked, error) {
	return d.ask(ctx, by, address, quartet.SentCode{Purpose: quartet.PurposeReset})
}

// AskToMove sends a code to an address that a person wants to sign in with from now on.
// Errors as of AskToRegister.
func (d *Desk) AskToMove(ctx context.Context, person, address string) (Asked, error) {
	return d.ask(ctx, By(person), address, quartet.SentCode{Purpose: quartet.PurposeContact, Person: person})
}

func (d *Desk) ask(ctx context.Context, by, address string, c quartet.SentCode) (Asked, error) {
	a, err := quartet.ParseAddress(address)
	if err != nil {
		return Asked{}, err
	}
	if !d.o.Post.Reaches(a.Channel()) {
		return Asked{}, &quartet.Error{Code: quartet.ErrUnsupported, Field: "address", Message: "nothing can be sent there from here; give the other kind of address, of e-mail and mobile"}
	}
	hash := d.hashOf(a)
	if _, err := d.try(ctx, by, "code.limited", c.Person, "codes were asked for", sending, throttle.Target{Name: hash.String()}, throttle.Origin(ctx)); err != nil {
		return Asked{}, err
	}
	owner, err := d.store.PersonAt(ctx, hash)
	if err != nil && quartet.CodeOf(err) != quartet.ErrNotFound {
		return Asked{}, err
	}
	now := d.o.Now()
	c.ID, c.Created, c.Expires = newID(), now, now.Add(codeFor)
	c.Address, c.Channel = d.contact(a, recordOf("code", c.ID)), a.Channel()
	letter := d.codeLetter(&c, owner)
	return Asked{ID: c.ID, Address: a, Expires: c.Expires}, d.store.PutCode(ctx, c, d.o.Post.Write(a, letter))
}

// codeLetter chooses what comes to the address: a code, whose hash it puts down, or why none
// comes. Both are as much work.
func (d *Desk) codeLetter(c *quartet.SentCode, owner quartet.Person) notify.Letter {
	known := owner.ID != ""
	digits := newDigits()
	hash := d.hashDigits(c.ID, digits)
	switch {
	case c.Purpose == quartet.PurposeReset && !known:
		return unknownLetter(c.Expires)
	case c.Purpose != quartet.PurposeReset && known:
		return takenLetter(c.Purpose, c.Expires)
	case c.Purpose == quartet.PurposeReset:
		c.Person = owner.ID
	}
	c.Hash = hash
	return codeLetter(c.Purpose, digits, c.Expires)
}

func newDigits() string {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil { // cannot happen: the source of randomness ends the process instead
		panic(err)
	}
	return fmt.Sprintf("%06d", n)
}

func (d *Desk) hashDigits(id, digits string) quartet.Fingerprint {
	return d.hasher.Sum("code", id, digits)
}

// prove takes a code that was said. It counts as tried before it is looked at, and is used
// up only by the change that names it. ErrInvalid: it is wrong, or was sent for something
// else. ErrNotFound, ErrReplayed, ErrExpired, ErrLimited.
func (d *Desk) prove(ctx context.Context, by string, purpose quartet.Purpose, person, id, said string) (quartet.SentCode, quartet.Address, error) {
	no := func(subject, detail string, why error) (quartet.SentCode, quartet.Address, error) {
		return quartet.SentCode{}, quartet.Address{}, d.refuse(ctx, by, "code.refused", subject, detail, why)
	}
	c, err := d.store.TryCode(ctx, id, d.o.Now())
	switch quartet.CodeOf(err) {
	case "":
	case quartet.ErrNotFound: // what is no id of ours is not repeated
		return no("", "there is no such code", quartet.Errorf(quartet.ErrNotFound, "no such code was sent; ask for a new one"))
	case quartet.ErrReplayed, quartet.ErrExpired, quartet.ErrLimited:
		return no(c.ID, err.Error(), err)
	default:
		return quartet.SentCode{}, quartet.Address{}, err
	}
	address, err := d.reveal(c.Address, recordOf("code", c.ID))
	if err != nil {
		return quartet.SentCode{}, quartet.Address{}, err
	}
	if c.Purpose != purpose || c.Purpose == quartet.PurposeContact && c.Person != person {
		return no(c.ID, fmt.Sprintf("a code for %s was said for %s", c.Purpose, purpose), wrongCode("this code was sent for something else; ask for one for this"))
	}
	want, got := c.Hash, d.hashDigits(c.ID, totp.Digits(said))
	if c.Hash.IsZero() || subtle.ConstantTimeCompare(want[:], got[:]) != 1 {
		left := quartet.MaxCodeTries - c.Tries
		return no(c.ID, fmt.Sprintf("wrong code for %s of %s, try %d", purpose, address, c.Tries), wrongCode(fmt.Sprintf("the code is wrong; %d tries are left", left)))
	}
	return c, address, nil
}

func wrongCode(message string) error {
	return &quartet.Error{Code: quartet.ErrInvalid, Field: "code", Message: message}
}
