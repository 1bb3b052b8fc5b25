package api

import (
	"context"
	"net/http"

	"quartet"
)

// Products is the catalogue.
type Products interface {
	List(ctx context.Context) ([]quartet.Product, error)
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

func (a *API) registerProducts() {
	register(a, operation{
		ID: "listProducts", Method: http.MethodGet, Path: "/products", Tag: "products", Summary: "What can be called",
		Rights: []quartet.Right{SignedIn},
	}, func(ctx context.Context, _ Caller, in *struct{ Turn }) (*page[product], error) {
		all, err := a.o.Products.List(ctx)
		if err != nil {
			return nil, err
		}
		return pageOf(all, in.Turn, func(p *quartet.Product) string { return p.ID }, productOf)
	})
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
		) (*struct{ Body product }, error) {
			p, err := a.o.Products.Switch(ctx, c.By(), in.Product, op.on)
			if err == nil {
				err = a.changed(ctx)
			}
			if err != nil {
				return nil, err
			}
			return &struct{ Body product }{productOf(&p)}, nil
		})
	}
}
