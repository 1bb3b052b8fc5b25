package support

import (
	"context"
	"fmt"
	"strconv"

	"quartet"
)

// Say writes a message to a ticket, under an id that its sender gives to it: a repeat under the
// same id is answered with the message that is there. ErrInvalid, ErrNotFound; ErrConflict: the
// ticket is closed, or the id was used for something else.
func (d *Desk) Say(ctx context.Context, who Who, ticket, id, text string) (Line, error) {
	return d.write(ctx, who, ticket, id, text, false, nil)
}

// Note writes a note that the house alone sees. Errors as of Say.
func (d *Desk) Note(ctx context.Context, who Who, ticket, id, text string) (Line, error) {
	return d.write(ctx, who, ticket, id, text, true, nil)
}

// Attach writes a message that brings a file. Errors as of Say; ErrTooLarge, ErrUnsupported;
// ErrConflict: the ticket has as many as it takes.
func (d *Desk) Attach(ctx context.Context, who Who, ticket, id, name string, content []byte) (Line, error) {
	f, err := inspect(name, content)
	if err != nil {
		return Line{}, err
	}
	return d.write(ctx, who, ticket, id, "", false, f)
}

func (d *Desk) write(ctx context.Context, who Who, ticket, id, text string, internal bool, f *file) (Line, error) {
	if len(id) < 8 || len(id) > 64 {
		return Line{}, &quartet.Error{Code: quartet.ErrInvalid, Field: "id", Message: "give the message an id of 8 to 64 characters, so that a repeat is known to be one"}
	}
	if _, err := d.find(ctx, who, ticket); err != nil {
		return Line{}, err
	}
	w := words{Name: who.Name}
	scrubbed := false
	if f == nil {
		var err error
		if w.Text, scrubbed, err = said("text", text, maxText); err != nil {
			return Line{}, err
		}
	} else {
		w.File = f.name
	}
	now := d.o.Now()
	m, err := d.message(ticket, who, w, now)
	if err != nil {
		return Line{}, err
	}
	m.Key, m.Scrubbed, m.Internal = d.hasher.Sum("said", ticket, who.By, id), scrubbed, internal
	var sealed []byte
	if f != nil {
		m.File, sealed = f.TicketFile, d.o.Ring.Seal(f.content, fileOf(f.ID))
	}
	// It is read before the step: a step that read would hold one connection and wait for another,
	// and as many as there are connections would wait for each other.
	there, err := d.o.Store.Presence(ctx, now)
	if err != nil {
		return Line{}, err
	}
	kept, err := d.o.Store.StepTicket(ctx, ticket, m.Key, func(t quartet.Ticket) (quartet.TicketStep, error) {
		return d.step(who, t, m, sealed, len(there) > 0)
	})
	if err != nil {
		return Line{}, err
	}
	line, err := d.line(kept.For(who.Side))
	if err != nil {
		return Line{}, err
	}
	if kept.ID != m.ID && (line.Text != w.Text || line.FileName != w.File || kept.Internal != internal || f != nil && kept.File.Size != f.Size) {
		return Line{}, &quartet.Error{Code: quartet.ErrConflict, Field: "id", Message: "you have said something else under this id; give each message its own"}
	}
	d.live.wake(ticket)
	return line, nil
}

// step is what a message makes of its ticket.
func (d *Desk) step(who Who, t quartet.Ticket, m quartet.TicketMessage, sealed []byte, there bool) (quartet.TicketStep, error) {
	if err := who.may(&t); err != nil {
		return quartet.TicketStep{}, err
	}
	p := quartet.TicketStep{Ticket: t, File: sealed}
	if m.File.ID != "" && t.Files >= quartet.TicketFiles {
		return p, quartet.Errorf(quartet.ErrConflict, "this ticket has %d files, and takes no more", t.Files)
	}
	action := "ticket.say"
	switch {
	case m.Internal:
		action = "ticket.note"
	default:
		var err error
		if p.Ticket, err = t.Said(who.Side, m.At); err != nil {
			return p, err
		}
		if m.File.ID != "" {
			action = "ticket.attach"
		}
	}
	p.Say(m)
	p.Entry = d.entry(who, action, &t, "message "+strconv.FormatInt(p.Ticket.Last, 10))
	if t.State != p.Ticket.State {
		p.Entry.Detail += fmt.Sprintf(", from %s to %s", t.State, p.Ticket.State)
	}
	if m.Internal {
		return p, nil
	}
	return p, d.follow(&p, who.Side, there, m.At)
}

// Solve says that a ticket is solved: either side may. ErrNotFound, ErrConflict.
func (d *Desk) Solve(ctx context.Context, who Who, id string) (Opened, error) {
	return d.turn(ctx, who, id, "ticket.solve", func(t quartet.Ticket) (quartet.Ticket, error) { return t.Solve(d.o.Now()) }, quartet.LineSolved)
}

// Close closes a ticket for good. ErrNotFound, ErrConflict.
func (d *Desk) Close(ctx context.Context, who Who, id string) (Opened, error) {
	return d.turn(ctx, who, id, "ticket.close", func(t quartet.Ticket) (quartet.Ticket, error) { return t.Close(d.o.Now()) }, quartet.LineClosed)
}

// Rate says once how content a buyer is, with one to five stars and perhaps a word.
// ErrInvalid, ErrNotFound, ErrConflict.
func (d *Desk) Rate(ctx context.Context, who Who, id string, stars int64, word string) (Opened, error) {
	var sealed []byte
	if word != "" {
		clean, _, err := said("word", word, 500)
		if err != nil {
			return Opened{}, err
		}
		sealed = d.o.Ring.Seal([]byte(clean), wordOf(id))
	}
	return d.turn(ctx, who, id, "ticket.rate", func(t quartet.Ticket) (quartet.Ticket, error) { return t.Rate(stars, sealed, d.o.Now()) }, "")
}

// Assign gives a ticket to an operator who serves buyers, or to nobody for "". ErrInvalid,
// ErrNotFound.
func (d *Desk) Assign(ctx context.Context, who Who, id, operator string) (Opened, error) {
	if operator != "" {
		o, err := d.o.Staff.FindID(ctx, operator)
		if quartet.CodeOf(err) == quartet.ErrNotFound || err == nil && !o.Role.May(quartet.MayServeBuyers) {
			err = &quartet.Error{Code: quartet.ErrInvalid, Field: "assignee", Message: "this is nobody who serves buyers"}
		}
		if err != nil {
			return Opened{}, err
		}
	}
	return d.turn(ctx, who, id, "ticket.assign", func(t quartet.Ticket) (quartet.Ticket, error) {
		if t.State == quartet.TicketClosed {
			return t, quartet.Errorf(quartet.ErrConflict, "this ticket is closed")
		}
		t.Assignee = operator
		return t, nil
	}, "")
}

// Sort says what a ticket is about and how much it presses. ErrInvalid, ErrNotFound.
func (d *Desk) Sort(ctx context.Context, who Who, id string, c quartet.TicketCategory, p quartet.TicketPriority) (Opened, error) {
	if err := quartet.CheckTicketWords(c, p); err != nil {
		return Opened{}, err
	}
	return d.turn(ctx, who, id, "ticket.sort", func(t quartet.Ticket) (quartet.Ticket, error) {
		t.Category, t.Priority = c, p
		return t, nil
	}, "")
}

// turn makes a step that says nothing but perhaps a line of the house.
func (d *Desk) turn(ctx context.Context, who Who, id, action string, change func(quartet.Ticket) (quartet.Ticket, error), line quartet.TicketLine) (Opened, error) {
	if _, err := d.find(ctx, who, id); err != nil {
		return Opened{}, err
	}
	var after quartet.Ticket
	_, err := d.o.Store.StepTicket(ctx, id, quartet.Fingerprint{}, func(t quartet.Ticket) (p quartet.TicketStep, err error) {
		if err := who.may(&t); err != nil {
			return p, err
		}
		if p.Ticket, err = change(t); err != nil {
			return p, err
		}
		if line != "" {
			m, err := d.system(id, line, d.o.Now())
			if err != nil {
				return p, err
			}
			p.Say(m)
		}
		p.Entry = d.entry(who, action, &t, "")
		p.Entry.Before, p.Entry.After = state(&t), state(&p.Ticket)
		after = p.Ticket
		return p, nil
	})
	if err != nil {
		return Opened{}, err
	}
	d.live.wake(id)
	return d.opened(after)
}
