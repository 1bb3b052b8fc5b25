package pay

import (
	"net/url"

	"quartet"
)

// NoticePath is where notices arrive; the name of the provider follows.
const NoticePath = "/api/v1/notices/"

// NoticeURL is the address that a provider sends its notices to: base is that of this
// house as the provider reaches it. Parameters are refused: providers sign without them or
// drop them.
func NoticeURL(setting, base, provider string) (string, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return "", &quartet.Error{
			Code: quartet.ErrInvalid, Field: setting,
			Message: setting + " must be the address at which the provider reaches this house, such as https://shop.example, without parameters",
		}
	}
	return u.JoinPath(NoticePath, provider).String(), nil
}

// Gateway reads the address of a gateway; empty: the provider's own.
func Gateway(setting, address string) (*url.URL, error) {
	if address == "" {
		return nil, nil //nolint:nilnil // none is what it says
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil {
		return nil, &quartet.Error{Code: quartet.ErrInvalid, Field: setting, Message: setting + " must be an address such as https://openapi.alipay.com/gateway.do"}
	}
	return u, nil
}
