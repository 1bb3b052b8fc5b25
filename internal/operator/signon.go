package operator

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"quartet"
	"quartet/internal/audit"
)

// Service says which sign-in service (OpenID Connect) vouches for operators in the place of
// their passwords. Their second factor is still asked for.
type Service struct {
	Issuer   string // https://…
	ClientID string
	Secret   string // of the client; empty: it has none, and PKCE alone protects it
	Claim    string // that tells who somebody is: "email", which must be verified, or "sub"
	Redirect string // where the service sends people back to
}

// Check is ErrInvalid for what cannot be asked.
func (s *Service) Check() error {
	wrong := func(field, message string) error {
		return &quartet.Error{Code: quartet.ErrInvalid, Field: "oidc." + field, Message: "oidc." + field + ": " + message}
	}
	switch {
	case !safe(s.Issuer):
		return wrong("issuer", "the address of the sign-in service begins with https://")
	case s.ClientID == "":
		return wrong("client_id", "say as whom this house is known at the sign-in service")
	case !safe(s.Redirect):
		return wrong("redirect", "say the public address of this house, beginning with https://, that is registered at the sign-in service")
	case CheckClaim(s.Claim) != nil:
		return wrong("claim", "an operator is told by email or by sub")
	}
	return nil
}

// CheckClaim is ErrInvalid for what does not tell who somebody is.
func CheckClaim(claim string) error {
	if claim != "email" && claim != "sub" {
		return &quartet.Error{Code: quartet.ErrInvalid, Field: "claim", Message: "an operator is told by email or by sub"}
	}
	return nil
}

// safe reports whether nobody on the way can read or answer in the place of an address:
// HTTPS, or this machine.
func safe(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}

// SignOn lets operators in whom a sign-in service vouches for. Safe for concurrent use.
type SignOn struct {
	roster  *Roster
	service Service
	client  *http.Client

	mu       sync.Mutex
	provider *oidc.Provider // nil: not met yet
}

// serviceTimeout bounds one question to the service.
const serviceTimeout = 10 * time.Second

// NewSignOn makes the door of a sign-in service, which is first asked when somebody comes.
// ErrInvalid as of Check.
func NewSignOn(r *Roster, s Service) (*SignOn, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	return &SignOn{roster: r, service: s, client: &http.Client{Timeout: serviceTimeout}}, nil
}

const (
	signingOn  = "operator.signon"
	signOnTime = 10 * time.Minute
)

// underWay is what is remembered between Begin and Finish.
type underWay struct {
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
}

// Begin says where somebody who wants in is sent to, and gives a ticket that stays with the
// browser: only there Finish may go on. ErrUnavailable: the service cannot be reached.
func (s *SignOn) Begin(ctx context.Context) (address, with string, err error) {
	conf, _, err := s.meet(ctx)
	if err != nil {
		return "", "", err
	}
	with = ticket()
	w := underWay{State: ticket(), Nonce: ticket(), Verifier: oauth2.GenerateVerifier()}
	plain, err := json.Marshal(w)
	if err != nil {
		return "", "", err
	}
	r := s.roster
	id := r.hasher.Sum("sign-on", with)
	c := quartet.Ceremony{ID: id, Kind: signingOn, Sealed: r.ring.Seal(plain, id.String()), Expires: r.now().Add(signOnTime)}
	if err := r.store.PutCeremony(ctx, c); err != nil {
		return "", "", err
	}
	return conf.AuthCodeURL(w.State, oidc.Nonce(w.Nonce), oauth2.S256ChallengeOption(w.Verifier)), with, nil
}

// Finish tells the operator who comes back from the service with a state and a code; by is
// the door. ErrUnauthenticated: it was not begun in this browser, or too long ago, or the
// service does not vouch for anybody whom an operator is known as.
func (s *SignOn) Finish(ctx context.Context, by, with, state, code string) (quartet.Operator, error) {
	r := s.roster
	id := r.hasher.Sum("sign-on", with)
	c, err := r.store.TakeCeremony(ctx, id, r.now())
	if err != nil && quartet.CodeOf(err) != quartet.ErrNotFound {
		return quartet.Operator{}, err
	}
	if err != nil || c.Kind != signingOn {
		return quartet.Operator{}, quartet.Errorf(quartet.ErrUnauthenticated, "this sign-in was not begun in this browser, or more than ten minutes ago; begin again")
	}
	plain, err := r.ring.Unseal(c.Sealed, id.String())
	if err != nil {
		return quartet.Operator{}, err
	}
	var w underWay
	if err := json.Unmarshal(plain, &w); err != nil {
		return quartet.Operator{}, err
	}
	if subtle.ConstantTimeCompare([]byte(state), []byte(w.State)) != 1 {
		return quartet.Operator{}, s.refuse(ctx, by, "a sign-in that another one was mixed into", nil)
	}
	conf, provider, err := s.meet(ctx)
	if err != nil {
		return quartet.Operator{}, err
	}
	ctx = oidc.ClientContext(ctx, s.client)
	token, err := conf.Exchange(ctx, code, oauth2.VerifierOption(w.Verifier))
	if err != nil {
		return quartet.Operator{}, s.refuse(ctx, by, "a code that the sign-in service does not take", err)
	}
	raw, _ := token.Extra("id_token").(string)
	said, err := provider.VerifierContext(ctx, &oidc.Config{ClientID: s.service.ClientID, Now: r.now}).Verify(ctx, raw)
	if err != nil || subtle.ConstantTimeCompare([]byte(said.Nonce), []byte(w.Nonce)) != 1 {
		return quartet.Operator{}, s.refuse(ctx, by, "a token that is not the sign-in service's answer to this sign-in", err)
	}
	who, err := s.who(said)
	if err != nil {
		return quartet.Operator{}, s.refuse(ctx, by, "somebody whose e-mail address the sign-in service has not verified", err)
	}
	o, err := r.find(ctx, func(o *quartet.Operator) bool { return o.SignOn == r.signOnHash(s.service.Claim, who) })
	if quartet.CodeOf(err) == quartet.ErrNotFound {
		return quartet.Operator{}, s.refuse(ctx, by, "somebody whom the sign-in service knows, and no operator is known as", nil)
	}
	return o, err
}

// refuse writes a failure to the audit and answers it; of all but the first cause the answer
// tells nothing.
func (s *SignOn) refuse(ctx context.Context, by, detail string, cause error) error {
	return s.roster.refuse(ctx, by, "", detail, time.Time{}, &quartet.Error{
		Code: quartet.ErrUnauthenticated, Cause: cause,
		Message: "the sign-in service did not vouch for an operator of this house; begin again, or sign in with the password",
	})
}

// who is the claim that tells who somebody is.
func (s *SignOn) who(said *oidc.IDToken) (string, error) {
	if s.service.Claim == "sub" {
		return said.Subject, nil
	}
	var claims struct {
		Email    string `json:"email"`
		Verified bool   `json:"email_verified"`
	}
	if err := said.Claims(&claims); err != nil {
		return "", err
	}
	if claims.Email == "" || !claims.Verified {
		return "", quartet.Errorf(quartet.ErrUnauthenticated, "the e-mail address is not verified")
	}
	return claims.Email, nil
}

// meet asks the service, once, where what is. One that cannot be reached is asked again by
// the next who comes.
func (s *SignOn) meet(ctx context.Context) (*oauth2.Config, *oidc.Provider, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.provider == nil {
		p, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), s.client), s.service.Issuer)
		if err != nil {
			return nil, nil, &quartet.Error{Code: quartet.ErrUnavailable, Message: "the sign-in service cannot be asked now; sign in with the password", Cause: err}
		}
		s.provider = p
	}
	return &oauth2.Config{
		ClientID: s.service.ClientID, ClientSecret: s.service.Secret, Endpoint: s.provider.Endpoint(), RedirectURL: s.service.Redirect,
		Scopes: []string{oidc.ScopeOpenID, "email"},
	}, s.provider, nil
}

func (r *Roster) signOnHash(claim, who string) quartet.Fingerprint {
	if claim == "email" {
		who = strings.ToLower(who)
	}
	return r.hasher.Sum("who at the sign-in service", claim, who)
}

// Link says as whom the sign-in service knows an operator: the value of that claim. An empty
// one takes it back. It is kept as a keyed hash alone. ErrInvalid, ErrNotFound; ErrConflict:
// another operator is known as that.
func (r *Roster) Link(ctx context.Context, by, name, claim, who string) error {
	if err := CheckClaim(claim); err != nil {
		return err
	}
	o, err := r.Find(ctx, name)
	if err != nil {
		return err
	}
	if len(who) > 255 || strings.TrimSpace(who) != who {
		return &quartet.Error{Code: quartet.ErrInvalid, Field: "sign_on", Message: "this is nobody whom a sign-in service knows: it is too long or has blanks around it"}
	}
	if who == "" {
		return r.store.SetSignOn(ctx, o.ID, quartet.Fingerprint{}, audit.Entry(r.now(), by, "operator.unlink", o.ID, o.Name))
	}
	return r.store.SetSignOn(ctx, o.ID, r.signOnHash(claim, who), audit.Entry(r.now(), by, "operator.link", o.ID, o.Name+", by "+claim))
}
