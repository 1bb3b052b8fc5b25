package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/oauth2-proxy/mockoidc"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/config"
	"quartet/internal/pay/paytest"
)

func TestSignOn_SendsOperatorsToTheServiceOfTheSettings(t *testing.T) {
	m, err := mockoidc.Run()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Shutdown() })
	c := settings(t)
	c.Notify.Site = "https://shop.example/"
	c.OIDC = config.OIDC{Issuer: m.Issuer(), ClientID: m.ClientID, ClientSecretFile: paytest.File(t, "secret", []byte(m.ClientSecret+"\n")), Claim: "email"}
	n := start(t, c)
	stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := stay.Get(n.URL() + "/api/v1/session/operator/sign-on")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	there, err := url.Parse(answer.Header.Get("Location"))
	if err != nil || answer.StatusCode != http.StatusSeeOther || !strings.HasPrefix(there.String(), m.Issuer()) {
		t.Fatalf("%d, to %v, %v", answer.StatusCode, there, err)
	}
	if q := there.Query(); q.Get("redirect_uri") != "https://shop.example/api/v1/session/operator/sign-on/callback" || q.Get("client_id") != m.ClientID {
		t.Errorf("asked with %v", q)
	}
	if strings.Contains(n.log.String(), m.ClientSecret) || strings.Contains(there.String(), m.ClientSecret) {
		t.Error("the secret of the client is told")
	}
}

func TestSignOn_WantsTheSecretThatTheSettingsName(t *testing.T) {
	c := settings(t)
	c.Notify.Site = "https://shop.example"
	c.OIDC = config.OIDC{Issuer: "https://id.example", ClientID: "quartet", ClientSecretFile: t.TempDir() + "/none", Claim: "email"}
	if _, err := launchWith(t, app.Options{Config: config.Loaded{Config: c}}); quartet.CodeOf(err) != quartet.ErrInvalid || !strings.Contains(err.Error(), "oidc.client_secret_file") {
		t.Errorf("got %v", err)
	}
}
