// Package support answers buyers.
//
// The trip of a ticket: a buyer opens it, with a first message and perhaps the seqNo of a
// call → support looks at the queue, takes it and answers → the buyer writes again, or
// either side says that it is solved → within seven days whoever writes opens it again, and
// after them it closes. Whoever is written to and does not look is told by mail, once for a
// burst; the mail says that there is an answer and nothing of what it says.
//
// A chat is a ticket whose sides are both there: each follows the messages as they come.
// Where nobody of support is there, or nobody answers in time, it becomes a ticket like any
// other, and a message says so.
//
// The law:
//   - A message is written once, in one place: its sender gives it an id, and a repeat is
//     answered with the message that is there. Places of a ticket are 1, 2, 3 in the order
//     in which messages were written, so who follows from a place misses and doubles none.
//   - What anybody writes loses whatever looks like an ID number, a card or a mobile before it
//     is kept, and they are told. What is left is sealed, since a name looks like any word.
//   - A ticket names a call of its own account alone. Support sees what became of the call,
//     never an element: none is kept.
//   - Notes among the house are never shown to buyers, and buyers count places without them:
//     neither a gap nor a last place tells of one.
package support

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"quartet"
	"quartet/internal/audit"
	"quartet/internal/notify"
	"quartet/internal/seal"
)

// Tickets keeps tickets and what was said to them.
type Tickets interface {
	OpenTicket(ctx context.Context, p quartet.TicketStep, most int) (quartet.Ticket, error)
	StepTicket(ctx context.Context, id string, key quartet.Fingerprint, decide func(quartet.Ticket) (quartet.TicketStep, error)) (quartet.TicketMessage, error)
	SeeTicket(ctx context.Context, ticket string, side quartet.TicketSide, place int64) error
	CloseSolved(ctx context.Context, before, now time.Time) (int64, error)
}

// Reader reads them.
type Reader interface {
	Ticket(ctx context.Context, id string) (quartet.Ticket, error)
	Tickets(ctx context.Context, f quartet.TicketFilter) ([]quartet.Ticket, error)
	TicketQueue(ctx context.Context, f quartet.TicketFilter, behind quartet.TicketPlace) ([]quartet.Ticket, error)
	TicketMessages(ctx context.Context, ticket string, after int64, internal bool, limit int) ([]quartet.TicketMessage, error)
	TicketFile(ctx context.Context, ticket, file string) (quartet.TicketMessage, []byte, error)
	TicketStatistics(ctx context.Context, from, to time.Time) (quartet.TicketStatistics, error)
}

// Desks keeps who of support is there, and what it likes to answer.
type Desks interface {
	SetPresence(ctx context.Context, operator string, until time.Time, e quartet.AuditEntry) error
	Presence(ctx context.Context, now time.Time) ([]string, error)
	CannedAnswers(ctx context.Context) ([]quartet.CannedAnswer, error)
	PutCannedAnswer(ctx context.Context, a quartet.CannedAnswer, e quartet.AuditEntry) error
}

// Calls finds calls.
type Calls interface {
	FindCall(ctx context.Context, no quartet.SeqNo) (quartet.Call, error)
	Attempts(ctx context.Context, no quartet.SeqNo) ([]quartet.Attempt, error)
}

// Store keeps all of it.
type Store interface {
	Tickets
	Reader
	Desks
	Calls
}

// Post writes what people are told; the store sends it off.
type Post interface {
	Reaches(c quartet.Channel) bool
	Write(to quartet.Address, l notify.Letter) quartet.Message
}

// People writes to the people of an account.
type People interface {
	// Letters tells a letter to those persons who still belong to the account, or to its
	// owners if none does.
	Letters(ctx context.Context, account string, persons []string, l notify.Letter) ([]quartet.Message, error)
}

// Staff knows who runs the house.
type Staff interface {
	FindID(ctx context.Context, id string) (quartet.Operator, error)
}

// Options are what a desk stands on. A zero span is what every house has; tests are less
// patient.
type Options struct {
	Store  Store
	Ring   *seal.Keyring
	SeqNos *quartet.SeqNoCipher
	Post   Post
	People People
	Staff  Staff
	Lines  quartet.SupportLines
	Site   string // where browsers find this house; empty: mails have no link
	Now    func() time.Time

	Wait time.Duration // in which a chat is answered, before it becomes a ticket
	Lull time.Duration // before somebody is told by mail of what they have not seen
	Beat time.Duration // between two signs of life of who follows a ticket
	Look time.Duration // between two looks of who follows a ticket at what other nodes wrote
	// Alone says that no other node writes to the database. Who follows is woken then, and looks
	// no more often than they give a sign of life.
	Alone bool
	Stay  time.Duration // after which who follows a ticket passes the door anew
}

// Desk is where tickets are looked after. Safe for concurrent use.
type Desk struct {
	o      Options
	hasher *seal.Hasher
	live   *live
}

// label names the subkey under which the ids of messages are kept.
const label = "support"

// New makes the desk.
func New(o Options) *Desk {
	or := func(d *time.Duration, standard time.Duration) {
		if *d == 0 {
			*d = standard
		}
	}
	or(&o.Wait, 3*time.Minute)
	or(&o.Lull, time.Minute)
	or(&o.Beat, 15*time.Second)
	if o.Alone {
		o.Look = o.Beat
	}
	or(&o.Look, time.Second)
	or(&o.Stay, 10*time.Minute)
	return &Desk{o: o, hasher: seal.NewHasher(o.Ring.Key(label)), live: newLive()}
}

// Lines are how buyers reach support.
func (d *Desk) Lines() quartet.SupportLines { return d.o.Lines }

// Who is who does something with a ticket.
type Who struct {
	ID   string // of the person or the operator
	By   string // as the audit names them
	Name string // as the other side reads it
	Side quartet.TicketSide
	// Account is the one that a buyer acts for. Tickets of another one are none.
	Account string
}

// Opened is a ticket as it may be shown.
type Opened struct {
	quartet.Ticket
	Subject string
	Word    string
	SeqNo   string // of the call that it is about; empty: of none
}

// Line is a message as it may be shown.
type Line struct {
	quartet.TicketMessage
	Name     string
	Text     string
	FileName string
	House    quartet.TicketLine // what the house itself says; Text has it in Chinese
}

// words are what a message seals.
type words struct {
	Name string `json:"name,omitempty"`
	Text string `json:"text,omitempty"`
	File string `json:"file,omitempty"`

	Line quartet.TicketLine `json:"line,omitempty"` // in place of the text: see Line.House
}

func subjectOf(ticket string) string  { return "ticket.subject/" + ticket }
func wordOf(ticket string) string     { return "ticket.word/" + ticket }
func messageOf(message string) string { return "ticket.message/" + message }
func fileOf(file string) string       { return "ticket.file/" + file }

// may is ErrNotFound for a ticket of another account, in the words of the store, which never
// tell what is another account's from nothing.
func (w Who) may(t *quartet.Ticket) error {
	if w.Side == quartet.SideBuyer && (w.Account == "" || t.Account != w.Account) {
		return quartet.Errorf(quartet.ErrNotFound, "there is no such ticket")
	}
	return nil
}

// find finds a ticket that somebody may see.
func (d *Desk) find(ctx context.Context, who Who, id string) (quartet.Ticket, error) {
	t, err := d.o.Store.Ticket(ctx, id)
	if err == nil {
		err = who.may(&t)
	}
	return t, err
}

// Find finds a ticket. ErrNotFound.
func (d *Desk) Find(ctx context.Context, who Who, id string) (Opened, error) {
	t, err := d.find(ctx, who, id)
	if err != nil {
		return Opened{}, err
	}
	return d.opened(t)
}

// List lists tickets that fit, newest first: those of the account alone for a buyer. A seqNo
// of the wrong shape is ErrInvalid.
func (d *Desk) List(ctx context.Context, who Who, f quartet.TicketFilter, seqNo string) ([]Opened, error) {
	if who.Side == quartet.SideBuyer {
		f.Account = who.Account
	}
	if err := d.about(&f, seqNo); err != nil {
		return nil, err
	}
	list, err := d.o.Store.Tickets(ctx, f)
	if err != nil {
		return nil, err
	}
	return d.shown(list)
}

// Queue lists tickets of all accounts that fit, as they press, behind a place. A seqNo of the
// wrong shape is ErrInvalid.
func (d *Desk) Queue(ctx context.Context, f quartet.TicketFilter, seqNo string, behind quartet.TicketPlace) ([]Opened, error) {
	if err := d.about(&f, seqNo); err != nil {
		return nil, err
	}
	list, err := d.o.Store.TicketQueue(ctx, f, behind)
	if err != nil {
		return nil, err
	}
	return d.shown(list)
}

// about lets a filter ask for the tickets of a call.
func (d *Desk) about(f *quartet.TicketFilter, seqNo string) (err error) {
	if seqNo != "" {
		f.SeqNo, err = d.o.SeqNos.Parse(seqNo)
	}
	return err
}

func (d *Desk) shown(list []quartet.Ticket) (_ []Opened, err error) {
	shown := make([]Opened, len(list))
	for i := range list {
		if shown[i], err = d.opened(list[i]); err != nil {
			return nil, err
		}
	}
	return shown, nil
}

func (d *Desk) opened(t quartet.Ticket) (Opened, error) {
	o := Opened{Ticket: t}
	subject, err := d.o.Ring.Unseal(t.Subject, subjectOf(t.ID))
	if err != nil {
		return o, err
	}
	o.Subject = string(subject)
	if t.Word != nil {
		word, err := d.o.Ring.Unseal(t.Word, wordOf(t.ID))
		if err != nil {
			return o, err
		}
		o.Word = string(word)
	}
	if !t.SeqNo.IsZero() {
		o.SeqNo = d.o.SeqNos.Text(t.SeqNo)
	}
	return o, nil
}

// Messages lists what was said to a ticket behind a place, at most limit; a buyer is not
// shown what is internal. That it was read is written down. ErrNotFound.
func (d *Desk) Messages(ctx context.Context, who Who, id string, after int64, limit int) ([]Line, error) {
	t, err := d.find(ctx, who, id)
	if err != nil {
		return nil, err
	}
	lines, err := d.lines(ctx, who, id, after, limit)
	if err != nil {
		return nil, err
	}
	return lines, d.seen(ctx, who, &t, lines)
}

func (d *Desk) lines(ctx context.Context, who Who, id string, after int64, limit int) ([]Line, error) {
	list, err := d.messages(ctx, id, who.Side, after, limit)
	if err != nil {
		return nil, err
	}
	lines := make([]Line, len(list))
	for i := range list {
		if lines[i], err = d.line(list[i]); err != nil {
			return nil, err
		}
	}
	return lines, nil
}

// messages are what was said to a ticket, as a side sees and counts it.
func (d *Desk) messages(ctx context.Context, ticket string, side quartet.TicketSide, after int64, limit int) ([]quartet.TicketMessage, error) {
	list, err := d.o.Store.TicketMessages(ctx, ticket, after, side == quartet.SideSupport, limit)
	for i := range list {
		list[i] = list[i].For(side)
	}
	return list, err
}

func (d *Desk) line(m quartet.TicketMessage) (Line, error) {
	plain, err := d.o.Ring.Unseal(m.Sealed, messageOf(m.ID))
	if err != nil {
		return Line{}, err
	}
	var w words
	if err := json.Unmarshal(plain, &w); err != nil {
		return Line{}, quartet.Errorf(quartet.ErrInternal, "message %s of a ticket is damaged", m.ID)
	}
	if w.Line != "" {
		w.Text = w.Line.Words()
	}
	return Line{TicketMessage: m, Name: w.Name, Text: w.Text, FileName: w.File, House: w.Line}, nil
}

// seen writes how far a side has read.
func (d *Desk) seen(ctx context.Context, who Who, t *quartet.Ticket, lines []Line) error {
	if len(lines) == 0 || lines[len(lines)-1].Place <= t.Reader(who.Side).Seen {
		return nil
	}
	t.Reader(who.Side).Seen = lines[len(lines)-1].Place
	return d.o.Store.SeeTicket(ctx, t.ID, who.Side, t.Reader(who.Side).Seen)
}

// message makes a message that is not written yet.
func (d *Desk) message(ticket string, who Who, w words, at time.Time) (quartet.TicketMessage, error) {
	plain, err := json.Marshal(w)
	if err != nil {
		return quartet.TicketMessage{}, err
	}
	m := quartet.TicketMessage{ID: newID(), Ticket: ticket, Side: who.Side, By: who.By, At: at}
	m.Key = d.hasher.Sum("said", ticket, who.By, m.ID)
	m.Sealed = d.o.Ring.Seal(plain, messageOf(m.ID))
	return m, nil
}

// system makes a message of the house itself.
func (d *Desk) system(ticket string, line quartet.TicketLine, at time.Time) (quartet.TicketMessage, error) {
	return d.message(ticket, Who{Side: quartet.SideSystem}, words{Line: line}, at)
}

func (d *Desk) entry(who Who, action string, t *quartet.Ticket, detail string) quartet.AuditEntry {
	return audit.Entry(d.o.Now(), who.By, action, t.ID, detail)
}

func newID() string {
	id, err := uuid.NewV7()
	if err != nil { // cannot happen: the source of randomness ends the process instead
		panic(err)
	}
	return id.String()
}
