package app

import (
	"quartet/internal/api"
	"quartet/internal/guard"
)

// newAPI puts the management API together.
func (a *App) newAPI() *api.API {
	return api.New(api.Options{
		Log: a.Log, Now: a.Now, Version: a.Version, Proxies: a.proxies, Limiter: guard.NewRates(maxKeys), Demo: a.demo,
		Changed: a.Changed, Current: a.Current,
		Sessions: a.Store, House: a.Operators, Operators: a.Operators, Roster: a.Operators, Audit: a.House, Firms: a.Firms, Reviews: a.Firms,
		Accounts: a.Desk, Credentials: a.Desk, Products: a.Catalogue, Jobs: a.Jobs,
		BankAccounts: a.Transfers, Transfers: a.Transfers, Payouts: a.Transfers, Settlements: a.Bills, Pages: a.Pages, Ratings: a.Ratings,
	})
}
