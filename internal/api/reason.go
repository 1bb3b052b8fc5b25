package api

import (
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"quartet/internal/support"
)

// Reason is why an operator opens what is masked, or shuts somebody out. The audit has it before
// anything is shown.
type Reason struct {
	Body struct {
		Reason string `json:"reason" minLength:"4" maxLength:"200" doc:"Written in the audit, before anything is shown. It holds no number of a card, a document or a mobile"`
	}
}

// Resolve refuses a reason that says nothing, or what the audit must not keep. huma calls it
// for every input with a Reason.
func (r *Reason) Resolve(huma.Context) []error {
	if n := utf8.RuneCountInString(r.Body.Reason); n < 4 || n > 200 {
		return nil // its tags say so
	}
	why, err := support.Reason(r.Body.Reason)
	if err != nil {
		return []error{&huma.ErrorDetail{Location: "body.reason", Message: err.Error()}}
	}
	r.Body.Reason = why
	return nil
}
