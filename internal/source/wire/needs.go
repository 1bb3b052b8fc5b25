package wire

import (
	"slices"

	"quartet"
	"quartet/internal/source"
)

// The sets of elements that suppliers sell a comparison of.
const (
	Two   = quartet.NeedCard | quartet.NeedName
	Three = Two | quartet.NeedID
	Four  = quartet.NeedAll
)

// Needs reads the setting that lists how many elements are compared: some of 2, 3 and 4.
// None means all of them.
func Needs(field string, numbers []int) ([]quartet.ElementSet, error) {
	if len(numbers) == 0 {
		return []quartet.ElementSet{Two, Three, Four}, nil
	}
	var needs []quartet.ElementSet
	for _, n := range numbers {
		if n < 2 || n > 4 {
			return nil, Invalid(field, "has %d in it; write some of 2, 3 and 4", n)
		}
		need := [...]quartet.ElementSet{Two, Three, Four}[n-2]
		if slices.Contains(needs, need) {
			return nil, Invalid(field, "has %d in it twice", n)
		}
		needs = append(needs, need)
	}
	return needs, nil
}

// Residents is the scope of a source that compares these sets for resident ID cards.
func Residents(needs []quartet.ElementSet) source.Scope {
	return source.Scope{Needs: needs, IDTypes: []quartet.IDType{quartet.IDResident}}
}

// Takes reports whether a question lies within a scope.
func Takes(s source.Scope, q source.Query) bool {
	return slices.Contains(s.Needs, q.Need) &&
		(!q.Need.Has(quartet.NeedID) || slices.Contains(s.IDTypes, q.Elements.ID.Type()))
}
