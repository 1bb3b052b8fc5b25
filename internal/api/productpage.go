package api

import (
	"context"
	"net/http"
	"time"

	"quartet"
	catalogue "quartet/internal/product"
)

// Pages is where the pages of products are shown and written.
type Pages interface {
	All(ctx context.Context) ([]catalogue.Page, error)
	Published(ctx context.Context, product string) (catalogue.Page, error)
	Preview(ctx context.Context, product string) (catalogue.Page, error)
	History(ctx context.Context, product string, limit int) ([]catalogue.Change, error)
	Drafts
}

// Drafts is what is being written.
type Drafts interface {
	Draft(ctx context.Context, product string) (quartet.PageDraft, error)
	Edit(ctx context.Context, by, product string, revision int64, content quartet.PageContent) (quartet.PageDraft, error)
	Discard(ctx context.Context, by, product string) error
	Publish(ctx context.Context, by, product string, revision int64) (quartet.PageVersion, error)
}

type productPage struct {
	Product     string              `json:"product_id"`
	Version     int64               `json:"version,omitempty" doc:"Left out of a preview"`
	Path        string              `json:"path" doc:"Where it is called"`
	Parameters  []string            `json:"parameters" nullable:"false" doc:"The elements that a call must give, as it names them"`
	Detail      string              `json:"detail" enum:"state,reason,element" doc:"How much a verdict shows"`
	Units       charge              `json:"units" doc:"What a verdict costs"`
	On          bool                `json:"on" doc:"Whether it can be called"`
	Content     quartet.PageContent `json:"content"`
	Charges     []string            `json:"charges" nullable:"false" doc:"What each outcome of a call costs, made from the charge table"`
	Deals       int64               `json:"deals_180_days" doc:"Orders paid within 180 days, trials left out, not given back"`
	Ratings     int64               `json:"ratings"`
	Mean        string              `json:"rating_mean,omitempty" doc:"Of all ratings, to two digits, half up: 4.67; left out while there is none"`
	PublishedAt time.Time           `json:"published_at,omitzero"`
}

type pageDraft struct {
	Revision  int64               `json:"revision" doc:"What the next edit names; 0: nothing is drafted, and the content is what is shown now"`
	Content   quartet.PageContent `json:"content"`
	ChangedBy string              `json:"changed_by,omitempty"`
	ChangedAt time.Time           `json:"changed_at"`
}

func pageDraftOf(d *quartet.PageDraft) pageDraft { return pageDraft{d.Revision, d.Content, d.By, d.At} }

type pageVersion struct {
	Version     int64                `json:"version"`
	Content     quartet.PageContent  `json:"content"`
	Before      *quartet.PageContent `json:"before,omitempty" doc:"What was shown before; left out of the first one"`
	PublishedBy string               `json:"published_by,omitempty" doc:"Left out of the one that the house began with"`
	PublishedAt time.Time            `json:"published_at"`
}

// ProductIn names a product.
type ProductIn struct {
	Product string `path:"product" maxLength:"32"`
}

// showPage puts the words of a page beside how the product stands.
func (a *API) showPage(ctx context.Context, p catalogue.Page, err error) (*struct{ Body productPage }, error) {
	if err != nil {
		return nil, err
	}
	r, err := a.o.Ratings.Reputation(ctx, p.Product)
	if err != nil {
		return nil, err
	}
	return &struct{ Body productPage }{productPageOf(&p, &r)}, nil
}

func productPageOf(p *catalogue.Page, r *quartet.Reputation) productPage {
	out := productPage{
		Product: p.Product, Version: p.Version, Path: p.Of.Path, Parameters: p.Of.Need.Parameters(), Detail: string(p.Of.Detail), Units: charge(p.Of.Charge),
		On: p.Of.On, Content: p.Content, Charges: p.Charges, Deals: r.Deals, Ratings: r.Ratings, Mean: r.MeanText(),
	}
	if p.Version > 0 {
		out.PublishedAt = p.At
	}
	return out
}

func (a *API) registerPages() {
	const tag = "pages"
	runners, watchers := []quartet.Right{quartet.MayRunHouse}, []quartet.Right{quartet.MayRunHouse, quartet.MayWatchHouse}
	register(a, operation{
		ID: "listPages", Method: http.MethodGet, Path: "/pages", Tag: tag, Summary: "The pages of all products that are sold, as everybody sees them", Rights: []quartet.Right{Anybody},
	}, func(ctx context.Context, _ Caller, in *struct{ Turn }) (*page[productPage], error) {
		all, err := a.o.Pages.All(ctx)
		if err != nil {
			return nil, err
		}
		stand := make(map[string]quartet.Reputation, len(all))
		for i := range all {
			if stand[all[i].Product], err = a.o.Ratings.Reputation(ctx, all[i].Product); err != nil {
				return nil, err
			}
		}
		return pageOf(all, in.Turn, func(p *catalogue.Page) string { return p.Product }, func(p *catalogue.Page) productPage {
			r := stand[p.Product]
			return productPageOf(p, &r)
		})
	})
	register(a, operation{
		ID: "showPage", Method: http.MethodGet, Path: "/products/{product}/page", Tag: tag, Summary: "The page of a product, as everybody sees it", Rights: []quartet.Right{Anybody},
	}, func(ctx context.Context, _ Caller, in *ProductIn) (*struct{ Body productPage }, error) {
		p, err := a.o.Pages.Published(ctx, in.Product)
		return a.showPage(ctx, p, err)
	})
	register(a, operation{
		ID: "previewPage", Method: http.MethodGet, Path: "/products/{product}/page/preview", Tag: tag, Summary: "The page as it would be if the draft were published", Rights: watchers,
	}, func(ctx context.Context, _ Caller, in *ProductIn) (*struct{ Body productPage }, error) {
		p, err := a.o.Pages.Preview(ctx, in.Product)
		return a.showPage(ctx, p, err)
	})
	register(a, operation{
		ID: "showPageDraft", Method: http.MethodGet, Path: "/products/{product}/page/draft", Tag: tag, Summary: "What is being written of a page", Rights: watchers,
	}, func(ctx context.Context, _ Caller, in *ProductIn) (*struct{ Body pageDraft }, error) {
		d, err := a.o.Pages.Draft(ctx, in.Product)
		if err != nil {
			return nil, err
		}
		return &struct{ Body pageDraft }{pageDraftOf(&d)}, nil
	})
	register(a, operation{
		ID: "editPage", Method: http.MethodPut, Path: "/products/{product}/page/draft", Tag: tag, MaxBody: 512 << 10,
		Summary: "Write a draft over the revision that was read", Rights: runners,
	}, func(ctx context.Context, c Caller, in *struct {
		ProductIn

		Body struct {
			Revision int64               `json:"revision" minimum:"0"`
			Content  quartet.PageContent `json:"content"`
		}
	},
	) (*struct{ Body pageDraft }, error) {
		d, err := a.o.Pages.Edit(ctx, c.By(), in.Product, in.Body.Revision, in.Body.Content)
		if err != nil {
			return nil, err
		}
		return &struct{ Body pageDraft }{pageDraftOf(&d)}, nil
	})
	register(a, operation{
		ID: "discardPage", Method: http.MethodDelete, Path: "/products/{product}/page/draft", Tag: tag, Summary: "Forget the draft of a page", Rights: runners, Status: http.StatusNoContent,
	}, func(ctx context.Context, c Caller, in *ProductIn) (*struct{}, error) {
		return nil, a.o.Pages.Discard(ctx, c.By(), in.Product)
	})
	register(a, operation{
		ID: "publishPage", Method: http.MethodPost, Path: "/products/{product}/page/publication", Tag: tag, Summary: "Show the draft from now on", Rights: runners,
	}, func(ctx context.Context, c Caller, in *struct {
		ProductIn

		Body struct {
			Revision int64 `json:"revision" minimum:"1" doc:"Of the draft that was looked at"`
		}
	},
	) (*struct{ Body pageVersion }, error) {
		v, err := a.o.Pages.Publish(ctx, c.By(), in.Product, in.Body.Revision)
		if err != nil {
			return nil, err
		}
		return &struct{ Body pageVersion }{pageVersion{Version: v.Version, Content: v.Content, PublishedBy: v.By, PublishedAt: v.At}}, nil
	})
	register(a, operation{
		ID: "listPageVersions", Method: http.MethodGet, Path: "/products/{product}/page/versions", Tag: tag, Summary: "What was published of a page, newest first", Rights: watchers,
	}, func(ctx context.Context, _ Caller, in *struct {
		ProductIn

		Limit int `query:"limit" minimum:"1" maximum:"200" default:"50"`
	},
	) (*page[pageVersion], error) {
		list, err := a.o.Pages.History(ctx, in.Product, in.Limit)
		if err != nil {
			return nil, err
		}
		return pageOf(list, Turn{Limit: in.Limit}, func(*catalogue.Change) string { return "" }, func(c *catalogue.Change) pageVersion {
			v := pageVersion{Version: c.Version, Content: c.Content, PublishedBy: c.By, PublishedAt: c.At}
			if c.Version > 1 {
				v.Before = &c.Before
			}
			return v
		})
	})
}
