package api

import (
	"maps"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"quartet/internal/web"
)

// inputs are the names of what an operation can be told.
type inputs struct{ body, parameters []string }

func (a *API) inputsOf(op *operation) (in inputs) {
	all := a.huma.OpenAPI()
	at := all.Paths[prefix+op.Path]
	for _, o := range []*huma.Operation{at.Get, at.Put, at.Post, at.Delete} {
		if o == nil || o.OperationID != op.ID {
			continue
		}
		for _, p := range o.Parameters {
			in.parameters = append(in.parameters, p.Name)
		}
		if o.RequestBody == nil || o.RequestBody.Content["application/json"] == nil {
			continue // a file, or nothing
		}
		schema := o.RequestBody.Content["application/json"].Schema
		if schema.Ref != "" {
			schema = all.Components.Schemas.SchemaFromRef(schema.Ref)
		}
		in.body = slices.Sorted(maps.Keys(schema.Properties))
	}
	return in
}

// place points at what a room found wrong by the name that the caller gave it, and where it was
// given: rooms speak of until, a day and a password where callers say until_at, name a day in
// the path and send a new_password. What is no input of this very operation is left as it is:
// of a firm that is submitted, it was said before.
func (in inputs) place(p *web.Problem) {
	if len(p.Errors) != 1 {
		return
	}
	f := &p.Errors[0]
	name, rest, deeper := strings.Cut(strings.TrimPrefix(f.Pointer, "#/"), "/")
	if said := called(name, in.body); said != "" {
		f.Pointer = "#/" + said
		if deeper {
			f.Pointer += "/" + rest
		}
	} else if said := called(name, in.parameters); said != "" {
		f.Pointer, f.Parameter = "", said
	}
}

// called finds the name that something has among others, of which a new one comes first.
func called(name string, among []string) string {
	more := slices.IndexFunc(among, func(s string) bool { return strings.HasPrefix(s, name+"_") })
	switch {
	case slices.Contains(among, "new_"+name):
		return "new_" + name
	case slices.Contains(among, name):
		return name
	case more >= 0:
		return among[more]
	}
	return ""
}
