package debug

import (
	"crypto/rand"
	"net/http"
	"strconv"
	"strings"
	"time"

	"quartet/internal/auth"
	"quartet/internal/web"
)

// Signature is how a call was signed.
type Signature struct {
	Method string // HmacSHA256 or HmacSHA1
	Parts  []Part // joined by line ends they are the string to sign
	Sent   string // the signature that was sent
	// Right tells that it is the signature of the string under the credential's secret. It is
	// not, when the draft brought its own; the right one is not told then, since nobody is
	// given a signature without a call that uses it up.
	Right bool
	// Compared tells that the draft brought the string that another program signed.
	Compared bool
}

// Part is a line of the string to sign, beside that of the buyer's own program.
type Part struct {
	Kind    string
	Text    string
	Yours   string
	Differs bool
}

const signedHeaders = "X-Ca-Key,X-Ca-Nonce,X-Ca-Timestamp"

// sign adds the headers of a signed call. What the draft says of them counts.
func (w *written) sign(d *Draft, appKey, secret string, now time.Time) {
	w.header(d, "Content-MD5", "")
	w.header(d, "Date", "")
	w.headers = append(w.headers, Field{"X-Ca-Key", appKey})
	w.header(d, "X-Ca-Timestamp", strconv.FormatInt(now.UnixMilli(), 10))
	w.header(d, "X-Ca-Nonce", rand.Text())
	s := &Signature{Method: w.header(d, "X-Ca-Signature-Method", "HmacSHA256"), Compared: d.Signed != ""}
	if s.Method == "" {
		s.Method = "HmacSHA256"
	}
	w.header(d, "X-Ca-Signature-Headers", signedHeaders)
	parts := w.toSign(d)
	yours := []auth.Part{}
	if s.Compared {
		yours = auth.CutLike(parts, d.Signed)
	}
	lines := make([]string, len(parts))
	for i, p := range parts {
		lines[i] = p.Text
		part := Part{Kind: string(p.Kind), Text: p.Text}
		if s.Compared {
			if i < len(yours) {
				part.Yours = yours[i].Text
			}
			part.Differs = i >= len(yours) || part.Yours != part.Text
		}
		s.Parts = append(s.Parts, part)
	}
	right := auth.Sign(s.Method, secret, strings.Join(lines, "\n"))
	s.Sent = w.header(d, "X-Ca-Signature", right)
	s.Right = s.Sent == right
	w.signature = s
}

// toSign is the string to sign of the request, as the road reads it.
func (w *written) toSign(d *Draft) []auth.Part {
	q := auth.Request{Method: http.MethodPost, Path: w.path, Host: w.host, Header: http.Header{}, Body: w.body}
	for _, list := range [][]Field{w.headers, d.Headers} {
		for _, h := range list {
			if h.Value != "" && q.Header.Get(h.Name) == "" {
				q.Header.Set(h.Name, h.Value)
			}
		}
	}
	q.Query, _, _ = web.AppendParams(nil, nil, []byte(w.query))
	if kind, _, _ := strings.Cut(q.Header.Get("Content-Type"), ";"); strings.EqualFold(strings.TrimSpace(kind), "application/x-www-form-urlencoded") {
		q.Form, _, _ = web.AppendParams(nil, nil, w.body)
	}
	return q.Explain()
}
