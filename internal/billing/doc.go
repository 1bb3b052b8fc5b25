// Package billing is the one door through which money enters and leaves, and by which units
// are sold: plans, orders, payments, what they give, and refunds.
//
// The trip of an order: a plan is ordered (Order), the buyer tries to pay (BeginPayment, any
// number of times), a provider says that money came (Receive). In the transaction in which
// the payment is marked paid the order is marked paid as well and its grant is opened, so
// there is no moment at which money was taken and nothing given, or the other way round. An
// order for which nothing came is closed (Expire, Cancel). Money that pays nothing, since it
// is late, second or of another amount, is surplus and goes back.
//
// The trip of a refund: a person asks (AskRefund), an operator approves (ApproveRefund), by
// which the grant is frozen; when no unit of it is held any more (Drain) the amount is found
// and stands; the provider sends it (Refunded) and what was left of the grant is withdrawn,
// or cannot (RefundFailed), and it is sent again (Resend) or given up (GiveUp).
//
// What a cloud market sold is paid there: Provision gives it without a payment, and the market
// alone renews, freezes and releases it (RenewInstance, ExpireInstance, ReleaseInstance).
//
// Each step is a decision on an order with all that hangs on it, which the store reads under
// lock and writes in the same transaction; the decisions do no I/O. A step that was done
// before changes nothing, so whoever does not know what became of one repeats it.
package billing
