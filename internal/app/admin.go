package app

import (
	"fmt"
	"net/http"
	"sync/atomic"
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
