// Package product keeps the catalogue: which verifications can be called, at which path,
// and for how much. What a product may be is a rule of the vocabulary (quartet.Product);
// here it is added and changed, each time together with the entry that says who did it.
//
// While accounts hold units of a product its verdicts do not become dearer unannounced; see
// package announcement.
//
// Nothing of a product is ever taken away: calls name it for as long as they are kept. One
// that is no longer sold is switched off.
package product

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"quartet"
	"quartet/internal/audit"
)

// Store keeps products.
type Store interface {
	Products(ctx context.Context) ([]quartet.Product, error)
	CreateProduct(ctx context.Context, p quartet.Product, e quartet.AuditEntry) error
	ChangeProduct(ctx context.Context, id string, now time.Time, decide func(p quartet.Product, held bool) (quartet.Product, quartet.AuditEntry, error)) (quartet.Product, error)
	SetProductOn(ctx context.Context, id string, on bool, e quartet.AuditEntry) error
}

// Catalogue is where products are looked after. Safe for concurrent use.
type Catalogue struct {
	store Store
	lead  quartet.Lead
	now   func() time.Time
	mu    sync.Mutex // adding and switching read, then write
}

// New makes a catalogue whose changes for the worse are announced so long before.
func New(store Store, lead quartet.Lead, now func() time.Time) *Catalogue {
	return &Catalogue{store: store, lead: lead, now: now}
}

// List lists all products by id.
func (c *Catalogue) List(ctx context.Context) ([]quartet.Product, error) {
	return c.store.Products(ctx)
}

// Find finds a product by its id, or ErrNotFound.
func (c *Catalogue) Find(ctx context.Context, id string) (quartet.Product, error) {
	list, err := c.store.Products(ctx)
	if err != nil {
		return quartet.Product{}, err
	}
	for _, p := range list {
		if p.ID == id {
			return p, nil
		}
	}
	return quartet.Product{}, quartet.Errorf(quartet.ErrNotFound, "there is no product of that id; `quartet product list` shows them")
}

// Add adds a product whose id and path are new. ErrInvalid, ErrConflict.
func (c *Catalogue) Add(ctx context.Context, by string, p quartet.Product) (quartet.Product, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	list, err := c.store.Products(ctx)
	if err != nil {
		return p, err
	}
	if p, err = fit(p, list, true); err != nil {
		return p, err
	}
	detail := fmt.Sprintf("path %s, name %s, need %s, detail %s, units %s, reuse %s, %s", p.Path, p.Name, p.Need, p.Detail, p.Charge, p.Reuse, state(p.On))
	return p, c.store.CreateProduct(ctx, p, c.entry(by, "product.add", p.ID, detail))
}

// Change makes a product what change leaves of it; its id stays. Calls that have begun end
// under the product as it was. Changing nothing writes nothing. ErrInvalid, ErrNotFound.
// ErrConflict: another product has the path; or verdicts become dearer, and those who hold
// units must hear of it before.
func (c *Catalogue) Change(ctx context.Context, by, id string, change func(*quartet.Product)) (quartet.Product, error) {
	list, err := c.store.Products(ctx)
	if err != nil {
		return quartet.Product{}, err
	}
	if _, err := c.Find(ctx, id); err != nil {
		return quartet.Product{}, err
	}
	return c.store.ChangeProduct(ctx, id, c.now(), func(old quartet.Product, held bool) (quartet.Product, quartet.AuditEntry, error) {
		p := old
		change(&p)
		p.ID = old.ID
		p, err := fit(p, list, false)
		if err == nil {
			err = c.lead.Refuse(id, p.Charge.DearerThan(old.Charge), held)
		}
		return p, c.entry(by, "product.change", p.ID, differences(old, p)), err
	})
}

// Switch turns a product on or off. ErrNotFound.
func (c *Catalogue) Switch(ctx context.Context, by, id string, on bool) (quartet.Product, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, err := c.Find(ctx, id)
	if err != nil || p.On == on {
		return p, err
	}
	p.On = on
	return p, c.store.SetProductOn(ctx, id, on, c.entry(by, "product."+state(on), id, ""))
}

// fit checks a product by its rules and beside the others.
func fit(p quartet.Product, list []quartet.Product, isNew bool) (quartet.Product, error) {
	p.Name = strings.TrimSpace(p.Name)
	if err := p.Check(); err != nil {
		return p, err
	}
	for _, other := range list {
		switch {
		case isNew && other.ID == p.ID:
			return p, quartet.Errorf(quartet.ErrConflict, "there is a product %s already; change it with `quartet product set`, or choose another id", p.ID)
		case other.ID != p.ID && other.Path == p.Path:
			return p, quartet.Errorf(quartet.ErrConflict, "product %s has the path %s already; choose another one", other.ID, p.Path)
		}
	}
	return p, nil
}

// differences tells what changed, for the audit.
func differences(old, p quartet.Product) string {
	var parts []string
	add := func(what string, before, after any) {
		if before != after {
			parts = append(parts, fmt.Sprintf("%s %v → %v", what, before, after))
		}
	}
	add("path", old.Path, p.Path)
	add("name", old.Name, p.Name)
	add("need", old.Need, p.Need)
	add("detail", old.Detail, p.Detail)
	add("units", old.Charge, p.Charge)
	add("reuse", old.Reuse, p.Reuse)
	if old.On != p.On {
		parts = append(parts, state(p.On))
	}
	return strings.Join(parts, ", ")
}

func state(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// entry is the entry of a change that is made now.
func (c *Catalogue) entry(by, action, subject, detail string) quartet.AuditEntry {
	return audit.Entry(c.now(), by, action, subject, detail)
}
