package app

import (
	"crypto/rand"

	"quartet/internal/api"
	"quartet/internal/guard"
	"quartet/internal/obs"
)

// newAPI puts the management API together.
func (a *App) newAPI(signOn api.SignOn) *api.API {
	return api.New(api.Options{
		Log: a.Log, Now: a.Now, Version: a.Version, Proxies: a.proxies, Limiter: guard.NewRates(maxKeys), Demo: a.demo,
		Changed: a.Changed, Current: a.Current,
		Sessions: a.Store, House: a.Operators, Operators: a.Operators, SignOn: signOn, People: a.People, Persons: a.People,
		Accounts: a.Desk, Credentials: a.Desk, Products: a.Catalogue, Jobs: a.Jobs, Markets: a.Market,
		Plans: a.Plans, Orders: a.Billing, Refunds: a.Billing, Units: a.Billing, Adjustments: a.Billing,
		Roster: a.Operators, Audit: a.House, Firms: a.Firms, Reviews: a.Firms,
		BankAccounts: a.Transfers, Transfers: a.Transfers, Payouts: a.Transfers, Settlements: a.Bills, Pages: a.Pages, Ratings: a.Ratings,
		Usage: a.Usage, Paper: a.paper(),
		Invoices: a.Invoices, InvoiceTitles: a.Invoices, InvoiceWork: a.Invoices, RedLetters: a.Invoices,
		Tickets: a.Support, Turns: a.Support, Looks: a.Support, Support: a.Support,
		Till: a.Cashier, Payments: a.Billing, Notices: a.Store,
		Alerts: a.Alerts, Inbox: a.Alerts, Webhooks: a.Webhooks, Repurchases: a.Alerts,
	})
}

// refer logs a fault that nobody expected and gives the reference that a caller is told.
func (a *App) refer(err error) string {
	reference := rand.Text()[:12]
	a.Log.Error("an unexpected fault", "reference", reference, obs.Err(err))
	return reference
}
