package api_test

import (
	"net/http"
	"testing"
	"time"

	"quartet"
)

func TestWebhookSecret_TheOneBeforeSignsAsLongAsIsSaid(t *testing.T) {
	h := newHouse(t)
	buyer := h.as(quartet.RoleDeveloper)
	const path = "/api/v1/accounts/buyer/webhooks"
	for body, want := range map[string]time.Duration{
		``:                          24 * time.Hour,
		`{}`:                        24 * time.Hour, // nothing is said
		`{"overlap_minutes":0}`:     0,              // somebody else knows it: it ends now
		`{"overlap_minutes":5}`:     5 * time.Minute,
		`{"overlap_minutes":10080}`: 7 * 24 * time.Hour,
	} {
		at := path + "/" + field(t, buyer.want(http.StatusCreated, http.MethodPost, path, `{"url":"https://hooks.example.com/told"}`), "id") + "/secret"
		until := ""
		if want > 0 {
			until = h.clock().Add(want).UTC().Format(time.RFC3339Nano)
		}
		got := read[struct {
			Until string `json:"old_secret_until"`
		}](t, buyer.want(http.StatusOK, http.MethodPost, at, body)).Until
		if got != until {
			t.Errorf("%s: the secret before signs until %q, want %q", body, got, until)
		}
		buyer.want(http.StatusUnprocessableEntity, http.MethodPost, at, `{"overlap_minutes":10081}`)
	}
}

// A path may hold a token: whoever does not set webhooks reads where one leads, and no more.
func TestWebhookURL_IsWholeForWhoSetsItAlone(t *testing.T) {
	h := newHouse(t)
	const path, whole = "/api/v1/accounts/buyer/webhooks", "https://hooks.example.com/told?token=abc"
	h.as(quartet.RoleDeveloper).want(http.StatusCreated, http.MethodPost, path, `{"url":"`+whole+`"}`)
	for role, want := range map[quartet.Role]string{
		quartet.RoleOwner: whole, quartet.RoleDeveloper: whole, quartet.RoleFinance: "hooks.example.com", quartet.RoleReader: "hooks.example.com", quartet.RoleSupport: "hooks.example.com",
	} {
		list := read[struct{ Items []struct{ URL string } }](t, h.as(role).want(http.StatusOK, http.MethodGet, path, "")).Items
		if len(list) != 1 || list[0].URL != want {
			t.Errorf("%s reads %+v, want %s", role, list, want)
		}
	}
}
