package app

import (
	"crypto/rand"

	"quartet/internal/api"
	"quartet/internal/debug"
	"quartet/internal/guard"
	"quartet/internal/obs"
	"quartet/internal/seal"
	"quartet/internal/today"
)

// Drills is where drills are made.
type Drills interface {
	api.Drills
	Stop()
}

// newAPI puts the management API together.
func (a *App) newAPI(signOn api.SignOn) *api.API {
	var drills api.Drills
	if a.drills != nil {
		drills = a.drills
	}
	return api.New(api.Options{
		Log: a.Log, Now: a.Now, Version: a.Version, Proxies: a.proxies, Limiter: guard.NewRates(maxKeys), Demo: a.demo,
		Changed: a.Changed, Current: a.Current,
		Repeats: a.Store, Hasher: seal.NewHasher(a.Ring.Key(api.RepeatLabel)), Sealer: a.Ring,
		Sessions: a.Store, House: a.Operators, Operators: a.Operators, SignOn: signOn, People: a.People, Persons: a.People,
		Accounts: a.Desk, Credentials: a.Desk, Tokens: a.Tokens, Debug: debug.New(debug.Options{Lender: a.Desk, Road: a.service, Now: a.Now}),
		Products: a.Catalogue, Jobs: a.Jobs, Markets: a.Market,
		Plans: a.Plans, Orders: a.Billing, Refunds: a.Billing, Units: a.Billing, Adjustments: a.Billing,
		Roster: a.Operators, Audit: a.House, Firms: a.Firms, Reviews: a.Firms,
		BankAccounts: a.Transfers, Transfers: a.Transfers, Payouts: a.Transfers, Settlements: a.Bills, Pages: a.Pages, Ratings: a.Ratings,
		Usage: a.Usage, Paper: a.paper(),
		Invoices: a.Invoices, InvoiceTitles: a.Invoices, InvoiceWork: a.Invoices, RedLetters: a.Invoices,
		Tickets: a.Support, Turns: a.Support, Looks: a.Support, Support: a.Support,
		Till: a.Cashier, Payments: a.Billing, Notices: a.Store,
		Alerts: a.Alerts, Inbox: a.Alerts, Webhooks: a.Webhooks, Repurchases: a.Alerts, Incidents: a.Incidents, Announcements: a.Announcements, Settings: a.settings(),
		Batches: a.Batches, BatchRuns: a.Batches, BatchFiles: a.Batches,
		Sources: a.Sources, SourceWatch: a.House, SourcePolicy: a.Sources, SourceBench: a.House, Imports: a.Imports, Drills: drills, Reconciliations: a.House,
		Today: today.New(today.Options{Store: a.Store, Meter: a.meter, Now: a.Now}), Health: a.router.Health, PaceOf: a.meter.PaceOf,
	})
}

// settings are those that this process began with.
func (a *App) settings() []api.Setting {
	values := a.Config.Values()
	list := make([]api.Setting, len(values))
	for i, v := range values {
		list[i] = api.Setting{Key: v.Key, Help: v.Help, Value: v.Text, Default: v.Default(), From: v.From, Place: v.Place, Secret: v.Secret, Set: v.Set}
	}
	return list
}

// refer logs a fault that nobody expected and gives the reference that a caller is told.
func (a *App) refer(err error) string {
	reference := rand.Text()[:12]
	a.Log.Error("an unexpected fault", "reference", reference, obs.Err(err))
	return reference
}
