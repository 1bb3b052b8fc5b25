package product

import (
	"context"
	"fmt"
	"time"

	"quartet"
	"quartet/internal/audit"
)

// PageStore keeps the pages of products.
type PageStore interface {
	PageDraft(ctx context.Context, product string) (quartet.PageDraft, error)
	PutPageDraft(ctx context.Context, d quartet.PageDraft, e quartet.AuditEntry) error
	DropPageDraft(ctx context.Context, product string, e quartet.AuditEntry) error
	PublishPage(ctx context.Context, v quartet.PageVersion, revision int64, e quartet.AuditEntry) error
	PageVersions(ctx context.Context, product string, limit int) ([]quartet.PageVersion, error)
	SeedPage(ctx context.Context, v quartet.PageVersion) error
}

// Pages is where the pages of products are written. What is edited is a draft that nobody
// outside sees; publishing makes it the version that is shown, and keeps those before.
type Pages struct {
	store     PageStore
	catalogue *Catalogue
	now       func() time.Time
}

// NewPages makes the pages of a catalogue.
func NewPages(store PageStore, catalogue *Catalogue, now func() time.Time) *Pages {
	return &Pages{store: store, catalogue: catalogue, now: now}
}

// Seed gives product 1887 its founding page, unless it has one.
func (p *Pages) Seed(ctx context.Context) error {
	id := quartet.FourElements().ID
	if _, err := p.catalogue.Find(ctx, id); quartet.CodeOf(err) == quartet.ErrNotFound {
		return nil
	} else if err != nil {
		return err
	}
	return p.store.SeedPage(ctx, quartet.PageVersion{Product: id, Version: 1, Content: quartet.FoundingPage(), At: p.now()})
}

// Page is what is shown of a product: words that were written, and what is read from where
// it stands.
type Page struct {
	quartet.PageVersion
	Of      quartet.Product
	Charges []string // what each outcome costs
}

// Published gives the page as everybody sees it. ErrNotFound: there is no such product, or
// it has no page.
func (p *Pages) Published(ctx context.Context, product string) (Page, error) {
	list, err := p.store.PageVersions(ctx, product, 1)
	if err == nil && len(list) == 0 {
		err = quartet.Errorf(quartet.ErrNotFound, "this product has no page yet")
	}
	if err != nil {
		return Page{}, err
	}
	return p.show(ctx, list[0])
}

// Preview gives the page as it would be if the draft were published now. ErrNotFound.
func (p *Pages) Preview(ctx context.Context, product string) (Page, error) {
	d, err := p.store.PageDraft(ctx, product)
	if err != nil {
		return Page{}, err
	}
	return p.show(ctx, quartet.PageVersion{Product: product, Content: d.Content, By: d.By, At: d.At})
}

func (p *Pages) show(ctx context.Context, v quartet.PageVersion) (Page, error) {
	product, err := p.catalogue.Find(ctx, v.Product)
	return Page{PageVersion: v, Of: product, Charges: product.Charge.ChargeLines()}, err
}

// All gives the pages that everybody sees, by the ids of their products.
func (p *Pages) All(ctx context.Context) ([]Page, error) {
	products, err := p.catalogue.List(ctx)
	if err != nil {
		return nil, err
	}
	var all []Page
	for i := range products {
		one, err := p.Published(ctx, products[i].ID)
		switch {
		case err == nil:
			all = append(all, one)
		case quartet.CodeOf(err) != quartet.ErrNotFound: // a product without a page is sold to nobody
			return nil, err
		}
	}
	return all, nil
}

// Draft gives what is being written; where nothing is, what is shown now, as revision 0.
// ErrNotFound: there is neither, and the first edit names revision 0.
func (p *Pages) Draft(ctx context.Context, product string) (quartet.PageDraft, error) {
	d, err := p.store.PageDraft(ctx, product)
	if quartet.CodeOf(err) != quartet.ErrNotFound {
		return d, err
	}
	list, err := p.store.PageVersions(ctx, product, 1)
	if err == nil && len(list) == 0 {
		err = quartet.Errorf(quartet.ErrNotFound, "nothing is written of this page yet")
	}
	if err != nil {
		return d, err
	}
	return quartet.PageDraft{Product: product, Content: list[0].Content, By: list[0].By, At: list[0].At}, nil
}

// Edit writes a draft over the revision that its writer saw. ErrInvalid, ErrNotFound.
// ErrConflict: somebody else wrote meanwhile.
func (p *Pages) Edit(ctx context.Context, by, product string, revision int64, content quartet.PageContent) (quartet.PageDraft, error) {
	d := quartet.PageDraft{Product: product, Content: content, Revision: revision + 1, By: by, At: p.now()}
	if err := content.Check(); err != nil {
		return d, err
	}
	old, err := p.Draft(ctx, product)
	if err != nil && quartet.CodeOf(err) != quartet.ErrNotFound {
		return d, err
	}
	e := audit.Entry(d.At, by, "page.edit", product, fmt.Sprintf("revision %d", d.Revision))
	if e.After = audit.JSON(content); err == nil {
		e.Before = audit.JSON(old.Content)
	}
	return d, p.store.PutPageDraft(ctx, d, e)
}

// Discard forgets the draft. ErrNotFound.
func (p *Pages) Discard(ctx context.Context, by, product string) error {
	return p.store.DropPageDraft(ctx, product, audit.Entry(p.now(), by, "page.discard", product, ""))
}

// Publish shows the draft of a revision from now on. ErrNotFound: there is none.
// ErrConflict: it was changed since.
func (p *Pages) Publish(ctx context.Context, by, product string, revision int64) (quartet.PageVersion, error) {
	v := quartet.PageVersion{Product: product, By: by, At: p.now(), Version: 1}
	d, err := p.store.PageDraft(ctx, product)
	if err != nil {
		return v, err
	}
	list, err := p.store.PageVersions(ctx, product, 1)
	if err != nil {
		return v, err
	}
	var old quartet.PageContent
	if len(list) > 0 {
		old, v.Version = list[0].Content, list[0].Version+1
	}
	// A draft that was changed since is not published under the revision that was seen.
	v.Content = d.Content
	if d.Revision != revision {
		return v, quartet.Errorf(quartet.ErrConflict, "this draft is revision %d by now; look at it again before you publish it", d.Revision)
	}
	e := audit.Entry(v.At, by, "page.publish", product, fmt.Sprintf("version %d", v.Version))
	if e.After = audit.JSON(v.Content); len(list) > 0 {
		e.Before = audit.JSON(old)
	}
	return v, p.store.PublishPage(ctx, v, revision, e)
}

// Change is a version of a page and what was shown before it.
type Change struct {
	quartet.PageVersion
	Before quartet.PageContent // empty of the first one
}

// History lists what was published, newest first, at most limit.
func (p *Pages) History(ctx context.Context, product string, limit int) ([]Change, error) {
	list, err := p.store.PageVersions(ctx, product, limit+1)
	if err != nil {
		return nil, err
	}
	changes := make([]Change, min(len(list), limit))
	for i := range changes {
		changes[i].PageVersion = list[i]
		if i+1 < len(list) {
			changes[i].Before = list[i+1].Content
		}
	}
	return changes, nil
}
