package httpjson

import (
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"strings"
	"time"
	"unicode"

	"quartet"
)

// discreet says what of an answer may be kept: nothing that repeats an element of the person
// asked about, and no text that is not of the form it should have.
type discreet struct {
	elements []string
	unknown  bool // an inquiry does not know whom the question was about
}

func discreetOf(e quartet.Elements) discreet {
	var d discreet
	for _, text := range []string{e.Name.Reveal(), e.ID.Reveal(), e.Card.Reveal(), e.Mobile.Reveal()} {
		if text != "" {
			d.elements = append(d.elements, text)
		}
	}
	return d
}

// codeForm is what codes and numbers of suppliers look like.
var codeForm = regexp.MustCompile(`^[0-9A-Za-z-][0-9A-Za-z _.,:/-]{0,63}$`)

// code gives a code or number as it may be kept; "" if it may not.
func (d discreet) code(text string) string {
	if !codeForm.MatchString(text) || d.repeats(text) {
		return ""
	}
	return text
}

// words gives a name or kind that people read.
func (d discreet) words(text string) string {
	if len(text) > 64 || d.repeats(text) || strings.ContainsFunc(text, func(r rune) bool { return r == unicode.ReplacementChar || !unicode.IsPrint(r) }) {
		return ""
	}
	return text
}

var (
	runs       = regexp.MustCompile(`\d{8,}`)
	separators = strings.NewReplacer(" ", "", "-", "", ".", "", "_", "", ":", "", "/", "")
)

// repeats reports whether a text holds an element, in clear or encoded, or a longer piece
// of one.
func (d discreet) repeats(text string) bool {
	bare := strings.ToLower(separators.Replace(text))
	if d.unknown && resembles(bare) {
		return true
	}
	for _, e := range d.elements {
		for _, form := range []string{e, hex.EncodeToString([]byte(e)), base64.StdEncoding.EncodeToString([]byte(e)), hex.EncodeToString(digest("md5", []byte(e)))} {
			if form = strings.ToLower(form); strings.Contains(bare, form) || strings.Contains(strings.ToLower(text), form) {
				return true
			}
		}
		for _, run := range runs.FindAllString(bare, -1) {
			if strings.Contains(e, run) {
				return true
			}
		}
	}
	return false
}

// resembles reports whether a text is a mobile, an ID or a UnionPay card number by its form.
func resembles(text string) bool {
	if _, rej := quartet.NormalizeMobile(text); rej == nil {
		return true
	}
	if _, rej := quartet.NormalizeIDNumber(text, time.Now()); rej == nil {
		return true
	}
	n := len(text)
	return n >= 16 && n <= 19 && strings.HasPrefix(text, "62") && runs.FindString(text) == text && quartet.LuhnDigit(text[:n-1]) == text[n-1]
}
