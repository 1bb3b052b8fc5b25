package quota

import (
	"maps"
	"slices"

	"quartet"
)

// counted compares what calls were counted as, hour by hour, with their rows, account by
// account; and of closed days with the sums that stay when the rows are gone.
func counted(b quartet.Books) []Difference {
	var found []Difference
	check := func(account, what string, book, sum int64) {
		if book != sum {
			found = append(found, Difference{"", what + " of account " + account, book, sum})
		}
	}
	for _, account := range keysOf(b.Counted, b.Rows) {
		check(account, "calls, as counted and by their rows,", b.Counted[account].Calls, b.Rows[account].Calls)
		check(account, "units, as counted and by the rows of calls,", b.Counted[account].Units, b.Rows[account].Units)
	}
	for _, account := range keysOf(b.CountedClosed, b.SummedClosed) {
		check(account, "units, by the hour and by closed days,", b.CountedClosed[account], b.SummedClosed[account])
	}
	return found
}

func keysOf[V any](a, b map[string]V) []string {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]V{}
	}
	maps.Copy(all, b)
	return slices.Sorted(maps.Keys(all))
}
