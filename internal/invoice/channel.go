package invoice

import (
	"context"
	"net/http"
	"time"

	"quartet"
)

// Outcome is what a channel says of a serial. Only an explicit word is taken for issued or
// failed; an error of a channel says nothing, unless it is ErrUnavailable: then nothing was sent.
type Outcome string

// The outcomes.
const (
	Pending      Outcome = "pending"       // it has it, and will say more
	Issued       Outcome = "issued"        // with its number
	NeedsLogin   Outcome = "needs_login"   // nothing was done: the house must sign in
	TryAgain     Outcome = "try_again"     // surely not issued; the same may be tried again
	Failed       Outcome = "failed"        // surely not issued; the same would fail again
	Absent       Outcome = "absent"        // it never heard of the serial
	WaitingBuyer Outcome = "waiting_buyer" // of a red letter: the buyer must agree
	Agreed       Outcome = "agreed"        // of a red letter: nobody needs to agree any more
	Refused      Outcome = "refused"       // of a red letter: by the buyer or the bureau, lapsed or withdrawn
)

// Request is what is to be issued.
type Request struct {
	Serial string
	Kind   quartet.InvoiceKind
	Seller string
	TaxID  string // of the seller
	Buyer  quartet.InvoiceBuyer
	Lines  []quartet.InvoiceLine
	Sums   quartet.Amounts
}

// RedRequest is what is to be taken back.
type RedRequest struct {
	Request // lines and sums are what is taken back, above zero

	Of     string // the number of the invoice
	Reason quartet.RedReason
}

// Result is what a channel says of a serial.
type Result struct {
	Serial   string
	Outcome  Outcome
	Number   string
	IssuedOn time.Time
	Why      string // it failed, waits or was refused, without any name
}

// Capabilities say how a channel works.
type Capabilities struct {
	ByHand    bool // people issue, and hand in the files
	BuyerHere bool // that a buyer agrees to a red letter is said to us, not to the tax bureau
}

// Issuer issues invoices. Whatever it is asked twice under one serial is done once.
type Issuer interface {
	Name() string
	Capabilities() Capabilities
	Issue(ctx context.Context, r Request) (Result, error)
	Query(ctx context.Context, serial string) (Result, error)
	// Download gives a file of what was issued under a serial, byte for byte. ErrNotFound: it
	// has none of this kind, or none yet.
	Download(ctx context.Context, serial string, kind quartet.InvoiceFileKind) ([]byte, error)
}

// Redder issues red letters. Whatever it is asked twice under one serial is done once.
type Redder interface {
	ApplyRed(ctx context.Context, r RedRequest) (Result, error)
	QueryRed(ctx context.Context, serial string) (Result, error)
	CancelRed(ctx context.Context, serial string) (Result, error)
}

// Login is whether the house is signed in at the tax bureau.
type Login struct {
	In    bool
	Shows string // what staff must look at to sign in, such as the text of a QR code
	Until time.Time
}

// Doorman tells whether the house is signed in at the tax bureau, and lets it sign in.
type Doorman interface {
	LoginState(ctx context.Context) (Login, error)
	StartLogin(ctx context.Context) (Login, error)
}

// Raw is a notice as it came.
type Raw struct {
	Header http.Header
	Body   []byte
	At     time.Time
}

// Callback is what a genuine notice tells: that something happened to a serial.
type Callback struct {
	Event  string // the same when it is told again
	Serial string
}

// Herald reads what the channel sends of itself. ErrForbidden: it is not the channel's.
type Herald interface {
	ParseCallback(ctx context.Context, raw Raw) (Callback, error)
}

// Channel is one way to have invoices issued.
type Channel interface {
	Issuer
	Redder
	Doorman
	Herald
}
