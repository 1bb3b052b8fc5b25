package wire

import (
	"regexp"
	"strings"
	"unicode"

	"quartet"
	"quartet/internal/source"
)

// Discreet says what of an answer may be kept: nothing that repeats anything of the person
// asked about, and no text that has not the form it should have. Some answers repeat the
// question.
type Discreet struct {
	forms    []string // of the elements, in lower case, in clear and encoded
	elements []string
	unknown  bool // nobody knows whom the question was about
}

// About is for the answer to a question about a person.
func About(e quartet.Elements) Discreet {
	var d Discreet
	for _, element := range []string{e.Name.Reveal(), e.ID.Reveal(), e.Card.Reveal(), e.Mobile.Reveal()} {
		if element == "" {
			continue
		}
		d.elements = append(d.elements, element)
		d.forms = append(d.forms, forms(element)...)
	}
	return d
}

// AboutSomebody is for the answer to a question that names nobody: an inquiry. What looks
// like a mobile, an ID number or a card is dropped.
func AboutSomebody() Discreet { return Discreet{unknown: true} }

// Code is a source's result code as it may be kept; nothing where it may not.
func Code(q source.Query, text string) string { return About(q.Elements).Code(text) }

// Reference is the number that a source gave the question, under the same conditions.
func Reference(q source.Query, text string) string { return Code(q, text) }

// codeForm is what codes and numbers of suppliers look like.
var codeForm = regexp.MustCompile(`^[0-9A-Za-z-][0-9A-Za-z _.,:/-]{0,63}$`)

// Code gives a code or number as it may be kept; nothing where it may not.
func (d Discreet) Code(text string) string {
	if !codeForm.MatchString(text) || d.repeats(text) {
		return ""
	}
	return text
}

// Words gives a name or kind that people read, under the same conditions.
func (d Discreet) Words(text string) string {
	if len(text) > 64 || strings.ContainsFunc(text, func(r rune) bool { return r == unicode.ReplacementChar || !unicode.IsPrint(r) }) || d.repeats(text) {
		return ""
	}
	return text
}

// piece is how many digits in a row betray the element that they are of.
const piece = 8

var (
	runs       = regexp.MustCompile(`\d{8,}`)
	separators = strings.NewReplacer(" ", "", "-", "", ".", "", "_", "", ":", "", "/", "", ",", "")
)

// repeats reports whether a text holds an element, in clear or encoded, or a longer piece
// of one, whatever separates its characters.
func (d Discreet) repeats(text string) bool {
	text = strings.ToLower(text)
	bare := separators.Replace(text)
	if d.unknown && (resembles(text) || resembles(bare)) {
		return true
	}
	for _, form := range d.forms {
		if strings.Contains(text, form) || strings.Contains(bare, separators.Replace(form)) {
			return true
		}
	}
	for _, run := range runs.FindAllString(bare, -1) {
		for i := range len(run) - piece + 1 {
			for _, element := range d.elements {
				if strings.Contains(element, run[i:i+piece]) {
					return true
				}
			}
		}
	}
	return false
}
