package operator_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/oauth2-proxy/mockoidc"

	"quartet"
	"quartet/internal/operator"
)

// service is a sign-in service, and the house's door for who comes from there.
type service struct {
	*mockoidc.MockOIDC
	door *operator.SignOn
}

func newService(t *testing.T, d *desk, claim string) *service {
	t.Helper()
	m, err := mockoidc.Run()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Shutdown() })
	s := &service{MockOIDC: m}
	s.door, err = operator.NewSignOn(d.Roster, operator.Service{
		Issuer: m.Issuer(), ClientID: m.ClientID, Secret: m.ClientSecret, Claim: claim, Redirect: "https://house.example/back",
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// come is somebody who is sent to the service, signs in there as the next in its queue, and
// is sent back with a state and a code.
func (s *service) come(t *testing.T) (ticket, state, code string) {
	t.Helper()
	address, ticket, err := s.door.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	back, err := answer.Location()
	if err != nil {
		t.Fatalf("%s: %v", answer.Status, err)
	}
	if !strings.HasPrefix(back.String(), "https://house.example/back?") {
		t.Fatalf("sent back to %s", back)
	}
	return ticket, back.Query().Get("state"), back.Query().Get("code")
}

func newRealDesk(t *testing.T) *desk {
	t.Helper()
	d := newDesk(t)
	d.now = time.Now() // as the service's
	return d
}

func link(t *testing.T, d *desk, name, claim, who string) {
	t.Helper()
	if err := d.Link(t.Context(), "zhang", name, claim, who); err != nil {
		t.Fatal(err)
	}
}

func TestSignOn_LetsInWhomTheServiceVouchesFor(t *testing.T) {
	for claim, who := range map[string]string{"email": "Li@Example.com", "sub": "4711"} {
		t.Run(claim, func(t *testing.T) {
			d := newRealDesk(t)
			d.add(t, "zhang")
			li := d.add(t, "li")
			s := newService(t, d, claim)
			link(t, d, "li", claim, who)
			s.QueueUser(&mockoidc.MockUser{Subject: "4711", Email: "li@example.com", EmailVerified: true})
			ticket, state, code := s.come(t)
			o, err := s.door.Finish(t.Context(), door, ticket, state, code)
			if err != nil || o.ID != li.ID {
				t.Fatalf("%s, %v", o.Name, err)
			}
			if _, err := s.door.Finish(t.Context(), door, ticket, state, code); quartet.CodeOf(err) != quartet.ErrUnauthenticated {
				t.Errorf("a second time: %v", err)
			}
			for _, line := range d.audit(t) {
				if strings.Contains(strings.ToLower(line), "li@") || strings.Contains(line, "4711") {
					t.Errorf("the audit says %q", line)
				}
			}
		})
	}
}

func TestSignOn_RefusesEverybodyElse(t *testing.T) {
	known := &mockoidc.MockUser{Subject: "1", Email: "li@example.com", EmailVerified: true}
	for _, tt := range []struct {
		name string
		user *mockoidc.MockUser
		turn func(d *desk, ticket, state, code *string)
		said string // in the audit; empty: nothing
	}{
		{"somebody who is no operator", &mockoidc.MockUser{Subject: "2", Email: "wang@example.com", EmailVerified: true}, nil, "no operator is known as"},
		{"an address that anybody can claim", &mockoidc.MockUser{Subject: "1", Email: "li@example.com"}, nil, "has not verified"},
		{"somebody without an address", &mockoidc.MockUser{Subject: "1", EmailVerified: true}, nil, "has not verified"},
		{"another state", known, func(_ *desk, _, state, _ *string) { *state += "0" }, "another one was mixed into"},
		{"another code", known, func(_ *desk, _, _, code *string) { *code = "guessed" }, "does not take"},
		{"another browser", known, func(_ *desk, ticket, _, _ *string) { *ticket = "0123" }, ""},
		{"too late", known, func(d *desk, _, _, _ *string) { d.now = d.now.Add(10 * time.Minute) }, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newRealDesk(t)
			d.add(t, "li")
			s := newService(t, d, "email")
			link(t, d, "li", "email", "li@example.com")
			s.QueueUser(tt.user)
			ticket, state, code := s.come(t)
			if tt.turn != nil {
				tt.turn(d, &ticket, &state, &code)
			}
			if o, err := s.door.Finish(t.Context(), door, ticket, state, code); quartet.CodeOf(err) != quartet.ErrUnauthenticated {
				t.Errorf("%q is let in: %v", o.Name, err)
			}
			if last := d.audit(t)[0]; tt.said != "" && (!strings.Contains(last, "operator.refused") || !strings.Contains(last, tt.said)) {
				t.Errorf("the audit says %q", last)
			}
		})
	}
}

// A code of one sign-in that is put into another one in the same browser opens nothing: the
// service wants the verifier of the sign-in that the code is of.
func TestSignOn_BindsACodeToItsSignIn(t *testing.T) {
	d := newRealDesk(t)
	d.add(t, "li")
	s := newService(t, d, "email")
	link(t, d, "li", "email", "li@example.com")
	for range 2 {
		s.QueueUser(&mockoidc.MockUser{Subject: "1", Email: "li@example.com", EmailVerified: true})
	}
	_, _, stolen := s.come(t)
	ticket, state, _ := s.come(t)
	if _, err := s.door.Finish(t.Context(), door, ticket, state, stolen); quartet.CodeOf(err) != quartet.ErrUnauthenticated {
		t.Errorf("let in: %v", err)
	}
}

func TestSignOn_LetsNobodyInWhoIsGoneOrUnlinked(t *testing.T) {
	for name, leave := range map[string]func(d *desk) error{
		"gone":     func(d *desk) error { return d.Remove(t.Context(), "zhang", "li") },
		"unlinked": func(d *desk) error { return d.Link(t.Context(), "zhang", "li", "email", "") },
	} {
		t.Run(name, func(t *testing.T) {
			d := newRealDesk(t)
			d.add(t, "zhang")
			d.add(t, "li")
			s := newService(t, d, "email")
			link(t, d, "li", "email", "li@example.com")
			if err := leave(d); err != nil {
				t.Fatal(err)
			}
			s.QueueUser(&mockoidc.MockUser{Subject: "1", Email: "li@example.com", EmailVerified: true})
			ticket, state, code := s.come(t)
			if _, err := s.door.Finish(t.Context(), door, ticket, state, code); quartet.CodeOf(err) != quartet.ErrUnauthenticated {
				t.Errorf("let in: %v", err)
			}
			if err := d.Link(t.Context(), "zhang", "zhang", "email", "li@example.com"); err != nil {
				t.Errorf("the address given to another one: %v", err)
			}
		})
	}
}

func TestSignOn_SaysThatTheServiceIsAway(t *testing.T) {
	d := newRealDesk(t)
	s := newService(t, d, "email")
	if err := s.Shutdown(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.door.Begin(t.Context()); quartet.CodeOf(err) != quartet.ErrUnavailable || !strings.Contains(err.Error(), "password") {
		t.Errorf("got %v", err)
	}
}

func TestSignOn_AsksWithAStateANonceAndAChallenge(t *testing.T) {
	d := newRealDesk(t)
	s := newService(t, d, "email")
	seen := map[string]bool{}
	for range 2 {
		address, ticket, err := s.door.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(address)
		if err != nil || u.Query().Get("code_challenge_method") != "S256" || u.Query().Get("redirect_uri") != "https://house.example/back" {
			t.Fatalf("%s, %v", address, err)
		}
		for _, part := range []string{ticket, u.Query().Get("state"), u.Query().Get("nonce"), u.Query().Get("code_challenge")} {
			if len(part) < 32 || seen[part] {
				t.Errorf("%q in %s", part, address)
			}
			seen[part] = true
		}
	}
}

func TestService_MustBeSafeToAsk(t *testing.T) {
	good := operator.Service{Issuer: "https://id.example", ClientID: "quartet", Claim: "email", Redirect: "https://house.example/back"}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	for i, with := range []func(*operator.Service){
		func(s *operator.Service) { s.Issuer = "http://id.example" },
		func(s *operator.Service) { s.Issuer = "" },
		func(s *operator.Service) { s.Issuer = "ftp://127.0.0.1" },
		func(s *operator.Service) { s.ClientID = "" },
		func(s *operator.Service) { s.Claim = "name" },
		func(s *operator.Service) { s.Redirect = "http://house.example/back" },
	} {
		bad := good
		with(&bad)
		if err := bad.Check(); quartet.CodeOf(err) != quartet.ErrInvalid {
			t.Error(fmt.Sprint(i), err)
		}
	}
}
