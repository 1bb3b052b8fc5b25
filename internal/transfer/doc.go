// Package transfer takes the money that comes by bank transfer, and sees it home.
//
// A statement of the bank is read (Read), shown with what would become of each line
// (Desk.Preview), and imported (Desk.Import), a long one in parts. A line is known by the
// account of the house and the bank's serial, so it is taken once however often its
// statement comes, and an import that was cut off is made whole by importing again.
//
// A line whose remark names the code of an open order, over exactly its amount, from the
// firm that the account was verified as, settles the order by a job (Desk.Settle): the line
// remembers the payment that it becomes before billing hears of the money, so a crash between
// the two repeats and doubles nothing. Everything else waits. One person says what it is for,
// a second one confirms (Desk.Propose, Desk.Confirm): it settles an open order of exactly its
// amount, or it goes back to the account it came from; or it is kept, since it was no
// buyer's: interest, or what a provider paid out.
//
// What goes back, and refunds of orders that a transfer paid, are paid by people at the bank.
// One enters the bank's serial, another one finds the same at the bank and enters it again
// (Desk.Pay).
//
// Who paid, from which account and with which words is kept sealed. Lists show the last four
// digits of the account; whoever must pay back sees it whole, and the audit says so.
package transfer
