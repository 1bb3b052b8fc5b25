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
