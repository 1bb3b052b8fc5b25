package quartet

import "time"

// The shop's vocabulary: what one step of an order must see, and what it writes. The store
// reads, calls who decides, and writes, all in one transaction, as it does for the ledger.

// OrderBook is an order with all that hangs on it, locked until the step is written.
type OrderBook struct {
	Order    Order
	Payments []Payment // oldest first
	Refunds  []Refund  // oldest first
	Entered  []Payout  // that somebody has paid back at the bank for its refunds, and entered
	Grant    Grant     // what it gave; zero: nothing yet
	Renewed  Grant     // what it renews; zero: nothing
	Siblings []Order   // others that renew the same grant
	Renewers []Order   // those that renew the grant it gave
	Policy   RefundPolicy

	// What was used late is the price of one refund alone.
	Counted        int64 // units of its grant that refunds of its renewers count already
	RenewedCounted bool  // a refund of the order whose grant it renews counts all that was used of that

	Invoiced Fen // in invoices of the order, asked for or issued

	Instance Instance // whose order it is; zero: no market sold it
}

// Payment finds one of its payments, or nil.
func (b *OrderBook) Payment(id string) *Payment {
	for i := range b.Payments {
		if b.Payments[i].ID == id {
			return &b.Payments[i]
		}
	}
	return nil
}

// Refund finds one of its refunds, or nil.
func (b *OrderBook) Refund(id string) *Refund {
	for i := range b.Refunds {
		if b.Refunds[i].ID == id {
			return &b.Refunds[i]
		}
	}
	return nil
}

// Shelf is what must be seen before an order is placed.
type Shelf struct {
	Plan      Plan
	Suspended bool  // the account may not buy
	Open      int   // orders of the account that wait for money
	Renewed   Grant // the grant to be renewed; zero: none was named
}

// ShopPostings is what one step of the shop writes: all of it or nothing.
type ShopPostings struct {
	Placed    *Order  // a new order
	Orders    []Order // new state of orders that stood: what was bought never changes
	Payments  []Payment
	Refunds   []Refund
	Opened    []Grant // new grants
	Grants    []Grant // new Withdrawn, ExpiresAt, FrozenAt, FrozenFor of grants that stood
	Entries   []Entry // of both
	Trial     *TrialUse
	Adjusted  *Adjustment
	Step      *InstanceStep
	Try       string  // the repurchase that placed the order; empty: none did
	Told      Telling // of it
	Jobs      []Job   // one of the same kind and key that stands stays as it is
	Moved     []Job   // jobs that are to run at NextAt, though they may have run before
	Audit     []AuditEntry
	Untouched bool // nothing is written at all
}

// TrialUse says that a legal identity had its trial of a product.
type TrialUse struct {
	Product  string
	Identity string // a keyed hash
	Account  string
	Order    string
	At       time.Time
}
