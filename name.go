package quartet

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"unicode/utf8"
)

// Name is a person's name in normalised form: Han letters with U+00B7 between parts, or
// Latin capitals.
type Name struct{ text string }

// Reveal gives the name in clear.
func (v Name) Reveal() string { return v.text }

// IsZero reports whether there is none.
func (v Name) IsZero() bool { return v.text == "" }

// String is masked: the first letter and two stars.
func (v Name) String() string {
	r, _ := utf8.DecodeRuneInString(v.text)
	switch {
	case v.text == "":
		return ""
	case utf8.RuneCountInString(v.text) == 1:
		return "*"
	}
	return string(r) + "**"
}

// Format is masked, whatever the verb.
func (v Name) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, v.String()) }

// LogValue is masked.
func (v Name) LogValue() slog.Value { return slog.StringValue(v.String()) }

// MarshalJSON is masked.
func (v Name) MarshalJSON() ([]byte, error) { return quoted(v.String()) }

const maxName = 50 // letters

// ParseName normalises and checks a name: what is typed, copied or converted differently
// but means the same letter becomes one; what was damaged is refused. Simplified and
// traditional letters, variants and homophones stay as they are: they are other names.
func ParseName(s string) (Name, []Warning, *Rejection) {
	if commonName(s) {
		return Name{s}, nil, nil
	}
	return parseName(s)
}

// NormalizeName is ParseName without its warnings, for the road.
func NormalizeName(s string) (Name, *Rejection) {
	n, _, rej := ParseName(s)
	return n, rej
}

// commonName is the fast way for two or more everyday Han letters.
func commonName(s string) bool {
	n := 0
	for _, r := range s {
		if r < 0x4E00 || r > 0x9FFF {
			return false
		}
		n++
	}
	return n >= 2 && n <= maxName
}

func rejectName(code RejectCode, message string) (Name, []Warning, *Rejection) {
	return Name{}, nil, &Rejection{Field: ElementName, Code: code, Message: message}
}

const damaged = "the name holds a character that no name has; it was damaged on the way, so type it anew"

func parseName(s string) (Name, []Warning, *Rejection) { //nolint:gocognit // one pass over the letters, one rule each
	var (
		letters []rune
		warn    []Warning
		seen    = map[Warning]bool{}
		mapped  = func(w Warning) {
			if !seen[w] {
				seen[w] = true
				warn = append(warn, w)
			}
		}
		hanCount, latinCount int
	)
	if !utf8.ValidString(s) {
		return rejectName(RejectNameChar, damaged)
	}
	for _, r := range s {
		if invisible(r) {
			continue
		}
		if t, ok := puaTable()[r]; ok {
			r = t
			mapped(WarnNamePUA)
		} else if t, ok := radicalTable()[r]; ok {
			r = t
			mapped(WarnNameRadical)
		} else if t, ok := compatTable()[r]; ok {
			r = t
		}
		switch {
		case blank(r):
			r = ' '
		case dot(r):
			// judged below, by its neighbours
		case r >= 0xFF21 && r <= 0xFF3A || r >= 0xFF41 && r <= 0xFF5A || r == 0xFF07 || r == 0xFF0D || r == 0xFF0C:
			r -= 0xFF01 - '!'
		}
		if n := len(letters); n > 0 && mark(r) {
			if t, ok := latinTable()[[2]rune{letters[n-1], r}]; ok {
				letters[n-1] = t
				continue
			}
		}
		if r == 'ß' || r == 'ẞ' {
			letters, r = append(letters, 'S'), 'S'
		}
		r = capital(r)
		switch {
		case han(r):
			hanCount++
		case latin(r):
			latinCount++
		case r == ' ' || r == '-' || r == '\'' || r == 0x2019 || r == ',' || dot(r):
		default:
			return rejectName(RejectNameChar, damaged)
		}
		letters = append(letters, r)
	}
	if hanCount+latinCount == 0 {
		if strings.TrimSpace(s) == "" || len(letters) == 0 || strings.TrimSpace(string(letters)) == "" {
			return rejectName(RejectMissing, "give the name")
		}
		return rejectName(RejectNameChar, damaged)
	}
	if hanCount > 0 && latinCount > 0 {
		return rejectName(RejectNameChar, "a name is written in Chinese or in Latin letters, not in both")
	}
	var text string
	if hanCount > 0 {
		for _, r := range letters {
			if r == '-' || r == '\'' || r == 0x2019 || r == ',' {
				return rejectName(RejectNameChar, damaged)
			}
		}
		text = hanName(letters)
	} else {
		var ok bool
		if text, ok = latinName(letters); !ok {
			return rejectName(RejectNameChar, damaged)
		}
		warn = append(warn, WarnNameLatin)
	}
	switch n := utf8.RuneCountInString(text); {
	case n > maxName:
		return rejectName(RejectNameLength, "a name has at most 50 letters")
	case n == 1:
		warn = append(warn, WarnNameSingle)
	}
	return Name{text}, warn, nil
}

// hanName drops blanks, and writes one U+00B7 for every run of dots between letters.
func hanName(letters []rune) string {
	var b strings.Builder
	pending := false
	for _, r := range letters {
		switch {
		case r == ' ':
		case dot(r):
			pending = b.Len() > 0
		default:
			if pending {
				b.WriteRune('·')
				pending = false
			}
			b.WriteRune(r)
		}
	}
	return b.String()
}

// dot reports whether r is one of the marks that stand for the separator of names.
func dot(r rune) bool {
	switch r {
	case 0x2022, 0x2027, 0x2219, 0x22C5, 0x30FB, 0xFF0E, 0xFF65, 0x25CF, 0x00B7, '.', 0x3002, 0x0387, 0x16EB, 0x2024, 0xFF61:
		return true
	}
	return false
}
