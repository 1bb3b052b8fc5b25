package api

import (
	"context"
	"net/http"
	"time"

	"quartet"
)

// Repurchases is what accounts want ordered by itself.
type Repurchases interface {
	Wishes(ctx context.Context, account string) ([]quartet.Repurchase, error)
	Wish(ctx context.Context, by string, r quartet.Repurchase) (quartet.Repurchase, error)
	Unwish(ctx context.Context, by, account, product string) error
}

type repurchase struct {
	Product   string    `json:"product_id"`
	Plan      string    `json:"plan_id"`
	Monthly   int64     `json:"monthly" doc:"At most so many orders a month"`
	CreatedAt time.Time `json:"created_at"`
	CreatedBy string    `json:"created_by"`
}

func repurchaseOf(r *quartet.Repurchase) repurchase {
	return repurchase{r.Product, r.Plan, r.Monthly, r.Created, r.By}
}

// RepurchaseIn names a product of an account's wish.
type RepurchaseIn struct {
	Account string `path:"account" maxLength:"32"`
	Product string `path:"product" maxLength:"32"`
}

func (a *API) registerRepurchases() {
	const tag, base = "repurchases", "/accounts/{account}/repurchases"
	set := []quartet.Right{quartet.MayBuy}
	register(a, operation{
		ID: "listRepurchases", Method: http.MethodGet, Path: base, Tag: tag, Summary: "What is ordered by itself when units run out", Rights: seeAlerts,
	}, func(ctx context.Context, _ Caller, in *TurnOfAccount) (*page[repurchase], error) {
		list, err := a.o.Repurchases.Wishes(ctx, in.Account)
		if err != nil {
			return nil, err
		}
		return pageOf(list, in.Turn, func(r *quartet.Repurchase) string { return r.Product }, repurchaseOf)
	})
	register(a, operation{
		ID: "setRepurchase", Method: http.MethodPut, Path: base + "/{product}", Tag: tag, Rights: set, Fresh: true,
		Summary: "Order a plan by itself when a rule of units left fires", Doc: "The order waits for money like any other; none moves by itself.",
	}, func(ctx context.Context, c Caller, in *struct {
		RepurchaseIn

		Body struct {
			Plan    string `json:"plan_id" minLength:"1" maxLength:"64"`
			Monthly int64  `json:"monthly" minimum:"1" maximum:"10"`
		}
	},
	) (*struct{ Body repurchase }, error) {
		r, err := a.o.Repurchases.Wish(ctx, c.By(), quartet.Repurchase{Account: in.Account, Product: in.Product, Plan: in.Body.Plan, Monthly: in.Body.Monthly})
		if err != nil {
			return nil, err
		}
		return &struct{ Body repurchase }{repurchaseOf(&r)}, nil
	})
	register(a, operation{
		ID: "removeRepurchase", Method: http.MethodDelete, Path: base + "/{product}", Tag: tag, Status: http.StatusNoContent, Rights: set, Summary: "Order nothing by itself any more",
	}, func(ctx context.Context, c Caller, in *RepurchaseIn) (*struct{}, error) {
		return nil, a.o.Repurchases.Unwish(ctx, c.By(), in.Account, in.Product)
	})
}
