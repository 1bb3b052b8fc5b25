package quartet

import (
	"strings"
	"unicode"
)

// plain reports whether s is made of ASCII digits and letters alone, as most numbers are
// when they arrive; then there is nothing to scrub.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

// scrub takes out of a number what nobody can see or means: format controls, white space,
// the given separators; and folds full-width forms to ASCII. What remains may still be
// anything.
func scrub(s, separators string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		if invisible(r) || blank(r) {
			continue
		}
		if r >= 0xFF01 && r <= 0xFF5E {
			r -= 0xFF01 - '!'
		}
		if r < 0x80 && strings.IndexByte(separators, byte(r)) >= 0 {
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// invisible reports whether a rune has no shape of its own: format controls, variation
// selectors, the byte-order mark, the soft hyphen.
func invisible(r rune) bool {
	if r < 0x80 {
		return false
	}
	return unicode.Is(unicode.Cf, r) || r >= 0xFE00 && r <= 0xFE0F || r >= 0xE0100 && r <= 0xE01EF
}

func blank(r rune) bool {
	switch r {
	case ' ', '\t', '\n', '\r', 0xA0, 0x3000, 0x202F:
		return true
	default:
		return r >= 0x2000 && r <= 0x200A
	}
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// excelNumber reports whether s is a number in scientific notation: a spreadsheet has
// thrown digits away, and nothing can bring them back.
func excelNumber(s string) bool {
	mantissa, exponent, ok := strings.Cut(strings.ToUpper(s), "E")
	if !ok {
		return false
	}
	whole, fraction, hasDot := strings.Cut(mantissa, ".")
	return digits(whole) && (!hasDot || digits(fraction)) && digits(strings.TrimPrefix(exponent, "+"))
}

// mask keeps the first and last letters of a number and hides the rest.
func mask(s string, first, last int) string {
	if len(s) <= first+last {
		return strings.Repeat("*", len(s))
	}
	return s[:first] + strings.Repeat("*", len(s)-first-last) + s[len(s)-last:]
}

func quoted(s string) ([]byte, error) { return []byte(`"` + s + `"`), nil }
