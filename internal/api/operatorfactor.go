package api

import (
	"context"
	"net/http"

	"quartet"
	"quartet/internal/operator"
)

// Operators knows operators by their proofs.
type Operators interface {
	Authenticate(ctx context.Context, by, name, password string) (quartet.Operator, error)
	ProvePassword(ctx context.Context, by, operator, given string) error
	SetPassword(ctx context.Context, by, name, password string) error
	Enrolment(ctx context.Context, operator string) (operator.Enrolment, error)
	Enrol(ctx context.Context, operator, ticket, code string) (recovery []string, err error)
	Prove(ctx context.Context, by, operator, code string) error
}

// ownPassword is where an operator changes the password.
const ownPassword = "/session/operator/password"

// registerOperatorFactors is what an operator does for himself, signed in but not let in yet.
func (a *API) registerOperatorFactors() {
	const tag = "session"
	own := []quartet.Right{SignedIn}
	register(a, operation{
		ID: "proveOperatorFactor", Method: http.MethodPost, Path: "/session/operator/factor", Tag: tag, Status: http.StatusNoContent, Given: true,
		Summary: "Prove the second factor of an operator", Rights: own, Doc: "By a code of the authenticator app, or by one that stands in for it. Each is taken once.",
	}, func(ctx context.Context, c Caller, in *struct {
		Body struct {
			Code string `json:"code" maxLength:"64"`
		}
	},
	) (*struct{}, error) {
		if err := operatorsOnly(&c); err != nil {
			return nil, err
		}
		if err := a.o.Operators.Prove(ctx, frontDoor, c.Session.Who, in.Body.Code); err != nil {
			return nil, err
		}
		return nil, a.renew(ctx, func(s *quartet.Session) { s.Factor = true }, a.entry(&c, "session.factor", c.Session.ID, "second factor"))
	})
	type enrolment struct {
		Ticket string `json:"ticket" doc:"To give back with a code"`
		Secret string `json:"secret" doc:"For an app that reads no QR code"`
		URL    string `json:"url" doc:"For a QR code"`
	}
	register(a, operation{
		ID: "beginOperatorEnrolment", Method: http.MethodPost, Once: true, Path: "/session/operator/enrolment", Tag: tag,
		Summary: "Begin to set up the second factor of an operator", Rights: own, Fresh: true,
	}, func(ctx context.Context, c Caller, _ *struct{}) (*struct{ Body enrolment }, error) {
		if err := operatorsOnly(&c); err != nil {
			return nil, err
		}
		n, err := a.o.Operators.Enrolment(ctx, c.Session.Who)
		if err != nil {
			return nil, err
		}
		return &struct{ Body enrolment }{enrolment{n.Ticket, n.Secret, n.URL}}, nil
	})
	type recovery struct {
		Codes []string `json:"recovery_codes" nullable:"false" doc:"Each stands in for the app once; they are shown this once"`
	}
	register(a, operation{
		ID: "finishOperatorEnrolment", Method: http.MethodPut, Path: "/session/operator/enrolment", Tag: tag,
		Summary: "Set up the second factor of an operator by a first code of the app", Rights: own, Fresh: true,
	}, func(ctx context.Context, c Caller, in *struct {
		Body struct {
			Ticket string `json:"ticket" maxLength:"64"`
			Code   string `json:"code" maxLength:"64"`
		}
	},
	) (*struct{ Body recovery }, error) {
		if err := operatorsOnly(&c); err != nil {
			return nil, err
		}
		codes, err := a.o.Operators.Enrol(ctx, c.Session.Who, in.Body.Ticket, in.Body.Code)
		if err != nil {
			return nil, err
		}
		return &struct{ Body recovery }{recovery{codes}}, a.renew(ctx, func(s *quartet.Session) { s.Factor = true }, a.entry(&c, "session.factor", c.Session.ID, "set up"))
	})
	register(a, operation{
		ID: "changeOperatorPassword", Method: http.MethodPut, Path: ownPassword, Tag: tag, Status: http.StatusNoContent, Given: true,
		Summary: "Change the own password of an operator, and sign them out everywhere else", Rights: own,
		Doc: "Whoever was given the password by somebody else can do nothing else before.",
	}, func(ctx context.Context, c Caller, in *struct {
		Body struct {
			Password string `json:"password" maxLength:"1024"`
			New      string `json:"new_password" maxLength:"1024"`
		}
	},
	) (*struct{}, error) {
		return nil, a.changeOperatorPassword(ctx, &c, in.Body.Password, in.Body.New)
	})
}

func (a *API) changeOperatorPassword(ctx context.Context, c *Caller, old, next string) error {
	if err := operatorsOnly(c); err != nil {
		return err
	}
	if a.factorMissing(*c) && c.Standing.Factors { // a password alone must not shut its owner out
		return quartet.Errorf(quartet.ErrProofNeeded, "prove your second factor first")
	}
	if err := a.o.Operators.ProvePassword(ctx, c.By(), c.Session.Who, old); err != nil {
		return err
	}
	if err := a.o.Operators.SetPassword(ctx, c.By(), c.Standing.Name, next); err != nil {
		return err
	}
	now, err := a.o.House.Standing(ctx, c.Session)
	if err != nil {
		return err
	}
	return a.renew(ctx, func(s *quartet.Session) { s.Epoch, s.ProvedAt = now.Epoch, a.o.Now() }, a.entry(c, "session.proof", c.Session.ID, "by a new password"))
}

func operatorsOnly(c *Caller) error {
	if !c.Session.Operator {
		return quartet.Errorf(quartet.ErrForbidden, "this is for operators")
	}
	return nil
}
