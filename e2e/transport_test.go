package e2e_test

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// pair is a certificate of the local machine in two files.
type pair struct {
	cert, key string
	roots     *x509.CertPool
}

func newPair(t *testing.T) *pair {
	t.Helper()
	dir := t.TempDir()
	p := &pair{cert: filepath.Join(dir, "cert.pem"), key: filepath.Join(dir, "key.pem"), roots: x509.NewCertPool()}
	p.renew(t)
	return p
}

// renew writes another certificate in the place of the one before, and gives its number.
func (p *pair) renew(t *testing.T) *big.Int {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "quartet"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{p.cert: {Type: "CERTIFICATE", Bytes: der}, p.key: {Type: "PRIVATE KEY", Bytes: key}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p.roots.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return template.SerialNumber
}

func (p *pair) environ() []string {
	return environ(guardOff, "QUARTET_TLS_CERT="+p.cert, "QUARTET_TLS_KEY="+p.key)
}

// over is a buyer who believes the pair.
func (n *node) over(p *pair, http2 bool) *client {
	c := n.buyer()
	c.http.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: p.roots}, ForceAttemptHTTP2: http2}
	return c
}

// dial opens a connection to the API.
func (n *node) dial(t *testing.T) net.Conn {
	t.Helper()
	_, at, _ := strings.Cut(n.url, "://")
	conn, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	return conn
}

// used is how many units the book says are used.
func used(t *testing.T, dir string) (sum int64) {
	t.Helper()
	for _, g := range lines[grant](t, must(t, environ(), "quota", "show", "--json", "--data", dir)) {
		sum += g.Used + g.Held
	}
	return sum
}

func curl(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("curl", append([]string{"-sS", "--max-time", "20"}, args...)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("curl: %v\n%s", err, &errs)
	}
	return out.String()
}

func TestTransport_SpeaksTLSInBothVersionsOfHTTP(t *testing.T) {
	t.Parallel()
	files := newPair(t)
	dir := folder(t)
	n := startDemo(t, dir, files.environ())
	form := n.demo.People[0].form()
	var wg sync.WaitGroup
	for _, http2 := range []bool{false, true} {
		c := n.over(files, http2)
		if a := c.mustAsk(t, form); a.result() != "1" {
			t.Fatalf("HTTP/2 %v: %d %s", http2, a.status, a.body)
		}
		for range 30 { // over HTTP/2 they share a connection
			wg.Go(func() {
				if a, err := c.ask(form, ""); err != nil || a.result() != "1" {
					t.Errorf("HTTP/2 %v: %s %v", http2, a.body, err)
				}
			})
		}
	}
	wg.Wait()
	for version, flag := range map[string]string{"1.1": "--http1.1", "2": "--http2"} {
		got := curl(t, flag, "--cacert", files.cert, "-w", "\n%{http_version}", "-H", "Authorization: APPCODE "+n.demo.AppCode, "-d", form.Encode(), n.url+path)
		if !strings.Contains(got, `{"state":"1"}`) || !strings.HasSuffix(got, "\n"+version) {
			t.Errorf("curl %s: %s", flag, got)
		}
	}
	if got := used(t, dir); got != 64 {
		t.Errorf("64 verdicts, %d units", got)
	}

	_, at, _ := strings.Cut(n.url, "://")
	old := &tls.Config{RootCAs: files.roots, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	if conn, err := tls.Dial("tcp", at, old); err == nil {
		_ = conn.Close()
		t.Error("TLS 1.1 is spoken")
	}
	plain := newClient("http://"+at, n.demo.AppCode).mustAsk(t, form)
	if plain.gateway() != "403 I403PT" || plain.body != "" || plain.header.Get("X-Ca-Request-Id") == "" {
		t.Errorf("plain HTTP on the port of TLS: %s %q %v", plain.gateway(), plain.body, plain.header)
	}
	if exit := n.stop(); exit != 0 || strings.Contains(n.log.String(), "still in flight") {
		t.Errorf("exit %d\n%s", exit, n.log)
	}
}

// said waits until the log says something.
func (n *node) said(what string) bool {
	for range 1500 {
		if strings.Contains(n.log.String(), what) {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}

func TestTransport_TakesANewCertificateWithoutARestart(t *testing.T) {
	t.Parallel()
	files := newPair(t)
	n := startDemo(t, folder(t), files.environ())
	form, old := n.demo.People[0].form(), n.over(files, true)
	shown := func(c *client) (string, *big.Int) {
		t.Helper()
		r, err := http.NewRequest(http.MethodPost, c.url+path+"?"+form.Encode(), nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "APPCODE "+c.appcode)
		resp, err := c.http.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		return string(body), resp.TLS.PeerCertificates[0].SerialNumber
	}
	_, first := shown(old)
	second := files.renew(t)
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		_, got := shown(n.over(files, false))
		if got.Cmp(second) == 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("the new certificate is not shown\n%s", n.log)
		}
	}
	body, got := shown(old)
	if got.Cmp(first) != 0 || !strings.Contains(body, `{"state":"1"}`) {
		t.Errorf("the connection from before: %s by %v, not %v", body, got, first)
	}
	if err := os.WriteFile(files.cert, []byte("-----BEGIN CERTIFICATE-----\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if !n.said("cannot use the new certificate") {
		t.Errorf("the log does not tell of a broken file:\n%s", n.log)
	}
	if body, got := shown(n.over(files, true)); got.Cmp(second) != 0 || !strings.Contains(body, `{"state":"1"}`) {
		t.Errorf("with a broken file: %s by %v, not %v", body, got, second)
	}
}

func TestTransport_RefusesToServeOthersInClearUnlessTold(t *testing.T) {
	t.Parallel()
	out, errs, exit := command(t, environ(), "serve", "--data", folder(t), "--listen", "0.0.0.0:0", "--admin-listen", "127.0.0.1:0")
	if exit == 0 || !strings.Contains(out+errs, "allow_plain_http") {
		t.Errorf("exit %d\n%s%s", exit, out, errs)
	}
}

// Two hundred connections send a byte a second: half of them in their handshake, half in
// the head of a request.
func TestTransport_IsNotHeldUpByTheSlow(t *testing.T) {
	files := newPair(t)
	n := startDemo(t, folder(t), files.environ())
	const hello = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	const head = "POST " + path + " HTTP/1.1\r\nHost: h\r\nX: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	var slow sync.WaitGroup
	begun := make(chan bool, 200)
	for i := range 200 {
		raw := n.dial(t)
		slow.Go(func() {
			conn, text, at := raw, hello, 1
			if i%2 == 0 {
				secure := tls.Client(raw, &tls.Config{RootCAs: files.roots, ServerName: "127.0.0.1"})
				if err := secure.Handshake(); err != nil {
					t.Error(err)
				}
				conn, text, at = secure, head, 70
			}
			_, err := io.WriteString(conn, text[:at])
			begun <- true
			for _, b := range []byte(text[at:]) {
				if err != nil {
					return // it was cut off
				}
				time.Sleep(time.Second)
				_, err = conn.Write([]byte{b})
			}
			t.Error("a slow connection was never cut off")
		})
	}
	for range 200 {
		<-begun
	}
	if a := n.over(files, false).mustAsk(t, n.demo.People[0].form()); a.result() != "1" {
		t.Errorf("an honest caller got %d %s", a.status, a.body)
	}
	done := make(chan bool)
	go func() { slow.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(12 * time.Second): // 5 s each for the handshake and for the head
		t.Error("slow connections stay open")
	}
}

func TestTransport_TakesABodyInAnyForm(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	n := startDemo(t, dir, environ(guardOff))
	form := n.demo.People[0].form().Encode() + "&padding="
	whole := form + strings.Repeat("x", 64<<10-len(form))
	auth := "Host: h\r\nContent-Type: application/x-www-form-urlencoded\r\nAuthorization: APPCODE "
	send := func(body io.Reader) answer {
		t.Helper()
		r, err := http.NewRequest(http.MethodPost, n.url+path, body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Authorization", "APPCODE "+n.demo.AppCode)
		a, err := n.buyer().send(r)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	chunked := func(text string) io.Reader { return io.MultiReader(strings.NewReader(text)) } // of no length that is known
	for name, body := range map[string]func(string) io.Reader{
		"announced": func(text string) io.Reader { return strings.NewReader(text) }, "chunked": chunked,
	} {
		if a := send(body(whole)); a.result() != "1" {
			t.Errorf("64 KiB %s: %d %s", name, a.status, a.body)
		}
		if a := send(body(whole + "x")); a.gateway() != "413 I413RL" || a.body != "" {
			t.Errorf("more than 64 KiB %s: %s %q", name, a.gateway(), a.body)
		}
	}
	// A body is asked for before it is sent, unless it would not be taken.
	for _, tt := range []struct{ name, code, length, first, then string }{
		{"a good one", n.demo.AppCode, "", "HTTP/1.1 100 Continue", "HTTP/1.1 200 OK"},
		{"one of a stranger", strings.Repeat("0", 32), "", "HTTP/1.1 100 Continue", "HTTP/1.1 400 Bad Request"},
		{"one that is too large", n.demo.AppCode, "65537", "HTTP/1.1 413 Request Entity Too Large", ""},
	} {
		body := n.demo.People[0].form().Encode()
		if tt.length == "" {
			tt.length = decimal(len(body))
		}
		conn := n.dial(t)
		r := bufio.NewReader(conn)
		begin := func(text string) string {
			if _, err := io.WriteString(conn, text); err != nil {
				t.Fatal(err)
			}
			line, _ := r.ReadString('\n')
			for end := line; end != "\r\n" && end != ""; { // to the end of the head
				end, _ = r.ReadString('\n')
			}
			return strings.TrimSpace(line)
		}
		if got := begin("POST " + path + " HTTP/1.1\r\n" + auth + tt.code + "\r\nExpect: 100-continue\r\nContent-Length: " + tt.length + "\r\n\r\n"); got != tt.first {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.first)
		}
		if tt.then != "" {
			if got := begin(body); got != tt.then {
				t.Errorf("%s: then %q, want %q", tt.name, got, tt.then)
			}
		}
	}
	got := curl(t, "-H", "Expect: 100-continue", "--expect100-timeout", "15", "-H", "Authorization: APPCODE "+n.demo.AppCode, "-d", n.demo.People[0].form().Encode(), n.url+path)
	if !strings.Contains(got, `{"state":"1"}`) {
		t.Errorf("curl that waits for 100 Continue: %s", got)
	}
	// A body that ends before it should.
	conn := n.dial(t)
	if _, err := io.WriteString(conn, "POST "+path+" HTTP/1.1\r\n"+auth+n.demo.AppCode+"\r\nContent-Length: 1000\r\n\r\n"+form); err != nil {
		t.Fatal(err)
	}
	_ = conn.(*net.TCPConn).CloseWrite()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || resp.Header.Get("X-Ca-Error-Code") != "I400BD" {
		t.Errorf("a body that broke off: %v %v", resp, err)
	}
	if got := used(t, dir); got != 4 { // two of 64 KiB, one asked for, one by curl
		t.Errorf("4 verdicts, %d units", got)
	}
}
