package alert

import (
	"context"
	"slices"
	"strings"
	"time"

	"quartet"
	"quartet/internal/notify"
)

// mailFor is how long a mail may wait for a mail server and still be of use.
const mailFor = 24 * time.Hour

// Tell tells of an alert, once and to all: the handler of the job quartet.JobAlertTell. What
// its rule asks for is what it asks for now; one that is gone leaves a note in the inbox.
func (d *Desk) Tell(ctx context.Context, id string) error {
	a, err := d.o.Store.Alert(ctx, id)
	if err != nil || !a.Told.IsZero() {
		return err
	}
	r, err := d.o.Store.AlertRule(ctx, a.Rule)
	switch {
	case quartet.CodeOf(err) == quartet.ErrNotFound:
		r = quartet.AlertRule{Inbox: true}
	case err != nil:
		return err
	}
	subject, text := words(&a)
	t, err := d.telling(ctx, a.Account, audience{r.Inbox, r.Mail}, "alert."+string(a.Kind), a.ID, subject, text)
	if err != nil {
		return err
	}
	if r.Webhook && d.o.Hooks != nil {
		if t.Deliveries, err = d.o.Hooks.Deliveries(ctx, a.Account, "alert."+string(a.Kind), a.ID, a.At, eventOf(&a)); err != nil {
			return err
		}
	}
	if t.Jobs, err = d.repurchases(ctx, &a); err != nil {
		return err
	}
	err = d.o.Store.TellAlert(ctx, id, d.o.Now(), t)
	if quartet.CodeOf(err) == quartet.ErrConflict { // another try told it
		return nil
	}
	return err
}

// audience is who hears something beside the programs.
type audience struct {
	inbox bool
	mail  quartet.Right
}

// Notice is what is to be written so that the people of an account hear of something: a note
// in the inbox, and mails to those who have a right.
func (d *Desk) Notice(ctx context.Context, account string, right quartet.Right, kind, about, subject, text string) (quartet.Telling, error) {
	return d.telling(ctx, account, audience{inbox: true, mail: right}, kind, about, subject, text)
}

func (d *Desk) telling(ctx context.Context, account string, to audience, kind, about, subject, text string) (t quartet.Telling, err error) {
	now := d.o.Now()
	if to.inbox {
		t.Notes = []quartet.InboxNote{{ID: newID(), Account: account, Kind: kind, About: about, Subject: subject, Text: text, Created: now}}
	}
	if !d.o.Post.Reaches(quartet.ChannelEmail) {
		return t, nil
	}
	addresses, err := d.addresses(ctx, account, to)
	if err != nil || len(addresses) == 0 {
		return t, err
	}
	name, err := d.name(ctx, account)
	if err != nil {
		return t, err
	}
	for _, a := range addresses {
		t.Messages = append(t.Messages, d.o.Post.Write(a, notify.Letter{Kind: kind, Subject: subject, Text: "账号：" + name + "\n\n" + text, Expires: now.Add(mailFor)}))
	}
	return t, nil
}

// addresses are where mails go, each once.
func (d *Desk) addresses(ctx context.Context, account string, to audience) ([]quartet.Address, error) {
	var all []quartet.Address
	if to.mail != "" {
		members, err := d.o.People.Mailboxes(ctx, account, to.mail)
		if err != nil {
			return nil, err
		}
		all = members
	}
	slices.SortFunc(all, func(a, b quartet.Address) int { return strings.Compare(a.Reveal(), b.Reveal()) })
	return slices.CompactFunc(all, func(a, b quartet.Address) bool { return a.Reveal() == b.Reveal() }), nil
}

func (d *Desk) name(ctx context.Context, account string) (string, error) {
	list, err := d.o.Store.AccountsCalled(ctx, account)
	if err != nil || len(list) == 0 {
		return account, err
	}
	return list[0].Name, nil
}
