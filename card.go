package quartet

import (
	"fmt"
	"io"
	"log/slog"
)

// Card is a bank card number in normalised form: 12 to 19 digits.
type Card struct{ text string }

// Reveal gives the number in clear.
func (v Card) Reveal() string { return v.text }

// IsZero reports whether there is none.
func (v Card) IsZero() bool { return v.text == "" }

// String is masked: the last four digits stay, as on a receipt.
func (v Card) String() string { return mask(v.text, 0, 4) }

// Format is masked, whatever the verb.
func (v Card) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, v.String()) }

// LogValue is masked.
func (v Card) LogValue() slog.Value { return slog.StringValue(v.String()) }

// MarshalJSON is masked.
func (v Card) MarshalJSON() ([]byte, error) { return quoted(v.String()) }

// ParseCard normalises and checks a card number. Neither Luhn nor the table of prefixes
// can make one invalid: old cards fail the one and new ones the other.
func ParseCard(s string) (Card, []Warning, *Rejection) {
	c, rej := NormalizeCard(s)
	if rej != nil {
		return c, nil, rej
	}
	var warn []Warning
	if last := len(c.text) - 1; LuhnDigit(c.text[:last]) != c.text[last] {
		warn = append(warn, WarnLuhnMismatch)
	}
	if c.BIN() == (BIN{}) {
		warn = append(warn, WarnBINUnknown)
	}
	if len(c.text) < 15 {
		warn = append(warn, WarnLengthUnusual)
	}
	return c, warn, nil
}

// NormalizeCard is ParseCard without its warnings, for the road.
func NormalizeCard(s string) (Card, *Rejection) {
	t := scrub(s, "-")
	switch {
	case t == "":
		return Card{}, &Rejection{ElementCard, RejectMissing, "give the card number"}
	case excelNumber(t):
		return Card{}, &Rejection{ElementCard, RejectCardFormat, "a spreadsheet has turned this card number into a rounded number and lost digits; format the column as text and fill it in anew"}
	case !digits(t):
		return Card{}, &Rejection{ElementCard, RejectCardFormat, "a card number is made of digits; remove other characters"}
	case len(t) > 19:
		return Card{}, &Rejection{ElementCard, RejectCardLength, "a card number has at most 19 digits; this looks like an account number"}
	case len(t) < 12:
		return Card{}, &Rejection{ElementCard, RejectCardLength, "a card number has at least 12 digits; some are missing"}
	}
	return Card{t}, nil
}

// LuhnDigit is the check digit that follows digits: ISO/IEC 7812-1.
func LuhnDigit(digits string) byte {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return byte('0' + (10-sum%10)%10)
}
