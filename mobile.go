package quartet

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// Mobile is a mainland mobile number in normalised form: 11 digits.
type Mobile struct{ text string }

// Reveal gives the number in clear.
func (v Mobile) Reveal() string { return v.text }

// IsZero reports whether there is none.
func (v Mobile) IsZero() bool { return v.text == "" }

// String is masked as bills do it: 138****8000.
func (v Mobile) String() string { return mask(v.text, 3, 4) }

// Format is masked, whatever the verb.
func (v Mobile) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, v.String()) }

// LogValue is masked.
func (v Mobile) LogValue() slog.Value { return slog.StringValue(v.String()) }

// MarshalJSON is masked.
func (v Mobile) MarshalJSON() ([]byte, error) { return quoted(v.String()) }

// ParseMobile normalises and checks a mobile number: 1, a digit from 3 to 9, nine digits.
// Segments are hints only, since numbers move between carriers.
func ParseMobile(s string) (Mobile, []Warning, *Rejection) {
	m, rej := NormalizeMobile(s)
	if rej != nil {
		return m, nil, rej
	}
	switch m.text[:3] {
	case "145", "147", "149":
		return m, []Warning{WarnSegmentData}, nil
	case "162", "165", "167", "170", "171":
		return m, []Warning{WarnMVNO}, nil
	}
	return m, nil, nil
}

// NormalizeMobile is ParseMobile without its warnings, for the road.
func NormalizeMobile(s string) (Mobile, *Rejection) {
	t := s
	if len(t) != 11 || !digits(t) {
		t = scrub(s, "-.")
		if t == "" {
			return Mobile{}, rejectMobile(RejectMissing, "give the mobile number reserved at the bank")
		}
		t = national(t)
	}
	switch {
	case abroad(t):
		return Mobile{}, rejectMobile(RejectMobileRegion, "banks take mainland mobile numbers only; leave the country prefix out or write +86")
	case t != "" && !digits(t):
		return Mobile{}, rejectMobile(RejectMobileFormat, "a mobile number is made of digits; give one number, without extension")
	case len(t) != 11:
		return Mobile{}, rejectMobile(RejectMobileLength, "a mobile number has 11 digits")
	case t[0] != '1' || t[1] < '3':
		return Mobile{}, rejectMobile(RejectMobileFormat, "mainland mobile numbers begin with 13 to 19")
	}
	return Mobile{t}, nil
}

func rejectMobile(code RejectCode, message string) *Rejection {
	return &Rejection{Field: ElementMobile, Code: code, Message: message}
}

// national takes the country's prefix off: 86 and a single trunk 0 only if 11 digits remain,
// since a number may begin so.
func national(t string) string {
	for _, prefix := range []string{"+86", "0086", "(+86)", "(86)", "(0086)"} {
		if rest, ok := strings.CutPrefix(t, prefix); ok {
			return rest
		}
	}
	for _, prefix := range []string{"86", "0"} {
		if rest, ok := strings.CutPrefix(t, prefix); ok && len(rest) == 11 && digits(rest) {
			return rest
		}
	}
	return t
}

// abroad reports whether a number begins with the prefix of another country.
func abroad(t string) bool {
	t = strings.TrimPrefix(t, "(")
	return strings.HasPrefix(t, "+") || strings.HasPrefix(t, "00")
}
