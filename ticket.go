package quartet

import (
	"slices"
	"strings"
	"time"
)

// TicketState is where a ticket stands.
type TicketState string

// The states of a ticket. A closed one is never opened again; a solved one is when somebody
// writes within TicketReopen, and closes itself after it.
const (
	TicketOpen              TicketState = "open" // nobody of the house has answered yet
	TicketWaitingForBuyer   TicketState = "waiting_for_buyer"
	TicketWaitingForSupport TicketState = "waiting_for_support"
	TicketSolved            TicketState = "solved"
	TicketClosed            TicketState = "closed"
)

// TicketReopen is how long a solved ticket can be opened again.
const TicketReopen = 7 * 24 * time.Hour

// TicketCategory is what a ticket is about.
type TicketCategory string

// TicketCategories is all that a ticket can be about.
func TicketCategories() []TicketCategory {
	return []TicketCategory{"call", "integration", "billing", "invoice", "account", "other"}
}

// TicketPriority is how much a ticket presses.
type TicketPriority string

// TicketNormal is the priority of a ticket that nobody has said another one of.
const TicketNormal TicketPriority = "normal"

// TicketPriorities is all of them.
func TicketPriorities() []TicketPriority {
	return []TicketPriority{"low", TicketNormal, "high", "urgent"}
}

// TicketSide is who says something.
type TicketSide string

// The sides of a ticket.
const (
	SideBuyer   TicketSide = "buyer"
	SideSupport TicketSide = "support"
	SideSystem  TicketSide = "system" // the house itself, by no person
)

// Ticket is a buyer's question to support, with all that was said to it. A chat is a ticket
// that is live: both sides are expected to be there.
type Ticket struct {
	ID       string
	Number   string // what people quote
	Account  string
	Person   string // who opened it, an id
	Subject  []byte // sealed
	Category TicketCategory
	Priority TicketPriority
	State    TicketState
	Live     bool
	SeqNo    SeqNo       // the call it is about; zero: none
	Assignee string      // id of the operator who looks after it; empty: nobody
	Opening  Fingerprint // of who opened it, and of the id they gave to opening it
	Created  time.Time
	Answered time.Time // when support first answered; zero: not yet
	Waits    time.Time // since when somebody waits for support; zero: nobody does
	Solved   time.Time // zero: it is not
	Closed   time.Time
	Last     int64 // place of the newest message
	Notes    int64 // messages that the house alone sees
	Files    int64 // how many were attached
	Buyer    TicketReader
	Support  TicketReader
	Stars    int64  // 0: nobody has said how content they are
	Word     []byte // sealed: what was said with the stars
	Rated    time.Time
}

// TicketReader is how far one side has read a ticket, in places as that side counts. Whoever was told of something that they
// have not read yet is told no more: what comes behind it is the same burst.
type TicketReader struct {
	Seen int64 // place of the last message that was shown to them
	Told int64 // place of the message of which they were last to be told
	Sent int64 // place of the message of which they were last told by mail
}

// Due reports whether they are to be told of a new message.
func (r TicketReader) Due() bool { return r.Told <= r.Seen }

// TicketFiles is how many files a ticket takes.
const TicketFiles = 10

// Reader is the reader of a side.
func (t *Ticket) Reader(side TicketSide) *TicketReader {
	if side == SideBuyer {
		return &t.Buyer
	}
	return &t.Support
}

// Newest is the place of the newest message as a side counts: buyers count without notes, so
// that no gap tells them of one.
func (t *Ticket) Newest(side TicketSide) int64 {
	if side == SideBuyer {
		return t.Last - t.Notes
	}
	return t.Last
}

// Over reports whether nobody waits for anybody.
func (s TicketState) Over() bool { return s == TicketSolved || s == TicketClosed }

// Ended reports whether nothing can be said any more.
func (t Ticket) Ended(now time.Time) bool {
	return t.State == TicketClosed || t.State == TicketSolved && !now.Before(t.Solved.Add(TicketReopen))
}

// Said is the ticket after one side said something that the other one reads. ErrConflict: it
// is closed.
func (t Ticket) Said(side TicketSide, now time.Time) (Ticket, error) {
	if t.Ended(now) {
		return t, Errorf(ErrConflict, "this ticket is closed; open another one and quote its number")
	}
	if side == SideSupport {
		if t.Answered.IsZero() {
			t.Answered = now
		}
		t.State, t.Waits = TicketWaitingForBuyer, time.Time{}
	} else {
		if t.State != TicketOpen {
			t.State = TicketWaitingForSupport
		}
		if t.Waits.IsZero() { // who writes again waits no less
			t.Waits = now
		}
	}
	t.Solved = time.Time{}
	r := t.Reader(side)
	r.Told = min(r.Told, r.Seen) // who writes is there: what comes next is another burst
	return t, nil
}

// Solve is the ticket after somebody said that it is solved. ErrConflict: it was.
func (t Ticket) Solve(now time.Time) (Ticket, error) {
	if t.State.Over() {
		return t, Errorf(ErrConflict, "this ticket is %s already", t.State)
	}
	t.State, t.Solved, t.Live, t.Waits = TicketSolved, now, false, time.Time{}
	return t, nil
}

// Close is the ticket after support closed it for good. ErrConflict: it was.
func (t Ticket) Close(now time.Time) (Ticket, error) {
	if t.State == TicketClosed {
		return t, Errorf(ErrConflict, "this ticket is closed already")
	}
	t.State, t.Closed, t.Live, t.Waits = TicketClosed, now, false, time.Time{}
	return t, nil
}

// Rate is the ticket after its buyer said, once, how content they are. ErrInvalid,
// ErrConflict.
func (t Ticket) Rate(stars int64, word []byte, now time.Time) (Ticket, error) {
	switch {
	case stars < 1 || stars > 5:
		return t, &Error{Code: ErrInvalid, Field: "stars", Message: "give one to five stars"}
	case !t.State.Over():
		return t, Errorf(ErrConflict, "this ticket is %s; say how content you are once it is solved", t.State)
	case !t.Rated.IsZero():
		return t, Errorf(ErrConflict, "you have said how content you are; it is not changed")
	}
	t.Stars, t.Word, t.Rated = stars, word, now
	return t, nil
}

// TicketMessage is one thing that was said to a ticket.
type TicketMessage struct {
	ID       string
	Ticket   string
	Place    int64 // 1, 2, 3 in the order in which they were written
	Side     TicketSide
	Internal bool        // for the house alone
	Notes    int64       // how many such stand before it
	By       string      // as the audit names them
	Key      Fingerprint // of who wrote it and of the id they gave to it, so that a repeat is found
	Sealed   []byte      // by which name, what, and the name of the file
	Scrubbed bool        // something that looked like an element was taken out of it
	File     TicketFile
	At       time.Time
}

// For is the message as a side counts places: see Ticket.Newest.
func (m TicketMessage) For(side TicketSide) TicketMessage {
	if side == SideBuyer {
		m.Place, m.Notes = m.Place-m.Notes, 0
	}
	return m
}

// TicketFile is a file that came with a message; its bytes are kept sealed beside it.
type TicketFile struct {
	ID     string // empty: none
	Kind   string // "image/png"
	Size   int64
	Width  int64 // of an image, in pixels
	Height int64
}

// TicketStep is what becomes durable with one step of a ticket.
type TicketStep struct {
	Ticket   Ticket // as it is to be
	Messages []TicketMessage
	File     []byte // sealed bytes of the file of the first message
	Jobs     []Job
	Mails    []Message
	Entry    AuditEntry

	Untouched bool // nothing is to be written
}

// Say adds a message behind those that are there.
func (s *TicketStep) Say(m TicketMessage) {
	s.Ticket.Last++
	m.Place, m.Notes = s.Ticket.Last, s.Ticket.Notes
	if m.Internal {
		s.Ticket.Notes++
	}
	if m.File.ID != "" {
		s.Ticket.Files++
	}
	s.Messages = append(s.Messages, m)
}

// TicketFilter chooses tickets. Zero fields do not restrict.
type TicketFilter struct {
	Account    string
	State      TicketState
	Category   TicketCategory
	Assignee   string
	Unassigned bool
	Number     string
	SeqNo      SeqNo
	Before     string // older than the one of this id
	Limit      int
}

// TicketStatistics is how support did with the tickets that were opened in a span of time.
type TicketStatistics struct {
	Opened   int64
	Answered int64
	Median   time.Duration // from opening to the first answer, of those that have one
	Rated    int64
	Stars    int64 // all together
}

// CannedAnswer is what support answers to questions about one result code.
type CannedAnswer struct {
	Code string // "10005", or of a gateway answer "A400AC"
	Text string
	By   string    // empty: nobody has changed it
	At   time.Time // zero likewise
}

// SupportLines are how buyers reach support. An empty one is not shown.
type SupportLines struct {
	Phone   string
	Line400 string
	Mail    string
	Hours   string
}

// String is them in one line, as it stands below mails and documents.
func (l SupportLines) String() string {
	lines := []string{l.Phone, l.Line400, l.Mail, l.Hours}
	return strings.Join(slices.DeleteFunc(lines, func(s string) bool { return s == "" }), " · ")
}

// CheckTicketWords is ErrInvalid for a category or priority that there is not.
func CheckTicketWords(c TicketCategory, p TicketPriority) error {
	if !slices.Contains(TicketCategories(), c) {
		return &Error{Code: ErrInvalid, Field: "category", Message: "there is no such category"}
	}
	if !slices.Contains(TicketPriorities(), p) {
		return &Error{Code: ErrInvalid, Field: "priority", Message: "there is no such priority"}
	}
	return nil
}
