package httpjson

import (
	"fmt"
	"strings"

	"quartet"
	"quartet/internal/source"
)

// Fault is one thing that is wrong in a manifest.
type Fault struct {
	Line, Column int
	Key          string // such as request.fields[2].value
	Message      string // what is wrong, and what to do
}

// Faults is everything that is wrong in a manifest.
type Faults []Fault //nolint:errname // they are shown as a list of faults

// Error has one line for each fault.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fmt.Sprintf("%d:%d: %s: %s", fault.Line, fault.Column, fault.Key, fault.Message)
		if fault.Key == "" {
			lines[i] = fmt.Sprintf("%d:%d: %s", fault.Line, fault.Column, fault.Message)
		}
	}
	return strings.Join(lines, "\n")
}

func (f Faults) asError() error {
	return &quartet.Error{Code: quartet.ErrInvalid, Field: "manifest", Message: f.Error(), Cause: f}
}

// unfit is a fault of the credentials.
func unfit(slot, format string, args ...any) error {
	return &quartet.Error{Code: quartet.ErrInvalid, Field: slot, Message: fmt.Sprintf(format, args...), Cause: source.ErrCredential}
}
