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
	p.Entries = append(p.Entries, ending(g, quartet.EntryExpiry, 0, "renewed with order "+o.ID, now))
}

// takeBack undoes what the renewal of an order moved, when the order itself is given back.
// Where another renewal moved the end on, that one stands, and from now on it is the one
// that moved it from where it was at first. Where others had nothing to move because of this
// one, they do now. A later end that an operator set is the house's promise, and stands; an
// earlier one does not keep the renewal in force.
func takeBack(b *quartet.OrderBook, p *quartet.ShopPostings, now time.Time) {
	o, g := &b.Order, &b.Renewed
	if o.RenewedTo.IsZero() {
		return
	}
	next := movedOn(*o, b.Siblings)
	switch {
	case next != nil:
		if !next.RenewedFrom.After(o.RenewedTo) {
			next.RenewedFrom = o.RenewedFrom
			p.Orders = append(p.Orders, *next)
		}
		o.RenewedFrom = time.Time{} // nothing was used that this order alone allowed
	case g.ExpiresAt.After(o.RenewedTo):
		o.RenewedFrom = time.Time{}
	default:
		if g.ExpiresAt.After(o.RenewedFrom) {
			g.ExpiresAt = o.RenewedFrom
			p.Entries = append(p.Entries, ending(g, quartet.EntryExpiry, 0, "order "+o.ID+", which renewed it, is given back", now))
		}
		if g.FrozenFor == "" {
			renewedBy(g, b.Siblings, p, now)
		}
		p.Grants = append(p.Grants, *g)
		if g.ExpiresAt.After(o.RenewedFrom) {
			o.RenewedFrom = g.ExpiresAt // what was used past it this order alone allowed
		}
	}
	o.RenewedTo = time.Time{}
}

// movedOn finds the renewal that moved an end on from where that of an order had moved it, or
// nil. The end itself does not tell: an operator may have moved it since.
func movedOn(o quartet.Order, siblings []quartet.Order) *quartet.Order {
	var next *quartet.Order
	for i := range siblings {
		s := &siblings[i]
		if !s.RenewedTo.IsZero() && s.RenewedFrom.After(o.RenewedFrom) && (next == nil || s.RenewedFrom.Before(next.RenewedFrom)) {
			next = s
		}
	}
	return next
}

// renewedBy moves the end of a grant by those paid orders that renew it and have moved
// nothing, in the order in which they were paid.
func renewedBy(g *quartet.Grant, orders []quartet.Order, p *quartet.ShopPostings, now time.Time) {
	slices.SortFunc(orders, func(x, y quartet.Order) int { return x.Paid.Compare(y.Paid) })
	for _, o := range orders {
		end := quartet.ValidUntil(o.Paid, o.Months)
		if o.State != quartet.OrderPaid || !o.RenewedTo.IsZero() || !end.After(g.ExpiresAt) {
			continue
		}
		o.RenewedFrom, o.RenewedTo = g.ExpiresAt, end
		g.ExpiresAt = end
		p.Orders = append(p.Orders, o)
		p.Entries = append(p.Entries, ending(g, quartet.EntryExpiry, 0, "renewed with order "+o.ID, now))
	}
}
