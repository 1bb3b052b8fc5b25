package console

import (
	"net/http"
	"net/url"
	"regexp"
)

// doorRoutes are the pages of signing up, in and out, the second factor, forgotten passwords,
// and what people do about themselves.
func (c *Console) doorRoutes() {
	c.open("GET /sign-in", c.signInPage)
	c.form("POST /sign-in", c.signIn, c.signInPage)
	c.form("POST /sign-out", c.signOut, c.signInPage)
	c.open("GET "+factorPath, c.factorPage)
	c.form("POST "+factorPath, c.proveFactor, c.factorPage)

	c.open("GET "+signUpPath, c.signUpPage)
	c.form("POST "+signUpPath, c.askToSignUp, c.signUpPage)
	c.open("GET "+signUpPath+"/code", c.registerPage)
	c.form("POST "+signUpPath+"/code", c.register, c.registerPage)

	c.open("GET "+resetPath, c.resetPage)
	c.form("POST "+resetPath, c.askToReset, c.resetPage)
	c.open("GET "+resetPath+"/code", c.newPasswordPage)
	c.form("POST "+resetPath+"/code", c.reset, c.newPasswordPage)

	c.placeRoutes()
	c.securityRoutes()
}

const (
	signUpPath = "/sign-up"
	resetPath  = "/password-reset"
	factorPath = "/sign-in/factor"
)

func doorPreviews() []preview {
	home := onward{homePath}
	refused := func(values map[string][]string, detail string) form { return form{Values: values, Detail: detail} }
	list := []preview{
		{name: "sign-in", path: signInPath, page: SignInPage{onward: home, Passkeys: true}, out: true},
		{name: "sign-in-refused", path: signInPath, page: SignInPage{onward: home, Passkeys: true}, out: true, form: refused(map[string][]string{"address": {"lin@example.com"}}, "账号或密码不对")},
		{name: "sign-in-reset", path: signInPath, page: SignInPage{onward: home, Reset: true}, out: true},
		{name: "factor", path: factorPath, page: FactorPage{Next: homePath, Kinds: []string{"totp", "passkey", "recovery"}}, out: true},
		{name: "factor-recovery", path: factorPath, page: FactorPage{Next: homePath, Kinds: []string{"totp", "recovery"}, Recovery: true}, out: true},
		{name: "sign-up", path: signUpPath, page: SignUpPage{onward: home}, out: true},
		{name: "sign-up-invited", path: signUpPath, page: SignUpPage{onward: home, Invitation: "i1"}, out: true},
		{name: "sign-up-code", path: signUpPath + "/code", page: RegisterPage{onward: home, Sent: sentCode{ID: "c1", To: "l***@example.com"}}, out: true},
		{name: "sign-up-code-refused", path: signUpPath + "/code", page: RegisterPage{onward: home, Sent: sentCode{ID: "c1", To: "l***@example.com"}}, out: true, form: form{
			Values: map[string][]string{"digits": {"123456"}, "name": {"林晓"}, "account_name": {"测试贸易有限公司"}, "password": {""}},
			Faults: map[string]string{"digits": "验证码不对"},
		}},
		{name: "password-reset", path: resetPath, page: ResetPage{home}, out: true},
		{name: "password-reset-code", path: resetPath + "/code", page: NewPasswordPage{onward: home, Sent: sentCode{ID: "c1", To: "139****0001"}}, out: true},
	}
	list = append(list, placePreviews()...)
	return append(list, securityPreviews()...)
}

// onward is a page of the door, which leads on to where somebody wanted to go.
type onward struct{ Next string }

// Door is the address of another page of the door that leads there, too.
func (o onward) Door(path string, pairs ...string) string {
	if o.Next != homePath {
		pairs = append(pairs, "next", o.Next)
	}
	return query(path, pairs...)
}

func (v *visit) onward() onward { return onward{v.nextPage()} }

// SignInPage is where people sign in.
type SignInPage struct {
	onward

	Reset bool // a new password was given just now
	// Passkeys can be used here: the house says where browsers find it.
	Passkeys bool
}

func (SignInPage) template() string  { return "signin" }
func (SignInPage) title() string     { return "登录" }
func (SignInPage) scripts() []string { return []string{"passkey.js"} }

func (c *Console) signInPage(v *visit) (page, error) {
	return SignInPage{v.onward(), v.r.URL.Query().Get("done") == "reset", c.o.Site != ""}, nil
}

// nextPage is where somebody wanted to go before the door stopped them.
func (v *visit) nextPage() string {
	next := v.r.URL.Query().Get("next")
	if v.form.Values.Has("next") {
		next = v.value("next")
	}
	return local(next, v.home())
}

func (c *Console) signIn(v *visit) (string, error) {
	in := map[string]string{"address": v.value("address"), "password": v.secret("password")}
	if err := v.post("/session", in, nil); err != nil {
		return "", err
	}
	return v.nextPage(), nil
}

func (c *Console) signOut(v *visit) (string, error) {
	to := signInPath
	if v.home() == housePath {
		to = houseDoorPath
	}
	return to, v.remove("/session")
}

// sentCode is a code that went to an address: what it is said with, and where it went.
type sentCode struct {
	ID string `json:"id"`
	To string `json:"address"`
}

// masked is an address as the API tells it. Nothing else is shown from a link.
var masked = regexp.MustCompile(`^(?:[\p{L}\p{N}._+-]{0,2}\*{3}@[\p{L}\p{N}.-]{1,253}|\d{3}\*{4}\d{4})$`)

// sent is the code that the page is about.
func (v *visit) sent() sentCode {
	q := v.r.URL.Query()
	s := sentCode{q.Get("code"), q.Get("to")}
	if v.form.Values.Has("code") {
		s = sentCode{v.value("code"), v.value("to")}
	}
	if !masked.MatchString(s.To) {
		s.To = ""
	}
	return s
}

// toCode is the page that asks for the digits of a code.
func (s sentCode) toCode(o onward, path string, more ...string) string {
	return o.Door(path, append([]string{"code", s.ID, "to", s.To}, more...)...)
}

// unknown keeps a code or an offer that there is not in the form where it was given.
func unknown(err error) error {
	if p := problemOf(err); p != nil && p.Status == http.StatusNotFound {
		p.Status = http.StatusUnprocessableEntity
	}
	return err
}

// own is a page for whoever is signed in with all that there is to prove, in whatever account.
func (c *Console) own(pattern string, s show) {
	c.behind(pattern, func(v *visit) string {
		to := v.ownDoor()
		if to == "" && v.who().Kind == "operator" {
			to = housePath
		}
		return to
	}, s)
}

// ownDoor is where somebody must go before they do something about themselves; "": in.
func (v *visit) ownDoor() string {
	switch who := v.who(); {
	case who == nil:
		return v.signInFor()
	case who.Factor == "needed":
		return factorPath + "?" + v.next()
	}
	return ""
}

// mine is a form of an own page: whoever has not proved all that there is to prove does that
// first.
func mine(do act) act {
	return func(v *visit) (string, error) {
		if to := v.ownDoor(); to != "" {
			return to, nil
		}
		return do(v)
	}
}

// pathTo is a path with an id in it.
func pathTo(prefix, id string) string { return prefix + url.PathEscape(id) }
