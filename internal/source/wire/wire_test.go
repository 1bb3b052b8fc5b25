package wire_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"quartet"
	"quartet/internal/source"
	"quartet/internal/source/wire"
)

// secret stands for an element, in the address and in the body.
const secret = "6200000000000005"

// post sends a question and reads the answer.
func post(t *testing.T, tr *wire.Transport, ctx context.Context, address string) (trip *wire.Trip, said string) { //nolint:revive // the test comes first
	t.Helper()
	trip = tr.Trip(ctx)
	req, err := http.NewRequest(http.MethodPost, address+"/?card="+secret, strings.NewReader("card="+secret))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := trip.RoundTrip(req)
	if err != nil {
		return trip, ""
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body) // the trip knows how it failed
	return trip, string(text)
}

func transport(t *testing.T) *wire.Transport {
	t.Helper()
	tr := wire.NewTransport(nil)
	t.Cleanup(tr.Close)
	return tr
}

// raw is a server that does with each connection what it likes.
func raw(t *testing.T, handle func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				handle(conn)
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

// readRequest takes a whole request off a connection.
func readRequest(conn net.Conn) {
	if r, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
		_, _ = io.Copy(io.Discard, r.Body)
	}
}

// discreet insists that a failure shows nothing of the question, nor of the answer.
func discreet(t *testing.T, e *source.Error) {
	t.Helper()
	for cause := error(e); cause != nil; cause = errors.Unwrap(cause) {
		if text := fmt.Sprintf("%v %+v %#v", cause, cause, cause); strings.Contains(text, secret) {
			t.Errorf("the failure shows the question: %s", text)
		}
	}
}

func TestTrip_KnowsWhetherTheQuestionMayHaveLeft(t *testing.T) {
	refused := httptest.NewServer(nil)
	refused.Close()
	untrusted := httptest.NewUnstartedServer(nil)
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	untrusted.StartTLS()
	defer untrusted.Close()
	for name, c := range map[string]struct {
		address string
		kind    source.Kind
		sent    bool
		cause   string
	}{
		"nobody listens":     {refused.URL, source.Unreachable, false, "refused"},
		"an untrusted party": {untrusted.URL, source.Unreachable, false, "not trusted"},
		"no TLS":             {strings.Replace(raw(t, func(c net.Conn) { _, _ = c.Write([]byte("HTTP/1.1 400 card=" + secret + "\r\n\r\n")) }), "http:", "https:", 1), source.Unreachable, false, "does not speak TLS"},
		"closed within it":   {raw(t, func(c net.Conn) { _, _ = c.Read(make([]byte, 1)) }), source.Failed, true, "connection"},
		"closed after it":    {raw(t, readRequest), source.Failed, true, "closed"},
		"no HTTP":            {raw(t, func(c net.Conn) { readRequest(c); _, _ = c.Write([]byte("card=" + secret + "\r\n\r\n")) }), source.Failed, true, "connection"},
		"cut within the answer": {raw(t, func(c net.Conn) {
			readRequest(c)
			_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + secret))
		}), source.Failed, true, "closed"},
		"without end": {raw(t, func(c net.Conn) {
			readRequest(c)
			_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\n\r\n"))
			for {
				if _, err := c.Write([]byte(strings.Repeat(secret, 4096))); err != nil {
					return
				}
			}
		}), source.NotUnderstood, true, "large"},
	} {
		t.Run(name, func(t *testing.T) {
			trip, _ := post(t, transport(t), t.Context(), c.address)
			e := trip.Failure()
			if e == nil || e.Kind != c.kind || e.Sent != c.sent || e.Sent != trip.Sent() {
				t.Fatalf("got %+v, want %v, sent %v", e, c.kind, c.sent)
			}
			if (e.Charged == quartet.ChargedNo) == c.sent || e.Charged == quartet.ChargedYes || e.Retry {
				t.Errorf("got %+v; what was not sent is not charged, of the rest nobody knows", e)
			}
			if !strings.Contains(e.Cause.Error(), c.cause) {
				t.Errorf("the cause is %q, want %q in it", e.Cause, c.cause)
			}
			discreet(t, e)
		})
	}
}

func TestTrip_EndsWithItsTime(t *testing.T) {
	silent := raw(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	slow := raw(t, func(c net.Conn) {
		readRequest(c)
		_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"))
		_, _ = io.Copy(io.Discard, c)
	})
	handshake := strings.Replace(silent, "http:", "https:", 1)
	for name, c := range map[string]struct {
		address string
		sent    bool
	}{"no answer": {silent, true}, "half an answer": {slow, true}, "no handshake": {handshake, false}} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			trip, _ := post(t, transport(t), ctx, c.address)
			e := trip.Failure()
			if e == nil || e.Kind != source.Timeout || e.Sent != c.sent || !errors.Is(e, context.DeadlineExceeded) {
				t.Fatalf("got %+v, want a timeout, sent %v", e, c.sent)
			}
			discreet(t, e)
		})
	}
}

func TestTrip_AsksOnceWhateverHappens(t *testing.T) {
	t.Run("a connection that has gone stale", func(t *testing.T) {
		var asked atomic.Int32
		address := raw(t, func(c net.Conn) {
			reader := bufio.NewReader(c)
			for {
				r, err := http.ReadRequest(reader)
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, r.Body)
				if asked.Add(1) == 2 { // processed, and the answer is lost
					return
				}
				_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
			}
		})
		tr := transport(t)
		if trip, said := post(t, tr, t.Context(), address); said != "ok" {
			t.Fatal(trip.Failure())
		}
		trip, _ := post(t, tr, t.Context(), address)
		if e := trip.Failure(); e == nil || e.Kind != source.Failed || !e.Sent {
			t.Errorf("got %+v, want a failure that was sent", e)
		}
		if got := asked.Load(); got != 2 {
			t.Errorf("asked %d times, want 2", got)
		}
	})
	t.Run("a redirect", func(t *testing.T) {
		var asked atomic.Int32
		var server *httptest.Server
		server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			http.Redirect(w, r, server.URL+"/elsewhere", http.StatusTemporaryRedirect)
		}))
		defer server.Close()
		trip := transport(t).Trip(t.Context())
		resp, err := (&http.Client{Transport: trip}).Post(server.URL, "text/plain", strings.NewReader(secret))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusTemporaryRedirect || asked.Load() != 1 {
			t.Errorf("got %d and asked %d times", resp.StatusCode, asked.Load())
		}
	})
	t.Run("a client that repeats", func(t *testing.T) {
		server := httptest.NewServer(nil)
		defer server.Close()
		trip, _ := post(t, transport(t), t.Context(), server.URL)
		req, err := http.NewRequest(http.MethodPost, server.URL, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if resp, err := trip.RoundTrip(req); err == nil {
			_ = resp.Body.Close()
			t.Error("it was sent again")
		}
	})
}

func TestTransport_KeepsItsConnections(t *testing.T) {
	var connections atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok")) }))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	tr := transport(t)
	for range 5 {
		if trip, said := post(t, tr, t.Context(), server.URL); said != "ok" {
			t.Fatal(trip.Failure())
		}
	}
	if got := connections.Load(); got != 1 {
		t.Errorf("made %d connections, want 1", got)
	}
}

func TestTransport_ObeysNoProxyOfTheEnvironment(t *testing.T) {
	proxied := url.URL{Scheme: "http", Host: strings.TrimPrefix(raw(t, func(c net.Conn) { _, _ = c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nproxy")) }), "http://")}
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
		t.Setenv(name, proxied.String())
	}
	trip, said := post(t, transport(t), t.Context(), "http://quartet.invalid")
	if e := trip.Failure(); said != "" || e == nil || e.Kind != source.Unreachable || !strings.Contains(e.Cause.Error(), "not found") {
		t.Errorf("got %q, %+v", said, e)
	}
}
