package quartet

import (
	"slices"
	"strings"
)

// Scope is one kind of thing that a token may do: to look at a noun, or to change it.
type Scope string

// scopes are all there are, by noun. What only looks at audit, calls or usage has no other half.
var scopes = []Scope{
	"accounts:read", "accounts:write",
	"alerts:read", "alerts:write",
	"audit:read",
	"batches:read", "batches:write",
	"calls:read",
	"credentials:read", "credentials:write",
	"house:read", "house:write",
	"invoices:read", "invoices:write",
	"money:read", "money:write",
	"orders:read", "orders:write",
	"products:read", "products:write",
	"sources:read", "sources:write",
	"status:write",
	"tickets:read", "tickets:write",
	"units:read", "units:write",
	"usage:read",
	"webhooks:read", "webhooks:write",
}

// Scopes lists all scopes, by noun.
func Scopes() []Scope { return slices.Clone(scopes) }

// JoinScopes writes scopes as people give them.
func JoinScopes(list []Scope) string {
	names := make([]string, len(list))
	for i, s := range list {
		names[i] = string(s)
	}
	return strings.Join(names, ", ")
}

// ParseScope reads a scope. ErrInvalid: there is none of that name.
func ParseScope(text string) (Scope, error) {
	if s := Scope(text); slices.Contains(scopes, s) {
		return s, nil
	}
	return "", &Error{Code: ErrInvalid, Field: "scopes", Message: "a scope is one of " + JoinScopes(scopes)}
}
