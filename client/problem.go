package client

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"
)

// Code is what kind of failure a [Problem] is. It is an error, for errors.Is.
type Code string //nolint:errname // it is what kind of error a Problem is

// Error implements error.
func (c Code) Error() string { return string(c) }

// The codes. What a newer house may add is none of them.
const (
	ErrInvalid         Code = "invalid"         // an input breaks a rule: see Errors
	ErrUnsupported     Code = "unsupported"     // not offered here
	ErrUnauthenticated Code = "unauthenticated" // the token is unknown, or its time is over
	ErrForbidden       Code = "forbidden"       // the token may not do this
	ErrProofNeeded     Code = "proof_needed"    // a person has to prove something first
	ErrNotFound        Code = "not_found"
	ErrConflict        Code = "conflict"        // it exists already, or how things stand forbids it
	ErrExhausted       Code = "quota_exhausted" // no unit is left
	ErrExpired         Code = "expired"         // units are left, but their time is over
	ErrLimited         Code = "rate_limited"    // too often
	ErrTooLarge        Code = "too_large"
	ErrTimeout         Code = "timeout"         // it took too long; look before you repeat it
	ErrUnavailable     Code = "unavailable"     // surely not done
	ErrLocked          Code = "locked"          // another process owns the data
	ErrUnknownOutcome  Code = "unknown_outcome" // it may have been done: look before you repeat it
	ErrHoldGone        Code = "hold_gone"
	ErrReplayed        Code = "replayed"
	ErrInternal        Code = "internal" // a fault of the house: tell support the Reference
)

// Problem is what the house answers instead of a result, after RFC 9457. It matches its code with
// errors.Is.
type Problem struct { //nolint:errname // RFC 9457 calls it a problem
	Status    int    `json:"status"` // of HTTP
	Code      Code   `json:"code"`   // empty: something on the way answered, not the house
	Title     string `json:"title"`
	Detail    string `json:"detail"`    // what went wrong and what to do, for people
	Reference string `json:"reference"` // of an unexpected fault: what to tell support

	Errors  []Fault   `json:"errors"`  // the inputs that are wrong
	Support *Helpline `json:"support"` // whom to ask about it

	// RetryAfter is how long the house asks to wait; 0: it does not say.
	RetryAfter time.Duration `json:"-"`

	replayed bool // it was answered before: another repeat hears the same
}

// Fault is one wrong input.
type Fault struct {
	Detail    string `json:"detail"`
	Pointer   string `json:"pointer"`   // where in the body, as a JSON pointer after a number sign
	Parameter string `json:"parameter"` // name of the parameter of path, query or header
}

// Helpline is how support is reached.
type Helpline struct {
	Phone   string `json:"phone"`
	Line400 string `json:"line400"`
	Mail    string `json:"mail"`
	Hours   string `json:"hours"`
}

// Error implements error.
func (p *Problem) Error() string {
	s := p.Detail
	if s == "" {
		s = fmt.Sprintf("HTTP %d %s", p.Status, p.Title)
	}
	if p.Reference != "" {
		s += " (reference " + p.Reference + ")"
	}
	return s
}

// Is reports whether target is the code of the problem.
func (p *Problem) Is(target error) bool { return p.Code != "" && target == p.Code }

// about reports whether the problem is a parameter.
func (p *Problem) about(parameter string) bool {
	return len(p.Errors) == 1 && p.Errors[0].Parameter == parameter
}

// problemOf reads what was answered instead of a result.
func problemOf(resp *http.Response) *Problem {
	p := &Problem{}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if kind != "application/problem+json" || err != nil || json.Unmarshal(text, p) != nil || p.Code == "" {
		*p = Problem{Title: http.StatusText(resp.StatusCode), Detail: fmt.Sprintf("HTTP %d %s, not an answer of this API: is the base URL right?", resp.StatusCode, http.StatusText(resp.StatusCode))}
		if resp.StatusCode >= http.StatusInternalServerError {
			p.Detail = fmt.Sprintf("HTTP %d %s: something on the way did not reach the house", resp.StatusCode, http.StatusText(resp.StatusCode))
		}
	}
	p.Status = resp.StatusCode
	p.RetryAfter = retryAfter(resp.Header.Get("Retry-After"))
	p.replayed = resp.Header.Get("Idempotent-Replayed") == "true"
	return p
}

// retryAfter reads the header: seconds, or an instant.
func retryAfter(text string) time.Duration {
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		return time.Duration(n) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(time.Until(at), 0)
	}
	return 0
}
