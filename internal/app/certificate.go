package app

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"math"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"quartet"
	"quartet/internal/obs"
)

// certificate is the pair of files that the API shows itself by. The files are looked at
// now and again, by their content, since names and times tell nothing of a link that was
// turned. A pair that cannot be used leaves the one before it in force.
type certificate struct {
	certFile, keyFile string
	now               func() time.Time
	log               *slog.Logger

	force   atomic.Pointer[tls.Certificate]
	content [sha256.Size]byte // of the files in force
	refused string            // what was logged last of files that could not be used
}

// loadCertificate reads the pair for the first time; it must be usable then.
func loadCertificate(certFile, keyFile string, now func() time.Time, log *slog.Logger) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, now: now, log: log}
	cert, key, err := c.read()
	if err == nil {
		err = c.use(cert, key)
	}
	if err != nil {
		return nil, quartet.Errorf(quartet.ErrInvalid, "cannot use the certificate %s with the key %s: %w", certFile, keyFile, err)
	}
	return c, nil
}

// look puts a new pair in force for connections that come from now on. A pair that cannot
// be used is told once, until its content or the reason is another.
func (c *certificate) look() {
	cert, key, err := c.read()
	content := hash(cert, key)
	if content == c.content {
		c.refused = ""
		return
	}
	if err == nil {
		err = c.use(cert, key)
	}
	if err == nil {
		return
	}
	if refused := fmt.Sprintf("%x %v", content, err); refused != c.refused {
		c.refused = refused
		c.log.Error("cannot use the new certificate; the one before it stays in force", "cert", c.certFile, "key", c.keyFile, obs.Err(err))
	}
}

func (c *certificate) read() (cert, key []byte, err error) {
	if cert, err = os.ReadFile(c.certFile); err != nil {
		return nil, nil, err
	}
	if key, err = os.ReadFile(c.keyFile); err != nil {
		return nil, nil, err
	}
	return cert, key, nil
}

func hash(cert, key []byte) [sha256.Size]byte {
	return sha256.Sum256(slices.Concat(cert, []byte{0}, key))
}

// use puts a pair in force. One whose time has not come or is over is refused while the
// one before it is valid.
func (c *certificate) use(cert, key []byte) error {
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return err
	}
	if err := c.valid(pair.Leaf); err != nil {
		if before := c.force.Load(); before != nil && c.valid(before.Leaf) == nil {
			return err
		}
		c.log.Warn("callers that check the certificate will refuse it", "file", c.certFile, obs.Err(err))
	}
	c.force.Store(&pair)
	c.content, c.refused = hash(cert, key), ""
	c.log.Info("a certificate is in force", "file", c.certFile, "not_after", pair.Leaf.NotAfter)
	return nil
}

// valid is nil while callers may accept the certificate.
func (c *certificate) valid(leaf *x509.Certificate) error {
	if now := c.now(); now.Before(leaf.NotBefore) || now.After(leaf.NotAfter) {
		return quartet.Errorf(quartet.ErrInvalid, "it is valid from %s to %s only", leaf.NotBefore.Format(time.RFC3339), leaf.NotAfter.Format(time.RFC3339))
	}
	return nil
}

// ends is when the certificate in force ends, in Unix seconds; without one never.
func (c *certificate) ends() float64 {
	if c == nil {
		return math.Inf(1)
	}
	return float64(c.force.Load().Leaf.NotAfter.Unix())
}

// config is TLS as the API speaks it.
func (c *certificate) config() *tls.Config {
	return &tls.Config{
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.force.Load(), nil },
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2", "http/1.1"},
	}
}
