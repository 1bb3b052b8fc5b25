package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/oauth2-proxy/mockoidc"

	"quartet/internal/api"
	"quartet/internal/operator"
)

const signOn, houseAt = "/api/v1/session/operator/sign-on", "https://house.example"

// service is a sign-in service that knows zhang, and a house that asks it.
type service struct {
	*mockoidc.MockOIDC
	*house
}

func newService(t *testing.T, change ...func(*house)) *service {
	t.Helper()
	m, err := mockoidc.Run()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Shutdown() })
	return &service{m, newHouse(t, append(change, func(h *house) {
		h.now = time.Now() // as the service's
		roster := h.o.Roster.(*operator.Roster)
		if err := roster.Link(t.Context(), "test", "zhang", "email", "zhang@example.com"); err != nil {
			t.Fatal(err)
		}
		h.o.SignOn, err = operator.NewSignOn(roster, operator.Service{
			Issuer: m.Issuer(), ClientID: m.ClientID, Secret: m.ClientSecret, Claim: "email", Redirect: houseAt + api.SignOnBack,
		})
		if err != nil {
			t.Fatal(err)
		}
	})...)}
}

// stay is a browser that does not go where it is sent.
func (h *house) stay() *browser {
	b := h.browser()
	b.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return b
}

// visit goes from the house to the service as somebody of an address, and tells the path that
// the service sends the browser back to.
func (s *service) visit(t *testing.T, b *browser, address string, headers ...string) (back string) {
	t.Helper()
	s.QueueUser(&mockoidc.MockUser{Subject: "1", Email: address, EmailVerified: true})
	there := b.want(http.StatusSeeOther, http.MethodGet, signOn, "", headers...).header.Get("Location")
	if !strings.HasPrefix(there, s.Issuer()) {
		t.Fatalf("sent to %s", there)
	}
	answer, err := s.stay().http.Get(there)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	back, here := strings.CutPrefix(answer.Header.Get("Location"), houseAt)
	if !here || !strings.HasPrefix(back, api.SignOnBack+"?") {
		t.Fatalf("sent back to %q", answer.Header.Get("Location"))
	}
	return back
}

func TestSignOn_LetsAnOperatorInWhomTheServiceKnows(t *testing.T) {
	s := newService(t)
	b := s.stay()
	back := s.visit(t, b, "zhang@example.com")
	if a := b.want(http.StatusSeeOther, http.MethodGet, back+"&session_state=1&iss=x", ""); a.header.Get("Location") != "/house/" {
		t.Errorf("led to %s", a.header.Get("Location"))
	}
	if v := read[sessionView](t, b.want(http.StatusOK, http.MethodGet, sessionPath, "")); v.Name != "zhang" {
		t.Errorf("signed in is %+v", v)
	}
	s.wantAudit(t, "zhang session.begin")
	b.want(http.StatusOK, http.MethodGet, "/api/v1/operators", "")
	if a := b.want(http.StatusUnauthorized, http.MethodGet, back, ""); !strings.Contains(a.Detail, "begin again") {
		t.Errorf("a second time: %s", a.text)
	}
	at, err := url.Parse(back)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{at.Query().Get("code"), at.Query().Get("state")} {
		if secret == "" || strings.Contains(s.log.String(), secret) {
			t.Errorf("the log tells %q", secret)
		}
	}
}

func TestSignOn_StillAsksForTheSecondFactor(t *testing.T) {
	s := newService(t, func(h *house) { h.o.Demo = false })
	b := s.stay()
	enter := func() {
		b.want(http.StatusSeeOther, http.MethodGet, s.visit(t, b, "zhang@example.com"), "")
	}
	enter()
	if v := read[sessionView](t, b.want(http.StatusOK, http.MethodGet, sessionPath, "")); v.SecondFactor != "enrol" || len(v.Rights) != 0 {
		t.Errorf("without one: %+v", v)
	}
	const enrolment = sessionPath + "/operator/enrolment"
	n := read[enrolmentView](t, b.want(http.StatusOK, http.MethodPost, enrolment, ""))
	b.want(http.StatusOK, http.MethodPut, enrolment, `{"ticket":"`+n.Ticket+`","code":"`+s.code(t, n.Secret)+`"}`)
	enter()
	if v := read[sessionView](t, b.want(http.StatusOK, http.MethodGet, sessionPath, "")); v.SecondFactor != "needed" || len(v.Rights) != 0 {
		t.Errorf("with one: %+v", v)
	}
	b.want(http.StatusForbidden, http.MethodGet, "/api/v1/operators", "")
	s.pass(time.Minute)
	b.want(http.StatusNoContent, http.MethodPost, sessionPath+"/operator/factor", `{"code":"`+s.code(t, n.Secret)+`"}`)
	b.want(http.StatusOK, http.MethodGet, "/api/v1/operators", "")
}

func TestSignOn_LetsNobodyElseIn(t *testing.T) {
	s := newService(t)
	refused := func(why string, b *browser, back, says string) {
		t.Helper()
		if a := b.want(http.StatusUnauthorized, http.MethodGet, back, ""); !strings.Contains(a.Detail, says) {
			t.Errorf("%s: %s", why, a.text)
		}
		b.want(http.StatusUnauthorized, http.MethodGet, sessionPath, "")
	}
	b := s.stay()
	refused("a stranger", b, s.visit(t, b, "wang@example.com"), "did not vouch for an operator")
	s.wantAudit(t, "management API operator.refused")
	refused("another browser", s.stay(), s.visit(t, b, "zhang@example.com"), "not begun in this browser")
	refused("another state", b, strings.Replace(s.visit(t, b, "zhang@example.com"), "?", "?state=x&", 1), "did not vouch")
	refused("nothing at all", s.stay(), api.SignOnBack, "not begun in this browser")
	const said = "attackers words"
	if a := b.want(http.StatusUnauthorized, http.MethodGet, api.SignOnBack+"?error=access_denied&error_description="+url.QueryEscape(said), ""); strings.Contains(a.text, said) || strings.Contains(a.text, "access_denied") {
		t.Errorf("it repeats what the query says: %s", a.text)
	}
}

func TestSignOn_KeepsItsTicketWithTheBrowser(t *testing.T) {
	s := newService(t, behindProxy)
	for _, tt := range []struct {
		scheme, name string
		secure       bool
	}{{"http", "quartet-sign-on", false}, {"https", "__Host-quartet-sign-on", true}} {
		a := s.stay().want(http.StatusSeeOther, http.MethodGet, signOn, "", "X-Forwarded-Proto", tt.scheme, "X-Forwarded-For", "192.0.2.1")
		c, err := http.ParseSetCookie(a.header.Get("Set-Cookie"))
		if err != nil {
			t.Fatal(err)
		}
		if c.Name != tt.name || c.Secure != tt.secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.MaxAge != 600 || c.Path != "/" || len(c.Value) < 32 {
			t.Errorf("%s: %s", tt.scheme, a.header.Get("Set-Cookie"))
		}
	}
}

func TestSignOn_IsRefusedWhereThereIsNoService(t *testing.T) {
	h := newHouse(t)
	for _, path := range []string{signOn, api.SignOnBack + "?state=a&code=b"} {
		if a := h.stay().want(http.StatusUnprocessableEntity, http.MethodGet, path, ""); a.Code != "unsupported" || !strings.Contains(a.Detail, "password") {
			t.Errorf("%s: %s", path, a.text)
		}
	}
}
