package webhook

import (
	"cmp"
	"context"
	"encoding/json"
	"net"
	"sync"
	"time"

	"github.com/google/uuid"

	"quartet"
	"quartet/internal/audit"
)

// Hooks keeps webhooks.
type Hooks interface {
	Webhooks(ctx context.Context, account string) ([]quartet.Webhook, error)
	Webhook(ctx context.Context, id string) (quartet.Webhook, error)
	AddWebhook(ctx context.Context, w quartet.Webhook, most int64, e quartet.AuditEntry) error
	ChangeWebhook(ctx context.Context, account, id string, change func(*quartet.Webhook) error, e quartet.AuditEntry) (quartet.Webhook, error)
	RemoveWebhook(ctx context.Context, account, id string, e quartet.AuditEntry) error
	PruneDeliveries(ctx context.Context, before time.Time) error
}

// Deliveries keeps what is sent to them.
type Deliveries interface {
	Delivery(ctx context.Context, id string) (quartet.Delivery, error)
	Deliveries(ctx context.Context, webhook, before string, limit int) ([]quartet.Delivery, error)
	DeliveryTries(ctx context.Context, delivery string) ([]quartet.DeliveryTry, error)
	Deliver(ctx context.Context, d quartet.Delivery, try quartet.DeliveryTry, health func(*quartet.Webhook) quartet.Telling) error
	EndDelivery(ctx context.Context, id string, at time.Time) error
	AddDelivery(ctx context.Context, d quartet.Delivery, e quartet.AuditEntry) error
}

// Store keeps all of it.
type Store interface {
	Hooks
	Deliveries
}

// Ring seals secrets.
type Ring interface {
	Seal(plain []byte, record string) []byte
	Unseal(sealed []byte, record string) ([]byte, error)
}

// Notice is what is written so that the people of an account hear of something.
type Notice func(ctx context.Context, account string, right quartet.Right, kind, about, subject, text string) (quartet.Telling, error)

// Options are what a desk stands on.
type Options struct {
	Store   Store
	Ring    Ring
	Notice  Notice
	Now     func() time.Time
	Private bool          // lets URLs lead to this machine and to private networks
	Wait    time.Duration // after the first failure; each later one doubles it, up to an hour. 0: ten seconds
	Version string
	// Resolver finds where names lead; nil: as this machine does.
	Resolver *net.Resolver
}

const (
	maxHooks   = 10
	maxOverlap = 7 * 24 * time.Hour
	keptFor    = 90 * 24 * time.Hour // deliveries that ended
)

// Desk is where webhooks are kept, and from where they are sent. Safe for concurrent use.
type Desk struct {
	o    Options
	mu   sync.Mutex
	busy map[string]string // webhooks that are being spoken to, with their accounts
}

// New makes a desk.
func New(o Options) *Desk {
	o.Wait = cmp.Or(o.Wait, 10*time.Second)
	return &Desk{o: o, busy: map[string]string{}}
}

func newID() string {
	id, err := uuid.NewV7()
	if err != nil { // cannot happen: the source of randomness ends the process instead
		panic(err)
	}
	return id.String()
}

// host is what the audit is told of a URL.
func host(url string) string { return (&quartet.Webhook{URL: url}).Host() }

// stands is what the audit keeps of a webhook.
type stands struct {
	Host    string `json:"host"`
	Enabled bool   `json:"enabled"`
}

// of begins what an entry says: the account is found by it once the webhook is removed.
func of(account, said string) string { return "account " + account + ", " + said }

// List lists the webhooks of an account, oldest first.
func (d *Desk) List(ctx context.Context, account string) ([]quartet.Webhook, error) {
	return d.o.Store.Webhooks(ctx, account)
}

// Add writes a webhook of an account, and gives its secret, which is never shown again.
// ErrInvalid; ErrConflict: the account has too many.
func (d *Desk) Add(ctx context.Context, by, account, url string) (quartet.Webhook, string, error) {
	if err := checkURL(url, d.o.Private); err != nil {
		return quartet.Webhook{}, "", err
	}
	now, secret := d.o.Now(), newSecret()
	w := quartet.Webhook{ID: newID(), Account: account, URL: url, SecretAt: now, Created: now, By: by}
	w.Secret = d.o.Ring.Seal([]byte(secret), record(w.ID))
	e := audit.Entry(now, by, "webhook.add", w.ID, "account "+account+" to "+host(url))
	e.After = audit.JSON(stands{host(url), true})
	if err := d.o.Store.AddWebhook(ctx, w, maxHooks, e); err != nil {
		return quartet.Webhook{}, "", err
	}
	return w, secret, nil
}

// Change lets a webhook of an account lead elsewhere, and be told or not. ErrInvalid,
// ErrNotFound.
func (d *Desk) Change(ctx context.Context, by, account, id, url string, enabled bool) (quartet.Webhook, error) {
	was, err := d.own(ctx, account, id)
	if err != nil {
		return quartet.Webhook{}, err
	}
	if err := checkURL(url, d.o.Private); err != nil {
		return quartet.Webhook{}, err
	}
	now := d.o.Now()
	detail := "to " + host(url)
	if !enabled {
		detail += ", disabled"
	}
	e := audit.Entry(now, by, "webhook.change", id, of(account, detail))
	e.Before, e.After = audit.JSON(stands{host(was.URL), was.Disabled.IsZero()}), audit.JSON(stands{host(url), enabled})
	return d.o.Store.ChangeWebhook(ctx, account, id, func(w *quartet.Webhook) error {
		w.URL = url
		switch {
		case enabled:
			w.Disabled, w.Why, w.Failing = time.Time{}, "", time.Time{}
		case w.Disabled.IsZero():
			w.Disabled, w.Why = now, "by its owner"
		}
		return nil
	}, e)
}

// Rotate gives a webhook of an account a new secret, which is never shown again. The one
// before signs too for so long. ErrInvalid, ErrNotFound; ErrConflict: the one before that one
// signs still, and receivers that hold it would refuse what is sent. Without an overlap all of
// them end at once, as when somebody else knows them.
func (d *Desk) Rotate(ctx context.Context, by, account, id string, overlap time.Duration) (quartet.Webhook, string, error) {
	if overlap < 0 || overlap > maxOverlap {
		return quartet.Webhook{}, "", &quartet.Error{Code: quartet.ErrInvalid, Field: "overlap_minutes", Message: "at most seven days"}
	}
	now, secret := d.o.Now(), newSecret()
	e := audit.Entry(now, by, "webhook.rotate", id, of(account, "the secret before is good for "+overlap.String()))
	e.After = audit.JSON(map[string]int64{"overlap_minutes": int64(overlap / time.Minute)})
	w, err := d.o.Store.ChangeWebhook(ctx, account, id, func(w *quartet.Webhook) error {
		if overlap > 0 && now.Before(w.OldUntil) {
			return quartet.Errorf(quartet.ErrConflict, "the secret before this one signs until %s, and receivers may hold it still; wait until then, or end all secrets at once with an overlap of 0", w.OldUntil.UTC().Format(time.RFC3339))
		}
		w.Old, w.OldUntil = w.Secret, now.Add(overlap)
		if overlap == 0 {
			w.Old, w.OldUntil = nil, time.Time{}
		}
		w.Secret, w.SecretAt = d.o.Ring.Seal([]byte(secret), record(w.ID)), now
		return nil
	}, e)
	if err != nil {
		return w, "", err
	}
	return w, secret, nil
}

// Remove removes a webhook of an account with what was sent to it. ErrNotFound.
func (d *Desk) Remove(ctx context.Context, by, account, id string) error {
	return d.o.Store.RemoveWebhook(ctx, account, id, audit.Entry(d.o.Now(), by, "webhook.remove", id, "account "+account))
}

// own finds a webhook of an account, or ErrNotFound: in the words of the store, which never
// tell what is another account's from nothing.
func (d *Desk) own(ctx context.Context, account, id string) (quartet.Webhook, error) {
	w, err := d.o.Store.Webhook(ctx, id)
	if err == nil && w.Account != account {
		return quartet.Webhook{}, quartet.Errorf(quartet.ErrNotFound, "there is no such webhook")
	}
	return w, err
}

// Log lists what was sent to a webhook of an account, newest first, at most limit, behind the
// one whose id is before. ErrNotFound.
func (d *Desk) Log(ctx context.Context, account, id, before string, limit int) ([]quartet.Delivery, error) {
	if _, err := d.own(ctx, account, id); err != nil {
		return nil, err
	}
	return d.o.Store.Deliveries(ctx, id, before, limit)
}

// Show gives a delivery of a webhook of an account with its tries. ErrNotFound.
func (d *Desk) Show(ctx context.Context, account, id, delivery string) (quartet.Delivery, []quartet.DeliveryTry, error) {
	sent, err := d.delivery(ctx, account, id, delivery)
	if err != nil {
		return sent, nil, err
	}
	tries, err := d.o.Store.DeliveryTries(ctx, delivery)
	return sent, tries, err
}

func (d *Desk) delivery(ctx context.Context, account, id, delivery string) (quartet.Delivery, error) {
	if _, err := d.own(ctx, account, id); err != nil {
		return quartet.Delivery{}, err
	}
	sent, err := d.o.Store.Delivery(ctx, delivery)
	if err == nil && sent.Webhook != id {
		return quartet.Delivery{}, quartet.Errorf(quartet.ErrNotFound, "there is no such delivery")
	}
	return sent, err
}

// Replay sends a delivery of a webhook of an account again: the same event under its id.
// ErrNotFound; ErrConflict: it is still under way, or the webhook is disabled.
func (d *Desk) Replay(ctx context.Context, by, account, id, delivery string) (quartet.Delivery, error) {
	sent, err := d.delivery(ctx, account, id, delivery)
	if err != nil {
		return sent, err
	}
	if sent.State == quartet.DeliveryWaiting {
		return sent, quartet.Errorf(quartet.ErrConflict, "this delivery is still under way; it is tried again by itself")
	}
	again := d.newDelivery(id, account, sent.Event, sent.Kind, sent.Body)
	again.Replays = delivery
	return d.ask(ctx, again, audit.Entry(again.Created, by, "webhook.replay", id, of(account, "delivery "+delivery)))
}

// Test sends an event to a webhook of an account that tells of nothing. ErrNotFound;
// ErrConflict: it is disabled.
func (d *Desk) Test(ctx context.Context, by, account, id string) (quartet.Delivery, error) {
	event, now := newID(), d.o.Now()
	test := d.newDelivery(id, account, event, "test", bodyOf(account, "test", event, now, struct{}{}))
	return d.ask(ctx, test, audit.Entry(now, by, "webhook.test", id, "account "+account))
}

func (d *Desk) ask(ctx context.Context, sent quartet.Delivery, e quartet.AuditEntry) (quartet.Delivery, error) {
	w, err := d.own(ctx, sent.Account, sent.Webhook)
	if err != nil {
		return quartet.Delivery{}, err
	}
	if !w.Disabled.IsZero() {
		return quartet.Delivery{}, quartet.Errorf(quartet.ErrConflict, "this webhook is disabled; enable it first")
	}
	return sent, d.o.Store.AddDelivery(ctx, sent, e)
}

// Deliveries makes the deliveries of an event to the webhooks of an account that are told.
// Whoever tells of it writes them. data holds counts and ids alone.
func (d *Desk) Deliveries(ctx context.Context, account, kind, event string, at time.Time, data any) ([]quartet.Delivery, error) {
	hooks, err := d.o.Store.Webhooks(ctx, account)
	if err != nil {
		return nil, err
	}
	var list []quartet.Delivery
	for i := range hooks {
		if hooks[i].Disabled.IsZero() {
			list = append(list, d.newDelivery(hooks[i].ID, account, event, kind, bodyOf(account, kind, event, at, data)))
		}
	}
	return list, nil
}

func (d *Desk) newDelivery(webhook, account, event, kind, body string) quartet.Delivery {
	return quartet.Delivery{ID: newID(), Webhook: webhook, Account: account, Event: event, Kind: kind, Body: body, State: quartet.DeliveryWaiting, Created: d.o.Now()}
}

// body is what is sent.
type body struct {
	ID      string    `json:"id"`
	Type    string    `json:"type"`
	Created time.Time `json:"created_at"`
	Account string    `json:"account_id"`
	Data    any       `json:"data"`
}

func bodyOf(account, kind, event string, at time.Time, data any) string {
	text, err := json.Marshal(body{event, kind, at.UTC().Truncate(time.Microsecond), account, data})
	if err != nil { // cannot happen: counts, ids and times
		panic(err)
	}
	return string(text)
}

// Tidy forgets deliveries that ended long ago.
func (d *Desk) Tidy(ctx context.Context) error {
	return d.o.Store.PruneDeliveries(ctx, d.o.Now().Add(-keptFor))
}
