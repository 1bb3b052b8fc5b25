package quartet

// Bought is what a paid order says of the grant that it gave.
type Bought struct {
	Order   string
	Grant   string
	Account string
	Product string
	Units   int64
	Amount  Fen
	State   OrderState
	Came    Fen   // the money that paid it
	Used    int64 // units used when the amount of its refund was found; -1: it was not, or counts others too
}

// Books is all that the audit compares, read at one instant.
type Books struct {
	Grants   []Grant
	Bought   []Bought // paid orders, by id
	Entries  []Entry
	Held     map[string]int64 // grant → units of open holds
	Open     map[string]int64 // grant → units of charged calls of days that are not closed
	Closed   map[string]int64 // grant → units of closed days
	Kept     map[string]int64 // grant → units of closed days whose calls are all kept; only for a full audit
	OldCalls map[string]int64 // grant → units of charged calls of these days; only for a full audit

	// Of open days, or of all whose calls are kept for a full audit.
	Uncovered   int64               // charged calls that are no verdict
	Stray       int64               // attempts of calls that do not exist
	Unwitnessed int64               // verdicts of suppliers that not exactly one attempt explains
	Counted     map[string]UsageSum // account → what was counted by the hour
	Rows        map[string]UsageSum // account → what the rows of calls come to

	// Account → units, by the hour and by the sums of closed days; only for a full audit. Of
	// days whose calls are gone nothing else is left to compare.
	CountedClosed, SummedClosed map[string]int64
}
