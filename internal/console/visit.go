package console

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// visit is one request on its way.
type visit struct {
	c       *Console
	w       http.ResponseWriter
	r       *http.Request
	lang    language
	theme   string
	cookies []*http.Cookie
	session *session
	form    form
	// key, page and acts are of the form that was sent: see once.go.
	key, page string
	acts      int
}

// session is who is signed in, as the API tells.
type session struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind"`
	Name      string    `json:"name"`
	Account   string    `json:"account_id"`
	Role      string    `json:"role"`
	Rights    []string  `json:"rights"`
	Factor    string    `json:"second_factor"`
	Due       bool      `json:"password_due"`
	FreshTill time.Time `json:"fresh_until"`
	EndsAt    time.Time `json:"ends_at"`
}

// Placed reports whether they act for an account. Whoever was taken out of it has no right left.
func (s *session) Placed() bool { return s.Account != "" && len(s.Rights) > 0 }

// May reports whether they have a right.
func (s *session) May(right string) bool { return slices.Contains(s.Rights, right) }

func (c *Console) newVisit(w http.ResponseWriter, r *http.Request) *visit {
	v := &visit{c: c, w: w, r: r, lang: chinese, theme: "auto", cookies: r.Cookies()}
	for _, cookie := range v.cookies {
		switch {
		case cookie.Name == langCookie && cookie.Value == string(english):
			v.lang = english
		case cookie.Name == themeCookie && (cookie.Value == "light" || cookie.Value == "dark"):
			v.theme = cookie.Value
		}
	}
	return v
}

// who is who is signed in; nil: nobody.
func (v *visit) who() *session {
	if v.session == nil {
		var s session
		if err := v.get("/session", &s); err != nil {
			return nil
		}
		v.session = &s
	}
	return v.session
}

// account is a path of the account that is acted for.
func (v *visit) account(path string) string {
	return "/accounts/" + url.PathEscape(v.who().Account) + path
}

const (
	signInPath = "/sign-in"
	homePath   = "/console/"
)

// door is where somebody must go before the pages of an account are for them; "": in.
func (v *visit) door() string {
	s := v.who()
	switch {
	case s == nil:
		return v.signInFor()
	case s.Factor == "needed":
		return "/sign-in/factor?" + v.next()
	case s.Kind == "operator":
		return housePath
	case s.Due:
		return passwordPath
	case s.Factor == "enrol":
		return securityPath
	case !s.Placed():
		return "/account/places?" + v.next()
	}
	return ""
}

func (v *visit) signInFor() string {
	if strings.HasPrefix(v.r.URL.Path, housePath) {
		return houseDoorPath + "?" + v.next()
	}
	return signInPath + "?" + v.next()
}

// next is the parameter that leads back here after signing in.
func (v *visit) next() string {
	to := v.home()
	if v.r.Method == http.MethodGet {
		to = v.r.URL.RequestURI()
	}
	return url.Values{"next": {to}}.Encode()
}

// local is a path of our own, or what else is given: nobody is led off by a link.
func local(path, otherwise string) string {
	u, err := url.Parse(path)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.Contains(path, "\\") {
		return otherwise
	}
	return path
}

// redirect leads the browser on. After a form it asks for a page, never for the form again.
// A script that looks after a part of a page is told instead, so that it leads the page on: it
// would put another page's parts, or none, into this one.
func (v *visit) redirect(to string) {
	if v.r.Method == http.MethodGet && v.r.Header.Get("Hx-Request") == "true" {
		v.w.Header().Set("Hx-Redirect", to)
		v.w.WriteHeader(http.StatusNoContent)
		return
	}
	http.Redirect(v.w, v.r, to, http.StatusSeeOther) //nolint:gosec // what came in a link has been through local
}

func newReference() string { return rand.Text()[:12] }
