package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestAccountAudit_TellsAnOwnerWhatConcernsTheAccountAlone(t *testing.T) {
	post := &letters{}
	h := newHouse(t, withPeople(t, post))
	other := h.register(post, "wang@example.com", map[string]any{"name": "王芳", "account_name": "王芳"})
	theirs := "/api/v1/accounts/" + read[meView](t, other.want(http.StatusOK, http.MethodGet, "/api/v1/me", "")).Accounts[0].Account
	other.want(http.StatusCreated, http.MethodPost, theirs+"/credentials", `{"kind":"appcode","name":"another's"}`)
	last := field(t, other.want(http.StatusOK, http.MethodGet, theirs+"/audit?limit=1", ""), "next")

	owner := h.register(post, "zhang@example.com", map[string]any{"name": "张三丰", "account_name": "三丰"})
	account := read[meView](t, owner.want(http.StatusOK, http.MethodGet, "/api/v1/me", "")).Accounts[0].Account
	at := "/api/v1/accounts/" + account
	id := field(t, owner.want(http.StatusCreated, http.MethodPost, at+"/credentials", `{"kind":"appcode","name":"own"}`), "id")
	owner.want(http.StatusOK, http.MethodPut, at+"/credentials/"+id, `{"name":"own 2","qps":5,"burst":0,"daily":0,"networks":["192.0.2.0/24","198.51.100.7/32"]}`)
	if _, err := h.desk.Suspend(t.Context(), "an operator", account, "账款逾期"); err != nil {
		t.Fatal(err)
	}
	list := read[struct {
		Items []struct {
			By      string `json:"by"`
			Name    string `json:"person_name"`
			Action  string `json:"action"`
			Subject string `json:"subject"`
			Detail  string `json:"detail"`
			Facts   []struct {
				Name   string   `json:"name"`
				Values []string `json:"values"`
				Before []string `json:"before"`
			} `json:"facts"`
			Origin string `json:"origin"`
		}
	}](t, owner.want(http.StatusOK, http.MethodGet, at+"/audit", ""))
	if len(list.Items) < 4 {
		t.Fatalf("%+v", list)
	}
	first, changed, second := list.Items[0], list.Items[1], list.Items[2]
	if got := fmt.Sprint(changed.Facts); got != "[{name [own 2] [own]} {qps [5] []} {networks [192.0.2.0/24 198.51.100.7/32] []}]" {
		t.Errorf("a change tells %s", got)
	}
	if got := fmt.Sprint(second.Facts); got != "[{kind [appcode] []} {name [own] []}]" {
		t.Errorf("what was made tells %s", got)
	}
	if first.By != "house" || first.Action != "account.suspend" || first.Name+first.Detail+first.Origin != "" {
		t.Errorf("of the house: %+v", first)
	}
	if second.By != "person" || second.Name != "张三丰" || second.Action != "credential.issue" || second.Subject != id || second.Detail != `appcode, name "own"` || second.Origin == "" {
		t.Errorf("of a person: %+v", second)
	}
	all := owner.want(http.StatusOK, http.MethodGet, at+"/audit?limit=200", "").text
	for _, secret := range []string{"another's", "an operator", "王芳"} {
		if strings.Contains(all, secret) {
			t.Errorf("the audit of the account tells %q", secret)
		}
	}
	// Pages meet, and do not begin at another account's entry.
	next := field(t, owner.want(http.StatusOK, http.MethodGet, at+"/audit?limit=1", ""), "next")
	if behind := owner.want(http.StatusOK, http.MethodGet, at+"/audit?limit=1&after="+next, ""); !strings.Contains(behind.text, "credential.change") {
		t.Errorf("behind the first one: %s", behind.text)
	}
	owner.want(http.StatusUnprocessableEntity, http.MethodGet, at+"/audit?after="+last, "")
	owner.want(http.StatusNotFound, http.MethodGet, theirs+"/audit", "")
}
