package quartet

import "time"

// Repurchase is the wish of an account that a plan is ordered when a rule of remaining units
// fires. What is ordered waits for money like any order: none moves by itself.
type Repurchase struct {
	Account string
	Product string
	Plan    string
	Monthly int64 // at most so many orders a month
	Created time.Time
	By      string
}

// RepurchaseState is what came of a try.
type RepurchaseState string

// The states of a try.
const (
	RepurchaseTrying  RepurchaseState = "trying"
	RepurchasePlaced  RepurchaseState = "placed"
	RepurchaseRefused RepurchaseState = "refused"
	RepurchaseSpared  RepurchaseState = "spared" // a bound was reached
)

// RepurchaseTry is one order that was to be placed by itself, once for each alert and product.
type RepurchaseTry struct {
	ID      string
	Account string
	Product string
	Alert   string
	Order   string
	State   RepurchaseState
	Why     string
	At      time.Time
}

// RepurchaseHistory is what bounds the next try, as it stands.
type RepurchaseHistory struct {
	Wish   Repurchase
	Open   int64 // orders placed by tries that wait for money
	Month  int64 // orders placed by tries this month
	Failed int64 // tries refused, or whose orders were closed unpaid, within a day
}

// Spared is why no order may be placed now; empty: it may.
func (h *RepurchaseHistory) Spared() string {
	switch {
	case h.Open > 0:
		return "an order placed by itself still waits for money"
	case h.Month >= h.Wish.Monthly:
		return "as many orders as this month may bring were placed by themselves"
	case h.Failed > 0:
		return "one was refused or not paid within the last day"
	default:
		return ""
	}
}
