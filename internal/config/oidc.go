package config

import (
	"net/url"
	"strings"
)

// OIDC is the sign-in service (OpenID Connect) that vouches for operators beside their
// passwords. Without an issuer there is none.
type OIDC struct {
	Issuer           string
	ClientID         string
	ClientSecretFile string // empty: the client has no secret, and PKCE alone protects it
	Claim            string // that tells who somebody is
}

func oidcSettings() []Setting {
	return []Setting{
		text("oidc.issuer", "address of the sign-in service (OpenID Connect) of operators; empty: they sign in with their passwords alone", func(c *Config) *string { return &c.OIDC.Issuer }),
		text("oidc.client_id", "as whom this house is known at the sign-in service", func(c *Config) *string { return &c.OIDC.ClientID }),
		text("oidc.client_secret_file", "file that holds the secret of that client; empty: it has none", func(c *Config) *string { return &c.OIDC.ClientSecretFile }),
		text("oidc.claim", "by what operators are told: email, which the service must have verified, or sub", func(c *Config) *string { return &c.OIDC.Claim }),
	}
}

// checkOIDC finds a sign-in service that is set up by half, or that somebody on the way
// could answer for.
func (l *Loaded) checkOIDC(bad func(key, format string, args ...any)) {
	o := l.OIDC
	if o.Claim != "email" && o.Claim != "sub" {
		bad("oidc.claim", "must be email or sub")
	}
	if o.Issuer == "" {
		if o.ClientID != "" || o.ClientSecretFile != "" {
			bad("oidc.issuer", "is missing; the client is known there")
		}
		return
	}
	if !safeAddress(o.Issuer) {
		bad("oidc.issuer", "must be an address that begins with https://, or one of this machine")
	}
	if o.ClientID == "" {
		bad("oidc.client_id", "is missing; the sign-in service asks for it")
	}
	if !safeAddress(l.Notify.Site) {
		bad("site", "must be an address that begins with https://, or one of this machine: the sign-in service sends operators back to it")
	}
}

// safeAddress reports whether nobody on the way can read or answer in the place of an
// address: HTTPS, or this machine.
func safeAddress(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http" && IsLoopback(strings.ToLower(u.Hostname())))
}
