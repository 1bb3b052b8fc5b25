package api

import (
	"context"
	"net/http"
	"time"

	"quartet"
	"quartet/internal/audit"
)

// session is what a browser shows of who is signed in.
type session struct {
	ID        string          `json:"id"`
	Kind      string          `json:"kind" enum:"person,operator"`
	Name      string          `json:"name"`
	Account   string          `json:"account_id,omitempty" doc:"The account that a person acts for"`
	Role      string          `json:"role,omitempty"`
	Rights    []quartet.Right `json:"rights" nullable:"false"`
	Factor    string          `json:"second_factor" enum:"none,enrol,needed,proved" doc:"enrol and needed: nothing else can be done before"`
	Due       bool            `json:"password_due" doc:"Somebody else gave the password; nothing else can be done before it is changed"`
	FreshTill time.Time       `json:"fresh_until" doc:"Until when what asks for a fresh proof of the password can be done"`
	EndsAt    time.Time       `json:"ends_at"`
}

func (a *API) sessionOf(c *Caller) session {
	s := session{
		ID: c.Session.ID, Kind: "person", Name: c.Standing.Name, Account: c.Session.Account, Role: string(c.Standing.Role), Rights: []quartet.Right{},
		Factor: "none", Due: c.Standing.PasswordDue, FreshTill: c.Session.ProvedAt.Add(freshFor), EndsAt: c.Session.EndsAt,
	}
	if c.Session.Operator {
		s.Kind = "operator"
	}
	switch {
	case c.Session.Factor:
		s.Factor = "proved"
	case c.Standing.Factors:
		s.Factor = "needed"
	case a.factorMissing(*c):
		s.Factor = "enrol"
	}
	if !a.factorMissing(*c) && !s.Due {
		s.Rights = append(s.Rights, c.Standing.Role.Rights()...)
	}
	return s
}

func (a *API) registerSession() {
	register(a, operation{
		ID: "showSession", Method: http.MethodGet, Path: "/session", Tag: "session",
		Summary: "Who is signed in, and what they may do", Rights: []quartet.Right{SignedIn}, Given: true,
	}, func(_ context.Context, c Caller, _ *struct{}) (*struct{ Body session }, error) {
		return &struct{ Body session }{a.sessionOf(&c)}, nil
	})
	register(a, operation{
		ID: "signInOperator", Method: http.MethodPost, Path: "/session/operator", Tag: "session", Status: http.StatusNoContent,
		Summary: "Sign an operator in by name and password", Rights: []quartet.Right{Anybody},
		Doc: "The answer sets the cookie of the session. Whether the name or the password was wrong is not told.",
	}, a.signInOperator)
	register(a, operation{
		ID: "signOut", Method: http.MethodDelete, Path: "/session", Tag: "session", Status: http.StatusNoContent,
		Summary: "Sign out", Rights: []quartet.Right{SignedIn}, Given: true,
	}, func(ctx context.Context, c Caller, _ *struct{}) (*struct{}, error) {
		return nil, a.end(ctx, a.entry(&c, "session.end", c.Session.ID, "signed out"))
	})
	register(a, operation{
		ID: "provePassword", Method: http.MethodPost, Path: "/session/proof", Tag: "session", Status: http.StatusNoContent,
		Summary: "Prove the password again, for what asks for a fresh proof", Rights: []quartet.Right{SignedIn},
	}, a.provePassword)
}

func (a *API) signInOperator(ctx context.Context, _ Caller, in *struct {
	Body struct {
		Name     string `json:"name" maxLength:"256"`
		Password string `json:"password" maxLength:"1024"`
	}
},
) (*struct{}, error) {
	o, err := a.o.Operators.Authenticate(ctx, frontDoor, in.Body.Name, in.Body.Password)
	if err != nil {
		return nil, err
	}
	return nil, a.enterOperator(ctx, &o, "by password")
}

// enterOperator begins the session of an operator, whose second factor is proved then.
func (a *API) enterOperator(ctx context.Context, o *quartet.Operator, how string) error {
	n := quartet.Session{Who: o.ID, Operator: true}
	standing, err := a.o.House.Standing(ctx, n)
	if err != nil {
		return err
	}
	n.Epoch = standing.Epoch
	return a.begin(ctx, n, audit.Entry(a.o.Now(), standing.By, "session.begin", o.ID, how))
}

func (a *API) provePassword(ctx context.Context, c Caller, in *struct {
	Body struct {
		Password string `json:"password" maxLength:"1024"`
	}
},
) (*struct{}, error) {
	var err error
	if c.Session.Operator {
		err = a.o.Operators.ProvePassword(ctx, c.By(), c.Session.Who, in.Body.Password)
	} else {
		err = a.o.Persons.ProvePassword(ctx, c.Session.Who, in.Body.Password)
	}
	if err != nil {
		return nil, err
	}
	return nil, a.renew(ctx, func(s *quartet.Session) { s.ProvedAt = a.o.Now() }, a.entry(&c, "session.proof", c.Session.ID, "by password"))
}

// entry is the entry of what the caller does now.
func (a *API) entry(c *Caller, action, subject, detail string) quartet.AuditEntry {
	return audit.Entry(a.o.Now(), c.By(), action, subject, detail)
}

// changed puts a change of what calls see in force, once it stands.
func (a *API) changed(ctx context.Context) error {
	ctx, cancel := lasting(ctx)
	defer cancel()
	if a.o.Changed == nil {
		return nil
	}
	return a.o.Changed(ctx)
}
