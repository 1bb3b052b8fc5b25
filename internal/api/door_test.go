package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// knock signs in, or tries to, from an address of the net.
func (b *browser) knock(t *testing.T, from, path string, said map[string]any) answer {
	t.Helper()
	return b.ask(http.MethodPost, "/api/v1"+path, body(t, said), "X-Forwarded-For", from)
}

func TestDoor_AStrangerLocksNobodyElseOut(t *testing.T) {
	post := &letters{}
	h := newHouse(t, withPeople(t, post), behindProxy)
	h.register(post, "wang@example.com", map[string]any{"name": "王芳", "account_name": "王芳"})
	for path, said := range map[string]map[string]any{
		"/session/operator": {"name": "zhang", "password": password},
		"/session":          {"address": "wang@example.com", "password": password},
	} {
		in := h.browser()
		if a := in.knock(t, "192.0.2.7", path, said); a.status != http.StatusNoContent {
			t.Fatalf("%s: %s", path, a.text)
		}
		guess := map[string]any{"name": "zhang", "address": "wang@example.com", "password": "a guess"}
		if path == "/session" {
			delete(guess, "name")
		} else {
			delete(guess, "address")
		}
		for range 5 {
			if a := h.browser().knock(t, "198.51.100.1", path, guess); a.status != http.StatusUnauthorized {
				t.Fatalf("%s: %s", path, a.text)
			}
		}
		if a := h.browser().knock(t, "198.51.100.1", path, said); a.status != http.StatusTooManyRequests {
			t.Errorf("%s, where the guesses came from: %d %s", path, a.status, a.text)
		}
		if a := h.browser().knock(t, "203.0.113.1", path, said); a.status != http.StatusNoContent {
			t.Errorf("%s, from elsewhere: %d %s", path, a.status, a.text)
		}
		if a := in.knock(t, "198.51.100.1", "/session/proof", map[string]any{"password": password}); a.status != http.StatusNoContent {
			t.Errorf("%s, who is signed in: %d %s", path, a.status, a.text)
		}
	}
}

func TestDoor_StrangersDoNotFillTheAudit(t *testing.T) {
	post := &letters{}
	h := newHouse(t, withPeople(t, post), behindProxy)
	before, err := h.store.AuditEntries(t.Context(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		from, b := fmt.Sprintf("198.51.100.%d", i), h.browser()
		b.knock(t, from, "/session/operator", map[string]any{"name": fmt.Sprint(i), "password": "a guess"})
		b.knock(t, from, "/session", map[string]any{"address": fmt.Sprintf("a%d@example.com", i), "password": "a guess"})
		b.knock(t, from, "/people", map[string]any{"code": fmt.Sprint(i), "digits": "1", "name": "x", "password": password, "account_name": "x"})
		b.knock(t, from, "/password-resets", map[string]any{"code": fmt.Sprint(i), "digits": "1", "password": password})
		b.knock(t, from, "/session/passkey", map[string]any{"ticket": fmt.Sprint(i), "answer": map[string]any{}})
	}
	after, err := h.store.AuditEntries(t.Context(), 1000)
	if n := len(after) - len(before); err != nil || n == 0 || n > 4 {
		t.Errorf("%d entries of fifty refusals within a second, %v", n, err)
	}
}

// A GET that makes the house write is a try like others.
func TestDoor_StrangersDoNotBeginSignInsWithoutEnd(t *testing.T) {
	h := newHouse(t, behindProxy)
	b, refused := h.browser(), 0
	for range 40 {
		if a := b.ask(http.MethodGet, sessionPath+"/operator/sign-on", "", "X-Forwarded-For", "198.51.100.1"); a.status == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused == 0 {
		t.Error("forty were begun at once")
	}
	if a := b.ask(http.MethodGet, sessionPath+"/operator/sign-on", "", "X-Forwarded-For", "198.51.100.2"); a.status == http.StatusTooManyRequests {
		t.Errorf("somebody else: %s", a.text)
	}
}

func TestSessions_AreNeitherSeenNorEndedBeforeTheSecondFactor(t *testing.T) {
	h := newHouse(t, func(h *house) { h.o.Demo = false })
	in := h.browser()
	in.signIn("zhang", password)
	n := read[enrolmentView](t, in.want(http.StatusOK, http.MethodPost, sessionPath+"/operator/enrolment", ""))
	in.want(http.StatusOK, http.MethodPut, sessionPath+"/operator/enrolment", `{"ticket":"`+n.Ticket+`","code":"`+h.code(t, n.Secret)+`"}`)
	id := read[sessionView](t, in.want(http.StatusOK, http.MethodGet, sessionPath, "")).ID

	thief := h.browser() // who knows the password alone
	thief.signIn("zhang", password)
	for _, op := range [][2]string{{http.MethodGet, "/api/v1/sessions"}, {http.MethodDelete, "/api/v1/sessions/" + id}} {
		if a := thief.ask(op[0], op[1], ""); a.status != http.StatusForbidden || a.Code != "proof_needed" {
			t.Errorf("%v: %d %s", op, a.status, a.text)
		}
	}
	in.want(http.StatusOK, http.MethodGet, "/api/v1/sessions", "")
	thief.want(http.StatusNoContent, http.MethodDelete, sessionPath, "") // signing out is left
}

func TestOperator_ChangesAPasswordThatSomebodyElseGaveBeforeAnythingElse(t *testing.T) {
	h := newHouse(t, func(h *house) { h.o.Demo = false })
	zhang := h.browser()
	zhang.signIn("zhang", password)
	n := read[enrolmentView](t, zhang.want(http.StatusOK, http.MethodPost, sessionPath+"/operator/enrolment", ""))
	zhang.want(http.StatusOK, http.MethodPut, sessionPath+"/operator/enrolment", `{"ticket":"`+n.Ticket+`","code":"`+h.code(t, n.Secret)+`"}`)
	const given, own = "five other words in a row", "six words in one long row"
	zhang.want(http.StatusCreated, http.MethodPost, "/api/v1/operators", `{"name":"li","role":"support","password":"`+given+`"}`)

	li := h.browser()
	li.signIn("li", given)
	type due struct {
		Due    bool `json:"password_due"`
		Rights []string
	}
	if s := read[due](t, li.want(http.StatusOK, http.MethodGet, sessionPath, "")); !s.Due || len(s.Rights) != 0 {
		t.Errorf("%+v", s)
	}
	for _, op := range [][2]string{
		{http.MethodGet, "/api/v1/firm-applications"},
		{http.MethodGet, "/api/v1/sessions"},
		{http.MethodPost, sessionPath + "/operator/enrolment"},
		{http.MethodPut, sessionPath + "/operator/enrolment"},
		{http.MethodPost, sessionPath + "/proof"},
	} {
		if a := li.ask(op[0], op[1], ""); a.status != http.StatusForbidden || !strings.Contains(a.Detail, "PUT /api/v1/session/operator/password") {
			t.Errorf("%v: %d %s", op, a.status, a.text)
		}
	}
	change := func(status int, to string) {
		t.Helper()
		li.want(status, http.MethodPut, sessionPath+"/operator/password", `{"password":"`+given+`","new_password":"`+to+`"}`)
	}
	change(http.StatusUnprocessableEntity, given)
	change(http.StatusNoContent, own)
	if s := read[due](t, li.want(http.StatusOK, http.MethodGet, sessionPath, "")); s.Due {
		t.Errorf("%+v", s)
	}
	n = read[enrolmentView](t, li.want(http.StatusOK, http.MethodPost, sessionPath+"/operator/enrolment", ""))
	li.want(http.StatusOK, http.MethodPut, sessionPath+"/operator/enrolment", `{"ticket":"`+n.Ticket+`","code":"`+h.code(t, n.Secret)+`"}`)
	li.want(http.StatusOK, http.MethodGet, "/api/v1/firm-applications", "")
}

// Whoever it is of, a wrong code is answered alike.
func TestSecondFactor_IsRefusedAlikeOfPeopleAndOperators(t *testing.T) {
	post := &letters{}
	h := newHouse(t, withPeople(t, post))
	person, operator := h.register(post, "wang@example.com", map[string]any{"name": "王芳", "account_name": "王芳"}), h.browser()
	operator.signIn("zhang", password)
	secret := read[struct{ Secret string }](t, person.want(http.StatusCreated, http.MethodPost, "/api/v1/me/totp", "")).Secret
	person.want(http.StatusOK, http.MethodPut, "/api/v1/me/totp", `{"code":"`+h.code(t, secret)+`"}`)
	n := read[enrolmentView](t, operator.want(http.StatusOK, http.MethodPost, sessionPath+"/operator/enrolment", ""))
	operator.want(http.StatusOK, http.MethodPut, sessionPath+"/operator/enrolment", `{"ticket":"`+n.Ticket+`","code":"`+h.code(t, n.Secret)+`"}`)
	h.pass(time.Minute)
	for _, said := range []struct {
		person, operator string
		status           int
	}{
		{"000000", "000000", http.StatusUnauthorized},
		{h.code(t, secret), h.code(t, n.Secret), http.StatusNoContent},
		{h.code(t, secret), h.code(t, n.Secret), http.StatusConflict},
	} {
		a := person.want(said.status, http.MethodPost, sessionPath+"/factors/totp", `{"code":"`+said.person+`"}`)
		b := operator.want(said.status, http.MethodPost, sessionPath+"/operator/factor", `{"code":"`+said.operator+`"}`)
		if a.text != b.text {
			t.Errorf("a person is told %s, an operator %s", a.text, b.text)
		}
	}
}
