package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"quartet"
	"quartet/internal/obs"
	"quartet/internal/token"
)

// nouns are what scopes call the nouns of operations. What has none here is for people alone: who
// they are, who else may come in, and what shows that it is they. A test tells of a new noun that
// nobody has decided upon.
var nouns = map[string]string{
	"accounts": "accounts", "firms": "accounts",
	"alerts": "alerts", "inbox": "alerts",
	"audit":       "audit",
	"batches":     "batches",
	"calls":       "calls",
	"credentials": "credentials",
	"jobs":        "house", "settings": "house", "today": "house",
	"invoices":    "invoices",
	"settlements": "money", "transfers": "money",
	"orders": "orders", "payments": "orders", "ratings": "orders", "refunds": "orders", "repurchases": "orders",
	"markets": "products", "pages": "products", "plans": "products", "products": "products",
	"drills": "sources", "registry": "sources", "sources": "sources",
	"announcements": "status", "status": "status",
	"support": "tickets", "tickets": "tickets",
	"units":    "units",
	"usage":    "usage",
	"webhooks": "webhooks",
}

// scope is the one scope that a token needs for an operation. open: everybody may look, and it
// needs none. Neither: no token may do it, such as what asks for a fresh proof or shows a secret.
func (op *operation) scope() (scope quartet.Scope, open bool) {
	looks := op.Method == http.MethodGet || op.ID == "verifyAudit" // which changes nothing
	noun := nouns[op.Tag]
	switch {
	case has(op.Rights, Anybody):
		return "", looks && !op.Counted && !op.Foreign
	case noun == "", op.Fresh, op.Once, has(op.Rights, Proved), has(op.Rights, AsPerson):
		return "", false
	case looks:
		return quartet.Scope(noun + ":read"), false
	}
	return quartet.Scope(noun + ":write"), false
}

// ScopesOf are the scopes by which a role can do anything.
func ScopesOf(role quartet.Role) []quartet.Scope { return described().scopesOf(role) }

// described is an API without any desk, which is enough to say what it would do.
var described = sync.OnceValue(func() *API { return New(Options{Log: slog.New(slog.DiscardHandler), Now: time.Now}) })

func (a *API) scopesOf(role quartet.Role) []quartet.Scope {
	return slices.DeleteFunc(quartet.Scopes(), func(s quartet.Scope) bool {
		return !slices.ContainsFunc(a.scopes[s], func(r quartet.Right) bool { return r == SignedIn && role != "" || role.May(r) })
	})
}

// bearer is the value of a token that a request brings; false: it brings none. Of several only
// one would be looked at, so they are no value.
func bearer(r *http.Request) (value string, there bool) {
	all := r.Header.Values("Authorization")
	for _, h := range all {
		scheme, rest, _ := strings.Cut(strings.TrimSpace(h), " ")
		if strings.EqualFold(scheme, "Bearer") {
			value, there = strings.TrimSpace(rest), true
		}
	}
	if len(all) > 1 {
		value = ""
	}
	return value, there
}

// inAddress reports whether the address of a request holds a token.
func inAddress(r *http.Request) bool {
	text := r.URL.Path + "?" + r.URL.RawQuery
	if plain, err := url.QueryUnescape(r.URL.RawQuery); err == nil {
		text += "?" + plain
	}
	return strings.Contains(text, quartet.TokenPrefix)
}

// recogniseToken finds whose program asks. A value that opens nothing is counted, after a limit
// by address as strangers have everywhere, but of its own: a program with an old token shuts
// nobody out of the sign-in.
func (a *API) recogniseToken(ctx context.Context, v *visit) error {
	value, _ := bearer(v.r)
	t, err := a.o.Tokens.Recognise(ctx, value, a.o.Proxies.Remote(v.r))
	if err == error(token.ErrUnknown) { //nolint:errorlint,err113 // the very value
		if err := a.limit(ctx, v.w, v.r, "token"); err != nil {
			return err
		}
		return a.o.Tokens.Guessed(ctx, frontDoor, t)
	}
	if err != nil {
		return err
	}
	if v.caller, err = a.callerBy(ctx, t); err != nil {
		return err
	}
	v.ctx = quartet.WithToken(ctx, t.Name)
	if err := a.o.Tokens.Used(ctx, t); err != nil {
		a.o.Log.WarnContext(ctx, "the use of a token was not written", "token", t.ID, obs.Err(err))
	}
	return nil
}

var errMakerGone = quartet.Errorf(quartet.ErrUnauthenticated, "whoever made this token has no place here any more; somebody else makes another one")

// callerBy is the caller that a token makes of a program: its maker, as they stand now.
func (a *API) callerBy(ctx context.Context, t quartet.Token) (Caller, error) {
	s := quartet.Session{ID: "token " + t.ID, Who: t.Who, Operator: t.Account == "", Account: t.Account, Factor: true}
	roll := a.o.People
	if s.Operator {
		roll = a.o.House
	}
	if roll == nil {
		return Caller{}, errMakerGone
	}
	standing, err := roll.Standing(ctx, s)
	if quartet.CodeOf(err) == quartet.ErrNotFound || err == nil && standing.Role == "" {
		err = errMakerGone
	}
	return Caller{Session: s, Standing: standing, Token: t}, err
}

// stillToken is nil while a program may still do what it is doing.
func (a *API) stillToken(ctx context.Context, v *visit) error {
	t, err := a.o.Tokens.Still(ctx, v.caller.Token.ID)
	if err != nil {
		return err
	}
	c, err := a.callerBy(ctx, t)
	if err != nil {
		return err
	}
	return a.permit(c, v.r, v.op)
}

// permitToken is nil when a token may do it: where its scope and the role of its maker allow it.
// A password that the maker must change, and the proofs that people owe, are no matter of it.
func permitToken(c Caller, r *http.Request, op *operation) error {
	scope, open := op.scope()
	switch {
	case open:
		return nil
	case scope == "":
		return quartet.Errorf(quartet.ErrForbidden, "no token may do this; sign in for it")
	case !c.Token.May(scope):
		return quartet.Errorf(quartet.ErrForbidden, "%s%s", noScope, scope)
	case has(op.Rights, SignedIn):
		return nil
	}
	return allowed(c, r, op)
}

const noScope = "this token lacks the scope "

// challenge says how to come in, after RFC 6750: a refusal as 401 always does, and one for want
// of a scope names it.
func challenge(w http.ResponseWriter, r *http.Request, op *operation, p interface{ GetStatus() int }) {
	_, there := bearer(r)
	words := `Bearer realm="quartet"`
	switch p.GetStatus() {
	case http.StatusUnauthorized:
		if there {
			words += `, error="invalid_token"`
		}
	case http.StatusForbidden:
		scope, _ := op.scope()
		if e, ok := p.(error); !there || !ok || !strings.HasPrefix(e.Error(), noScope) {
			return
		}
		words += `, error="insufficient_scope", scope="` + string(scope) + `"`
	default:
		return
	}
	w.Header().Set("WWW-Authenticate", words)
}
