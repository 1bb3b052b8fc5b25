package api

import (
	"context"
	"net/http"

	"quartet"
)

// Setting is a setting as it is in force.
type Setting struct {
	Key     string `json:"key" doc:"As the file has it"`
	Help    string `json:"help"`
	Value   string `json:"value,omitempty" doc:"Left out of a secret"`
	Default string `json:"default,omitempty"`
	From    string `json:"from" enum:"default,file,environment,flag" doc:"Which layer it comes from"`
	Place   string `json:"place,omitempty" doc:"The line of the file, the variable or the flag"`
	Secret  bool   `json:"secret"`
	Set     bool   `json:"set" doc:"It is not empty"`
}

func (a *API) registerSettings() {
	register(a, operation{
		ID: "listSettings", Method: http.MethodGet, Path: "/settings", Tag: "settings", Summary: "The settings that are in force, and where each comes from",
		Doc: "Of secrets it says whether they are set. What a file holds that a setting names is not shown.", Rights: []quartet.Right{quartet.MayInspect, quartet.MayRunHouse},
	}, func(_ context.Context, _ Caller, in *struct{ Turn }) (*page[Setting], error) {
		return pageOf(a.o.Settings, in.Turn, func(s *Setting) string { return s.Key }, func(s *Setting) Setting { return *s })
	})
}
