package quartet

import "time"

// What reports and the comparison with a supplier's statement read of calls and attempts.

// Sold is the calls of one product whose units came from one grant.
type Sold struct {
	Product string
	Grant   string // empty: calls that used no grant
	Calls   int64
	Units   int64 // charged
}

// Spent is what sources cost for the calls of one product, as far as one answer to the
// question whether they charge goes.
type Spent struct {
	Product string
	Charged Charged
	Cost    Millifen
}

// Tally is questions to one source that fared alike.
type Tally struct {
	Source  string
	Verdict bool   // they brought one
	Failure string // how they failed, in one word
	Charged Charged
	Count   int64
	Cost    Millifen
}

// Waiting is questions to one source that fared alike and took as many whole milliseconds.
type Waiting struct {
	Source       string
	Failure      string
	Milliseconds int64
	Count        int64
	Total        time.Duration // of all of them, exactly
}

// PlacedAttempt is an attempt with its place among those of its call.
type PlacedAttempt struct {
	Attempt

	SeqNo SeqNo
	Place int64
}
