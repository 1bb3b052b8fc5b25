package support

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"quartet"
)

const (
	maxSubject = 100
	maxText    = 5000
	maxOpen    = 50 // tickets of an account that wait
)

// Question is what a buyer opens a ticket with.
type Question struct {
	ID       string // that the buyer's program gives to it; empty: a repeat opens another one
	Subject  string
	Text     string
	Category quartet.TicketCategory
	Priority quartet.TicketPriority
	SeqNo    string // of the call that it is about; empty: of none
	Live     bool   // it is a chat
}

// Written is what came of writing something.
type Written struct {
	Line
	Scrubbed bool // something that looked like an element was taken out
}

// Open opens a ticket; asked twice under one id, it opens one. ErrInvalid, ErrLimited;
// ErrNotFound: the account made no call of that number.
func (d *Desk) Open(ctx context.Context, who Who, q Question) (opened Opened, scrubbed bool, err error) {
	if q.Priority == "" {
		q.Priority = quartet.TicketNormal
	}
	if err := quartet.CheckTicketWords(q.Category, q.Priority); err != nil {
		return Opened{}, false, err
	}
	subject, cut, err := said("subject", q.Subject, maxSubject)
	if err != nil {
		return Opened{}, false, err
	}
	if strings.ContainsRune(subject, '\n') {
		return Opened{}, false, &quartet.Error{Code: quartet.ErrInvalid, Field: "subject", Message: "a subject is one line"}
	}
	text, cutToo, err := said("text", q.Text, maxText)
	if err != nil {
		return Opened{}, false, err
	}
	now := d.o.Now()
	t := quartet.Ticket{
		ID: newID(), Account: who.Account, Person: who.ID, Category: q.Category, Priority: q.Priority, State: quartet.TicketOpen, Live: q.Live, Created: now, Waits: now,
	}
	if t.SeqNo, err = d.ownCall(ctx, who.Account, q.SeqNo); err != nil {
		return Opened{}, false, err
	}
	if q.ID == "" {
		q.ID = t.ID
	}
	t.Opening = d.hasher.Sum("opening", who.Account, who.By, q.ID)
	t.Subject = d.o.Ring.Seal([]byte(subject), subjectOf(t.ID))
	p := quartet.TicketStep{Ticket: t, Entry: d.entry(who, "ticket.open", &t, "account "+t.Account+", "+string(t.Category))}
	p.Entry.After = state(&t)
	first, err := d.message(t.ID, who, words{Name: who.Name, Text: text}, now)
	if err != nil {
		return Opened{}, false, err
	}
	first.Scrubbed = cut || cutToo
	p.Say(first)
	there, err := d.o.Store.Presence(ctx, now)
	if err != nil {
		return Opened{}, false, err
	}
	if err := d.follow(&p, quartet.SideBuyer, len(there) > 0, now); err != nil {
		return Opened{}, false, err
	}
	for try := 1; ; try++ {
		p.Ticket.Number = number(now)
		t, err = d.o.Store.OpenTicket(ctx, p, maxOpen)
		if quartet.CodeOf(err) != quartet.ErrConflict || try == 3 {
			break
		}
	}
	if err != nil {
		return Opened{}, false, err
	}
	opened, err = d.opened(t)
	return opened, first.Scrubbed, err
}

// number is one that people can read out: the day, and letters and digits that cannot be
// taken for one another.
func number(now time.Time) string {
	return fmt.Sprintf("T%s-%s", now.In(quartet.Shanghai).Format("060102"), strings.ToUpper(rand.Text()[:6]))
}

// said is what somebody wrote, as it is kept.
func said(field, text string, most int) (clean string, scrubbed bool, err error) {
	bad := func(message string) error {
		return &quartet.Error{Code: quartet.ErrInvalid, Field: field, Message: message}
	}
	if !utf8.ValidString(text) {
		return "", false, bad("this is no text in UTF-8")
	}
	clean, scrubbed = Scrub(strings.ReplaceAll(text, "\r\n", "\n"))
	clean = strings.TrimSpace(clean)
	switch n := utf8.RuneCountInString(clean); {
	case n == 0:
		return "", false, bad("say something")
	case n > most:
		return "", false, bad(fmt.Sprintf("this has %d characters, and at most %d fit", n, most))
	}
	return clean, scrubbed, nil
}

// follow adds what a new message brings with it: the other side is told if it does not look,
// and a chat that nobody answers becomes a ticket. there: somebody of support is.
func (d *Desk) follow(p *quartet.TicketStep, side quartet.TicketSide, there bool, now time.Time) error {
	t := &p.Ticket
	if side == quartet.SideBuyer && t.Live {
		if !there {
			if err := d.fall(p, quartet.LineNobodyThere, now); err != nil {
				return err
			}
		} else {
			p.Jobs = append(p.Jobs, job(JobFall, fallKey(t.ID, t.Last), now, d.o.Wait))
		}
	}
	other := quartet.SideSupport
	if side == quartet.SideSupport {
		other = quartet.SideBuyer
	}
	if r := t.Reader(other); r.Due() {
		r.Told = t.Newest(other)
		p.Jobs = append(p.Jobs, job(JobTell, tellKey(t.ID, other, r.Told), now, d.o.Lull))
	}
	return nil
}

func job(kind, key string, now time.Time, in time.Duration) quartet.Job {
	return quartet.Job{ID: newID(), Kind: kind, Key: key, NextAt: now.Add(in), Created: now}
}

// fall makes a chat a ticket, and says why.
func (d *Desk) fall(p *quartet.TicketStep, why quartet.TicketLine, now time.Time) error {
	p.Ticket.Live = false
	m, err := d.system(p.Ticket.ID, why, now)
	if err == nil {
		p.Say(m)
	}
	return err
}
