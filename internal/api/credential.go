package api

import (
	"context"
	"net/http"
	"net/netip"
	"time"

	"quartet"
	"quartet/internal/support"
)

// Credentials is the desk of credentials.
type Credentials interface {
	Credentials(ctx context.Context, ref string) ([]quartet.Credential, error)
	Credential(ctx context.Context, id string) (quartet.Credential, error)
	Issue(ctx context.Context, by, ref string, wanted quartet.Credential) (quartet.Credential, string, error)
	CredentialChanges
}

// CredentialChanges are what is done with a credential that there is.
type CredentialChanges interface {
	Change(ctx context.Context, by, id string, change func(*quartet.Credential)) (quartet.Credential, error)
	Rotate(ctx context.Context, by, id string, overlap time.Duration) (quartet.Credential, string, error)
	Reveal(ctx context.Context, by, id, why string) (quartet.Credential, string, error)
	Revoke(ctx context.Context, by, id string) error
}

// CredentialTerms are what of a credential can be chosen and changed.
type CredentialTerms struct {
	Name      string         `json:"name,omitempty" maxLength:"100"`
	QPS       int            `json:"qps,omitempty" minimum:"0" maximum:"1000000" doc:"Calls a second; 0: not limited"`
	Burst     int            `json:"burst,omitempty" minimum:"0" maximum:"1000000" doc:"Calls at once after a pause; 0: one second's calls"`
	Daily     int64          `json:"daily,omitempty" minimum:"0" maximum:"1000000000000" doc:"Calls a day of Asia/Shanghai; 0: not limited"`
	Networks  []netip.Prefix `json:"networks,omitempty" maxItems:"64" nullable:"false" doc:"From where it may be used, as 192.0.2.0/24; none: from everywhere"`
	Products  []string       `json:"products,omitempty" maxItems:"64" nullable:"false" doc:"Ids of the products that it may call; none: all"`
	ExpiresAt time.Time      `json:"expires_at,omitzero" doc:"From when it is refused; left out: never"`
}

func (t *CredentialTerms) limits() quartet.Limits {
	return quartet.Limits{Rate: quartet.Rate{QPS: t.QPS, Burst: t.Burst}, Daily: t.Daily, Networks: t.Networks, Products: t.Products}
}

type Credential struct {
	CredentialTerms

	ID         string    `json:"id"`
	Kind       string    `json:"kind" enum:"appcode,key,appkey"`
	AppKey     string    `json:"app_key,omitempty" doc:"Name of a signing credential, which is no secret"`
	Test       bool      `json:"test" doc:"Answered by the sandbox"`
	State      string    `json:"state" enum:"active,expired,revoked"`
	CreatedAt  time.Time `json:"created_at"`
	RevokedAt  time.Time `json:"revoked_at,omitzero"`
	LastUsedAt time.Time `json:"last_used_at,omitzero"`
}

func (a *API) credentialOf(c *quartet.Credential) Credential {
	out := Credential{
		CredentialTerms: CredentialTerms{c.Name, c.Limits.QPS, c.Limits.Burst, c.Limits.Daily, c.Limits.Networks, c.Limits.Products, c.ExpiresAt},
		ID:              c.ID, Kind: string(c.Kind), AppKey: c.AppKey, Test: c.Test, State: c.State(a.o.Now()), CreatedAt: c.CreatedAt, RevokedAt: c.RevokedAt, LastUsedAt: c.LastUsedAt,
	}
	return out
}

type (
	credentialAnswer struct{ Body Credential }

	secretBody struct {
		Credential

		Secret string `json:"secret" doc:"The AppCode, the key, or the AppSecret"`
	}
	secretAnswer struct{ Body secretBody }

	CredentialIn struct {
		Account    string `path:"account" maxLength:"32"`
		Credential string `path:"credential" maxLength:"64"`
	}
)

// ownCredential is ErrNotFound unless the account has the credential.
func (a *API) ownCredential(ctx context.Context, in CredentialIn) error {
	c, err := a.o.Credentials.Credential(ctx, in.Credential)
	if quartet.CodeOf(err) == quartet.ErrNotFound || err == nil && c.Account != in.Account {
		return quartet.Errorf(quartet.ErrNotFound, "the account has no credential of that id")
	}
	return err
}

func (a *API) secretOf(ctx context.Context, c quartet.Credential, secret string, err error) (*secretAnswer, error) {
	if err == nil {
		err = a.changed(ctx)
	}
	if err != nil {
		return nil, err
	}
	return &secretAnswer{secretBody{a.credentialOf(&c), secret}}, nil
}

func (a *API) registerCredentials() {
	rights := []quartet.Right{quartet.MayIntegrate, quartet.MayRunHouse}
	register(a, operation{
		ID: "listCredentials", Method: http.MethodGet, Path: "/accounts/{account}/credentials", Tag: "credentials",
		Summary: "The credentials of an account, oldest first, without their secrets", Rights: []quartet.Right{quartet.MayIntegrate, quartet.MayRunHouse, quartet.MayWatchHouse},
	}, a.listCredentials)
	register(a, operation{
		ID: "issueCredential", Method: http.MethodPost, Once: true, Path: "/accounts/{account}/credentials", Tag: "credentials", Status: http.StatusCreated,
		Summary: "Issue a credential", Rights: rights, Fresh: true,
	}, a.issueCredential)
	register(a, operation{
		ID: "changeCredential", Method: http.MethodPut, Path: "/accounts/{account}/credentials/{credential}", Tag: "credentials",
		Summary: "Give a credential another name, other limits or another end", Rights: rights, Fresh: true,
		Doc: "All of them are replaced: what is left out is not limited, and never ends.",
	}, a.changeCredential)
	register(a, operation{
		ID: "showSecret", Method: http.MethodPost, Once: true, Path: "/accounts/{account}/credentials/{credential}/secret", Tag: "credentials",
		Summary: "Show the secret of a credential again", Rights: rights, Fresh: true, Doc: "That it was shown is written in the audit before it is. An operator says why, which is written too.",
	}, func(ctx context.Context, c Caller, in *struct {
		CredentialIn

		Body *struct {
			Reason string `json:"reason,omitempty" maxLength:"200" doc:"An operator must say it, in 4 characters at least; a person need not"`
		}
	},
	) (*secretAnswer, error) {
		if err := a.ownCredential(ctx, in.CredentialIn); err != nil {
			return nil, err
		}
		why := ""
		if in.Body != nil {
			why = in.Body.Reason
		}
		if c.Session.Operator || why != "" {
			var err error
			if why, err = support.Reason(why); err != nil {
				return nil, err
			}
		}
		one, secret, err := a.o.Credentials.Reveal(ctx, c.By(), in.Credential, why)
		if err != nil {
			return nil, err
		}
		return &secretAnswer{secretBody{a.credentialOf(&one), secret}}, nil
	})
	register(a, operation{
		ID: "rotateCredential", Method: http.MethodPost, Once: true, Path: "/accounts/{account}/credentials/{credential}/rotation", Tag: "credentials", Status: http.StatusCreated,
		Summary: "Issue a credential in the place of another one, which goes on for a while", Rights: rights, Fresh: true,
	}, a.rotateCredential)
	register(a, operation{
		ID: "revokeCredential", Method: http.MethodDelete, Path: "/accounts/{account}/credentials/{credential}", Tag: "credentials", Status: http.StatusNoContent,
		Summary: "End a credential now and for good", Rights: rights,
	}, func(ctx context.Context, c Caller, in *CredentialIn) (*struct{}, error) {
		if err := a.ownCredential(ctx, *in); err != nil {
			return nil, err
		}
		if err := a.o.Credentials.Revoke(ctx, c.By(), in.Credential); err != nil {
			return nil, err
		}
		return nil, a.changed(ctx)
	})
}

func (a *API) listCredentials(ctx context.Context, _ Caller, in *struct {
	AccountIn
	Turn
},
) (*page[Credential], error) {
	if a.o.Current != nil {
		if err := a.o.Current(ctx); err != nil {
			return nil, err
		}
	}
	if _, err := a.o.Accounts.Account(ctx, in.Account); err != nil {
		return nil, err
	}
	all, err := a.o.Credentials.Credentials(ctx, in.Account)
	if err != nil {
		return nil, err
	}
	return pageOf(all, in.Turn, func(c *quartet.Credential) string { return c.ID }, a.credentialOf)
}

func (a *API) issueCredential(ctx context.Context, c Caller, in *struct {
	AccountIn

	Body struct {
		CredentialTerms

		Kind string `json:"kind" enum:"appcode,key,appkey"`
		Test bool   `json:"test,omitempty" doc:"Answered by the sandbox: it takes no unit"`
	}
},
) (*secretAnswer, error) {
	if _, err := a.o.Accounts.Account(ctx, in.Account); err != nil {
		return nil, err
	}
	b := &in.Body
	one, secret, err := a.o.Credentials.Issue(ctx, c.By(), in.Account, quartet.Credential{
		Kind: quartet.CredentialKind(b.Kind), Name: b.Name, Test: b.Test, Limits: b.limits(), ExpiresAt: b.ExpiresAt,
	})
	return a.secretOf(ctx, one, secret, err)
}

func (a *API) changeCredential(ctx context.Context, c Caller, in *struct {
	CredentialIn

	Body CredentialTerms
},
) (*credentialAnswer, error) {
	if err := a.ownCredential(ctx, in.CredentialIn); err != nil {
		return nil, err
	}
	one, err := a.o.Credentials.Change(ctx, c.By(), in.Credential, func(c *quartet.Credential) {
		c.Name, c.Limits, c.ExpiresAt = in.Body.Name, in.Body.limits(), in.Body.ExpiresAt
	})
	if err == nil {
		err = a.changed(ctx)
	}
	if err != nil {
		return nil, err
	}
	return &credentialAnswer{a.credentialOf(&one)}, nil
}

func (a *API) rotateCredential(ctx context.Context, c Caller, in *struct {
	CredentialIn

	Body struct {
		OverlapSeconds int64 `json:"overlap_seconds" minimum:"0" maximum:"2592000" doc:"How long the old one goes on"`
	}
},
) (*secretAnswer, error) {
	if err := a.ownCredential(ctx, in.CredentialIn); err != nil {
		return nil, err
	}
	next, secret, err := a.o.Credentials.Rotate(ctx, c.By(), in.Credential, time.Duration(in.Body.OverlapSeconds)*time.Second)
	return a.secretOf(ctx, next, secret, err)
}
