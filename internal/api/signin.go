package api

import (
	"context"
	"encoding/json"
	"net/http"

	"quartet"
	"quartet/internal/audit"
	"quartet/internal/person"
)

// ceremony is what a browser hands to an authenticator.
type ceremony struct {
	Ticket  string          `json:"ticket" doc:"What the answer is given back with, once, within five minutes"`
	Options json.RawMessage `json:"options" doc:"For navigator.credentials, after WebAuthn Level 3"`
}

func ceremonyOf(c person.Ceremony, err error) (*struct{ Body ceremony }, error) {
	if err != nil {
		return nil, err
	}
	return &struct{ Body ceremony }{ceremony{c.Ticket, c.Options}}, nil
}

// PasskeyAnswer is what an authenticator answered.
type PasskeyAnswer struct {
	Ticket string          `json:"ticket" maxLength:"64"`
	Answer json.RawMessage `json:"answer" doc:"What navigator.credentials gave, as JSON"`
}

func (a *API) registerSignIn() {
	register(a, operation{
		ID: "signIn", Method: http.MethodPost, Path: "/session", Tag: "session", Status: http.StatusNoContent,
		Summary: "Sign a person in by address and password", Rights: []quartet.Right{Anybody},
		Doc: "The answer sets the cookie of the session. Whoever has a second factor proves it then. Whether the address or the password was wrong is not told.",
	}, func(ctx context.Context, _ Caller, in *struct {
		Body struct {
			Address  string `json:"address" maxLength:"400"`
			Password string `json:"password" maxLength:"1024"`
		}
	},
	) (*struct{}, error) {
		p, err := a.o.Persons.Authenticate(ctx, frontDoor, in.Body.Address, in.Body.Password)
		if err != nil {
			return nil, err
		}
		return nil, a.enter(ctx, p, false, "by password")
	})
	register(a, operation{
		ID: "beginPasskeySignIn", Method: http.MethodPost, Path: "/session/passkey/ceremony", Tag: "session",
		Summary: "Begin to sign in by a passkey alone", Rights: []quartet.Right{Anybody},
	}, func(ctx context.Context, _ Caller, _ *struct{}) (*struct{ Body ceremony }, error) {
		return ceremonyOf(a.o.Persons.BeginSignIn(ctx))
	})
	register(a, operation{
		ID: "signInByPasskey", Method: http.MethodPost, Path: "/session/passkey", Tag: "session", Status: http.StatusNoContent,
		Summary: "Sign a person in by a passkey, which counts as both factors", Rights: []quartet.Right{Anybody},
	}, func(ctx context.Context, _ Caller, in *struct{ Body PasskeyAnswer }) (*struct{}, error) {
		p, err := a.o.Persons.FinishSignIn(ctx, frontDoor, in.Body.Ticket, in.Body.Answer)
		if err != nil {
			return nil, err
		}
		return nil, a.enter(ctx, p, true, "by passkey")
	})
	register(a, operation{
		ID: "chooseAccount", Method: http.MethodPut, Path: "/session/account", Tag: "session", Status: http.StatusNoContent,
		Summary: "Choose the account to act for", Rights: []quartet.Right{AsPerson},
	}, a.chooseAccount)
	a.registerFactors()
}

// enter begins the session of a person. Whoever has one account acts for it at once.
func (a *API) enter(ctx context.Context, p quartet.Person, factor bool, how string) error {
	places, err := a.o.Persons.Memberships(ctx, p.ID)
	if err != nil {
		return err
	}
	n := quartet.Session{Who: p.ID, Epoch: p.Epoch, Factor: factor}
	if len(places) == 1 {
		n.Account = places[0].Account
	}
	return a.begin(ctx, n, audit.Entry(a.o.Now(), person.By(p.ID), "session.begin", p.ID, how))
}

func (a *API) chooseAccount(ctx context.Context, c Caller, in *struct {
	Body struct {
		Account string `json:"account_id" maxLength:"32"`
	}
},
) (*struct{}, error) {
	places, err := a.o.Persons.Memberships(ctx, c.Session.Who)
	if err != nil {
		return nil, err
	}
	for _, m := range places {
		if m.Account == in.Body.Account {
			return nil, a.renew(ctx, func(s *quartet.Session) { s.Account = m.Account }, a.entry(&c, "session.account", c.Session.ID, m.Account))
		}
	}
	return nil, &quartet.Error{Code: quartet.ErrNotFound, Field: "account_id", Message: "you have no place in such an account"}
}

// factors is what somebody can prove beside the password.
type factors struct {
	Kinds []string `json:"kinds" nullable:"false" enum:"totp,passkey,recovery"`
	Left  int64    `json:"recovery_codes_left"`
}

func (a *API) registerFactors() {
	register(a, operation{
		ID: "showFactors", Method: http.MethodGet, Path: "/session/factors", Tag: "session",
		Summary: "Which second factors the person has", Rights: []quartet.Right{SignedIn},
	}, func(ctx context.Context, c Caller, _ *struct{}) (*struct{ Body factors }, error) {
		id, err := ofPerson(c)
		if err != nil {
			return nil, err
		}
		kinds, left, err := a.o.Persons.Factors(ctx, id)
		if err != nil {
			return nil, err
		}
		return &struct{ Body factors }{factors{append([]string{}, kinds...), left}}, nil
	})
	type said struct {
		Body struct {
			Code string `json:"code" maxLength:"64"`
		}
	}
	register(a, operation{
		ID: "proveTOTP", Method: http.MethodPost, Path: "/session/factors/totp", Tag: "session", Status: http.StatusNoContent,
		Summary: "Prove a second factor by the code of an authenticator app, which is good once", Rights: []quartet.Right{SignedIn},
	}, func(ctx context.Context, c Caller, in *said) (*struct{}, error) {
		return a.provenFactor(ctx, c, "totp", func(id string) error { return a.o.Persons.ProveTOTP(ctx, id, in.Body.Code) })
	})
	register(a, operation{
		ID: "proveRecovery", Method: http.MethodPost, Path: "/session/factors/recovery", Tag: "session", Status: http.StatusNoContent,
		Summary: "Prove a second factor by a recovery code, which is used up", Rights: []quartet.Right{SignedIn},
	}, func(ctx context.Context, c Caller, in *said) (*struct{}, error) {
		return a.provenFactor(ctx, c, "recovery code", func(id string) error {
			_, err := a.o.Persons.ProveRecovery(ctx, id, in.Body.Code)
			return err
		})
	})
	register(a, operation{
		ID: "beginPasskeyProof", Method: http.MethodPost, Path: "/session/factors/passkey/ceremony", Tag: "session",
		Summary: "Begin to prove a second factor by a passkey", Rights: []quartet.Right{SignedIn},
	}, func(ctx context.Context, c Caller, _ *struct{}) (*struct{ Body ceremony }, error) {
		id, err := ofPerson(c)
		if err != nil {
			return nil, err
		}
		return ceremonyOf(a.o.Persons.BeginFactor(ctx, id))
	})
	register(a, operation{
		ID: "provePasskey", Method: http.MethodPost, Path: "/session/factors/passkey", Tag: "session", Status: http.StatusNoContent,
		Summary: "Prove a second factor by a passkey", Rights: []quartet.Right{SignedIn},
	}, func(ctx context.Context, c Caller, in *struct{ Body PasskeyAnswer }) (*struct{}, error) {
		return a.provenFactor(ctx, c, "passkey", func(id string) error { return a.o.Persons.FinishFactor(ctx, id, in.Body.Ticket, in.Body.Answer) })
	})
}

// provenFactor lets a session do what it could not before.
func (a *API) provenFactor(ctx context.Context, c Caller, how string, prove func(person string) error) (*struct{}, error) {
	id, err := ofPerson(c)
	if err != nil {
		return nil, err
	}
	if err := prove(id); err != nil {
		return nil, err
	}
	return nil, a.renew(ctx, func(s *quartet.Session) { s.Factor = true }, a.entry(&c, "session.factor", c.Session.ID, "by "+how))
}
