package httpjson_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"quartet"
	"quartet/internal/source"
	"quartet/internal/source/httpjson"
)

// rawServer hands each connection to f, with its number from 1.
func rawServer(t *testing.T, f func(n int, conn net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for n := 1; ; n++ {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go f(n, conn)
		}
	}()
	return "http://" + l.Addr().String()
}

// question reads one request off a connection.
func question(r *bufio.Reader) error {
	request, err := http.ReadRequest(r)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, request.Body)
	return err
}

func respond(conn net.Conn, body string) {
	fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

const match = `{"code":"10000","data":{"state":"1"}}`

func ask1(t *testing.T, src source.Source) (source.Answer, *source.Error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	a, err := src.Verify(ctx, ask(t, 1, quartet.NeedAll))
	e, _ := err.(*source.Error) //nolint:errorlint // the contract is the type itself
	if err != nil && e == nil {
		t.Fatalf("a failure of type %T", err)
	}
	return a, e
}

func expect(t *testing.T, e *source.Error, kind source.Kind, sent bool) {
	t.Helper()
	switch {
	case e == nil:
		t.Errorf("there is no failure, want %v", kind)
	case e.Kind != kind || e.Sent != sent || e.Retry:
		t.Errorf("got %v (sent %v, retry %v), want %v (sent %v)", e, e.Sent, e.Retry, kind, sent)
	case sent != (e.Charged == quartet.ChargedUnknown):
		t.Errorf("%v: charged %v, sent %v", e, e.Charged, e.Sent)
	}
}

func TestWire_WhatIsNotConnectedIsNotSent(t *testing.T) {
	m := manifest(t, "direct")
	t.Run("refused", func(t *testing.T) {
		url := rawServer(t, nil)
		l := strings.TrimPrefix(url, "http://")
		src := open(t, m, url, httpjson.Options{Dial: func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("refused " + l)}
		}})
		_, e := ask1(t, src)
		expect(t, e, source.Unreachable, false)
	})
	t.Run("no such host", func(t *testing.T) {
		src := open(t, m, "https://no-such-host.invalid", httpjson.Options{})
		_, e := ask1(t, src)
		expect(t, e, source.Unreachable, false)
	})
	t.Run("a certificate that nobody trusts", func(t *testing.T) {
		s := httptest.NewTLSServer(http.NotFoundHandler())
		t.Cleanup(s.Close)
		s.Config.ErrorLog = nil
		_, e := ask1(t, open(t, m, s.URL, httpjson.Options{}))
		expect(t, e, source.Unreachable, false)
		if e.Cause == nil || !strings.Contains(e.Cause.Error(), "not trusted") {
			t.Errorf("the cause is %v", e.Cause)
		}
	})
	t.Run("TLS that is too old", func(t *testing.T) {
		s := httptest.NewUnstartedServer(http.NotFoundHandler())
		s.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
		s.StartTLS()
		t.Cleanup(s.Close)
		_, e := ask1(t, open(t, m, s.URL, httpjson.Options{Roots: roots(s)}))
		expect(t, e, source.Unreachable, false)
	})
	t.Run("a handshake that never ends", func(t *testing.T) {
		url := rawServer(t, func(_ int, conn net.Conn) { _, _ = io.Copy(io.Discard, conn); _ = conn.Close() })
		src := open(t, m, strings.Replace(url, "http:", "https:", 1), httpjson.Options{})
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		_, err := src.Verify(ctx, ask(t, 1, quartet.NeedAll))
		e, _ := err.(*source.Error) //nolint:errorlint // the contract is the type itself
		expect(t, e, source.Timeout, false)
	})
}

func roots(s *httptest.Server) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return pool
}

func TestWire_WhatMayHaveLeftIsSent(t *testing.T) {
	m := manifest(t, "direct")
	for name, f := range map[string]func(conn net.Conn){
		"cut before the answer": func(conn net.Conn) { _ = question(bufio.NewReader(conn)) },
		"cut in the head":       func(conn net.Conn) { _ = question(bufio.NewReader(conn)); _, _ = io.WriteString(conn, "HTTP/1.1 200") },
		"cut in the body": func(conn net.Conn) {
			_ = question(bufio.NewReader(conn))
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"+match)
		},
		"no HTTP at all": func(conn net.Conn) {
			_ = question(bufio.NewReader(conn))
			_, _ = io.WriteString(conn, "SSH-2.0\r\n\r\n")
		},
		"closed before reading": func(net.Conn) {},
	} {
		t.Run(name, func(t *testing.T) {
			url := rawServer(t, func(_ int, conn net.Conn) { f(conn); _ = conn.Close() })
			_, e := ask1(t, open(t, m, url, httpjson.Options{}))
			if name == "closed before reading" { // whoever is first decides, and either is told rightly
				if e == nil || e.Kind != source.Failed && e.Kind != source.Unreachable || (e.Kind == source.Failed) != e.Sent {
					t.Errorf("got %+v", e)
				}
				return
			}
			expect(t, e, source.Failed, true)
		})
	}
	t.Run("over TLS", func(t *testing.T) {
		s := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }))
		t.Cleanup(s.Close)
		_, e := ask1(t, open(t, m, s.URL, httpjson.Options{Roots: roots(s)}))
		expect(t, e, source.Failed, true)
	})
	t.Run("an answer without end", func(t *testing.T) {
		url := server(t, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, match+strings.Repeat(" ", 2<<20))
		})
		_, e := ask1(t, open(t, m, url, httpjson.Options{}))
		expect(t, e, source.NotUnderstood, true)
	})
	t.Run("an answer that drips", func(t *testing.T) {
		url := server(t, func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte(`{"code":`))
			_ = http.NewResponseController(w).Flush()
			hangs(w, r)
		})
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		_, err := open(t, m, url, httpjson.Options{}).Verify(ctx, ask(t, 1, quartet.NeedAll))
		e, _ := err.(*source.Error) //nolint:errorlint // the contract is the type itself
		expect(t, e, source.Timeout, true)
	})
	t.Run("longer than the manifest waits", func(t *testing.T) {
		text, err := httpjson.ShippedManifest("direct")
		if err != nil {
			t.Fatal(err)
		}
		short, err := httpjson.Parse(append(text, []byte("\ntimeout: 300ms\n")...))
		if err != nil {
			t.Fatal(err)
		}
		_, e := ask1(t, open(t, short, server(t, hangs), httpjson.Options{}))
		expect(t, e, source.Timeout, true)
	})
}

// TestWire_AsksOnce lets a server take a question on a kept connection and close it without
// an answer, which net/http would answer with another try of its own.
func TestWire_AsksOnce(t *testing.T) {
	for _, name := range []string{"juhe", "market", "template"} { // a GET, a POST with an Idempotency-Key, a POST
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int32
			url := rawServer(t, func(_ int, conn net.Conn) {
				defer conn.Close()
				r := bufio.NewReader(conn)
				for n := 1; question(r) == nil; n++ {
					if asked.Add(1); n > 1 {
						return // taken, and never answered
					}
					respond(conn, `{"code":"OK"}`)
				}
			})
			src := open(t, manifest(t, name), url, httpjson.Options{})
			_, _ = ask1(t, src)
			_, e := ask1(t, src)
			expect(t, e, source.Failed, true)
			if n := asked.Load(); n != 2 {
				t.Errorf("two questions reached the supplier as %d", n)
			}
		})
	}
}

func TestWire_TakesAnotherConnectionForWhatWasSurelyNotSent(t *testing.T) {
	var asked, opened atomic.Int32
	closed := make(chan struct{})
	url := rawServer(t, func(n int, conn net.Conn) {
		opened.Add(1)
		r := bufio.NewReader(conn)
		for question(r) == nil {
			asked.Add(1)
			respond(conn, match)
			if n == 1 { // the supplier closes what it has kept long enough
				_ = conn.Close()
				close(closed)
				return
			}
		}
	})
	src := open(t, manifest(t, "direct"), url, httpjson.Options{})
	for range 2 {
		if a, e := ask1(t, src); e != nil || a.Verdict != quartet.Match {
			t.Fatalf("got %v, %v", a.Verdict, e)
		}
		<-closed
		time.Sleep(50 * time.Millisecond) // until the other end has heard of it
	}
	if asked.Load() != 2 || opened.Load() != 2 {
		t.Errorf("asked %d times over %d connections, want 2 over 2", asked.Load(), opened.Load())
	}
}

func TestWire_KeepsConnectionsAndLetsThemGo(t *testing.T) {
	before := goleak.IgnoreCurrent()
	var opened atomic.Int32
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, match) }))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	s.StartTLS()
	src := open(t, manifest(t, "market"), s.URL, httpjson.Options{Roots: roots(s)})
	for range 5 {
		if _, e := ask1(t, src); e != nil {
			t.Fatal(e, e.Cause)
		}
	}
	if n := opened.Load(); n != 1 {
		t.Errorf("five questions took %d connections", n)
	}
	if err := src.Close(); err != nil {
		t.Error(err)
	}
	s.Close()
	goleak.VerifyNone(t, before)
}

func TestWire_FollowsNoRedirect(t *testing.T) {
	elsewhere := server(t, func(http.ResponseWriter, *http.Request) { t.Error("somebody else was told of the person") })
	url := server(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere, http.StatusTemporaryRedirect)
	})
	_, e := ask1(t, open(t, manifest(t, "juhe"), url, httpjson.Options{}))
	expect(t, e, source.NotUnderstood, true)
}

func TestWire_TakesNoProxyFromItsSurroundings(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://proxy.example:1")
	t.Setenv("HTTPS_PROXY", "http://proxy.example:1")
	var dialled string
	src := open(t, manifest(t, "juhe"), "https://supplier.example", httpjson.Options{Dial: func(_ context.Context, _, address string) (net.Conn, error) {
		dialled = address
		return nil, errors.New("enough")
	}})
	_, e := ask1(t, src)
	expect(t, e, source.Unreachable, false)
	if dialled != "supplier.example:443" {
		t.Errorf("dialled %s", dialled)
	}
}

// stuck is a connection that can be dialled, takes one byte and no other.
type stuck struct {
	net.Conn

	wrote atomic.Bool
	gone  chan struct{}
}

func (s *stuck) Write([]byte) (int, error) { s.wrote.Store(true); <-s.gone; return 1, net.ErrClosed }
func (s *stuck) Read([]byte) (int, error)  { <-s.gone; return 0, net.ErrClosed }
func (s *stuck) Close() error {
	select {
	case <-s.gone:
	default:
		close(s.gone)
	}
	return nil
}

func TestWire_CountsAsSentOfWhichOneByteHasLeft(t *testing.T) {
	near, far := net.Pipe()
	t.Cleanup(func() { _, _ = near.Close(), far.Close() })
	conn := &stuck{Conn: near, gone: make(chan struct{})}
	src := open(t, manifest(t, "direct"), "http://127.0.0.1:1", httpjson.Options{Dial: func(context.Context, string, string) (net.Conn, error) { return conn, nil }})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := src.Verify(ctx, ask(t, 1, quartet.NeedAll))
	e, _ := err.(*source.Error) //nolint:errorlint // the contract is the type itself
	expect(t, e, source.Timeout, true)
	if !conn.wrote.Load() {
		t.Error("nothing was written, so the test proves nothing")
	}
}
