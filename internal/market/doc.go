// Package market lets cloud markets sell our plans: a market says by signed messages what it
// sold, and what became of it.
//
// The trip of a message: whoever sent it is proved by a signature over the time and the body
// (ServeHTTP). It is kept, whole and sealed, under the number that the market gave it, before
// anything is done (Take); then it is done (handle). A process that is killed in between
// leaves the job market.handle, which does the same (Handle). A message that comes again gets
// the answer that stands, and does nothing; one whose number came with another body is
// refused.
//
// What is sold is an instance: provisioning, active, frozen, released. To create one takes
// an account (one for each buyer of a market), a credential, and an order with its grant. The
// first two have ids that follow from the market's own, so that a second try finds them; the
// order, its grant, the instance and the end of the message are written in one transaction,
// by billing. So are the later steps. What cannot be done yet, since the plan is missing or
// an earlier message has not come, is tried again with growing waits; what can never be done
// is refused for good.
package market
