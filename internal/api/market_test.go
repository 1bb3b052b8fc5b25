package api_test

import (
	"net/http"
	"strings"
	"testing"

	"quartet"
)

func TestMarkets_AreAddedRotatedAndSwitchedOff(t *testing.T) {
	h := newHouse(t)
	b := h.as(quartet.RoleAdministrator)
	first := field(t, b.want(http.StatusCreated, http.MethodPost, "/api/v1/markets", `{"name":"yun"}`), "secret")
	b.want(http.StatusConflict, http.MethodPost, "/api/v1/markets", `{"name":"yun"}`)
	b.want(http.StatusUnprocessableEntity, http.MethodPost, "/api/v1/markets", `{"name":"Yun 1"}`)
	if a := b.want(http.StatusOK, http.MethodPost, "/api/v1/markets/yun/off", ""); field(t, a, "off_at") == "" {
		t.Errorf("off: %s", a.text)
	}
	next := field(t, b.want(http.StatusCreated, http.MethodPost, "/api/v1/markets/yun/rotation", ""), "secret")
	if len(first) != 64 || next == first {
		t.Error("the secret is not made anew")
	}
	b.want(http.StatusNotFound, http.MethodPost, "/api/v1/markets/none/rotation", "")
	a := b.want(http.StatusOK, http.MethodGet, "/api/v1/markets", "")
	if field(t, a, "items", "name") != "yun" || strings.Contains(a.text, "off_at") || strings.Contains(a.text, next) {
		t.Errorf("listed as %s", a.text)
	}
	if a := b.want(http.StatusOK, http.MethodGet, "/api/v1/instances", ""); !strings.Contains(a.text, `"items":[]`) {
		t.Errorf("instances %s", a.text)
	}
	for _, secret := range []string{first, next} {
		if strings.Contains(h.log.String(), secret) {
			t.Error("the log has a secret")
		}
	}
}
