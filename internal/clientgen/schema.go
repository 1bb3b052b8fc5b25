package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// book knows what is called how, and which structs are still to be written.
type book struct {
	doc   *description
	names map[string]string   // of schemas
	used  map[string][]string // by schema: what does what with it
	due   []string            // schemas
}

// newBook gives every schema its name. What the wire calls a body, a view or what is shown loses
// that word where nothing else has the shorter name.
func newBook(doc *description, taken map[string]bool) *book {
	b := &book{doc: doc, names: map[string]string{}, used: map[string][]string{}}
	all := slices.Sorted(maps.Keys(doc.Components.Schemas))
	gone := maps.Clone(taken)
	for _, s := range all {
		gone[s] = true
	}
	for _, s := range all {
		b.names[s] = s
		for _, word := range []string{"Body", "Shown", "View"} {
			if short, ok := strings.CutSuffix(s, word); ok && !gone[short] {
				gone[short] = true
				b.names[s] = short
			}
		}
		if b.names[s] == s && taken[s] {
			b.names[s] = "API" + s
		}
	}
	return b
}

// ask is the Go type of a value, whose struct will be written.
func (b *book) ask(s *schema, use string) string {
	switch s.kind() {
	case "string":
		if s.Format == "date-time" {
			return "time.Time"
		}
		return "string"
	case "integer":
		return "int64"
	case "number":
		return "float64"
	case "boolean":
		return "bool"
	case "array":
		return "[]" + b.ask(s.Items, use)
	case "object":
		more, _ := s.More.(map[string]any)
		value := schema{Type: more["type"]}
		return "map[string]" + b.ask(&value, use)
	}
	if s.Ref == "" {
		return "json.RawMessage"
	}
	name := s.name()
	if _, known := b.used[name]; !known {
		b.due = append(b.due, name)
	}
	if !slices.Contains(b.used[name], use) {
		b.used[name] = append(b.used[name], use)
	}
	return b.names[name]
}

// structs writes the structs that are due, and those that they hold.
func (b *book) structs(out *bytes.Buffer) {
	var written []string
	texts := map[string]string{}
	for len(b.due) > 0 {
		next := b.due[0]
		b.due = b.due[1:]
		written = append(written, next)
		texts[next] = b.fields(next)
	}
	slices.Sort(written)
	for _, s := range written {
		uses := b.used[s]
		if len(uses) > 3 {
			uses = append(slices.Clone(uses[:3]), "others do")
		}
		comment(out, b.names[s]+" is what "+strings.Join(uses, ", ")+".")
		fmt.Fprintf(out, "type %s struct {\n%s}\n\n", b.names[s], texts[s])
	}
}

func (b *book) fields(name string) string {
	var out strings.Builder
	s := b.doc.Components.Schemas[name]
	inOrder := slices.SortedFunc(maps.Keys(s.Properties), func(x, y string) int { return rank(x) - rank(y) + strings.Compare(x, y) })
	for _, property := range inOrder {
		p := s.Properties[property]
		kind, tag := b.ask(p, b.names[name]+" holds"), property
		if !slices.Contains(s.Required, property) {
			tag += ",omitzero"
			if p.Ref != "" || p.Zero {
				kind = "*" + kind
			}
		}
		fmt.Fprintf(&out, "%s %s `json:%q`%s\n", exported(property), kind, tag, beside(p.words()))
	}
	return out.String()
}

// rank puts what a thing is called before the rest.
func rank(property string) int {
	if property == "id" {
		return -10
	}
	return 0
}

// words say what a value is.
func (s *schema) words() (all []string) {
	if s.Description != "" {
		all = append(all, strings.ReplaceAll(s.Description, "\n", " "))
	}
	if len(s.Enum) > 0 {
		var enum []string
		for _, e := range s.Enum {
			if e != "" {
				enum = append(enum, fmt.Sprint(e))
			}
		}
		all = append(all, "one of "+strings.Join(enum, ", "))
	}
	if s.Pattern != "" {
		all = append(all, "written as "+s.Pattern)
	}
	return all
}

func beside(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return " // " + strings.Join(words, "; ")
}
