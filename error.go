package quartet

import (
	"errors"
	"fmt"
)

// ErrorCode is the closed set of what can go wrong inside. One bridge turns it into
// what a caller sees; whatever carries no code counts as ErrInternal.
type ErrorCode string

// The error codes.
const (
	ErrInternal        ErrorCode = "internal"        // unexpected; shown as a reference only
	ErrInvalid         ErrorCode = "invalid"         // the input breaks a rule
	ErrUnauthenticated ErrorCode = "unauthenticated" // who calls is not known
	ErrForbidden       ErrorCode = "forbidden"       // known, but not allowed
	ErrProofNeeded     ErrorCode = "proof_needed"    // known and allowed, once the password or a second factor is proved
	ErrNotFound        ErrorCode = "not_found"       // no such record
	ErrConflict        ErrorCode = "conflict"        // it exists already, or changed meanwhile
	ErrExhausted       ErrorCode = "quota_exhausted" // no unit is left
	ErrExpired         ErrorCode = "expired"         // units are left, but their time is over
	ErrLimited         ErrorCode = "rate_limited"    // too often
	ErrTooLarge        ErrorCode = "too_large"       // over a size limit
	ErrUnsupported     ErrorCode = "unsupported"     // not offered here
	ErrTimeout         ErrorCode = "timeout"         // the deadline passed
	ErrUnavailable     ErrorCode = "unavailable"     // the store cannot commit; surely not done
	ErrUnknownOutcome  ErrorCode = "unknown_outcome" // a commit was sent and its outcome cannot be read
	ErrHoldGone        ErrorCode = "hold_gone"       // the hold was resolved before
	ErrReplayed        ErrorCode = "replayed"        // seen before
	ErrLocked          ErrorCode = "locked"          // another process owns the data folder or database
)

// Error is the one error type that crosses rooms. Message tells the user what to do
// and holds no element, secret or SQL.
type Error struct {
	Code    ErrorCode
	Message string
	Field   string // which input, if one
	Cause   error  // logged, never shown
}

// Error implements error.
func (e *Error) Error() string { return e.Message }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Errorf makes an Error of the given code.
func Errorf(code ErrorCode, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Message: err.Error(), Cause: errors.Unwrap(err)}
}

// CodeOf tells the code of err: "" for nil, ErrInternal for whatever is not an Error.
func CodeOf(err error) ErrorCode {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return ErrInternal
}
