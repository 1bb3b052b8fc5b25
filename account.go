package quartet

import "time"

// Account is a buyer: who pays for calls.
type Account struct {
	ID          string
	Name        string
	Rate        Rate   // of all its credentials together
	Purpose     string // what its contract lets it ask for, as terms of sources name it; empty: not said
	CreatedAt   time.Time
	SuspendedAt time.Time // zero: active
}

// Suspended reports whether its credentials are refused.
func (a Account) Suspended() bool { return !a.SuspendedAt.IsZero() }

// AccountFilter chooses accounts.
type AccountFilter struct {
	Text      string // that stands in the id or the name; empty: all
	Suspended bool   // only those
	Active    bool   // only the others
	Firm      FirmState
	After     string // id of the last account of the page before
	Limit     int
}

// AccountRow is an account as a list of them shows it.
type AccountRow struct {
	Account

	Firm   FirmState // approved if one is, else of the last application; empty: none
	Units  int64     // that calls can take now, of all products
	Called time.Time // the minute of the last call; zero: none
}
