package api

import (
	"context"
	"net/http"
	"time"

	"quartet"
)

// Markets is where cloud markets are looked after. Their messages come by another door.
type Markets interface {
	List(ctx context.Context) ([]quartet.Market, error)
	Add(ctx context.Context, by, name string) (quartet.Market, string, error)
	Rotate(ctx context.Context, by, name string) (quartet.Market, string, error)
	Off(ctx context.Context, by, name string) (quartet.Market, error)
	Instances(ctx context.Context, market string, limit int) ([]quartet.Instance, error)
}

type market struct {
	Name      string    `json:"name"`
	CreatedAt time.Time `json:"created_at"`
	RotatedAt time.Time `json:"rotated_at" doc:"Since when the secret in force is"`
	OffAt     time.Time `json:"off_at,omitzero" doc:"Since when its messages are not taken"`
}

func marketOf(m *quartet.Market) market { return market{m.Name, m.Created, m.Rotated, m.Off} }

type instance struct {
	ID         string    `json:"id"`
	Market     string    `json:"market"`
	Sale       string    `json:"order_at_market" doc:"The market's own number of the order"`
	Plan       string    `json:"plan_id"`
	Trial      bool      `json:"trial"`
	Account    string    `json:"account_id"`
	Credential string    `json:"credential_id"`
	Order      string    `json:"order_id,omitempty"`
	Grant      string    `json:"grant_id,omitempty"`
	State      string    `json:"state" enum:"provisioning,active,frozen,released"`
	Refund     bool      `json:"refund" doc:"The market gave the money back"`
	CreatedAt  time.Time `json:"created_at"`
	ToldAt     time.Time `json:"told_at,omitzero" doc:"When the newest message about it came that is done"`
}

func instanceOf(i *quartet.Instance) instance {
	return instance{i.ID, i.Market, i.Sale, i.Plan, i.Trial, i.Account, i.Credential, i.Order, i.Grant, string(i.State), i.Refund, i.Created, i.Told}
}

type (
	marketAnswer struct{ Body market }

	marketSecretBody struct {
		Market market `json:"market"`
		Secret string `json:"secret" doc:"That the market signs with; it is not shown again"`
	}
	marketSecretAnswer struct{ Body marketSecretBody }

	MarketIn struct {
		Market string `path:"market" maxLength:"32"`
	}
)

func marketSecretOf(m quartet.Market, secret string, err error) (*marketSecretAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &marketSecretAnswer{marketSecretBody{marketOf(&m), secret}}, nil
}

// maxInstances is how far back the list of instances goes.
const maxInstances = 10_000

func (a *API) registerMarkets() {
	const tag = "markets"
	readers, writers := []quartet.Right{quartet.MayWatchHouse}, []quartet.Right{quartet.MayRunHouse}
	register(a, operation{
		ID: "listMarkets", Method: http.MethodGet, Path: "/markets", Tag: tag, Summary: "The cloud markets that sell our plans, by name", Rights: readers,
	}, func(ctx context.Context, _ Caller, in *struct{ Turn }) (*page[market], error) {
		all, err := a.o.Markets.List(ctx)
		if err != nil {
			return nil, err
		}
		return pageOf(all, in.Turn, func(m *quartet.Market) string { return m.Name }, marketOf)
	})
	register(a, operation{
		ID: "addMarket", Method: http.MethodPost, Once: true, Path: "/markets", Tag: tag, Status: http.StatusCreated, Summary: "Let a market provision what it sells", Rights: writers, Fresh: true,
	}, func(ctx context.Context, c Caller, in *struct {
		Body struct {
			Name string `json:"name" pattern:"^[a-z0-9][a-z0-9-]{0,31}$" patternDescription:"lower-case letters, digits and -, 1 to 32 of them, - not first" doc:"In the address that it sends messages to"`
		}
	},
	) (*marketSecretAnswer, error) {
		return marketSecretOf(a.o.Markets.Add(ctx, c.By(), in.Body.Name))
	})
	register(a, operation{
		ID: "rotateMarket", Method: http.MethodPost, Once: true, Path: "/markets/{market}/rotation", Tag: tag, Status: http.StatusCreated,
		Summary: "Give a market a new secret", Doc: "The old one is refused from now on. A market that was off is on again.", Rights: writers, Fresh: true,
	}, func(ctx context.Context, c Caller, in *MarketIn) (*marketSecretAnswer, error) {
		return marketSecretOf(a.o.Markets.Rotate(ctx, c.By(), in.Market))
	})
	register(a, operation{
		ID: "switchMarketOff", Method: http.MethodPost, Path: "/markets/{market}/off", Tag: tag, Summary: "Take no message of a market any more", Rights: writers,
	}, func(ctx context.Context, c Caller, in *MarketIn) (*marketAnswer, error) {
		m, err := a.o.Markets.Off(ctx, c.By(), in.Market)
		if err != nil {
			return nil, err
		}
		return &marketAnswer{marketOf(&m)}, nil
	})
	register(a, operation{
		ID: "listInstances", Method: http.MethodGet, Path: "/instances", Tag: tag, Summary: "What markets sold, newest first", Rights: readers,
	}, func(ctx context.Context, _ Caller, in *struct {
		Turn

		Market string `query:"market" maxLength:"32" doc:"Of this market only"`
	},
	) (*page[instance], error) {
		all, err := a.o.Markets.Instances(ctx, in.Market, maxInstances)
		if err != nil {
			return nil, err
		}
		return pageOf(all, in.Turn, func(i *quartet.Instance) string { return i.ID }, instanceOf)
	})
}
