package api_test

import (
	"bytes"
	"flag"
	"log/slog"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"quartet"
	"quartet/internal/api"
	"quartet/internal/guard"
	"quartet/internal/web"
)

var update = flag.Bool("update", false, "rewrite the documents")

// bare is the API without any desk, which is enough to describe it.
func bare() *api.API {
	return api.New(api.Options{Log: slog.New(slog.DiscardHandler), Now: time.Now, Version: "1", Proxies: web.NewProxies(nil), Limiter: guard.NewRates(1)})
}

func description(t *testing.T) (text []byte, doc *openapi3.T) {
	t.Helper()
	text, err := bare().OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	doc, err = openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		t.Fatal(err)
	}
	return text, doc
}

func TestDocs_OpenAPIIsFresh(t *testing.T) {
	text, _ := description(t)
	fresh(t, "../../docs/openapi.yaml", text)
}

func fresh(t *testing.T, path string, want []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is stale (%v): run `make generate`", path, err)
	}
}

func TestOpenAPI_TellsWhatAnAnswerEmbeds(t *testing.T) {
	_, doc := description(t)
	for _, name := range []string{"PaidOrder", "Owed", "ShowTransferResponse"} {
		schema := doc.Components.Schemas[name]
		if schema == nil || schema.Value.Properties["id"] == nil || schema.Value.Properties["amount_fen"] == nil {
			t.Errorf("%s does not tell the fields that it has in common with lists", name)
		}
	}
}

func TestOpenAPI_IsValid(t *testing.T) {
	_, doc := description(t)
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("it says %s", doc.OpenAPI)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Error(err)
	}
	ids := map[string]bool{}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if op.OperationID == "" || ids[op.OperationID] {
				t.Errorf("%s %s: its id %q is empty or taken", method, path, op.OperationID)
			}
			ids[op.OperationID] = true
			if op.Summary == "" || len(op.Tags) != 1 {
				t.Errorf("%s %s: it says neither what it does nor of what", method, path)
			}
		}
	}
}

// Who has nothing to say sends nothing. A PUT that replaces what stands says with what.
func TestOpenAPI_AsksForNoBodyThatNeedSayNothing(t *testing.T) {
	_, doc := description(t)
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if op.RequestBody == nil || method == http.MethodPut || !strings.HasPrefix(path, "/api/") {
				continue
			}
			if j := op.RequestBody.Value.Content.Get("application/json"); j != nil && len(j.Schema.Value.Required) == 0 && op.RequestBody.Value.Required {
				t.Errorf("%s %s asks for a body of which nothing is needed", method, path)
			}
		}
	}
}

// What is one thing has one name: ids of nouns end in _id, and instants in _at unless they say
// since, until or by when; nothing says why beside a reason.
func TestOpenAPI_CallsOneThingByOneName(t *testing.T) {
	text, doc := description(t)
	instant := regexp.MustCompile(`^(at|since|.*_(at|since|until|by))$`)
	check := func(where, name string, s *openapi3.Schema) {
		if s == nil || s.Type == nil {
			return
		}
		switch {
		case s.Type.Is("string") && s.Format == "date-time" && !instant.MatchString(name):
			t.Errorf("%s: the instant %s", where, name)
		case s.Type.Is("string") && slices.Contains([]string{"account", "product", "credential", "order", "plan", "grant", "operator", "person", "invitation", "refund", "payment", "transfer"}, name):
			t.Errorf("%s: an id is called %s, not %s_id", where, name, name)
		case name == "why" || strings.HasSuffix(name, "_why"):
			t.Errorf("%s: a reason is called %s", where, name)
		case strings.HasSuffix(name, "_us"):
			t.Errorf("%s: %s is not told in milliseconds", where, name)
		}
	}
	for name, schema := range doc.Components.Schemas {
		for property, s := range schema.Value.Properties {
			check(name, property, s.Value)
		}
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			for _, p := range op.Parameters {
				if p.Value.In == "query" {
					check(method+" "+path, p.Value.Name, p.Value.Schema.Value)
				}
			}
		}
	}
	if len(text) == 0 || len(doc.Components.Schemas) < 100 {
		t.Error("nothing was looked at")
	}
}

func TestOpenAPI_TellsTheRoad(t *testing.T) {
	_, doc := description(t)
	road := doc.Paths.Value(quartet.FourElements().Path)
	if road == nil || road.Post == nil {
		t.Fatal("the road is not described")
	}
	form := road.Post.RequestBody.Value.Content.Get("application/x-www-form-urlencoded").Schema.Value
	for _, name := range []string{"acc_no", "idcard", "mobile", "name", "key"} {
		if form.Properties[name] == nil {
			t.Errorf("its form lacks %s", name)
		}
	}
	if road.Post.Responses.Value("200") == nil || road.Post.Responses.Value("4XX") == nil {
		t.Error("its answers are not described")
	}
}
