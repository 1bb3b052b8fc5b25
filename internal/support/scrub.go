package support

import (
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"quartet"
	"quartet/internal/obs"
)

const (
	hidden   = "[已隐藏]"
	least    = 11 // digits of a mobile; ID numbers and cards have more
	idDigits = 17 // of an ID number that ends in X
)

// Scrub takes out of a text whatever looks like an ID number, a card or a mobile, however its
// digits are parted, and what nobody can see. It tells whether anything was taken out. A seqNo,
// and an address of the net, stay.
func Scrub(text string) (scrubbed string, found bool) {
	var clean strings.Builder
	for _, r := range text {
		if !unseen(r) {
			clean.WriteRune(r)
		}
	}
	text = clean.String()
	var out strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case unicode.IsDigit(r):
			end, digits := numberAt(text, i)
			if digits >= least && !isAddress(text[i:end]) {
				out.WriteString(hidden)
				found = true
			} else {
				out.WriteString(text[i:end])
			}
			i = end
		case isLetter(r):
			end := wordEnd(text, i)
			if end-i == quartet.SeqNoLen && isSeqNo(text[i:end]) {
				out.WriteString(text[i:end])
				i = end
				continue
			}
			out.WriteString(text[i : i+size])
			i += size
		default:
			out.WriteString(text[i : i+size])
			i += size
		}
	}
	text = out.String()
	again := obs.Redact(text) // the net under every log: what it would mask is masked here too
	return again, found || again != text
}

const leastReason, mostReason = 4, 200 // characters

// Reason is why somebody looks at what is masked, as the audit keeps it. ErrInvalid: it says too
// little or too much, or holds what Scrub would take out, which the audit must never keep.
func Reason(text string) (string, error) {
	text = strings.TrimSpace(text)
	n := utf8.RuneCountInString(text)
	_, found := Scrub(text)
	switch {
	case n < leastReason || n > mostReason:
		return "", &quartet.Error{Code: quartet.ErrInvalid, Field: "reason", Message: "reason must say in 4 to 200 characters why it must be seen"}
	case found:
		return "", &quartet.Error{Code: quartet.ErrInvalid, Field: "reason", Message: "reason must hold no number of a card, a document or a mobile, since it is kept; name the ticket or the order instead"}
	}
	return text, nil
}

// numberAt is the end of the number that begins at i, with single signs between its digits,
// and how many digits it has. A seqNo that begins with a digit is a number of none.
func numberAt(text string, i int) (end, digits int) {
	if end := wordEnd(text, i); end-i == quartet.SeqNoLen && isSeqNo(text[i:end]) {
		return end, 0
	}
	end = i
	for gap := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		i += size
		switch {
		case unicode.IsDigit(r):
			digits, end, gap = digits+1, i, 0
		case digits == idDigits && (r == 'X' || r == 'x' || r == 'Ｘ' || r == 'ｘ') && gap < 2:
			return i, digits + 1
		case parts(r) && gap < 2:
			gap++
		default:
			return end, digits
		}
	}
	return end, digits
}

// parts reports whether people write a sign between groups of digits.
func parts(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune("-－—–_.．·•/、,，*+()（）|~", r)
}

func unseen(r rune) bool {
	return unicode.Is(unicode.Cf, r) || r >= 0xFE00 && r <= 0xFE0F || r >= 0xE0100 && r <= 0xE01EF ||
		unicode.IsControl(r) && r != '\n' && r != '\t'
}

func isAddress(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}

func isLetter(r rune) bool { return r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' }

func wordEnd(text string, i int) int {
	for i < len(text) && (text[i] >= '0' && text[i] <= '9' || isLetter(rune(text[i]))) {
		i++
	}
	return i
}

// isSeqNo: eight of 0-9A-Z, a letter among them, and ten digits.
func isSeqNo(word string) bool {
	letters := 0
	for i, b := range []byte(word) {
		switch {
		case b >= '0' && b <= '9':
		case b >= 'A' && b <= 'Z' && i < quartet.SeqNoLen-10:
			letters++
		default:
			return false
		}
	}
	return letters > 0
}
