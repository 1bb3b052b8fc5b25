package app_test

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"quartet/internal/app"
	"quartet/internal/config"
	"quartet/internal/source/registry"
)

// briefly is as long as an impatient node waits.
const briefly = 300 * time.Millisecond

// listening runs a node that answers by its simulator, with TLS if there are files.
func listening(t *testing.T, files *pair, change func(*app.Options)) *node {
	t.Helper()
	c := settings(t)
	bySimulator(t, &c, bySupplier)
	if files != nil {
		c.TLSCert, c.TLSKey = files.cert, files.key
	}
	o := app.Options{Config: config.Loaded{Config: c}}
	if change != nil {
		change(&o)
	}
	n, err := launchWith(t, o)
	if err != nil {
		t.Fatal(err)
	}
	if files != nil {
		n.client.HTTP = files.client()
		t.Cleanup(n.client.HTTP.CloseIdleConnections)
	}
	return n
}

// dial opens a connection to the API.
func (n *node) dial(t *testing.T) net.Conn {
	t.Helper()
	_, at, _ := strings.Cut(n.URL(), "://")
	conn, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	return conn
}

// say sends a text over a connection and reads one answer.
func say(t *testing.T, conn net.Conn, text string) (resp *http.Response, body string) {
	t.Helper()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	defer func() { _ = resp.Body.Close() }()
	all, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(all)
}

// ended reports whether the other end closes the connection without another byte.
func ended(conn net.Conn) bool {
	_, err := conn.Read(make([]byte, 1))
	return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)
}

// wantGateway is that an answer is one of the gateway's, whole.
func wantGateway(t *testing.T, resp *http.Response, body string, status int, code string) {
	t.Helper()
	h := resp.Header
	if resp.StatusCode != status || h.Get("X-Ca-Error-Code") != code || h.Get("X-Ca-Error-Message") == "" || len(h.Get("X-Ca-Request-Id")) != 36 || body != "" {
		t.Errorf("%d %v %q, want %d %s", resp.StatusCode, h, body, status, code)
	}
}

func question(i int64) string {
	p := registry.Person(7, i)
	return "name=" + p.Name + "&idcard=" + p.ID + "&acc_no=" + p.Card + "&mobile=" + p.Mobile
}

func TestTLS_SpeaksBothVersionsOfHTTP(t *testing.T) {
	t.Parallel()
	files := newPair(t, time.Hour)
	n := listening(t, files, nil)
	for _, want := range []string{"HTTP/1.1", "HTTP/2.0"} {
		h := files.client()
		h.Transport.(*http.Transport).ForceAttemptHTTP2 = want == "HTTP/2.0"
		resp, err := h.Post(n.URL()+"/communication/personal/1887", "application/x-www-form-urlencoded", strings.NewReader(question(1)))
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.Proto != want || resp.Header.Get("X-Ca-Error-Code") != "A400MA" {
			t.Errorf("%s: %s %v", want, resp.Proto, resp.Header)
		}
	}
	if got := n.result(t, person(1)); got != paid {
		t.Errorf("got %s", got)
	}
	// Stopping does not wait for a connection that has nothing to say.
	if err := n.Stop(context.Background()); err != nil || n.count("calls were still in flight") > 0 {
		t.Errorf("it did not stop in good order: %v\n%s", err, n.log)
	}
}

func TestTLS_TellsPlainHTTPInTheGatewaysWords(t *testing.T) {
	t.Parallel()
	n := listening(t, newPair(t, time.Hour), nil)
	conn := n.dial(t)
	resp, body := say(t, conn, "POST /communication/personal/1887 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc")
	wantGateway(t, resp, body, http.StatusForbidden, "I403PT")
	// Nothing else is told before that.
	resp, body = say(t, conn, "GET /nowhere?"+strings.Repeat("a", 9000)+" HTTP/1.1\r\nHost: h\r\n\r\n")
	wantGateway(t, resp, body, http.StatusForbidden, "I403PT")
	_, figures := get(t, n.AdminURL()+"/metrics")
	if want := `quartet_gateway_answers_total{code="I403PT"} 2`; !strings.Contains(figures, want) {
		t.Errorf("missing: %s", want)
	}
}

// Connections that say nothing are more than a node waits for. As long as they are, others
// are taken for TLS unseen: plain HTTP is told in the words of net/http.
func TestTLS_DoesNotWaitForTheSilent(t *testing.T) {
	t.Parallel()
	n := listening(t, newPair(t, time.Hour), func(o *app.Options) { o.Waits.Head = time.Hour })
	for range 300 {
		n.dial(t)
	}
	if got := n.result(t, person(1)); got != paid {
		t.Errorf("got %s", got)
	}
	if resp, _ := say(t, n.dial(t), "GET / HTTP/1.1\r\nHost: h\r\n\r\n"); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("plain HTTP is answered %d: all are waited for", resp.StatusCode)
	}
}

func TestTLS_ClosesTheSilentWhenTheNodeStops(t *testing.T) {
	t.Parallel()
	n := listening(t, newPair(t, time.Hour), func(o *app.Options) { o.Waits.Head = time.Hour })
	conn := n.dial(t)
	time.Sleep(50 * time.Millisecond) // it is waited for
	if err := n.Stop(context.Background()); err != nil {
		t.Error(err)
	}
	if !ended(conn) {
		t.Error("a silent connection stays open")
	}
}

func TestTLS_RefusesVersionsBefore12(t *testing.T) {
	t.Parallel()
	files := newPair(t, time.Hour)
	n := listening(t, files, nil)
	_, at, _ := strings.Cut(n.URL(), "://")
	for version, want := range map[uint16]bool{tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		conn, err := tls.Dial("tcp", at, &tls.Config{RootCAs: files.roots, MinVersion: version, MaxVersion: version})
		if (err == nil) != want {
			t.Errorf("%s: %v", tls.VersionName(version), err)
		}
		if err == nil {
			_ = conn.Close()
		}
	}
}

func TestRequireHTTPS_BelievesTheProxyAlone(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, trusted, said, want string
	}{
		{"a proxy that was asked by HTTPS", "127.0.0.1/32", "https", "A400MA"},
		{"a proxy that was asked by HTTP", "127.0.0.1/32", "http", "I403PT"},
		{"a proxy that does not say", "127.0.0.1/32", "", "I403PT"},
		{"a stranger", "192.0.2.1/32", "https", "I403PT"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			n := listening(t, nil, func(o *app.Options) {
				o.Config.RequireHTTPS, o.Config.TrustedProxies = true, []netip.Prefix{netip.MustParsePrefix(tt.trusted)}
			})
			header := ""
			if tt.said != "" {
				header = "X-Forwarded-Proto: " + tt.said + "\r\n"
			}
			resp, _ := say(t, n.dial(t), "POST /communication/personal/1887 HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n"+header+"\r\n")
			if got := resp.Header.Get("X-Ca-Error-Code"); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestAPI_RedirectsNobody(t *testing.T) {
	t.Parallel()
	n := listening(t, nil, nil)
	for _, target := range []string{
		"//communication/personal/1887", "/communication/personal/1887/", "/communication//personal/1887",
		"/communication/../communication/personal/1887", "/./communication/personal/1887", "/communication/personal/1887/.",
		"/communication%2Fpersonal/1887", "/communication%2fpersonal%2f1887", "/communication/%2e%2e/communication/personal/1887",
		"/communication/personal/1887;v=1", "/communication/personal", "/", "/COMMUNICATION/personal/1887",
	} {
		resp, body := say(t, n.dial(t), "POST "+target+" HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\na=b")
		t.Log(target)
		wantGateway(t, resp, body, http.StatusNotFound, "I404NF")
	}
	resp, body := say(t, n.dial(t), "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n")
	wantGateway(t, resp, body, http.StatusNotFound, "I404NF")
}

func TestURL_HasALimit(t *testing.T) {
	t.Parallel()
	n := listening(t, nil, nil)
	ask := func(length int) *http.Response {
		target := "/communication/personal/1887?a="
		resp, _ := say(t, n.dial(t), "POST "+target+strings.Repeat("x", length-len(target))+" HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n")
		return resp
	}
	if resp := ask(8 << 10); resp.Header.Get("X-Ca-Error-Code") != "A400MA" {
		t.Errorf("a URL of 8 KiB: %d %v", resp.StatusCode, resp.Header)
	}
	wantGateway(t, ask(8<<10+1), "", http.StatusRequestEntityTooLarge, "I413UL")
	if resp := ask(24 << 10); resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a head of 24 KiB: %d", resp.StatusCode)
	}
}

func TestWaits_EndWhatComesTooSlowly(t *testing.T) {
	t.Parallel()
	const head = "POST /communication/personal/1887 HTTP/1.1\r\nHost: h\r\n"
	waits := func(w app.Waits) func(*app.Options) {
		return func(o *app.Options) {
			o.Waits = app.Waits{
				Head: cmp.Or(w.Head, time.Hour), Request: cmp.Or(w.Request, time.Hour), Idle: cmp.Or(w.Idle, time.Hour),
			}
		}
	}
	t.Run("a connection on which nothing more is asked", func(t *testing.T) {
		t.Parallel()
		conn := listening(t, nil, waits(app.Waits{Idle: briefly})).dial(t)
		say(t, conn, head+"Content-Length: 0\r\n\r\n")
		if !ended(conn) {
			t.Error("it stays open")
		}
	})
	t.Run("a connection of TLS on which nothing comes", func(t *testing.T) {
		t.Parallel()
		n := listening(t, newPair(t, time.Hour), waits(app.Waits{Head: briefly}))
		conns := make([]net.Conn, 300) // more than are waited for
		for i := range conns {
			conns[i] = n.dial(t)
		}
		for _, conn := range conns {
			if !ended(conn) {
				t.Fatal("it stays open")
			}
		}
	})
	t.Run("a head", func(t *testing.T) {
		t.Parallel()
		conn := listening(t, nil, waits(app.Waits{Head: briefly})).dial(t)
		go func() { // it never ends, and never pauses
			for {
				if _, err := io.WriteString(conn, "X: y\r\n"); err != nil {
					return
				}
				time.Sleep(briefly / 10)
			}
		}()
		if _, err := io.WriteString(conn, head); err != nil {
			t.Fatal(err)
		}
		if !ended(conn) {
			t.Error("it stays open")
		}
	})
	t.Run("a body", func(t *testing.T) {
		t.Parallel()
		resp, body := say(t, listening(t, nil, waits(app.Waits{Request: briefly})).dial(t), head+"Content-Length: 9\r\n\r\nabc")
		wantGateway(t, resp, body, http.StatusBadRequest, "I400BD")
	})
	t.Run("a request of the admin address", func(t *testing.T) {
		t.Parallel()
		n := listening(t, nil, waits(app.Waits{Head: briefly}))
		conn, err := net.Dial("tcp", strings.TrimPrefix(n.AdminURL(), "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
		if _, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nX: "); err != nil {
			t.Fatal(err)
		}
		if !ended(conn) {
			t.Error("it stays open")
		}
	})
}

func TestStop_AnswersTheCallsInFlightOverHTTP2(t *testing.T) {
	t.Parallel()
	files := newPair(t, time.Hour)
	n := listening(t, files, func(o *app.Options) { bySimulator(t, &o.Config.Config, "default: {verdict: match, delay: 700ms}\n") })
	var wg sync.WaitGroup
	for i := range int64(3) {
		wg.Go(func() {
			if got := n.result(t, person(i)); got != paid {
				t.Errorf("a call in flight got %s", got)
			}
		})
	}
	time.Sleep(300 * time.Millisecond) // the three are with the simulator
	stopped := make(chan error, 1)
	go func() { stopped <- n.Stop(context.Background()) }()
	time.Sleep(100 * time.Millisecond)
	if got := n.result(t, person(9)); got != "10019" {
		t.Errorf("a later call got %s", got)
	}
	wg.Wait()
	if err := <-stopped; err != nil || n.count("calls were still in flight") > 0 {
		t.Errorf("it did not stop in good order: %v\n%s", err, n.log)
	}
}
