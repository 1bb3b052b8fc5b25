// Package usage tells buyers and operators what became of calls: how many there were, which
// ones, as a file, and what a month came to.
//
// The trip: whatever is asked names an account, or none for the house → counts come from the
// hours that were written with the calls (View), rows from the log of calls (Calls, Call,
// Export), a month from both together with the entries of grants (Statement). A row is shown
// to buyers as far as its product's grade of detail goes and never names a source; operators
// see it whole.
//
// The laws: days are sums of hours, and hours are never folded, so no sum ever changes; the
// units of a month are the same by grants, by counts and by rows; an export needs the memory
// of a few rows and ends with whoever asked for it; rows are pruned of closed days alone, of
// which the sums stay.
package usage
