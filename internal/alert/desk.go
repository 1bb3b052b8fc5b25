package alert

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"

	"quartet"
	"quartet/internal/audit"
	"quartet/internal/notify"
)

// Rules keeps rules.
type Rules interface {
	AlertRules(ctx context.Context, account string) ([]quartet.AlertRule, error)
	AlertRule(ctx context.Context, id string) (quartet.AlertRule, error)
	AddAlertRule(ctx context.Context, r quartet.AlertRule, most int64, e quartet.AuditEntry) error
	ChangeAlertRule(ctx context.Context, r quartet.AlertRule, e quartet.AuditEntry) error
	RemoveAlertRule(ctx context.Context, account, id string, e quartet.AuditEntry) error
	BeginAlerts(ctx context.Context, account, product string, now time.Time, rules []quartet.AlertRule) error
}

// Standings tells how that stands which rules watch.
type Standings interface {
	Unalerted(ctx context.Context, limit int) ([]quartet.Grant, error)
	RemainingStandings(ctx context.Context, account string, now time.Time) ([]quartet.AlertStanding, error)
	ExpiryStandings(ctx context.Context, now time.Time, limit int) ([]quartet.AlertStanding, error)
	RateStandings(ctx context.Context, hour int64) ([]quartet.AlertStanding, error)
	ErrorStandings(ctx context.Context, now time.Time) ([]quartet.AlertStanding, error)
}

// Alerts keeps what fired.
type Alerts interface {
	FireAlert(ctx context.Context, a quartet.Alert) (bool, error)
	RearmAlertRule(ctx context.Context, id string, fired time.Time) error
	Alert(ctx context.Context, id string) (quartet.Alert, error)
	Alerts(ctx context.Context, account, before string, limit int) ([]quartet.Alert, error)
	SeeAlert(ctx context.Context, account, id, by string, at time.Time, e quartet.AuditEntry) error
	TellAlert(ctx context.Context, id string, at time.Time, t quartet.Telling) error
}

// Inbox keeps what people find when they come.
type Inbox interface {
	InboxNotes(ctx context.Context, account, person, before string, limit int) ([]quartet.InboxNote, error)
	UnreadNotes(ctx context.Context, account, person string) (int64, error)
	ReadNotes(ctx context.Context, account, person, upTo string, at time.Time) error
	PruneInbox(ctx context.Context, before time.Time) error
}

// Names tells which accounts and products there are.
type Names interface {
	Products(ctx context.Context) ([]quartet.Product, error)
	AccountsCalled(ctx context.Context, refs ...string) ([]quartet.Account, error)
}

// Watched is what is watched, how it stands, and what fired.
type Watched interface {
	Rules
	Standings
	Alerts
}

// Store keeps all of it.
type Store interface {
	Watched
	Inbox
	Names
	Repurchases
	Circulars
}

// Ledger writes a crossing where the unused units of an account come to a line.
type Ledger interface {
	Watch(lines map[string][]quartet.AlertLine)
}

// People knows who of an account has a right, and where they get mail.
type People interface {
	Mailboxes(ctx context.Context, account string, right quartet.Right) ([]quartet.Address, error)
}

// Post writes what people are told; the store sends it off.
type Post interface {
	Reaches(c quartet.Channel) bool
	Write(to quartet.Address, l notify.Letter) quartet.Message
}

// Hooks makes the deliveries of an event to the programs of an account.
type Hooks interface {
	Deliveries(ctx context.Context, account, kind, event string, at time.Time, data any) ([]quartet.Delivery, error)
}

// Options are what a desk stands on.
type Options struct {
	Store  Store
	Ledger Ledger
	People People
	Post   Post
	Hooks  Hooks
	Shop   Shop
	Now    func() time.Time
}

// Desk is where rules are kept, looked at and told of. Safe for concurrent use.
type Desk struct {
	o       Options
	reading sync.Mutex // the lines that were read last are those in force
}

// New makes a desk.
func New(o Options) *Desk { return &Desk{o: o} }

// maxRules is how many rules an account may have.
const maxRules = 50

func newID() string {
	id, err := uuid.NewV7()
	if err != nil { // cannot happen: the source of randomness ends the process instead
		panic(err)
	}
	return id.String()
}

// Rules lists the rules of an account, oldest first.
func (d *Desk) Rules(ctx context.Context, account string) ([]quartet.AlertRule, error) {
	return d.o.Store.AlertRules(ctx, account)
}

// Add writes a rule of an account, armed: what is so already fires within a minute. It is in
// force when Add returns. ErrInvalid; ErrNotFound: there is no such product; ErrConflict: the
// account has too many.
func (d *Desk) Add(ctx context.Context, by string, r quartet.AlertRule) (quartet.AlertRule, error) {
	if err := d.check(ctx, &r); err != nil {
		return r, err
	}
	now := d.o.Now()
	r.ID, r.Armed, r.Fired, r.Created, r.By = newID(), true, time.Time{}, now, by
	e := audit.Entry(now, by, "alert_rule.add", r.ID, "account "+r.Account)
	e.After = state(&r)
	if err := d.o.Store.AddAlertRule(ctx, r, maxRules, e); err != nil {
		return r, err
	}
	return r, d.refresh(ctx)
}

// check is nil when a rule can be kept. Products are never removed, so that one which is there
// now stays.
func (d *Desk) check(ctx context.Context, r *quartet.AlertRule) error {
	if err := r.Check(); err != nil || r.Product == "" {
		return err
	}
	products, err := d.o.Store.Products(ctx)
	if err == nil && !slices.ContainsFunc(products, func(p quartet.Product) bool { return p.ID == r.Product }) {
		err = &quartet.Error{Code: quartet.ErrInvalid, Field: "product_id", Message: fmt.Sprintf("there is no product %q; give the id of one, or none for all products together", r.Product)}
	}
	return err
}

// Change lets a rule of an account ask for something else, armed; its kind stays. ErrInvalid,
// ErrNotFound.
func (d *Desk) Change(ctx context.Context, by string, r quartet.AlertRule) (quartet.AlertRule, error) {
	old, err := d.own(ctx, r.Account, r.ID)
	if err != nil {
		return r, err
	}
	r.Kind = old.Kind
	if err := d.check(ctx, &r); err != nil {
		return r, err
	}
	now := d.o.Now()
	r.Armed, r.Fired, r.Created, r.By = true, old.Fired, old.Created, old.By
	e := audit.Entry(now, by, "alert_rule.change", r.ID, "account "+r.Account)
	e.Before, e.After = state(&old), state(&r)
	if err := d.o.Store.ChangeAlertRule(ctx, r, e); err != nil {
		return r, err
	}
	return r, d.refresh(ctx)
}

// Remove removes a rule of an account; what it fired stays. ErrNotFound.
func (d *Desk) Remove(ctx context.Context, by, account, id string) error {
	old, err := d.own(ctx, account, id)
	if err != nil {
		return err
	}
	e := audit.Entry(d.o.Now(), by, "alert_rule.remove", id, "account "+account)
	e.Before = state(&old)
	if err := d.o.Store.RemoveAlertRule(ctx, account, id, e); err != nil {
		return err
	}
	return d.refresh(ctx)
}

// own finds a rule of an account, or ErrNotFound: in the words of the store, which never tell
// what is another account's from nothing.
func (d *Desk) own(ctx context.Context, account, id string) (quartet.AlertRule, error) {
	r, err := d.o.Store.AlertRule(ctx, id)
	if err == nil && r.Account != account {
		return quartet.AlertRule{}, quartet.Errorf(quartet.ErrNotFound, "there is no such alert rule")
	}
	return r, err
}

// state is a rule in the few words that the audit keeps.
func state(r *quartet.AlertRule) string {
	m := map[string]string{"kind": string(r.Kind), "product_id": r.Product, "mail": string(r.Mail), "cooldown": r.Cooldown.String()}
	for name, n := range map[string]int64{"units": r.Units, "percent": r.Percent, "days": r.Days, "minutes": r.Minutes, "floor": r.Floor} {
		if n != 0 {
			m[name] = strconv.FormatInt(n, 10)
		}
	}
	for name, yes := range map[string]bool{"inbox": r.Inbox, "webhook": r.Webhook} {
		m[name] = strconv.FormatBool(yes)
	}
	return audit.JSON(m)
}

// Fired lists what fired for an account, newest first, at most limit, behind the one whose id
// is before.
func (d *Desk) Fired(ctx context.Context, account, before string, limit int) ([]quartet.Alert, error) {
	return d.o.Store.Alerts(ctx, account, before, limit)
}

// See writes that somebody takes note of what fired. Who did first, stays. ErrNotFound.
func (d *Desk) See(ctx context.Context, by, account, id string) (quartet.Alert, error) {
	a, err := d.o.Store.Alert(ctx, id)
	if err == nil && a.Account != account {
		err = quartet.Errorf(quartet.ErrNotFound, "there is no such alert")
	}
	if err != nil || !a.Seen.IsZero() {
		return a, err
	}
	now := d.o.Now()
	err = d.o.Store.SeeAlert(ctx, account, id, by, now, audit.Entry(now, by, "alert.acknowledge", id, "account "+account))
	if err != nil && quartet.CodeOf(err) != quartet.ErrNotFound { // else another one was first
		return a, err
	}
	return d.o.Store.Alert(ctx, id)
}

// Notes lists the inbox of an account as a person finds it, newest first, at most limit,
// behind the one whose id is before.
func (d *Desk) Notes(ctx context.Context, account, person, before string, limit int) ([]quartet.InboxNote, error) {
	return d.o.Store.InboxNotes(ctx, account, person, before, limit)
}

// Unread counts the notes of an account that a person has not read.
func (d *Desk) Unread(ctx context.Context, account, person string) (int64, error) {
	return d.o.Store.UnreadNotes(ctx, account, person)
}

// Read writes that a person has read a note of an account, and all before it.
func (d *Desk) Read(ctx context.Context, account, person, upTo string) error {
	return d.o.Store.ReadNotes(ctx, account, person, upTo, d.o.Now())
}
