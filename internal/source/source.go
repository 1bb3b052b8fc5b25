// Package source is the contract between Quartet and whoever gives verdicts: the
// built-in registry, the simulator, a supplier's API.
//
// A source translates one question into its own dialect and the answer back, and does
// nothing else: it does not retry, choose, limit or charge. It reports what happened;
// package route alone decides what follows. Only an explicit success is a success, and
// an answer that is not understood is never a verdict. Every implementation passes the
// law in package sourcetest.
package source

import (
	"context"
	"errors"
	"fmt"
	"time"

	"quartet"
)

// Query is one question.
type Query struct {
	Elements quartet.Elements
	Need     quartet.ElementSet // the elements to compare
	// Order is our number of the question, the same as the call's seqNo: 18 of 0-9A-Z. A
	// source that takes a number of the caller's is given this one.
	Order string
}

// Answer is a verdict. Verdict is never NoVerdict.
type Answer struct {
	Verdict   quartet.Verdict
	Reason    quartet.Reason
	Differs   quartet.ElementSet // of a mismatch: which of the needed elements; none if it cannot tell
	Charged   quartet.Charged    // whether the source charges us for it
	Code      string             // the source's own result code
	Reference string             // the source's own number of the question, if it has one
	Card      CardInfo           // what the source says of the card beside, if anything
}

// CardInfo is what a source says of a card. It holds nothing of its number.
type CardInfo struct {
	Bank string // name or code, as the source has it
	Kind string // debit, credit, ... as the source has it
}

// Source gives verdicts. Verify returns an *Error, never another type, and honours the
// context's deadline. It is safe for concurrent use.
type Source interface {
	Verify(ctx context.Context, q Query) (Answer, error)
}

// Scoped is a source that answers some questions only. One that is not Scoped takes all.
type Scoped interface{ Scope() Scope }

// Scope is which questions a source answers. An empty list does not bound.
type Scope struct {
	Needs   []quartet.ElementSet // the sets of elements that it compares
	IDTypes []quartet.IDType
}

// Addressed is a source that sends elements over the net.
type Addressed interface {
	// Address is scheme and host of where they go; of several, all, in their order.
	Address() string
}

// Inquirer is a source that can be asked afterwards what became of a question. An inquiry
// is never charged and discloses nobody to anyone new.
type Inquirer interface {
	// Inquire looks a question up by our number of it. An error means that nothing was
	// learnt.
	Inquire(ctx context.Context, i Inquiry) (Finding, error)
}

// Inquiry names a question that was asked before.
type Inquiry struct {
	Order string // Query.Order
	// Need is Query.Need: one and the same word of a source may be a match of three elements
	// and no match of four. 0: not known any more; then there is no verdict to be learnt, but
	// perhaps what is charged.
	Need      quartet.ElementSet
	Reference string // the source's number, where it gave one
	At        time.Time
}

// Finding is what became of a question.
type Finding struct {
	// Arrived: the source knows of it. If not, it was not processed and costs nothing; but one
	// that was sent a moment ago may still arrive.
	Arrived bool
	Answer  Answer // with Arrived: the verdict, or NoVerdict with Charged set
}

// Rehearser is a source that can show what it would send, and whom it may be tested with.
type Rehearser interface {
	// Rehearse is the request as text: secrets and elements masked, nothing sent.
	Rehearse(q Query) (string, error)
	// TestPerson is the person whom the supplier itself offers for tests, if it offers one.
	TestPerson() (quartet.Raw, bool)
}

// Kind is the closed set of ways in which a source gives no verdict.
type Kind uint8

// The kinds.
const (
	Unreachable   Kind = iota + 1 // no connection; surely not sent
	Timeout                       // the deadline passed; the outcome is unknown
	Failed                        // it answered that it failed, or broke off
	NotUnderstood                 // it answered something we have no meaning for
	Busy                          // busy, or our account with it is exhausted
	Rejected                      // it calls parameters malformed that passed our rules
	NoRecord                      // it holds no record of this card
	Unsupported                   // it does not take this certificate or card kind
	Frequency                     // the card or person was asked too often
)

// String names the kind for logs and reports.
func (k Kind) String() string {
	names := [...]string{"", "unreachable", "timeout", "failed", "not_understood", "busy", "rejected", "no_record", "unsupported", "frequency"}
	if int(k) < len(names) {
		return names[k]
	}
	return fmt.Sprintf("kind(%d)", k)
}

// ErrCredential is the cause of a refusal to build a source with these credentials. Field
// names the slot; the message goes on where a sentence has named the credentials.
var ErrCredential = errors.New("the credentials do not fit")

// Error is why there is no verdict. It holds nothing of the person asked about.
type Error struct {
	Kind Kind
	Sent bool // the question may have reached the source
	// Retry: the source surely did not process the question, so another one may be asked.
	// What was not sent needs no Retry.
	Retry     bool
	Charged   quartet.Charged // whether the source charges us for it
	Code      string          // the source's own code, if it gave one
	Reference string          // the source's own number of the question, if it gave one
	Cause     error           // transport error; must hold no element
}

// Error implements error.
func (e *Error) Error() string {
	text := "source: " + e.Kind.String()
	if e.Code != "" {
		text += " (code " + e.Code + ")"
	}
	return text
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }
