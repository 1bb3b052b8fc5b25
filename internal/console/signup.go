package console

// SignUpPage asks where a code shall be sent.
type SignUpPage struct {
	onward

	Invitation string
}

func (SignUpPage) template() string { return "signup" }
func (SignUpPage) title() string    { return "注册" }

func (c *Console) signUpPage(v *visit) (page, error) {
	return SignUpPage{v.onward(), v.invitation()}, nil
}

// invitation is the one that somebody follows.
func (v *visit) invitation() string {
	if v.form.Values.Has("invitation") {
		return v.value("invitation")
	}
	return v.r.URL.Query().Get("invitation")
}

func (c *Console) askToSignUp(v *visit) (string, error) {
	var sent sentCode
	if err := v.post("/codes", map[string]string{"purpose": "signup", "address": v.value("address")}, &sent); err != nil {
		return "", err
	}
	return sent.toCode(v.onward(), signUpPath+"/code", "invitation", v.invitation()), nil
}

// RegisterPage takes the code and makes a person.
type RegisterPage struct {
	onward

	Sent       sentCode
	Invitation string
}

func (RegisterPage) template() string { return "register" }
func (RegisterPage) title() string    { return "注册" }

// Again is where another code is asked for.
func (p RegisterPage) Again() string { return p.Door(signUpPath, "invitation", p.Invitation) }

func (c *Console) registerPage(v *visit) (page, error) {
	p := RegisterPage{v.onward(), v.sent(), v.invitation()}
	if p.Sent.ID == "" {
		v.redirect(p.Again())
		return nil, nil //nolint:nilnil // the browser is led on
	}
	return p, nil
}

func (c *Console) register(v *visit) (string, error) {
	in := map[string]string{"code": v.value("code"), "digits": v.value("digits"), "name": v.value("name"), "password": v.secret("password")}
	if invitation := v.invitation(); invitation != "" {
		in["invitation_id"] = invitation
	} else {
		in["account_name"] = v.value("account_name")
	}
	return v.nextPage(), unknown(v.post("/people", in, nil))
}
