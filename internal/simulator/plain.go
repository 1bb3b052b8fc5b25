package simulator

import (
	"maps"
	"slices"
)

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

// sortedPairs is key=value of each field, sorted by key.
func sortedPairs(fields map[string]string) []string {
	pairs := make([]string, 0, len(fields))
	for _, k := range slices.Sorted(maps.Keys(fields)) {
		pairs = append(pairs, k+"="+fields[k])
	}
	return pairs
}
