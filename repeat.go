package quartet

import "time"

// Repeat is a request that may be sent again under its idempotency key, and what it was
// answered.
type Repeat struct {
	Key     Fingerprint // of who asked and the key
	ID      string      // of this very request: it alone answers the key or frees it
	Content Fingerprint // of what was asked for; zero until it is answered
	Status  int         // that it was answered with; 0: it is on its way, or died there
	Kind    string      // media type of the answer
	Sealed  []byte      // the body of the answer; empty: it is not kept
	Claimed time.Time
}
