package api

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"quartet/internal/obs"
	"quartet/internal/web"
)

// problem is what the caller is told of err. What is unexpected goes to the log under the
// reference that the caller is given.
func (a *API) problem(ctx context.Context, operation string, err error) *web.Problem {
	return web.NewProblem(err, func(err error) string {
		reference := rand.Text()[:12]
		a.o.Log.ErrorContext(ctx, "an unexpected fault", "reference", reference, "operation", operation, obs.Err(err))
		return reference
	})
}

func (a *API) refuse(w http.ResponseWriter, r *http.Request, err error) {
	a.problem(r.Context(), r.Method, err).Write(w)
}

// caught answers a panic. Its value is not logged: it may quote what was sent.
func (a *API) caught(w http.ResponseWriter, r *http.Request, fault any) {
	if fault == http.ErrAbortHandler { //nolint:errorlint,err113 // the very value, as net/http has it
		panic(fault)
	}
	reference := rand.Text()[:12]
	a.o.Log.ErrorContext(r.Context(), "an unexpected fault", "reference", reference, "what", fmt.Sprintf("panic of %T", fault), "stack", string(debug.Stack()))
	web.NewProblem(errors.New("panic"), func(error) string { return reference }).Write(w)
}

// asProblem makes what huma itself finds wrong, such as an input against the rules of its
// tags, a problem like all others. The values that were sent are left out: some are secret.
func asProblem(_ huma.Context, _ string, v any) (any, error) {
	found, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := &web.Problem{Title: http.StatusText(found.Status), Status: found.Status, Code: codeOf(found.Status), Detail: found.Detail}
	for _, e := range found.Errors {
		fault := web.FaultAt(e.Location, e.Message)
		p.Errors = append(p.Errors, fault)
	}
	if len(p.Errors) > 0 {
		var all []string
		for _, e := range p.Errors {
			all = append(all, strings.TrimPrefix(e.Pointer, "#/")+e.Parameter+": "+e.Detail)
		}
		p.Detail = strings.Join(all, "; ")
	}
	return p, nil
}
