package quartet

import (
	"slices"
	"time"
)

// InvoiceKind is what a buyer may do with an invoice.
type InvoiceKind string

// The kinds.
const (
	InvoiceOrdinary InvoiceKind = "ordinary" // 普通发票
	InvoiceSpecial  InvoiceKind = "special"  // 专用发票: a firm sets its tax off against its own
)

// InvoiceState is where an invoice stands. Each state but reversed, rejected and cancelled has
// a way out: see Next.
type InvoiceState string

// The states of an invoice.
const (
	InvoiceSubmitted       InvoiceState = "submitted"        // a buyer asks; the house has not looked
	InvoiceIssuing         InvoiceState = "issuing"          // the channel has it, or will
	InvoiceNeedsLogin      InvoiceState = "needs_login"      // nothing was issued: the house must sign in at the tax bureau first
	InvoiceFailedRetryable InvoiceState = "failed_retryable" // surely not issued; it is tried again
	InvoiceFailedFinal     InvoiceState = "failed_final"     // surely not issued; a person must look
	InvoiceUnknown         InvoiceState = "unknown"          // nobody knows whether it is issued; only a question under our own serial tells
	InvoiceEntered         InvoiceState = "entered"          // a person says that it is issued; another one must say so too
	InvoiceIssued          InvoiceState = "issued"
	InvoiceRedApplying     InvoiceState = "red_applying"      // a red letter is asked for
	InvoiceRedWaitingBuyer InvoiceState = "red_waiting_buyer" // the buyer must agree
	InvoiceRedIssuing      InvoiceState = "red_issuing"       // the red letter is being issued
	InvoicePartReversed    InvoiceState = "part_reversed"
	InvoiceReversed        InvoiceState = "reversed"  // nothing of it stands
	InvoiceRejected        InvoiceState = "rejected"  // by the house
	InvoiceCancelled       InvoiceState = "cancelled" // by the buyer, or for a refund
)

// invoiceSteps are the transitions that there are.
var invoiceSteps = map[InvoiceState][]InvoiceState{
	InvoiceSubmitted:       {InvoiceIssuing, InvoiceRejected, InvoiceCancelled},
	InvoiceIssuing:         {InvoiceIssued, InvoiceEntered, InvoiceNeedsLogin, InvoiceFailedRetryable, InvoiceFailedFinal, InvoiceUnknown},
	InvoiceNeedsLogin:      {InvoiceIssuing, InvoiceRejected, InvoiceCancelled},
	InvoiceFailedRetryable: {InvoiceIssuing, InvoiceRejected, InvoiceCancelled},
	InvoiceFailedFinal:     {InvoiceIssuing, InvoiceRejected, InvoiceCancelled},
	InvoiceUnknown:         {InvoiceIssued, InvoiceIssuing, InvoiceNeedsLogin, InvoiceFailedRetryable, InvoiceFailedFinal},
	InvoiceEntered:         {InvoiceIssued, InvoiceIssuing},
	InvoiceIssued:          {InvoiceRedApplying},
	InvoicePartReversed:    {InvoiceRedApplying},
	InvoiceRedApplying:     {InvoiceRedWaitingBuyer, InvoiceRedIssuing, InvoiceReversed, InvoicePartReversed, InvoiceIssued},
	InvoiceRedWaitingBuyer: {InvoiceRedIssuing, InvoiceReversed, InvoicePartReversed, InvoiceIssued},
	InvoiceRedIssuing:      {InvoiceRedApplying, InvoiceRedWaitingBuyer, InvoiceReversed, InvoicePartReversed, InvoiceIssued},
}

// InvoiceStates lists all, in the order of a life.
func InvoiceStates() []InvoiceState {
	return []InvoiceState{
		InvoiceSubmitted, InvoiceIssuing, InvoiceNeedsLogin, InvoiceFailedRetryable, InvoiceFailedFinal, InvoiceUnknown, InvoiceEntered, InvoiceIssued,
		InvoiceRedApplying, InvoiceRedWaitingBuyer, InvoiceRedIssuing, InvoicePartReversed, InvoiceReversed, InvoiceRejected, InvoiceCancelled,
	}
}

// Next lists what a state may become; none: it is an end.
func (s InvoiceState) Next() []InvoiceState { return slices.Clone(invoiceSteps[s]) }

// May reports whether a state may become another one.
func (s InvoiceState) May(next InvoiceState) bool { return slices.Contains(invoiceSteps[s], next) }

// Claims reports whether the amounts of an invoice in this state are set aside: it is not
// issued, and may be yet.
func (s InvoiceState) Claims() bool {
	switch s {
	case InvoiceSubmitted, InvoiceIssuing, InvoiceNeedsLogin, InvoiceFailedRetryable, InvoiceFailedFinal, InvoiceUnknown, InvoiceEntered:
		return true
	default:
		return false
	}
}

// Unissued reports whether an invoice in this state is surely not issued, so that it may be
// taken back.
func (s InvoiceState) Unissued() bool { return s.May(InvoiceCancelled) }

// Stands reports whether an invoice in this state is issued and not wholly reversed.
func (s InvoiceState) Stands() bool {
	switch s {
	case InvoiceIssued, InvoicePartReversed, InvoiceRedApplying, InvoiceRedWaitingBuyer, InvoiceRedIssuing:
		return true
	default:
		return false
	}
}

// AtRest reports whether an invoice in this state was issued and no red letter of it is under way.
func (s InvoiceState) AtRest() bool {
	switch s {
	case InvoiceIssued, InvoicePartReversed, InvoiceReversed:
		return true
	default:
		return false
	}
}

// InvoiceSource says how the house knows what stands on an issued invoice.
type InvoiceSource string

// The sources.
const (
	FromXML   InvoiceSource = "xml"     // read from the issuer's own data
	FromEntry InvoiceSource = "entered" // two people entered it: no data could be read
	FromWord  InvoiceSource = "channel" // the channel said so; its files are compared when they are fetched
)

// Invoice is an application for an invoice, and what became of it.
type Invoice struct {
	ID      string // 18 digits: the day, then random ones
	Account string
	Person  string // who asked
	Kind    InvoiceKind
	Sealed  []byte // to whom it is made out, and where it is sent
	State   InvoiceState
	Amounts Amounts // sums of its lines
	Lines   []InvoiceLine

	Channel string // by which it is issued
	Tries   int    // begun so far: names the serial
	Asked   time.Time
	Answer  string // why it is where it is

	Number   string // 20 digits, of the tax bureau
	IssuedOn time.Time
	Source   InvoiceSource
	Entered  string // who entered number and amounts
	Seen     string // the second person

	Created   time.Time
	Decided   time.Time
	DecidedBy string
	Delivered time.Time // when its letter was written
	Changed   time.Time
}

// Serial is our own number of the try to issue it: 20 digits, unique at every channel.
func (v *Invoice) Serial() string { return serial(v.ID, v.Tries) }

// InvoiceOfSerial is the invoice whose try a serial names; empty: it is no serial of ours.
func InvoiceOfSerial(s string) string {
	if len(s) != serialLength || !digits(s) {
		return ""
	}
	return s[:serialLength-2]
}

const (
	serialLength = 20
	maxTries     = 99
)

func serial(id string, tries int) string {
	return id + string([]byte{byte('0' + tries/10%10), byte('0' + tries%10)})
}

// NextTry begins another try, under another serial. False: there were too many.
func (v *Invoice) NextTry() bool {
	if v.Tries >= maxTries {
		return false
	}
	v.Tries++
	return true
}

// Line finds the line of an order, or nil.
func (v *Invoice) Line(order string) *InvoiceLine {
	for i := range v.Lines {
		if v.Lines[i].Order == order {
			return &v.Lines[i]
		}
	}
	return nil
}

// Reversed is what red letters took back of it.
func (v *Invoice) Reversed() (sum Amounts) {
	for i := range v.Lines {
		sum = sum.Plus(v.Lines[i].Reversed)
	}
	return sum
}

// Rests is where an issued invoice stands while no red letter is under way.
func (v *Invoice) Rests() InvoiceState {
	switch v.Reversed().Gross {
	case 0:
		return InvoiceIssued
	case v.Amounts.Gross:
		return InvoiceReversed
	default:
		return InvoicePartReversed
	}
}

// InvoiceLine is a line of an invoice: so much of one order.
type InvoiceLine struct {
	Order string
	TaxItem
	Amounts

	Reversed Amounts
}

// InvoiceFileKind is a form of an issued invoice.
type InvoiceFileKind string

// The forms. The XML is the original; the others show it.
const (
	InvoiceXML InvoiceFileKind = "xml"
	InvoiceOFD InvoiceFileKind = "ofd"
	InvoicePDF InvoiceFileKind = "pdf"
)

// InvoiceFile is a file of the issuer, byte for byte.
type InvoiceFile struct {
	Owner  string // an invoice or a red letter
	Kind   InvoiceFileKind
	Digest string // SHA-256 of what came, in hex
	Size   int64
	Sealed []byte
	By     string
	At     time.Time
}
