// Package transfer takes the money that comes by bank transfer, and sees it home.
//
// A statement of the bank is read (Read), shown with what would become of each line
// (Desk.Preview), and imported whole or not at all (Desk.Import). A line is known by the
// account of the house and the bank's serial, so it is taken once however often its
// statement comes.
//
// A line whose remark names the code of an open order, over exactly its amount, from the
// firm that the account was verified as, settles the order by a job (Desk.Settle): the line
// remembers the payment that it becomes before billing hears of the money, so a crash between
// the two repeats and doubles nothing. Everything else waits. One person says what it is for,
// a second one confirms (Desk.Propose, Desk.Confirm): it settles an open order of exactly its
// amount, or it goes back to the account it came from.
//
// What goes back, and refunds of orders that a transfer paid, are paid by people at the bank.
// One enters the bank's serial, another one finds the same at the bank and enters it again
// (Desk.Pay).
//
// Who paid, from which account and with which words is kept sealed. Lists show the last four
// digits of the account; whoever must pay back sees it whole, and the audit says so.
package transfer
