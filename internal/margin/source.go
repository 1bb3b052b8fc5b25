package margin

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"quartet"
)

// SourceLine is how one source fared in a span of time.
type SourceLine struct {
	Source    string
	Questions int64
	Verdicts  int64
	Failures  map[string]int64 // in one word → how often
	NoAnswer  int64            // of these: nothing came back in time
	Average   time.Duration    // of what was answered
	P95       time.Duration    // in whole milliseconds: 95 of 100 answers took no longer

	Charged map[quartet.Charged]int64 // questions
	Cost    quartet.Millifen
	Open    quartet.Millifen
}

// unanswered are the failures after which nobody knows what the source would have said.
// How long they took tells of our patience and not of the source.
var unanswered = []string{"unreachable", "timeout", "given_up", "forsaken", "panic"}

// tally is a line in the making.
type tally struct {
	SourceLine

	milliseconds map[int64]int64
	answered     int64
	total        time.Duration
}

// BySource gives a line for each source that was asked, by name.
func BySource(ctx context.Context, store Store, span Span) ([]SourceLine, error) {
	found := map[string]*tally{}
	of := func(source string) *tally {
		if found[source] == nil {
			found[source] = &tally{
				SourceLine:   SourceLine{Source: source, Failures: map[string]int64{}, Charged: map[quartet.Charged]int64{}},
				milliseconds: map[int64]int64{},
			}
		}
		return found[source]
	}
	err := span.days(ctx, store, func(_, from, to int64) error {
		tallies, err := store.Tallies(ctx, from, to, span.Product)
		if err != nil {
			return err
		}
		for i := range tallies {
			of(tallies[i].Source).count(&tallies[i])
		}
		waitings, err := store.Waitings(ctx, from, to, span.Product)
		if err != nil {
			return err
		}
		for _, w := range waitings {
			if t := of(w.Source); !slices.Contains(unanswered, w.Failure) {
				t.milliseconds[w.Milliseconds] += w.Count
				t.answered, t.total = t.answered+w.Count, t.total+w.Total
			}
		}
		return nil
	})
	lines := make([]SourceLine, 0, len(found))
	for _, t := range found {
		lines = append(lines, t.line())
	}
	slices.SortFunc(lines, func(a, b SourceLine) int { return cmp.Compare(a.Source, b.Source) })
	return lines, err
}

func (t *tally) count(q *quartet.Tally) {
	t.Questions += q.Count
	t.Charged[q.Charged] += q.Count
	switch q.Charged {
	case quartet.ChargedYes:
		t.Cost += q.Cost
	case quartet.ChargedUnknown:
		t.Open += q.Cost
	case quartet.ChargedNo:
	}
	if q.Verdict { // perhaps told afterwards, by a source that had failed
		t.Verdicts += q.Count
		return
	}
	t.Failures[q.Failure] += q.Count
	if slices.Contains(unanswered, q.Failure) {
		t.NoAnswer += q.Count
	}
}

func (t *tally) line() SourceLine {
	if t.answered == 0 {
		return t.SourceLine
	}
	t.Average = t.total / time.Duration(t.answered)
	seen := int64(0)
	for _, ms := range slices.Sorted(maps.Keys(t.milliseconds)) {
		if seen += t.milliseconds[ms]; seen*100 >= t.answered*95 {
			t.P95 = time.Duration(ms) * time.Millisecond
			break
		}
	}
	return t.SourceLine
}
