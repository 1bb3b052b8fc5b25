package quartet

import (
	"math/bits"
	"time"
)

// RefundState is where a refund stands. Each state but done, rejected and given_up has a
// way out.
type RefundState string

// The states of a refund.
const (
	RefundRequested RefundState = "requested" // a person asked; nothing changed yet
	RefundRejected  RefundState = "rejected"
	RefundDraining  RefundState = "draining"  // approved: the grant is frozen, its last holds settle
	RefundReversing RefundState = "reversing" // the amount stands; invoices of the order must be taken back first
	RefundSending   RefundState = "sending"   // the amount stands; the provider has it or will
	RefundFailed    RefundState = "failed"    // the provider refused; it is sent again or given up
	RefundGivenUp   RefundState = "given_up"  // the grant is thawed, the money stays
	RefundDone      RefundState = "done"      // the money went back; what was left of the grant is withdrawn
)

// Refund is money on its way back: of an order, or of a payment that paid nothing.
type Refund struct {
	ID        string // our number at the provider: 32 of 0-9a-f
	Order     string
	Payment   string // of surplus money: the payment that goes back; of an order: the one that paid it
	Surplus   bool
	Amount    Fen   // 0 until it is known
	Used      int64 // units used when the amount was found
	State     RefundState
	Reason    string
	AskedBy   string
	DecidedBy string // who approved or rejected
	Created   time.Time
	Decided   time.Time
	Ended     time.Time
	Answer    string // why it was rejected or failed
	Reference string // the provider's own number, or the bank's
}

// RefundPolicy says what a paid order is worth when it is given back.
type RefundPolicy struct {
	FullDays int // unused within so many days: all of it
	Days     int // after so many days nothing is paid back; 0: as long as units are valid
}

// Amount is what goes back of an order that was paid and of whose units so many are used:
// all of it while none is used and FullDays are not over; else what was paid less the used
// part, each fraction of a fen to the buyer. Never below zero.
func (p RefundPolicy) Amount(o Order, used int64, now time.Time) Fen {
	day := 24 * time.Hour
	age := now.Sub(o.Paid)
	switch {
	case used <= 0 && age <= time.Duration(p.FullDays)*day:
		return o.Amount
	case p.Days > 0 && age > time.Duration(p.Days)*day, o.Units <= 0, used >= o.Units:
		return 0
	}
	return o.Amount - Fen(mulDiv(int64(o.Amount), max(used, 0), o.Units))
}

// mulDiv is a·b/c rounded down, for amounts whose product may exceed 63 bits.
func mulDiv(a, b, c int64) int64 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	q, _ := bits.Div64(hi, lo, uint64(c))
	return int64(q)
}

// DefaultRefundPolicy holds for products for which nobody set another one.
func DefaultRefundPolicy() RefundPolicy { return RefundPolicy{FullDays: 7} }

const maxRefundDays = 3650

// Check finds what no policy may be: ErrInvalid, with the field that is wrong.
func (p RefundPolicy) Check() error {
	switch {
	case p.FullDays < 0 || p.FullDays > maxRefundDays:
		return &Error{Code: ErrInvalid, Field: "full_days", Message: "the days of a full refund are from 0 to 3650"}
	case p.Days < 0 || p.Days > maxRefundDays:
		return &Error{Code: ErrInvalid, Field: "days", Message: "the days of any refund are from 0 (as long as units are valid) to 3650"}
	}
	return nil
}
