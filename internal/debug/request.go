package debug

import (
	"context"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"time"

	"quartet"
)

const formType = "application/x-www-form-urlencoded; charset=UTF-8"

// reserved are headers that a draft does not set: they say who calls and from where, or how
// the message is put on the wire.
var reserved = map[string]bool{
	"Authorization": true, "Proxy-Authorization": true, "Cookie": true, "X-Ca-Key": true, "Host": true,
	"Content-Length": true, "Transfer-Encoding": true, "Connection": true, "Upgrade": true, "Te": true, "Trailer": true, "Expect": true,
	"Forwarded": true, "X-Forwarded-For": true, "X-Forwarded-Proto": true, "X-Forwarded-Host": true, "X-Real-Ip": true,
}

// check refuses what could not stand in a request.
func (d *Draft) check() error {
	for _, h := range d.Headers {
		name := textproto.CanonicalMIMEHeaderKey(h.Name)
		switch {
		case !token(h.Name):
			return &quartet.Error{Code: quartet.ErrInvalid, Field: "headers", Message: "a header's name has letters, digits and hyphens"}
		case reserved[name]:
			return &quartet.Error{Code: quartet.ErrInvalid, Field: "headers", Message: "the header " + name + " is written by the tool; leave it out"}
		case strings.ContainsFunc(h.Value, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }):
			return &quartet.Error{Code: quartet.ErrInvalid, Field: "headers", Message: "a header's value is one line without control characters"}
		}
	}
	if len(d.Path)+1+len(encode(d.Query)) > maxTarget {
		return &quartet.Error{Code: quartet.ErrInvalid, Field: "query", Message: "path and query have more than 8 KiB; send parameters in the body"}
	}
	return nil
}

// maxTarget is what the door of the road takes of an address.
const maxTarget = 8 << 10

func token(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("!#$%&'*+-.^_`|~", c)
	})
}

// written is a request, ready to leave.
type written struct {
	path, query string
	host        string
	headers     []Field // in their order
	form        []Field
	body        []byte
	signature   *Signature
}

// write puts a request together: what the draft says, what every call has, and the credential.
// A header that the draft gives without a value is left out.
func (d *Draft) write(c *quartet.Credential, secret string, now time.Time) *written {
	w := &written{path: d.Path, query: encode(d.Query), host: d.From.Host, form: d.Form}
	w.header(d, "Accept", "application/json")
	w.header(d, "Content-Type", formType)
	switch c.Kind {
	case quartet.KindAppCode:
		w.headers = append(w.headers, Field{"Authorization", "APPCODE " + secret})
	case quartet.KindAppKey: // signed below, over the body
	case quartet.KindKey:
		w.form = append(slices.Clip(w.form), Field{"key", secret})
	}
	w.body = []byte(encode(w.form))
	if c.Kind == quartet.KindAppKey {
		w.sign(d, c.AppKey, secret, now)
	}
	for _, h := range d.Headers {
		if _, given := w.value(h.Name); !given && h.Value != "" {
			w.headers = append(w.headers, h)
		}
	}
	return w
}

// header writes a header as the draft has it, else as calls have it.
func (w *written) header(d *Draft, name, otherwise string) string {
	for _, h := range d.Headers {
		if strings.EqualFold(h.Name, name) {
			otherwise = h.Value
		}
	}
	if otherwise != "" {
		w.headers = append(w.headers, Field{name, otherwise})
	}
	return otherwise
}

func (w *written) value(name string) (string, bool) {
	for _, h := range w.headers {
		if strings.EqualFold(h.Name, name) {
			return h.Value, true
		}
	}
	return "", false
}

// encode writes parameters as a query or a form, in their order.
func encode(fields []Field) string {
	var b strings.Builder
	for i, f := range fields {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(f.Name) + "=" + url.QueryEscape(f.Value))
	}
	return b.String()
}

func (w *written) target() string {
	if w.query == "" {
		return w.path
	}
	return w.path + "?" + w.query
}

// request is what the road gets: from the address and over the connection by which the draft
// came, so that lists of addresses and limits judge it as a call from there.
func (w *written) request(ctx context.Context, from *http.Request) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.target(), http.NoBody)
	if err != nil {
		return nil, &quartet.Error{Code: quartet.ErrInvalid, Field: "query", Message: "the query cannot stand in an address"}
	}
	r.RemoteAddr, r.TLS, r.Host, r.RequestURI = from.RemoteAddr, from.TLS, from.Host, w.target()
	r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/1.1", 1, 1
	for _, h := range w.headers {
		r.Header.Add(h.Name, h.Value)
	}
	for _, name := range [...]string{"X-Forwarded-For", "X-Forwarded-Proto", "Forwarded"} {
		if said := from.Header[name]; len(said) > 0 {
			r.Header[name] = said
		}
	}
	r.ContentLength = int64(len(w.body))
	return r, nil
}

// shown is the request with the secret masked.
func (w *written) shown(secret string) Sent {
	s := Sent{Method: http.MethodPost, Host: w.host, Target: w.target()}
	for _, h := range w.headers {
		s.Headers = append(s.Headers, Field{h.Name, strings.ReplaceAll(h.Value, secret, Mask)})
	}
	var body []string
	for _, f := range w.form {
		pair := encode([]Field{f})
		if f.Value == secret {
			pair = url.QueryEscape(f.Name) + "=" + Mask
		}
		body = append(body, pair)
	}
	s.Body = strings.Join(body, "&")
	return s
}
