// Package notify tells people things, by e-mail and SMS.
//
// The trip of a message: a room that changes something says what is to be told (Letter),
// and Write seals it → the store writes it in the transaction of the change, together with
// the job that sends it → the runner of jobs calls Send, which opens it, hands it to a mail
// server or a provider of SMS, and erases what it said. Until then a crash loses nothing.
// One that comes between the sending and the erasing sends it twice: nobody can prevent
// that, and a message is worded so that it does no harm.
//
// What a message says is sealed in the store and never logged, and nor is what a server
// answers beyond its code, since answers repeat addresses.
package notify

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"quartet"
	"quartet/internal/seal"
)

// Mail is an e-mail on its way.
type Mail struct {
	ID      string // the same if it is sent again
	To      quartet.Address
	Subject string
	Text    string
}

// Mailer sends e-mails. An error says nothing of what the mail holds and to whom it goes.
type Mailer interface {
	Mail(ctx context.Context, m Mail) error
}

// Text is a text message on its way.
type Text struct {
	ID   string
	To   quartet.Address
	Text string
	Code string // what a provider that words messages itself is given; empty: there is none
}

// Texter sends text messages. Errors as of Mailer.
type Texter interface {
	Text(ctx context.Context, t Text) error
}

// Letter is what is to be told.
type Letter struct {
	Kind    string // "code.signup": what it is about, which may be known
	Subject string // of an e-mail
	Text    string
	Code    string    // the code in the text, if there is one
	Expires time.Time // it is of no use from then on; zero: always of use
}

// Store keeps messages. Those who ask for one write it themselves.
type Store interface {
	Message(ctx context.Context, id string) (quartet.Message, error)
	EndMessage(ctx context.Context, id string, sent time.Time) error
}

// Options are how an office reaches people.
type Options struct {
	House   string               // the name that messages are signed with
	Support quartet.SupportLines // below the name, in e-mails
	Mailer  Mailer               // nil: no e-mail is sent
	Texter  Texter               // nil: no SMS is sent
}

// Office writes and sends messages. Safe for concurrent use.
type Office struct {
	store Store
	ring  *seal.Keyring
	o     Options
	now   func() time.Time
}

// New makes an office.
func New(store Store, ring *seal.Keyring, o Options, now func() time.Time) *Office {
	return &Office{store: store, ring: ring, o: o, now: now}
}

// Reaches reports whether anything can be sent over a channel.
func (o *Office) Reaches(c quartet.Channel) bool {
	switch c {
	case quartet.ChannelEmail:
		return o.o.Mailer != nil
	case quartet.ChannelMobile:
		return o.o.Texter != nil
	default:
		return false
	}
}

// envelope is what a message seals.
type envelope struct {
	To      string `json:"to"`
	Subject string `json:"subject"`
	Text    string `json:"text"`
	Code    string `json:"code,omitempty"`
}

// Write makes the message that tells a letter. It is sent once the store has it.
func (o *Office) Write(to quartet.Address, l Letter) quartet.Message {
	id, err := uuid.NewV7()
	if err != nil { // cannot happen: the source of randomness ends the process instead
		panic(err)
	}
	plain, err := json.Marshal(envelope{To: to.Reveal(), Subject: l.Subject, Text: l.Text, Code: l.Code})
	if err != nil { // cannot happen: strings
		panic(err)
	}
	return quartet.Message{
		ID: id.String(), Channel: to.Channel(), Kind: l.Kind, Sealed: o.ring.Seal(plain, record(id.String())), Created: o.now(), Expires: l.Expires,
	}
}

func record(id string) string { return "message/" + id }

// Send sends a message and erases what it says: the handler of the job quartet.JobMailSend.
// One that was sent is sent no more. ErrUnsupported: nothing goes out over its channel, or
// its time was over before it could be sent.
func (o *Office) Send(ctx context.Context, id string) error {
	m, err := o.store.Message(ctx, id)
	if err != nil || m.Sealed == nil {
		return err
	}
	if !m.Expires.IsZero() && !o.now().Before(m.Expires) {
		if err := o.store.EndMessage(ctx, id, time.Time{}); err != nil {
			return err
		}
		return quartet.Errorf(quartet.ErrUnsupported, "its time was over before it could be sent")
	}
	plain, err := o.ring.Unseal(m.Sealed, record(id))
	if err != nil {
		return err
	}
	var e envelope
	if err := json.Unmarshal(plain, &e); err != nil {
		return quartet.Errorf(quartet.ErrInvalid, "message %s is damaged", id)
	}
	to, err := quartet.ParseAddress(e.To)
	if err != nil {
		return quartet.Errorf(quartet.ErrInvalid, "message %s goes to no address", id)
	}
	if err := o.hand(ctx, id, to, e); err != nil {
		return err
	}
	return o.store.EndMessage(ctx, id, o.now())
}

func (o *Office) hand(ctx context.Context, id string, to quartet.Address, e envelope) error {
	switch {
	case !o.Reaches(to.Channel()):
		return quartet.Errorf(quartet.ErrUnsupported, "nothing is set by which %s could be sent", to.Channel())
	case to.Channel() == quartet.ChannelEmail:
		text := e.Text + "\n\n" + o.o.House + "\n"
		if lines := o.o.Support.String(); lines != "" {
			text += lines + "\n"
		}
		return o.o.Mailer.Mail(ctx, Mail{ID: id, To: to, Subject: e.Subject, Text: text})
	default:
		return o.o.Texter.Text(ctx, Text{ID: id, To: to, Text: "【" + o.o.House + "】" + e.Text, Code: e.Code})
	}
}
