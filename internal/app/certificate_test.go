package app_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"quartet/internal/app"
)

// pair is a certificate of the local machine in two files, and who believes it.
type pair struct {
	cert, key string
	roots     *x509.CertPool
	ends      time.Time
}

func newPair(t *testing.T, left time.Duration) *pair {
	t.Helper()
	dir := t.TempDir()
	p := &pair{cert: filepath.Join(dir, "cert.pem"), key: filepath.Join(dir, "key.pem"), roots: x509.NewCertPool()}
	cert, key := p.make(t, time.Now().Add(-time.Hour), time.Now().Add(left))
	p.write(t, cert, key)
	return p
}

// make makes another pair, which is believed as well, and leaves the files alone.
func (p *pair) make(t *testing.T, from, to time.Time) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "quartet"},
		NotBefore: from, NotAfter: to, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"},
		BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	der8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	p.roots.AppendCertsFromPEM(cert)
	p.ends = to.Truncate(time.Second)
	return cert, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der8})
}

func (p *pair) write(t *testing.T, cert, key []byte) {
	t.Helper()
	for path, text := range map[string][]byte{p.cert: cert, p.key: key} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// client believes the pair and speaks HTTP/2 where it can.
func (p *pair) client() *http.Client {
	return &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: p.roots}, ForceAttemptHTTP2: true}}
}

// shown is when the certificate ends that a new connection is shown.
func (n *node) shown(t *testing.T) time.Time {
	t.Helper()
	_, at, _ := strings.Cut(n.URL(), "://")
	conn, err := tls.Dial("tcp", at, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	return conn.ConnectionState().PeerCertificates[0].NotAfter
}

func (n *node) becomesShown(t *testing.T, want time.Time) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); !n.shown(t).Equal(want); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("a certificate that ends %v is shown, not %v", n.shown(t), want)
		}
	}
}

const refused = "cannot use the new certificate"

const looks = 20 * time.Millisecond

func attentive(o *app.Options) { o.Waits.Certificate = looks }

func TestCertificate_IsRenewedWhileOldConnectionsGoOn(t *testing.T) {
	t.Parallel()
	files := newPair(t, time.Hour)
	n := listening(t, files, attentive)
	first := files.ends
	_, at, _ := strings.Cut(n.URL(), "://")
	old, err := tls.Dial("tcp", at, &tls.Config{RootCAs: files.roots})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = old.Close() }()
	cert, key := files.make(t, time.Now().Add(-time.Hour), time.Now().Add(2*time.Hour))
	files.write(t, cert, key)
	n.becomesShown(t, files.ends)
	if first.Equal(files.ends) {
		t.Fatal("the two do not differ")
	}
	if resp, _ := say(t, old, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("the old connection: %d", resp.StatusCode)
	}
	_, figures := get(t, n.AdminURL()+"/metrics")
	if want := fmt.Sprintf("quartet_tls_certificate_expires_seconds %v", float64(files.ends.Unix())); !strings.Contains(figures, want) {
		t.Errorf("missing: %s", want)
	}
}

func TestCertificate_ThatCannotBeUsedLeavesTheOldOneInForce(t *testing.T) {
	t.Parallel()
	files := newPair(t, time.Hour)
	old := files.ends
	n := listening(t, files, attentive)
	now := time.Now()
	over, overKey := files.make(t, now.Add(-2*time.Hour), now.Add(-time.Hour))
	_, other := files.make(t, now.Add(-time.Hour), now.Add(time.Hour))
	for _, bad := range []struct {
		name      string
		cert, key []byte
	}{
		{"no certificate", []byte("nonsense"), overKey},
		{"the key of another", over, other},
		{"a certificate that is over", over, overKey},
		{"nothing", nil, nil},
	} {
		before := n.count(refused)
		files.write(t, bad.cert, bad.key)
		for end := time.Now().Add(15 * time.Second); n.count(refused) == before; time.Sleep(looks) {
			if time.Now().After(end) {
				t.Fatalf("%s: the log does not say so\n%s", bad.name, n.log)
			}
		}
		time.Sleep(3 * looks) // what was seen when half of it was written has been told as well
		told := n.count(refused)
		time.Sleep(5 * looks)
		if n.count(refused) != told {
			t.Errorf("%s: it is said again and again", bad.name)
		}
		if got := n.shown(t); !got.Equal(old) {
			t.Errorf("%s: shown is one that ends %v", bad.name, got)
		}
	}
	if err := os.Remove(files.cert); err != nil {
		t.Fatal(err)
	}
	time.Sleep(5 * looks)
	if got := n.result(t, person(1)); got != paid {
		t.Errorf("without a file: %s", got)
	}
	cert, key := files.make(t, now.Add(-time.Hour), now.Add(3*time.Hour))
	files.write(t, cert, key)
	n.becomesShown(t, files.ends)
}

// Whoever copies the files before their time finds them in force when it has come.
func TestCertificate_ComesIntoForceInItsTime(t *testing.T) {
	t.Parallel()
	files := newPair(t, time.Hour)
	old := files.ends
	n := listening(t, files, attentive)
	cert, key := files.make(t, time.Now().Add(2*time.Second), time.Now().Add(2*time.Hour))
	files.write(t, cert, key)
	time.Sleep(10 * looks)
	if got := n.shown(t); !got.Equal(old) {
		t.Errorf("shown before its time is one that ends %v", got)
	}
	n.becomesShown(t, files.ends)
}

func TestCertificate_ThatCannotBeUsedAtTheStartIsRefused(t *testing.T) {
	t.Parallel()
	files := newPair(t, time.Hour)
	files.write(t, []byte("nonsense"), []byte("nonsense"))
	c := settings(t)
	c.TLSCert, c.TLSKey = files.cert, files.key
	o := app.Options{}
	o.Config.Config = c
	if _, err := launchWith(t, o); err == nil || !strings.Contains(err.Error(), "cannot use the certificate "+files.cert) {
		t.Errorf("%v", err)
	}
}

func TestCertificate_ThatIsOverAtTheStartIsServedAndTold(t *testing.T) {
	t.Parallel()
	files := newPair(t, -time.Minute)
	n := listening(t, files, attentive)
	if got := n.shown(t); !got.Equal(files.ends) || n.count("callers that check the certificate will refuse it") != 1 {
		t.Errorf("shown is one that ends %v\n%s", got, n.log)
	}
}

// count is how often the log says something.
func (n *node) count(what string) int {
	n.lines.Flush()
	return strings.Count(n.log.String(), what)
}
