package app

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"quartet/internal/console"
	"quartet/internal/pay/practice"
	"quartet/internal/web"
)

// gate is the door of the road, and of the management API beside it. It turns away what
// neither need see, and counts the calls that came before the node began to stop.
type gate struct {
	next         http.Handler
	api          http.Handler // of what lies under /api/, the messages of providers and markets among it
	pages        http.Handler // of the console
	practice     http.Handler // of the pages of the demo's payments; nil: there are none
	metrics      web.Metrics
	proxies      *web.Proxies
	tls          bool // the address speaks TLS: a connection that does not is told so
	requireHTTPS bool

	closing atomic.Bool
	inside  atomic.Int64
}

// ServeHTTP implements http.Handler.
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// The length of a chunked body, and that of HTTP/1.0, can be told in two ways that
	// differ, of which net/http shows one. Whatever stands behind such a request is no
	// request: the connection ends with its answer.
	if len(r.TransferEncoding) > 0 || r.ProtoMajor == 1 && r.ProtoMinor == 0 {
		w.Header()["Connection"] = []string{"close"}
	}
	if answer := g.refusal(r); answer != web.NoGateway { // never charged
		var ids web.RequestIDs
		g.metrics.Gateway(answer.Text().Code)
		answer.Write(w, ids.Next(), "")
		return
	}
	g.inside.Add(1)
	if g.closing.Load() { // it is answered, but not waited for
		g.inside.Add(-1)
	} else {
		defer g.inside.Add(-1)
	}
	if strings.HasPrefix(r.URL.Path, "/api/") {
		g.api.ServeHTTP(w, r)
		return
	}
	if g.practice != nil && strings.HasPrefix(r.URL.Path, practice.PagePath) {
		g.practice.ServeHTTP(w, r)
		return
	}
	if g.pages != nil && console.Owns(r) {
		g.pages.ServeHTTP(w, r)
		return
	}
	g.next.ServeHTTP(w, r)
}

const maxURL = 8 << 10

func (g *gate) refusal(r *http.Request) web.Gateway {
	switch {
	case g.tls && r.TLS == nil, g.requireHTTPS && !g.proxies.HTTPS(r):
		return web.PlainHTTP
	case len(r.RequestURI) > maxURL:
		return web.URLTooLarge
	case r.URL.RawPath != "" && strings.Contains(strings.ToLower(r.URL.RawPath), "%2f"):
		return web.APINotFound // the decoded path is another one, and may be a product's
	}
	return web.NoGateway
}

const drainPoll = 5 * time.Millisecond

// drain waits until the calls that came before have been answered, or ctx ends.
func (g *gate) drain(ctx context.Context) {
	g.closing.Store(true)
	tick := time.NewTicker(drainPoll)
	defer tick.Stop()
	for g.inside.Load() > 0 {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
