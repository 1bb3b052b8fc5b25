package quartet

import "time"

// TransferState is where money that came by bank transfer stands. Settled, returned and kept
// are ends, and each other state has a way out: so what came is always the sum of what is
// settled, on its way, returned, kept and waiting.
type TransferState string

// The states of a transfer.
const (
	TransferWaiting   TransferState = "waiting"   // nobody has said what it is for
	TransferClaimed   TransferState = "claimed"   // one person has; a second one decides
	TransferSettling  TransferState = "settling"  // it is decided, and about to pay its order
	TransferSettled   TransferState = "settled"   // it paid its order
	TransferReturning TransferState = "returning" // it is decided that the money goes back
	TransferReturned  TransferState = "returned"  // it went back; two people saw it at the bank
	TransferKept      TransferState = "kept"      // it was no buyer's: interest, or what a provider paid out
)

// Transfer is money that came to a bank account of the house: one line of a statement. Who
// paid and what the remark says is kept sealed.
type Transfer struct {
	ID       string
	House    string // the account of the house it came to
	Serial   string // the bank's number of it, unique within that account
	At       time.Time
	Amount   Fen
	Sealed   []byte // a Payer
	State    TransferState
	Why      string // why it waits: "code", "codes", "over", "under", "late", "second", "payer"
	Order    string // that it pays; empty: none
	Payment  string // the payment it became
	Imported time.Time
	Decided  time.Time // when it became settled, returned or kept
}

// Payer is who paid, as the bank tells it.
type Payer struct {
	Name    string
	Account string
	Remark  string
}

// HouseAccount is a bank account of the house, to which buyers pay.
type HouseAccount struct {
	ID       string
	Bank     string
	Holder   string
	Number   string
	AskedBy  string // the administrator who asked for it; "": it was opened on the command line
	Created  time.Time
	OpenedBy string    // another one, who confirmed it; or who opened it on the command line
	Opened   time.Time // zero: it waits to be confirmed, and no buyer sees it
	Closed   time.Time // zero: not closed
}

// Open reports whether buyers are asked to pay to it.
func (a HouseAccount) Open() bool { return !a.Opened.IsZero() && a.Closed.IsZero() }

// ClaimAct is what a person says is to be done with a transfer.
type ClaimAct string

// The acts.
const (
	ClaimSettle ClaimAct = "settle" // it pays an order
	ClaimReturn ClaimAct = "return" // it goes back to the account it came from
	ClaimKeep   ClaimAct = "keep"   // it is the house's own: interest, what a provider paid out
)

// ClaimState is where a claim stands.
type ClaimState string

// The states of a claim.
const (
	ClaimProposed  ClaimState = "proposed"
	ClaimConfirmed ClaimState = "confirmed" // by another person
	ClaimRejected  ClaimState = "rejected"
)

// TransferClaim is what one person says a transfer is for, and what another one says to that.
type TransferClaim struct {
	ID         string
	Transfer   string
	Act        ClaimAct
	Order      string // that it is to pay
	Note       string
	State      ClaimState
	ProposedBy string
	DecidedBy  string
	Proposed   time.Time
	Decided    time.Time
	Answer     string // why it was rejected
}

// Payout is money that a person pays back at the bank: a transfer that goes back, or the
// refund of an order that a transfer paid. The bank's serial is entered by two people.
type Payout struct {
	ID        string // of the transfer or the refund
	Refund    bool
	Amount    Fen
	Transfer  string // where the money came from, so where it goes
	Serial    string // of the bank; empty: nobody has entered it
	EnteredBy string
	SeenBy    string // the second person
	Entered   time.Time
	Seen      time.Time
}

// TransferSum is what is in one state.
type TransferSum struct {
	State  TransferState
	Lines  int64
	Amount Fen
}
