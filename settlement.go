package quartet

import "time"

// BillKind says whether a line of a provider's bill is money that came or that went back.
type BillKind string

// The kinds of line.
const (
	BillPaid   BillKind = "paid"
	BillRefund BillKind = "refund"
)

// BillLine is one line of the bill that an online provider makes of a day.
type BillLine struct {
	Kind      BillKind
	Number    string // ours: of the payment, or of the refund
	Reference string // the provider's
	Amount    Fen    // that came or went back, never below zero
	Fee       Fen    // what the provider keeps; below zero where it gives it back
	At        time.Time
}

// DifferenceKind is how a bill and our books do not agree.
type DifferenceKind string

// The kinds of difference.
const (
	MissingHere     DifferenceKind = "missing_here"  // the bill has it, we do not
	MissingThere    DifferenceKind = "missing_there" // we have it, the bill does not
	AmountDiffers   DifferenceKind = "amount"
	StateDiffers    DifferenceKind = "state"     // such as: the bill has money for what is open here
	GrantDiffers    DifferenceKind = "grant"     // paid without the units that were bought, or units without it
	BilledTwice     DifferenceKind = "twice"     // the bill has one of our numbers more than once
	ReferenceDiffer DifferenceKind = "reference" // the provider's number is another one here
)

// Difference is one thing that a bill and our books do not agree in.
type Difference struct {
	Kind      DifferenceKind `json:"kind"`
	Bill      BillKind       `json:"bill"`
	Number    string         `json:"number"`    // ours
	Reference string         `json:"reference"` // the provider's
	Order     string         `json:"order"`
	Ours      Fen            `json:"ours_fen"`
	Theirs    Fen            `json:"theirs_fen"`
	State     string         `json:"state"` // here
}

// Settlement is the comparison of one provider's bill of one day with our books.
type Settlement struct {
	Provider     string
	Day          string // "2026-03-02", in Asia/Shanghai
	Compared     time.Time
	Paid         Fen // by the bill
	Refunded     Fen // by the bill
	Fee          Fen // by the bill
	PaidHere     Fen
	RefundedHere Fen
	Lines        int64 // of the bill
	Differences  []Difference
	Acknowledged time.Time // zero: not yet; a comparison that finds otherwise takes it back
	By           string    // who acknowledged it
	Note         string
}

// Booked is what our books hold of one number that a provider was given: a payment or a
// refund, with the order and the grant behind it.
type Booked struct {
	Kind      BillKind
	Number    string
	Reference string
	Order     string
	Amount    Fen // received, or sent back
	State     string
	At        time.Time // when it became so
	Granted   bool      // of a payment that paid: its order gave the units that were bought
}
