package route

import (
	"cmp"
	"slices"

	"quartet"
)

// order puts the sources in the order in which they are asked about one question. The list
// is shared and must not be written to.
func (t *table) order(c *call) []*member {
	if t.fixed || c.pinned {
		return t.members
	}
	queue := slices.Clone(t.members) // they lie in the order of priority
	if t.policy.Order == quartet.OrderCheapest {
		slices.SortStableFunc(queue, func(a, b *member) int {
			return cmp.Compare(a.price(c.now, c.question.Need), b.price(c.now, c.question.Need))
		})
	}
	alike := func(a, b *member) bool {
		return a.Terms.Priority == b.Terms.Priority && localFirst(a, b) == 0 &&
			(t.policy.Order != quartet.OrderCheapest || a.price(c.now, c.question.Need) == b.price(c.now, c.question.Need))
	}
	for from := 0; from < len(queue); {
		to := from + 1
		for to < len(queue) && alike(queue[from], queue[to]) {
			to++
		}
		shuffle(queue[from:to], c.opts.Random)
		from = to
	}
	t.newcomerFirst(queue, c.opts.Random)
	return queue
}

// fixedOrder reports whether the order is the same for every question.
func (t *table) fixedOrder() bool {
	for i, m := range t.members {
		if m.Terms.Share > 0 || i > 0 && m.Terms.Priority == t.members[i-1].Terms.Priority && localFirst(m, t.members[i-1]) == 0 {
			return false
		}
	}
	return t.policy.Order != quartet.OrderCheapest
}

// shuffle draws those that are alike one after the other, each by its weight.
func shuffle(alike []*member, random func(int) int) {
	for ; len(alike) > 1; alike = alike[1:] {
		total := 0
		for _, m := range alike {
			total += max(m.Terms.Weight, 1)
		}
		drawn := random(total)
		for i, m := range alike {
			if drawn -= max(m.Terms.Weight, 1); drawn < 0 {
				copy(alike[1:i+1], alike[:i]) // the others keep their places among themselves
				alike[0] = m
				break
			}
		}
	}
}

// localFirst puts a source that holds the data before one that sells it: it discloses nobody.
func localFirst(a, b *member) int {
	switch {
	case a.Kind.Local() == b.Kind.Local():
		return 0
	case a.Kind.Local():
		return -1
	default:
		return 1
	}
}

// newcomerFirst brings a newcomer before all other suppliers for its share of the calls; a
// local source that leads them still leads. Shares add up; what goes beyond all calls is cut
// off.
func (t *table) newcomerFirst(queue []*member, random func(int) int) {
	if t.shares == 0 {
		return
	}
	drawn := random(100)
	for _, m := range t.members {
		if drawn -= m.Terms.Share; drawn < 0 {
			head := slices.IndexFunc(queue, func(m *member) bool { return !m.Kind.Local() })
			if at := slices.Index(queue, m); at > head && head >= 0 {
				copy(queue[head+1:at+1], queue[head:at])
				queue[head] = m
			}
			return
		}
	}
}
