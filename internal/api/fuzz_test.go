package api_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/api"
	"quartet/internal/guard"
	"quartet/internal/web"
)

// strangersOnly is a house where nobody is signed in and no password is right.
type kept = api.Sessions

type strangersOnly struct {
	kept

	api.Operators
}

func (strangersOnly) Session(context.Context, string) (quartet.Session, error) {
	return quartet.Session{}, quartet.Errorf(quartet.ErrNotFound, "none")
}

func (strangersOnly) Authenticate(context.Context, string, string, string) (quartet.Operator, error) {
	return quartet.Operator{}, quartet.Errorf(quartet.ErrUnauthenticated, "wrong")
}

// Whatever a stranger sends, the answer is a refusal in good form.
func FuzzRequest(f *testing.F) {
	for _, path := range []string{"/api/v1/session/operator", "/api/v1/session", "/api/v1/accounts/a%2fb/credentials?limit=1&limit=2", "/api/../x", "/api/v1//session", "/api/v1/{}"} {
		f.Add(http.MethodPost, path, `{"name":"zhang","password":"four words"}`, "quartet=abc", "application/json")
	}
	f.Add(http.MethodPost, "/api/v1/session/operator", `{"name":"a","name":"b","password":1e999}`, `quartet="a b"; __Host-quartet=`, "application/cbor")
	f.Add(http.MethodPost, "/api/v1/session/operator", "{\"name\":\"\xff\"}", "", "multipart/form-data; boundary=x")
	o := api.Options{
		Log: slog.New(slog.DiscardHandler), Now: time.Now, Version: "1", Proxies: web.NewProxies(nil),
		Limiter: guard.NewRates(1), Sessions: strangersOnly{}, Operators: strangersOnly{},
	}
	a := api.New(o)
	f.Fuzz(func(t *testing.T, method, path, body, cookie, contentType string) {
		r, err := http.NewRequest(method, "http://h/api/", strings.NewReader(body))
		if err != nil {
			return // net/http lets no such method through
		}
		at, err := r.URL.Parse(path)
		if err != nil || !strings.HasPrefix(at.Path, "/api/") {
			return // nor such a path, and others go to the road
		}
		r.URL, r.RemoteAddr, r.RequestURI = at, "192.0.2.7:1", at.RequestURI()
		r.Header.Set("Cookie", cookie)
		r.Header.Set("Content-Type", contentType)
		w := httptest.NewRecorder()
		a.ServeHTTP(w, r)
		switch kind := w.Header().Get("Content-Type"); {
		case w.Code >= http.StatusInternalServerError:
			t.Errorf("%s %s: %d %s", method, path, w.Code, w.Body)
		case w.Code >= http.StatusBadRequest && kind != web.ProblemType:
			t.Errorf("%s %s: %d as %q: %s", method, path, w.Code, kind, w.Body)
		case w.Code < http.StatusMultipleChoices && at.Path != "/api/v1/openapi.json":
			t.Errorf("%s %s: %d %s", method, path, w.Code, w.Body)
		}
	})
}
