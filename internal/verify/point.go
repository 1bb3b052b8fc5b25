package verify

// point is a place on the road between two things of which a crash must not lose one.
type point string

const (
	beforeHold point = "before_hold" // nothing is durable yet
	afterHold  point = "after_hold"  // the hold is, and nobody was asked
	beforeEnd  point = "before_end"  // a supplier answered; the hold stands
	afterEnd   point = "after_end"   // settled, charged or released, and nobody was answered
)
