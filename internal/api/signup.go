package api

import (
	"context"
	"net/http"
	"time"

	"quartet"
	"quartet/internal/audit"
	"quartet/internal/person"
)

// asked is what whoever asked for a code is told, whoever has the address.
type asked struct {
	ID        string    `json:"id" doc:"What the code is said with"`
	Address   string    `json:"address" doc:"Masked"`
	ExpiresAt time.Time `json:"expires_at"`
}

func askedOf(c person.Asked, err error) (*struct{ Body asked }, error) {
	if err != nil {
		return nil, err
	}
	return &struct{ Body asked }{asked{c.ID, c.Address.String(), c.Expires}}, nil
}

// Proof is a code that was sent, as it is said.
type Proof struct {
	Code   string `json:"code" maxLength:"64" doc:"The id that the question for it was answered with"`
	Digits string `json:"digits" maxLength:"32" doc:"The six digits that came"`
}

type registration struct {
	Proof

	Name       string `json:"name" maxLength:"200" doc:"How others in the account see the person"`
	Password   string `json:"password" maxLength:"1024" doc:"12 to 128 characters"`
	Account    string `json:"account_name,omitempty" maxLength:"400" doc:"Of the account that is opened; not looked at with an invitation"`
	Invitation string `json:"invitation_id,omitempty" maxLength:"64" doc:"The id of an invitation to the address, whose place is taken instead of a new account"`
}

func (a *API) registerSignUp() {
	register(a, operation{
		ID: "askForCode", Method: http.MethodPost, Path: "/codes", Tag: "registration", Status: http.StatusCreated,
		Summary: "Have a code sent to an address, to register it or to reset its password", Rights: []quartet.Right{Anybody},
		Doc: "The answer is the same whether somebody has the address or not; what comes there says so.",
	}, func(ctx context.Context, _ Caller, in *struct {
		Body struct {
			Purpose string `json:"purpose" enum:"signup,reset"`
			Address string `json:"address" maxLength:"400" doc:"An e-mail address or a mainland mobile number"`
		}
	},
	) (*struct{ Body asked }, error) {
		if in.Body.Purpose == string(quartet.PurposeReset) {
			return askedOf(a.o.Persons.AskToReset(ctx, frontDoor, in.Body.Address))
		}
		return askedOf(a.o.Persons.AskToRegister(ctx, frontDoor, in.Body.Address))
	})
	register(a, operation{
		ID: "register", Method: http.MethodPost, Path: "/people", Tag: "registration", Status: http.StatusNoContent,
		Summary: "Register by a code that came to the address, and sign in", Rights: []quartet.Right{Anybody},
		Doc: "A new account is opened and owned, or the place that an invitation offers is taken. The answer sets the cookie of the session.",
	}, func(ctx context.Context, _ Caller, in *struct{ Body registration }) (*struct{}, error) {
		p, m, err := a.o.Persons.Register(ctx, frontDoor, person.Registration{
			Code: in.Body.Code, Digits: in.Body.Digits, Name: in.Body.Name, Password: in.Body.Password, Account: in.Body.Account, Invitation: in.Body.Invitation,
		})
		if err != nil {
			return nil, err
		}
		return nil, a.begin(ctx, quartet.Session{Who: p.ID, Account: m.Account, Epoch: p.Epoch}, audit.Entry(a.o.Now(), person.By(p.ID), "session.begin", p.ID, "by registration"))
	})
	register(a, operation{
		ID: "resetPassword", Method: http.MethodPost, Path: "/password-resets", Tag: "registration", Status: http.StatusNoContent,
		Summary: "Give a new password by a code that came to the address", Rights: []quartet.Right{Anybody},
		Doc: "All sessions of the person end. A second factor is asked for as before.",
	}, func(ctx context.Context, _ Caller, in *struct {
		Body struct {
			Proof

			Password string `json:"password" maxLength:"1024" doc:"12 to 128 characters"`
		}
	},
	) (*struct{}, error) {
		_, err := a.o.Persons.Reset(ctx, frontDoor, in.Body.Code, in.Body.Digits, in.Body.Password)
		return nil, err
	})
}
