package wire

import (
	"quartet"
	"quartet/internal/source"
)

// Meaning is what a source's code says: a verdict or a kind of failure, and whether it is
// charged. The sources keep tables of them.
type Meaning struct {
	Verdict quartet.Verdict // or NoVerdict, with Kind
	Reason  quartet.Reason
	Differs quartet.ElementSet
	Kind    source.Kind
	Retry   bool
	Charged quartet.Charged
}

// Unknown is the meaning of whatever stands in no table.
var Unknown = Meaning{Kind: source.NotUnderstood}

// Answer is the meaning as a source gives it, with its own code and number.
func (m Meaning) Answer(code, reference string) (source.Answer, error) {
	if m.Verdict != quartet.NoVerdict {
		return source.Answer{
			Verdict: m.Verdict, Reason: m.Reason, Differs: m.Differs,
			Charged: m.Charged, Code: code, Reference: reference,
		}, nil
	}
	return source.Answer{}, &source.Error{
		Kind: m.Kind, Sent: true, Retry: m.Retry, Charged: m.Charged, Code: code, Reference: reference,
	}
}
