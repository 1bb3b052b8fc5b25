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
	"fmt"

	"quartet"
)

// Query is one question.
type Query struct {
	Elements quartet.Elements
	Need     quartet.ElementSet // the elements to compare
	SeqNo    quartet.SeqNo      // our number of the call, for the source's log
}

// Answer is a verdict. Verdict is never NoVerdict.
type Answer struct {
	Verdict   quartet.Verdict
	Reason    quartet.Reason
	Differs   quartet.ElementSet // of a mismatch: which of the needed elements; none if it cannot tell
	Reference string             // the source's own number of the question, if it has one
}

// Source gives verdicts. Verify returns an *Error, never another type, and honours the
// context's deadline. It is safe for concurrent use.
type Source interface {
	Verify(ctx context.Context, q Query) (Answer, error)
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

// Known says yes, no, or that nobody can tell.
type Known uint8

// The three answers.
const (
	Unknown Known = iota
	No
	Yes
)

// Error is why there is no verdict. It holds nothing of the person asked about.
type Error struct {
	Kind    Kind
	Sent    bool   // the question may have reached the source
	Retry   bool   // the source itself would take the same question again
	Charged Known  // whether the source charges us for it
	Code    string // the source's own code, if it gave one
	Cause   error  // transport error; must hold no element
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
