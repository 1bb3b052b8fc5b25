// Package resolve learns afterwards what became of questions to suppliers of which nobody
// knew, when their calls ended, whether they are charged: the supplier did not answer in
// time, or the node was killed.
//
// The trip of a run:
//
//	store    attempts that are open, of the last day, oldest first
//	due?     a minute after the question, then after longer and longer pauses
//	store    which elements the call's product compares; without them no verdict is believed
//	inquire  by our number of the question, a few at once
//	store    not arrived: not charged; arrived: charged as the supplier says
//
// The law: an inquiry costs nothing and tells nobody anything new; it changes what the
// house's own books say of a supplier, and never what a buyer was answered or charged. What
// cannot be learnt within a day stays open for whoever reads the supplier's statement.
package resolve
