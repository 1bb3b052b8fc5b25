package app_test

import (
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/config"
)

const words = "four words in a row"

// signIn signs an operator in over HTTP.
func (n *node) signIn(t *testing.T) *http.Client {
	t.Helper()
	if _, err := n.Operators.Add(t.Context(), "test", "zhang", quartet.RoleAdministrator, words); err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Jar: jar}
	resp, err := c.Post(n.URL()+"/api/v1/session/operator", "application/json", strings.NewReader(`{"name":"zhang","password":"`+words+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		t.Fatalf("sign-in: %d", resp.StatusCode)
	}
	return c
}

func TestAPI_IsServedBesideTheRoadAndChangesAreInForceAtOnce(t *testing.T) {
	c := settings(t)
	n, err := launchWith(t, app.Options{Config: config.Loaded{Config: c}, KeyringInside: true})
	if err != nil {
		t.Fatal(err)
	}
	const noRecord = "10002" // the registry holds nobody
	if got := n.result(t, person(1)); got != noRecord {
		t.Fatalf("the road: %s", got)
	}
	operator := n.signIn(t)
	suspend := func(method, want string) {
		t.Helper()
		body := ""
		if method == http.MethodPut {
			body = `{"reason":"账款逾期"}`
		}
		req, err := http.NewRequest(method, n.URL()+"/api/v1/accounts/buyer/suspension", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		resp, err := operator.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d", method, resp.StatusCode)
		}
		if got := n.result(t, person(1)); got != want {
			t.Errorf("after %s: %s, want %s", method, got, want)
		}
	}
	suspend(http.MethodPut, "B403MI")
	suspend(http.MethodDelete, noRecord)

	if code, body := get(t, n.URL()+"/api/v1/accounts"); code != http.StatusUnauthorized || !strings.Contains(body, `"code":"unauthenticated"`) {
		t.Errorf("without a session: %d %s", code, body)
	}
	if code, body := get(t, n.URL()+"/api/nothing"); code != http.StatusNotFound || !strings.Contains(body, `"code":"not_found"`) {
		t.Errorf("no such path: %d %s", code, body)
	}
	if code, body := get(t, n.URL()+"/apiary"); code != http.StatusNotFound || body != "" {
		t.Errorf("what is the road's: %d %q", code, body)
	}
}

func TestAPI_KeepsTheRulesOfTheAddress(t *testing.T) {
	files := newPair(t, time.Hour)
	n := listening(t, files, nil)
	conn := n.dial(t)
	resp, body := say(t, conn, "GET /api/v1/session HTTP/1.1\r\nHost: h\r\n\r\n")
	wantGateway(t, resp, body, http.StatusForbidden, "I403PT")

	resp, err := files.client().Get(n.URL() + "/api/v1/session")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("over TLS: %d", resp.StatusCode)
	}
}

func TestNode_TellsHowManyJobsWaitAndAreDead(t *testing.T) {
	c := settings(t)
	bySimulator(t, &c, bySupplier)
	n := start(t, c)
	_, figures := get(t, n.AdminURL()+"/metrics")
	for _, want := range []string{"quartet_jobs_waiting 0", "quartet_jobs_dead 0"} {
		if !strings.Contains(figures, want) {
			t.Errorf("missing: %s", want)
		}
	}
}
