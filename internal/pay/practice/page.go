package practice

import (
	"context"
	"crypto/sha256"
	_ "embed" // the page and its style
	"encoding/base64"
	"html/template"
	"net/http"
	"net/url"
	"path"

	"quartet/internal/pay"
)

//go:embed page.html
var pageText string

//go:embed page.css
var pageStyle string

// Pages are the pages on which buyers pay by practice, to be mounted at PagePath. settle is
// told of each payment that was made; its job finds what settle misses.
func (p *Provider) Pages(settle func(ctx context.Context, payment string) error) http.Handler {
	page := template.Must(template.New("page").Parse(pageText))
	sum := sha256.Sum256([]byte(pageStyle)) // the one style that the policy lets stand
	style := template.CSS(pageStyle)        //nolint:gosec // it is ours
	policy := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; form-action 'self'; frame-ancestors 'none'"
	same := http.NewCrossOriginProtection()
	return same.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		payment := path.Base(r.URL.Path)
		switch r.Method {
		case http.MethodGet, http.MethodHead:
		case http.MethodPost:
			if p.press(payment) == nil {
				_ = settle(r.Context(), payment)
			}
			http.Redirect(w, r, PagePath+url.PathEscape(payment), http.StatusSeeOther)
			return
		default:
			w.Header().Set("Allow", "GET, POST")
			http.Error(w, "", http.StatusMethodNotAllowed)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Cache-Control", "no-store")
		v, ok := p.view(payment)
		v.Style = style
		if !ok {
			w.WriteHeader(http.StatusNotFound)
		}
		_ = page.Execute(w, v) // the buyer has gone
	}))
}

type view struct {
	Style                 template.CSS
	Subject, Amount, Back string
	Waiting, Paid, Closed bool
}

func (p *Provider) view(payment string) (view, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.find(payment)
	if t == nil {
		return view{}, false
	}
	return view{
		Subject: t.attempt.Subject, Amount: t.attempt.Amount.String(), Back: t.attempt.Back,
		Waiting: t.state == pay.Waiting, Paid: t.state == pay.Paid, Closed: t.state == pay.Closed,
	}, true
}
