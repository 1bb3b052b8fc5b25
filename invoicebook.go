package quartet

import "time"

// The vocabulary of one step of an invoice: what it must see, and what it writes. The store
// reads, calls who decides, and writes, all in one transaction, under the locks of all orders
// that the invoice has lines of.

// InvoiceOrder is an order as invoices see it. Amount - Refunded is never less than
// Claimed + Invoiced: the database refuses it.
type InvoiceOrder struct {
	Order     Order
	Claimed   Fen  // in invoices that are asked for and not issued
	Invoiced  Fen  // issued, less what was reversed
	Reversing Fen  // of that, what red letters under way take back
	Excluded  Fen  // of what was paid, what no invoice may be made out for
	PaidHere  bool // its money came to the house; a cloud market did not sell it
}

// Invoiceable is how much of it may be asked for. While a refund is under way it is nothing.
func (o *InvoiceOrder) Invoiceable() Fen {
	settled := o.Order.State == OrderPaid || o.Order.State == OrderRefunded
	if !settled || !o.PaidHere || o.Order.Trial {
		return 0
	}
	return max(o.Most(o.Order.Refunded)-o.Claimed-o.Invoiced, 0)
}

// Most is how much of it invoices may come to once so much of its money went back.
func (o *InvoiceOrder) Most(refunded Fen) Fen { return max(o.Order.Amount-o.Excluded-refunded, 0) }

// InvoiceBook is an invoice with all that hangs on it, locked until the step is written.
type InvoiceBook struct {
	Invoice Invoice        // zero: it is about to be asked for
	Orders  []InvoiceOrder // those of its lines, by id
	Reds    []RedLetter    // oldest first
	Waiting []Refund       // of its orders, that wait for red letters
	Tax     []TaxSetting
}

// Order finds one of its orders, or nil.
func (b *InvoiceBook) Order(id string) *InvoiceOrder {
	for i := range b.Orders {
		if b.Orders[i].Order.ID == id {
			return &b.Orders[i]
		}
	}
	return nil
}

// Red finds one of its red letters, or nil.
func (b *InvoiceBook) Red(id string) *RedLetter {
	for i := range b.Reds {
		if b.Reds[i].ID == id {
			return &b.Reds[i]
		}
	}
	return nil
}

// OpenRed is its red letter that is under way, or nil.
func (b *InvoiceBook) OpenRed() *RedLetter {
	for i := range b.Reds {
		if b.Reds[i].State.Open() {
			return &b.Reds[i]
		}
	}
	return nil
}

// InvoicePostings is what one step writes: all of it or nothing.
type InvoicePostings struct {
	Placed    *Invoice // a new one, with its lines
	Changed   *Invoice // new state of one that stood, and of its lines
	Red       *RedLetter
	NewRed    bool
	Orders    []InvoiceOrder // Claimed and Invoiced alone are written
	Files     []InvoiceFile
	Replaces  bool  // files may stand in the place of others
	Jobs      []Job // one of the same kind and key that stands stays as it is
	Moved     []Job // jobs that are to run at NextAt, though they may have run before
	Messages  []Message
	Audit     []AuditEntry
	Untouched bool
}

// InvoiceNotice is what a channel told of itself, whole and sealed: each event once.
type InvoiceNotice struct {
	ID      string
	Channel string
	Event   string
	Serial  string // about which it is
	Hash    string
	Sealed  []byte
	At      time.Time
}
