package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"syscall"
	"time"
)

// readiness is whether calls should be sent here, and why not.
type readiness struct {
	why atomic.Pointer[string] // nil: ready, as far as this goes
}

func (r *readiness) set(why string) {
	if why == "" {
		r.why.Store(nil)
		return
	}
	r.why.Store(&why)
}

// adminHandler serves health and metrics. They tell nothing of accounts or people.
func (a *App) adminHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintln(w, "ok")
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if why := a.notReady(); why != "" {
			http.Error(w, why, http.StatusServiceUnavailable)
			return
		}
		_, _ = fmt.Fprintln(w, "ready")
	})
	mux.Handle("GET /metrics", a.metrics.Handler())
	return mux
}

// notReady is why no call should come, or empty.
func (a *App) notReady() string {
	for _, r := range []*readiness{&a.ready, &a.database} {
		if why := r.why.Load(); why != nil {
			return *why
		}
	}
	if a.Ledger.Healthy() != nil {
		return "the last change could not be committed"
	}
	return ""
}

// listenAdmin takes the address, or a free port of the same host when it is taken: a
// second node on a machine must not fail for its metrics.
func (a *App) listenAdmin(ctx context.Context) (net.Listener, error) {
	address := a.Config.AdminListen
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if !errors.Is(err, syscall.EADDRINUSE) {
		return l, err
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if l, err = new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(host, "0")); err == nil {
		a.Log.Warn("the admin address is in use; took a free port", "wanted", address, "got", l.Addr().String())
	}
	return l, err
}

const (
	readTimeout = 20 * time.Second
	idleTimeout = 2 * time.Minute
	maxHeader   = 16 << 10
)
