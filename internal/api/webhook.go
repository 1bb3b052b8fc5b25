package api

import (
	"context"
	"net/http"
	"time"

	"quartet"
)

// Webhooks is which programs of accounts are told what happens.
type Webhooks interface {
	List(ctx context.Context, account string) ([]quartet.Webhook, error)
	Add(ctx context.Context, by, account, url string) (quartet.Webhook, string, error)
	Change(ctx context.Context, by, account, id, url string, enabled bool) (quartet.Webhook, error)
	Rotate(ctx context.Context, by, account, id string, overlap time.Duration) (quartet.Webhook, string, error)
	Remove(ctx context.Context, by, account, id string) error
	WebhookLog
}

// WebhookLog is what was sent to them.
type WebhookLog interface {
	Test(ctx context.Context, by, account, id string) (quartet.Delivery, error)
	Log(ctx context.Context, account, id, before string, limit int) ([]quartet.Delivery, error)
	Show(ctx context.Context, account, id, delivery string) (quartet.Delivery, []quartet.DeliveryTry, error)
	Replay(ctx context.Context, by, account, id, delivery string) (quartet.Delivery, error)
}

// Webhook is a program of an account.
type Webhook struct {
	ID           string    `json:"id"`
	URL          string    `json:"url,omitempty" doc:"Who may set it sees it whole, all others the host alone"`
	Enabled      bool      `json:"enabled"`
	DisabledAt   time.Time `json:"disabled_at,omitzero"`
	DisabledWhy  string    `json:"disabled_reason,omitempty"`
	FailingSince time.Time `json:"failing_since,omitzero" doc:"Nothing has come through since"`
	SecretAt     time.Time `json:"secret_at" doc:"When its secret was made"`
	OldUntil     time.Time `json:"old_secret_until,omitzero" doc:"Until when the secret before signs too"`
	CreatedAt    time.Time `json:"created_at"`
	CreatedBy    string    `json:"created_by"`
}

func webhookOf(w *quartet.Webhook) Webhook {
	return Webhook{w.ID, w.URL, w.Disabled.IsZero(), w.Disabled, w.Why, w.Failing, w.SecretAt, w.OldUntil, w.Created, w.By}
}

type webhookSecret struct {
	Webhook

	Secret string `json:"secret" doc:"Signs what is sent; it is never shown again"`
}

type delivery struct {
	ID        string    `json:"id"`
	Event     string    `json:"event_id" doc:"The same however often the event is sent"`
	Kind      string    `json:"kind"`
	State     string    `json:"state" enum:"waiting,delivered,failed"`
	Tries     int64     `json:"tries"`
	Replays   string    `json:"replays,omitempty" doc:"The delivery that it repeats"`
	CreatedAt time.Time `json:"created_at"`
	EndedAt   time.Time `json:"ended_at,omitzero"`
}

func deliveryOf(d *quartet.Delivery) delivery {
	return delivery{d.ID, d.Event, d.Kind, string(d.State), d.Tries, d.Replays, d.Created, d.Ended}
}

type deliveryTry struct {
	At        time.Time `json:"at"`
	LatencyMS int64     `json:"latency_ms"`
	Status    int       `json:"status,omitempty" doc:"Left out: no answer came"`
	Fault     string    `json:"fault,omitempty" doc:"Left out: it was taken"`
	Answer    string    `json:"answer,omitempty" doc:"Its beginning, scrubbed"`
}

type deliveryWhole struct {
	delivery

	Body     string        `json:"body" doc:"What is sent"`
	Attempts []deliveryTry `json:"attempts" nullable:"false"`
}

// WebhookIn names a webhook of an account.
type WebhookIn struct {
	Account string `path:"account" maxLength:"32"`
	Webhook string `path:"webhook" maxLength:"64"`
}

// DeliveryIn names what was sent to one.
type DeliveryIn struct {
	WebhookIn

	Delivery string `path:"delivery" maxLength:"64"`
}

func (a *API) registerWebhooks() {
	const tag, base = "webhooks", "/accounts/{account}/webhooks"
	set := []quartet.Right{quartet.MayIntegrate}
	register(a, operation{
		ID: "listWebhooks", Method: http.MethodGet, Path: base, Tag: tag, Summary: "The webhooks of an account, oldest first", Rights: seeAlerts,
	}, func(ctx context.Context, c Caller, in *TurnOfAccount) (*page[Webhook], error) {
		list, err := a.o.Webhooks.List(ctx, in.Account)
		if err != nil {
			return nil, err
		}
		return pageOf(list, in.Turn, func(w *quartet.Webhook) string { return w.ID }, func(w *quartet.Webhook) Webhook {
			out := webhookOf(w)
			if !c.Standing.Role.May(quartet.MayIntegrate) { // a path may hold a token
				out.URL = w.Host()
			}
			return out
		})
	})
	register(a, operation{
		ID: "addWebhook", Method: http.MethodPost, Once: true, Path: base, Tag: tag, Status: http.StatusCreated, Rights: set, Fresh: true,
		Summary: "Name a program that is told, and get its secret", Doc: "docs/webhooks.md tells what is sent and how it is verified.",
	}, func(ctx context.Context, c Caller, in *struct {
		Account string `path:"account" maxLength:"32"`
		Body    struct {
			URL string `json:"url" minLength:"1" maxLength:"500"`
		}
	},
	) (*struct{ Body webhookSecret }, error) {
		w, secret, err := a.o.Webhooks.Add(ctx, c.By(), in.Account, in.Body.URL)
		if err != nil {
			return nil, err
		}
		return &struct{ Body webhookSecret }{webhookSecret{webhookOf(&w), secret}}, nil
	})
	register(a, operation{
		ID: "changeWebhook", Method: http.MethodPut, Path: base + "/{webhook}", Tag: tag, Rights: set, Fresh: true, Summary: "Let a webhook lead elsewhere, disable or enable it",
	}, func(ctx context.Context, c Caller, in *struct {
		WebhookIn

		Body struct {
			URL     string `json:"url" minLength:"1" maxLength:"500"`
			Enabled bool   `json:"enabled"`
		}
	},
	) (*struct{ Body Webhook }, error) {
		w, err := a.o.Webhooks.Change(ctx, c.By(), in.Account, in.Webhook, in.Body.URL, in.Body.Enabled)
		if err != nil {
			return nil, err
		}
		return &struct{ Body Webhook }{webhookOf(&w)}, nil
	})
	register(a, operation{
		ID: "rotateWebhookSecret", Method: http.MethodPost, Once: true, Path: base + "/{webhook}/secret", Tag: tag, Rights: set, Fresh: true,
		Summary: "Give a webhook a new secret", Doc: "What is sent bears the signatures of both until the overlap is over; until then another rotation is refused, unless it ends all secrets before at once.", Status: http.StatusOK,
	}, func(ctx context.Context, c Caller, in *struct {
		WebhookIn

		Body *struct {
			Overlap *int64 `json:"overlap_minutes,omitempty" minimum:"0" maximum:"10080" doc:"How long the secret before signs too; 0: it ends now; left out: a day"`
		}
	},
	) (*struct{ Body webhookSecret }, error) {
		overlap := 24 * time.Hour
		if in.Body != nil && in.Body.Overlap != nil {
			overlap = time.Duration(*in.Body.Overlap) * time.Minute
		}
		w, secret, err := a.o.Webhooks.Rotate(ctx, c.By(), in.Account, in.Webhook, overlap)
		if err != nil {
			return nil, err
		}
		return &struct{ Body webhookSecret }{webhookSecret{webhookOf(&w), secret}}, nil
	})
	register(a, operation{
		ID: "removeWebhook", Method: http.MethodDelete, Path: base + "/{webhook}", Tag: tag, Status: http.StatusNoContent, Rights: set, Fresh: true, Summary: "Remove a webhook with its log",
	}, func(ctx context.Context, c Caller, in *WebhookIn) (*struct{}, error) {
		return nil, a.o.Webhooks.Remove(ctx, c.By(), in.Account, in.Webhook)
	})
	a.registerDeliveries(tag, base+"/{webhook}")
}

func (a *API) registerDeliveries(tag, base string) {
	set := []quartet.Right{quartet.MayIntegrate}
	answer := func(d quartet.Delivery, err error) (*struct{ Body delivery }, error) {
		if err != nil {
			return nil, err
		}
		return &struct{ Body delivery }{deliveryOf(&d)}, nil
	}
	register(a, operation{
		ID: "testWebhook", Method: http.MethodPost, Path: base + "/test", Tag: tag, Status: http.StatusAccepted, Rights: set, Summary: "Send a webhook an event that tells of nothing",
	}, func(ctx context.Context, c Caller, in *WebhookIn) (*struct{ Body delivery }, error) {
		return answer(a.o.Webhooks.Test(ctx, c.By(), in.Account, in.Webhook))
	})
	register(a, operation{
		ID: "listDeliveries", Method: http.MethodGet, Path: base + "/deliveries", Tag: tag, Rights: seeAlerts, Summary: "What was sent to a webhook, newest first", Doc: "Kept for 90 days.",
	}, func(ctx context.Context, _ Caller, in *struct {
		Turn
		WebhookIn
	},
	) (*page[delivery], error) {
		list, err := a.o.Webhooks.Log(ctx, in.Account, in.Webhook, in.After, in.Limit+1)
		if err != nil {
			return nil, err
		}
		return pageOf(list, Turn{Limit: in.Limit}, func(d *quartet.Delivery) string { return d.ID }, deliveryOf)
	})
	register(a, operation{
		ID: "showDelivery", Method: http.MethodGet, Path: base + "/deliveries/{delivery}", Tag: tag, Rights: seeAlerts, Summary: "One delivery with its body and all its attempts",
	}, func(ctx context.Context, _ Caller, in *DeliveryIn) (*struct{ Body deliveryWhole }, error) {
		d, tries, err := a.o.Webhooks.Show(ctx, in.Account, in.Webhook, in.Delivery)
		if err != nil {
			return nil, err
		}
		out := deliveryWhole{deliveryOf(&d), d.Body, make([]deliveryTry, len(tries))}
		for i, t := range tries {
			out.Attempts[i] = deliveryTry{t.At, t.Latency.Milliseconds(), t.Status, t.Fault, t.Answer}
		}
		return &struct{ Body deliveryWhole }{out}, nil
	})
	register(a, operation{
		ID: "replayDelivery", Method: http.MethodPost, Path: base + "/deliveries/{delivery}/replay", Tag: tag, Status: http.StatusAccepted, Rights: set,
		Summary: "Send a delivery again, the same event under its id",
	}, func(ctx context.Context, c Caller, in *DeliveryIn) (*struct{ Body delivery }, error) {
		return answer(a.o.Webhooks.Replay(ctx, c.By(), in.Account, in.Webhook, in.Delivery))
	})
}
