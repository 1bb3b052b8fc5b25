package cli_test

import (
	"encoding/json"
	"strings"
	"testing"

	"quartet"
)

// printedToken is a line of `token create --json` and `token list --json`.
type printedToken struct {
	ID, Name, State, Value string
	Operator               string `json:"operator_id"`
	Scopes, From           []string
	ExpiresAt              string `json:"expires_at"`
}

func TestToken_OfAnOperatorIsMadeListedAndRevoked(t *testing.T) {
	dir := newAccountFolder(t)
	if o := run(t, words, "--data", dir, "operator", "add", "zhang"); o.code != 0 {
		t.Fatal(o.err)
	}
	value := must(t, "--data", dir, "token", "create", "--operator", "zhang", "--name", "siem", "--scopes", "usage:read, sources:read", "--from", "192.0.2.7", "--expires", "30d")
	if v, ok := quartet.ParseTokenValue(value); !ok {
		t.Fatalf("on standard output is more than the value: %v", v)
	}
	list := must(t, "--data", dir, "token", "list", "--json")
	var one printedToken
	if err := json.Unmarshal([]byte(list), &one); err != nil {
		t.Fatal(err)
	}
	if one.Name != "siem" || one.State != "active" || len(one.Scopes) != 2 || len(one.From) != 1 || one.From[0] != "192.0.2.7/32" || one.Operator == "" || one.Value != "" {
		t.Errorf("%+v", one)
	}
	if strings.Contains(list, value[20:40]) {
		t.Error("the list shows the secret")
	}
	must(t, "--data", dir, "token", "revoke", one.ID)
	if text := must(t, "--data", dir, "token", "list"); !strings.Contains(text, "revoked") {
		t.Errorf("revoked: %s", text)
	}
	if text := must(t, "--data", dir, "audit", "list", "--json"); !strings.Contains(text, `"token.create"`) || !strings.Contains(text, `"token.revoke"`) || strings.Contains(text, value[20:40]) {
		t.Errorf("the audit: %s", text)
	}
}

func TestToken_StandsForSomebody(t *testing.T) {
	dir := newAccountFolder(t)
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"--account", "acme", "--name", "x", "--scopes", "usage:read"}, "no owner who may sign in"},
		{[]string{"--operator", "nobody", "--name", "x", "--scopes", "usage:read"}, "no operator of that name"},
		{[]string{"--name", "x", "--scopes", "usage:read"}, "--account"},
		{[]string{"--account", "acme", "--operator", "zhang", "--name", "x", "--scopes", "usage:read"}, "--account"},
		{[]string{"--account", "acme", "--name", "x", "--scopes", "everything"}, "a scope is one of"},
	} {
		if r := run(t, "", append([]string{"--data", dir, "token", "create"}, c.args...)...); r.code == 0 || !strings.Contains(r.err, c.says) {
			t.Errorf("%v: %d %s", c.args, r.code, r.err)
		}
	}
	for _, o := range []outcome{
		run(t, words, "--data", dir, "operator", "add", "zhang"),
		run(t, words+"\n"+other, "--data", dir, "operator", "add", "li", "--role", "support"),
	} {
		if o.code != 0 {
			t.Fatal(o.err)
		}
	}
	r := run(t, "", "--data", dir, "token", "create", "--operator", "li", "--name", "x", "--scopes", "money:write")
	if r.code == 0 || !strings.Contains(r.err, "support") || !strings.Contains(r.err, "nothing by the scope money:write") || !strings.Contains(r.err, "tickets:write") {
		t.Errorf("more than a role can do: %d %s", r.code, r.err)
	}
}
