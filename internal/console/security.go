package console

import (
	"html/template"
	"slices"
	"strings"
	"time"
)

const (
	securityPath = "/account/security"
	passwordPath = "/account/password"
)

func (c *Console) securityRoutes() {
	c.own("GET "+securityPath, c.securityPage)
	c.form("POST "+securityPath+"/name", mine(c.rename), c.securityPage)
	c.form("POST "+securityPath+"/address", mine(c.askToMove), c.securityPage)
	c.own("GET "+securityPath+"/address", c.movePage)
	c.form("POST "+securityPath+"/address/code", mine(c.move), c.movePage)
	c.form("POST "+securityPath+"/totp", mine(c.beginTOTP), c.securityPage)
	c.form("POST "+securityPath+"/totp/code", mine(c.confirmTOTP), c.totpAgain)
	c.form("POST "+securityPath+"/totp/removal", mine(c.removeTOTP), c.securityPage)
	c.form("POST "+securityPath+"/recovery-codes", mine(c.renewRecovery), c.securityPage)
	c.form("POST "+securityPath+"/passkeys", mine(c.beginPasskey), c.securityPage)
	c.form("POST "+securityPath+"/passkeys/removal", mine(c.removePasskey), c.securityPage)
	c.form("POST "+securityPath+"/sessions/end", mine(c.endSession), c.securityPage)
	c.open("GET "+passwordPath, c.passwordPage)
	c.form("POST "+passwordPath, mine(c.changePassword), c.passwordPage)
}

// ownPasskey is a passkey of whoever looks.
type ownPasskey struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Created  time.Time `json:"created_at"`
	LastUsed time.Time `json:"last_used_at"`
}

// ownSession is where whoever looks is signed in.
type ownSession struct {
	ID     string    `json:"id"`
	Own    bool      `json:"own"`
	Origin string    `json:"origin"`
	Agent  string    `json:"agent"`
	Began  time.Time `json:"created_at"`
	Seen   time.Time `json:"seen_at"`
}

// Device is the browser and the system that a session says it is.
func (s ownSession) Device() string {
	browser, system := "", ""
	for _, b := range []struct{ mark, name string }{{"Edg", "Edge"}, {"Firefox/", "Firefox"}, {"MicroMessenger", "WeChat"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}} {
		if strings.Contains(s.Agent, b.mark) {
			browser = b.name
			break
		}
	}
	for _, o := range []struct{ mark, name string }{{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"}, {"Linux", "Linux"}} {
		if strings.Contains(s.Agent, o.mark) {
			system = o.name
			break
		}
	}
	if browser == "" || system == "" {
		const most = 40
		runes := []rune(s.Agent)
		return string(runes[:min(len(runes), most)])
	}
	return browser + " · " + system
}

// ownCard is who looks.
type ownCard struct {
	Name   string `json:"name"`
	Email  string `json:"email"`
	Mobile string `json:"mobile"`
}

// SecurityPage is what people do about themselves.
type SecurityPage struct {
	Me       ownCard
	Kinds    []string
	Left     int64 // recovery codes
	Passkeys []ownPasskey
	Offers   bool // more passkeys: the house says where browsers find it
	Sessions []ownSession
	Sent     string // the form that was refused
	Done     string
}

func (SecurityPage) template() string { return "security" }
func (SecurityPage) title() string    { return "登录与安全" }

// Has reports whether there is a second factor of a kind.
func (p SecurityPage) Has(kind string) bool { return slices.Contains(p.Kinds, kind) }

// Guarded reports whether there is any second factor, beside which recovery codes stand.
func (p SecurityPage) Guarded() bool { return p.Has("totp") || p.Has("passkey") }

// securityDone are the confirmations of what was done.
var securityDone = map[string]string{ //nolint:gosec // what is told, not a password
	"name": "姓名已修改", "address": "登录地址已修改", "password": "密码已修改，其他设备已退出登录", "totp-off": "已停用身份验证器",
	"passkey": "通行密钥已添加", "passkey-off": "通行密钥已删除", "session": "该设备已退出登录",
}

func (v *visit) securityDone(what string) string { return query(securityPath, "done", what) }

func (c *Console) securityPage(v *visit) (page, error) {
	p := SecurityPage{Offers: c.o.Site != "", Sent: v.value("_form"), Done: v.done(securityDone)}
	var factors struct {
		Kinds []string `json:"kinds"`
		Left  int64    `json:"recovery_codes_left"`
	}
	var keys list[ownPasskey]
	var sessions list[ownSession]
	for _, ask := range []struct {
		path string
		out  any
	}{{"/me", &p.Me}, {"/session/factors", &factors}, {"/me/passkeys?limit=200", &keys}, {"/sessions?limit=200", &sessions}} {
		if err := v.get(ask.path, ask.out); err != nil {
			return nil, err
		}
	}
	p.Kinds, p.Left, p.Passkeys, p.Sessions = factors.Kinds, factors.Left, keys.Items, sessions.Items
	return p, nil
}

func (c *Console) rename(v *visit) (string, error) {
	return v.securityDone("name"), v.put("/me/name", map[string]string{"name": v.value("name")}, nil)
}

func (c *Console) askToMove(v *visit) (string, error) {
	var sent sentCode
	if err := v.post("/me/address/codes", map[string]string{"address": v.value("address")}, &sent); err != nil {
		return "", err
	}
	return sent.toCode(v.onward(), securityPath+"/address"), nil
}

// MovePage takes the code that went to a new address.
type MovePage struct {
	Sent sentCode
}

func (MovePage) template() string { return "move" }
func (MovePage) title() string    { return "修改登录地址" }

func (c *Console) movePage(v *visit) (page, error) { return MovePage{Sent: v.sent()}, nil }

func (c *Console) move(v *visit) (string, error) {
	return v.securityDone("address"), unknown(v.put("/me/address", map[string]string{"code": v.value("code"), "digits": v.value("digits")}, nil))
}

func (c *Console) removePasskey(v *visit) (string, error) {
	return v.securityDone("passkey-off"), unknown(v.remove(pathTo("/me/passkeys/", v.value("passkey"))))
}

func (c *Console) endSession(v *visit) (string, error) {
	return v.securityDone("session"), unknown(v.remove(pathTo("/sessions/", v.value("session"))))
}

// PasswordPage asks for the password and for another one.
type PasswordPage struct {
	Due      bool // somebody else gave the password, and nothing else can be done before
	Operator bool
}

func (PasswordPage) template() string { return "password" }
func (PasswordPage) title() string    { return "修改密码" }

func (c *Console) passwordPage(v *visit) (page, error) {
	who := v.who()
	if who == nil {
		v.redirect(query(signInPath, "next", passwordPath))
		return nil, nil //nolint:nilnil // the browser is led on
	}
	return PasswordPage{Due: who.Due, Operator: who.Kind == "operator"}, nil
}

// changePassword proves the password itself, so that the new one is in no page between.
func (c *Console) changePassword(v *visit) (string, error) {
	if v.who().Kind == "operator" { // which proves the old one by itself
		in := map[string]string{"password": v.secret("password"), "new_password": v.secret("new_password")}
		return query(houseSecurityPath, "done", "password"), v.put("/session/operator/password", in, nil)
	}
	if err := v.post(proofPath, map[string]string{"password": v.secret("current_password")}, nil); err != nil {
		return "", err
	}
	in := map[string]string{"password": v.secret("password")}
	return v.securityDone("password"), v.put("/me/password", in, nil)
}

// totpURL is what an authenticator app reads, drawn.
func totpURL(url string) template.HTML {
	const most = 500 // more makes no code that a telephone reads
	if len(url) > most {
		return ""
	}
	drawn, err := qrCode(url)
	if err != nil {
		return "" // the secret stands beside it
	}
	return drawn
}
