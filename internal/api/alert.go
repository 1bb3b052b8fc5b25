package api

import (
	"context"
	"net/http"
	"time"

	"quartet"
)

// Alerts is what accounts want to be told in time.
type Alerts interface {
	Rules(ctx context.Context, account string) ([]quartet.AlertRule, error)
	Add(ctx context.Context, by string, r quartet.AlertRule) (quartet.AlertRule, error)
	Change(ctx context.Context, by string, r quartet.AlertRule) (quartet.AlertRule, error)
	Remove(ctx context.Context, by, account, id string) error
	Fired(ctx context.Context, account, before string, limit int) ([]quartet.Alert, error)
	See(ctx context.Context, by, account, id string) (quartet.Alert, error)
}

// AlertTerms are what a rule asks for.
type AlertTerms struct {
	Product  string `json:"product_id,omitempty" maxLength:"32" doc:"Left out: all products together"`
	Units    int64  `json:"units,omitempty" minimum:"0" maximum:"1000000000000" doc:"remaining: fires at so many unused units and fewer; 0 without percent: when none is left"`
	Percent  int64  `json:"percent,omitempty" minimum:"0" maximum:"10000" doc:"remaining: of what usable grants gave; rate: of what is usual; errors: of all calls"`
	Days     int64  `json:"days,omitempty" minimum:"0" maximum:"365" doc:"expiry: so many days before; rate: days of the past, 3 to 28"`
	Minutes  int64  `json:"minutes,omitempty" minimum:"0" maximum:"60" doc:"errors: of the last 5, 10, 30 or 60 minutes"`
	Floor    int64  `json:"floor,omitempty" minimum:"0" maximum:"1000000000000" doc:"rate, errors: with fewer calls it does not fire"`
	Inbox    bool   `json:"inbox,omitempty" doc:"Leave a note in the inbox; a rule that says neither this, webhook nor mail_to is refused"`
	Webhook  bool   `json:"webhook,omitempty" doc:"Tell the account's webhooks"`
	MailTo   string `json:"mail_to,omitempty" enum:"account.read,order.buy,credential.write" doc:"Mail to those of the account's people who have this right; left out: to none"`
	Cooldown *int64 `json:"cooldown_minutes,omitempty" minimum:"0" maximum:"43200" doc:"How long it is quiet at least after it fired, unless new units come; left out: 60. Rules of rate and errors: at least 5"`
}

// AlertRule is a rule.
type AlertRule struct {
	AlertTerms

	ID        string    `json:"id"`
	Kind      string    `json:"kind" enum:"remaining,expiry,rate,errors"`
	Armed     bool      `json:"armed" doc:"It fires when what it watches comes to its line"`
	FiredAt   time.Time `json:"fired_at,omitzero"`
	CreatedAt time.Time `json:"created_at"`
	CreatedBy string    `json:"created_by"`
}

func alertRuleOf(r *quartet.AlertRule) AlertRule {
	cooldown := int64(r.Cooldown / time.Minute)
	return AlertRule{
		AlertTerms{r.Product, r.Units, r.Percent, r.Days, r.Minutes, r.Floor, r.Inbox, r.Webhook, string(r.Mail), &cooldown},
		r.ID, string(r.Kind), r.Armed, r.Fired, r.Created, r.By,
	}
}

func (t *AlertTerms) rule(account string) quartet.AlertRule {
	cooldown := quartet.AlertCooldown
	if t.Cooldown != nil {
		cooldown = time.Duration(*t.Cooldown) * time.Minute
	}
	return quartet.AlertRule{
		Account: account, Product: t.Product, Units: t.Units, Percent: t.Percent, Days: t.Days, Minutes: t.Minutes, Floor: t.Floor,
		Inbox: t.Inbox, Webhook: t.Webhook, Mail: quartet.Right(t.MailTo), Cooldown: cooldown,
	}
}

type alert struct {
	ID             string    `json:"id"`
	Rule           string    `json:"rule_id"`
	Kind           string    `json:"kind" enum:"remaining,expiry,rate,errors"`
	Product        string    `json:"product_id,omitempty"`
	Line           int64     `json:"line" doc:"Units, days before, calls, or percent, at which it fired"`
	Value          int64     `json:"value" doc:"Units that were left, calls, or refusals"`
	Base           int64     `json:"base" doc:"Units before, calls that are usual, or all calls"`
	Grant          string    `json:"grant_id,omitempty" doc:"That ends"`
	ExpiresAt      time.Time `json:"expires_at,omitzero"`
	At             time.Time `json:"at"`
	AcknowledgedBy string    `json:"acknowledged_by,omitempty"`
	AcknowledgedAt time.Time `json:"acknowledged_at,omitzero"`
}

func alertOf(a *quartet.Alert) alert {
	return alert{a.ID, a.Rule, string(a.Kind), a.Product, a.Line, a.Value, a.Base, a.Grant, a.Until, a.At, a.SeenBy, a.Seen}
}

// AlertRuleIn names a rule of an account.
type AlertRuleIn struct {
	Account string `path:"account" maxLength:"32"`
	Rule    string `path:"rule" maxLength:"64"`
}

// TurnOfAccount is a turn in a list of an account.
type TurnOfAccount struct {
	Turn

	Account string `path:"account" maxLength:"32"`
}

var (
	seeAlerts = []quartet.Right{quartet.MayRead, quartet.MayWatchHouse}
	setAlerts = []quartet.Right{quartet.MayBuy, quartet.MayIntegrate}
)

func (a *API) registerAlerts() {
	const tag = "alerts"
	register(a, operation{
		ID: "listAlertRules", Method: http.MethodGet, Path: "/accounts/{account}/alert-rules", Tag: tag, Summary: "What an account wants to be told, oldest rule first", Rights: seeAlerts,
	}, func(ctx context.Context, _ Caller, in *TurnOfAccount) (*page[AlertRule], error) {
		list, err := a.o.Alerts.Rules(ctx, in.Account)
		if err != nil {
			return nil, err
		}
		return pageOf(list, in.Turn, func(r *quartet.AlertRule) string { return r.ID }, alertRuleOf)
	})
	register(a, operation{
		ID: "addAlertRule", Method: http.MethodPost, Path: "/accounts/{account}/alert-rules", Tag: tag, Status: http.StatusCreated, Rights: setAlerts,
		Summary: "Want to be told something", Doc: "A rule begins armed: what is so already fires within a minute.",
	}, func(ctx context.Context, c Caller, in *struct {
		Account string `path:"account" maxLength:"32"`
		Body    struct {
			AlertTerms

			Kind string `json:"kind" enum:"remaining,expiry,rate,errors"`
		}
	},
	) (*struct{ Body AlertRule }, error) {
		wanted := in.Body.rule(in.Account)
		wanted.Kind = quartet.AlertKind(in.Body.Kind)
		r, err := a.o.Alerts.Add(ctx, c.By(), wanted)
		if err != nil {
			return nil, err
		}
		return &struct{ Body AlertRule }{alertRuleOf(&r)}, nil
	})
	register(a, operation{
		ID: "changeAlertRule", Method: http.MethodPut, Path: "/accounts/{account}/alert-rules/{rule}", Tag: tag, Rights: setAlerts,
		Summary: "Let a rule ask for something else, armed", Doc: "Its kind stays. What is left out is none, and 60 minutes of cooldown_minutes.",
	}, func(ctx context.Context, c Caller, in *struct {
		AlertRuleIn

		Body AlertTerms
	},
	) (*struct{ Body AlertRule }, error) {
		wanted := in.Body.rule(in.Account)
		wanted.ID = in.Rule
		r, err := a.o.Alerts.Change(ctx, c.By(), wanted)
		if err != nil {
			return nil, err
		}
		return &struct{ Body AlertRule }{alertRuleOf(&r)}, nil
	})
	register(a, operation{
		ID: "removeAlertRule", Method: http.MethodDelete, Path: "/accounts/{account}/alert-rules/{rule}", Tag: tag, Status: http.StatusNoContent, Rights: setAlerts,
		Summary: "Remove a rule; what it fired stays",
	}, func(ctx context.Context, c Caller, in *AlertRuleIn) (*struct{}, error) {
		return nil, a.o.Alerts.Remove(ctx, c.By(), in.Account, in.Rule)
	})
	register(a, operation{
		ID: "listAlerts", Method: http.MethodGet, Path: "/accounts/{account}/alerts", Tag: tag, Summary: "What fired for an account, newest first", Rights: seeAlerts,
	}, func(ctx context.Context, _ Caller, in *TurnOfAccount) (*page[alert], error) {
		list, err := a.o.Alerts.Fired(ctx, in.Account, in.After, in.Limit+1)
		if err != nil {
			return nil, err
		}
		return pageOf(list, Turn{Limit: in.Limit}, func(a *quartet.Alert) string { return a.ID }, alertOf)
	})
	register(a, operation{
		ID: "acknowledgeAlert", Method: http.MethodPut, Path: "/accounts/{account}/alerts/{alert}/acknowledgement", Tag: tag, Status: http.StatusOK, Rights: setAlerts,
		Summary: "Take note of what fired; who did first, stays",
	}, func(ctx context.Context, c Caller, in *struct {
		Account string `path:"account" maxLength:"32"`
		Alert   string `path:"alert" maxLength:"64"`
	},
	) (*struct{ Body alert }, error) {
		fired, err := a.o.Alerts.See(ctx, c.By(), in.Account, in.Alert)
		if err != nil {
			return nil, err
		}
		return &struct{ Body alert }{alertOf(&fired)}, nil
	})
}
