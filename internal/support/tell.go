package support

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"quartet"
	"quartet/internal/audit"
	"quartet/internal/notify"
)

// The jobs of tickets. A key names the ticket and the place of the message that asked for it.
const (
	JobTell = "ticket.tell" // tells a side of a message that it has not seen
	JobFall = "ticket.fall" // makes a chat a ticket when nobody has answered a message
)

func fallKey(ticket string, place int64) string {
	return ticket + "/" + strconv.FormatInt(place, 10)
}

func tellKey(ticket string, side quartet.TicketSide, place int64) string {
	return ticket + "/" + string(side) + "/" + strconv.FormatInt(place, 10)
}

// Tell tells a side by mail that there is something new, unless it has seen it: the handler of
// JobTell. The mail holds the number and who wrote, and nothing of what was said.
func (d *Desk) Tell(ctx context.Context, key string) error {
	id, rest, _ := strings.Cut(key, "/")
	side, at, _ := strings.Cut(rest, "/")
	place, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return quartet.Errorf(quartet.ErrInvalid, "the key %q names no message", key)
	}
	t, err := d.o.Store.Ticket(ctx, id)
	if err != nil {
		return err
	}
	reader := quartet.TicketSide(side)
	if t.Reader(reader).Sent >= place {
		return nil
	}
	newest, err := d.newest(ctx, &t, reader)
	if err != nil || newest == 0 {
		return err
	}
	mails, err := d.letters(ctx, &t, reader)
	if err != nil {
		return err
	}
	_, err = d.o.Store.StepTicket(ctx, id, quartet.Fingerprint{}, func(t quartet.Ticket) (quartet.TicketStep, error) {
		r := t.Reader(reader)
		if r.Seen >= newest || r.Sent >= place {
			return quartet.TicketStep{Untouched: true}, nil
		}
		r.Sent, r.Told = place, max(r.Told, newest)
		return quartet.TicketStep{Ticket: t, Mails: mails}, nil
	})
	return err
}

// newest is the place of the newest message that a side has not seen; 0: it has seen all. Who
// has seen the one that they were to be told of may have missed the next ones of the burst, of
// which nobody else tells them.
func (d *Desk) newest(ctx context.Context, t *quartet.Ticket, side quartet.TicketSide) (newest int64, err error) {
	for after := t.Reader(side).Seen; ; {
		list, err := d.messages(ctx, t.ID, side, after, atOnce)
		if err != nil || len(list) == 0 {
			return newest, err
		}
		for i := range list {
			if m := &list[i]; m.Side != side && m.Side != quartet.SideSystem {
				newest = m.Place
			}
		}
		after = list[len(list)-1].Place
	}
}

// letters are the mails that tell a side: the people of the account who wrote, or the mailbox
// of support.
func (d *Desk) letters(ctx context.Context, t *quartet.Ticket, side quartet.TicketSide) ([]quartet.Message, error) {
	if side == quartet.SideBuyer {
		l := notify.Letter{
			Kind: "ticket.answer", Subject: "工单 " + t.Number + " 有新回复",
			Text: fmt.Sprintf("客服回复了您的工单 %s，请登录查看。%s", t.Number, d.link()),
		}
		return d.o.People.Letters(ctx, t.Account, []string{t.Person}, l)
	}
	if d.o.Lines.Mail == "" || !d.o.Post.Reaches(quartet.ChannelEmail) {
		return nil, nil
	}
	to, err := quartet.ParseAddress(d.o.Lines.Mail)
	if err != nil {
		return nil, err
	}
	what := "客户在工单 %s 中有新留言，请登录处理。%s"
	if t.Live {
		what = "客户正在工单 %s 中在线等候，请登录处理。%s"
	}
	return []quartet.Message{d.o.Post.Write(to, notify.Letter{
		Kind: "ticket.question", Subject: "工单 " + t.Number + " 等待客服处理", Text: fmt.Sprintf(what, t.Number, d.link()),
	})}, nil
}

func (d *Desk) link() string {
	if d.o.Site == "" {
		return ""
	}
	return "\n" + d.o.Site
}

// Fall makes a chat a ticket when nobody has answered a message in time: the handler of
// JobFall.
func (d *Desk) Fall(ctx context.Context, key string) error {
	id, at, _ := strings.Cut(key, "/")
	place, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return quartet.Errorf(quartet.ErrInvalid, "the key %q names no message", key)
	}
	last, answered, err := d.since(ctx, id, place)
	if err != nil || answered {
		return err
	}
	_, err = d.o.Store.StepTicket(ctx, id, quartet.Fingerprint{}, func(t quartet.Ticket) (quartet.TicketStep, error) {
		if !t.Live || t.State.Over() || t.State == quartet.TicketWaitingForBuyer {
			return quartet.TicketStep{Untouched: true}, nil
		}
		if t.Last != last { // somebody wrote meanwhile; the job is tried again
			return quartet.TicketStep{}, quartet.Errorf(quartet.ErrConflict, "somebody writes to this ticket just now")
		}
		p := quartet.TicketStep{Ticket: t}
		return p, d.fall(&p, quartet.LineNobodyCame, d.o.Now())
	})
	if err == nil {
		d.live.wake(id)
	}
	return err
}

// since tells the last place of a ticket, and whether support said something behind a place.
func (d *Desk) since(ctx context.Context, ticket string, place int64) (last int64, answered bool, err error) {
	for last = place; ; {
		after, err := d.o.Store.TicketMessages(ctx, ticket, last, true, atOnce)
		if err != nil || len(after) == 0 {
			return last, answered, err
		}
		for i := range after {
			answered = answered || after[i].Side == quartet.SideSupport && !after[i].Internal
		}
		last = after[len(after)-1].Place
	}
}

// Tidy closes tickets that were solved so long ago that nobody opens them again.
func (d *Desk) Tidy(ctx context.Context) error {
	now := d.o.Now()
	_, err := d.o.Store.CloseSolved(ctx, now.Add(-quartet.TicketReopen), now)
	return err
}

// state is what the audit keeps of a ticket: nothing that anybody wrote.
func state(t *quartet.Ticket) string {
	return audit.JSON(struct {
		State    quartet.TicketState    `json:"state"`
		Category quartet.TicketCategory `json:"category"`
		Priority quartet.TicketPriority `json:"priority"`
		Assignee string                 `json:"assignee,omitempty"`
		Stars    int64                  `json:"stars,omitempty"`
	}{t.State, t.Category, t.Priority, t.Assignee, t.Stars})
}
