package api

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"quartet"
)

// Rights that no role gives, for operations that ask for none.
const (
	// Anybody may call it, known or not: what leads to being known. How often is limited by
	// address.
	Anybody quartet.Right = "anybody"
	// SignedIn is whoever has a session, even one whose second factor is not proved yet.
	SignedIn quartet.Right = "signed_in"
	// Proved is whoever has a session and has proved whatever there is to prove: for what
	// people and operators alike do about themselves.
	Proved quartet.Right = "proved"
	// AsPerson is a person who has proved whatever there is to prove, in whatever account:
	// for what people do about themselves.
	AsPerson quartet.Right = "as_person"
)

// operation is one thing that the API can be asked to do.
type operation struct {
	ID      string // "listCredentials", unique
	Method  string
	Path    string // below /api/v1: "/accounts/{account}/credentials"
	Summary string
	Doc     string
	Tag     string // the noun

	// Rights let a caller do it: any one of them is enough. A person has rights in the
	// account that is chosen, so where the path names an {account} it must be that one; an
	// operator has them in the house. Without any right nobody may.
	Rights []quartet.Right
	// Fresh asks that the password was proved within the last ten minutes.
	Fresh bool

	// Once keeps the answer from whoever sends the request again: it shows a secret, or what
	// else is not kept.
	Once bool

	// Given lets an operator do it whose password somebody else gave: what leads to another one.
	Given bool
	// Counted limits it by address though it is a GET: strangers make the house write by it.
	Counted bool
	// Foreign lets pass what is not known in the query: somebody else's program writes it.
	Foreign bool

	Gives   string        // the type of what is answered, where it is a file that is written as it comes
	Takes   string        // the type of the body, where it is a file that is read as it comes
	Status  int           // of success; 0: 200, or 204 without a body
	MaxBody int64         // 0: 64 KiB
	Within  time.Duration // 0: 30 seconds
}

const (
	maxBody = 64 << 10
	within  = 30 * time.Second
	// freshFor is how long a proof of the password counts for what asks for a fresh one.
	freshFor = 10 * time.Minute
)

// register adds an operation. do gets the caller, who may do it, and the input, which keeps
// the rules that its tags name. What it gives back is written as JSON; an error as a problem.
func register[I, O any](a *API, op operation, do func(ctx context.Context, c Caller, in *I) (*O, error)) {
	op.MaxBody, op.Within = cmp.Or(op.MaxBody, maxBody), cmp.Or(op.Within, within)
	if scope, _ := op.scope(); scope != "" {
		a.scopes[scope] = append(a.scopes[scope], op.Rights...)
	}
	var in inputs // known once it is described
	huma.Register(a.huma, huma.Operation{
		OperationID: op.ID, Method: op.Method, Path: prefix + op.Path, Summary: op.Summary, Description: op.Doc,
		Tags: []string{op.Tag}, DefaultStatus: op.Status, MaxBodyBytes: op.MaxBody, Middlewares: huma.Middlewares{a.door(&op)},
		RejectUnknownQueryParameters: !op.Foreign, Parameters: keyParameter(&op), RequestBody: taken(&op), Responses: answers(&op), Security: security(&op), Extensions: extensions(&op),
	}, func(ctx context.Context, given *I) (*O, error) {
		out, err := do(ctx, callerOf(ctx), given)
		if err != nil {
			p := a.problem(ctx, op.ID, err)
			if in.place(p); len(p.Errors) == 1 {
				p.Detail = named(p.Errors[0])
			}
			return nil, p
		}
		return out, nil
	})
	in = a.inputsOf(&op)
}

// door lets nobody pass to an operation who may not do it. What was sent is not looked at
// before.
func (a *API) door(op *operation) func(huma.Context, func(huma.Context)) {
	return func(hc huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(hc)
		r.Body = http.MaxBytesReader(w, r.Body, op.MaxBody)
		ctx, cancel := context.WithTimeout(r.Context(), op.Within)
		defer cancel()
		v, err := a.admit(ctx, w, r, op)
		if err != nil {
			p := a.problem(ctx, op.ID, err)
			challenge(w, r, op, p)
			p.Write(w)
			return
		}
		begun := a.o.Now()
		hc = huma.WithContext(hc, context.WithValue(v.ctx, visitKey{}, v))
		var status int
		if op.Method == http.MethodPost && len(r.Header[keyHeader]) > 0 {
			status = a.repeating(hc, v, next)
		} else {
			next(hc)
			status = hc.Status()
		}
		a.o.Log.Log(ctx, levelOf(op.Method), "api", "operation", op.ID, "by", v.caller.By(), "token", v.caller.Token.ID, "status", status, "remote", quartet.Origin(ctx), "took", a.o.Now().Sub(begun).String())
	}
}
