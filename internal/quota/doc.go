// Package quota keeps the book of units: what is granted, held, used and left. It is
// exact under any number of callers and through any crash.
//
// The trip of an act:
//
//	road: Charge, Reserve, Settle, Release ─┐
//	road: Record (does not wait)           ─┤
//	people: Give, Withdraw, Freeze, …      ─┴→ queue → committer: takes whatever has gathered
//	   → store begins, reads grants and holds under lock → judge decides each act on its own
//	   → store writes grants, entries, holds, calls, claims and commits → every waiter wakes
//
// The law: one committer, no timer; nobody is answered before the commit; an act that
// cannot be granted never spoils its neighbours; an act that was not taken when its
// caller's time ran out is withdrawn and leaves no trace; one that was taken is waited for.
package quota
