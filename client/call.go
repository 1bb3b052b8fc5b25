package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// patience is how long one try of what is no file may take.
const patience = time.Minute

// mostRead is the longest JSON that is read.
const mostRead = 64 << 20

// request is what is asked for.
type request struct {
	method string
	path   string
	query  url.Values
	body   any           // sent as JSON; nil: nothing
	file   io.Reader     // sent instead
	key    string        // of a POST
	limit  int           // of a page
	after  string        // where in a list it begins
	stream bool          // the answer is a file
	every  time.Duration // between two looks
	err    error         // it cannot be sent
}

// at is the path of a template with its {} filled in.
func at(template string, parts ...string) request {
	var r request
	for _, part := range parts {
		before, after, _ := strings.Cut(template, "{")
		name, rest, _ := strings.Cut(after, "}")
		if part == "" || part == "." || part == ".." {
			r.err = fmt.Errorf("%q does not name a %s", part, name)
		}
		r.path += before + url.PathEscape(part)
		template = rest
	}
	r.path += template
	return r
}

// answer is what came back: JSON, or a response whose body is a file.
type answer struct {
	text []byte
	file *http.Response
}

// fetch asks for one thing.
func fetch[T any](ctx context.Context, c *API, r request, options []CallOption) (*T, error) {
	for _, o := range options {
		o(&r)
	}
	got, err := c.send(ctx, &r)
	if err != nil {
		return nil, err
	}
	v := new(T)
	if err := json.Unmarshal(got.text, v); err != nil {
		return nil, fmt.Errorf("the answer cannot be read: %w", err)
	}
	return v, nil
}

// do asks for something that answers nothing.
func do(ctx context.Context, c *API, r request, options []CallOption) error {
	for _, o := range options {
		o(&r)
	}
	_, err := c.send(ctx, &r)
	return err
}

// send sends a request until it is answered, as long as that is safe and helps.
func (c *API) send(ctx context.Context, r *request) (*answer, error) {
	if r.err != nil {
		return nil, r.err
	}
	if r.method == http.MethodPost && r.key == "" {
		r.key = rand.Text()
	}
	from, err := bodyOf(r)
	if err != nil {
		return nil, err
	}
	for try := 0; ; try++ {
		body, err := from.next(ctx)
		if err != nil {
			return nil, err
		}
		got, err := c.once(ctx, r, body, from)
		if err == nil {
			return got, nil
		}
		wait, again := c.again(ctx, try, err)
		if !again || try == c.retries || !from.again() {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), err)
		case <-time.After(wait):
		}
	}
}

// once sends a request once.
func (c *API) once(ctx context.Context, r *request, body io.Reader, from *source) (*answer, error) {
	if !r.stream && r.file == nil {
		within, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		ctx = within
	}
	to := c.base + r.path
	if len(r.query) > 0 {
		to += "?" + r.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.method, to, body)
	if err != nil {
		return nil, fmt.Errorf("this cannot be sent: %w", err)
	}
	if body != nil {
		req.ContentLength = from.size
		req.Header.Set("Content-Type", from.kind)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if r.key != "" {
		req.Header.Set("Idempotency-Key", r.key)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("no answer: %w", err)
	}
	good := resp.StatusCode >= 200 && resp.StatusCode < 300
	if good && r.stream {
		return &answer{file: resp}, nil
	}
	defer func() { _ = resp.Body.Close() }()
	if !good {
		return nil, problemOf(resp)
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, mostRead))
	if err != nil {
		return nil, fmt.Errorf("the answer broke off: %w", err)
	}
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind != "application/json" && resp.StatusCode != http.StatusNoContent {
		return nil, &Problem{Status: resp.StatusCode, Detail: "not an answer of this API: is the base URL right?"}
	}
	return &answer{text: text}, nil
}

// bodyOf is where the body of a request is read from, as often as it is sent.
func bodyOf(r *request) (*source, error) {
	switch {
	case r.file != nil:
		s := &source{kind: "application/octet-stream", reader: r.file, size: -1}
		if seeker, ok := r.file.(io.Seeker); ok {
			begin, err := seeker.Seek(0, io.SeekCurrent)
			if err != nil {
				return s, nil //nolint:nilerr // a pipe: it is sent once
			}
			end, err := seeker.Seek(0, io.SeekEnd)
			if err == nil {
				_, err = seeker.Seek(begin, io.SeekStart)
			}
			if err != nil {
				return nil, fmt.Errorf("the file cannot be read: %w", err)
			}
			s.seeker, s.begin, s.size = seeker, begin, end-begin
		}
		return s, nil
	case r.body == nil:
		return &source{}, nil
	}
	text, err := json.Marshal(r.body)
	if err != nil {
		return nil, fmt.Errorf("this cannot be written as JSON: %w", err)
	}
	in := bytes.NewReader(text)
	return &source{kind: "application/json", reader: in, seeker: in, size: int64(len(text))}, nil
}
