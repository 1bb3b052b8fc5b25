package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"quartet"
)

// Accounts is the desk of accounts.
type Accounts interface {
	Open(ctx context.Context, by, id, name string) (quartet.Account, error)
	Rows(ctx context.Context, f quartet.AccountFilter) ([]quartet.AccountRow, error)
	Account(ctx context.Context, id string) (quartet.Account, error)
	AccountChanges
}

// AccountChanges are what the house does to accounts.
type AccountChanges interface {
	Suspend(ctx context.Context, by, ref, why string) (quartet.Account, error)
	Resume(ctx context.Context, by, ref string) (quartet.Account, error)
	SetRate(ctx context.Context, by, ref string, r quartet.Rate) (quartet.Account, error)
	SetPurpose(ctx context.Context, by, ref, purpose string) (quartet.Account, error)
}

type account struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	QPS         int       `json:"qps" doc:"Calls a second of all its credentials together; 0: not limited"`
	Burst       int       `json:"burst" doc:"Calls at once after a pause; 0: one second's calls"`
	Purpose     string    `json:"purpose,omitempty" doc:"What its contract lets it ask for"`
	Suspended   bool      `json:"suspended"`
	SuspendedAt time.Time `json:"suspended_at,omitzero"`
	CreatedAt   time.Time `json:"created_at"`
}

func accountOf(a *quartet.Account) account {
	return account{a.ID, a.Name, a.Rate.QPS, a.Rate.Burst, a.Purpose, a.Suspended(), a.SuspendedAt, a.CreatedAt}
}

// Account is an account. It is exported, as huma wants it of what is embedded.
type Account = account

// accountRow is an account in a list.
type accountRow struct {
	Account

	Firm   string    `json:"firm_state,omitempty" enum:"draft,submitted,approved,rejected,replaced,revoked" doc:"approved, if one application is; else that of the last one"`
	Units  int64     `json:"units_remaining" doc:"That calls can take now, of all products"`
	Called time.Time `json:"called_at,omitzero" doc:"The minute of its last call"`
}

func accountRowOf(r *quartet.AccountRow) accountRow {
	return accountRow{accountOf(&r.Account), string(r.Firm), r.Units, r.Called}
}

type accountAnswer struct{ Body account }

type AccountIn struct {
	Account string `path:"account" maxLength:"32"`
}

// accountChange is the answer to a change that calls must see.
func (a *API) accountChange(ctx context.Context, changed quartet.Account, err error) (*accountAnswer, error) {
	if err == nil {
		err = a.changed(ctx)
	}
	if err != nil {
		return nil, err
	}
	return &accountAnswer{accountOf(&changed)}, nil
}

func (a *API) registerAccounts() {
	runners, watchers := []quartet.Right{quartet.MayRunHouse}, []quartet.Right{quartet.MayWatchHouse}
	register(a, operation{
		ID: "listAccounts", Method: http.MethodGet, Path: "/accounts", Tag: "accounts", Summary: "Accounts, oldest first", Rights: watchers,
	}, func(ctx context.Context, _ Caller, in *struct {
		Turn

		Text  string `query:"q" maxLength:"100" doc:"That stands in the id or the name"`
		State string `query:"state" enum:"active,suspended"`
		Firm  string `query:"firm_state" enum:"draft,submitted,approved,rejected,replaced,revoked" doc:"That have an application of this state"`
	},
	) (*page[accountRow], error) {
		list, err := a.o.Accounts.Rows(ctx, quartet.AccountFilter{
			Text: strings.TrimSpace(in.Text), Suspended: in.State == "suspended", Active: in.State == "active", Firm: quartet.FirmState(in.Firm), After: in.After, Limit: in.Limit + 1,
		})
		if err != nil {
			return nil, err
		}
		return pageOf(list, Turn{Limit: in.Limit}, func(r *quartet.AccountRow) string { return r.ID }, accountRowOf)
	})
	register(a, operation{
		ID: "showAccount", Method: http.MethodGet, Path: "/accounts/{account}", Tag: "accounts", Summary: "One account",
		Rights: []quartet.Right{quartet.MayRead, quartet.MayWatchHouse},
	}, func(ctx context.Context, _ Caller, in *AccountIn) (*accountAnswer, error) {
		one, err := a.o.Accounts.Account(ctx, in.Account)
		if err != nil {
			return nil, err
		}
		return &accountAnswer{accountOf(&one)}, nil
	})
	register(a, operation{
		ID: "openAccount", Method: http.MethodPost, Path: "/accounts", Tag: "accounts", Summary: "Open an account", Rights: runners, Status: http.StatusCreated,
	}, func(ctx context.Context, c Caller, in *struct {
		Body struct {
			ID   string `json:"id,omitempty" pattern:"^[a-z0-9][a-z0-9-]{0,31}$" patternDescription:"lower-case letters, digits and -, 1 to 32 of them, - not first" doc:"Made up when it is left out"`
			Name string `json:"name" minLength:"1" maxLength:"100"`
		}
	},
	) (*accountAnswer, error) {
		one, err := a.o.Accounts.Open(ctx, c.By(), in.Body.ID, in.Body.Name)
		return a.accountChange(ctx, one, err)
	})
	register(a, operation{
		ID: "suspendAccount", Method: http.MethodPut, Path: "/accounts/{account}/suspension", Tag: "accounts", Summary: "Refuse the calls of an account until it is resumed", Rights: runners,
		Doc: "Why stands in the audit of the house, and in none that buyers read.",
	}, func(ctx context.Context, c Caller, in *struct {
		AccountIn
		Reason
	},
	) (*accountAnswer, error) {
		return a.changeAccount(ctx, in.Account, func() (quartet.Account, error) {
			return a.o.Accounts.Suspend(ctx, c.By(), in.Account, in.Body.Reason)
		})
	})
	register(a, operation{
		ID: "resumeAccount", Method: http.MethodDelete, Path: "/accounts/{account}/suspension", Tag: "accounts", Summary: "Let a suspended account call again", Rights: runners, Status: http.StatusOK,
	}, func(ctx context.Context, c Caller, in *AccountIn) (*accountAnswer, error) {
		return a.changeAccount(ctx, in.Account, func() (quartet.Account, error) { return a.o.Accounts.Resume(ctx, c.By(), in.Account) })
	})
	register(a, operation{
		ID: "limitAccount", Method: http.MethodPut, Path: "/accounts/{account}/rate", Tag: "accounts", Summary: "Limit the calls a second of an account", Rights: runners,
	}, func(ctx context.Context, c Caller, in *struct {
		AccountIn

		Body struct {
			QPS   int `json:"qps" minimum:"0" maximum:"1000000"`
			Burst int `json:"burst,omitempty" minimum:"0" maximum:"1000000"`
		}
	},
	) (*accountAnswer, error) {
		return a.changeAccount(ctx, in.Account, func() (quartet.Account, error) {
			return a.o.Accounts.SetRate(ctx, c.By(), in.Account, quartet.Rate{QPS: in.Body.QPS, Burst: in.Body.Burst})
		})
	})
	register(a, operation{
		ID: "setPurpose", Method: http.MethodPut, Path: "/accounts/{account}/purpose", Tag: "accounts", Summary: "Say what the contract of an account lets it ask for", Rights: runners,
	}, func(ctx context.Context, c Caller, in *struct {
		AccountIn

		Body struct {
			Purpose string `json:"purpose" maxLength:"64" doc:"Empty: nothing is said"`
		}
	},
	) (*accountAnswer, error) {
		return a.changeAccount(ctx, in.Account, func() (quartet.Account, error) {
			return a.o.Accounts.SetPurpose(ctx, c.By(), in.Account, in.Body.Purpose)
		})
	})
}

// changeAccount changes an account that is named by its id; the desk would take its name too.
func (a *API) changeAccount(ctx context.Context, id string, change func() (quartet.Account, error)) (*accountAnswer, error) {
	if _, err := a.o.Accounts.Account(ctx, id); err != nil {
		return nil, err
	}
	changed, err := change()
	return a.accountChange(ctx, changed, err)
}
