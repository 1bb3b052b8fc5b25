package api

import (
	"context"
	"net/http"
	"time"

	"quartet"
)

// Roster is where administrators look after operators.
type Roster interface {
	Add(ctx context.Context, by, name string, role quartet.Role, password string) (quartet.Operator, error)
	List(ctx context.Context) ([]quartet.Operator, error)
	FindID(ctx context.Context, id string) (quartet.Operator, error)
	SetRole(ctx context.Context, by, name string, role quartet.Role) error
	Remove(ctx context.Context, by, name string) error
	ForgetFactor(ctx context.Context, by, name string) error
}

type operatorView struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Role        string    `json:"role" enum:"administrator,treasurer,support,auditor"`
	FactorSince time.Time `json:"second_factor_since,omitzero"`
	SignOn      bool      `json:"sign_on" doc:"The sign-in service knows the operator"`
	CreatedAt   time.Time `json:"created_at"`
}

func operatorOf(o *quartet.Operator) operatorView {
	return operatorView{o.ID, o.Name, string(o.Role), o.FactorSince, !o.SignOn.IsZero(), o.CreatedAt}
}

// OperatorIn names an operator.
type OperatorIn struct {
	Operator string `path:"operator" maxLength:"64"`
}

func (a *API) registerOperators() {
	const tag = "operators"
	runners := []quartet.Right{quartet.MayRunHouse}
	register(a, operation{
		ID: "listOperators", Method: http.MethodGet, Path: "/operators", Tag: tag, Summary: "The people who run the house, oldest first", Rights: runners,
	}, func(ctx context.Context, _ Caller, in *struct{ Turn }) (*page[operatorView], error) {
		all, err := a.o.Roster.List(ctx)
		if err != nil {
			return nil, err
		}
		return pageOf(all, in.Turn, func(o *quartet.Operator) string { return o.ID }, operatorOf)
	})
	register(a, operation{
		ID: "addOperator", Method: http.MethodPost, Path: "/operators", Tag: tag, Status: http.StatusCreated, Summary: "Add an operator", Rights: runners, Fresh: true,
	}, func(ctx context.Context, c Caller, in *struct {
		Body struct {
			Name     string `json:"name" maxLength:"256"`
			Role     string `json:"role" enum:"administrator,treasurer,support,auditor"`
			Password string `json:"password" maxLength:"1024" doc:"The first one, which the operator must change before anything else"`
		}
	},
	) (*struct{ Body operatorView }, error) {
		o, err := a.o.Roster.Add(ctx, c.By(), in.Body.Name, quartet.Role(in.Body.Role), in.Body.Password)
		if err != nil {
			return nil, err
		}
		return &struct{ Body operatorView }{operatorOf(&o)}, nil
	})
	register(a, operation{
		ID: "setOperatorRole", Method: http.MethodPut, Path: "/operators/{operator}/role", Tag: tag, Status: http.StatusNoContent,
		Summary: "Give an operator another role, and sign them out", Rights: runners, Fresh: true,
	}, func(ctx context.Context, c Caller, in *struct {
		OperatorIn

		Body struct {
			Role string `json:"role" enum:"administrator,treasurer,support,auditor"`
		}
	},
	) (*struct{}, error) {
		return nil, a.withOperator(ctx, in.Operator, func(name string) error {
			return a.o.Roster.SetRole(ctx, c.By(), name, quartet.Role(in.Body.Role))
		})
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
}

// withOperator does something to an operator who is named by id.
func (a *API) withOperator(ctx context.Context, id string, do func(name string) error) error {
	o, err := a.o.Roster.FindID(ctx, id)
	if err != nil {
		return err
	}
	return do(o.Name)
}
