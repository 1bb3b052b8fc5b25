package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/config"
)

// A call by hand is charged, logged and limited as any other; a test credential's is answered
// by the sandbox. Neither leaves an element in the log.
func TestDebugCall_IsACallLikeAnyOther(t *testing.T) {
	c := settings(t)
	n, err := launchWith(t, app.Options{Config: config.Loaded{Config: c}, KeyringInside: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = n.Sources.Switch(t.Context(), "test", "registry", false, ""); err == nil {
		_, err = n.Sources.Add(t.Context(), "test", quartet.Source{Name: "sim", Kind: quartet.SourceSim, Spec: bySupplier, On: true}, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	b := n.register(t, c.Data)
	accounts, err := n.Desk.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	account := accounts[len(accounts)-1].ID
	if err := n.Ledger.Give(t.Context(), quartet.Grant{ID: uuid.NewString(), Account: account, Units: 1, ExpiresAt: n.Now().Add(time.Hour)}, "test"); err != nil {
		t.Fatal(err)
	}
	p := person(3)
	call := func(test bool) (answer struct {
		Test   bool
		Answer struct {
			Status int
			Body   string
		}
	},
	) {
		t.Helper()
		one, _, err := n.Desk.Issue(t.Context(), "test", account, quartet.Credential{Kind: quartet.KindAppKey, Test: test})
		if err == nil {
			err = n.Changed(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
		body := fmt.Sprintf(`{"product_id":"1887","credential_id":%q,"form":[{"name":"name","value":%q},{"name":"idcard","value":%q},{"name":"acc_no","value":%q},{"name":"mobile","value":%q}]}`,
			one.ID, p.Name, p.IDCard, p.AccNo, p.Mobile)
		said, err := json.Marshal(b.post("/accounts/"+account+"/debug-calls", body, http.StatusOK))
		if err == nil {
			err = json.Unmarshal(said, &answer)
		}
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	if a := call(false); a.Test || !strings.HasPrefix(a.Answer.Body, `{"code":"10000","message":"成功","data":{"state":"1"},"seqNo":"`) {
		t.Errorf("the call that was paid for: %+v", a)
	}
	n.wantUsed(t, 1)
	if a := call(false); a.Answer.Status != http.StatusForbidden {
		t.Errorf("without a unit: %+v", a)
	}
	if a := call(true); !a.Test || a.Answer.Status != http.StatusOK {
		t.Errorf("by the sandbox: %+v", a)
	}
	n.wantUsed(t, 1)
	n.lines.Flush()
	if !strings.Contains(n.log.String(), `"operation":"makeDebugCall"`) {
		t.Error("the log does not tell of the calls")
	}
	for _, value := range []string{p.Name, p.IDCard, p.AccNo, p.Mobile} {
		if strings.Contains(n.log.String(), value) {
			t.Errorf("the log holds %s", value)
		}
	}
}
