// Program openapi walks the management API through a client that is generated from
// docs/openapi.yaml into the folder quartet: it compiles, and what the server answers can
// be read by it.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"os"

	"github.com/ogen-go/ogen/ogenerrors"

	"quartet-client/quartet"
)

// door gives the road its AppCode. The cookie of the session is the jar's affair: over plain
// HTTP it has another name, and the one that is given here is passed over.
type door struct{ appCode string }

func (d *door) AppCodeHeader(context.Context, quartet.OperationName) (quartet.AppCodeHeader, error) {
	return quartet.AppCodeHeader{APIKey: "APPCODE " + d.appCode}, nil
}

func (*door) SessionCookie(context.Context, quartet.OperationName) (quartet.SessionCookie, error) {
	return quartet.SessionCookie{APIKey: "in-the-jar"}, nil
}

// ProgramToken: whoever comes here signs in.
func (*door) ProgramToken(context.Context, quartet.OperationName) (quartet.ProgramToken, error) {
	return quartet.ProgramToken{}, ogenerrors.ErrSkipClientSecurity
}

// task is what standard input says.
type task struct {
	URL, Name, Password string
	Treasurer           string // an operator, who was given the same password
	Mailbox             string // folder in which the demo puts what it would send
	Person              struct{ Name, IDCard, AccNo, Mobile, Card string }
}

func main() {
	if err := walk(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func walk(ctx context.Context) error {
	var t task
	if err := json.NewDecoder(os.Stdin).Decode(&t); err != nil {
		return err
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	d := &door{}
	c, err := quartet.NewClient(t.URL, d, quartet.WithClient(&http.Client{Jar: jar}))
	if err != nil {
		return err
	}
	refused, err := c.SignInOperator(ctx, &quartet.SignInOperatorRequest{Name: t.Name, Password: "not the password"}, quartet.SignInOperatorParams{})
	if p, ok := refused.(*quartet.ProblemStatusCode); err != nil || !ok || p.StatusCode != http.StatusUnauthorized || p.Response.Code != "unauthenticated" {
		return fmt.Errorf("a wrong password: %T %+v %w", refused, refused, err)
	}
	if _, err := is[quartet.SignInOperatorNoContent](c.SignInOperator(ctx, &quartet.SignInOperatorRequest{Name: t.Name, Password: t.Password}, quartet.SignInOperatorParams{})); err != nil {
		return err
	}
	s, err := is[quartet.Session](c.ShowSession(ctx))
	if err != nil {
		return err
	}
	products, err := is[quartet.PageProductBody](c.ListProducts(ctx, quartet.ListProductsParams{}))
	if err != nil {
		return err
	}
	account, err := is[quartet.Account](c.OpenAccount(ctx, &quartet.OpenAccountRequest{Name: "Generated client"}, quartet.OpenAccountParams{}))
	if err != nil {
		return err
	}
	secret, err := is[quartet.SecretBody](c.IssueCredential(ctx, &quartet.IssueCredentialRequest{Kind: quartet.IssueCredentialRequestKindAppcode, Test: quartet.NewOptBool(true)},
		quartet.IssueCredentialParams{Account: account.ID}))
	if err != nil {
		return err
	}
	d.appCode = secret.Secret
	answer, err := is[quartet.VerifyOK](c.Verify(ctx, &quartet.VerifyReq{Name: t.Person.Name, Idcard: t.Person.IDCard, AccNo: t.Person.AccNo, Mobile: t.Person.Mobile}))
	if err != nil {
		return err
	}
	bought, err := buy(ctx, c, &t)
	if err != nil {
		return err
	}
	if _, err := is[quartet.SignOutNoContent](c.SignOut(ctx)); err != nil {
		return err
	}
	fmt.Printf("%s %s, %d products, answered %s; %s\n", s.Name, s.Role.Value, len(products.Items), answer.Code, bought)
	return nil
}

// is wants an answer to be of one kind.
func is[T any](answer any, err error) (*T, error) {
	if err != nil {
		return nil, err
	}
	v, ok := answer.(*T)
	if !ok {
		if p, problem := answer.(*quartet.ProblemStatusCode); problem {
			return nil, errors.New(p.Response.Detail.Value)
		}
		return nil, fmt.Errorf("got %T", answer)
	}
	return v, nil
}
