package quartet

import (
	"slices"
	"time"
)

// RedState is where a red letter stands, by which an invoice or a part of it is taken back.
type RedState string

// The states of a red letter. Each but done and refused has a way out.
const (
	RedApplying     RedState = "applying"      // the channel has it, or will
	RedWaitingBuyer RedState = "waiting_buyer" // the buyer must agree, within 72 hours
	RedIssuing      RedState = "issuing"       // agreed on; it is being issued
	RedNeedsLogin   RedState = "needs_login"   // nothing was done: the house must sign in first
	RedFailed       RedState = "failed"        // surely not issued; it is tried again, or withdrawn
	RedUnknown      RedState = "unknown"       // only a question under our own serial tells
	RedEntered      RedState = "entered"       // a person says that it is issued; another one must say so too
	RedDone         RedState = "done"
	RedRefused      RedState = "refused" // by the buyer or the bureau, lapsed or withdrawn
)

var redSteps = map[RedState][]RedState{
	RedApplying:     {RedWaitingBuyer, RedIssuing, RedNeedsLogin, RedFailed, RedUnknown, RedDone, RedRefused, RedEntered},
	RedWaitingBuyer: {RedIssuing, RedDone, RedRefused},
	RedIssuing:      {RedWaitingBuyer, RedEntered, RedDone, RedFailed, RedNeedsLogin, RedUnknown, RedRefused},
	RedNeedsLogin:   {RedApplying, RedRefused},
	RedFailed:       {RedApplying, RedRefused},
	RedUnknown:      {RedApplying, RedWaitingBuyer, RedIssuing, RedNeedsLogin, RedFailed, RedDone, RedRefused},
	RedEntered:      {RedDone, RedIssuing},
}

// Next lists what a state may become; none: it is an end.
func (s RedState) Next() []RedState { return slices.Clone(redSteps[s]) }

// May reports whether a state may become another one.
func (s RedState) May(next RedState) bool { return slices.Contains(redSteps[s], next) }

// Open reports whether a red letter in this state may yet be issued.
func (s RedState) Open() bool { return len(redSteps[s]) > 0 }

// Invoice is where the invoice of a red letter in an open state stands.
func (s RedState) Invoice() InvoiceState {
	switch s {
	case RedWaitingBuyer:
		return InvoiceRedWaitingBuyer
	case RedIssuing, RedEntered:
		return InvoiceRedIssuing
	default:
		return InvoiceRedApplying
	}
}

// RedStates lists all.
func RedStates() []RedState {
	return []RedState{RedApplying, RedWaitingBuyer, RedIssuing, RedNeedsLogin, RedFailed, RedUnknown, RedEntered, RedDone, RedRefused}
}

// RedReason is why an invoice is taken back, as the tax bureau counts reasons.
type RedReason string

// The reasons. A mistake is taken back whole.
const (
	RedMistake   RedReason = "mistake"
	RedReturned  RedReason = "returned"
	RedEnded     RedReason = "ended"
	RedAllowance RedReason = "allowance"
)

// RedLetter takes back an invoice or a part of it.
type RedLetter struct {
	ID      string // 18 digits, as of an invoice
	Invoice string
	Account string
	State   RedState
	Reason  RedReason
	Refund  string // for which it was asked; empty: a person asked
	AskedBy string
	Amounts Amounts // what it takes back, above zero
	Lines   []RedLine

	Channel string
	Tries   int
	Asked   time.Time
	Answer  string

	Number   string // 20 digits, of the tax bureau
	IssuedOn time.Time
	Source   InvoiceSource
	Entered  string
	Seen     string

	Created time.Time
	Waits   time.Time // since when the buyer is waited for
	Changed time.Time
}

// RedLine is what a red letter takes back of an order.
type RedLine struct {
	Order string
	Amounts
}

// Serial is our own number of the try to issue it.
func (r *RedLetter) Serial() string { return serial(r.ID, r.Tries) }

// NextTry begins another try, under another serial. False: there were too many.
func (r *RedLetter) NextTry() bool {
	if r.Tries >= maxTries {
		return false
	}
	r.Tries++
	return true
}

// RedLapses is how long a buyer may take to agree.
const RedLapses = 72 * time.Hour
