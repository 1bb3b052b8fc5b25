// Package taxsim simulates a tax channel (演练税务通道): a Bureau that issues invoices worth
// nothing, as an HTTP server, and the Channel that speaks to it. It is for tests and the demo,
// and stands in nothing that bears a real invoice: New refuses to make a channel that was not
// asked for by name.
//
// The bureau holds what it was asked for, by serial. What the bureau, its staff or the buyer do
// (DropLogin, Land, Use, AgreeRed, …) are methods of it. Break makes the next answers to a kind
// of question go wrong; notices of what happened lie in Deliveries until somebody sends them,
// twice or in the wrong order, or are posted as they come (Post).
package taxsim
