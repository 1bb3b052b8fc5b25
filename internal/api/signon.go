package api

import (
	"context"
	"net/http"
	"time"

	"quartet"
)

// SignOn is the sign-in service that vouches for operators.
type SignOn interface {
	Begin(ctx context.Context) (address, ticket string, err error)
	Finish(ctx context.Context, by, ticket, state, code string) (quartet.Operator, error)
}

// SignOnBack is the path to which the sign-in service sends operators back.
const SignOnBack = prefix + signOnPath + "/callback"

const (
	signOnPath = "/session/operator/sign-on"
	// ticketTime is how long a browser keeps the ticket of a sign-in that is under way.
	ticketTime = 10 * time.Minute
)

// sent is a browser that is sent elsewhere, with a cookie that is set or taken away.
type sent struct {
	Location string        `header:"Location"`
	Cookies  []http.Cookie `header:"Set-Cookie"` // beside that of a session: a single one would be written over it
}

func (a *API) registerSignOn() {
	register(a, operation{
		ID: "beginOperatorSignOn", Method: http.MethodGet, Path: signOnPath, Tag: "session", Status: http.StatusSeeOther, Counted: true,
		Summary: "Send an operator to the sign-in service", Rights: []quartet.Right{Anybody},
		Doc: "For a browser that goes there. The answer sets a cookie that the way back needs; it lasts ten minutes. A house without a sign-in service answers `unsupported`.",
	}, func(ctx context.Context, _ Caller, _ *struct{}) (*sent, error) {
		if a.o.SignOn == nil {
			return nil, errNoSignOn()
		}
		address, ticket, err := a.o.SignOn.Begin(ctx)
		if err != nil {
			return nil, err
		}
		return &sent{address, []http.Cookie{ticketCookie(ctx, ticket, int(ticketTime.Seconds()))}}, nil
	})
	register(a, operation{
		ID: "finishOperatorSignOn", Method: http.MethodGet, Path: signOnPath + "/callback", Tag: "session", Status: http.StatusSeeOther, Foreign: true, Counted: true,
		Summary: "Sign an operator in who comes back from the sign-in service", Rights: []quartet.Right{Anybody},
		Doc: "The service sends browsers here. The answer sets the cookie of the session, whose second factor is still to be proved, and leads to the pages of operators.",
	}, a.finishSignOn)
}

func errNoSignOn() error {
	return quartet.Errorf(quartet.ErrUnsupported, "this house has no sign-in service; sign in with the password")
}

func (a *API) finishSignOn(ctx context.Context, _ Caller, in *struct {
	State string `query:"state"`
	Code  string `query:"code"`
	Error string `query:"error" doc:"Why the service lets nobody in"`
},
) (*sent, error) {
	if a.o.SignOn == nil {
		return nil, errNoSignOn()
	}
	gone := ticketCookie(ctx, "", -1)
	ticket := ""
	if c, err := visitOf(ctx).r.Cookie(gone.Name); err == nil {
		ticket = c.Value
	}
	if in.Error != "" { // in words of the service's, which are shown to nobody
		return nil, quartet.Errorf(quartet.ErrUnauthenticated, "the sign-in service did not let you in; begin again, or sign in with the password")
	}
	o, err := a.o.SignOn.Finish(ctx, frontDoor, ticket, in.State, in.Code)
	if err != nil {
		return nil, err
	}
	if err := a.enterOperator(ctx, &o, "by the sign-in service"); err != nil {
		return nil, err
	}
	return &sent{"/house/", []http.Cookie{gone}}, nil
}

// ticketCookie keeps the ticket of a sign-in with the browser that began it. It is sent along
// when the service leads back here, and read by no script.
func ticketCookie(ctx context.Context, ticket string, age int) http.Cookie {
	c := http.Cookie{Name: "quartet-sign-on", Value: ticket, Path: "/", MaxAge: age, HttpOnly: true, SameSite: http.SameSiteLaxMode} //nolint:gosec // Secure comes below, for whoever came over HTTPS
	if visitOf(ctx).sessions.Cookie.Secure {
		c.Name, c.Secure = "__Host-"+c.Name, true
	}
	return c
}
