package api_test

import (
	"cmp"
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"quartet"
)

var record = flag.Bool("record", false, "take examples for the description from what the tests ask and are answered, where one is missing or has become wrong")

const examplesPath = "examples.json"

// example is what an operation is asked and answers.
type example struct {
	Request json.RawMessage `json:"request,omitempty"`
	Answer  json.RawMessage `json:"answer,omitempty"`
}

// described is the description as a reader of OpenAPI has it.
var described = sync.OnceValue(func() (d struct {
	doc    *openapi3.T
	router routers.Router
	err    error
},
) {
	var text []byte
	if text, d.err = bare().OpenAPI(); d.err != nil {
		return d
	}
	if d.doc, d.err = openapi3.NewLoader().LoadFromData(text); d.err != nil {
		return d
	}
	d.router, d.err = legacy.NewRouter(d.doc)
	return d
})

// seen is what the tests saw, by operation: the best example of each.
type sightings struct {
	mu  sync.Mutex
	all map[string]example
}

var seen = &sightings{all: map[string]example{}}

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if *record && code == 0 {
		if err := seen.write(); err != nil {
			_, _ = os.Stderr.WriteString(err.Error() + "\n")
			code = 1
		}
	}
	os.Exit(code)
}

// What a program that was made from the description sends as an example is taken by the house: it is
// not what it may not be, whatever else stands against it.
func TestExamples_AreTakenByTheHouse(t *testing.T) {
	h := newHouse(t, withPeople(t, &letters{}))
	all, err := readExamples()
	if err != nil {
		t.Fatal(err)
	}
	admin := h.as(quartet.RoleAdministrator)
	n := 0
	for path, at := range described().doc.Paths.Map() {
		for method, op := range at.Operations() {
			e := all[op.OperationID]
			if e.Request == nil || !strings.HasPrefix(path, "/api/") {
				continue
			}
			n++
			a := admin.ask(method, regexp.MustCompile(`\{\w+\}`).ReplaceAllString(path, "nothing"), string(e.Request))
			for _, f := range a.Errors {
				if a.status == http.StatusUnprocessableEntity && strings.Contains(f.Detail, "nothing has this name") {
					t.Errorf("%s %s: %s", method, path, a.text)
				}
			}
			if a.status == http.StatusBadRequest || a.status == http.StatusUnsupportedMediaType || a.status >= 500 && a.status != http.StatusServiceUnavailable {
				t.Errorf("%s %s: %s", method, path, a.text)
			}
		}
	}
	if n < 100 {
		t.Errorf("only %d were sent", n)
	}
}

// compare holds every good answer to what the description says of it: whoever asks in whatever test,
// what comes back is what programs were promised.
func (b *browser) compare(method, path, body string, a answer) {
	b.h.t.Helper()
	if a.status >= 400 || !strings.HasPrefix(path, "/api/v1/") || strings.HasSuffix(path, "/openapi.json") {
		return
	}
	d := described()
	if d.err != nil {
		b.h.t.Fatal(d.err)
	}
	req, err := http.NewRequest(method, path, nil)
	if err != nil {
		b.h.t.Fatal(err)
	}
	route, _, err := d.router.FindRoute(req)
	if err != nil {
		if method != http.MethodHead {
			b.h.t.Errorf("%s %s is not described: %v", method, path, err)
		}
		return
	}
	r := route.Operation.Responses.Status(a.status)
	if r == nil {
		b.h.t.Errorf("%s %s: %d is not described", method, path, a.status)
		return
	}
	kind := a.header.Get("Content-Type")
	if m := r.Value.Content["application/json"]; m != nil {
		if err := fits(m.Schema, []byte(a.text)); err != nil || kind != "application/json" {
			b.h.t.Errorf("%s %s: %s %v\n%s", method, path, kind, err, a.text)
		}
	} else if len(r.Value.Content) > 0 && r.Value.Content[kind] == nil && r.Value.Content["*/*"] == nil {
		b.h.t.Errorf("%s %s: its type %s is not described", method, path, kind)
	}
	if *record {
		seen.note(route.Operation, body, a.text)
	}
}

// fits holds a text to a schema.
func fits(s *openapi3.SchemaRef, text []byte) error {
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		return err
	}
	return s.Value.VisitJSON(v, openapi3.EnableFormatValidation())
}

// note keeps what was asked and answered if it tells more than what was seen before.
func (s *sightings) note(op *openapi3.Operation, body, text string) {
	var e example
	if jsonOf(op.RequestBody) != nil && body != "" {
		e.Request = shorten(body)
	}
	if answered(op) != nil {
		e.Answer = shorten(text)
	}
	if wrong(op, e) != "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if old, there := s.all[op.OperationID]; !there || better(e, old) {
		s.all[op.OperationID] = e
	}
}

// better reports whether an example tells more than another one and is short enough.
func better(a, b example) bool {
	const most = 2 << 10
	worth := func(e example) int {
		n := strings.Count(string(e.Answer), `":`) + 2*strings.Count(string(e.Request), `":`)
		if len(e.Answer)+len(e.Request) > most {
			n -= 1000
		}
		return n
	}
	return cmp.Or(cmp.Compare(worth(a), worth(b)), -cmp.Compare(len(a.Answer), len(b.Answer))) > 0
}

// secrets are the names of what no example shows.
var secrets = map[string]string{
	"secret": "…", "app_secret": "…", "app_key": "…", "token": "…", "value": "…", "ticket": "…", "uri": "…", "recovery_codes": "…", "id_token": "…", "signature": "…",
	"password": "four words in a row", "new_password": "four other words here", "digits": "123456",
}

// shorten leaves of every list its first item, and of no secret anything.
func shorten(text string) json.RawMessage {
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		return nil
	}
	short, err := json.Marshal(first("", v))
	if err != nil {
		return nil
	}
	return short
}

func first(name string, v any) any {
	switch v := v.(type) {
	case []any:
		if len(v) > 0 {
			return []any{first(name, v[0])}
		}
	case map[string]any:
		for k := range v {
			v[k] = first(k, v[k])
		}
	case string:
		if said, secret := secrets[name]; secret && v != "" {
			return said
		}
		if len(v) > 200 && !strings.Contains(v, " ") {
			return "…"
		}
	}
	return v
}

// invent makes an example of a schema, for what no test of this room comes to.
func invent(s *openapi3.Schema) json.RawMessage {
	text, err := json.Marshal(invented("", s))
	if err != nil {
		return nil
	}
	return text
}

func invented(name string, s *openapi3.Schema) any {
	switch {
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Type == nil:
		return map[string]any{}
	case s.Type.Includes("object"):
		v := map[string]any{}
		for k, p := range s.Properties {
			v[k] = invented(k, p.Value)
		}
		return v
	case s.Type.Includes("array"):
		return []any{invented(name, s.Items.Value)}
	case s.Type.Includes("integer"), s.Type.Includes("number"):
		if s.Min != nil {
			return max(*s.Min, 1)
		}
		return 1
	case s.Type.Includes("boolean"):
		return true
	}
	said, secret := secrets[name]
	switch id, named := strings.CutSuffix(name, "_id"); {
	case s.Format == "date-time":
		return "2026-03-02T01:00:00Z"
	case s.Format == "date", name == "day":
		return "2026-03-02"
	case secret:
		return said
	case s.Pattern == "^[0-9]{20}$":
		return "26112000000012345678"
	case name == "product_id":
		return "1887"
	case name == "id", named:
		return strings.TrimPrefix(id+"-1", "id-")
	case s.MaxLength != nil && *s.MaxLength < 8:
		return ""
	}
	return strings.ReplaceAll(name, "_", " ")
}

func readExamples() (map[string]example, error) {
	all := map[string]example{}
	text, err := os.ReadFile(examplesPath)
	if err != nil {
		return nil, err
	}
	return all, json.Unmarshal(text, &all)
}

// write keeps every example that is right, and puts what was seen in the place of the others.
func (s *sightings) write() error {
	all, err := readExamples()
	if err != nil {
		return err
	}
	for id := range all {
		if op := operationOf(id); op == nil || wrong(op, all[id]) != "" {
			delete(all, id)
		}
	}
	for id, e := range s.all {
		if _, there := all[id]; !there {
			all[id] = e
		}
	}
	for _, at := range described().doc.Paths.Map() {
		for _, op := range at.Operations() {
			if _, there := all[op.OperationID]; there {
				continue
			}
			var e example
			if m := jsonOf(op.RequestBody); m != nil {
				e.Request = invent(m.Schema.Value)
			}
			if m := answered(op); m != nil {
				e.Answer = invent(m.Schema.Value)
			}
			if e.Request != nil || e.Answer != nil {
				all[op.OperationID] = e
			}
		}
	}
	text, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(examplesPath, append(text, '\n'), 0o644)
}

func operationOf(id string) *openapi3.Operation {
	for _, at := range described().doc.Paths.Map() {
		for _, op := range at.Operations() {
			if op.OperationID == id {
				return op
			}
		}
	}
	return nil
}

// wrong says what an example of an operation lacks, or what about it is not as described.
func wrong(op *openapi3.Operation, e example) string {
	if m := jsonOf(op.RequestBody); m != nil {
		if e.Request == nil {
			return "its request is missing"
		}
		if err := fits(m.Schema, e.Request); err != nil {
			return "its request: " + err.Error()
		}
	}
	if m := answered(op); m != nil {
		if e.Answer == nil {
			return "its answer is missing"
		}
		if err := fits(m.Schema, e.Answer); err != nil {
			return "its answer: " + err.Error()
		}
	}
	return ""
}

func jsonOf(r *openapi3.RequestBodyRef) *openapi3.MediaType {
	if r == nil {
		return nil
	}
	return r.Value.Content["application/json"]
}

// answered is the JSON that an operation answers when all goes well.
func answered(op *openapi3.Operation) *openapi3.MediaType {
	for status, r := range op.Responses.Map() {
		if m := r.Value.Content["application/json"]; m != nil && strings.HasPrefix(status, "2") {
			return m
		}
	}
	return nil
}

// Every operation that takes or answers JSON shows an example, which was asked and answered in a test
// and is what the description says.
func TestExamples_AreThereAndRight(t *testing.T) {
	all, err := readExamples()
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, at := range described().doc.Paths.Map() {
		for _, op := range at.Operations() {
			ids = append(ids, op.OperationID)
			if fault := wrong(op, all[op.OperationID]); fault != "" && !*record { // else it is about to be mended
				t.Errorf("%s: %s; a test that asks for it gives one by `go test ./internal/api -record`", op.OperationID, fault)
			}
		}
	}
	for id := range all {
		if !slices.Contains(ids, id) {
			t.Errorf("%s has an example and is no operation", id)
		}
	}
}
