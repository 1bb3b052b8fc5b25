package api

import (
	"context"
	"net/http"
	"time"

	"quartet"
)

// membership is a place that somebody has in an account.
type membership struct {
	Account string    `json:"account_id"`
	Name    string    `json:"name,omitempty" doc:"Of the account; left out of the answer to a change"`
	Role    string    `json:"role" enum:"owner,developer,finance,reader"`
	Since   time.Time `json:"since"`
}

func membershipOf(m *quartet.Member) membership {
	return membership{Account: m.Account, Role: string(m.Role), Since: m.Since}
}

type me struct {
	Card

	Accounts []membership `json:"accounts" nullable:"false" doc:"Where the person has a place"`
}

func (a *API) registerMe() {
	as := []quartet.Right{AsPerson}
	register(a, operation{
		ID: "showMe", Method: http.MethodGet, Path: "/me", Tag: "me", Summary: "The person who asks", Rights: as,
	}, func(ctx context.Context, c Caller, _ *struct{}) (*struct{ Body me }, error) {
		p, err := a.o.Persons.Find(ctx, c.Session.Who)
		shown, err := a.cardOf(p, err)
		if err != nil {
			return nil, err
		}
		places, err := a.o.Persons.Memberships(ctx, p.ID)
		if err != nil {
			return nil, err
		}
		out := &struct{ Body me }{me{shown.Body, []membership{}}}
		for _, m := range places {
			account, err := a.o.Accounts.Account(ctx, m.Account)
			if err != nil {
				return nil, err
			}
			place := membershipOf(&m)
			place.Name = account.Name
			out.Body.Accounts = append(out.Body.Accounts, place)
		}
		return out, nil
	})
	register(a, operation{
		ID: "renameMe", Method: http.MethodPut, Path: "/me/name", Tag: "me", Summary: "Change how others in the account see the person", Rights: as,
	}, func(ctx context.Context, c Caller, in *struct {
		Body struct {
			Name string `json:"name" maxLength:"200"`
		}
	},
	) (*struct{ Body Card }, error) {
		return a.cardOf(a.o.Persons.Rename(ctx, c.Session.Who, in.Body.Name))
	})
	register(a, operation{
		ID: "changePassword", Method: http.MethodPut, Path: "/me/password", Tag: "me", Status: http.StatusNoContent,
		Summary: "Change the password; all other sessions end", Rights: as, Fresh: true,
	}, func(ctx context.Context, c Caller, in *struct {
		Body struct {
			Password string `json:"password" maxLength:"1024" doc:"12 to 128 characters"`
		}
	},
	) (*struct{}, error) {
		p, err := a.o.Persons.ChangePassword(ctx, c.Session.Who, in.Body.Password)
		if err != nil {
			return nil, err
		}
		return nil, a.renew(ctx, func(s *quartet.Session) { s.Epoch = p.Epoch }, a.entry(&c, "session.renew", c.Session.ID, "the password was changed"))
	})
	register(a, operation{
		ID: "askForMove", Method: http.MethodPost, Path: "/me/address/codes", Tag: "me", Status: http.StatusCreated,
		Summary: "Have a code sent to a new address", Rights: as, Fresh: true,
	}, func(ctx context.Context, c Caller, in *struct {
		Body struct {
			Address string `json:"address" maxLength:"400"`
		}
	},
	) (*struct{ Body asked }, error) {
		return askedOf(a.o.Persons.AskToMove(ctx, c.Session.Who, in.Body.Address))
	})
	register(a, operation{
		ID: "move", Method: http.MethodPut, Path: "/me/address", Tag: "me", Rights: as,
		Summary: "Sign in with the new address from now on, in the place of the old one of its kind, which is told",
	}, func(ctx context.Context, c Caller, in *struct{ Body Proof }) (*struct{ Body Card }, error) {
		return a.cardOf(a.o.Persons.Move(ctx, c.Session.Who, in.Body.Code, in.Body.Digits))
	})
	a.registerMyFactors(as)
	a.registerMyPlaces(as)
}

// Secrets are codes that are shown once.
type Secrets struct {
	Recovery []string `json:"recovery_codes,omitempty" nullable:"false" doc:"Each stands in for a second factor once. They are shown now and never again"`
}

func (a *API) registerMyFactors(as []quartet.Right) {
	type totpSecret struct {
		Secret string `json:"secret"`
		URL    string `json:"url" doc:"What an authenticator app reads from a QR code"`
	}
	register(a, operation{
		ID: "beginTOTP", Method: http.MethodPost, Once: true, Path: "/me/totp", Tag: "me", Status: http.StatusCreated,
		Summary: "Begin to enrol an authenticator app", Rights: as, Fresh: true,
	}, func(ctx context.Context, c Caller, _ *struct{}) (*struct{ Body totpSecret }, error) {
		secret, url, err := a.o.Persons.BeginTOTP(ctx, c.Session.Who)
		if err != nil {
			return nil, err
		}
		return &struct{ Body totpSecret }{totpSecret{secret, url}}, nil
	})
	register(a, operation{
		ID: "confirmTOTP", Method: http.MethodPut, Path: "/me/totp", Tag: "me",
		Summary: "Put the authenticator app in force by its first code", Rights: as,
	}, func(ctx context.Context, c Caller, in *struct {
		Body struct {
			Code string `json:"code" maxLength:"64"`
		}
	},
	) (*struct{ Body Secrets }, error) {
		codes, err := a.o.Persons.ConfirmTOTP(ctx, c.Session.Who, in.Body.Code)
		if err != nil {
			return nil, err
		}
		return &struct{ Body Secrets }{Secrets{codes}}, a.factored(ctx, c)
	})
	register(a, operation{
		ID: "removeTOTP", Method: http.MethodDelete, Path: "/me/totp", Tag: "me", Status: http.StatusNoContent,
		Summary: "Take the authenticator app out of force", Rights: as, Fresh: true,
	}, func(ctx context.Context, c Caller, _ *struct{}) (*struct{}, error) {
		return nil, a.o.Persons.RemoveTOTP(ctx, c.Session.Who)
	})
	register(a, operation{
		ID: "renewRecovery", Method: http.MethodPost, Once: true, Path: "/me/recovery-codes", Tag: "me", Status: http.StatusCreated,
		Summary: "Get new recovery codes in the place of the old ones", Rights: as, Fresh: true,
	}, func(ctx context.Context, c Caller, _ *struct{}) (*struct{ Body Secrets }, error) {
		codes, err := a.o.Persons.RenewRecovery(ctx, c.Session.Who)
		if err != nil {
			return nil, err
		}
		return &struct{ Body Secrets }{Secrets{codes}}, nil
	})
	a.registerMyPasskeys(as)
}

// factored goes on with a session in which a second factor was just enrolled, and so proved.
func (a *API) factored(ctx context.Context, c Caller) error {
	return a.renew(ctx, func(s *quartet.Session) { s.Factor = true }, a.entry(&c, "session.factor", c.Session.ID, "by enrolment"))
}

// Passkey is a passkey as it is listed.
type Passkey struct {
	ID         string    `json:"id"`
	Name       string    `json:"name"`
	CreatedAt  time.Time `json:"created_at"`
	LastUsedAt time.Time `json:"last_used_at,omitzero"`
}

func passkeyOf(k *quartet.Passkey) Passkey { return Passkey{k.ID, k.Name, k.Created, k.LastUsed} }

func (a *API) registerMyPasskeys(as []quartet.Right) {
	register(a, operation{
		ID: "listPasskeys", Method: http.MethodGet, Path: "/me/passkeys", Tag: "me", Summary: "The person's passkeys, oldest first", Rights: as,
	}, func(ctx context.Context, c Caller, in *struct{ Turn }) (*page[Passkey], error) {
		all, err := a.o.Persons.Passkeys(ctx, c.Session.Who)
		if err != nil {
			return nil, err
		}
		return pageOf(all, in.Turn, func(k *quartet.Passkey) string { return k.ID }, passkeyOf)
	})
	register(a, operation{
		ID: "beginPasskey", Method: http.MethodPost, Path: "/me/passkeys/ceremony", Tag: "me",
		Summary: "Begin to register a passkey", Rights: as, Fresh: true,
	}, func(ctx context.Context, c Caller, _ *struct{}) (*struct{ Body ceremony }, error) {
		return ceremonyOf(a.o.Persons.BeginPasskey(ctx, c.Session.Who))
	})
	type addedPasskey struct {
		Passkey
		Secrets
	}
	register(a, operation{
		ID: "addPasskey", Method: http.MethodPost, Once: true, Path: "/me/passkeys", Tag: "me", Status: http.StatusCreated,
		Summary: "Register the passkey that the authenticator made", Rights: as,
		Doc: "With the first second factor come recovery codes.",
	}, func(ctx context.Context, c Caller, in *struct {
		Body struct {
			PasskeyAnswer

			Name string `json:"name" maxLength:"200" doc:"How the person tells it from others"`
		}
	},
	) (*struct{ Body addedPasskey }, error) {
		k, codes, err := a.o.Persons.FinishPasskey(ctx, c.Session.Who, in.Body.Ticket, in.Body.Name, in.Body.Answer)
		if err != nil {
			return nil, err
		}
		return &struct{ Body addedPasskey }{addedPasskey{passkeyOf(&k), Secrets{codes}}}, a.factored(ctx, c)
	})
	register(a, operation{
		ID: "removePasskey", Method: http.MethodDelete, Path: "/me/passkeys/{passkey}", Tag: "me", Status: http.StatusNoContent,
		Summary: "Remove a passkey", Rights: as, Fresh: true,
	}, func(ctx context.Context, c Caller, in *struct {
		Passkey string `path:"passkey" maxLength:"64"`
	},
	) (*struct{}, error) {
		return nil, a.o.Persons.RemovePasskey(ctx, c.Session.Who, in.Passkey)
	})
}

func (a *API) registerMyPlaces(as []quartet.Right) {
	register(a, operation{
		ID: "listMyInvitations", Method: http.MethodGet, Path: "/me/invitations", Tag: "me",
		Summary: "The open invitations to the person's addresses", Rights: as,
	}, func(ctx context.Context, c Caller, in *struct{ Turn }) (*page[invitation], error) {
		all, err := a.o.Persons.OffersTo(ctx, c.Session.Who)
		if err != nil {
			return nil, err
		}
		return pageOf(all, in.Turn, offerID, a.invitationOf)
	})
	register(a, operation{
		ID: "acceptInvitation", Method: http.MethodPost, Path: "/me/invitations/{invitation}/acceptance", Tag: "me",
		Summary: "Take the place that an invitation offers", Rights: as,
	}, func(ctx context.Context, c Caller, in *struct {
		Invitation string `path:"invitation" maxLength:"64"`
	},
	) (*struct{ Body membership }, error) {
		m, err := a.o.Persons.Accept(ctx, c.Session.Who, in.Invitation)
		if err != nil {
			return nil, err
		}
		return &struct{ Body membership }{membershipOf(&m)}, nil
	})
	register(a, operation{
		ID: "leaveAccount", Method: http.MethodDelete, Path: "/me/accounts/{place}", Tag: "me", Status: http.StatusNoContent,
		Summary: "Give up the place in an account; its last owner cannot", Rights: as,
	}, func(ctx context.Context, c Caller, in *struct {
		Place string `path:"place" maxLength:"32" doc:"The id of the account; it need not be the one that the person acts for"`
	},
	) (*struct{}, error) {
		return nil, a.o.Persons.Remove(ctx, c.By(), in.Place, c.Session.Who)
	})
}
