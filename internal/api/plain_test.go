package api_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"quartet"
)

// A pattern is for programs. Whoever breaks it is told in words, or by an example that keeps
// it, what to write.
func TestOpenAPI_SaysInWordsWhatEachPatternAsksFor(t *testing.T) {
	text, _ := description(t)
	var doc map[string]any
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	n := 0
	var walk func(at string, v any)
	walk = func(at string, v any) {
		switch v := v.(type) {
		case []any:
			for _, next := range v {
				walk(at, next)
			}
		case map[string]any:
			if pattern, ok := v["pattern"].(string); ok && !strings.Contains(at, "responses") {
				n++
				said, _ := v["x-quartet-pattern"].(string)
				if said == "" || strings.ContainsAny(said, `^$\[`) {
					t.Errorf("%s: %s is told as %q", at, pattern, said)
				} else if !strings.Contains(said, " ") && !regexp.MustCompile(pattern).MatchString(said) {
					t.Errorf("%s: the example %q does not keep %s", at, said, pattern)
				}
			}
			for name, next := range v {
				walk(at+"/"+name, next)
			}
		}
	}
	walk("", doc)
	if n < 15 {
		t.Errorf("only %d patterns were found", n)
	}
}

// Every problem with an input names it and says what to write, in words for people.
func TestAPI_SaysWhatToWriteInTheWordsOfPeople(t *testing.T) {
	b := newHouse(t).as(quartet.RoleAdministrator)
	buyer := b.h.as(quartet.RoleOwner)
	for _, tt := range []struct {
		who                        *browser
		method, path, body, detail string
	}{
		{buyer, http.MethodGet, "/api/v1/accounts/buyer/statements/March", "", "month: write it as 2026-03"},
		{buyer, http.MethodGet, "/api/v1/accounts/buyer/calls?code=7", "", "code: write it as 10003"},
		{buyer, http.MethodGet, "/api/v1/accounts/buyer/calls?from_at=now", "", "from_at: write a time as 2026-03-02T09:00:00+08:00"},
		{buyer, http.MethodGet, "/api/v1/accounts/buyer/calls?limit=many", "", "limit: write a whole number"},
		{buyer, http.MethodGet, "/api/v1/accounts/buyer/calls?limit=201", "", "limit: write a number of at most 200"},
		{buyer, http.MethodGet, "/api/v1/accounts/buyer/calls?verdict=yes", "", "verdict: write one of match, mismatch, undetermined"},
		{buyer, http.MethodGet, "/api/v1/accounts/buyer/calls?colour=red", "", "colour: there is no such parameter; look at its spelling"},
		{b, http.MethodPost, "/api/v1/accounts", `{}`, "name: this is needed"},
		{b, http.MethodPost, "/api/v1/accounts", `{"name":""}`, "name: write something"},
		{b, http.MethodPost, "/api/v1/accounts", `{"name":1}`, "name: write a text, in quotes"},
		{b, http.MethodPost, "/api/v1/accounts", `{"name":"a","id":"A b"}`, "id: write it as lower-case letters, digits and -, 1 to 32 of them, - not first"},
		{b, http.MethodPost, "/api/v1/accounts", `{"name":"a","colour":"red"}`, "colour: nothing has this name here; look at its spelling"},
		{buyer, http.MethodPost, "/api/v1/accounts/buyer/webhooks", `{"url":"ftp://hooks.example.com"}`, "url: must begin with https://"},
		{buyer, http.MethodPost, "/api/v1/accounts/buyer/orders/1/refunds", `{"reason":7}`, "reason: write a text, in quotes"},
	} {
		if a := tt.who.want(http.StatusUnprocessableEntity, tt.method, tt.path, tt.body); a.Detail != tt.detail {
			t.Errorf("%s %s %s: %q, want %q", tt.method, tt.path, tt.body, a.Detail, tt.detail)
		}
	}
}

// Whatever is asked with nonsense is answered in such words.
func TestAPI_SaysNothingInTheWordsOfPrograms(t *testing.T) {
	h := newHouse(t)
	callers := []*browser{h.as(quartet.RoleAdministrator), h.as(quartet.RoleTreasurer), h.as(quartet.RoleSupport), h.as(quartet.RoleOwner)}
	n := 0
	for _, r := range routes(t) {
		query := "?" + strings.Join(nonsense(r), "&")
		body := ""
		if r.op.RequestBody != nil && r.op.RequestBody.Value.Content.Get("application/json") != nil {
			body = `{"zzz":[]`
			for name, s := range r.op.RequestBody.Value.Content.Get("application/json").Schema.Value.Properties {
				wrong := `{"zzz":1}`
				if s.Value.Type.Is("string") && (s.Value.Pattern != "" || s.Value.Enum != nil || s.Value.Format != "") {
					wrong = `"zzz^"`
				}
				body += `,"` + name + `":` + wrong
			}
			body += "}"
		}
		for _, c := range callers {
			a := c.ask(r.method, r.at("buyer")+query, body)
			if a.status != http.StatusUnprocessableEntity {
				continue
			}
			n++
			for _, f := range a.Errors {
				if strings.Contains(f.Detail, "expected") || strings.Contains(f.Detail, "invalid") || strings.ContainsAny(f.Detail, `^\$`) || f.Pointer == "#" || f.Pointer+f.Parameter == "" {
					t.Errorf("%s: %+v", r.id, f)
				}
			}
			break
		}
	}
	if n < 120 {
		t.Errorf("only %d operations looked at what they were sent", n)
	}
}

// A page begins behind another one, and nowhere else.
func TestAPI_KnowsNoPageThatNobodyWasGiven(t *testing.T) {
	h := newHouse(t)
	callers := []*browser{h.as(quartet.RoleAdministrator), h.as(quartet.RoleTreasurer), h.as(quartet.RoleSupport), h.as(quartet.RoleOwner)}
	n := 0
	for _, r := range routes(t) {
		if r.method != http.MethodGet || r.op.Parameters.GetByInAndName("query", "limit") == nil {
			continue
		}
		found := false
		for _, after := range []string{"zzz", "2", "20260302767076241715", "01a217c3-83de-79f7-b8fb-2b57fd7e3947", ".00000000", "zzz.12345678"} {
			for _, c := range callers {
				a := c.ask(r.method, r.at("buyer")+"?after="+after, "")
				if stops(a) || a.status == http.StatusNotFound {
					continue
				}
				found = true
				if a.status != http.StatusUnprocessableEntity || len(a.Errors) != 1 || a.Errors[0].Parameter != "after" {
					t.Errorf("%s after %s: %d %s", r.id, after, a.status, a.text)
				}
				break
			}
		}
		if found {
			n++
		}
	}
	if n < 25 {
		t.Errorf("only %d lists were asked", n)
	}
}

// nonsense is a wrong value for each parameter of the query.
func nonsense(r route) (list []string) {
	for _, p := range r.op.Parameters {
		if p.Value.In == "query" {
			list = append(list, p.Value.Name+"=zzz^")
		}
	}
	return list
}
