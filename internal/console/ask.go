package console

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"quartet/internal/web"
)

const apiPrefix = "/api/v1"

// codeProofNeeded is the code of what asks for a fresh proof of the password.
const codeProofNeeded = "proof_needed"

// get asks the API for something, as whoever looks at the page.
func (v *visit) get(path string, out any) error { return v.ask(http.MethodGet, path, nil, out) }

// post sends something to the API, likewise. A nil out is not waited for.
func (v *visit) post(path string, in, out any) error { return v.ask(http.MethodPost, path, in, out) }

// put and remove, likewise.
func (v *visit) put(path string, in, out any) error { return v.ask(http.MethodPut, path, in, out) }

func (v *visit) remove(path string) error { return v.ask(http.MethodDelete, path, nil, nil) }

// ask is one request to the API, with the cookies of the browser and those that were set since.
func (v *visit) ask(method, path string, in, out any) error {
	var body io.Reader = http.NoBody // a server's request has a body always
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	return v.send(method, path, "application/json", body, out)
}

// send is ask with a body of any kind.
func (v *visit) send(method, path, kind string, body io.Reader, out any) error {
	r, err := http.NewRequestWithContext(v.r.Context(), method, apiPrefix+path, body) //nolint:gosec // it never leaves the process
	if err != nil {
		return err
	}
	if body == nil {
		r.Body = http.NoBody // a request that a server handles always has one
	}
	if r.ContentLength == 0 && r.Body != http.NoBody {
		r.ContentLength = -1 // of a file that is sent on as it comes
	}
	// Whom the request is from, and over what, the API finds out as if it had come by itself.
	r.RemoteAddr, r.TLS, r.Host = v.r.RemoteAddr, v.r.TLS, v.r.Host
	for name, values := range v.r.Header {
		switch name {
		case "X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "User-Agent":
			r.Header[name] = values
		}
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin") // the console has looked by itself
	if body != http.NoBody {
		r.Header.Set("Content-Type", kind)
	}
	if key := v.nextKey(method, path); key != "" {
		r.Header.Set(keyHeader, key)
	}
	for _, c := range v.cookies {
		r.AddCookie(c)
	}
	w := &taken{header: http.Header{}}
	v.c.o.API.ServeHTTP(w, r)
	v.follow(w.header)
	return w.read(out)
}

// follow takes over the cookies that the API set, for the browser and for what is asked next.
func (v *visit) follow(h http.Header) {
	for _, line := range h.Values("Set-Cookie") {
		v.w.Header().Add("Set-Cookie", line)
		set, err := http.ParseSetCookie(line)
		if err != nil {
			continue
		}
		kept := v.cookies[:0]
		for _, c := range v.cookies {
			if c.Name != set.Name {
				kept = append(kept, c)
			}
		}
		v.cookies = kept
		v.cookies = append(v.cookies, &http.Cookie{Name: set.Name, Value: set.Value}) //nolint:gosec // of a request, which has no attributes
		v.session = nil
	}
}

// taken is an answer of the API.
type taken struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (t *taken) Header() http.Header         { return t.header }
func (t *taken) Write(b []byte) (int, error) { return t.body.Write(b) }
func (t *taken) WriteHeader(status int) {
	if t.status == 0 {
		t.status = status
	}
}

func (t *taken) read(out any) error {
	if t.status >= http.StatusBadRequest {
		p := &web.Problem{}
		if err := json.Unmarshal(t.body.Bytes(), p); err != nil || p.Status == 0 {
			return fmt.Errorf("the API answered %d, which is no problem", t.status)
		}
		return p
	}
	switch out := out.(type) {
	case nil:
		return nil
	case *[]byte:
		*out = t.body.Bytes()
		return nil
	default:
		return json.Unmarshal(t.body.Bytes(), out)
	}
}

// problemOf is the refusal of the API in err, or nil.
func problemOf(err error) *web.Problem {
	p, _ := errors.AsType[*web.Problem](err)
	return p
}

// list is a page of a list of the API.
type list[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next"`
}

// query writes a path with parameters; those that are empty are left out.
func query(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}
