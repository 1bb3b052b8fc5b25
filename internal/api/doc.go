// Package api is the management API: everything that people and programs do with the house
// beside asking for a verification, as JSON under /api/v1.
//
// The trip of a request: the gate of app hands it over → pages of other sites are turned
// away → the route is found → the door (visit.go) reads the session of the cookie, asks how
// whoever it is of stands now, and refuses whoever may not do this → a POST with an
// idempotency key is done once for it (repeat.go) → huma checks the input against the rules
// in the tags → the handler calls one desk → the result is written as JSON, or the error as a
// problem (web.Problem).
//
// # Adding routes
//
// A noun has one file with the desk it needs as an interface of at most six methods, the
// JSON of the noun, and one function that registers its operations:
//
//	// Plans is the desk of plans.
//	type Plans interface {
//		Plans(ctx context.Context, product string) ([]quartet.Plan, error)
//		Retire(ctx context.Context, by, plan string) (quartet.Plan, error)
//	}
//
//	type plan struct {
//		ID       string    `json:"id"`
//		PriceFen int64     `json:"price_fen"`
//		UntilAt  time.Time `json:"until_at,omitzero"`
//	}
//
//	func (a *API) registerPlans() {
//		register(a, operation{
//			ID: "retirePlan", Method: http.MethodPost, Path: "/plans/{plan}/retirement", Tag: "plans",
//			Summary: "Sell a plan no more", Rights: []quartet.Right{quartet.MayRunHouse},
//		}, func(ctx context.Context, c Caller, in *struct {
//			Plan string `path:"plan"`
//		},
//		) (*struct{ Body plan }, error) {
//			p, err := a.o.Plans.Retire(ctx, c.By(), in.Plan)
//			if err != nil {
//				return nil, err
//			}
//			return &struct{ Body plan }{planOf(&p)}, nil
//		})
//	}
//
// Two lines in api.go join it to the rest: the desk in Options, the call in New. app hands
// the desk in (app/api.go). Then `go test ./internal/api -run TestDocs -update` writes
// docs/openapi.yaml and docs/rights.md anew, and their differences are read.
//
// # Rules
//
// Every operation names its rights; one without is refused to everybody, and a test fails.
// Who did it is c.By(), and nothing else. What belongs to an account has {account} in its
// path: the door has then checked that a person acts for it; that a thing named further
// along the path belongs to that account, the handler must check, and answers ErrNotFound
// if not, in the words for what nobody has (ownCredential in credential.go); a test asks for
// every operation with the ids of another account. Operators act for every account, by rights of
// the house beside those of the account: Rights: {MayIntegrate, MayRunHouse}.
//
// Signing in ends with a.begin, which makes the session and its cookie; a.renew changes what
// a session may do (the account that is chosen, a proof of the password or of the second
// factor) under a new token; a.end ends it. A Roll tells at every request how whoever it is
// of stands now: a role that was taken away is gone at once, and an epoch that has grown ends
// all their sessions.
//
// What is shown once, such as a secret, is Once: a repeat of the request does not get it.
//
// What shows a secret or gives one away, widens what a credential may do, moves money, or sets
// prices and rules of money asks for Fresh. What one administrator could abuse alone is asked
// for by one and confirmed by another one (operator.go, bankaccount.go, and docs/adr/0012). A change of what calls see is told
// by a.changed. Names in JSON are snake_case, money is an integer ending in _fen, times are
// RFC 3339 (omitzero where there may be none), lists are pages (pageOf). Enumerations,
// patterns and lengths stand in tags, so that the description tells them; what only the
// desk can know comes back as a quartet.Error.
package api
