package quartet

import (
	"log/slog"
	"time"
)

// IDNumber in normalised form.
type IDNumber struct{ text string }

// Reveal gives the value in clear.
func (v IDNumber) Reveal() string { return v.text }

// IsZero reports whether there is none.
func (v IDNumber) IsZero() bool { return v.text == "" }

// String is masked.
func (v IDNumber) String() string { return "***" }

// LogValue is masked.
func (v IDNumber) LogValue() slog.Value { return slog.StringValue(v.String()) }
func ParseIDNumber(s string, today time.Time) (IDNumber, []Warning, *Rejection) {
	return IDNumber{s}, nil, nil
}
