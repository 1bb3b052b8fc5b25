package pay

import (
	"context"
	"net/http"
	"time"

	"quartet"
)

// Provider is whoever takes money for us. It translates, nothing else: what a trade means
// for an order is billing's business. Safe for concurrent use.
type Provider interface {
	Seller
	Refunder
	Notifier
	Biller
}

// Seller takes money.
type Seller interface {
	// Name is what payments call it: "alipay".
	Name() string
	// Methods are the ways in which it can be paid: "page", "qr".
	Methods() []string
	// Open asks for money and gives what the buyer is shown: the address of a page, or
	// the text of a QR code. Asked again with the same number it opens no second trade.
	Open(ctx context.Context, a Attempt) (show string, err error)
	// Query tells what became of a trade by our number.
	Query(ctx context.Context, payment string) (Trade, error)
	// Close lets nobody pay it any more. Without an error the provider did so or had
	// nothing to close: Query tells what became of the trade, which may have been paid.
	Close(ctx context.Context, payment string) error
}

// Refunder gives money back.
type Refunder interface {
	// Refund asks for it. However often it is asked with one refund number, the money goes
	// back once.
	Refund(ctx context.Context, r Return) (Refunded, error)
	// QueryRefund tells what became of it.
	QueryRefund(ctx context.Context, r Return) (Refunded, error)
}

// Notifier tells us unasked.
type Notifier interface {
	// Read verifies a notice as of the time it arrived at and says what it tells.
	// ErrForbidden: it is not the provider's, or not for us, or too old. ErrInvalid: it is
	// genuine and cannot be understood. Anything else: it could not be verified for now.
	Read(ctx context.Context, raw Raw) (Notice, error)
	// Answer is what the provider wants to hear: that a notice is safe with us, or that it
	// is to be sent again.
	Answer(taken bool) Answer
}

// Biller sends the bill of a day.
type Biller interface {
	// Bill lists what moved in the day of Asia/Shanghai that an instant falls in.
	// ErrNotFound: there is no bill of it, or none yet.
	Bill(ctx context.Context, day time.Time) ([]BillLine, error)
}

// Attempt is what a provider is asked to take.
type Attempt struct {
	Payment string // our number of it
	Method  string
	Subject string // what the buyer reads
	Amount  quartet.Fen
	PayBy   time.Time // the provider takes no money after it
	Back    string    // the page to which the buyer comes back; proves nothing
}

// TradeState is where a trade stands at its provider. There is no state for what is not
// known: that is an error.
type TradeState string

// The states of a trade.
const (
	Absent   TradeState = "absent"   // the provider has not heard of it, or its buyer has not come yet
	Waiting  TradeState = "waiting"  // for its buyer
	Paid     TradeState = "paid"     // the money came
	Closed   TradeState = "closed"   // nothing came, and nothing can come any more
	Returned TradeState = "returned" // the money came, and it goes or went back, whole or in part
)

// Trade is a payment as its provider sees it.
type Trade struct {
	Payment   string // our number
	State     TradeState
	Reference string      // the provider's number
	Received  quartet.Fen // of what was paid
	Excluded  quartet.Fen // of that, what no invoice may be made out for, such as what a coupon of the provider paid
	At        time.Time   // when it was paid
}

// Return is money that is to go back.
type Return struct {
	Refund    string // our number of it
	Payment   string // the payment that goes back, by our number
	Reference string // and by the provider's
	Amount    quartet.Fen
	Total     quartet.Fen // what the payment brought
	Reason    string
}

// ReturnState is where a refund stands at its provider.
type ReturnState string

// The states of a refund.
const (
	ReturnAbsent   ReturnState = "absent"   // the provider has not heard of it, or did not begin it: it may be asked for again
	ReturnAccepted ReturnState = "accepted" // it is under way, which is not success
	ReturnDone     ReturnState = "done"     // the money went back
	ReturnRefused  ReturnState = "refused"  // it did not, and will not unless it is asked for again
	ReturnDoubtful ReturnState = "doubtful" // it was refused for a reason of which nobody knows whether it lasts, and asked, the provider has not heard of it
	ReturnStuck    ReturnState = "stuck"    // it did not, and may yet: somebody can let it arrive at the provider
)

// Refunded is a refund as its provider sees it.
type Refunded struct {
	Refund    string // our number
	State     ReturnState
	Amount    quartet.Fen
	Reference string // the provider's number
	Why       string // it was refused or is stuck, in the provider's code
}

// Raw is a notice as it arrived.
type Raw struct {
	Header http.Header // of those that providers sign by, and the type of the body
	Body   []byte
	At     time.Time
}

// NoticeKind is what a notice is about.
type NoticeKind string

// The kinds of notices.
const (
	OfPayment NoticeKind = "payment"
	OfRefund  NoticeKind = "refund"
	OfOther   NoticeKind = "other" // genuine, and nothing to us
)

// Notice is what a genuine notice tells.
type Notice struct {
	Event  string // the provider's number of what happened; the same when it is told again
	Kind   NoticeKind
	Trade  Trade  // of OfPayment
	Refund string // of OfRefund: our number of it; what became of it is asked
}

// Answer is what a provider is answered.
type Answer struct {
	Status int
	Type   string
	Body   string
}

// BillLine is one movement on the bill of a day.
type BillLine = quartet.BillLine

// The kinds of lines.
const (
	BillPaid   = quartet.BillPaid
	BillRefund = quartet.BillRefund
)
