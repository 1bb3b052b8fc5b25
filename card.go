package quartet

import "log/slog"

// Card in normalised form.
type Card struct{ text string }

// Reveal gives the value in clear.
func (v Card) Reveal() string { return v.text }

// IsZero reports whether there is none.
func (v Card) IsZero() bool { return v.text == "" }

// String is masked.
func (v Card) String() string { return "***" }

// LogValue is masked.
func (v Card) LogValue() slog.Value                    { return slog.StringValue(v.String()) }
func ParseCard(s string) (Card, []Warning, *Rejection) { return Card{s}, nil, nil }
