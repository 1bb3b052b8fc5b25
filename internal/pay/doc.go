// Package pay takes money through providers and gives it back.
//
// A trip through the room: Cashier.Open asks billing for an attempt and a provider for a
// page or a QR code. The provider's notice arrives at Cashier.Notices, which verifies it,
// keeps it whole, hands what it tells to billing once, and only then thanks. What is forged
// is counted and not kept; what cannot be verified yet is kept until it can. Notices get
// lost, so Watch asks for each open attempt until it is settled, and Close settles what is
// open of an order whose time is over. SendRefund gives money back. Those three are jobs,
// and so is Handle, which repairs a crash between the steps of a notice; all are safe to
// repeat.
//
// What a provider says is one of a closed set (provider.go). Whatever is not surely one of
// it is ErrUnknownOutcome, is never taken for success or failure, and is asked again.
package pay
