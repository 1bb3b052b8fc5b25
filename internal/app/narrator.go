package app

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"quartet"
	"quartet/internal/notify"
	"quartet/internal/person"
	"quartet/internal/quota"
	"quartet/internal/story"
	"quartet/internal/support"
)

// pastClock shows whatever time it is set to.
type pastClock struct{ micros atomic.Int64 }

func (c *pastClock) set(t time.Time) { c.micros.Store(t.UnixMicro()) }

func (c *pastClock) now() time.Time { return time.UnixMicro(c.micros.Load()) }

// scene is one step of a story: at an instant something happens.
type scene struct {
	at   time.Time
	what string
	tell func(ctx context.Context) error
}

// narrator takes a story through the doors of a house that stands on the same store and lives
// in the past, with a ledger of its own.
type narrator struct {
	*House // of the past

	app     *App
	clock   *pastClock
	issuer  *quartet.SeqNoIssuer
	people  *person.Desk
	letters *letters
	buyers  []story.Buyer
	first   time.Time // midnight at which it begins
	last    time.Time // it ends before
	written int
	day     time.Time    // of which the calls are
	today   []story.Call // its calls

	accounts map[string]string   // by name
	keys     map[string][]string // credentials of an account, in the order of the buyer's
	failed   map[string]quartet.SeqNo
}

func (a *App) newNarrator(ctx context.Context) (*narrator, error) {
	// What watches the printed account begins under the clock of today.
	if err := a.Alerts.Look(ctx); err != nil {
		return nil, err
	}
	begun := a.story.at.Begun.In(quartet.Shanghai)
	n := &narrator{
		app: a, clock: &pastClock{}, buyers: story.Buyers(), last: begun.Add(-time.Minute),
		accounts: map[string]string{}, keys: map[string][]string{}, failed: map[string]quartet.SeqNo{},
	}
	n.first = time.Date(begun.Year(), begun.Month(), begun.Day()-story.Days, 0, 0, 0, 0, quartet.Shanghai)
	n.clock.set(n.first)
	n.issuer = quartet.NewSeqNoIssuer(a.node, n.first.Unix()-1, n.clock.now)
	quiet := a.Config // what is told to people who do not exist goes to the mailbox, never out
	quiet.Notify.Mail.Host, quiet.Notify.SMS.ManifestFile = "", ""
	h := &House{Config: quiet, Log: a.Log, Now: n.clock.now, Ring: a.Ring, Store: a.Store, Numbers: a.Numbers, Version: a.Version, node: a.node}
	n.House = h
	if err := h.openDesks(Options{KeyringInside: true, Passwords: a.passwords}); err != nil {
		return nil, err
	}
	var err error
	n.letters = &letters{Office: h.Messages}
	if n.people, err = person.New(h.Store, person.Options{Ring: h.Ring, Post: n.letters, Firms: h.Firms, Now: h.Now, House: a.Config.Notify.House, Passwords: a.passwords}); err != nil {
		return nil, err
	}
	if h.Ledger, err = quota.New(ctx, h.Store, quota.Options{Now: h.Now}); err != nil {
		return nil, err
	}
	h.openTrade()
	h.Invoices = h.openInvoices(bureauArrives, a.taxed...)
	return n, nil
}

// close ends the ledger of the past. The store is that of the present.
func (n *narrator) close() error { return n.Ledger.Close() }

// end lets the present see what was bought in the past.
func (n *narrator) end(ctx context.Context) error {
	var ids []string
	for _, b := range n.buyers {
		grants, err := n.Store.Grants(ctx, n.account(ctx, b))
		if err != nil {
			return err
		}
		for i := range grants {
			ids = append(ids, grants[i].ID)
		}
	}
	return errors.Join(n.app.Ledger.Look(ctx, ids...), n.app.Changed(ctx))
}

// letters remembers the code of the last letter, which a person of the story types.
type letters struct {
	*notify.Office

	code string
}

// Write implements person.Post.
func (l *letters) Write(to quartet.Address, t notify.Letter) quartet.Message {
	l.code = t.Code
	return l.Office.Write(to, t)
}

// account is the account of a buyer; empty: there is none yet.
func (n *narrator) account(ctx context.Context, b story.Buyer) string {
	if id := n.accounts[b.Name]; id != "" {
		return id
	}
	a, err := n.Desk.Find(ctx, b.Name)
	if err != nil {
		return ""
	}
	n.accounts[b.Name] = a.ID
	return a.ID
}

// credentials are those of a buyer, in the order of its list; none: they are not made yet.
func (n *narrator) credentials(ctx context.Context, b story.Buyer) []string {
	account := n.account(ctx, b)
	if account == "" || len(n.keys[account]) > 0 {
		return n.keys[account]
	}
	made, err := n.Desk.Credentials(ctx, account)
	if err != nil {
		return nil
	}
	var ids []string
	for _, name := range b.Credentials {
		if i := slices.IndexFunc(made, func(c quartet.Credential) bool { return c.Name == name && !c.Revoked() }); i >= 0 {
			ids = append(ids, made[i].ID)
		}
	}
	if len(ids) == len(b.Credentials) {
		n.keys[account] = ids
		return ids
	}
	return nil
}

// span is how much of a day one step tells: a batch or two.
const span = 3 * time.Hour

// steps are all of the story in the order of time.
func (n *narrator) steps() []scene {
	var list []scene
	for at := n.first; at.Before(n.last); at = at.Add(span) {
		from, until := at, at.Add(span)
		if until.After(n.last) {
			until = n.last
		}
		list = append(list, scene{from, "calls", func(ctx context.Context) error { return n.calls(ctx, from, until) }})
	}
	for _, s := range n.events() {
		if s.at.Before(n.last) {
			list = append(list, s)
		}
	}
	slices.SortStableFunc(list, func(a, b scene) int { return cmp.Compare(a.at.UnixMicro(), b.at.UnixMicro()) })
	return list
}

// storyBatch is how many calls share a transaction.
const storyBatch = 48

// calls charges and records the calls of a while.
func (n *narrator) calls(ctx context.Context, from, until time.Time) error {
	midnight := time.Date(from.Year(), from.Month(), from.Day(), 0, 0, 0, 0, quartet.Shanghai)
	charge := quartet.FourElements().Charge
	var (
		batch []quartet.Call
		errs  []error
	)
	if !n.day.Equal(midnight) {
		n.day, n.today = midnight, story.Calls(n.first, midnight)
	}
	for _, c := range n.today {
		keys := n.credentials(ctx, n.buyers[c.Buyer])
		if c.At.Before(from) || !c.At.Before(until) || keys == nil {
			continue
		}
		n.clock.set(c.At)
		row := quartet.Call{
			SeqNo: n.issuer.Next(), At: c.At, Account: n.account(ctx, n.buyers[c.Buyer]), Credential: keys[c.Credential], Product: quartet.FourElements().ID,
			Code: c.Code, Verdict: c.Verdict, Reason: c.Reason, Differs: c.Differs, Latency: c.Latency, Sent: c.Sent, Params: c.Params, Card: c.Card,
		}
		if c.Sent {
			row.Source = "registry"
		}
		if c.Code == quartet.CodeSourcesFailed {
			n.failed[row.Account] = row.SeqNo
		}
		if batch = append(batch, row); len(batch) == storyBatch {
			errs = append(errs, n.charge(ctx, charge, batch))
			batch = nil
		}
	}
	errs = append(errs, n.charge(ctx, charge, batch))
	n.clock.set(until)
	if len(batch) > 0 { // a while in which nobody called fires nothing
		errs = append(errs, n.Alerts.Look(ctx))
	}
	return errors.Join(errs...)
}

// charge writes calls in one go. One for which no unit is left was never let in.
func (n *narrator) charge(ctx context.Context, table quartet.ChargeTable, batch []quartet.Call) error {
	var (
		waiting sync.WaitGroup
		written atomic.Int64
	)
	for i := range batch {
		c := &batch[i]
		if c.Verdict == quartet.NoVerdict {
			n.Ledger.Record(*c)
			written.Add(1)
			continue
		}
		waiting.Go(func() {
			if n.Ledger.Charge(ctx, c, table.Units(c.Verdict), quartet.Claim{}) == nil {
				written.Add(1)
			}
		})
	}
	waiting.Wait()
	n.written += int(written.Load())
	if len(batch) == 0 {
		return nil
	}
	return n.Ledger.Check(ctx)
}

// chores does what the step that was told asks for, as long as its time lasts: what alerts and
// news tell of. The jobs themselves find it done when they are run.
func (n *narrator) chores(ctx context.Context) error {
	for range 2 { // what is told may be sent on
		waiting, err := n.Jobs.List(ctx, quartet.JobWaiting, "", 50)
		if err != nil {
			return err
		}
		for i := range waiting {
			j := &waiting[i]
			if !j.Created.Before(n.last) { // the present's own
				continue
			}
			err := error(nil)
			switch j.Kind {
			case quartet.JobAlertTell:
				err = n.Alerts.Tell(ctx, j.Key)
			case quartet.JobCircular:
				err = n.Alerts.Circulate(ctx, j.Key)
			case support.JobTell:
				err = n.Support.Tell(ctx, j.Key)
			case quartet.JobDeliver:
				err = n.delivered(ctx, j.Key)
			case quartet.JobMailSend:
				err = n.Messages.Send(ctx, j.Key)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// delivered writes that a delivery came through. Its host leads nowhere, and nothing is sent.
func (n *narrator) delivered(ctx context.Context, id string) error {
	d, err := n.Store.Delivery(ctx, id)
	if err != nil || d.State != quartet.DeliveryWaiting {
		return err
	}
	now := n.clock.now()
	try := quartet.DeliveryTry{Delivery: id, At: now, Latency: 93 * time.Millisecond, Status: http.StatusOK, Answer: "ok"}
	d.State, d.Ended = quartet.DeliveryDelivered, now
	return n.Store.Deliver(ctx, d, try, func(*quartet.Webhook) quartet.Telling { return quartet.Telling{} })
}
