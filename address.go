package quartet

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// Channel is how a person is reached.
type Channel string

// The channels.
const (
	ChannelEmail  Channel = "email"
	ChannelMobile Channel = "mobile"
)

// Address is an e-mail address or a mobile number in normalised form. It prints itself
// masked, since it says who somebody is.
type Address struct {
	channel Channel
	text    string
}

// The longest that RFC 5321 lets be sent to.
const (
	maxAddress = 254
	maxLocal   = 64
	maxLabel   = 63
)

// ParseAddress normalises and checks an e-mail address or a mainland mobile number; which
// of them it is, the @ tells. E-mail addresses are ASCII in lower case: no two spellings
// of one mailbox are two people, and no letter passes for another. ErrInvalid.
func ParseAddress(s string) (Address, error) {
	s = fold(s)
	if !strings.Contains(s, "@") {
		m, rejection := NormalizeMobile(s)
		if rejection != nil {
			return Address{}, wrongAddress("give an e-mail address or a mainland mobile number of 11 digits")
		}
		return Address{ChannelMobile, m.Reveal()}, nil
	}
	for i := range len(s) {
		if s[i] >= 0x80 {
			return Address{}, wrongAddress("an e-mail address is made of ASCII letters, digits and signs; write a domain of other letters in its xn-- form")
		}
	}
	s = strings.ToLower(s)
	local, domain, _ := strings.Cut(s, "@")
	if len(s) > maxAddress || !localPart(local) || !domainName(domain) {
		return Address{}, wrongAddress("this is not an e-mail address; write it like name@example.com")
	}
	return Address{ChannelEmail, s}, nil
}

func wrongAddress(message string) error {
	return &Error{Code: ErrInvalid, Field: "address", Message: message}
}

// fold takes out what nobody can see, folds full-width forms to ASCII and trims blanks. A
// blank inside stays: without it the address might be somebody else's.
func fold(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case invisible(r):
			return -1
		case r >= 0xFF01 && r <= 0xFF5E:
			return r - 0xFF01 + '!'
		default:
			return r
		}
	}, s)
	return strings.TrimFunc(s, blank)
}

// localPart is what stands before the @: words of RFC 5322 with dots between them.
func localPart(s string) bool {
	if s == "" || len(s) > maxLocal {
		return false
	}
	for word := range strings.SplitSeq(s, ".") {
		if word == "" || !within(word, "!#$%&'*+-/=?^_`{|}~") {
			return false
		}
	}
	return true
}

// domainName has two labels or more, the last of them no number.
func domainName(s string) bool {
	labels := strings.Split(s, ".")
	for _, l := range labels {
		if l == "" || len(l) > maxLabel || l[0] == '-' || l[len(l)-1] == '-' || !within(l, "-") {
			return false
		}
	}
	return len(labels) > 1 && !digits(labels[len(labels)-1])
}

// within reports whether s is made of lower-case letters, digits and the given signs.
func within(s, signs string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && strings.IndexByte(signs, c) < 0 {
			return false
		}
	}
	return true
}

// Channel is how it is reached; empty: there is none.
func (a Address) Channel() Channel { return a.channel }

// Reveal gives the address in clear.
func (a Address) Reveal() string { return a.text }

// IsZero reports whether there is none.
func (a Address) IsZero() bool { return a.text == "" }

// String is masked: z***@example.com, 139****0001.
func (a Address) String() string {
	if a.channel != ChannelEmail {
		return mask(a.text, 3, 4)
	}
	local, domain, _ := strings.Cut(a.text, "@")
	if len(local) == 1 {
		return "***@" + domain
	}
	return local[:1] + "***@" + domain
}

// Format is masked, whatever the verb.
func (a Address) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, a.String()) }

// LogValue is masked.
func (a Address) LogValue() slog.Value { return slog.StringValue(a.String()) }

// MarshalJSON is masked.
func (a Address) MarshalJSON() ([]byte, error) { return quoted(a.String()) }
