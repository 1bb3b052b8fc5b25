package api_test

import (
	"net/http"
	"testing"

	"quartet"
)

func TestAccounts_AreSearchedAndListedWithWhatAListNeeds(t *testing.T) {
	h := newHouse(t)
	h.paidBy("buyer")
	h.called("buyer", "c", 1, 1)
	if _, err := h.desk.Suspend(t.Context(), "test", "other", "账款逾期"); err != nil {
		t.Fatal(err)
	}
	type row struct {
		ID        string `json:"id"`
		Firm      string `json:"firm_state"`
		Units     int64  `json:"units_remaining"`
		Called    string `json:"called_at"`
		Suspended bool   `json:"suspended"`
	}
	run := h.as(quartet.RoleSupport)
	list := func(query string) []row {
		t.Helper()
		return read[struct{ Items []row }](t, run.want(http.StatusOK, http.MethodGet, "/api/v1/accounts"+query, "")).Items
	}
	all := list("")
	if len(all) != 2 || all[0] != (row{ID: "buyer", Units: all[0].Units, Called: "2026-03-02T01:00:00Z"}) || all[0].Units < 1000 || all[1] != (row{ID: "other", Suspended: true}) {
		t.Errorf("all: %+v", all)
	}
	for query, want := range map[string]string{"?q=OTHER": "other", "?q=Buyer%20buyer": "buyer", "?state=suspended": "other", "?state=active": "buyer"} {
		if got := list(query); len(got) != 1 || got[0].ID != want {
			t.Errorf("%s: %+v", query, got)
		}
	}
	first := read[struct{ Next string }](t, run.want(http.StatusOK, http.MethodGet, "/api/v1/accounts?limit=1", ""))
	if got := list("?limit=1&after=" + first.Next); len(got) != 1 || got[0].ID != "other" {
		t.Errorf("the second page: %+v", got)
	}
}

func TestAccount_IsSuspendedForAReasonThatTheAuditHas(t *testing.T) {
	h := newHouse(t)
	run := h.as(quartet.RoleAdministrator)
	const at = "/api/v1/accounts/buyer/suspension"
	run.want(http.StatusUnprocessableEntity, http.MethodPut, at, `{"reason":"逾期"}`)
	run.want(http.StatusUnprocessableEntity, http.MethodPut, at, `{"reason":"欠款人 13900000001"}`)
	run.want(http.StatusOK, http.MethodPut, at, `{"reason":"账款逾期"}`)
	list, err := h.store.AuditEntries(t.Context(), 1)
	if err != nil || list[0].Action != "account.suspend" || list[0].Detail != "账款逾期" {
		t.Errorf("the audit says %+v, %v", list, err)
	}
}

func TestPresence_TellsOwnAndOthers(t *testing.T) {
	h := newHouse(t)
	one, two := h.as(quartet.RoleSupport), h.as(quartet.RoleSupport)
	one.want(http.StatusNoContent, http.MethodPut, "/api/v1/presence", `{"available":true}`)
	type presence struct {
		Available bool
		Others    int
	}
	if got := read[presence](t, one.want(http.StatusOK, http.MethodGet, "/api/v1/presence", "")); got != (presence{true, 0}) {
		t.Errorf("who is there: %+v", got)
	}
	if got := read[presence](t, two.want(http.StatusOK, http.MethodGet, "/api/v1/presence", "")); got != (presence{false, 1}) {
		t.Errorf("who is not: %+v", got)
	}
}
