package quartet

import "log/slog"

// Mobile in normalised form.
type Mobile struct{ text string }

// Reveal gives the value in clear.
func (v Mobile) Reveal() string { return v.text }

// IsZero reports whether there is none.
func (v Mobile) IsZero() bool { return v.text == "" }

// String is masked.
func (v Mobile) String() string { return "***" }

// LogValue is masked.
func (v Mobile) LogValue() slog.Value                      { return slog.StringValue(v.String()) }
func ParseMobile(s string) (Mobile, []Warning, *Rejection) { return Mobile{s}, nil, nil }
