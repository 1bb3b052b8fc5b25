package support

import (
	"context"
	"slices"
	"time"

	"quartet"
	"quartet/internal/audit"
)

// presentFor is how long somebody of support counts as being there, unless they say so again.
const presentFor = 10 * time.Minute

// SetPresent says that somebody of support is there for chats, or is not any more. Saying it
// again lets it last; that is written to the audit the first time alone.
func (d *Desk) SetPresent(ctx context.Context, who Who, there bool) error {
	now := d.o.Now()
	list, err := d.o.Store.Presence(ctx, now)
	if err != nil {
		return err
	}
	was := slices.Contains(list, who.ID)
	until, action := now, "support.leave"
	if there {
		until, action = now.Add(presentFor), "support.come"
	}
	var e quartet.AuditEntry
	if was != there {
		e = audit.Entry(now, who.By, action, who.ID, "")
	} else if !there {
		return nil
	}
	return d.o.Store.SetPresence(ctx, who.ID, until, e)
}

// Present tells how many of support are there.
func (d *Desk) Present(ctx context.Context) (int, error) {
	list, err := d.o.Store.Presence(ctx, d.o.Now())
	return len(list), err
}

// Presence tells whether an operator is there for chats, and how many others are.
func (d *Desk) Presence(ctx context.Context, who Who) (there bool, others int, err error) {
	list, err := d.o.Store.Presence(ctx, d.o.Now())
	there, others = slices.Contains(list, who.ID), len(list)
	if there {
		others--
	}
	return there, others, err
}

// CallView is what support sees of the call that a ticket is about: no element is kept of it.
type CallView struct {
	SeqNo    string
	Call     quartet.Call
	Text     quartet.CodeText
	Attempts []quartet.Attempt
}

// ownCall finds the call of a seqNo, which must be one of the account.
func (d *Desk) ownCall(ctx context.Context, account, seqNo string) (quartet.SeqNo, error) {
	if seqNo == "" {
		return quartet.SeqNo{}, nil
	}
	no, err := d.o.SeqNos.Parse(seqNo)
	if err != nil {
		return no, &quartet.Error{Code: quartet.ErrInvalid, Field: "seq_no", Message: "a seqNo is eight of 0-9A-Z followed by ten digits"}
	}
	c, err := d.o.Store.FindCall(ctx, no)
	if quartet.CodeOf(err) == quartet.ErrNotFound || err == nil && c.Account != account {
		return no, &quartet.Error{Code: quartet.ErrNotFound, Field: "seq_no", Message: "no call of this account bears this seqNo; check it letter by letter"}
	}
	return no, err
}

// CallOf shows the call that a ticket is about, after it was written who looks. ErrNotFound:
// it is about none, or the call is so old that it is not kept any more.
func (d *Desk) CallOf(ctx context.Context, who Who, id string) (CallView, error) {
	t, err := d.find(ctx, who, id)
	if err != nil {
		return CallView{}, err
	}
	if t.SeqNo.IsZero() {
		return CallView{}, quartet.Errorf(quartet.ErrNotFound, "this ticket is about no call")
	}
	v := CallView{SeqNo: d.o.SeqNos.Text(t.SeqNo)}
	if v.Call, err = d.o.Store.FindCall(ctx, t.SeqNo); err != nil {
		return CallView{}, err
	}
	if v.Call.Account != t.Account { // cannot happen: it was looked at when the ticket was opened
		return CallView{}, quartet.Errorf(quartet.ErrNotFound, "no call bears this seqNo")
	}
	for _, text := range quartet.Codes() {
		if text.Code == v.Call.Code {
			v.Text = text
		}
	}
	v.Attempts, err = d.o.Store.Attempts(ctx, t.SeqNo)
	return v, err
}

// Statistics tells how support did with the tickets that were opened in a span of time.
// ErrInvalid: it ends before it begins.
func (d *Desk) Statistics(ctx context.Context, from, to time.Time) (quartet.TicketStatistics, error) {
	if !from.Before(to) {
		return quartet.TicketStatistics{}, &quartet.Error{Code: quartet.ErrInvalid, Field: "to", Message: "the span ends before it begins"}
	}
	return d.o.Store.TicketStatistics(ctx, from, to)
}
