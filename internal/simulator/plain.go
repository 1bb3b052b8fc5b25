package simulator

import "quartet"

// plainCode is the code of a refusal where a contract's own codes are not public: the
// plainest that can be, after the HTTP statuses of like meaning.
func plainCode(f Fault) int {
	switch f {
	case FaultRejected:
		return 400
	case FaultExhausted:
		return 402
	case FaultNoRecord:
		return 404
	case FaultUnsupported:
		return 415
	case FaultFrequency:
		return 420
	case FaultRateLimited:
		return 429
	case FaultFailed:
		return 500
	case FaultBusy:
		return 503
	default:
		return 999
	}
}

// The plain codes that are no faults of a card.
const (
	plainUnauthorised  = 401 // key or signature is wrong
	plainCannotCompare = 300 // the card's state forbids a comparison, where no result says it
)

// says reports whether a contract that marks success apart says that the call went well:
// with a verdict, or with a result that nobody knows.
func says(o outcome) bool { return o.fault == FaultNone || o.fault == FaultUnknownCode }

// result is the word of a contract for what it says.
func result[T any](o outcome, match, mismatch, undetermined, unheardOf T) T {
	switch {
	case o.fault != FaultNone:
		return unheardOf
	case o.verdict == quartet.Match:
		return match
	case o.verdict == quartet.Mismatch:
		return mismatch
	default:
		return undetermined
	}
}
