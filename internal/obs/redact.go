package obs

import (
	"strings"
	"unicode/utf8"

	"quartet"
)

const (
	masked    = "[redacted]"
	minMasked = 11 // a mobile; ID numbers and cards are longer
	seqNoLen  = 18
)

// Redact masks whatever looks like a card, an ID number or a mobile: every run of eleven
// or more digits, also when single blanks or hyphens part it into groups of three to
// six. A seqNo stays as it is, unless it is digits throughout. So does it mask the value of a
// token, of which the id stays.
func Redact(s string) string {
	s = withoutTokens(s)
	if countDigits(s) < minMasked {
		return s
	}
	var out strings.Builder
	rest := 0 // start of what is not copied yet
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if !isDigit(r) && !isLetter(r) {
			i += size
			continue
		}
		if end := wordEnd(s, i); isSeqNo(s[i:end]) {
			i = end
			continue
		}
		if !isDigit(r) {
			i += size
			continue
		}
		end, digits := runEnd(s, i)
		if digits >= minMasked {
			out.WriteString(s[rest:i])
			out.WriteString(masked)
			rest = end
		}
		i = end
	}
	if rest == 0 {
		return s
	}
	out.WriteString(s[rest:])
	return out.String()
}

// withoutTokens masks what stands behind the id of every token.
func withoutTokens(s string) string {
	const id = len(quartet.TokenPrefix) + 16
	var out strings.Builder
	for {
		at := strings.Index(s, quartet.TokenPrefix)
		if at < 0 {
			break
		}
		end := at + len(quartet.TokenPrefix)
		for end < len(s) && (isLetter(rune(s[end])) || isDigit(rune(s[end]))) {
			end++
		}
		out.WriteString(s[:min(at+id, end)])
		if end > at+id {
			out.WriteString(masked)
		}
		s = s[end:]
	}
	if out.Len() == 0 {
		return s
	}
	return out.String() + s
}

// runEnd is the end of the run of digits at i, single separators between groups of three
// to six included, and the number of its digits.
func runEnd(s string, i int) (end, digits int) {
	for {
		group := 0
		for i < len(s) {
			r, size := utf8.DecodeRuneInString(s[i:])
			if !isDigit(r) {
				break
			}
			i += size
			group++
		}
		digits, end = digits+group, i
		if group < 3 || group > 6 || i+1 >= len(s) || s[i] != ' ' && s[i] != '-' {
			return end, digits
		}
		r, _ := utf8.DecodeRuneInString(s[i+1:])
		if !isDigit(r) {
			return end, digits
		}
		i++
	}
}

func wordEnd(s string, i int) int {
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		if !isDigit(r) && !isLetter(r) {
			break
		}
		i += size
	}
	return i
}

// isSeqNo: eight of 0-9A-Z, a letter among them, and ten digits.
func isSeqNo(word string) bool {
	if len(word) != seqNoLen {
		return false
	}
	letters := 0
	for i := range len(word) {
		switch b := word[i]; {
		case b >= '0' && b <= '9':
		case b >= 'A' && b <= 'Z' && i < seqNoLen-10:
			letters++
		default:
			return false
		}
	}
	return letters > 0
}

func isDigit(r rune) bool  { return r >= '0' && r <= '9' || r >= '０' && r <= '９' }
func isLetter(r rune) bool { return r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' }

func countDigits(s string) int {
	n := 0
	for _, r := range s {
		if isDigit(r) {
			n++
		}
	}
	return n
}
