package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"quartet"
)

func TestAudit_IsReadAndProvedByAuditorsAlone(t *testing.T) {
	h := newHouse(t)
	h.browser().signIn("zhang", password)
	auditor := h.as(quartet.RoleAuditor)
	h.as(quartet.RoleAdministrator).want(http.StatusForbidden, http.MethodGet, "/api/v1/audit", "")

	type entries struct {
		Items []struct {
			Place                         int64
			Actor, Action, Origin, Before string
		}
		Next string
	}
	first := read[entries](t, auditor.want(http.StatusOK, http.MethodGet, "/api/v1/audit?limit=2", ""))
	if len(first.Items) != 2 || first.Items[0].Action != "session.begin" || first.Items[0].Actor != "zhang" || first.Items[0].Origin != "127.0.0.1" || first.Next == "" {
		t.Fatalf("%+v", first)
	}
	second := read[entries](t, auditor.want(http.StatusOK, http.MethodGet, "/api/v1/audit?limit=2&after="+first.Next, ""))
	if len(second.Items) == 0 || second.Items[0].Place != first.Items[1].Place-1 {
		t.Errorf("%+v after %+v", second, first)
	}
	auditor.want(http.StatusUnprocessableEntity, http.MethodGet, "/api/v1/audit?after=x", "")

	type proof struct {
		Whole   bool
		Entries int64
		Head    string
		Fault   string
	}
	const path = "/api/v1/audit/verification"
	p := read[proof](t, auditor.want(http.StatusOK, http.MethodPost, path, `{}`))
	if !p.Whole || p.Entries != first.Items[0].Place || !strings.HasPrefix(p.Head, strings.Split(p.Head, ":")[0]+":") {
		t.Errorf("%+v", p)
	}
	again := read[proof](t, auditor.want(http.StatusOK, http.MethodPost, path, `{"head":"`+p.Head+`"}`))
	if !again.Whole {
		t.Errorf("%+v", again)
	}
	other := strings.Repeat("0f", 32)
	place, _, _ := strings.Cut(p.Head, ":")
	if anew := read[proof](t, auditor.want(http.StatusOK, http.MethodPost, path, `{"head":"`+place+`:`+other+`"}`)); anew.Whole || !strings.Contains(anew.Fault, "made anew") {
		t.Errorf("%+v", anew)
	}
	if a := auditor.want(http.StatusUnprocessableEntity, http.MethodPost, path, `{"head":"nonsense"}`); len(a.Errors) != 1 || a.Errors[0].Pointer != "#/head" {
		t.Errorf("%s", a.text)
	}
}

func TestAudit_IsSearchedByWhoDidWhatAndWhen(t *testing.T) {
	h := newHouse(t)
	auditor := h.as(quartet.RoleAuditor)
	h.as(quartet.RoleAdministrator).want(http.StatusOK, http.MethodPut, "/api/v1/source-policy", `{"rule":"cheapest"}`)
	const path = "/api/v1/audit?"
	a := auditor.want(http.StatusOK, http.MethodGet, path+"action=source", "")
	if actions := strings.Count(a.text, `"action":`); actions != 1 || field(t, a, "items", "action") != "source.order" {
		t.Errorf("%d entries: %s", actions, a.text)
	}
	who := field(t, a, "items", "actor")
	if a := auditor.want(http.StatusOK, http.MethodGet, path+"action=source.order&actor="+url.QueryEscape(who), ""); !strings.Contains(a.text, `"source.order"`) {
		t.Error(a.text)
	}
	if a := auditor.want(http.StatusOK, http.MethodGet, path+"before_place=3", ""); !strings.HasPrefix(a.text, `{"items":[{"place":2,`) {
		t.Error(a.text)
	}
	for _, none := range []string{"actor=nobody", "action=sourc", "to_at=2001-01-01T00:00:00%2B08:00", "from_at=2101-01-01T00:00:00%2B08:00"} {
		if a := auditor.want(http.StatusOK, http.MethodGet, path+none, ""); !strings.Contains(a.text, `"items":[]`) {
			t.Errorf("%s: %s", none, a.text)
		}
	}
	if a := auditor.want(http.StatusUnprocessableEntity, http.MethodGet, path+"action=%25", ""); len(a.Errors) != 1 || a.Errors[0].Parameter != "action" {
		t.Errorf("%s", a.text)
	}
}
