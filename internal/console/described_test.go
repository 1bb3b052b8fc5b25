package console_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// description is the committed description of the management API.
var description = sync.OnceValues(func() (*openapi3.T, error) {
	return openapi3.NewLoader().LoadFromFile("../../docs/openapi.yaml")
})

// described holds what pages ask of a stand-in against what the real API takes: a route, a
// parameter or a field that it does not have fails the test, though the stand-in would answer.
func described(t *testing.T, next http.Handler) http.Handler {
	t.Helper()
	doc, err := description()
	if err != nil {
		t.Fatal(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		op := operationFor(doc, r)
		if op == nil {
			t.Errorf("the API has no %s %s", r.Method, r.URL.Path)
			next.ServeHTTP(w, r)
			return
		}
		for name := range r.URL.Query() {
			if op.Parameters.GetByInAndName("query", name) == nil {
				t.Errorf("%s takes no parameter %s", op.OperationID, name)
			}
		}
		if r.Body != nil && strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			var sent map[string]any
			if json.Unmarshal(body, &sent) == nil && op.RequestBody != nil {
				taken := op.RequestBody.Value.Content.Get("application/json")
				for name := range sent {
					if taken == nil || taken.Schema.Value.Properties[name] == nil {
						t.Errorf("%s takes no field %s", op.OperationID, name)
					}
				}
			}
		}
		next.ServeHTTP(w, r)
	})
}

// operationFor is what serves a request: of several, the one with the fewest parts that vary.
func operationFor(doc *openapi3.T, r *http.Request) (best *openapi3.Operation) {
	parts, fewest := strings.Split(r.URL.Path, "/"), 1<<10
	for path, item := range doc.Paths.Map() {
		op := item.GetOperation(r.Method)
		pattern := strings.Split(path, "/")
		if op == nil || len(pattern) != len(parts) {
			continue
		}
		vary, fits := 0, true
		for i, part := range pattern {
			switch {
			case strings.HasPrefix(part, "{"):
				vary++
			case part != parts[i]:
				fits = false
			}
		}
		if fits && vary < fewest {
			best, fewest = op, vary
		}
	}
	return best
}

// tag is the name of a field of an answer, as a page reads it.
var tag = regexp.MustCompile("`json:\"([a-z0-9_]+)[\",]")

// drawn are the names of what pages tell their own script that draws.
var drawn = map[string]bool{"series": true, "label": true, "colour": true, "values": true}

// What a page reads of an answer by a name that no answer has would be empty for ever.
func TestPages_ReadNamesThatTheAPITells(t *testing.T) {
	text, err := os.ReadFile("../../docs/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		code, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range tag.FindAllStringSubmatch(string(code), -1) {
			read++
			if drawn[m[1]] {
				continue
			}
			if !strings.Contains(string(text), " "+m[1]+":\n") && !strings.Contains(string(text), ` "`+m[1]+"\":\n") {
				t.Errorf("%s reads %s, which no answer tells", file, m[1])
			}
		}
	}
	if read == 0 {
		t.Fatal("no page reads anything")
	}
}
