package billing

import (
	"context"
	"strconv"
	"strings"
	"time"

	"quartet"
)

// Plans keeps plans.
type Plans interface {
	Plans(ctx context.Context) ([]quartet.Plan, error)
	SeedPlans(ctx context.Context, plans []quartet.Plan) error
	CreatePlan(ctx context.Context, p quartet.Plan, e quartet.AuditEntry) error
	EndPlan(ctx context.Context, id string, until, now time.Time, check func(p quartet.Plan, held bool) error, e quartet.AuditEntry) error
	FollowPlan(ctx context.Context, id string, next quartet.Plan, now time.Time, check func(p quartet.Plan, held bool) error, e quartet.AuditEntry) error
}

// Catalogue is where plans are looked after. The terms of a plan never change, so what was
// bought under its name stays what it says. A new price is a new plan. While accounts hold units
// of its product, no plan ends or is followed by a worse one unannounced.
type Catalogue struct {
	store Plans
	lead  quartet.Lead
	now   func() time.Time
}

// NewCatalogue makes a catalogue whose changes for the worse are announced so long before.
func NewCatalogue(store Plans, lead quartet.Lead, now func() time.Time) *Catalogue {
	return &Catalogue{store: store, lead: lead, now: now}
}

// Seed gives a house that has no plan the founding ones, on sale from now on. One that does
// not sell their product has none until somebody adds one.
func (c *Catalogue) Seed(ctx context.Context) error {
	plans := quartet.FoundingPlans()
	for i := range plans {
		plans[i].From = c.now()
	}
	err := c.store.SeedPlans(ctx, plans)
	if quartet.CodeOf(err) == quartet.ErrNotFound {
		return nil
	}
	return err
}

// All lists all plans, by product and price, those that ended or have not begun as well.
func (c *Catalogue) All(ctx context.Context) ([]quartet.Plan, error) { return c.store.Plans(ctx) }

// OnSale lists what can be bought now: of a product, or of all for "".
func (c *Catalogue) OnSale(ctx context.Context, product string) ([]quartet.Plan, error) {
	all, err := c.store.Plans(ctx)
	var list []quartet.Plan
	for _, p := range all {
		if p.OnSale(c.now()) && (product == "" || p.Product == product) {
			list = append(list, p)
		}
	}
	return list, err
}

// Find finds a plan, or ErrNotFound.
func (c *Catalogue) Find(ctx context.Context, id string) (quartet.Plan, error) {
	all, err := c.store.Plans(ctx)
	if err != nil {
		return quartet.Plan{}, err
	}
	for _, p := range all {
		if p.ID == id {
			return p, nil
		}
	}
	return quartet.Plan{}, quartet.Errorf(quartet.ErrNotFound, "there is no plan of that id")
}

// Add puts a new plan on sale, from now on unless it says from when. ErrInvalid, ErrNotFound
// (its product), ErrConflict (its id).
func (c *Catalogue) Add(ctx context.Context, by string, p quartet.Plan) (quartet.Plan, error) {
	now := c.now()
	p, err := fit(p, now)
	if err != nil {
		return p, err
	}
	return p, c.store.CreatePlan(ctx, p, entry(now, by, "plan.add", p.ID, "", nil, terms(p)))
}

// End takes a plan from sale at an instant that is not over; zero means now. Orders that
// stand are paid as they are. ErrConflict: somebody must hear of it before.
func (c *Catalogue) End(ctx context.Context, by, id string, at time.Time) (quartet.Plan, error) {
	now := c.now()
	if at.IsZero() {
		at = now
	}
	if at.Before(now) {
		return quartet.Plan{}, &quartet.Error{Code: quartet.ErrInvalid, Field: "until", Message: "a plan cannot end in the past; give now or a later instant"}
	}
	old, err := c.Find(ctx, id)
	if err != nil || old.Until.Equal(at) {
		return old, err
	}
	next := old
	next.Until = at
	earlier := func(p quartet.Plan, held bool) error {
		return c.lead.Refuse(p.Product, !p.Trial && (p.Until.IsZero() || at.Before(p.Until)), held)
	}
	return next, c.store.EndPlan(ctx, id, at, now, earlier, entry(now, by, "plan.end", id, "", terms(old), terms(next)))
}

// Follow lets a new plan take the place of an old one of the same product at the instant
// from which the new one is on sale, in one step: there is no moment without either.
// ErrConflict: the new one is worse, and somebody must hear of it before.
func (c *Catalogue) Follow(ctx context.Context, by, id string, next quartet.Plan) (quartet.Plan, error) {
	now := c.now()
	old, err := c.Find(ctx, id)
	if err != nil {
		return quartet.Plan{}, err
	}
	if next.Product == "" {
		next.Product = old.Product
	}
	if next.Product != old.Product {
		return next, &quartet.Error{Code: quartet.ErrInvalid, Field: "product", Message: "a plan is followed by one of the same product"}
	}
	if next, err = fit(next, now); err != nil {
		return next, err
	}
	worse := func(p quartet.Plan, held bool) error {
		return c.lead.Refuse(p.Product, next.WorseThan(&p), held)
	}
	return next, c.store.FollowPlan(ctx, id, next, now, worse, entry(now, by, "plan.follow", next.ID, "in place of "+id, terms(old), terms(next)))
}

func fit(p quartet.Plan, now time.Time) (quartet.Plan, error) {
	p.Name = strings.TrimSpace(p.Name)
	if p.From.IsZero() {
		p.From = now
	}
	if p.From.Before(now) {
		return p, &quartet.Error{Code: quartet.ErrInvalid, Field: "from", Message: "a plan cannot be on sale from an instant in the past"}
	}
	return p, p.Check()
}

// terms is a plan as the audit shows it.
func terms(p quartet.Plan) any {
	until := ""
	if !p.Until.IsZero() {
		until = p.Until.In(quartet.Shanghai).Format(time.RFC3339)
	}
	return map[string]string{
		"product": p.Product, "name": p.Name, "units": strconv.FormatInt(p.Units, 10), "price": p.Price.String(), "months": strconv.Itoa(p.Months),
		"from": p.From.In(quartet.Shanghai).Format(time.RFC3339), "until": until,
	}
}
