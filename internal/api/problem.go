package api

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"quartet/internal/obs"
	"quartet/internal/web"
)

// problem is what the caller is told of err. What is unexpected goes to the log under the
// reference that the caller is given.
func (a *API) problem(ctx context.Context, operation string, err error) *web.Problem {
	p := web.NewProblem(err, func(err error) string {
		reference := rand.Text()[:12]
		a.o.Log.ErrorContext(ctx, "an unexpected fault", "reference", reference, "operation", operation, obs.Err(err))
		return reference
	})
	a.helped(p)
	return p
}

// helped says whom to ask about a failure that whoever asked cannot mend alone: one of the
// house, or one of how things stand.
func (a *API) helped(p *web.Problem) {
	if p.Support != nil || a.o.Support == nil || p.Status < http.StatusInternalServerError && p.Status != http.StatusConflict {
		return
	}
	if c := helplineOf(a.o.Support.Lines()); c != (web.Helpline{}) {
		p.Support = &c
	}
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
	p := web.NewProblem(errors.New("panic"), func(error) string { return reference })
	a.helped(p)
	p.Write(w)
}

// size is a limit in words.
func size(limit int64) string {
	const kib, mib = 1 << 10, 1 << 20
	if limit >= mib {
		return strconv.FormatInt(limit/mib, 10) + " MiB"
	}
	return strconv.FormatInt(limit/kib, 10) + " KiB"
}

// asProblem makes what huma itself finds wrong, such as an input against the rules of its
// tags, a problem like all others. The values that were sent are left out: some are secret.
func asProblem(hc huma.Context, _ string, v any) (any, error) {
	found, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := &web.Problem{Title: http.StatusText(found.Status), Status: found.Status, Code: codeOf(found.Status), Detail: found.Detail}
	switch found.Status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
	case http.StatusRequestEntityTooLarge:
		p.Detail = "the body is too large: " + size(hc.Operation().MaxBodyBytes) + " are taken here; send less"
		return p, nil
	case http.StatusUnsupportedMediaType:
		p.Detail = "the body is read as JSON alone; send it with Content-Type: application/json"
		return p, nil
	default: // the body did not come whole, or not in time
		p.Detail = "the body did not come whole; send it again"
		return p, nil
	}
	if found.Status == http.StatusBadRequest && len(found.Errors) == 0 {
		p.Detail = "this asks for a body, and none came; the description of the API says which"
	}
	for _, e := range found.Errors {
		p.Errors = append(p.Errors, faultIn(e))
	}
	if len(p.Errors) > 0 {
		var all []string
		for _, e := range p.Errors {
			all = append(all, named(e))
		}
		p.Detail = strings.Join(all, "; ")
	}
	return p, nil
}
