package app

import (
	"strings"

	"quartet/internal/api"
	"quartet/internal/operator"
)

// openSignOn sets up the sign-in service of operators; nil: this house has none. The service
// itself is first asked when somebody comes.
func (h *House) openSignOn() (api.SignOn, error) {
	set := h.Config.OIDC
	if set.Issuer == "" {
		return nil, nil //nolint:nilnil // most houses have none
	}
	s := operator.Service{
		Issuer: set.Issuer, ClientID: set.ClientID, Claim: set.Claim,
		Redirect: strings.TrimRight(h.Config.Notify.Site, "/") + api.SignOnBack,
	}
	if set.ClientSecretFile != "" {
		var err error
		if s.Secret, err = secretFile("oidc.client_secret_file", set.ClientSecretFile); err != nil {
			return nil, err
		}
	}
	return operator.NewSignOn(h.Operators, s)
}
