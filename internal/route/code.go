package route

import (
	"quartet"
	"quartet/internal/source"
)

// judge reads what came of a question: what is told, and what may follow. The next source
// may be asked only when this one surely did not process the question.
func (c *call) judge(m *member, res *result) step {
	c.out.Source = m.Name
	if res.verdict() {
		c.out.Code, c.out.Answer = quartet.CodeOK, res.answer
		return answered
	}
	if res.thrown != "" {
		c.out.Fault = "a source panicked with a " + res.thrown
		return stop
	}
	code, final := codeOf(res.failure.Kind)
	if final && (!m.Kind.Local() || code != quartet.CodeNoRecord) {
		c.out.Code = code
		return answered
	}
	c.why.failed(code)
	if final || !res.failure.Sent || res.failure.Retry {
		return goOn
	}
	return stop
}

// codeOf translates a kind; final ones are answers that no other source may be asked over.
func codeOf(k source.Kind) (code quartet.Code, final bool) {
	switch k {
	case source.Unreachable:
		return quartet.CodeUnreachable, false
	case source.Timeout:
		return quartet.CodeDeadline, false
	case source.Failed:
		return quartet.CodeSourcesFailed, false
	case source.Busy:
		return quartet.CodeSourceBusy, false
	case source.Rejected:
		return quartet.CodeSourceRejected, false
	case source.NoRecord:
		return quartet.CodeNoRecord, true
	case source.Unsupported:
		return quartet.CodeUnsupported, false
	case source.Frequency:
		return quartet.CodeLimited, true
	default:
		return quartet.CodeNotUnderstood, false
	}
}

// gravity is the precedence when several sources failed differently.
var gravity = [...]quartet.Code{
	quartet.CodeDeadline, quartet.CodeNotUnderstood, quartet.CodeSourceRejected, quartet.CodeSourceBusy,
	quartet.CodeSourcesFailed, quartet.CodeUnreachable, quartet.CodeUnsupported, quartet.CodeNoRecord, quartet.CodeSourcesOff,
}

func graver(a, b quartet.Code) quartet.Code {
	if a == 0 {
		return b
	}
	for _, c := range gravity {
		if a == c || b == c {
			return c
		}
	}
	return a
}

// why gathers why there is no verdict.
//
// The rule: sources that were asked and failed, and those that would have been asked but
// are closed just now, count by gravity. Where there are none: 10010 if some source takes
// this question, but none for this purpose; 10013 if none takes it at all; 10011 if none is
// on. A source that is off, or that is passed over because the account is pinned to
// another, never counts.
type why struct {
	worst       quartet.Code // of those that failed or are closed
	purpose     bool         // some source takes the question, though not for this purpose
	unsupported bool         // some source does not take it
}

func (w *why) failed(code quartet.Code) { w.worst = graver(w.worst, code) }

func (w *why) passed(word string) {
	switch code := codeOfSkipped(word); {
	case word == SkippedOff, word == SkippedPinned:
	case code == quartet.CodeForbidden:
		w.purpose = true
	case code == quartet.CodeUnsupported:
		w.unsupported = true
	default:
		w.failed(code)
	}
}

func (w *why) code() quartet.Code {
	switch {
	case w.worst != 0:
		return w.worst
	case w.purpose:
		return quartet.CodeForbidden
	case w.unsupported:
		return quartet.CodeUnsupported
	default:
		return quartet.CodeSourcesOff
	}
}
