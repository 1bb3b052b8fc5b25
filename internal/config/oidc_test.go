package config_test

import (
	"strings"
	"testing"

	"quartet/internal/config"
)

func TestLoad_TakesASignInServiceThatIsWhole(t *testing.T) {
	for _, text := range []string{
		"site: https://shop.example\noidc: {issuer: https://id.example, client_id: quartet, client_secret_file: /run/secret, claim: sub}",
		"site: http://localhost:8080\noidc: {issuer: \"http://127.0.0.1:9000/oidc\", client_id: quartet}",
	} {
		got, err := config.Parse("q.yaml", []byte(text))
		if err != nil || got.OIDC.ClientID != "quartet" || got.OIDC.Claim == "" {
			t.Errorf("%+v, %v", got.OIDC, err)
		}
	}
}

func TestLoad_RefusesASignInServiceByHalf(t *testing.T) {
	const site, issuer = "site: https://shop.example\n", "issuer: https://id.example"
	for name, tt := range map[string]struct{ text, want string }{
		"an issuer in clear":          {site + "oidc: {issuer: http://id.example, client_id: quartet}", "oidc.issuer: must be an address that begins with https://"},
		"no client":                   {site + "oidc: {" + issuer + "}", "oidc.client_id: is missing"},
		"a client of nobody":          {site + "oidc: {client_id: quartet}", "oidc.issuer: is missing"},
		"a secret of nobody":          {site + "oidc: {client_secret_file: /run/secret}", "oidc.issuer: is missing"},
		"another claim":               {site + "oidc: {" + issuer + ", client_id: quartet, claim: name}", "oidc.claim: must be email or sub"},
		"no way back":                 {"oidc: {" + issuer + ", client_id: quartet}", "site: must be an address that begins with https://"},
		"a way back that can be read": {"site: http://shop.example\noidc: {" + issuer + ", client_id: quartet}", "site: must be an address that begins with https://"},
	} {
		if _, err := config.Parse("q.yaml", []byte(tt.text)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
