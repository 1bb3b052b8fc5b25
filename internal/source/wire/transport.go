package wire

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"time"
)

// connecting bounds each of dialling and the TLS handshake, so that a source with a second
// address has time left to try it.
const connecting = 3 * time.Second

// Transport holds the connections to one source. Safe for concurrent use.
type Transport struct{ base *http.Transport }

// NewTransport makes one that trusts the given roots; nil means those of the system.
func NewTransport(roots *x509.CertPool) *Transport {
	var http1 http.Protocols
	http1.SetHTTP1(true) // an HTTP/2 client repeats requests by rules of its own
	dialer := &net.Dialer{Timeout: connecting, KeepAlive: 30 * time.Second}
	return &Transport{base: &http.Transport{
		Proxy:                  nil, // elements pass no hand that nobody named
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		TLSHandshakeTimeout:    connecting,
		MaxIdleConnsPerHost:    32,
		IdleConnTimeout:        30 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true,
		// No header may leave before it is written whole: see Trip.
		WriteBufferSize: 64 << 10,
		Protocols:       &http1,
	}}
}

// Close ends the connections that nobody uses.
func (t *Transport) Close() { t.base.CloseIdleConnections() }
