package client

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// API is a client of the management API of one house. Safe for concurrent use.
type API struct {
	base    string // with the prefix of the API
	token   string
	http    *http.Client
	retries int
	plain   bool
}

// Option is how an API is called.
type Option func(*API)

// Token is who calls: a token of the house, qtk_….
func Token(token string) Option { return func(c *API) { c.token = strings.TrimSpace(token) } }

// HTTPClient is what requests are sent through. It should have no Timeout, which would end files
// as well: contexts do that.
func HTTPClient(through *http.Client) Option { return func(c *API) { c.http = through } }

// Retries is how often what got no answer is sent again; 3 unless said otherwise.
func Retries(n int) Option { return func(c *API) { c.retries = max(n, 0) } }

// PlainHTTP lets a token go over a network without TLS, where everybody on the way can read it.
func PlainHTTP() Option { return func(c *API) { c.plain = true } }

// New makes a client of the house at a base URL, such as https://verify.example.com. It calls nobody.
func New(base string, options ...Option) (*API, error) {
	if err := (Client{BaseURL: base}).Check(); err != nil {
		return nil, err
	}
	c := &API{
		base: strings.TrimRight(base, "/") + "/api/v1", retries: 3, http: &http.Client{},
	}
	for _, o := range options {
		o(c)
	}
	if c.http.CheckRedirect == nil {
		through := *c.http
		through.CheckRedirect = stay
		c.http = &through
	}
	if c.token != "" && !c.plain && !strings.HasPrefix(strings.ToLower(base), "https://") && !local(base) {
		return nil, errors.New("the token would cross the network in clear; use https, or say client.PlainHTTP()")
	}
	if strings.ContainsFunc(c.token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New("this is no token: it holds blanks or signs that no token has")
	}
	return c, nil
}

// stay follows nothing that moved: nothing here moves, and a token must not.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Format hides the token from every verb.
func (c *API) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.base) }

// local reports whether a URL leads to this machine.
func local(base string) bool {
	u, err := url.Parse(base)
	if err != nil {
		return false
	}
	at, err := netip.ParseAddr(u.Hostname())
	return err == nil && at.IsLoopback() || strings.EqualFold(u.Hostname(), "localhost")
}

// CallOption is how one call is made.
type CallOption func(*request)

// Key is the Idempotency-Key of a POST: the same request under the same key within 24 hours is not
// done twice, also by another process. Without it each call has one of its own.
func Key(key string) CallOption { return func(r *request) { r.key = key } }

// PageSize is how many items of a list are asked for at once, up to 200.
func PageSize(n int) CallOption { return func(r *request) { r.limit = n } }

// noHost reports whether err says that a name has no address, which waiting does not mend.
func noHost(err error) bool {
	e, ok := errors.AsType[*net.DNSError](err)
	return ok && e.IsNotFound
}
