package pay

import (
	"io"
	"net/http"
	"net/url"
	"time"
)

const (
	askTimeout = 15 * time.Second
	maxAnswer  = 64 << 20 // a bill of a day
)

// Client asks a provider over HTTP. An answer ends after a time and a size, a redirection
// is not followed: nothing that is signed for one address is sent to another. gateway, if
// not nil, is asked instead of the address that an SDK has built in.
func Client(gateway *url.URL) *http.Client {
	return &http.Client{
		Timeout:       askTimeout,
		Transport:     &bounded{gateway: gateway, next: http.DefaultTransport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

type bounded struct {
	gateway *url.URL
	next    http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (b *bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	if b.gateway != nil {
		r = r.Clone(r.Context())
		r.URL.Scheme, r.URL.Host, r.Host = b.gateway.Scheme, b.gateway.Host, b.gateway.Host
	}
	res, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	res.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(res.Body, maxAnswer), res.Body}
	return res, nil
}
