package announcement

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"quartet"
	"quartet/internal/audit"
)

// Announcements keeps announcements.
type Announcements interface {
	PublishAnnouncement(ctx context.Context, a quartet.Announcement, c quartet.Circular, e quartet.AuditEntry) error
	DecideAnnouncement(ctx context.Context, id string, decide func(quartet.Announcement) (quartet.Announcement, quartet.Circular, quartet.AuditEntry, error)) (quartet.Announcement, error)
	Announcement(ctx context.Context, id string) (quartet.Announcement, error)
	Announcements(ctx context.Context, product, before string, limit int) ([]quartet.Announcement, error)
}

// Facts are what announcements are about.
type Facts interface {
	Products(ctx context.Context) ([]quartet.Product, error)
	Plans(ctx context.Context) ([]quartet.Plan, error)
	Sources(ctx context.Context) ([]quartet.Source, error)
}

// Store keeps all of it.
type Store interface {
	Announcements
	Facts
}

// Options are what a desk stands on.
type Options struct {
	Store Store
	Lead  quartet.Lead
	Now   func() time.Time
	// Changed puts what was applied in force for calls; nil: nobody serves.
	Changed func(context.Context) error
}

// Desk is where announcements are published and made so. Safe for concurrent use, and beside
// other desks of the same store.
type Desk struct{ o Options }

// New makes a desk.
func New(o Options) *Desk { return &Desk{o} }

func newID() string {
	id, err := uuid.NewV7()
	if err != nil { // cannot happen: the source of randomness ends the process instead
		panic(err)
	}
	return id.String()
}

// house is who acts when nobody asked.
const house = "house"

// Lead is how long before a change must be announced.
func (d *Desk) Lead() quartet.Lead { return d.o.Lead }

// Publish says something to everybody from now on, and plans what it changes. Without an
// instant at which it takes effect, one that changes nothing does so now, and one that changes
// something as soon as it may. ErrInvalid; ErrNotFound: there is no such product or plan.
// ErrConflict: another change of the same thing waits, the plan ends before, or the next
// plan's id is taken.
func (d *Desk) Publish(ctx context.Context, by string, a quartet.Announcement) (quartet.Announcement, error) {
	a, err := d.prepare(ctx, by, a)
	if err != nil {
		return a, err
	}
	e := audit.Entry(a.Published, by, "announcement.publish", a.ID, string(a.Kind)+", in force from "+clock(a.Effective))
	e.After = asJSON(changesOf(&a))
	return a, d.o.Store.PublishAnnouncement(ctx, a, circular(&a, "announcement.published", "公告："), e)
}

// prepare fills an announcement in and checks it.
func (d *Desk) prepare(ctx context.Context, by string, a quartet.Announcement) (quartet.Announcement, error) {
	now := d.o.Now()
	a.ID, a.Published, a.By = newID(), now, by
	a.Title, a.TitleEN = strings.TrimSpace(a.Title), strings.TrimSpace(a.TitleEN)
	if a.Effective.IsZero() {
		a.Effective = now
		if len(a.Changes) > 0 {
			a.Effective = now.Add(time.Duration(d.o.Lead))
		}
	}
	a.Changes = slices.Clone(a.Changes)
	if err := d.fill(ctx, &a); err != nil {
		return a, err
	}
	if err := a.Check(d.o.Lead); err != nil {
		return a, err
	}
	sources, err := d.o.Store.Sources(ctx)
	if err != nil {
		return a, err
	}
	public := []string{a.Title, a.TitleEN, a.Text, a.TextEN}
	for i := range a.Changes {
		public = append(public, a.Changes[i].Next.Name)
	}
	if quartet.NamesSource(strings.Join(public, "\n"), sources) {
		return a, &quartet.Error{Code: quartet.ErrInvalid, Field: "text", Message: "this names a supplier, and buyers read it"}
	}
	return a, nil
}

// fill finds what the changes are about.
func (d *Desk) fill(ctx context.Context, a *quartet.Announcement) error {
	products, err := d.o.Store.Products(ctx)
	if err != nil {
		return err
	}
	plans, err := d.o.Store.Plans(ctx)
	if err != nil {
		return err
	}
	missing := func(what string) error {
		return &quartet.Error{Code: quartet.ErrNotFound, Field: "changes", Message: "there is no " + what + " of that id"}
	}
	a.Products = slices.Clone(a.Products)
	for i := range a.Changes {
		c := &a.Changes[i]
		c.State = quartet.ChangeWaiting
		if c.Kind == quartet.ChangeChargeTable {
			at := slices.IndexFunc(products, func(p quartet.Product) bool { return p.ID == c.Product })
			if at < 0 {
				return missing("product")
			}
			if products[at].Charge == c.Charge {
				return &quartet.Error{Code: quartet.ErrInvalid, Field: "changes", Message: "calls of product " + c.Product + " cost that already"}
			}
			c.Plan, c.Next = "", quartet.Plan{}
			a.Products = append(a.Products, c.Product)
			continue
		}
		at := slices.IndexFunc(plans, func(p quartet.Plan) bool { return p.ID == c.Plan })
		if at < 0 {
			return missing("plan")
		}
		c.Product, c.Charge = plans[at].Product, quartet.ChargeTable{}
		if c.Kind == quartet.ChangePlanEnd {
			c.Next = quartet.Plan{}
		} else {
			n := &c.Next
			n.Product, n.Name, n.Trial, n.From, n.Until = c.Product, strings.TrimSpace(n.Name), n.Price == 0, a.Effective, time.Time{}
		}
		a.Products = append(a.Products, c.Product)
	}
	slices.Sort(a.Products)
	a.Products = slices.Compact(a.Products)
	return nil
}

// Withdraw takes an announcement back before it takes effect: nothing of it comes about.
// ErrNotFound; ErrConflict: it took effect, or was withdrawn.
func (d *Desk) Withdraw(ctx context.Context, by, id string) (quartet.Announcement, error) {
	return d.o.Store.DecideAnnouncement(ctx, id, func(a quartet.Announcement) (quartet.Announcement, quartet.Circular, quartet.AuditEntry, error) {
		now := d.o.Now()
		switch {
		case !a.Withdrawn.IsZero():
			return a, quartet.Circular{}, quartet.AuditEntry{}, quartet.Errorf(quartet.ErrConflict, "this announcement was withdrawn")
		case !a.Applied.IsZero() || !now.Before(a.Effective):
			return a, quartet.Circular{}, quartet.AuditEntry{}, quartet.Errorf(quartet.ErrConflict, "this announcement has taken effect; announce what is to be otherwise")
		}
		a.Withdrawn, a.WithdrawnBy = now, by
		c := circular(&a, "announcement.withdrawn", "公告撤回：")
		return a, c, audit.Entry(now, by, "announcement.withdraw", id, string(a.Kind)), nil
	})
}

// Apply makes what an announcement changes so, once: the handler of the job
// quartet.JobAnnounced. Calls that begin when it returns are charged by the new table. One that
// was withdrawn changes nothing.
func (d *Desk) Apply(ctx context.Context, id string) error {
	_, err := d.o.Store.DecideAnnouncement(ctx, id, func(a quartet.Announcement) (quartet.Announcement, quartet.Circular, quartet.AuditEntry, error) {
		now := d.o.Now()
		if !a.Withdrawn.IsZero() || !a.Applied.IsZero() {
			return a, quartet.Circular{}, quartet.AuditEntry{}, nil
		}
		if now.Before(a.Effective) { // a clock that was set back
			return a, quartet.Circular{}, quartet.AuditEntry{}, quartet.Errorf(quartet.ErrUnavailable, "it is not time yet")
		}
		a.Applied = now
		e := audit.Entry(now, house, "announcement.apply", id, "announced "+clock(a.Published))
		e.After = asJSON(changesOf(&a))
		return a, quartet.Circular{}, e, nil
	})
	if err != nil || d.o.Changed == nil {
		return err
	}
	return d.o.Changed(ctx)
}

// Find finds an announcement, or ErrNotFound.
func (d *Desk) Find(ctx context.Context, id string) (quartet.Announcement, error) {
	return d.o.Store.Announcement(ctx, id)
}

// List lists announcements, newest first, at most limit: of a product, those for all among
// them, or all for ""; behind the one whose id is before.
func (d *Desk) List(ctx context.Context, product, before string, limit int) ([]quartet.Announcement, error) {
	return d.o.Store.Announcements(ctx, product, before, limit)
}

func asJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil { // cannot happen: words, ids and times
		panic(err)
	}
	return string(text)
}
