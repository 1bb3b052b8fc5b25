package api

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"quartet"
	"quartet/internal/web"
)

// newHuma makes the API that operations are registered at. It serves nothing of its own:
// the page that it could show would fetch its scripts from elsewhere.
func newHuma(mux *http.ServeMux, version string) huma.API {
	c := huma.DefaultConfig("Quartet", version)
	c.Info.Description = "Verification of name, ID number, bank card and mobile (银行卡四要素核验), and the management of the house that sells it. " +
		"Failures under /api/v1 are problems after RFC 9457. Lists come in pages: `next` of one is `after` of the following."
	c.Servers = []*huma.Server{{URL: "/"}}
	c.OpenAPIPath, c.DocsPath, c.SchemasPath, c.CreateHooks = "", "", "", nil
	c.NoFormatFallback = false
	format := jsonFormat()
	c.Formats = map[string]huma.Format{"application/json": format, "json": format}
	c.Transformers = []huma.Transformer{asProblem}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"sessionCookie": {Type: "apiKey", In: "cookie", Name: "__Host-quartet", Description: "The cookie that signing in gives; over plain HTTP on the same machine it is called quartet."},
		"programToken":  {Type: "http", Scheme: "bearer", BearerFormat: quartet.TokenPrefix + "…", Description: "A token of a program; each operation names the one scope that it asks for. What names none is for people alone."},
		"appCodeHeader": {Type: "apiKey", In: "header", Name: "Authorization", Description: "APPCODE, one blank, and the AppCode."},
	}
	c.Components.Parameters = describeKey()
	api := humago.New(mux, c)
	c.Components.Schemas.Schema(reflect.TypeFor[web.Problem](), true, "Problem")
	return api
}

// problems is how every operation says that it may fail.
func problems() map[string]*huma.Response {
	return map[string]*huma.Response{"default": {
		Description: "It was not done: a problem after RFC 9457",
		Content:     map[string]*huma.MediaType{web.ProblemType: {Schema: &huma.Schema{Ref: "#/components/schemas/Problem"}}},
	}}
}

// answers are problems, and the file that an operation gives.
func answers(op *operation) map[string]*huma.Response {
	all := problems()
	if op.Gives != "" {
		all["200"] = &huma.Response{Description: "The file", Content: map[string]*huma.MediaType{op.Gives: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}
	}
	return all
}

// taken is the file that an operation takes.
func taken(op *operation) *huma.RequestBody {
	if op.Takes == "" {
		return nil
	}
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{op.Takes: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}
}

func security(op *operation) []map[string][]string {
	if has(op.Rights, Anybody) {
		return []map[string][]string{}
	}
	if scope, _ := op.scope(); scope != "" {
		return []map[string][]string{{"sessionCookie": {}}, {"programToken": {string(scope)}}}
	}
	return []map[string][]string{{"sessionCookie": {}}}
}

// extensions tell the rights of an operation, any one of which is enough, and what else whoever
// asks for it must know.
func extensions(op *operation) map[string]any {
	e := map[string]any{"x-quartet-rights": append([]quartet.Right{}, op.Rights...)}
	if op.Fresh {
		e["x-quartet-fresh"] = true
	}
	if op.Once {
		e["x-quartet-once"] = true
	}
	return e
}

// codeOf is the code of what huma found wrong.
func codeOf(status int) string {
	switch status {
	case http.StatusRequestEntityTooLarge:
		return string(quartet.ErrTooLarge)
	case http.StatusUnsupportedMediaType:
		return string(quartet.ErrUnsupported)
	case http.StatusRequestTimeout:
		return string(quartet.ErrTimeout)
	case http.StatusInternalServerError:
		return string(quartet.ErrInternal)
	}
	return string(quartet.ErrInvalid)
}

// describe finishes the description of the API, and serves it.
func (a *API) describe() {
	doc := a.huma.OpenAPI()
	describeRoad(doc)
	exemplify(doc)
	for _, unused := range []string{"ErrorModel", "ErrorDetail"} {
		delete(doc.Components.Schemas.Map(), unused)
	}
	for name, s := range doc.Components.Schemas.Map() {
		tellPatterns(s)
		tellZeros(s, doc.Components.Schemas.TypeFromRef("#/components/schemas/"+name))
	}
	for _, at := range doc.Paths {
		for _, op := range []*huma.Operation{at.Get, at.Put, at.Post, at.Delete} {
			if op == nil {
				continue
			}
			for _, p := range op.Parameters {
				tellPatterns(p.Schema)
			}
		}
	}
	var err error
	if a.openapi, err = json.Marshal(doc); err != nil {
		panic(err) // a type that cannot be described: every test of this room fails
	}
	a.mux.HandleFunc("GET "+prefix+"/openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/openapi+json")
		_, _ = w.Write(a.openapi)
	})
}

// tellPatterns writes what patterns ask for under a name that OpenAPI leaves to us: its own
// readers refuse the one that huma has.
func tellPatterns(s *huma.Schema) {
	if s == nil {
		return
	}
	if s.PatternDescription != "" {
		s.Extensions = map[string]any{"x-quartet-pattern": s.PatternDescription}
		s.PatternDescription = ""
	}
	tellPatterns(s.Items)
	for _, next := range s.Properties {
		tellPatterns(next)
	}
}

// tellZeros marks the inputs of which zero says something else than leaving them out, so that
// programs made from the description can say both.
func tellZeros(s *huma.Schema, t reflect.Type) {
	if t == nil || t.Kind() != reflect.Struct {
		return
	}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if p := s.Properties[name]; p != nil && f.Type.Kind() == reflect.Pointer && f.Type.Elem().Kind() != reflect.Struct {
			if p.Extensions == nil {
				p.Extensions = map[string]any{}
			}
			p.Extensions["x-quartet-zero"] = true
		}
	}
}

// OpenAPI is the description of the API, as YAML.
func (a *API) OpenAPI() ([]byte, error) { return a.huma.OpenAPI().YAML() }
