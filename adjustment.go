package quartet

import (
	"strings"
	"time"
	"unicode/utf8"
)

// AdjustmentKind is what is done to units by hand.
type AdjustmentKind string

// The kinds of adjustment.
const (
	AdjustGive     AdjustmentKind = "give"     // a gift: a new grant
	AdjustWithdraw AdjustmentKind = "withdraw" // free units of a gift are taken back
	AdjustExtend   AdjustmentKind = "extend"   // the end of a grant moves to a later day
)

// AdjustmentState is where an adjustment stands. Proposed becomes any other.
type AdjustmentState string

// The states of an adjustment.
const (
	AdjustmentProposed  AdjustmentState = "proposed"
	AdjustmentConfirmed AdjustmentState = "confirmed" // and done, in the same transaction
	AdjustmentRejected  AdjustmentState = "rejected"
)

// Adjustment is a change of units that no order explains. One operator proposes it and
// another one confirms it.
type Adjustment struct {
	ID         string
	Kind       AdjustmentKind
	Account    string
	Product    string    // of a gift; empty: units of any product
	Grant      string    // what changes; of a gift: what it gave
	Units      int64     // given or withdrawn
	Until      time.Time // first instant at which the units cannot be used any more
	Reason     string
	State      AdjustmentState
	ProposedBy string
	Proposed   time.Time
	DecidedBy  string
	Decided    time.Time
	Answer     string // why it was rejected
}

const maxReason = 500

// CheckReason finds what no reason may be that people give for what they do: ErrInvalid.
func CheckReason(text string) error {
	if strings.TrimSpace(text) == "" || utf8.RuneCountInString(text) > maxReason || !utf8.ValidString(text) {
		return &Error{Code: ErrInvalid, Field: "reason", Message: "give a reason of 1 to 500 characters"}
	}
	return nil
}
