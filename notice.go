package quartet

import "time"

// NoticeState is where a notice of a payment provider stands. Received becomes claimed when
// it proved genuine and is the first of its event, repeated when another one was, refused
// when it proved false; claimed becomes handled or refused. The others are ends.
type NoticeState string

// The states of a notice.
const (
	NoticeReceived NoticeState = "received" // it is safe here, whole, and nobody looked at it
	NoticeClaimed  NoticeState = "claimed"  // genuine, and the one of its event that is acted upon
	NoticeHandled  NoticeState = "handled"
	NoticeRepeated NoticeState = "repeated" // genuine, and tells again what another one told
	NoticeRefused  NoticeState = "refused"
)

// Notice is what a payment provider sent us unasked.
type Notice struct {
	ID       string
	Provider string
	Sealed   []byte // headers and body as they came, sealed under the ID
	Hash     string // SHA-256 of the body, in hex
	State    NoticeState
	Event    string // the provider's number of what happened; empty until it is known to be genuine
	Kind     string // "payment", "refund", "other"
	About    string // our number of the payment or refund
	Answer   string // why it was refused, or which notice it repeats
	Received time.Time
	Ended    time.Time
}
