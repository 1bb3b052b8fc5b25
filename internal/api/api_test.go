package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"quartet"
)

func TestAPI_AnswersWhatItDoesNotHaveWithAProblem(t *testing.T) {
	b := newHouse(t).browser()
	for _, path := range []string{"/api/", "/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v2/session", "/api/v1/session/operator/more"} {
		if a := b.want(http.StatusNotFound, http.MethodGet, path, ""); a.Code != "not_found" {
			t.Errorf("%s: %s", path, a.text)
		}
	}
	if a := b.want(http.StatusMethodNotAllowed, http.MethodPatch, sessionPath, ""); a.Code != "unsupported" || a.header.Get("Allow") != "DELETE, GET, HEAD, POST" {
		t.Errorf("%s %v", a.text, a.header)
	}
	a := b.want(http.StatusOK, http.MethodGet, "/api/v1/openapi.json", "")
	if !strings.Contains(a.text, `"openapi":"3.1.0"`) || a.header.Get("Cache-Control") != "no-store" || a.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%.100s %v", a.text, a.header)
	}
}

func TestAPI_RefusesPagesOfOtherSites(t *testing.T) {
	h := newHouse(t)
	b := h.as(quartet.RoleAdministrator)
	const path, body = "/api/v1/accounts", `{"name":"Another"}`
	for _, headers := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://elsewhere.example"}} {
		if a := b.want(http.StatusForbidden, http.MethodPost, path, body, headers...); a.Code != "forbidden" {
			t.Errorf("%v: %s", headers, a.text)
		}
	}
	b.want(http.StatusCreated, http.MethodPost, path, body, "Sec-Fetch-Site", "same-origin", "Origin", h.url)
}

func TestAPI_SaysWhichInputIsWrongAndNotWhatItWas(t *testing.T) {
	b := newHouse(t).as(quartet.RoleAdministrator)
	for _, tt := range []struct {
		name, path, body string
		status           int
		pointer          string
	}{
		{"a number for a text", "/api/v1/accounts", `{"name":13900001234}`, 422, "#/name"},
		{"what is needed is missing", "/api/v1/accounts", `{}`, 422, "#/name"},
		{"what nobody knows", "/api/v1/accounts", `{"name":"a","secret":"13900001234"}`, 422, "#/secret"},
		{"a rule that the desk knows", "/api/v1/accounts", `{"name":"  "}`, 422, "#/name"},
		{"no JSON", "/api/v1/accounts", `name=13900001234`, 400, "#"},
		{"half of it", "/api/v1/accounts", `{"name":13900001234`, 400, "#"},
		{"less", "/api/v1/accounts", `{"na`, 400, "#"},
		{"more than one", "/api/v1/accounts", `{"name":"a"}{"name":13900001234}`, 400, "#"},
		{"what is no text", "/api/v1/accounts", "{\"name\":\"13900001234\xff\"}", 400, "#/name"},
		{"a name twice", "/api/v1/accounts", `{"name":"a","name":"b"}`, 400, "#/name"},
		{"no network", "/api/v1/accounts/buyer/credentials", `{"kind":"key","networks":["13900001234"]}`, 422, "#/networks/0"},
		{"no time", "/api/v1/accounts/buyer/credentials", `{"kind":"key","expires_at":"13900001234"}`, 422, "#/expires_at"},
		{"a time that never comes", "/api/v1/accounts/buyer/credentials", `{"kind":"key","expires_at":"2027-02-30T00:00:00Z"}`, 422, "#/expires_at"},
		{"a name in other letters", "/api/v1/accounts", `{"Name":"a"}`, 422, "#/Name"},
		{"a number too large", "/api/v1/accounts/buyer/credentials", `{"kind":"key","qps":13900001234}`, 422, "#/qps"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := b.ask(http.MethodPost, tt.path, tt.body)
			if a.status != tt.status || a.Code != "invalid" || len(a.Errors) == 0 || a.Errors[0].Pointer != tt.pointer || a.Detail == "" {
				t.Errorf("%d %s", a.status, a.text)
			}
			if strings.Contains(a.text, "13900001234") {
				t.Errorf("it repeats the input: %s", a.text)
			}
			for _, inside := range []string{"json", "unmarshal", "netip", "parsing", "offset", "EOF"} {
				if strings.Contains(a.text, inside) {
					t.Errorf("it speaks of %s: %s", inside, a.text)
				}
			}
		})
	}
	if a := b.want(http.StatusUnprocessableEntity, http.MethodGet, "/api/v1/jobs?limit=0", ""); len(a.Errors) != 1 || a.Errors[0].Parameter != "limit" {
		t.Errorf("a parameter: %s", a.text)
	}
	if a := b.want(http.StatusUnprocessableEntity, http.MethodGet, "/api/v1/jobs?stat=dead", ""); len(a.Errors) != 1 || a.Errors[0].Parameter != "stat" {
		t.Errorf("a parameter that nobody knows: %s", a.text)
	}
	if a := b.want(http.StatusUnsupportedMediaType, http.MethodPost, "/api/v1/accounts", `{"name":"a"}`, "Content-Type", "text/13900001234"); a.Code != "unsupported" || !strings.Contains(a.Detail, "application/json") || strings.Contains(a.text, "13900001234") {
		t.Errorf("another type: %s", a.text)
	}
	if a := b.want(http.StatusBadRequest, http.MethodPost, "/api/v1/accounts", ""); !strings.Contains(a.Detail, "a body") {
		t.Errorf("no body: %s", a.text)
	}
	long := `{"name":"` + strings.Repeat("a", 70<<10) + `"}`
	if a := b.want(http.StatusRequestEntityTooLarge, http.MethodPost, "/api/v1/accounts", long); a.Code != "too_large" || !strings.Contains(a.Detail, "64 KiB") {
		t.Errorf("a long body: %s", a.text)
	}
}

// What a room finds wrong is told under the name that the caller gave it, and where it was given.
func TestAPI_PointsAtAnInputByTheNameItHasThere(t *testing.T) {
	h := newHouse(t)
	h.pass(time.Minute)
	boss, treasurer, zhang := h.as(quartet.RoleAdministrator), h.as(quartet.RoleTreasurer), h.browser()
	zhang.signIn("zhang", password)
	for _, tt := range []struct {
		name               string
		who                *browser
		method, path, body string
		pointer, parameter string
	}{
		{"an instant", treasurer, http.MethodPost, "/api/v1/adjustments", `{"kind":"give","account_id":"buyer","units":1,"until_at":"2020-01-01T00:00:00Z","reason":"赠送"}`, "#/until_at", ""},
		{"an amount", boss, http.MethodPost, "/api/v1/products/1887/plans", `{"id":"big","name":"大","units":1,"price_fen":1,"months":24,"from_at":"2020-01-01T00:00:00Z"}`, "#/from_at", ""},
		{"a password beside an old one", zhang, http.MethodPut, "/api/v1/session/operator/password", `{"password":"` + password + `","new_password":"short"}`, "#/new_password", ""},
		{"a part of the path", treasurer, http.MethodPost, "/api/v1/settlements/alipay/2026-13-45/comparison", "", "", "day"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := tt.who.ask(tt.method, tt.path, tt.body)
			if len(a.Errors) != 1 || a.Errors[0].Pointer != tt.pointer || a.Errors[0].Parameter != tt.parameter {
				t.Errorf("%d %s", a.status, a.text)
			}
		})
	}
}

// What is made is shown as it is kept, to the microsecond.
func TestAPI_ShowsTimesAsTheyAreKept(t *testing.T) {
	h := newHouse(t)
	h.pass(1234567 * time.Nanosecond)
	b := h.as(quartet.RoleAdministrator)
	made := b.want(http.StatusCreated, http.MethodPost, "/api/v1/accounts", `{"id":"acme","name":"Acme"}`)
	if shown := b.want(http.StatusOK, http.MethodGet, "/api/v1/accounts/acme", ""); shown.text != made.text || !strings.Contains(made.text, ".001234") {
		t.Errorf("made as %s shown as %s", made.text, shown.text)
	}
	issued := b.want(http.StatusCreated, http.MethodPost, "/api/v1/accounts/acme/credentials", `{"kind":"appcode","expires_at":"2027-01-01T00:00:00.123456789+08:00"}`)
	listed := b.want(http.StatusOK, http.MethodGet, "/api/v1/accounts/acme/credentials", "")
	one, err := time.Parse(time.RFC3339Nano, field(t, issued, "expires_at"))
	if err != nil {
		t.Fatal(err)
	}
	if two, err := time.Parse(time.RFC3339Nano, field(t, listed, "items", "expires_at")); err != nil || !one.Equal(two) || one.Nanosecond() != 123456000 {
		t.Errorf("issued until %s, listed until %s, %v", one, two, err)
	}
}

func TestAPI_ShowsOfAnUnexpectedFaultAReferenceAlone(t *testing.T) {
	h := newHouse(t, func(h *house) { h.o.Accounts = broken{h.o.Accounts} })
	b := h.as(quartet.RoleAdministrator)
	for _, path := range []string{"/api/v1/accounts", "/api/v1/accounts/buyer"} {
		a := b.want(http.StatusInternalServerError, http.MethodGet, path, "")
		if a.Code != "internal" || a.Reference == "" || strings.Contains(a.text, "disk") {
			t.Errorf("got %s", a.text)
		}
		if log := h.log.String(); !strings.Contains(log, a.Reference) || strings.Contains(log, "6222021234567890123") || !strings.Contains(log, "the disk") {
			t.Errorf("the log says\n%s", log)
		}
	}
}
