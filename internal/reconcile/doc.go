// Package reconcile compares what a supplier says it charges for with the attempts that are
// kept here.
//
//	f, err := reconcile.Open(path, stdin, reconcile.Columns{})
//	sum, err := reconcile.Run(ctx, store, numbers, f, options, func(d reconcile.Difference) error { … })
//
// The supplier's statement is read row by row. A row and an attempt belong together when the
// row bears the supplier's own number of the question, or our number of the call; the time in
// the statement decides nothing, so what falls to one month there and to another one here is
// found all the same. What is left of our month when the statement ends, and is charged or
// may be, is what the supplier forgot. The memory is that of our month's attempts.
//
// Whether the supplier charges for a row is what a column says; without one, an amount above
// zero says it, and without that as well, that the row is there.
//
// Nothing of a person is needed. Columns that are headed as elements are never read, no cell
// is repeated but a row's number, and that only when it cannot be the number of a person, a
// card or a mobile.
package reconcile
