package api_test

import (
	"net/http"
	"testing"

	"quartet"
)

func TestAlertRule_IsQuietForAnHourWhereNothingIsSaid(t *testing.T) {
	h := newHouse(t)
	buyer := h.as(quartet.RoleDeveloper)
	const path = "/api/v1/accounts/buyer/alert-rules"
	const errors, remaining = `"kind":"errors","percent":50,"minutes":5,"floor":10,"inbox":true`, `"kind":"remaining","units":8,"inbox":true`
	for body, want := range map[string]int64{
		errors: 60, errors + `,"cooldown_minutes":5`: 5, remaining: 60, remaining + `,"cooldown_minutes":0`: 0,
	} {
		got := read[struct {
			Cooldown *int64 `json:"cooldown_minutes"`
		}](t, buyer.want(http.StatusCreated, http.MethodPost, path, "{"+body+"}")).Cooldown
		if got == nil || *got != want {
			t.Errorf("%s: quiet for %v minutes, want %d", body, got, want)
		}
	}
	for _, body := range []string{errors + `,"cooldown_minutes":0`, errors + `,"cooldown_minutes":4`, `"kind":"rate","percent":300,"days":3,"floor":1,"inbox":true,"cooldown_minutes":1`, `"kind":"remaining","units":8`} {
		buyer.want(http.StatusUnprocessableEntity, http.MethodPost, path, "{"+body+"}")
	}
}
