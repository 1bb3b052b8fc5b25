package pay

import (
	"context"
	"errors"
	"net"
	"net/url"

	"quartet"
)

// Unsure is the error of a question whose answer does not say what became of it: it may
// have been acted upon or not. what names the provider and the question; code is what the
// provider answered, if anything. cause may hold whatever an SDK says and is not kept: it
// quotes headers and bodies. What is left of it is the kind of failure of the network.
func Unsure(what, code string, cause error) error {
	out := &quartet.Error{Code: quartet.ErrUnknownOutcome, Message: what + ": the answer does not say what became of it; it is asked again"}
	if code != "" {
		out.Message = what + ": the answer does not say what became of it (" + Printable(code) + "); it is asked again"
	}
	switch {
	case cause == nil:
	case errors.Is(cause, context.DeadlineExceeded), isTimeout(cause):
		out.Code = quartet.ErrTimeout
		out.Message = what + ": no answer came in time; it is asked again"
	default:
		if e, ok := errors.AsType[*url.Error](cause); ok { // its own text holds the address
			out.Cause = e.Err
		}
	}
	return out
}

func isTimeout(err error) bool {
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout()
}

// Refused is the error of a question that the provider surely refused: nothing was done.
func Refused(what, code string) error {
	return quartet.Errorf(quartet.ErrConflict, "%s was refused: %s", what, Printable(code))
}

// Forged is the error of a notice that is not to be believed.
func Forged(why string) error {
	return quartet.Errorf(quartet.ErrForbidden, "the notice is refused: %s", why)
}

const maxCode = 80

// Printable is the code of an answer as it may stand in messages: letters, digits and the
// signs that codes are made of, and not much of it. Words from outside stay outside.
func Printable(code string) string {
	out := make([]byte, 0, maxCode)
	for i := 0; i < len(code) && len(out) < maxCode; i++ {
		c := code[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_', c == '.', c == '-', c == ' ':
			out = append(out, c)
		}
	}
	return string(out)
}
