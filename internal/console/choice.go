package console

import (
	"cmp"
	"slices"
	"strings"
)

// choice is one of those of a field.
type choice struct {
	Value, Label string
	Chosen       bool
}

// chosen marks the one of some choices that was made.
func chosen(list []choice, value string) []choice {
	list = slices.Clone(list)
	for i := range list {
		list[i].Chosen = list[i].Value == value
	}
	return list
}

// named are choices of names by their ids, in the order of the names.
func named(names map[string]string) []choice {
	var list []choice
	for id, name := range names {
		list = append(list, choice{Value: id, Label: name})
	}
	slices.SortFunc(list, func(a, b choice) int { return strings.Compare(a.Label+a.Value, b.Label+b.Value) })
	return list
}

// chosenOf are choices, of which one is taken; those before it stand for all.
func chosenOf(all []choice, value string) []choice {
	return append([]choice{{Label: "全部", Chosen: value == ""}}, chosen(all, value)...)
}

// labelIn is the label of a value, or the value where it is none of them.
func labelIn(list []choice, value string) string { return cmp.Or(labelOf(list, value), value) }

// labelOf is the label of a value, or "" where it is none of them.
func labelOf(list []choice, value string) string {
	for _, c := range list {
		if c.Value == value {
			return c.Label
		}
	}
	return ""
}

// kinds are choices that say what they are for.
type kinds []struct{ Value, Label, Hint string }

// label and hint are those of a value, or "" where it is none of them.
func (k kinds) label(value string) string {
	for _, one := range k {
		if one.Value == value {
			return one.Label
		}
	}
	return ""
}

func (k kinds) hint(value string) string {
	for _, one := range k {
		if one.Value == value {
			return one.Hint
		}
	}
	return ""
}
