package main

// left is what package client leaves out, by noun, and why.
func left() map[string]string {
	const people = "people do this at a browser; programs have tokens"
	return map[string]string{"session": people, "registration": people, "me": people}
}

// leftAlone is the same, by operation.
func leftAlone() map[string]string {
	const events = "events are for pages that are open; programs ask for messages after the last one they have"
	return map[string]string{
		"verify":           "Client asks about people",
		"followBuyerChat":  events,
		"followQueuedChat": events,
	}
}

// reasonFor is why an operation is left out; empty: it is not.
func reasonFor(op *operation) string {
	if why := leftAlone()[op.ID]; why != "" {
		return why
	}
	return left()[op.Tags[0]]
}
