package billing

import (
	"context"

	"quartet"
)

// RefundStanding is a refund beside what it is reckoned by.
type RefundStanding struct {
	Refund quartet.Refund
	Order  quartet.Order
	Grant  quartet.Grant // what the order gave
	// Amount is what goes back. Until it is found it is what would be found now: calls lower
	// it as long as nobody has frozen the units.
	Amount quartet.Fen
	// Reverse is how much of the order's invoices must be taken back before it is sent.
	Reverse quartet.Fen
}

// RefundStanding tells where a refund stands, reckoned as Drain does. ErrNotFound.
func (d *Desk) RefundStanding(ctx context.Context, refund string) (RefundStanding, error) {
	asked, err := d.store.Refund(ctx, refund)
	if err != nil {
		return RefundStanding{}, err
	}
	until := asked.Decided
	if until.IsZero() {
		until = d.now()
	}
	late, _, err := d.lateUse(ctx, &asked, until)
	if err != nil {
		return RefundStanding{}, err
	}
	var s RefundStanding
	err = d.store.ChangeOrder(ctx, asked.Order, func(b quartet.OrderBook) (quartet.ShopPostings, error) {
		r := b.Refund(refund)
		s = RefundStanding{Refund: *r, Order: b.Order, Grant: b.Grant, Amount: r.Amount}
		if r.State == quartet.RefundRequested || r.State == quartet.RefundDraining {
			used := b.Grant.Used
			if !b.RenewedCounted {
				used += late
			}
			s.Amount = max(b.Policy.Amount(b.Order, used-b.Counted, r.Created), 0)
		}
		if !r.Surplus && !ended(r.State) {
			reckoned := *r
			reckoned.Amount = s.Amount
			s.Reverse = inInvoices(&b, &reckoned)
		}
		return quartet.ShopPostings{Untouched: true}, nil
	})
	return s, err
}
