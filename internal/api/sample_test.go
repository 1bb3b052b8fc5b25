package api_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// sample is the least that a schema takes: what it must have, and nothing else.
func sample(s *openapi3.Schema) any {
	switch {
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Type == nil:
		return map[string]any{}
	case s.Type.Includes("object"):
		o := map[string]any{}
		for _, name := range s.Required {
			o[name] = sample(s.Properties[name].Value)
		}
		return o
	case s.Type.Includes("array"):
		list := []any{}
		for range s.MinItems {
			list = append(list, sample(s.Items.Value))
		}
		return list
	case s.Type.Includes("integer"), s.Type.Includes("number"):
		if s.Min != nil {
			return *s.Min
		}
		return 1
	case s.Type.Includes("boolean"):
		return false
	case s.Format == "date-time":
		return "2027-01-01T00:00:00Z"
	case strings.HasPrefix(s.Pattern, "^https"):
		return "https://shop.example"
	default:
		return "nothing" + strings.Repeat("0", max(0, int(s.MinLength)-len("nothing")))
	}
}

// request is what an operation asks for, no more.
func (r *route) request(at string) (path, body, kind string) {
	query := url.Values{}
	for _, p := range r.op.Parameters {
		if p.Value.In == openapi3.ParameterInQuery && p.Value.Required {
			query.Set(p.Value.Name, fmt.Sprint(sample(p.Value.Schema.Value)))
		}
	}
	path = at
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	if r.op.RequestBody == nil {
		return path, "", ""
	}
	for kind, media := range r.op.RequestBody.Value.Content {
		if kind != "application/json" {
			return path, "nothing", kind
		}
		text, err := json.Marshal(sample(media.Schema.Value))
		if err != nil {
			panic(err)
		}
		body = string(text)
	}
	return path, body, "application/json"
}

// send asks for an operation at a path as somebody.
func (r *route) send(b *browser, at string) answer {
	path, body, kind := r.request(at)
	if kind == "" {
		return b.ask(r.method, path, body)
	}
	return b.ask(r.method, path, body, "Content-Type", kind)
}
