package api_test

import (
	"net/http"
	"strings"
	"testing"

	"quartet"
	"quartet/internal/api"
)

func TestSettings_AreShownToWhoLooksAfterTheHouse(t *testing.T) {
	h := newHouse(t, func(h *house) {
		h.o.Settings = []api.Setting{
			{Key: "listen", Help: "address of the API", Value: "127.0.0.1:1887", Default: "127.0.0.1:8080", From: "file", Place: "quartet.yaml:3", Set: true},
			{Key: "store_password", Help: "password", From: "environment", Place: "QUARTET_STORE_PASSWORD", Secret: true, Set: true},
		}
	})
	for _, role := range []quartet.Role{quartet.RoleAuditor, quartet.RoleAdministrator} {
		a := h.as(role).want(http.StatusOK, http.MethodGet, "/api/v1/settings", "")
		if !strings.Contains(a.text, `"value":"127.0.0.1:1887"`) || !strings.Contains(a.text, `"place":"QUARTET_STORE_PASSWORD","secret":true,"set":true`) {
			t.Errorf("%s: %s", role, a.text)
		}
	}
	for _, role := range []quartet.Role{quartet.RoleSupport, quartet.RoleTreasurer, quartet.RoleOwner} {
		h.as(role).want(http.StatusForbidden, http.MethodGet, "/api/v1/settings", "")
	}
}
