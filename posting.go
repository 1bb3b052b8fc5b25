package quartet

// The ledger's vocabulary: what one batch of acts must see, and what it writes. The
// store reads, calls the judge, and writes, all in one transaction.

// Reading names the rows that a batch must see before it is judged.
type Reading struct {
	Accounts []string      // all their grants with units left or held
	Grants   []string      // these grants, whatever their state
	Holds    []SeqNo       // these holds, if they still stand, with their grants
	Claims   []Fingerprint // what stands under these idempotency keys: verdicts and holds
}

// Book is what was read, locked until the transaction ends.
type Book struct {
	Grants []Grant
	Holds  []Hold
	Claims []Claim
}

// Postings is what one batch writes: all of it or nothing.
type Postings struct {
	Changed []Grant // new state of grants that existed; ID, Used, Held, Withdrawn, ExpiresAt, FrozenAt are written
	Opened  []Grant // new grants
	Entries []Entry
	Held    []Hold  // new holds
	Moved   []Hold  // holds whose Asked changed
	Ended   []SeqNo // holds that were settled or released
	Calls   []Call
	// Unresolved are the rows of holds that were swept, and of refusals that may come after
	// the sweep; a call that has its row keeps it.
	Unresolved []Call
	Told       []Call  // whose attempts say what their rows may have left open
	Claims     []Claim // verdicts to be repeated for their key
	Crossed    []Crossing
}

// Empty reports whether nothing is to be written.
func (p *Postings) Empty() bool {
	return len(p.Changed)+len(p.Opened)+len(p.Entries)+len(p.Held)+len(p.Moved)+len(p.Ended)+len(p.Calls)+len(p.Unresolved)+len(p.Told)+len(p.Claims) == 0
}
