package market

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"quartet"
	"quartet/internal/web"
)

// Path is where markets send their messages, followed by their name.
const Path = "/api/v1/market/"

const (
	maxBody    = 64 << 10
	maxBusy    = 64              // messages at once; more are told to come again
	readWithin = 3 * time.Second // the body
	// Markets wait about five seconds. What takes longer is done by the job of the message,
	// and the market sends it again.
	takeWithin = 4 * time.Second
)

// Handler takes the messages of markets. refer keeps an unexpected fault where somebody can
// look it up. It is to be mounted without anything in front that reads bodies, asks for
// sessions or limits how often one address may call.
func (d *Desk) Handler(refer func(error) string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			p := &web.Problem{
				Title: http.StatusText(http.StatusMethodNotAllowed), Status: http.StatusMethodNotAllowed,
				Code: string(quartet.ErrUnsupported), Detail: "this path takes POST",
			}
			p.Write(w)
			return
		}
		a, err := d.serve(w, r)
		if err != nil {
			web.NewProblem(err, refer).Write(w)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(a) // fails only when the market has gone
	})
}

func (d *Desk) serve(w http.ResponseWriter, r *http.Request) (Answer, error) {
	select {
	case d.busy <- struct{}{}:
		defer func() { <-d.busy }()
	default:
		return Answer{}, quartet.Errorf(quartet.ErrUnavailable, "too many messages at once; send it again")
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(readWithin)) // a writer without it has its own
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return Answer{}, quartet.Errorf(quartet.ErrTooLarge, "a message has at most 64 KiB")
	}
	if err != nil {
		return Answer{}, quartet.Errorf(quartet.ErrInvalid, "the body did not come whole; send it again")
	}
	// A market that hangs up does not stop what was begun.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), takeWithin)
	defer cancel()
	return d.Take(ctx, strings.TrimPrefix(r.URL.Path, Path), Signed{
		Timestamp: r.Header.Get("X-Market-Timestamp"), Signature: r.Header.Get("X-Market-Signature"), Body: body,
	})
}
