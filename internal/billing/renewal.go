package billing

import (
	"slices"
	"time"

	"quartet"
)

// renew moves the end of the grant that a paid order renews to the end of what the order
// gave, if that is later. Units that had expired are valid again: none was taken away. A
// grant that is being given back is left alone.
func renew(b *quartet.OrderBook, p *quartet.ShopPostings, end, now time.Time) {
	o, g := &b.Order, &b.Renewed
	o.RenewedFrom, o.RenewedTo = time.Time{}, time.Time{}
	if g.ID == "" || g.FrozenFor != "" || !end.After(g.ExpiresAt) {
		return
	}
	o.RenewedFrom, o.RenewedTo = g.ExpiresAt, end
	g.ExpiresAt = end
	p.Grants = append(p.Grants, *g)
	p.Entries = append(p.Entries, note(g.ID, quartet.EntryExpiry, 0, "renewed with order "+o.ID, now))
}

// takeBack undoes what the renewal of an order moved, when the order itself is given back.
// Where another renewal moved the end on, that one stands, and from now on it is the one
// that moved it from where it was at first.
func takeBack(b *quartet.OrderBook, p *quartet.ShopPostings, now time.Time) {
	o, g := &b.Order, &b.Renewed
	if o.RenewedTo.IsZero() {
		return
	}
	if g.ExpiresAt.Equal(o.RenewedTo) {
		g.ExpiresAt = o.RenewedFrom
		p.Grants = append(p.Grants, *g)
		p.Entries = append(p.Entries, note(g.ID, quartet.EntryExpiry, 0, "order "+o.ID+", which renewed it, is given back", now))
	} else {
		for _, s := range b.Siblings {
			if !s.RenewedTo.IsZero() && s.RenewedFrom.Equal(o.RenewedTo) {
				s.RenewedFrom = o.RenewedFrom
				p.Orders = append(p.Orders, s)
			}
		}
		o.RenewedFrom = time.Time{} // nothing was used that this order alone allowed
	}
	o.RenewedTo = time.Time{}
}

// renewers moves the end of a grant that is thawed by the orders that renewed it while it was
// frozen, in the order in which they were paid.
func renewers(b *quartet.OrderBook, p *quartet.ShopPostings, now time.Time) {
	slices.SortFunc(b.Renewers, func(x, y quartet.Order) int { return x.Paid.Compare(y.Paid) })
	for _, o := range b.Renewers {
		end := quartet.ValidUntil(o.Paid, o.Months)
		if o.State != quartet.OrderPaid || !o.RenewedTo.IsZero() || !end.After(b.Grant.ExpiresAt) {
			continue
		}
		o.RenewedFrom, o.RenewedTo = b.Grant.ExpiresAt, end
		b.Grant.ExpiresAt = end
		p.Orders = append(p.Orders, o)
		p.Entries = append(p.Entries, note(b.Grant.ID, quartet.EntryExpiry, 0, "renewed with order "+o.ID, now))
	}
}
