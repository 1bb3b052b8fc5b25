package wire

import (
	"regexp"
	"strings"

	"quartet/internal/source"
)

var (
	code      = regexp.MustCompile(`^-?[A-Za-z0-9]+([._-][A-Za-z0-9]+)*$`)
	reference = regexp.MustCompile(`^[0-9A-Za-z_-]+$`)
)

// Code is what a source calls its result, or nothing where that has not the form of a
// code or holds anything of the person: some answers repeat the question.
func Code(q source.Query, text string) string {
	if len(text) > 80 || !code.MatchString(text) || tells(q, text) {
		return ""
	}
	return text
}

// Reference is the number that a source gave the question, under the same conditions.
func Reference(q source.Query, text string) string {
	if len(text) > 64 || !reference.MatchString(text) || tells(q, text) {
		return ""
	}
	return text
}

// tells reports whether a text holds an element of the person.
func tells(q source.Query, text string) bool {
	text = strings.ToUpper(text)
	for _, element := range []string{q.Elements.Name.Reveal(), q.Elements.ID.Reveal(), q.Elements.Card.Reveal(), q.Elements.Mobile.Reveal()} {
		if element != "" && strings.Contains(text, element) {
			return true
		}
	}
	return false
}
