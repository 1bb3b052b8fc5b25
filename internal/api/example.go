package api

import (
	_ "embed"
	"encoding/json"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// examples is what operations were asked and answered in tests, which wrote it down
// (`go test ./internal/api -record`): the first item of every list, and of no secret anything.
//
//go:embed examples.json
var examples []byte

// exemplify shows with every operation that takes or answers JSON what that looks like.
func exemplify(doc *huma.OpenAPI) {
	var all map[string]struct{ Request, Answer any }
	if err := json.Unmarshal(examples, &all); err != nil {
		panic(err) // it is part of the program: every test of this room fails
	}
	for _, at := range doc.Paths {
		for _, op := range []*huma.Operation{at.Get, at.Put, at.Post, at.Delete} {
			if op == nil {
				continue
			}
			e := all[op.OperationID]
			if op.RequestBody != nil {
				show(op.RequestBody.Content, e.Request)
			}
			for status, r := range op.Responses {
				if strings.HasPrefix(status, "2") {
					show(r.Content, e.Answer)
				}
			}
		}
	}
}

func show(content map[string]*huma.MediaType, example any) {
	for _, kind := range []string{"application/json", "application/x-www-form-urlencoded"} {
		if m := content[kind]; m != nil && example != nil {
			m.Example = example
		}
	}
}
