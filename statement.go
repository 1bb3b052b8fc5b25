package quartet

import "time"

// Statement is what one month of Asia/Shanghai came to for an account: what it bought, what
// it used and what it has left. Its sums are those of the rows of calls and of the entries of
// grants; it is no invoice.
type Statement struct {
	Account string
	From    time.Time // first instant of the month
	To      time.Time // first instant after it
	Made    time.Time
	Final   bool // the month is over and its days are closed: it stays as it is
	Grants  []StatementGrant
	Usage   []StatementUsage
	Orders  []Order  // paid in the month, oldest first
	Refunds []Refund // of which the money went back in the month, oldest first
}

// StatementGrant is a month of one grant, in units: Opening + Given + Restored - Used -
// Withdrawn - Expired = Closing.
type StatementGrant struct {
	Grant     string
	Product   string
	Origin    string
	ExpiresAt time.Time
	Opening   int64 // could be used when the month began
	Given     int64 // of a grant that began in it
	Restored  int64 // had expired before, and a renewal in it made them valid again
	Used      int64 // charged calls of the month
	Withdrawn int64 // refunds and adjustments
	Expired   int64 // were left when it expired in the month
	Closing   int64 // could be used when the month ended, units of open holds among them
}

// StatementUsage is how many calls of the month there were of a kind.
type StatementUsage struct {
	Product    string
	Credential string
	Code       Code
	Verdict    Verdict
	Calls      int64
	Units      int64
}

// Used is the number of units that the calls of the month were charged.
func (s *Statement) Used() (units int64) {
	for _, u := range s.Usage {
		units += u.Units
	}
	return units
}

// StatementBook is what a statement is reckoned from, read at one instant.
type StatementBook struct {
	Grants  []Grant          // of the account, oldest first
	Entries []Entry          // of these, oldest first
	Before  map[string]int64 // grant → units of calls before the month
	Within  map[string]int64 // grant → units of calls of the month
	Usage   []StatementUsage
	Orders  []Order
	Refunds []Refund
	Closed  bool // no day of the month can change any more
	Final   bool // it was given as final before, and Usage is what was counted then
}
