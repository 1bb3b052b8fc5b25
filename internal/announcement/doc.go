// Package announcement says in public what the house changes, before it changes it.
//
// The trip of a change: an operator publishes an announcement that carries it, at least the lead
// before it takes effect → it is written whole, with the circular that tells the accounts that
// hold units and the mails to those who buy → a plan bears its end, and the one that follows it
// its beginning, from that moment → a charge table waits for its instant, when a job writes it,
// once, with the fact that it was written. Until then the announcement may be withdrawn, and
// all is as if it had never been.
//
// The law: while accounts hold units of a product, or have ordered some, no verdict of it becomes
// dearer, no plan of it ends and none is followed by a worse one, but by an announcement
// that was published the lead before. The catalogues of products and of plans refuse anything
// else; what is no worse they take at once. A call is charged by the table that was in
// force when it began, and an order is paid at the price at which it was placed.
//
// One change of a thing waits at a time, so none overtakes another. A first product or plan is
// no change. Switching a product off is none either: it is how the house stops what harms, and
// no call costs anything then.
package announcement
