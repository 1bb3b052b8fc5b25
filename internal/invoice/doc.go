// Package invoice lets buyers have invoices for what they paid, and takes them back.
//
// The trip of an invoice: a buyer applies for parts of paid orders (Apply), by which these
// amounts are claimed; the house looks and lets it be issued (Approve) or not (Reject); a
// channel is asked under a serial of ours (Issue), or people issue it at the tax bureau's site
// and hand in its files (Upload) or enter what it says, which a second person confirms (Enter,
// Confirm). Then the amounts are invoiced, and the buyer is told where its files are.
//
//	channel says        the invoice is        and then
//	issued              `issued`              its files are fetched
//	pending             issuing               it is asked for by the serial
//	needs login         needs_login           the house signs in, and it is tried again
//	failed, try again   failed_retryable      it is tried again under the same serial
//	failed              failed_final          a person looks; another try has another serial
//	nothing certain     unknown               asked for by the serial until that is answered;
//	                                          nothing is issued before it is
//
// The trip of a red letter: the house, or an approved refund, asks to take an invoice or a
// part of it back (ApplyRed); where the buyer has used it the buyer must agree (Agree); when it
// is issued, what it takes back may be asked for anew, or goes back as money.
//
// The law: for every order, in every interleaving, 0 ≤ issued - reversed ≤ paid - refunded. Each
// step is a decision on an invoice with its orders, which the store reads under the locks of
// the orders and writes in the same transaction; the decisions do no I/O. Claimed amounts count
// as issued, so that nothing more can be asked for; the database refuses more as well. A refund
// whose order has more in invoices than would remain paid waits (billing.Drain), and the job
// refund.reverse takes them back (ReverseFor). It runs again whenever an invoice of the order
// comes to rest: when it was issued meanwhile, or a red letter of it has ended, either way.
//
// What a channel sends of itself (Take) is verified, kept whole and once, and then believed in
// nothing but that something happened: the channel is asked under our serial.
package invoice
