package quartet

import "time"

// Charged says whether a source charges us for a question.
type Charged uint8

// The three answers. Until somebody can tell, it is unknown, and never taken for a no.
const (
	ChargedUnknown Charged = iota
	ChargedNo
	ChargedYes
)

// String is the word for logs, lists and tables.
func (c Charged) String() string {
	switch c {
	case ChargedNo:
		return "no"
	case ChargedYes:
		return "yes"
	default:
		return "unknown"
	}
}

// Attempt is one source that was considered for a call, and what came of it. Skipped says
// why it was not asked; then nothing but Source and Skipped is set.
type Attempt struct {
	Source    string
	Skipped   string    // "off", "breaker open", …; empty: it was asked
	Why       string    // why just this one was asked: "priority", "next", …; empty where a crash took it
	At        time.Time // when it was asked
	Latency   time.Duration
	Sent      bool   // the question may have reached it
	Failure   string // how it failed, in one word; empty with a verdict
	Verdict   Verdict
	Reason    Reason
	Charged   Charged
	Cost      Millifen // what it charges, or would charge where that is unknown
	Reference string   // its own number of the question
	Code      string   // its own result code
	Note      string   // what else is worth knowing: "hedged", "told afterwards"
}

// NoteAfterwards marks an attempt whose outcome was learnt after its call had ended.
const NoteAfterwards = "told afterwards"

// FailureForsaken stands on an attempt whose call was given up before anybody said how it
// ended.
const FailureForsaken = "forsaken"

// SourceSum is what came in one way of the questions that were sent to a source in one hour.
type SourceSum struct {
	Source  string
	Hour    time.Time
	Failure string // empty: verdicts
	Asked   int64
	Took    time.Duration // all together
	Slowest time.Duration
	Cost    Millifen // of those that are charged
}

// Asked is a source that may be working on a question now, with what it would charge.
type Asked struct {
	Source string
	Cost   Millifen
}

// OpenAttempt is an attempt that was sent and of which nobody knows whether it is charged.
type OpenAttempt struct {
	SeqNo     SeqNo
	Place     int64 // among the attempts of its call
	Source    string
	At        time.Time
	Reference string
}
