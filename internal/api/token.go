package api

import (
	"context"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"quartet"
)

// Tokens is the desk of tokens.
type Tokens interface {
	Recognition
	Issue(ctx context.Context, by string, wanted quartet.Token) (quartet.Token, string, error)
	Tokens(ctx context.Context, account string) ([]quartet.Token, error)
	Token(ctx context.Context, id string) (quartet.Token, error)
	Revoke(ctx context.Context, by, id string) error
}

// Recognition knows tokens by their values.
type Recognition interface {
	Recognise(ctx context.Context, value string, from netip.Addr) (quartet.Token, error)
	Guessed(ctx context.Context, by string, of quartet.Token) error
	Still(ctx context.Context, id string) (quartet.Token, error)
	Used(ctx context.Context, t quartet.Token) error
}

// TokenTerms are what of a token is chosen.
type TokenTerms struct {
	Name      string          `json:"name" minLength:"1" maxLength:"100" doc:"As the audit names it"`
	Scopes    []quartet.Scope `json:"scopes" minItems:"1" maxItems:"40" nullable:"false" enum:"accounts:read,accounts:write,alerts:read,alerts:write,audit:read,batches:read,batches:write,calls:read,credentials:read,credentials:write,house:read,house:write,invoices:read,invoices:write,money:read,money:write,orders:read,orders:write,products:read,products:write,sources:read,sources:write,status:write,tickets:read,tickets:write,units:read,units:write,usage:read,webhooks:read,webhooks:write"`
	Networks  []netip.Prefix  `json:"networks,omitempty" maxItems:"64" nullable:"false" doc:"From where it may be used, as 192.0.2.0/24; none: from everywhere"`
	ExpiresAt time.Time       `json:"expires_at,omitzero" doc:"From when it is refused, a year ahead at most; left out: 90 days ahead"`
}

type Token struct {
	TokenTerms

	ID           string    `json:"id"`
	State        string    `json:"state" enum:"active,expired,revoked"`
	Person       string    `json:"person_id,omitempty" doc:"Who made it, of an account: it can do no more than they"`
	PersonName   string    `json:"person_name,omitempty" doc:"Left out: they have no place in the account any more"`
	Operator     string    `json:"operator_id,omitempty" doc:"Who made it, of the house"`
	OperatorName string    `json:"operator_name,omitempty" doc:"Left out: they are gone"`
	CreatedAt    time.Time `json:"created_at"`
	RevokedAt    time.Time `json:"revoked_at,omitzero"`
	LastUsedAt   time.Time `json:"last_used_at,omitzero" doc:"A minute behind at most"`
}

func (a *API) tokenOf(t *quartet.Token, names map[string]string) Token {
	out := Token{
		TokenTerms: TokenTerms{t.Name, t.Scopes, t.Networks, t.ExpiresAt},
		ID:         t.ID, State: t.State(a.o.Now()), CreatedAt: t.CreatedAt, RevokedAt: t.RevokedAt, LastUsedAt: t.LastUsedAt,
	}
	if t.Account != "" {
		out.Person, out.PersonName = t.Who, names[t.Who]
	} else {
		out.Operator, out.OperatorName = t.Who, names[t.Who]
	}
	return out
}

type (
	issuedToken struct {
		Token

		Value string `json:"value" doc:"What the program sends: Authorization: Bearer, one blank, and this. It is shown now and never again"`
	}
	issuedTokenAnswer struct{ Body issuedToken }

	// TokenIn names a token of an account in a path.
	TokenIn struct {
		AccountIn

		Token string `path:"token" maxLength:"64"`
	}
)

const tokenTag = "tokens"

func (a *API) registerTokens() {
	register(a, operation{
		ID: "listTokenScopes", Method: http.MethodGet, Path: "/token-scopes", Tag: tokenTag, Rights: []quartet.Right{Proved},
		Summary: "The scopes by which a token of the caller could do anything",
	}, func(_ context.Context, c Caller, _ *struct{}) (*struct{ Body scopeList }, error) {
		return &struct{ Body scopeList }{scopeList{append([]quartet.Scope{}, a.scopesOf(c.Standing.Role)...)}}, nil
	})
	register(a, operation{
		ID: "listTokens", Method: http.MethodGet, Path: "/accounts/{account}/tokens", Tag: tokenTag,
		Summary: "The tokens of an account, oldest first", Rights: []quartet.Right{quartet.MayIntegrate, quartet.MayRunHouse, quartet.MayWatchHouse},
	}, func(ctx context.Context, _ Caller, in *struct {
		AccountIn
		Turn
	},
	) (*page[Token], error) {
		if _, err := a.o.Accounts.Account(ctx, in.Account); err != nil {
			return nil, err
		}
		list, err := a.o.Tokens.Tokens(ctx, in.Account)
		if err != nil {
			return nil, err
		}
		names, err := a.memberNames(ctx, in.Account)
		if err != nil {
			return nil, err
		}
		return pageOf(list, in.Turn, func(t *quartet.Token) string { return t.ID }, func(t *quartet.Token) Token { return a.tokenOf(t, names) })
	})
	register(a, operation{
		ID: "issueToken", Method: http.MethodPost, Once: true, Path: "/accounts/{account}/tokens", Tag: tokenTag, Status: http.StatusCreated, Fresh: true,
		Summary: "Make a token, by which a program does in the caller's place what its scopes name", Rights: []quartet.Right{quartet.MayIntegrate},
	}, func(ctx context.Context, c Caller, in *struct {
		AccountIn

		Body TokenTerms
	},
	) (*issuedTokenAnswer, error) {
		return a.issueToken(ctx, &c, in.Account, &in.Body)
	})
	register(a, operation{
		ID: "revokeToken", Method: http.MethodDelete, Path: "/accounts/{account}/tokens/{token}", Tag: tokenTag, Status: http.StatusNoContent, Fresh: true,
		Summary: "End a token at once and for good", Rights: []quartet.Right{quartet.MayIntegrate, quartet.MayRunHouse},
	}, func(ctx context.Context, c Caller, in *TokenIn) (*struct{}, error) {
		t, err := a.o.Tokens.Token(ctx, in.Token)
		if quartet.CodeOf(err) == quartet.ErrNotFound || err == nil && t.Account != in.Account {
			err = quartet.Errorf(quartet.ErrNotFound, "the account has no token of that id")
		}
		if err != nil {
			return nil, err
		}
		return nil, a.o.Tokens.Revoke(ctx, c.By(), in.Token)
	})
}

type scopeList struct {
	Items []quartet.Scope `json:"items" nullable:"false"`
}

// memberNames are the names of the people of an account.
func (a *API) memberNames(ctx context.Context, account string) (map[string]string, error) {
	if a.o.Persons == nil {
		return nil, nil //nolint:nilnil // there are none
	}
	members, err := a.o.Persons.Members(ctx, account)
	names := make(map[string]string, len(members))
	for i := range members {
		names[members[i].ID] = members[i].Name
	}
	return names, err
}

// issueToken makes a token of an account, or of the house, for whoever asks.
func (a *API) issueToken(ctx context.Context, c *Caller, account string, terms *TokenTerms) (*issuedTokenAnswer, error) {
	can := a.scopesOf(c.Standing.Role)
	for _, s := range terms.Scopes {
		if !slices.Contains(can, s) {
			return nil, &quartet.Error{Code: quartet.ErrInvalid, Field: "scopes", Message: "your role can do nothing by the scope " + string(s) + "; leave it out"}
		}
	}
	t, value, err := a.o.Tokens.Issue(ctx, c.By(), quartet.Token{
		Account: account, Who: c.Session.Who, Name: terms.Name, Scopes: terms.Scopes, Networks: terms.Networks, ExpiresAt: terms.ExpiresAt,
	})
	if err != nil {
		return nil, err
	}
	return &issuedTokenAnswer{issuedToken{a.tokenOf(&t, map[string]string{c.Session.Who: c.Standing.Name}), value}}, nil
}

// registerHouseTokens adds the tokens of operators. Each looks after the own ones, and who runs
// the house after all.
func (a *API) registerHouseTokens() {
	everyone := []quartet.Right{quartet.MayWatchHouse, quartet.MayInspect}
	sees := func(c *Caller, t *quartet.Token) bool {
		return t.Account == "" && (t.Who == c.Session.Who || c.Standing.Role.May(quartet.MayRunHouse))
	}
	register(a, operation{
		ID: "listHouseTokens", Method: http.MethodGet, Path: "/tokens", Tag: tokenTag, Rights: everyone,
		Summary: "The tokens of the house, oldest first: the caller's own, and for who runs the house all",
	}, func(ctx context.Context, c Caller, in *struct{ Turn }) (*page[Token], error) {
		list, err := a.o.Tokens.Tokens(ctx, "")
		if err != nil {
			return nil, err
		}
		list = slices.DeleteFunc(list, func(t quartet.Token) bool { return !sees(&c, &t) })
		there, err := a.o.Roster.List(ctx)
		if err != nil {
			return nil, err
		}
		names := make(map[string]string, len(there))
		for i := range there {
			names[there[i].ID] = there[i].Name
		}
		return pageOf(list, in.Turn, func(t *quartet.Token) string { return t.ID }, func(t *quartet.Token) Token { return a.tokenOf(t, names) })
	})
	register(a, operation{
		ID: "issueHouseToken", Method: http.MethodPost, Once: true, Path: "/tokens", Tag: tokenTag, Status: http.StatusCreated, Fresh: true, Rights: everyone,
		Summary: "Make a token of the house, by which a program does in the caller's place what its scopes name",
	}, func(ctx context.Context, c Caller, in *struct{ Body TokenTerms }) (*issuedTokenAnswer, error) {
		return a.issueToken(ctx, &c, "", &in.Body)
	})
	register(a, operation{
		ID: "revokeHouseToken", Method: http.MethodDelete, Path: "/tokens/{token}", Tag: tokenTag, Status: http.StatusNoContent, Fresh: true, Rights: everyone,
		Summary: "End a token of the house at once and for good",
	}, func(ctx context.Context, c Caller, in *struct {
		Token string `path:"token" maxLength:"64"`
	},
	) (*struct{}, error) {
		t, err := a.o.Tokens.Token(ctx, in.Token)
		if quartet.CodeOf(err) == quartet.ErrNotFound || err == nil && !sees(&c, &t) {
			err = quartet.Errorf(quartet.ErrNotFound, "there is no token of the house of that id, or it is not yours")
		}
		if err != nil {
			return nil, err
		}
		return nil, a.o.Tokens.Revoke(ctx, c.By(), in.Token)
	})
}
