package api

import (
	"context"
	"net/http"
	"time"

	"quartet"
	"quartet/internal/person"
)

// member is one of the people of an account.
type member struct {
	Card

	Role  string    `json:"role" enum:"owner,developer,finance,reader"`
	Since time.Time `json:"since"`
}

func memberOf(c *person.Companion) member {
	return member{cardOf(&c.Card), string(c.Role), c.Since}
}

// invitation offers a place in an account.
type invitation struct {
	ID        string    `json:"id"`
	Account   string    `json:"account_id"`
	Name      string    `json:"account_name"`
	Address   string    `json:"address" doc:"Masked"`
	Role      string    `json:"role" enum:"owner,developer,finance,reader"`
	State     string    `json:"state" enum:"open,taken,ended,expired"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
	EndedAt   time.Time `json:"ended_at,omitzero"`
}

func offerID(o *person.Offer) string { return o.ID }

func (a *API) invitationOf(o *person.Offer) invitation {
	out := invitation{o.ID, o.Account, o.Name, o.To.String(), string(o.Role), "open", o.Created, o.Expires, o.Ended}
	switch {
	case o.Person != "":
		out.State = "taken"
	case !o.Ended.IsZero():
		out.State = "ended"
	case !o.Open(a.o.Now()):
		out.State = "expired"
	}
	return out
}

// MemberIn names one of the people of an account.
type MemberIn struct {
	Account string `path:"account" maxLength:"32"`
	Person  string `path:"person" maxLength:"64"`
}

func (a *API) registerMembers() {
	see := []quartet.Right{quartet.MayReadMembers, quartet.MayWatchHouse}
	manage := []quartet.Right{quartet.MayManage}
	register(a, operation{
		ID: "listMembers", Method: http.MethodGet, Path: "/accounts/{account}/members", Tag: "members",
		Summary: "The people of an account, oldest place first", Rights: see,
	}, func(ctx context.Context, _ Caller, in *struct {
		Turn

		Account string `path:"account" maxLength:"32"`
	},
	) (*page[member], error) {
		all, err := a.o.Persons.Members(ctx, in.Account)
		if err != nil {
			return nil, err
		}
		return pageOf(all, in.Turn, func(c *person.Companion) string { return c.ID }, memberOf)
	})
	register(a, operation{
		ID: "setRole", Method: http.MethodPut, Path: "/accounts/{account}/members/{person}/role", Tag: "members",
		Summary: "Give a person another role; the last owner keeps it", Rights: manage, Fresh: true,
	}, func(ctx context.Context, c Caller, in *struct {
		MemberIn

		Body struct {
			Role string `json:"role" enum:"owner,developer,finance,reader"`
		}
	},
	) (*struct{ Body membership }, error) {
		m, err := a.o.Persons.SetRole(ctx, c.By(), in.Account, in.Person, quartet.Role(in.Body.Role))
		if err != nil {
			return nil, err
		}
		return &struct{ Body membership }{membershipOf(&m)}, nil
	})
	register(a, operation{
		ID: "removeMember", Method: http.MethodDelete, Path: "/accounts/{account}/members/{person}", Tag: "members", Status: http.StatusNoContent,
		Summary: "Take a person's place in an account away", Rights: manage, Fresh: true,
	}, func(ctx context.Context, c Caller, in *MemberIn) (*struct{}, error) {
		return nil, a.o.Persons.Remove(ctx, c.By(), in.Account, in.Person)
	})
	register(a, operation{
		ID: "listInvitations", Method: http.MethodGet, Path: "/accounts/{account}/invitations", Tag: "members",
		Summary: "The last invitations of an account, newest first", Rights: see,
	}, func(ctx context.Context, _ Caller, in *struct {
		Turn

		Account string `path:"account" maxLength:"32"`
	},
	) (*page[invitation], error) {
		all, err := a.o.Persons.Offers(ctx, in.Account)
		if err != nil {
			return nil, err
		}
		return pageOf(all, in.Turn, offerID, a.invitationOf)
	})
	register(a, operation{
		ID: "invite", Method: http.MethodPost, Path: "/accounts/{account}/invitations", Tag: "members", Status: http.StatusCreated,
		Summary: "Invite whoever has an address, for seven days", Rights: manage, Fresh: true,
		Doc: "An open invitation of the account to the same address ends with it.",
	}, func(ctx context.Context, c Caller, in *struct {
		Account string `path:"account" maxLength:"32"`
		Body    struct {
			Address string `json:"address" maxLength:"400" doc:"An e-mail address or a mainland mobile number"`
			Role    string `json:"role" enum:"owner,developer,finance,reader"`
		}
	},
	) (*struct{ Body invitation }, error) {
		o, err := a.o.Persons.Invite(ctx, c.Session.Who, in.Account, in.Body.Address, quartet.Role(in.Body.Role))
		if err != nil {
			return nil, err
		}
		return &struct{ Body invitation }{a.invitationOf(&o)}, nil
	})
	register(a, operation{
		ID: "withdrawInvitation", Method: http.MethodDelete, Path: "/accounts/{account}/invitations/{invitation}", Tag: "members", Status: http.StatusNoContent,
		Summary: "Withdraw an open invitation", Rights: manage,
	}, func(ctx context.Context, c Caller, in *struct {
		Account    string `path:"account" maxLength:"32"`
		Invitation string `path:"invitation" maxLength:"64"`
	},
	) (*struct{}, error) {
		return nil, a.o.Persons.Withdraw(ctx, c.By(), in.Account, in.Invitation)
	})
}
