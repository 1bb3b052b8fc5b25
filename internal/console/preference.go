package console

import (
	"net/http"
)

// prefer keeps the language and the colours that somebody wants, in cookies that tell nothing
// else.
func (c *Console) prefer(v *visit) (page, error) {
	if err := v.readForm(maxForm); err != nil {
		return nil, err
	}
	for name, allowed := range map[string][]string{langCookie: {"zh", "en"}, themeCookie: {"auto", "light", "dark"}} {
		for _, value := range allowed {
			if v.value(name) == value {
				http.SetCookie(v.w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: 365 * 24 * 3600, SameSite: http.SameSiteLaxMode, HttpOnly: true, Secure: c.o.Proxies.HTTPS(v.r)}) //nolint:gosec // as secure as the way here
			}
		}
	}
	v.redirect(local(v.value("next"), "/"))
	return nil, nil //nolint:nilnil // the browser is led on
}
