package quartet

// Books is all that the audit compares, read at one instant.
type Books struct {
	Grants    []Grant
	Entries   []Entry
	Held      map[string]int64 // grant → units of open holds
	Open      map[string]int64 // grant → units of charged calls of days that are not closed
	Closed    map[string]int64 // grant → units of closed days
	OldCalls  map[string]int64 // grant → units of charged calls of closed days; only for a full audit
	Uncovered int64            // charged calls that are no verdict; of open days, or of all for a full audit
}
