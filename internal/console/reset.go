package console

// ResetPage asks for the address of whoever forgot a password.
type ResetPage struct{ onward }

func (ResetPage) template() string { return "reset" }
func (ResetPage) title() string    { return "重置密码" }

func (c *Console) resetPage(v *visit) (page, error) { return ResetPage{v.onward()}, nil }

func (c *Console) askToReset(v *visit) (string, error) {
	var sent sentCode
	if err := v.post("/codes", map[string]string{"purpose": "reset", "address": v.value("address")}, &sent); err != nil {
		return "", err
	}
	return sent.toCode(v.onward(), resetPath+"/code"), nil
}

// NewPasswordPage takes the code and a new password.
type NewPasswordPage struct {
	onward

	Sent sentCode
}

func (NewPasswordPage) template() string { return "newpassword" }
func (NewPasswordPage) title() string    { return "重置密码" }

func (c *Console) newPasswordPage(v *visit) (page, error) {
	p := NewPasswordPage{v.onward(), v.sent()}
	if p.Sent.ID == "" {
		v.redirect(p.Door(resetPath))
		return nil, nil //nolint:nilnil // the browser is led on
	}
	return p, nil
}

func (c *Console) reset(v *visit) (string, error) {
	in := map[string]string{"code": v.value("code"), "digits": v.value("digits"), "password": v.secret("password")}
	return v.onward().Door(signInPath, "done", "reset"), unknown(v.post("/password-resets", in, nil))
}
