package quartet

import "time"

// PaymentState is where one attempt to pay stands. Open becomes closed; open and closed
// become paid or surplus when money comes; surplus becomes returned.
type PaymentState string

// The states of a payment.
const (
	PaymentOpen     PaymentState = "open"     // the provider waits for the buyer
	PaymentPaid     PaymentState = "paid"     // it paid the order: at most one does
	PaymentClosed   PaymentState = "closed"   // nothing came, and nothing should come any more; what comes all the same is taken
	PaymentSurplus  PaymentState = "surplus"  // money came that paid nothing: late, second, or another amount
	PaymentReturned PaymentState = "returned" // of surplus: the money went back
)

// Payment is one attempt to pay an order at one provider.
type Payment struct {
	ID         string // our number at the provider: 32 of 0-9a-f
	Order      string
	Provider   string // "alipay", "wechat", "transfer", "practice"
	Method     string // "page", "qr", "transfer"
	Amount     Fen    // asked for
	Received   Fen    // came
	Excluded   Fen    // of what came, the part that no invoice may be made out for, by the provider
	State      PaymentState
	Show       string // the page to go to, or the text of the QR code
	Reference  string // the provider's own number of it
	Created    time.Time
	Settled    time.Time // when the money came, by who says so; of a closed one: when it was closed
	SurplusWhy string    // "late", "second", "amount"
}
