package console

import "slices"

// FactorPage asks for the second factor.
type FactorPage struct {
	Next     string
	Kinds    []string
	Recovery bool // a recovery code is asked for
}

func (FactorPage) template() string  { return "factor" }
func (FactorPage) title() string     { return "两步验证" }
func (FactorPage) scripts() []string { return []string{"passkey.js"} }

// Has reports whether somebody has a second factor of a kind.
func (p FactorPage) Has(kind string) bool { return slices.Contains(p.Kinds, kind) }

// Switch leads to the other kind of code.
func (p FactorPage) Switch() string {
	with := "recovery"
	if p.Recovery {
		with = ""
	}
	return query(factorPath, "next", p.Next, "with", with)
}

func (c *Console) factorPage(v *visit) (page, error) {
	who := v.who()
	next := v.nextPage()
	switch {
	case who == nil:
		v.redirect(query(signInPath, "next", next))
		return nil, nil //nolint:nilnil // the browser is led on
	case who.Factor != "needed":
		v.redirect(next)
		return nil, nil //nolint:nilnil // likewise
	}
	p := FactorPage{Next: next, Recovery: v.r.URL.Query().Get("with") == "recovery" || v.value("with") == "recovery"}
	if who.Kind == "operator" {
		p.Kinds = []string{"totp"} // one field takes either code of theirs
		return p, nil
	}
	var factors struct {
		Kinds []string `json:"kinds"`
	}
	if err := v.get("/session/factors", &factors); err != nil {
		return nil, err
	}
	p.Kinds = factors.Kinds
	p.Recovery = p.Recovery && p.Has("recovery")
	return p, nil
}

func (c *Console) proveFactor(v *visit) (string, error) {
	path := "/session/factors/totp"
	switch who := v.who(); {
	case who != nil && who.Kind == "operator":
		path = "/session/operator/factor"
	case v.value("with") == "recovery":
		path = "/session/factors/recovery"
	}
	if err := v.post(path, map[string]string{"code": v.value("code")}, nil); err != nil {
		return "", err
	}
	return v.nextPage(), nil
}
