package quartet

// HourSeconds is how many Unix seconds an hour of usage counts. Hours of UTC and of
// Asia/Shanghai begin at the same instants.
const HourSeconds = 60 * 60

// UsageKey is what calls are counted by.
type UsageKey struct {
	Account    string
	Hour       int64 // counted from 1970-01-01 00:00 UTC
	Product    string
	Credential string
	Code       Code
	Verdict    Verdict
}

// UsageOf is what a call is counted under.
func UsageOf(c *Call) UsageKey {
	return UsageKey{c.Account, c.SeqNo.Second / HourSeconds, c.Product, c.Credential, c.Code, c.Verdict}
}

// UsageFilter chooses what is counted. Zero fields do not restrict.
type UsageFilter struct {
	Account    string
	Product    string
	Credential string
	Code       Code
	Verdict    Verdict
	From       int64 // first hour
	To         int64 // first hour that is no longer wanted
	Daily      bool  // by days of Asia/Shanghai rather than by hours
	Kinds      bool  // by product, credential, code and verdict as well, which takes twice as long as the rest
}

// UsageSum is how many calls there were, and how many units they were charged.
type UsageSum struct {
	Calls int64
	Units int64
}

// UsageSlot is the same of an hour or a day, with how many of its calls got which verdict. The
// others got none.
type UsageSlot struct {
	UsageSum

	Match        int64
	Mismatch     int64
	Undetermined int64
}

// UsageView is what the chosen calls come to, read at one instant.
type UsageView struct {
	Times    map[int64]UsageSlot // by hour, or by day where that was asked for; without those of no call
	Kinds    []StatementUsage    // by product, credential, code and verdict; none unless they were asked for
	Accounts map[string]UsageSum
}

// Usage is how many calls there were of a key, and how many units they were charged. It is
// written together with the rows of the calls and always equals their sums.
type Usage struct {
	UsageKey
	Calls int64
	Units int64
}
