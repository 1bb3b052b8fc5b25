package httpjson

import (
	"slices"
	"strings"

	"quartet"
	"quartet/internal/source"
)

// meaning is an outcome whose words were read.
type meaning struct {
	verdict quartet.Verdict
	reason  quartet.Reason
	differs quartet.ElementSet
	kind    source.Kind // with no verdict
	retry   bool
	charged quartet.Charged
	priced  bool // the outcome itself says whether it is charged
}

// word reads the one word that says what a value means: a verdict, a reason, which has its
// verdict, or a kind of failure.
func word(text string) (m meaning, ok bool) {
	for v := quartet.Match; v <= quartet.Undetermined; v++ {
		if v.String() == text {
			return meaning{verdict: v}, true
		}
		if r := quartet.Reason(text); r != quartet.ReasonNone && r.Explains(v) {
			return meaning{verdict: v, reason: r}, true
		}
	}
	for _, k := range kinds() {
		if k.String() == text {
			return meaning{kind: k}, true
		}
	}
	return meaning{}, false
}

// kinds are the failures that an answer can mean. That nobody could be reached, or that the
// time is over, is not for an answer to say.
func kinds() []source.Kind {
	return []source.Kind{
		source.Failed, source.NotUnderstood, source.Busy, source.Rejected,
		source.NoRecord, source.Unsupported, source.Frequency,
	}
}

const outcomeWords = "match, mismatch, undetermined; holder_mismatch, mobile_mismatch; card_lost, card_expired, card_restricted, not_enabled, dormant, issuer_refused; failed, not_understood, busy, rejected, no_record, unsupported, frequency"

// read fills the meaning, or tells what is wrong.
func (o *outcome) read() string {
	m, ok := word(o.Is)
	if !ok {
		return "must say what the value means, by one of: " + outcomeWords
	}
	if len(o.Differs) > 0 {
		if m.verdict != quartet.Mismatch {
			return "differs belongs to a mismatch"
		}
		for _, name := range o.Differs {
			set := quartet.Element(name).Set()
			if set == 0 {
				return "differs lists name, id, card or mobile"
			}
			m.differs |= set
		}
		implied := quartet.MismatchReason(m.differs)
		if m.reason != quartet.ReasonNone && m.reason != implied {
			return "what differs does not fit " + o.Is + "; leave one of them out"
		}
		m.reason = implied
	}
	if m.reason == quartet.ReasonMobileMismatch {
		m.differs = quartet.NeedMobile
	}
	m.charged, m.priced, ok = chargedWord(o.Charged)
	if !ok {
		return "charged must be yes, no or unknown"
	}
	if o.Retry {
		switch {
		case m.kind == 0 || m.kind == source.NoRecord || m.kind == source.Frequency:
			return "retry: another supplier must not be asked after a verdict, no_record or frequency; leave it out"
		case m.charged == quartet.ChargedYes:
			return "retry: what the supplier charges for was processed; leave one of them out"
		}
		m.retry = true
	}
	o.meaning = m
	return ""
}

func chargedWord(text string) (c quartet.Charged, given, ok bool) {
	switch text {
	case "":
		return quartet.ChargedUnknown, false, true
	case "yes", "true":
		return quartet.ChargedYes, true, true
	case "no", "false":
		return quartet.ChargedNo, true, true
	case "unknown":
		return quartet.ChargedUnknown, true, true
	default:
		return quartet.ChargedUnknown, false, false
	}
}

// elementSet reads name+id+card+mobile.
func elementSet(text string) (set quartet.ElementSet, ok bool) {
	for name := range strings.SplitSeq(text, "+") {
		one := quartet.Element(strings.TrimSpace(name)).Set()
		if one == 0 || set.Has(one) {
			return 0, false
		}
		set |= one
	}
	return set, set.Has(quartet.NeedCard)
}

func knownIDType(text string) bool {
	return slices.Contains([]quartet.IDType{
		quartet.IDResident, quartet.IDPermitHK, quartet.IDPermitMO, quartet.IDPermitTW,
		quartet.IDForeignPR, quartet.IDForeignOld,
	}, quartet.IDType(text))
}
