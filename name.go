package quartet

import "log/slog"

// Name in normalised form.
type Name struct{ text string }

// Reveal gives the value in clear.
func (v Name) Reveal() string { return v.text }

// IsZero reports whether there is none.
func (v Name) IsZero() bool { return v.text == "" }

// String is masked.
func (v Name) String() string { return "***" }

// LogValue is masked.
func (v Name) LogValue() slog.Value                    { return slog.StringValue(v.String()) }
func ParseName(s string) (Name, []Warning, *Rejection) { return Name{s}, nil, nil }
