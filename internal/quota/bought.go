package quota

import (
	"quartet"
)

// bought compares what was sold with what was given: orders that are paid and grants of
// orders belong together one to one.
func bought(b quartet.Books) []Difference {
	var (
		found  []Difference
		grants = make(map[string]*quartet.Grant, len(b.Grants))
		orders = make(map[string]bool, len(b.Bought))
	)
	check := func(grant, what string, book, sum int64) {
		if book != sum {
			found = append(found, Difference{grant, what, book, sum})
		}
	}
	for i := range b.Grants {
		grants[b.Grants[i].ID] = &b.Grants[i]
	}
	for _, o := range b.Bought {
		g := grants[o.Grant]
		if g == nil || g.Order() != o.Order {
			found = append(found, Difference{o.Grant, "units of order " + o.Order + ", which gave them not", 0, o.Units})
			continue
		}
		orders[o.Order] = true
		check(g.ID, "units of its order", g.Units, o.Units)
		check(g.ID, "money of its order", int64(g.Paid), int64(o.Amount))
		if g.Account != o.Account || g.Product != o.Product {
			found = append(found, Difference{g.ID, "account or product of its order", 0, 1})
		}
		if g.Market() == "" {
			check(g.ID, "money that came for its order", int64(o.Amount), int64(o.Came))
			check(g.ID, "freezing for a refund", count(g.FrozenFor != ""), count(o.State != quartet.OrderPaid))
		} else { // the market has the money, and freezes what is refunded and what is not
			check(g.ID, "money that came for what a market sold", 0, int64(o.Came))
			check(g.ID, "freezing at a refund by the market", count(g.FrozenFor != "" && o.State != quartet.OrderPaid), count(o.State != quartet.OrderPaid))
		}
		if o.State == quartet.OrderRefunded {
			check(g.ID, "units left after a refund", g.Left(), 0)
		}
		if o.Used >= 0 {
			check(g.ID, "used units of its refund", g.Used, o.Used)
		}
	}
	for i := range b.Grants {
		if g := &b.Grants[i]; g.Order() != "" && !orders[g.Order()] {
			found = append(found, Difference{g.ID, "units of an order that is not paid", g.Units, 0})
		}
	}
	return found
}

func count(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}
