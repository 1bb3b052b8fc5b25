package api_test

import (
	"net/http"
	"strings"
	"testing"

	"quartet"
	"quartet/internal/debug"
)

// withRoad lets a handler stand for the road. It answers with what it was sent, as the gateway
// does when a signature is wrong.
func withRoad(h *house) {
	h.o.Debug = debug.New(debug.Options{Lender: h.desk, Now: h.clock, Road: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("X-Ca-Error-Message", "`POST#"+r.PostForm.Encode()+"`")
		w.WriteHeader(http.StatusForbidden)
	})})
}

// planted are values that stand nowhere but in a debug call.
var planted = []string{"欧阳浩然", "230602200601027959", "6200000000000001234", "13900001234", "planted-header", "planted-string"}

const debugBody = `{"product_id":"1887","credential_id":"ID",
	"headers":[{"name":"X-Mine","value":"planted-header"}],"query":[{"name":"q","value":"13900001234"}],"string_to_sign":"planted-string",
	"form":[{"name":"name","value":"欧阳浩然"},{"name":"idcard","value":"230602200601027959"},{"name":"acc_no","value":"6200000000000001234"},{"name":"mobile","value":"13900001234"}]}`

func TestDebugCall_ShowsBothSidesAndKeepsNothing(t *testing.T) {
	h := newHouse(t, withRoad)
	_, secret, err := h.desk.Issue(t.Context(), "test", "buyer", quartet.Credential{ID: "k1", Kind: quartet.KindAppKey})
	if err != nil {
		t.Fatal(err)
	}
	developer := h.as(quartet.RoleDeveloper)
	a := developer.want(http.StatusOK, http.MethodPost, "/api/v1/accounts/buyer/debug-calls", strings.Replace(debugBody, "ID", "k1", 1))
	type field struct{ Name, Value string }
	r := read[struct {
		Request   struct{ Target, Body string }
		Signature struct {
			Right bool
			Parts []struct{ Kind, Text string }
		}
		Answer struct {
			Status  int
			Reason  string
			Headers []field
		}
	}](t, a)
	last := r.Signature.Parts[len(r.Signature.Parts)-1]
	if !r.Signature.Right || last.Kind != "resource" || !strings.Contains(last.Text, "name=欧阳浩然") || r.Request.Target != "/communication/personal/1887?q=13900001234" {
		t.Errorf("the request: %+v", r)
	}
	if r.Answer.Status != http.StatusForbidden || r.Answer.Reason != "Forbidden" || !strings.Contains(a.text, "X-Ca-Error-Message") {
		t.Errorf("the answer: %+v", r.Answer)
	}
	if a.header.Get("Cache-Control") != "no-store" || strings.Contains(a.text, secret) {
		t.Errorf("the answer may be kept, or shows the secret")
	}
	// A refused draft quotes nothing either.
	refused := developer.want(http.StatusUnprocessableEntity, http.MethodPost, "/api/v1/accounts/buyer/debug-calls",
		strings.NewReplacer("ID", "k1", "X-Mine", "Cookie").Replace(debugBody))
	entries, err := h.store.AuditEntries(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	used := false
	for _, e := range entries {
		used = used || e.Action == "credential.debug" && e.Subject == "k1" && strings.HasPrefix(e.Actor, "developer ")
		for _, value := range planted {
			if strings.Contains(e.Detail+e.Before+e.After, value) {
				t.Errorf("the audit keeps %s: %+v", value, e)
			}
		}
	}
	if !used {
		t.Error("the audit does not say that the credential was used")
	}
	for _, value := range append(planted, secret) {
		if strings.Contains(h.log.String(), value) || strings.Contains(refused.text, value) {
			t.Errorf("%s is in the log, or in a refusal", value)
		}
	}
}

func TestDebugCall_IsForWhoMayIntegrateWithACredentialInForce(t *testing.T) {
	h := newHouse(t, withRoad)
	if _, _, err := h.desk.Issue(t.Context(), "test", "buyer", quartet.Credential{ID: "c1", Kind: quartet.KindAppCode}); err != nil {
		t.Fatal(err)
	}
	const path = "/api/v1/accounts/buyer/debug-calls"
	body := strings.Replace(debugBody, "ID", "c1", 1)
	for role, want := range map[quartet.Role]int{
		quartet.RoleOwner: http.StatusOK, quartet.RoleFinance: http.StatusForbidden, quartet.RoleReader: http.StatusForbidden, quartet.RoleAdministrator: http.StatusForbidden,
	} {
		h.as(role).want(want, http.MethodPost, path, body)
	}
	owner := h.as(quartet.RoleOwner)
	owner.want(http.StatusNotFound, http.MethodPost, path, strings.Replace(body, "1887", "1", 1))
	if err := h.desk.Revoke(t.Context(), "test", "c1"); err != nil {
		t.Fatal(err)
	}
	owner.want(http.StatusConflict, http.MethodPost, path, body)
}
