package route

import (
	"slices"

	"quartet"
)

// The words for why it was just this source that was asked: a closed set, in the order in
// which they are looked at. Those that were passed over before it are noted with their own.
const (
	ChosenBeside   = "beside"
	ChosenPinned   = "pinned"
	ChosenNext     = "next"
	ChosenOnlyOne  = "only one"
	ChosenShare    = "share"
	ChosenWeight   = "weight"
	ChosenCheapest = "cheapest"
	ChosenPriority = "priority"
)

// Chosen explains one of the words.
type Chosen struct{ Word, Why string }

var chosen = [...]Chosen{
	{ChosenBeside, "the one before it was slow, and is at work yet"},
	{ChosenPinned, "the account is pinned to it"},
	{ChosenNext, "its turn came after one that surely did not process the question, or a registry that does not know the card"},
	{ChosenOnlyOne, "no other source is on"},
	{ChosenShare, "the draw fell on it as a newcomer"},
	{ChosenWeight, "it was drawn by weight among those that are alike"},
	{ChosenCheapest, "nobody who could be asked costs less"},
	{ChosenPriority, "of those that could be asked it comes first"},
}

// ChosenWords lists the words, in the order in which they are looked at.
func ChosenWords() []Chosen { return slices.Clone(chosen[:]) }

// chosen says why it is this one's turn, in one word; that it is asked beside another is
// known to who asks it.
func (c *call) chosen(m *member) string {
	switch {
	case c.pinned:
		return ChosenPinned
	case slices.ContainsFunc(c.out.Attempts, func(a quartet.Attempt) bool { return a.Skipped == "" }):
		return ChosenNext
	case c.table.usable == 1:
		return ChosenOnlyOne
	case m == c.newcomer:
		return ChosenShare
	case c.drawn(m):
		return ChosenWeight
	case c.table.policy.Order == quartet.OrderCheapest:
		return ChosenCheapest
	default:
		return ChosenPriority
	}
}

// drawn reports whether another source that is on was alike, so that weights decided.
func (c *call) drawn(m *member) bool {
	return !c.table.fixed && slices.ContainsFunc(c.table.members, func(other *member) bool {
		return other != m && other.broken() == "" && c.alike(m, other)
	})
}
