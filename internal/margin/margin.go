package margin

import (
	"cmp"
	"context"
	"maps"
	"math/big"
	"slices"

	"quartet"
)

// Store is what the reports read.
type Store interface {
	FirstCallDay(ctx context.Context) (int64, error)
	Grants(ctx context.Context, account string) ([]quartet.Grant, error)
	Sold(ctx context.Context, from, to int64, product string) ([]quartet.Sold, error)
	Spent(ctx context.Context, from, to int64, product string) ([]quartet.Spent, error)
	Tallies(ctx context.Context, from, to int64, product string) ([]quartet.Tally, error)
	Waitings(ctx context.Context, from, to int64, product string) ([]quartet.Waiting, error)
}

// Span is what is reported on.
type Span struct {
	From, To int64  // days as of quartet.DayOf, both included; From 0: the day of the oldest call
	Product  string // empty: all

	// Progress hears of each day that is done; may be nil.
	Progress func(done, total int64)
}

// days calls read with the seconds of each day.
func (s Span) days(ctx context.Context, store Store, read func(day, from, to int64) error) error {
	first, err := store.FirstCallDay(ctx)
	if err != nil || first < 0 {
		return err
	}
	begin := max(s.From, first)
	for day := begin; day <= s.To; day++ {
		if err := read(day, quartet.DayStart(day), quartet.DayStart(day+1)); err != nil {
			return err
		}
		if s.Progress != nil {
			s.Progress(day-begin+1, s.To-begin+1)
		}
	}
	return nil
}

// Line is what one product came to on one day, or all of them in the whole span.
type Line struct {
	Day     int64
	Product string
	Calls   int64
	Units   int64            // charged to buyers
	Revenue *big.Rat         // fen
	Cost    quartet.Millifen // what sources charge
	Open    quartet.Millifen // what they would charge where nobody knows yet
}

// Margin is revenue less cost, in fen.
func (l Line) Margin() *big.Rat { return new(big.Rat).Sub(l.Revenue, fen(l.Cost)) }

// Worst is the margin if all that is open falls due, in fen.
func (l Line) Worst() *big.Rat { return new(big.Rat).Sub(l.Margin(), fen(l.Open)) }

// EachUnit is an amount spread over the units, nil without any.
func (l Line) EachUnit(amount *big.Rat) *big.Rat {
	if l.Units == 0 {
		return nil
	}
	return new(big.Rat).Quo(amount, new(big.Rat).SetInt64(l.Units))
}

func fen(m quartet.Millifen) *big.Rat { return big.NewRat(int64(m), 1000) }

// Fen rounds an amount of fen to a whole number, half away from zero.
func Fen(amount *big.Rat) quartet.Fen { return quartet.Fen(nearest(amount)) }

// Millifen rounds an amount of fen to a thousandth, half away from zero.
func Millifen(amount *big.Rat) quartet.Millifen {
	return quartet.Millifen(nearest(new(big.Rat).Mul(amount, big.NewRat(1000, 1))))
}

func nearest(r *big.Rat) int64 {
	twice := new(big.Int).Lsh(new(big.Int).Abs(r.Num()), 1)
	n := twice.Add(twice, r.Denom()).Div(twice, new(big.Int).Lsh(r.Denom(), 1)).Int64()
	if r.Sign() < 0 {
		return -n
	}
	return n
}

// worth is a sum of fractions, kept by denominator: there are as many as sizes of grants.
type worth map[int64]*big.Int

// add adds units of a grant. Those of a gift, or of a grant that is not there, are worth
// nothing.
func (w worth) add(g quartet.Grant, units int64) {
	if units == 0 || g.Paid == 0 || g.Units <= 0 {
		return
	}
	sum := w[g.Units]
	if sum == nil {
		sum = new(big.Int)
		w[g.Units] = sum
	}
	sum.Add(sum, new(big.Int).Mul(big.NewInt(units), big.NewInt(int64(g.Paid))))
}

func (w worth) sum() *big.Rat {
	total := new(big.Rat)
	for denominator, numerator := range w {
		total.Add(total, new(big.Rat).SetFrac(numerator, big.NewInt(denominator)))
	}
	return total
}

// ByProduct hands a line for each day and product on which there were calls to yield, in
// this order, and gives the totals.
func ByProduct(ctx context.Context, store Store, span Span, yield func(Line) error) (Line, error) {
	var total Line
	grants := book{store: store}
	all := worth{}
	err := span.days(ctx, store, func(day, from, to int64) error {
		sold, err := store.Sold(ctx, from, to, span.Product)
		if err != nil {
			return err
		}
		spent, err := store.Spent(ctx, from, to, span.Product)
		if err != nil {
			return err
		}
		lines, worths := map[string]*Line{}, map[string]worth{}
		line := func(product string) *Line {
			if lines[product] == nil {
				lines[product], worths[product] = &Line{Day: day, Product: product}, worth{}
			}
			return lines[product]
		}
		for _, s := range sold {
			l := line(s.Product)
			l.Calls, l.Units = l.Calls+s.Calls, l.Units+s.Units
			g, err := grants.find(ctx, s.Grant)
			if err != nil {
				return err
			}
			worths[s.Product].add(g, s.Units)
			all.add(g, s.Units)
		}
		for _, s := range spent {
			switch l := line(s.Product); s.Charged {
			case quartet.ChargedYes:
				l.Cost += s.Cost
			case quartet.ChargedUnknown:
				l.Open += s.Cost
			case quartet.ChargedNo:
			}
		}
		for _, l := range slices.SortedFunc(maps.Values(lines), func(a, b *Line) int { return cmp.Compare(a.Product, b.Product) }) {
			l.Revenue = worths[l.Product].sum()
			total.Calls, total.Units, total.Cost, total.Open = total.Calls+l.Calls, total.Units+l.Units, total.Cost+l.Cost, total.Open+l.Open
			if err := yield(*l); err != nil {
				return err
			}
		}
		return nil
	})
	total.Revenue = all.sum()
	return total, err
}

// book is the grants, read again when a call names one that came since.
type book struct {
	store Store
	by    map[string]quartet.Grant
}

func (b *book) find(ctx context.Context, id string) (quartet.Grant, error) {
	g, known := b.by[id]
	if known || id == "" {
		return g, nil
	}
	list, err := b.store.Grants(ctx, "")
	if err != nil {
		return g, err
	}
	b.by = make(map[string]quartet.Grant, len(list)+1)
	for _, g := range list {
		b.by[g.ID] = g
	}
	g = b.by[id]
	b.by[id] = g // also one that is not there, so that it is looked for once
	return g, nil
}
