package quartet

import "time"

// Call is one request and its answer: the row behind a seqNo. A charged call is the
// ledger entry of the units it used.
type Call struct {
	SeqNo      SeqNo
	At         time.Time // when the request was read
	Account    string
	Credential string
	Product    string
	Code       Code
	Verdict    Verdict
	Reason     Reason
	Differs    ElementSet // of a mismatch: which elements, as far as the source tells
	Charged    int64      // units
	Grant      string     // which grant they came from
	Source     string     // who gave the verdict, or failed last
	Latency    time.Duration
	Params     Fingerprint // of account, product and all elements, for the guard
	Card       Fingerprint // of the card, for the guard
	Nonce      int64       // short fingerprint of a signed call's nonce, which is used up; 0: none
	Sent       bool        // a source was asked; the card counters count it
	Reused     bool        // the verdict is one that was given minutes before; nobody was asked
	Attempts   []Attempt   // the sources that were considered, in order; none where the registry alone was asked
}

// LeastCallDays is for how many days every call is kept at the least: the Cybersecurity Law
// (Article 21) asks network operators to keep their logs for six months or more.
const LeastCallDays = 180

// CallFilter chooses calls. Zero fields do not restrict.
type CallFilter struct {
	Account    string
	Product    string
	Credential string
	Code       Code
	Verdict    Verdict
	Source     string
	From       int64 // first second
	To         int64 // first second that is no longer wanted
	After      SeqNo // of a listing from the oldest on: calls later than this one
	Before     SeqNo // of a listing from the newest back: calls earlier than this one
	Limit      int   // at most so many; 0: all
}
