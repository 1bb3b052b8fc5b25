package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"syscall"

	"quartet"
	"quartet/internal/source"
)

// MaxAnswer is how much of an answer is read.
const MaxAnswer = 1 << 20

var (
	errAgain = errors.New("the question was on its way already")
	errLarge = errors.New("the answer is too large")
)

// Trip is one request and its answer. It is the http.RoundTripper of one client for one
// question; a second request on it is refused, whoever wants to repeat.
type Trip struct {
	ctx    context.Context //nolint:containedctx // clients that take no context are bound to this one
	base   *http.Transport
	begun  bool
	sent   atomic.Bool
	status int
	err    error
}

// Trip makes the trip of one question, which ends with ctx.
func (t *Transport) Trip(ctx context.Context) *Trip { return &Trip{ctx: ctx, base: t.base} }

// RoundTrip sends the request under the trip's context.
//
// net/http repeats a request by itself only when nothing of it was written, or when it is
// of a kind that may be repeated; a POST without the header Idempotency-Key is not.
func (t *Trip) RoundTrip(req *http.Request) (*http.Response, error) {
	if t.begun {
		return nil, errAgain
	}
	t.begun = true
	trace := &httptrace.ClientTrace{
		// Called before the buffer of the headers is flushed. If the request is given up
		// earlier, its connection is closed before RoundTrip returns, so nothing leaves.
		WroteHeaders: func() { t.sent.Store(true) },
	}
	resp, err := t.base.RoundTrip(req.WithContext(httptrace.WithClientTrace(t.ctx, trace)))
	if err != nil {
		t.err = err
		return nil, err
	}
	t.status = resp.StatusCode
	resp.Header.Del("Location") // a question goes nowhere but to the address that was set
	resp.Body = &answer{trip: t, body: resp.Body, left: MaxAnswer}
	return resp, nil
}

// answer is a body that remembers how reading it failed.
type answer struct {
	trip *Trip
	body io.ReadCloser
	left int
}

func (a *answer) Read(p []byte) (int, error) {
	if a.left == 0 && len(p) > 0 { // whole if it ends just here
		p = p[:1]
	} else if len(p) > a.left {
		p = p[:a.left]
	}
	n, err := a.body.Read(p)
	if n > a.left {
		err = errLarge
	}
	a.left = max(a.left-n, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		a.trip.err = err
	}
	return n, err
}

func (a *answer) Close() error { return a.body.Close() }

// Sent tells whether anything of the question may have left.
func (t *Trip) Sent() bool { return t.sent.Load() }

// Status is the status of the answer, 0 without one.
func (t *Trip) Status() int { return t.status }

// Failure is why no answer was read whole; nil if one was. An answer that has begun costs
// what the source says; as long as it says nothing, that is unknown.
func (t *Trip) Failure() *source.Error {
	switch {
	case t.err == nil && t.status != 0:
		return nil
	case t.ctx.Err() != nil:
		return t.failed(source.Timeout, t.ctx.Err())
	case errors.Is(t.err, errLarge):
		return t.failed(source.NotUnderstood, errLarge)
	case !t.Sent():
		return t.failed(source.Unreachable, plain(t.err))
	default:
		return t.failed(source.Failed, plain(t.err))
	}
}

func (t *Trip) failed(kind source.Kind, cause error) *source.Error {
	e := &source.Error{Kind: kind, Sent: t.Sent(), Cause: cause}
	if !e.Sent {
		e.Charged = quartet.ChargedNo
	}
	return e
}

// plain tells a fault of the network in fixed words: the text of some holds the address
// with its query, or a line of the answer.
func plain(err error) error {
	var (
		untrusted *tls.CertificateVerificationError
		record    tls.RecordHeaderError
		dns       *net.DNSError
		operation *net.OpError
	)
	switch {
	case err == nil:
		return errors.New("the request could not be made")
	case errors.As(err, &untrusted):
		return errors.New("the certificate is not trusted")
	case errors.As(err, &record):
		return errors.New("the other side does not speak TLS")
	case errors.As(err, &dns):
		return errors.New("the host name is not found")
	case errors.Is(err, syscall.ECONNREFUSED):
		return errors.New("the connection was refused")
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return errors.New("the connection was reset")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the connection was closed")
	case errors.As(err, &operation) && operation.Timeout():
		return errors.New("the connection was not made in time")
	default:
		return fmt.Errorf("a fault of the connection (%T)", err)
	}
}
