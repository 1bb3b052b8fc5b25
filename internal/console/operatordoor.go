package console

import (
	"net/http"
	"time"
)

// operatorDoorRoutes are how operators sign in and guard their sign-in.
func (c *Console) operatorDoorRoutes() {
	c.open("GET "+houseDoorPath, c.houseSignInPage)
	c.form("POST "+houseDoorPath, c.houseSignIn, c.houseSignInPage)
	c.housed("GET "+houseSecurityPath, c.houseSecurityPage)
	c.form("POST "+houseSecurityPath+"/factor", c.beginOperatorFactor, c.houseSecurityPage)
	c.form("POST "+houseSecurityPath+"/factor/code", c.confirmOperatorFactor, c.operatorFactorAgain)
	c.form("POST "+houseSecurityPath+"/sessions/end", c.endOperatorSession, c.houseSecurityPage)
}

// HouseSignInPage is where operators sign in.
type HouseSignInPage struct {
	Next   string
	SignOn bool // a sign-in service vouches for operators as well
	Other  bool // a buyer is signed in, whom this signs out
}

func (HouseSignInPage) template() string { return "housesignin" }
func (HouseSignInPage) title() string    { return "运营后台登录" }

func (c *Console) houseSignInPage(v *visit) (page, error) {
	who := v.who()
	return HouseSignInPage{Next: local(v.nextPage(), housePath), SignOn: c.o.SignOn, Other: who != nil && who.Kind != "operator"}, nil
}

func (c *Console) houseSignIn(v *visit) (string, error) {
	in := map[string]string{"name": v.value("name"), "password": v.secret("password")}
	if err := v.post("/session/operator", in, nil); err != nil {
		return "", err
	}
	return local(v.value("next"), housePath), nil
}

// HouseSecurityPage is what operators do about their own sign-in.
type HouseSecurityPage struct {
	Name, Role string
	Factor     string // none, enrol or proved
	Sessions   []ownSession
	Done       string
}

func (HouseSecurityPage) template() string { return "housesecurity" }
func (HouseSecurityPage) title() string    { return "登录与安全" }

var houseSecurityDone = map[string]string{"session": "该设备已退出登录", "password": "密码已修改，其他设备已退出登录"} //nolint:gosec // what is told, not a password

func (c *Console) houseSecurityPage(v *visit) (page, error) {
	who := v.who()
	p := HouseSecurityPage{Name: who.Name, Role: who.HouseRole(), Factor: who.Factor, Done: v.done(houseSecurityDone)}
	if p.Factor == "enrol" { // nothing else is told before
		return p, nil
	}
	var sessions list[ownSession]
	err := v.get("/sessions?limit=200", &sessions)
	p.Sessions = sessions.Items
	return p, err
}

// beginOperatorFactor answers by itself: the secret stands in no address.
func (c *Console) beginOperatorFactor(v *visit) (string, error) {
	var made struct {
		Ticket string `json:"ticket"`
		Secret string `json:"secret"`
		URL    string `json:"url"`
	}
	if err := v.post("/session/operator/enrolment", nil, &made); err != nil {
		return "", err
	}
	c.render(v, http.StatusOK, TOTPPage{Secret: made.Secret, URL: made.URL, Ticket: made.Ticket, Back: houseSecurityPath})
	return "", nil
}

// operatorFactorAgain shows the secret again beside what is wrong with the code.
func (c *Console) operatorFactorAgain(v *visit) (page, error) {
	return TOTPPage{Secret: v.value("secret"), URL: v.value("url"), Ticket: v.value("ticket"), Back: houseSecurityPath}, nil
}

func (c *Console) confirmOperatorFactor(v *visit) (string, error) {
	var got shownOnce
	if err := v.put("/session/operator/enrolment", map[string]string{"ticket": v.value("ticket"), "code": v.value("code")}, &got); err != nil {
		return "", err
	}
	c.render(v, http.StatusOK, RecoveryPage{Codes: got.Recovery, Enrolled: true, Back: housePath})
	return "", nil
}

func (c *Console) endOperatorSession(v *visit) (string, error) {
	return query(houseSecurityPath, "done", "session"), unknown(v.remove(pathTo("/sessions/", v.value("session"))))
}

func operatorDoorPreviews() []preview {
	sessions := []ownSession{
		{"s1", true, "203.0.113.7", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36", previewNow.Add(-2 * time.Hour), previewNow},
		{"s2", false, "198.51.100.20", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1", previewNow.Add(-26 * time.Hour), previewNow.Add(-3 * time.Hour)},
	}
	return []preview{
		{name: "house-sign-in", path: houseDoorPath, page: HouseSignInPage{Next: housePath, SignOn: true}, out: true},
		{name: "house-sign-in-refused", path: houseDoorPath, page: HouseSignInPage{Next: housePath, Other: true}, out: true, form: form{Values: map[string][]string{"name": {"qian"}}, Detail: "账号或密码不对"}},
		{name: "house-security", path: houseSecurityPath, page: HouseSecurityPage{Name: "qian", Role: "管理员", Factor: "proved", Sessions: sessions}},
		{name: "house-security-new", path: houseSecurityPath, page: HouseSecurityPage{Name: "qian", Role: "管理员", Factor: "enrol"}},
	}
}
