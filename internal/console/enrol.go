package console

import (
	"html/template"
	"net/http"
	"time"

	"quartet/internal/web"
)

// TOTPPage shows the secret of an authenticator app and asks for its first code.
type TOTPPage struct {
	Secret, URL string
	Ticket      string // of an operator
	Back        string // the page that it began from
}

func (TOTPPage) template() string { return "totp" }
func (TOTPPage) title() string    { return "启用身份验证器" }

// QR is what the app reads.
func (p TOTPPage) QR() template.HTML { return totpURL(p.URL) }

// Action is where the first code goes.
func (p TOTPPage) Action() string {
	if p.Ticket != "" {
		return houseSecurityPath + "/factor/code"
	}
	return securityPath + "/totp/code"
}

// Groups is the secret as people type it, in fours.
func (p TOTPPage) Groups() (groups []string) {
	const four = 4
	for s := p.Secret; s != ""; s = s[min(four, len(s)):] {
		groups = append(groups, s[:min(four, len(s))])
	}
	return groups
}

// beginTOTP answers by itself: the secret stands in no address.
func (c *Console) beginTOTP(v *visit) (string, error) {
	var made struct {
		Secret string `json:"secret"`
		URL    string `json:"url"`
	}
	if err := v.post("/me/totp", nil, &made); err != nil {
		return "", err
	}
	c.render(v, http.StatusOK, TOTPPage{Secret: made.Secret, URL: made.URL, Back: securityPath})
	return "", nil
}

// totpAgain shows the secret again beside what is wrong with the code. It comes from the page
// that was sent, since the API tells it once.
func (c *Console) totpAgain(v *visit) (page, error) {
	return TOTPPage{Secret: v.value("secret"), URL: v.value("url"), Back: securityPath}, nil
}

// shownOnce are codes that stand in for a second factor.
type shownOnce struct {
	Recovery []string `json:"recovery_codes"`
}

func (c *Console) confirmTOTP(v *visit) (string, error) {
	var got shownOnce
	if err := v.put("/me/totp", map[string]string{"code": v.value("code")}, &got); err != nil {
		return "", err
	}
	c.render(v, http.StatusOK, RecoveryPage{Codes: got.Recovery, Enrolled: true, Back: securityPath})
	return "", nil
}

func (c *Console) removeTOTP(v *visit) (string, error) {
	return v.securityDone("totp-off"), v.remove("/me/totp")
}

func (c *Console) renewRecovery(v *visit) (string, error) {
	var got shownOnce
	if err := v.post("/me/recovery-codes", nil, &got); err != nil {
		return "", err
	}
	c.render(v, http.StatusOK, RecoveryPage{Codes: got.Recovery, Back: securityPath})
	return "", nil
}

// RecoveryPage shows recovery codes, once.
type RecoveryPage struct {
	Codes    []string // none: the second one that was enrolled brings no new ones
	Enrolled bool
	Back     string
}

func (RecoveryPage) template() string { return "recovery" }
func (RecoveryPage) title() string    { return "恢复码" }

// PasskeyPage is where the browser makes a passkey.
type PasskeyPage struct{}

func (PasskeyPage) template() string  { return "passkey" }
func (PasskeyPage) title() string     { return "添加通行密钥" }
func (PasskeyPage) scripts() []string { return []string{"passkey.js"} }

// enrolTime is how long a proof of the password must hold for a passkey to be made in peace.
const enrolTime = 2 * time.Minute

func (c *Console) beginPasskey(v *visit) (string, error) {
	if c.o.Now().Add(enrolTime).After(v.who().FreshTill) {
		return "", &web.Problem{Status: http.StatusForbidden, Code: codeProofNeeded}
	}
	c.render(v, http.StatusOK, PasskeyPage{})
	return "", nil
}

func securityPreviews() []preview {
	agent := "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
	phone := "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
	now := previewNow
	me := ownCard{Name: "林晓", Email: "l***@example.com"}
	sessions := []ownSession{
		{"s1", true, "203.0.113.7", agent, now.Add(-2 * time.Hour), now},
		{"s2", false, "198.51.100.20", phone, now.Add(-26 * time.Hour), now.Add(-3 * time.Hour)},
	}
	guarded := SecurityPage{
		Offers: true, Me: ownCard{"林晓", "l***@example.com", "139****0001"}, Kinds: []string{"totp", "passkey", "recovery"}, Left: 9,
		Passkeys: []ownPasskey{{"k1", "MacBook Air", now.AddDate(0, -1, 0), now.Add(-5 * time.Hour)}, {"k2", "YubiKey 5C", now.AddDate(0, -2, 3), time.Time{}}},
		Sessions: sessions,
	}
	refused := SecurityPage{Me: me, Sessions: sessions[:1], Sent: "address"}
	secret := "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP" //nolint:gosec // of nobody
	totp := TOTPPage{Secret: secret, URL: "otpauth://totp/Quartet:lin?secret=" + secret + "&issuer=Quartet", Back: securityPath}
	return []preview{
		{name: "security", path: securityPath, page: guarded},
		{name: "security-new", path: securityPath, page: SecurityPage{Me: me, Sessions: sessions[:1], Done: securityDone["name"]}},
		{name: "security-refused", path: securityPath, page: refused, form: form{
			Values: map[string][]string{"_form": {"address"}, "address": {"lin@"}}, Faults: map[string]string{"address": "地址不正确"},
		}},
		{name: "security-address", path: securityPath + "/address", page: MovePage{Sent: sentCode{"c1", "139****0001"}}},
		{name: "totp", path: securityPath + "/totp", page: totp},
		{name: "totp-refused", path: securityPath + "/totp/code", page: totp, form: form{Values: map[string][]string{"code": {"123456"}}, Detail: "验证码不对"}},
		{name: "recovery", path: securityPath + "/recovery-codes", page: RecoveryPage{Codes: []string{"7kq2-mx94", "p3ds-88vh", "zz1c-4rtw", "w0nb-5jye", "c6fa-2glx", "h9tu-7mpq", "e5ks-3dvb", "n8yr-6wca", "t2gx-9zhf", "q4jl-0ums"}, Enrolled: true, Back: securityPath}},
		{name: "recovery-kept", path: securityPath + "/totp/code", page: RecoveryPage{Enrolled: true, Back: securityPath}},
		{name: "passkey", path: securityPath + "/passkeys", page: PasskeyPage{}},
		{name: "password", path: passwordPath, page: PasswordPage{}},
		{name: "password-due", path: passwordPath, page: PasswordPage{Due: true}, form: form{Values: map[string][]string{"password": {""}}, Faults: map[string]string{"password": "密码太短"}}}, //nolint:gosec // what is told, not a password
	}
}
