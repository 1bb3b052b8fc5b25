package api

import (
	"context"
	"net/http"
	"time"

	"quartet"
	"quartet/internal/billing"
)

// Units tells what became of units.
type Units interface {
	Grants(ctx context.Context, account string) ([]quartet.Grant, error)
	Balance(ctx context.Context, account string) ([]billing.Balance, error)
}

// UnitsBalance is what became of units. It is exported, as huma wants it of what is embedded.
type UnitsBalance struct {
	Product   string `json:"product_id,omitempty" doc:"Whose calls they are for; left out: any"`
	Granted   int64  `json:"granted" doc:"All units given: the sum of all that follow"`
	Used      int64  `json:"used" doc:"Taken by charged calls"`
	Held      int64  `json:"held" doc:"Set aside for calls under way"`
	Withdrawn int64  `json:"withdrawn" doc:"Taken back: refunds and adjustments"`
	Remaining int64  `json:"remaining" doc:"Calls can take them now"`
	Frozen    int64  `json:"frozen" doc:"Would remain, but for a refund or an operator that stopped them"`
	Expired   int64  `json:"expired" doc:"Nobody took them in time"`
}

// balance is what became of the units of an account.
type balance struct {
	Items []UnitsBalance `json:"items" nullable:"false" doc:"For each product; without product_id: units for any"`
	Total UnitsBalance   `json:"total" doc:"Their sums"`
}

func balanceOf(b *billing.Balance) UnitsBalance { return UnitsBalance(*b) }

type grant struct {
	UnitsBalance

	ID        string    `json:"id"`
	Trial     bool      `json:"trial" doc:"Used before all others"`
	Order     string    `json:"order_id,omitempty" doc:"That gave it"`
	PaidFen   int64     `json:"paid_fen"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at" doc:"The first instant at which it cannot be used any more"`
	FrozenAt  time.Time `json:"frozen_at,omitzero"`
	FrozenFor string    `json:"frozen_for_refund_id,omitempty"`
}

func (a *API) grantOf(g *quartet.Grant) grant {
	b := billing.BalanceOf(*g, a.o.Now())
	return grant{balanceOf(&b), g.ID, g.Trial, g.Order(), int64(g.Paid), g.CreatedAt, g.ExpiresAt, g.FrozenAt, g.FrozenFor}
}

func (a *API) registerGrants() {
	const tag = "units"
	readers := []quartet.Right{quartet.MayRead, quartet.MayWatchHouse, quartet.MayReadMoney}
	register(a, operation{
		ID: "listGrants", Method: http.MethodGet, Path: "/accounts/{account}/grants", Tag: tag, Summary: "The units of an account, grant by grant, oldest first", Rights: readers,
	}, func(ctx context.Context, _ Caller, in *struct {
		Turn

		Account string `path:"account" maxLength:"32"`
	},
	) (*page[grant], error) {
		list, err := a.o.Units.Grants(ctx, in.Account)
		if err != nil {
			return nil, err
		}
		return pageOf(list, in.Turn, func(g *quartet.Grant) string { return g.ID }, a.grantOf)
	})
	register(a, operation{
		ID: "showBalance", Method: http.MethodGet, Path: "/accounts/{account}/balance", Tag: tag, Summary: "What became of the units of an account, for each product and in total", Rights: readers,
	}, func(ctx context.Context, _ Caller, in *AccountIn) (*struct{ Body balance }, error) {
		list, err := a.o.Units.Balance(ctx, in.Account)
		if err != nil {
			return nil, err
		}
		b := balance{Items: make([]UnitsBalance, len(list))}
		var total billing.Balance
		for i := range list {
			b.Items[i] = balanceOf(&list[i])
			total.Add(&list[i])
		}
		b.Total = balanceOf(&total)
		return &struct{ Body balance }{b}, nil
	})
}
