package console_test

import (
	"net/http"
	"testing"

	"quartet"
)

const (
	madeToken = `{"id":"t1","name":"对账","scopes":["usage:read"],"state":"active","expires_at":"2026-06-01T00:00:00Z","value":"qtk_value"}`
	canScopes = `{"items":["calls:read","usage:read"]}`
)

func TestToken_IsMadeAndItsValueIsShownOnThatPageAlone(t *testing.T) {
	f := &fake{answers: map[string]any{"POST /accounts/acme/tokens": madeToken}}
	page := f.send(t, "/console/tokens", "name", " 对账 ", "scopes", "usage:read", "scopes", "calls:read", "days", "30", "networks", "192.0.2.7")
	page.says(t, `value="qtk_value"`, "data-forget=", "Authorization: Bearer")
	if page.header.Get("Cache-Control") != "no-store" {
		t.Errorf("a browser may keep it: %v", page.header)
	}
	f.look(t, "/console/tokens").says(t, "还没有令牌", "but not", "qtk_value")
}

func TestToken_FormKeepsWhatWasTyped(t *testing.T) {
	f := &fake{answers: map[string]any{"GET /token-scopes": canScopes}}
	f.send(t, "/console/tokens", "name", "对账", "days", "30").is(t, http.StatusUnprocessableEntity).says(t, "请至少选择一项权限范围", `value="对账"`)
	f.send(t, "/console/tokens", "name", "对账", "days", "30", "scopes", "usage:read", "networks", "office").is(t, http.StatusUnprocessableEntity).
		says(t, "单个地址写成 192.0.2.7", ">office<", `value="usage:read" checked`, `value="30" selected`)
}

func TestToken_IsRevokedWithAProof(t *testing.T) {
	f := &fake{answers: map[string]any{"DELETE /accounts/acme/tokens/t1": proofNeeded}}
	f.send(t, "/console/tokens/t1/revocation").says(t, `action="/console/tokens/t1/revocation"`, `name="_password"`)
	f.answers["DELETE /accounts/acme/tokens/t1"] = ``
	f.send(t, "/console/tokens/t1/revocation", "_password", "four words in a row").leads(t, "/console/tokens?done=revoked")
}

func TestToken_OfTheHouseIsTheOperators(t *testing.T) {
	f := operated(quartet.RoleAuditor, map[string]any{
		"GET /token-scopes": `{"items":["audit:read"]}`, "GET /tokens": `{"items":[{"id":"t1","name":"外送","state":"active","operator_name":"sun"}]}`, "POST /tokens": madeToken,
	})
	f.look(t, "/house/tokens").says(t, "外送", "sun", `action="/house/tokens/t1/revocation"`, `href="/house/tokens/new"`)
	f.look(t, "/house/tokens/new").says(t, `value="audit:read"`, "查看审计", "but not", "usage:read")
	f.send(t, "/house/tokens", "name", "外送", "scopes", "audit:read", "days", "90").says(t, `value="qtk_value"`)
}

// Whoever chooses a scope reads what it lets a program do.
func TestToken_HasWordsForEveryScope(t *testing.T) {
	var all []any
	for _, s := range quartet.Scopes() {
		all = append(all, s)
	}
	page := (&fake{answers: map[string]any{"GET /token-scopes": map[string]any{"items": all}}}).look(t, "/console/tokens/new")
	page.says(t, "but not", `<span class="form-check-description"></span>`)
}
