package invoice

import (
	"context"
	"io"
	"net/http"
	"path"
	"time"

	"quartet"
)

// NoticePath is where channels send what they tell of themselves, followed by their name.
const NoticePath = "/api/v1/invoice-notices/"

const (
	maxNotice  = 64 << 10
	readWithin = 3 * time.Second // the body
	takeWithin = 4 * time.Second
)

// Notices takes what channels post to NoticePath. It is to be mounted without anything in front
// that reads bodies or asks for sessions. What is taken is answered 204; anything else lets the
// channel send it again, which does no harm.
func (d *Desk) Notices() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(readWithin)) // a writer without it has its own
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxNotice))
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		// A channel that hangs up does not stop what was begun.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), takeWithin)
		defer cancel()
		switch quartet.CodeOf(d.Take(ctx, path.Base(r.URL.Path), Raw{Header: signing(r.Header), Body: body, At: d.now()})) {
		case "":
			w.WriteHeader(http.StatusNoContent)
		case quartet.ErrNotFound:
			w.WriteHeader(http.StatusNotFound)
		case quartet.ErrForbidden:
			w.WriteHeader(http.StatusForbidden)
		default:
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
}

// signing are the headers by which channels sign. Cookies and the like are not kept.
func signing(h http.Header) http.Header {
	out := h.Clone()
	for _, name := range []string{"Cookie", "Authorization", "X-Forwarded-For", "Forwarded"} {
		out.Del(name)
	}
	return out
}
