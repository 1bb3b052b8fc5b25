package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"quartet"
)

type incidentView struct {
	ID      string `json:"id"`
	State   string `json:"state"`
	Updates int64  `json:"updates"`
	History []struct {
		Number int64  `json:"number"`
		State  string `json:"state"`
		Text   string `json:"text"`
	} `json:"history"`
}

type statusView struct {
	Products []struct{ ID, Name, State string } `json:"products"`
	Open     []incidentView                     `json:"incidents"`
	Planned  []incidentView                     `json:"planned"`
}

// An operator tells of an outage, everybody follows it without signing in, and nobody learns
// who supplies or who wrote.
func TestIncidents_AreToldToEverybody(t *testing.T) {
	h := newHouse(t)
	source := quartet.Source{Name: "planted-supplier", Kind: quartet.SourceHTTPJSON, On: true}
	if err := h.store.CreateSource(t.Context(), source, quartet.AuditEntry{}); err != nil {
		t.Fatal(err)
	}
	anybody, support, admin := h.browser(), h.as(quartet.RoleSupport), h.as(quartet.RoleAdministrator)
	const incidents = "/api/v1/incidents"
	opening := `{"kind":"outage","title":"部分调用失败","product_ids":["1887"],"severity":"degraded","text":"正在排查","text_en":"We look into it"}`
	anybody.want(http.StatusUnauthorized, http.MethodPost, incidents, opening)
	h.as(quartet.RoleOwner).want(http.StatusForbidden, http.MethodPost, incidents, opening)
	support.want(http.StatusUnprocessableEntity, http.MethodPost, incidents, strings.Replace(opening, "正在排查", "planted-supplier 超时", 1))
	support.want(http.StatusNotFound, http.MethodPost, incidents, strings.Replace(opening, "1887", "9999", 1))
	i := read[incidentView](t, support.want(http.StatusCreated, http.MethodPost, incidents, opening))

	s := read[statusView](t, anybody.want(http.StatusOK, http.MethodGet, "/api/v1/status", ""))
	if len(s.Open) != 1 || len(s.Open[0].History) != 1 || len(s.Products) != 1 || s.Products[0].State != "degraded" {
		t.Errorf("the status is %+v", s)
	}
	at := incidents + "/" + i.ID
	h.pass(time.Minute)
	admin.want(http.StatusConflict, http.MethodPost, at+"/updates", `{"seen":9,"text":"…"}`)
	admin.want(http.StatusCreated, http.MethodPost, at+"/updates", `{"seen":1,"state":"identified","severity":"unavailable","text":"已定位"}`)
	support.want(http.StatusConflict, http.MethodPost, at+"/updates", `{"seen":1,"state":"resolved","text":"恢复"}`)
	support.want(http.StatusCreated, http.MethodPost, at+"/updates", `{"seen":2,"state":"resolved","text":"恢复"}`)
	shown := anybody.want(http.StatusOK, http.MethodGet, at, "")
	told := read[incidentView](t, shown)
	if told.State != "resolved" || len(told.History) != 3 || told.History[1].State != "identified" || told.History[2].Number != 3 {
		t.Errorf("the history is %+v", told)
	}
	anybody.want(http.StatusNotFound, http.MethodGet, incidents+"/nothing", "")
	status := anybody.want(http.StatusOK, http.MethodGet, "/api/v1/status", "")
	for _, secret := range []string{"planted", string(quartet.RoleSupport), string(quartet.RoleAdministrator), "zhang"} {
		if strings.Contains(shown.text+status.text, secret) {
			t.Errorf("everybody reads %q: %s %s", secret, shown.text, status.text)
		}
	}

	starts := h.clock().Add(time.Hour).Format(time.RFC3339)
	ends := h.clock().Add(2 * time.Hour).Format(time.RFC3339)
	admin.want(http.StatusCreated, http.MethodPost, incidents, `{"kind":"maintenance","title":"升级","product_ids":["1887"],"severity":"unavailable","text":"升级","starts_at":"`+starts+`","ends_at":"`+ends+`"}`)
	s = read[statusView](t, anybody.want(http.StatusOK, http.MethodGet, "/api/v1/status", ""))
	if len(s.Open) != 0 || len(s.Planned) != 1 || s.Products[0].State != "operational" {
		t.Errorf("the status is %+v", s)
	}
	type pageView struct {
		Items []incidentView `json:"items"`
		Next  string         `json:"next"`
	}
	first := read[pageView](t, anybody.want(http.StatusOK, http.MethodGet, incidents+"?limit=1&product_id=1887", ""))
	rest := read[pageView](t, anybody.want(http.StatusOK, http.MethodGet, incidents+"?limit=1&after="+first.Next, ""))
	if len(first.Items) != 1 || len(rest.Items) != 1 || rest.Items[0].ID != i.ID || rest.Next != "" {
		t.Errorf("the pages are %+v and %+v", first, rest)
	}
	open := read[pageView](t, anybody.want(http.StatusOK, http.MethodGet, incidents+"?open=true", ""))
	if len(open.Items) != 1 || open.Items[0].State != "scheduled" {
		t.Errorf("open are %+v", open)
	}
}
