package api

import (
	"context"
	"net/http"
	"time"

	"quartet"
	"quartet/internal/person"
)

// Registrations lets people in who are not known yet, or have forgotten their password.
type Registrations interface {
	AskToRegister(ctx context.Context, by, address string) (person.Asked, error)
	Register(ctx context.Context, by string, r person.Registration) (quartet.Person, quartet.Member, error)
	AskToReset(ctx context.Context, by, address string) (person.Asked, error)
	Reset(ctx context.Context, by, code, digits, next string) (quartet.Person, error)
}

// SignIns knows people by what they prove.
type SignIns interface {
	Authenticate(ctx context.Context, by, address, said string) (quartet.Person, error)
	ProvePassword(ctx context.Context, person, said string) error
	BeginSignIn(ctx context.Context) (person.Ceremony, error)
	FinishSignIn(ctx context.Context, by, ticket string, answer []byte) (quartet.Person, error)
	Memberships(ctx context.Context, person string) ([]quartet.Member, error)
}

// SecondFactors takes second factors.
type SecondFactors interface {
	ProveTOTP(ctx context.Context, person, said string) error
	ProveRecovery(ctx context.Context, person, said string) (int64, error)
	BeginFactor(ctx context.Context, person string) (person.Ceremony, error)
	FinishFactor(ctx context.Context, person, ticket string, answer []byte) error
	Factors(ctx context.Context, person string) ([]string, int64, error)
}

// Enrolments looks after the second factors that people have.
type Enrolments interface {
	BeginTOTP(ctx context.Context, person string) (secret, url string, err error)
	ConfirmTOTP(ctx context.Context, person, said string) ([]string, error)
	RemoveTOTP(ctx context.Context, person string) error
	RenewRecovery(ctx context.Context, person string) ([]string, error)
}

// Passkeys looks after the passkeys that people have.
type Passkeys interface {
	BeginPasskey(ctx context.Context, person string) (person.Ceremony, error)
	FinishPasskey(ctx context.Context, person, ticket, name string, answer []byte) (quartet.Passkey, []string, error)
	Passkeys(ctx context.Context, person string) ([]quartet.Passkey, error)
	RemovePasskey(ctx context.Context, person, id string) error
}

// Selves lets people look after themselves.
type Selves interface {
	Find(ctx context.Context, id string) (quartet.Person, error)
	CardOf(p quartet.Person) (person.Card, error)
	Rename(ctx context.Context, person, name string) (quartet.Person, error)
	ChangePassword(ctx context.Context, person, next string) (quartet.Person, error)
	AskToMove(ctx context.Context, person, address string) (person.Asked, error)
	Move(ctx context.Context, person, code, digits string) (quartet.Person, error)
}

// Members looks after who belongs to which account.
type Members interface {
	Members(ctx context.Context, account string) ([]person.Companion, error)
	SetRole(ctx context.Context, by, account, person string, role quartet.Role) (quartet.Member, error)
	Remove(ctx context.Context, by, account, person string) error
}

// Invitations looks after who is invited.
type Invitations interface {
	Invite(ctx context.Context, person, account, address string, role quartet.Role) (person.Offer, error)
	Offers(ctx context.Context, account string) ([]person.Offer, error)
	Withdraw(ctx context.Context, by, account, invitation string) error
	OffersTo(ctx context.Context, person string) ([]person.Offer, error)
	Accept(ctx context.Context, person, invitation string) (quartet.Member, error)
}

// Guests is what the house does for and to people.
type Guests interface {
	At(ctx context.Context, by, address string) (quartet.Person, error)
	Disable(ctx context.Context, by, person, why string) (quartet.Person, error)
	Enable(ctx context.Context, by, person string) (quartet.Person, error)
}

// Entrances are the ways in.
type Entrances interface {
	Registrations
	SignIns
	SecondFactors
}

// Own is what people look after themselves.
type Own interface {
	Selves
	Enrolments
	Passkeys
}

// Places is who belongs where.
type Places interface {
	Members
	Invitations
	Guests
}

// Persons is the desk of people.
type Persons interface {
	Entrances
	Own
	Places
}

// Card is what is shown of a person.
type Card struct {
	ID         string    `json:"id"`
	Name       string    `json:"name"`
	Email      string    `json:"email,omitempty" doc:"Masked, as z***@example.com"`
	Mobile     string    `json:"mobile,omitempty" doc:"Masked, as 139****0001"`
	CreatedAt  time.Time `json:"created_at"`
	DisabledAt time.Time `json:"disabled_at,omitzero" doc:"Since when they may not sign in"`
}

func cardOf(c *person.Card) Card {
	return Card{c.ID, c.Name, c.Email.String(), c.Mobile.String(), c.Created, c.Disabled}
}

func (a *API) cardOf(p quartet.Person, err error) (*struct{ Body Card }, error) {
	if err != nil {
		return nil, err
	}
	c, err := a.o.Persons.CardOf(p)
	if err != nil {
		return nil, err
	}
	return &struct{ Body Card }{cardOf(&c)}, nil
}

// ofPerson is the person who calls, for what leads to a second factor: it is not asked of
// operators here.
func ofPerson(c Caller) (string, error) {
	if c.Session.Operator {
		return "", quartet.Errorf(quartet.ErrForbidden, "this is for people of buyers; operators have their own")
	}
	return c.Session.Who, nil
}

func (a *API) registerGuests() {
	register(a, operation{
		ID: "findPerson", Method: http.MethodPost, Path: "/people/search", Tag: "people",
		Summary: "Who signs in with an address", Rights: []quartet.Right{quartet.MayServeBuyers, quartet.MayWatchHouse},
		Doc: "The address is in the body, since addresses of requests are logged on their way. The audit says who searched, and has the address masked.",
	}, func(ctx context.Context, c Caller, in *struct {
		Body struct {
			Address string `json:"address" maxLength:"254"`
		}
	},
	) (*struct{ Body Card }, error) {
		return a.cardOf(a.o.Persons.At(ctx, c.By(), in.Body.Address))
	})
	register(a, operation{
		ID: "disablePerson", Method: http.MethodPut, Path: "/people/{person}/disablement", Tag: "people",
		Summary: "End all sessions of a person, who may not sign in until it is taken back", Rights: []quartet.Right{quartet.MayRunHouse},
		Doc: "Why stands in the audit.",
	}, func(ctx context.Context, c Caller, in *struct {
		PersonIn
		Reason
	},
	) (*struct{ Body Card }, error) {
		return a.cardOf(a.o.Persons.Disable(ctx, c.By(), in.Person, in.Body.Reason))
	})
	register(a, operation{
		ID: "enablePerson", Method: http.MethodDelete, Path: "/people/{person}/disablement", Tag: "people", Status: http.StatusOK,
		Summary: "Let a person sign in again", Rights: []quartet.Right{quartet.MayRunHouse},
	}, func(ctx context.Context, c Caller, in *PersonIn) (*struct{ Body Card }, error) {
		return a.cardOf(a.o.Persons.Enable(ctx, c.By(), in.Person))
	})
}

// PersonIn names a person in a path.
type PersonIn struct {
	Person string `path:"person" maxLength:"64"`
}
