package quartet

import "time"

// Hold is units set aside while a supplier is asked. It bears the number of the call
// it was made for and ends in exactly one of: settled with the call row, released.
type Hold struct {
	SeqNo      SeqNo
	Grant      string
	Account    string
	Credential string
	Product    string
	Units      int64
	CreatedAt  time.Time
	Deadline   time.Time   // past it the sweeper releases it
	Params     Fingerprint // as on the call row
	Card       Fingerprint // as on the call row
	Nonce      int64       // as on the call row
	Claim      Claim       // idempotency key of the call, if it bore one
	Asked      []Asked     // the suppliers that may be working on it
}

// Claim ties an Idempotency-Key to one request, and later to its verdict. A claim
// without a verdict is in flight.
type Claim struct {
	Key       Fingerprint // keyed hash of account and key; zero: no claim
	Request   Fingerprint // keyed hash of product and normalised elements
	SeqNo     SeqNo
	Code      Code
	Verdict   Verdict
	Reason    Reason
	Differs   ElementSet
	ExpiresAt time.Time
}
