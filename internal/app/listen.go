package app

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/http"
	"syscall"
	"time"

	"quartet"
	"quartet/internal/config"
	"quartet/internal/obs"
)

// Waits are how long a node waits for those who call it, between two looks at the files of
// its certificate, and before it learns what became of open questions to suppliers. A zero
// is what every node has; tests and drills are less patient.
type Waits struct {
	Head        time.Duration // for a first byte, for a handshake and for the head of a request, each
	Request     time.Duration // for a request, head and body
	Idle        time.Duration // between two requests on a connection
	Certificate time.Duration // between two looks
	Inquiry     time.Duration // from a question to the first inquiry what became of it
	Inquiries   time.Duration // between two runs of the job that inquires
}

func (w Waits) orDefault() Waits {
	return Waits{
		Head: cmp.Or(w.Head, 5*time.Second), Request: cmp.Or(w.Request, 20*time.Second),
		Idle: cmp.Or(w.Idle, 2*time.Minute), Certificate: cmp.Or(w.Certificate, 5*time.Second),
		Inquiry: cmp.Or(w.Inquiry, time.Minute), Inquiries: cmp.Or(w.Inquiries, time.Minute),
	}
}

const (
	maxHeader  = 16 << 10
	maxStreams = 250 // calls at once on one HTTP/2 connection
	// answerTimeout is for body, call and answer together: more than the longest deadline
	// that can be set, the grace of its hold and a slow body need.
	answerTimeout = 2 * time.Minute
)

// newServer makes a server that nobody can keep busy by being slow.
func (a *App) newServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: a.waits.Head,
		ReadTimeout:       a.waits.Request,
		WriteTimeout:      answerTimeout,
		IdleTimeout:       a.waits.Idle,
		MaxHeaderBytes:    maxHeader,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: maxStreams, WriteByteTimeout: a.waits.Request},
		ErrorLog:          obs.StdLog(a.Log),

		DisableGeneralOptionsHandler: true, // OPTIONS * is no API either
	}
}

// listenAPI opens the address of the API. Settings have refused plain HTTP that others
// can reach, unless it was asked for; then the log says so.
func (a *App) listenAPI(ctx context.Context) (net.Listener, error) {
	c := a.Config
	if c.TLSCert != "" {
		var err error
		if a.certificate, err = loadCertificate(c.TLSCert, c.TLSKey, a.Now, a.Log); err != nil {
			return nil, err
		}
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return nil, quartet.Errorf(quartet.ErrUnavailable, "cannot listen on %s: %w; give another address with --listen", c.Listen, err)
	}
	if a.certificate != nil {
		return newSorter(l, a.certificate.config(), a.waits.Head), nil
	}
	if host, _, err := net.SplitHostPort(c.Listen); err == nil && !config.IsLoopback(host) {
		a.Log.Warn("serving plain HTTP on an address that others can reach, as allow_plain_http asks: whoever is on the way can read every call", "listen", c.Listen)
	}
	return l, nil
}

// listenAdmin takes the address, or a free port of the same host when it is taken: a
// second node on a machine must not fail for its metrics.
func (a *App) listenAdmin(ctx context.Context) (net.Listener, error) {
	address := a.Config.AdminListen
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if !errors.Is(err, syscall.EADDRINUSE) {
		return l, err
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if l, err = new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(host, "0")); err == nil {
		a.Log.Warn("the admin address is in use; took a free port", "wanted", address, "got", l.Addr().String())
	}
	return l, err
}
