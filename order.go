package quartet

import "time"

// OrderState is where an order stands. Each state but refunded and closed has a way out:
// open becomes paid or closed; paid becomes refunding; refunding becomes refunded, or paid
// again when the money did not go back.
type OrderState string

// The states of an order.
const (
	OrderOpen      OrderState = "open"      // waits for money
	OrderPaid      OrderState = "paid"      // its grant was given in the same transaction
	OrderRefunding OrderState = "refunding" // its grant is frozen, money is on its way back
	OrderRefunded  OrderState = "refunded"  // what was left of its grant is withdrawn
	OrderClosed    OrderState = "closed"    // never paid
)

// Order is a purchase. What was bought is copied from the plan, which may end meanwhile.
type Order struct {
	ID       string // 20 digits: the day, then random ones; what people read out
	Account  string
	Person   string // who ordered; empty for an outside market
	Plan     string
	PlanName string
	Product  string
	Units    int64
	Amount   Fen // to be paid, exactly
	Months   int
	Trial    bool
	Renews   string // a grant of the same account whose end moves along; empty: none
	Code     string // what a bank transfer names in its remark, unique among all orders
	State    OrderState
	Created  time.Time
	PayBy    time.Time // closed at this instant if nothing came
	Paid     time.Time
	Closed   time.Time
	Why      string // of the closing: "timeout", "cancelled"
	Grant    string // what it gave
	Refunded Fen

	// What its renewal moved: the end of the grant that it renews, before and after. Without
	// an after nothing stands moved: that grant ended later anyhow, or a refund took it back.
	RenewedFrom time.Time
	RenewedTo   time.Time
}
