// Package margin adds up what calls brought in and what suppliers charge for them: per day
// and product, or per source.
//
//	total, err := margin.ByProduct(ctx, store, span, func(l margin.Line) error { … })
//	lines, err := margin.BySource(ctx, store, span, nil)
//
// A call belongs to the day of Asia/Shanghai in which its number was issued, and its attempts
// with it. A charged unit brings in what was paid for its grant divided by the units of the
// grant, exactly: fractions are summed as fractions, and rounded once where a figure is
// printed. An attempt costs what the terms of its source said when it was asked, if the
// source charges for it; where nobody knows yet, its cost is open, and stands beside.
//
// Days are read one after the other, so the memory is that of one day, of the grants, and of
// a count for each millisecond that a source took.
package margin
