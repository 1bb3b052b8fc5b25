package route

import (
	"slices"

	"quartet"
)

// The words for why a source was not asked: a closed set, in the order in which they are
// looked at. One that was not needed, because another had answered, is not noted at all.
const (
	SkippedPinned      = "pinned elsewhere"
	SkippedOff         = "off"
	SkippedBroken      = "broken"
	SkippedElements    = "elements"
	SkippedIDType      = "id type"
	SkippedCardKind    = "card kind"
	SkippedAuthorised  = "not authorised"
	SkippedPurpose     = "purpose"
	SkippedMaintenance = "maintenance"
	SkippedDailyCap    = "daily cap"
	SkippedBreaker     = "breaker open"
	SkippedBusy        = "busy"
	SkippedTooFast     = "too fast"
)

// Skipped explains one of the words.
type Skipped struct {
	Word string
	Code quartet.Code // what the caller is told if this is all that stood in the way
	Why  string
}

var skipped = [...]Skipped{
	{SkippedPinned, quartet.CodeSourcesOff, "the account is pinned to another source"},
	{SkippedOff, quartet.CodeSourcesOff, "it is switched off"},
	{SkippedBroken, quartet.CodeSourcesOff, "what describes it, or its credentials, cannot be used; the log says more"},
	{SkippedElements, quartet.CodeUnsupported, "it does not compare just the elements of this product"},
	{SkippedIDType, quartet.CodeUnsupported, "it does not take this kind of ID number"},
	{SkippedCardKind, quartet.CodeUnsupported, "it does not take this kind of card; a card of an unknown prefix passes"},
	{SkippedAuthorised, quartet.CodeSourcesOff, "its authorisation has not begun, or has ended"},
	{SkippedPurpose, quartet.CodeForbidden, "it may not be asked for the purpose of this account"},
	{SkippedMaintenance, quartet.CodeSourcesOff, "it is under maintenance"},
	{SkippedDailyCap, quartet.CodeSourceBusy, "it has had its questions of today (Asia/Shanghai)"},
	{SkippedBreaker, quartet.CodeSourcesOff, "it failed several times in a row and is left alone"},
	{SkippedBusy, quartet.CodeSourceBusy, "as many questions as it takes at once are with it"},
	{SkippedTooFast, quartet.CodeSourceBusy, "it has had its questions of this second"},
}

// SkippedWords lists the words, in the order in which they are looked at.
func SkippedWords() []Skipped { return slices.Clone(skipped[:]) }

func codeOfSkipped(word string) quartet.Code {
	for i := range skipped {
		if skipped[i].Word == word {
			return skipped[i].Code
		}
	}
	return quartet.CodeSourcesOff
}

// ineligible says why a source may not be asked about this question; empty: it may.
func (c *call) ineligible(m *member) string {
	if c.pinned && m.Name != c.pin {
		return SkippedPinned
	}
	if word := m.broken(); word != "" {
		return word
	}
	q, t := &c.question, &m.Terms
	switch {
	case !takes(m.scope.Needs, q.Need):
		return SkippedElements
	case q.Need.Has(quartet.NeedID) && (!takesID(m.scope.IDTypes, q.Elements.ID) || !takesID(t.IDTypes, q.Elements.ID)):
		return SkippedIDType
	case !takesCard(t.CardKinds, q.Elements.Card):
		return SkippedCardKind
	case !t.Authorised(c.now):
		return SkippedAuthorised
	case !takes(t.Purposes, q.Purpose):
		return SkippedPurpose
	case t.Resting(c.now):
		return SkippedMaintenance
	default:
		return ""
	}
}

// broken says why a source is asked about nothing.
func (m *member) broken() string {
	switch {
	case !m.On:
		return SkippedOff
	case m.Asker == nil || m.Broken != "":
		return SkippedBroken
	default:
		return ""
	}
}

// takes reports whether a list holds something; an empty one does not bound.
func takes[T comparable](list []T, one T) bool { return len(list) == 0 || slices.Contains(list, one) }

func takesID(types []quartet.IDType, id quartet.IDNumber) bool {
	return len(types) == 0 || slices.Contains(types, id.Type())
}

func takesCard(kinds []string, card quartet.Card) bool {
	if len(kinds) == 0 {
		return true
	}
	kind := card.BIN().Kind
	return kind == "" || slices.Contains(kinds, kind)
}
