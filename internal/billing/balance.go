package billing

import (
	"cmp"
	"context"
	"slices"
	"time"

	"quartet"
)

// Balance is what became of units: granted is the sum of all the others.
type Balance struct {
	Product   string // whose calls they are for; empty: any
	Granted   int64  // all units ever given
	Used      int64  // charged calls took them
	Held      int64  // set aside for calls under way
	Withdrawn int64  // taken back: refunds and adjustments
	Remaining int64  // calls can take them now
	Frozen    int64  // would remain, but for a refund or an operator that stopped them
	Expired   int64  // nobody took them in time
}

// Add adds what became of other units.
func (b *Balance) Add(o *Balance) {
	b.Granted += o.Granted
	b.Used += o.Used
	b.Held += o.Held
	b.Withdrawn += o.Withdrawn
	b.Remaining += o.Remaining
	b.Frozen += o.Frozen
	b.Expired += o.Expired
}

// Balance tells what became of the units of an account, for each product.
func (d *Desk) Balance(ctx context.Context, account string) ([]Balance, error) {
	grants, err := d.store.Grants(ctx, account)
	if err != nil {
		return nil, err
	}
	sums := map[string]*Balance{}
	for i := range grants {
		g := &grants[i]
		if sums[g.Product] == nil {
			sums[g.Product] = &Balance{Product: g.Product}
		}
		sums[g.Product].add(g, d.now())
	}
	list := make([]Balance, 0, len(sums))
	for _, b := range sums {
		list = append(list, *b)
	}
	slices.SortFunc(list, func(x, y Balance) int { return cmp.Compare(x.Product, y.Product) })
	return list, nil
}

// BalanceOf tells what became of the units of one grant.
func BalanceOf(g quartet.Grant, now time.Time) Balance {
	b := Balance{Product: g.Product}
	b.add(&g, now)
	return b
}

func (b *Balance) add(g *quartet.Grant, now time.Time) {
	b.Granted += g.Units
	b.Used += g.Used
	b.Held += g.Held
	b.Withdrawn += g.Withdrawn
	switch left := g.Left(); {
	case !now.Before(g.ExpiresAt):
		b.Expired += left
	case !g.FrozenAt.IsZero():
		b.Frozen += left
	default:
		b.Remaining += left
	}
}
