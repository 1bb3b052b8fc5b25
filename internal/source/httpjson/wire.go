package httpjson

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"syscall"
	"time"

	"quartet"
	"quartet/internal/source"
)

const (
	maxAnswer   = 1 << 20 // bytes of an answer
	maxHeaders  = 64 << 10
	dialTimeout = 5 * time.Second
	idleTimeout = 30 * time.Second // less than servers keep a connection, so that few die under a question
	maxIdle     = 64
)

// Dial opens a connection, as net.Dialer does.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// carrier sends requests and knows of each whether it was sent.
type carrier struct{ transport *http.Transport }

func newCarrier(o Options) *carrier {
	dial := o.Dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: dialTimeout}).DialContext
	}
	idle := o.Idle
	if idle == 0 {
		idle = idleTimeout
	}
	plain := func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &gate{Conn: conn}, nil
	}
	secure := func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			host = address
		}
		ctx, cancel := context.WithTimeout(ctx, dialTimeout)
		defer cancel()
		encrypted := tls.Client(conn, &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host, RootCAs: o.Roots})
		if err := encrypted.HandshakeContext(ctx); err != nil {
			_ = conn.Close()
			return nil, err
		}
		return &gate{Conn: encrypted}, nil // what passes from here on is the question
	}
	return &carrier{transport: &http.Transport{
		DialContext: plain, DialTLSContext: secure, DisableCompression: true,
		MaxIdleConns: maxIdle, MaxIdleConnsPerHost: maxIdle, IdleConnTimeout: idle,
		MaxResponseHeaderBytes: maxHeaders,
	}}
}

// gate is a connection that knows whether anything of the question has passed it, and lets
// nothing pass once the question was given up.
type gate struct {
	net.Conn

	mu     sync.Mutex
	passed bool
	shut   bool
}

var errShut = errors.New("the question was given up")

// Write lets bytes of the question pass. A write of which nothing was taken has sent
// nothing.
func (g *gate) Write(p []byte) (n int, err error) {
	g.mu.Lock()
	if g.shut {
		g.mu.Unlock()
		return 0, errShut
	}
	before := g.passed
	g.passed = true
	g.mu.Unlock()
	if n, err = g.Conn.Write(p); n == 0 {
		g.mu.Lock()
		g.passed = before
		g.mu.Unlock()
	}
	return n, err
}

// begin opens the gate for a new question, or shuts it.
func (g *gate) begin(shut bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.passed, g.shut = false, shut
}

// giveUp shuts the gate and tells whether anything has passed it.
func (g *gate) giveUp() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = true
	return g.passed
}

// passage follows one question over the connections that it is given. net/http takes another
// connection by itself when a kept one turns out to be dead; it does so for some questions
// even after they were written (every GET, and whatever carries an Idempotency-Key). Here a
// second connection is only open to a question of which nothing has passed the first.
type passage struct {
	mu    sync.Mutex
	on    *gate
	spent bool
}

func (p *passage) got(info httptrace.GotConnInfo) {
	g, ok := info.Conn.(*gate)
	if !ok {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.on != nil && p.on.giveUp() {
		p.spent = true
	}
	p.on = g
	g.begin(p.spent)
}

// end tells whether the question may have been sent. Nothing is sent afterwards.
func (p *passage) end() (sent bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.on != nil && p.on.giveUp() || p.spent
}

// reply is an answer as it came.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// send puts the question once.
func (c *carrier) send(ctx context.Context, out *outgoing) (reply, *source.Error) {
	if ctx.Err() != nil {
		return reply{}, failed(ctx, nil, false)
	}
	way := &passage{}
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: way.got})
	request, err := http.NewRequestWithContext(traced, out.method, out.url, bytes.NewReader(out.body))
	if err != nil {
		return reply{}, unsent("the request cannot be written")
	}
	request.Header = out.header.Clone()
	response, err := c.transport.RoundTrip(request)
	if err != nil {
		return reply{}, failed(ctx, err, way.end())
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return reply{}, failed(ctx, err, way.end())
	}
	return reply{status: response.StatusCode, header: response.Header, body: body}, nil
}

// unsent is a question that never became a request.
func unsent(why string) *source.Error {
	return &source.Error{Kind: source.Failed, Charged: quartet.ChargedNo, Cause: errors.New(why)}
}

// unasked is a question that the manifest's request cannot hold: a name that is too long, a
// value that does not fit its steps. It lies outside the scope as others do, and says nothing
// of the supplier, who must not be closed to everybody for the sake of one person.
func unasked(err error) *source.Error {
	return &source.Error{Kind: source.Unsupported, Charged: quartet.ChargedNo, Cause: err}
}

// failed tells what came of a question that got no answer. err is never passed on: its text
// may hold what was sent.
func failed(ctx context.Context, err error, sent bool) *source.Error {
	e := &source.Error{Kind: source.Unreachable, Charged: quartet.ChargedNo, Sent: sent}
	if sent {
		e.Kind, e.Charged = source.Failed, quartet.ChargedUnknown
	}
	if why := ctx.Err(); why != nil {
		e.Kind, e.Cause = source.Timeout, why
		return e
	}
	e.Cause = errors.New(inWords(err, sent))
	return e
}

// inWords names the kind of a fault in words of our own.
func inWords(err error, sent bool) string {
	var (
		dns       *net.DNSError
		cert      *tls.CertificateVerificationError
		authority x509.UnknownAuthorityError
		record    tls.RecordHeaderError
		alert     tls.AlertError
		timeout   net.Error
	)
	switch {
	case sent && errors.Is(err, syscall.ECONNRESET):
		return "the connection was reset"
	case sent:
		return "the connection broke off before an answer was complete"
	case errors.As(err, &dns):
		return "the host's name could not be resolved"
	case errors.As(err, &cert), errors.As(err, &authority):
		return "the host's certificate is not trusted"
	case errors.As(err, &record), errors.As(err, &alert), strings.Contains(err.Error(), "tls: "):
		return "no encrypted connection came about"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection was refused"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "no connection came about in time"
	default:
		return "no connection came about"
	}
}

func (c *carrier) close() { c.transport.CloseIdleConnections() }
