package api

import (
	"context"
	"net/http"
	"time"

	"quartet"
)

// Roster is where administrators look after operators.
type Roster interface {
	Admit(ctx context.Context, by, name string, role quartet.Role, password string) (quartet.Operator, error)
	List(ctx context.Context) ([]quartet.Operator, error)
	FindID(ctx context.Context, id string) (quartet.Operator, error)
	Remove(ctx context.Context, by, name string) error
	ForgetFactor(ctx context.Context, by, name string) error
	Roles
}

// Roles is who says what operators are.
type Roles interface {
	Ask(ctx context.Context, by, id string, role quartet.Role) (quartet.Operator, error)
	Confirm(ctx context.Context, by, id string, role quartet.Role) (quartet.Operator, error)
	Reject(ctx context.Context, by, id string) (quartet.Operator, error)
}

type operatorView struct {
	ID          string     `json:"id"`
	Name        string     `json:"name"`
	Role        string     `json:"role,omitempty" enum:"administrator,treasurer,support,auditor" doc:"Left out: none, until the first one is confirmed"`
	Asked       *askedRole `json:"asked_role,omitempty" doc:"What waits for another administrator"`
	FactorSince time.Time  `json:"second_factor_since,omitzero"`
	SignOn      bool       `json:"sign_on" doc:"The sign-in service knows the operator"`
	CreatedAt   time.Time  `json:"created_at"`
}

type askedRole struct {
	Role string    `json:"role" enum:"administrator,treasurer,support,auditor"`
	By   string    `json:"by" doc:"The administrator who asked, and may not confirm it"`
	At   time.Time `json:"at"`
}

func operatorOf(o *quartet.Operator) operatorView {
	v := operatorView{ID: o.ID, Name: o.Name, Role: string(o.Role), FactorSince: o.FactorSince, SignOn: !o.SignOn.IsZero(), CreatedAt: o.CreatedAt}
	if !o.Asked.IsZero() {
		v.Asked = &askedRole{string(o.Asked.Role), o.Asked.By, o.Asked.At}
	}
	return v
}

type operatorAnswer struct{ Body operatorView }

func operatorAnswerOf(o quartet.Operator, err error) (*operatorAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &operatorAnswer{operatorOf(&o)}, nil
}

// OperatorIn names an operator.
type OperatorIn struct {
	Operator string `path:"operator" maxLength:"64"`
}

func (a *API) registerOperators() {
	const tag = "operators"
	runners := []quartet.Right{quartet.MayRunHouse}
	register(a, operation{
		ID: "listOperators", Method: http.MethodGet, Path: "/operators", Tag: tag, Summary: "The people who run the house, oldest first",
		Rights: []quartet.Right{quartet.MayRunHouse, quartet.MayInspect},
	}, func(ctx context.Context, _ Caller, in *struct{ Turn }) (*page[operatorView], error) {
		all, err := a.o.Roster.List(ctx)
		if err != nil {
			return nil, err
		}
		return pageOf(all, in.Turn, func(o *quartet.Operator) string { return o.ID }, operatorOf)
	})
	register(a, operation{
		ID: "addOperator", Method: http.MethodPost, Path: "/operators", Tag: tag, Status: http.StatusCreated, Summary: "Add an operator", Rights: runners, Fresh: true,
		Doc: "A treasurer or an administrator has no role until another administrator confirms it.",
	}, func(ctx context.Context, c Caller, in *struct {
		Body struct {
			Name     string `json:"name" maxLength:"256"`
			Role     string `json:"role" enum:"administrator,treasurer,support,auditor"`
			Password string `json:"password" maxLength:"1024" doc:"The first one, which the operator must change before anything else"`
		}
	},
	) (*operatorAnswer, error) {
		return operatorAnswerOf(a.o.Roster.Admit(ctx, c.By(), in.Body.Name, quartet.Role(in.Body.Role), in.Body.Password))
	})
	register(a, operation{
		ID: "removeOperator", Method: http.MethodDelete, Path: "/operators/{operator}", Tag: tag, Status: http.StatusNoContent,
		Summary: "Let an operator in no more", Rights: runners, Fresh: true,
	}, func(ctx context.Context, c Caller, in *OperatorIn) (*struct{}, error) {
		return nil, a.withOperator(ctx, in.Operator, func(name string) error { return a.o.Roster.Remove(ctx, c.By(), name) })
	})
	register(a, operation{
		ID: "unenrolOperator", Method: http.MethodDelete, Path: "/operators/{operator}/second-factor", Tag: tag, Status: http.StatusNoContent,
		Summary: "Take away the second factor of an operator who has lost it, and sign them out", Rights: runners, Fresh: true,
	}, func(ctx context.Context, c Caller, in *OperatorIn) (*struct{}, error) {
		return nil, a.withOperator(ctx, in.Operator, func(name string) error { return a.o.Roster.ForgetFactor(ctx, c.By(), name) })
	})
	a.registerRoles()
}

func (a *API) registerRoles() {
	const tag = "operators"
	runners := []quartet.Right{quartet.MayRunHouse}
	type roleIn struct {
		OperatorIn

		Body struct {
			Role string `json:"role" enum:"administrator,treasurer,support,auditor"`
		}
	}
	register(a, operation{
		ID: "setOperatorRole", Method: http.MethodPut, Path: "/operators/{operator}/role", Tag: tag,
		Summary: "Give an operator another role, and sign them out", Rights: runners, Fresh: true,
		Doc: "Nobody changes the own role. That somebody be a treasurer or an administrator is only asked for: until another administrator confirms it nothing changes.",
	}, func(ctx context.Context, c Caller, in *roleIn) (*operatorAnswer, error) {
		return operatorAnswerOf(a.o.Roster.Ask(ctx, c.By(), in.Operator, quartet.Role(in.Body.Role)))
	})
	register(a, operation{
		ID: "confirmOperatorRole", Method: http.MethodPost, Path: "/operators/{operator}/role/confirmation", Tag: tag,
		Summary: "Give an operator the role that another administrator asked for", Rights: runners, Fresh: true,
		Doc: "The body says which role was looked at. Neither who asked nor the operator may confirm it. Make sure first that there is such a person, and that nobody else can sign in as them.",
	}, func(ctx context.Context, c Caller, in *roleIn) (*operatorAnswer, error) {
		return operatorAnswerOf(a.o.Roster.Confirm(ctx, c.By(), in.Operator, quartet.Role(in.Body.Role)))
	})
	register(a, operation{
		ID: "rejectOperatorRole", Method: http.MethodPost, Path: "/operators/{operator}/role/rejection", Tag: tag,
		Summary: "Reject a role that is asked for, or take back what one asked for", Rights: runners,
	}, func(ctx context.Context, c Caller, in *OperatorIn) (*operatorAnswer, error) {
		return operatorAnswerOf(a.o.Roster.Reject(ctx, c.By(), in.Operator))
	})
}

// withOperator does something to an operator who is named by id.
func (a *API) withOperator(ctx context.Context, id string, do func(name string) error) error {
	o, err := a.o.Roster.FindID(ctx, id)
	if err != nil {
		return err
	}
	return do(o.Name)
}
