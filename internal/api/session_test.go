package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"quartet"
)

type sessionView struct {
	ID, Kind, Name, Role string

	Account string `json:"account_id"`

	Rights       []string
	SecondFactor string    `json:"second_factor"`
	FreshUntil   time.Time `json:"fresh_until"`
}

const sessionPath = "/api/v1/session"

func (b *browser) token() string {
	for _, c := range b.cookies() {
		if c.Name == "quartet" {
			return c.Value
		}
	}
	return ""
}

func TestSignIn_GivesACookieThatOpensAndCanBeEnded(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	if a := b.want(http.StatusUnauthorized, http.MethodGet, sessionPath, ""); a.Code != "unauthenticated" {
		t.Errorf("without a session: %s", a.text)
	}
	a := b.signIn("zhang", password)
	if a.status != http.StatusNoContent {
		t.Fatal(a.text)
	}
	cookie := a.header.Get("Set-Cookie")
	for _, want := range []string{"quartet=", "HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("the cookie lacks %s: %s", want, cookie)
		}
	}
	if strings.Contains(cookie, "Secure") || strings.Contains(cookie, "Domain") || strings.Contains(cookie, "Expires") {
		t.Errorf("over plain HTTP: %s", cookie)
	}
	s := read[sessionView](t, b.want(http.StatusOK, http.MethodGet, sessionPath, ""))
	if s.Kind != "operator" || s.Name != "zhang" || s.Role != "administrator" || len(s.Rights) == 0 {
		t.Errorf("got %+v", s)
	}
	was := b.copy()
	b.want(http.StatusNoContent, http.MethodDelete, sessionPath, "")
	for _, one := range []*browser{b, was} {
		one.want(http.StatusUnauthorized, http.MethodGet, sessionPath, "")
	}
	h.wantAudit(t, "zhang session.end", "zhang session.begin")
}

func TestSignIn_OverHTTPSGivesACookieOfThisHostAlone(t *testing.T) {
	h := newHouse(t, behindProxy)
	a := h.browser().ask(http.MethodPost, "/api/v1/session/operator", `{"name":"zhang","password":"`+password+`"}`, "X-Forwarded-Proto", "https")
	cookie := a.header.Get("Set-Cookie")
	if !strings.HasPrefix(cookie, "__Host-quartet=") || !strings.Contains(cookie, "; Secure") || !strings.Contains(cookie, "; Path=/;") {
		t.Errorf("got %s", cookie)
	}
	token := strings.TrimPrefix(strings.Split(cookie, ";")[0], "__Host-")
	h.browser().want(http.StatusOK, http.MethodGet, sessionPath, "", "X-Forwarded-Proto", "https", "Cookie", "__Host-"+token)
	h.browser().want(http.StatusUnauthorized, http.MethodGet, sessionPath, "", "X-Forwarded-Proto", "https", "Cookie", token)
}

func TestSignIn_RefusesAWrongPasswordAndTellsNothing(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	wrong, strange := b.signIn("zhang", "four other words here"), b.signIn("nobody", password)
	if wrong.status != http.StatusUnauthorized || wrong.text != strange.text || wrong.header.Get("Set-Cookie") != "" {
		t.Errorf("%d %s and %s", wrong.status, wrong.text, strange.text)
	}
	if strings.Contains(h.log.String(), "words") {
		t.Errorf("the log says\n%s", h.log)
	}
}

func TestSignIn_IsLimitedByAddress(t *testing.T) {
	h := newHouse(t, behindProxy)
	for range 40 {
		a := h.browser().ask(http.MethodPost, "/api/v1/session/operator", `{}`, "X-Forwarded-For", "192.0.2.7")
		if a.status == http.StatusTooManyRequests {
			if a.header.Get("Retry-After") != "1" || a.Code != "rate_limited" {
				t.Errorf("%v %s", a.header, a.text)
			}
			if a := h.browser().ask(http.MethodPost, "/api/v1/session/operator", `{}`, "X-Forwarded-For", "192.0.2.8"); a.status != http.StatusUnprocessableEntity {
				t.Errorf("somebody else: %d", a.status)
			}
			return
		}
	}
	t.Error("forty attempts at once")
}

func TestSession_EndsIdleAndAfterTwelveHoursHoweverBusy(t *testing.T) {
	h := newHouse(t)
	idle, busy := h.browser(), h.browser()
	idle.signIn("zhang", password)
	busy.signIn("zhang", password)
	for range 35 { // 20 minutes each
		h.pass(20 * time.Minute)
		busy.want(http.StatusOK, http.MethodGet, sessionPath, "")
	}
	idle.want(http.StatusUnauthorized, http.MethodGet, sessionPath, "")
	h.pass(20*time.Minute - time.Second)
	busy.want(http.StatusOK, http.MethodGet, sessionPath, "")
	h.pass(time.Second)
	busy.want(http.StatusUnauthorized, http.MethodGet, sessionPath, "")
}

func TestSession_EndsWhenTheEpochGrowsOrTheOneIsGone(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	b.signIn("zhang", password)
	list, err := h.store.Operators(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	h.stand(list[0].ID, quartet.Standing{By: "zhang", Name: "zhang", Role: quartet.RoleAdministrator, Epoch: 1})
	b.want(http.StatusUnauthorized, http.MethodGet, sessionPath, "")
}

func TestSession_TakesANewTokenWithEachChangeOfWhatItMayDo(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	b.signIn("zhang", password)
	first := b.copy()
	b.signIn("zhang", password)
	first.want(http.StatusUnauthorized, http.MethodGet, sessionPath, "")

	before := b.copy()
	b.want(http.StatusNoContent, http.MethodPost, sessionPath+"/proof", `{"password":"`+password+`"}`)
	if before.token() == b.token() {
		t.Error("the token stayed")
	}
	before.want(http.StatusUnauthorized, http.MethodGet, sessionPath, "")
	b.want(http.StatusOK, http.MethodGet, sessionPath, "")
}

// A request that was under way when its session ended must not bring it back.
func TestSession_ThatEndedMeanwhileStaysEnded(t *testing.T) {
	h := newHouse(t, func(h *house) { h.o.Operators = slowly{h.o.Operators, h} })
	b := h.browser()
	b.signIn("zhang", password)
	other := b.copy()
	h.meanwhile = func() { other.want(http.StatusNoContent, http.MethodDelete, sessionPath, "") }
	if a := b.ask(http.MethodPost, sessionPath+"/proof", `{"password":"`+password+`"}`); a.status != http.StatusUnauthorized || a.header.Get("Set-Cookie") != "" {
		t.Errorf("got %d %s", a.status, a.text)
	}
	b.want(http.StatusUnauthorized, http.MethodGet, sessionPath, "")
}

func TestFresh_AsksForThePasswordAgainAfterTenMinutes(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	b.signIn("zhang", password)
	const path, body = "/api/v1/accounts/buyer/credentials", `{"kind":"appcode"}`
	h.pass(10*time.Minute - time.Second)
	b.want(http.StatusCreated, http.MethodPost, path, body)
	h.pass(time.Second)
	if a := b.want(http.StatusForbidden, http.MethodPost, path, body); a.Code != "proof_needed" {
		t.Errorf("got %s", a.text)
	}
	b.want(http.StatusUnauthorized, http.MethodPost, sessionPath+"/proof", `{"password":"four other words here"}`)
	b.want(http.StatusForbidden, http.MethodPost, path, body)
	b.want(http.StatusNoContent, http.MethodPost, sessionPath+"/proof", `{"password":"`+password+`"}`)
	b.want(http.StatusCreated, http.MethodPost, path, body)
}

func TestSecondFactor_IsNeededOfOperatorsOutsideTheDemoAndOfWhoeverHasOne(t *testing.T) {
	h := newHouse(t, func(h *house) { h.o.Demo = false })
	b := h.browser()
	b.signIn("zhang", password)
	s := read[sessionView](t, b.want(http.StatusOK, http.MethodGet, sessionPath, ""))
	if s.SecondFactor != "enrol" || len(s.Rights) != 0 {
		t.Errorf("got %+v", s)
	}
	if a := b.want(http.StatusForbidden, http.MethodGet, "/api/v1/accounts", ""); a.Code != "proof_needed" {
		t.Errorf("got %s", a.text)
	}
	owner := h.as(quartet.RoleOwner)
	owner.want(http.StatusOK, http.MethodGet, "/api/v1/accounts/buyer", "")
	h.stand(owner.token(), quartet.Standing{By: "person", Name: "person", Role: quartet.RoleOwner, Factors: true})
	owner.want(http.StatusForbidden, http.MethodGet, "/api/v1/accounts/buyer", "")
}

func TestSessions_AreListedAndEndedByTheirOwnerAlone(t *testing.T) {
	h := newHouse(t)
	one, two, stranger := h.browser(), h.browser(), h.as(quartet.RoleAdministrator)
	one.signIn("zhang", password)
	h.pass(time.Minute)
	two.signIn("zhang", password)
	type places struct {
		Items []struct {
			ID  string
			Own bool
		}
	}
	list := read[places](t, one.want(http.StatusOK, http.MethodGet, "/api/v1/sessions", ""))
	if len(list.Items) != 2 || list.Items[0].Own == list.Items[1].Own {
		t.Fatalf("got %+v", list)
	}
	for _, p := range list.Items {
		stranger.want(http.StatusNotFound, http.MethodDelete, "/api/v1/sessions/"+p.ID, "")
		if !p.Own {
			one.want(http.StatusNoContent, http.MethodDelete, "/api/v1/sessions/"+p.ID, "")
			one.want(http.StatusNotFound, http.MethodDelete, "/api/v1/sessions/"+p.ID, "")
		}
	}
	two.want(http.StatusUnauthorized, http.MethodGet, sessionPath, "")
	one.want(http.StatusOK, http.MethodGet, sessionPath, "")
}
