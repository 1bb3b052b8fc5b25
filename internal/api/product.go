package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"quartet"
)

// Products is the catalogue.
type Products interface {
	List(ctx context.Context) ([]quartet.Product, error)
	Find(ctx context.Context, id string) (quartet.Product, error)
	Add(ctx context.Context, by string, p quartet.Product) (quartet.Product, error)
	Change(ctx context.Context, by, id string, change func(*quartet.Product)) (quartet.Product, error)
	Switch(ctx context.Context, by, id string, on bool) (quartet.Product, error)
}

type product struct {
	ID           string `json:"id"`
	Path         string `json:"path" doc:"Where it is called"`
	Name         string `json:"name"`
	Needs        string `json:"needs" doc:"The elements that a call must give"`
	Detail       string `json:"detail" enum:"state,reason,element"`
	On           bool   `json:"on"`
	Units        charge `json:"units" doc:"What a verdict costs"`
	ReuseMinutes int64  `json:"reuse_minutes" doc:"How long a verdict may be given again; 0: never"`

	Next *nextCharge `json:"announced,omitempty" doc:"What verdicts will cost, as it was announced"`
}

// nextCharge is a charge table that is not in force yet.
type nextCharge struct {
	Units        charge    `json:"units"`
	EffectiveAt  time.Time `json:"effective_at"`
	Announcement string    `json:"announcement_id"`
}

// charge is what verdicts cost, in units.
type charge struct {
	Match        int64 `json:"match"`
	Mismatch     int64 `json:"mismatch"`
	Undetermined int64 `json:"undetermined"`
}

func productOf(p *quartet.Product) product {
	return product{
		ID: p.ID, Path: p.Path, Name: p.Name, Needs: p.Need.String(), Detail: string(p.Detail), On: p.On, ReuseMinutes: int64(p.Reuse.Minutes()),
		Units: charge(p.Charge),
	}
}

type productAnswer struct{ Body product }

// tellProduct shows a product with what is announced of it.
func (a *API) tellProduct(ctx context.Context, p *quartet.Product) (product, error) {
	shown := productOf(p)
	next, err := a.o.Announcements.Coming(ctx, p.ID)
	if err == nil && next.Announcement != "" {
		shown.Next = &nextCharge{charge(next.Charge), next.Effective, next.Announcement}
	}
	return shown, err
}

// productChange is the answer to a change that calls must see.
func (a *API) productChange(ctx context.Context, p quartet.Product, err error) (*productAnswer, error) {
	if e, ok := errors.AsType[*quartet.Error](err); ok { // two fields are called otherwise here
		switch e.Field {
		case "need":
			err = &quartet.Error{Code: e.Code, Field: "needs", Message: e.Message}
		case "charge":
			err = &quartet.Error{Code: e.Code, Field: "units", Message: e.Message}
		}
	}
	if err == nil {
		err = a.changed(ctx)
	}
	if err != nil {
		return nil, err
	}
	shown, err := a.tellProduct(ctx, &p)
	return &productAnswer{shown}, err
}

// ProductTerms are what an operator says of a product.
type ProductTerms struct {
	Name         string `json:"name" minLength:"1" maxLength:"100"`
	Path         string `json:"path" minLength:"2" maxLength:"128" doc:"Where it is called, such as /communication/personal/1979"`
	Needs        string `json:"needs" pattern:"^(name|id|card|mobile)(,(name|id|card|mobile))*$" patternDescription:"name,id,card,mobile" doc:"The card, and one to three others"`
	Detail       string `json:"detail" enum:"state,reason,element" doc:"What an answer shows: the state, why as well, which elements differ as well"`
	Units        charge `json:"units" doc:"What a verdict costs; what would become dearer for those who hold units is announced instead"`
	ReuseMinutes int64  `json:"reuse_minutes" minimum:"0" maximum:"1440" doc:"How long a verdict may be given again; 0: never"`
}

// set makes a product what they say.
func (t *ProductTerms) set(p *quartet.Product) {
	p.Name, p.Path, p.Detail, p.Charge, p.Reuse = t.Name, t.Path, quartet.Detail(t.Detail), quartet.ChargeTable(t.Units), time.Duration(t.ReuseMinutes)*time.Minute
	p.Need = 0
	for word := range strings.SplitSeq(t.Needs, ",") {
		p.Need |= quartet.Element(word).Set()
	}
}

func (a *API) registerProducts() {
	register(a, operation{
		ID: "listProducts", Method: http.MethodGet, Path: "/products", Tag: "products", Summary: "What can be called",
		Rights: []quartet.Right{SignedIn},
	}, func(ctx context.Context, _ Caller, in *struct{ Turn }) (*page[product], error) {
		all, err := a.o.Products.List(ctx)
		if err != nil {
			return nil, err
		}
		shown := make([]product, len(all))
		for i := range all {
			if shown[i], err = a.tellProduct(ctx, &all[i]); err != nil {
				return nil, err
			}
		}
		return pageOf(shown, in.Turn, func(p *product) string { return p.ID }, func(p *product) product { return *p })
	})
	register(a, operation{
		ID: "showProduct", Method: http.MethodGet, Path: "/products/{product}", Tag: "products", Summary: "A product", Rights: []quartet.Right{SignedIn},
	}, func(ctx context.Context, _ Caller, in *ProductIn) (*productAnswer, error) {
		p, err := a.o.Products.Find(ctx, in.Product)
		if err != nil {
			return nil, err
		}
		shown, err := a.tellProduct(ctx, &p)
		return &productAnswer{shown}, err
	})
	runners := []quartet.Right{quartet.MayRunHouse}
	register(a, operation{
		ID: "addProduct", Method: http.MethodPost, Path: "/products", Tag: "products", Status: http.StatusCreated, Summary: "Add a product at a path of its own", Rights: runners, Fresh: true,
		Doc: "It can be called at once, unless it is off. It is never removed.",
	}, func(ctx context.Context, c Caller, in *struct {
		Body struct {
			ProductTerms

			ID  string `json:"id" minLength:"1" maxLength:"32" pattern:"^[a-z0-9][a-z0-9-]*$" patternDescription:"lower-case letters, digits and -, 1 to 32 of them, - not first"`
			Off bool   `json:"off,omitempty" doc:"Answer its calls with 10014 until it is switched on"`
		}
	},
	) (*productAnswer, error) {
		p := quartet.Product{ID: in.Body.ID, On: !in.Body.Off}
		in.Body.set(&p)
		p, err := a.o.Products.Add(ctx, c.By(), p)
		return a.productChange(ctx, p, err)
	})
	register(a, operation{
		ID: "changeProduct", Method: http.MethodPut, Path: "/products/{product}", Tag: "products", Summary: "Change a product", Rights: runners, Fresh: true,
		Doc: "All of its terms are replaced at once; calls that have begun end under the old ones. While accounts hold units of it, no verdict becomes dearer so (409): publishAnnouncement changes it at its time.",
	}, func(ctx context.Context, c Caller, in *struct {
		ProductIn

		Body ProductTerms
	},
	) (*productAnswer, error) {
		p, err := a.o.Products.Change(ctx, c.By(), in.Product, in.Body.set)
		return a.productChange(ctx, p, err)
	})
	a.registerOffers()
	for _, op := range []struct {
		id, method, summary string
		on                  bool
	}{
		{"switchProductOff", http.MethodPut, "Answer calls of a product with 10014 from now on", false},
		{"switchProductOn", http.MethodDelete, "Answer calls of a product again", true},
	} {
		register(a, operation{
			ID: op.id, Method: op.method, Path: "/products/{product}/off", Tag: "products", Summary: op.summary, Rights: []quartet.Right{quartet.MayRunHouse}, Fresh: true,
		}, func(ctx context.Context, c Caller, in *struct {
			Product string `path:"product" maxLength:"32"`
		},
		) (*productAnswer, error) {
			p, err := a.o.Products.Switch(ctx, c.By(), in.Product, op.on)
			return a.productChange(ctx, p, err)
		})
	}
}
