package api

import (
	"context"
	"net/http"
	"time"

	"quartet"
)

// Plans is where plans are looked after.
type Plans interface {
	OnSale(ctx context.Context, product string) ([]quartet.Plan, error)
	All(ctx context.Context) ([]quartet.Plan, error)
	Add(ctx context.Context, by string, p quartet.Plan) (quartet.Plan, error)
	End(ctx context.Context, by, id string, at time.Time) (quartet.Plan, error)
	Follow(ctx context.Context, by, id string, next quartet.Plan) (quartet.Plan, error)
}

// PlanTerms are what is chosen of a plan, once.
type PlanTerms struct {
	ID       string    `json:"id" minLength:"1" maxLength:"32" pattern:"^[a-z0-9][a-z0-9-]*$" patternDescription:"lower-case letters, digits and -, 1 to 32 of them, - not first"`
	Name     string    `json:"name" minLength:"1" maxLength:"100"`
	Units    int64     `json:"units" minimum:"1" maximum:"1000000000"`
	PriceFen int64     `json:"price_fen" minimum:"0" maximum:"100000000000" doc:"Of all units together; 0: a trial"`
	Months   int       `json:"months" minimum:"1" maximum:"120" doc:"How long the units are valid, to the end of the day in Asia/Shanghai"`
	FromAt   time.Time `json:"from_at,omitzero" doc:"On sale from then; left out: from now"`
}

func (p *PlanTerms) plan(product string) quartet.Plan {
	return quartet.Plan{
		ID: p.ID, Product: product, Name: p.Name, Units: p.Units, Price: quartet.Fen(p.PriceFen), Months: p.Months, Trial: p.PriceFen == 0, From: p.FromAt,
	}
}

type plan struct {
	PlanTerms

	Product      string    `json:"product_id"`
	UnitPriceFen int64     `json:"unit_price_fen" doc:"For display: rounded half up, and never billed"`
	UnitPrice    string    `json:"unit_price" doc:"The same in yuan: 0.42"`
	Trial        bool      `json:"trial"`
	UntilAt      time.Time `json:"until_at,omitzero" doc:"The first instant at which it is not sold any more"`
}

func planOf(p *quartet.Plan) plan {
	return plan{PlanTerms{p.ID, p.Name, p.Units, int64(p.Price), p.Months, p.From}, p.Product, int64(p.UnitPrice()), p.UnitPrice().String(), p.Trial, p.Until}
}

type planAnswer struct{ Body plan }

func planAnswerOf(p quartet.Plan, err error) (*planAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &planAnswer{planOf(&p)}, nil
}

func planID(p *quartet.Plan) string { return p.ID }

func (a *API) registerPlans() {
	const tag = "plans"
	rights := []quartet.Right{quartet.MayRunHouse}
	register(a, operation{
		ID: "listPlans", Method: http.MethodGet, Path: "/products/{product}/plans", Tag: tag, Summary: "What can be bought of a product now, by price", Rights: []quartet.Right{Anybody},
	}, func(ctx context.Context, _ Caller, in *struct {
		Turn

		Product string `path:"product" maxLength:"32"`
	},
	) (*page[plan], error) {
		list, err := a.o.Plans.OnSale(ctx, in.Product)
		if err != nil {
			return nil, err
		}
		return pageOf(list, in.Turn, planID, planOf)
	})
	register(a, operation{
		ID: "listAllPlans", Method: http.MethodGet, Path: "/plans", Tag: tag, Summary: "All plans, those that ended or have not begun as well",
		Rights: []quartet.Right{quartet.MayRunHouse, quartet.MayWatchHouse, quartet.MayReadMoney},
	}, func(ctx context.Context, _ Caller, in *struct{ Turn }) (*page[plan], error) {
		list, err := a.o.Plans.All(ctx)
		if err != nil {
			return nil, err
		}
		return pageOf(list, in.Turn, planID, planOf)
	})
	register(a, operation{
		ID: "addPlan", Method: http.MethodPost, Path: "/products/{product}/plans", Tag: tag, Status: http.StatusCreated,
		Summary: "Put a plan on sale", Doc: "Its terms never change; a new price is a new plan that follows it.", Rights: rights, Fresh: true,
	}, func(ctx context.Context, c Caller, in *struct {
		Product string `path:"product" maxLength:"32"`
		Body    PlanTerms
	},
	) (*planAnswer, error) {
		return planAnswerOf(a.o.Plans.Add(ctx, c.By(), in.Body.plan(in.Product)))
	})
	register(a, operation{
		ID: "endPlan", Method: http.MethodPut, Path: "/plans/{plan}/end", Tag: tag, Summary: "Sell a plan no more, from now or a later instant on", Rights: rights, Fresh: true,
	}, func(ctx context.Context, c Caller, in *struct {
		Plan string `path:"plan" maxLength:"32"`
		Body *struct {
			UntilAt time.Time `json:"until_at,omitzero" doc:"Left out: now"`
		}
	},
	) (*planAnswer, error) {
		var at time.Time
		if in.Body != nil {
			at = in.Body.UntilAt
		}
		return planAnswerOf(a.o.Plans.End(ctx, c.By(), in.Plan, at))
	})
	register(a, operation{
		ID: "followPlan", Method: http.MethodPost, Path: "/plans/{plan}/successor", Tag: tag, Status: http.StatusCreated,
		Summary: "Let a new plan take the place of one, at the instant from which it is on sale", Rights: rights, Fresh: true,
	}, func(ctx context.Context, c Caller, in *struct {
		Plan string `path:"plan" maxLength:"32"`
		Body PlanTerms
	},
	) (*planAnswer, error) {
		return planAnswerOf(a.o.Plans.Follow(ctx, c.By(), in.Plan, in.Body.plan("")))
	})
}
