package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"quartet"
)

// Problem is what an HTTP face answers instead of a result, after RFC 9457: its type is the
// status alone, and code tells programs what kind of failure it was.
type Problem struct { //nolint:errname // RFC 9457 calls it a problem
	Title     string  `json:"title" doc:"The words of the status"`
	Status    int     `json:"status" doc:"The HTTP status"`
	Code      string  `json:"code" doc:"What kind of failure it was, for programs"`
	Detail    string  `json:"detail,omitempty" doc:"What went wrong and what to do, for people"`
	Reference string  `json:"reference,omitempty" doc:"Of an unexpected fault: what to tell support"`
	Errors    []Fault `json:"errors,omitempty" nullable:"false" doc:"The inputs that are wrong"`

	Support *Helpline `json:"support,omitempty" doc:"Whom to ask about it"`
}

// Helpline is how support is reached. Lines that a house does not have are left out.
type Helpline struct {
	Phone   string `json:"phone,omitempty"`
	Line400 string `json:"line400,omitempty" doc:"A 400 number"`
	Mail    string `json:"mail,omitempty"`
	Hours   string `json:"hours,omitempty" doc:"When somebody is there"`
}

// Fault is one wrong input.
type Fault struct {
	Detail    string `json:"detail" doc:"What is wrong with it"`
	Pointer   string `json:"pointer,omitempty" doc:"Where in the body, as a JSON pointer (RFC 6901) after a number sign"`
	Parameter string `json:"parameter,omitempty" doc:"Name of the parameter of path, query or header"`
}

// ProblemType is the media type of a problem.
const ProblemType = "application/problem+json"

// Error implements error.
func (p *Problem) Error() string { return p.Detail }

// GetStatus is the status that it is answered with.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType names what a problem is written as.
func (p *Problem) ContentType(string) string { return ProblemType }

// NewProblem is the one bridge from what goes wrong inside to what a caller is told. Of an
// unexpected fault nothing is told but a reference, which refer gives after it has put the
// fault where somebody can look it up.
func NewProblem(err error, refer func(error) string) *Problem {
	if already, ok := errors.AsType[*Problem](err); ok {
		return already
	}
	e, ok := errors.AsType[*quartet.Error](err)
	switch {
	case ok && e.Code != quartet.ErrInternal:
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		e = quartet.Errorf(quartet.ErrTimeout, "it took too long; look whether it was done before you repeat it")
	default:
		return &Problem{
			Title: http.StatusText(http.StatusInternalServerError), Status: http.StatusInternalServerError,
			Code: string(quartet.ErrInternal), Detail: "an unexpected fault; tell support the reference", Reference: refer(err),
		}
	}
	status := StatusOf(e.Code)
	p := &Problem{Title: http.StatusText(status), Status: status, Code: string(e.Code), Detail: e.Message}
	if e.Field != "" {
		p.Errors = []Fault{{Detail: e.Message, Pointer: pointer(e.Field)}}
	}
	return p
}

// StatusOf is the HTTP status of a code.
func StatusOf(code quartet.ErrorCode) int {
	switch code {
	case quartet.ErrInvalid, quartet.ErrUnsupported:
		return http.StatusUnprocessableEntity
	case quartet.ErrUnauthenticated:
		return http.StatusUnauthorized
	case quartet.ErrForbidden, quartet.ErrProofNeeded:
		return http.StatusForbidden
	case quartet.ErrNotFound:
		return http.StatusNotFound
	case quartet.ErrConflict, quartet.ErrExhausted, quartet.ErrExpired, quartet.ErrHoldGone, quartet.ErrReplayed:
		return http.StatusConflict
	case quartet.ErrLimited:
		return http.StatusTooManyRequests
	case quartet.ErrTooLarge:
		return http.StatusRequestEntityTooLarge
	case quartet.ErrTimeout:
		return http.StatusGatewayTimeout
	case quartet.ErrUnavailable, quartet.ErrLocked:
		return http.StatusServiceUnavailable
	case quartet.ErrUnknownOutcome, quartet.ErrInternal:
		return http.StatusInternalServerError
	default:
		return http.StatusInternalServerError
	}
}

// pointer is a field, "scene" or "contact.mobile", as a JSON pointer.
func pointer(field string) string {
	var b strings.Builder
	b.WriteByte('#')
	for part := range strings.FieldsFuncSeq(field, func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
		b.WriteByte('/')
		b.WriteString(strings.NewReplacer("~", "~0", "/", "~1").Replace(part))
	}
	return b.String()
}

// FaultAt is a fault at a location such as "body.items[3].tags" or "query.limit".
func FaultAt(location, detail string) Fault {
	part, rest, _ := strings.Cut(location, ".")
	switch part {
	case "body":
		return Fault{Detail: detail, Pointer: pointer(rest)}
	case "path", "query", "header", "cookie":
		return Fault{Detail: detail, Parameter: rest}
	}
	return Fault{Detail: detail}
}

// Write answers with the problem.
func (p *Problem) Write(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Type", ProblemType)
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) //nolint:errchkjson // fails only when the client has gone
}
