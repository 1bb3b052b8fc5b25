package pay

import (
	"context"
	"errors"
	"io"
	"net/http"
	"path"
	"strings"
	"time"

	"quartet"
)

const (
	maxNotice  = 64 << 10
	maxBusy    = 64              // notices at once; more are told to come again
	readWithin = 3 * time.Second // the body
	// Providers wait about five seconds. What takes longer is done by the job of the notice,
	// and the provider is told to send it again.
	takeWithin = 4 * time.Second
)

// Notices takes what providers post to NoticePath followed by their name. It is to be
// mounted without anything in front that reads bodies, asks for sessions or limits how often
// one address may call.
func (c *Cashier) Notices() http.Handler { return http.HandlerFunc(c.serveNotice) }

func (c *Cashier) serveNotice(w http.ResponseWriter, r *http.Request) {
	p := c.providers[path.Base(r.URL.Path)]
	switch {
	case p == nil:
		http.NotFound(w, r)
		return
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "", http.StatusMethodNotAllowed)
		return
	}
	select {
	case c.busy <- struct{}{}:
		defer func() { <-c.busy }()
	default:
		answer(w, p.Answer(false), 0)
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(readWithin)) // a writer without it has its own
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxNotice))
	if err != nil {
		status := http.StatusBadRequest
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			status = http.StatusRequestEntityTooLarge
		}
		answer(w, p.Answer(false), status)
		return
	}
	// A caller who hangs up does not stop what was begun.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), takeWithin)
	defer cancel()
	refused, err := c.Take(quartet.WithOrigin(ctx, quartet.Origin(r.Context())), p.Name(), Raw{Header: signing(r.Header), Body: body})
	switch {
	case err != nil:
		answer(w, p.Answer(false), 0)
	case refused != nil:
		answer(w, p.Answer(false), http.StatusForbidden)
	default:
		answer(w, p.Answer(true), 0)
	}
}

// signing are the headers that notices are signed by, and the type of the body. Nothing
// else is kept.
func signing(h http.Header) http.Header {
	out := http.Header{}
	for name, values := range h {
		if name == "Content-Type" || strings.HasPrefix(name, "Wechatpay-") {
			out[name] = values
		}
	}
	return out
}

// answer writes an answer, under another status if one is given.
func answer(w http.ResponseWriter, a Answer, status int) {
	if status == 0 {
		status = a.Status
	}
	if a.Type != "" {
		w.Header().Set("Content-Type", a.Type)
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, a.Body)
}
