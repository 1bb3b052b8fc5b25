package console

import "time"

const placesPath = "/account/places"

func (c *Console) placeRoutes() {
	c.own("GET "+placesPath, c.placesPage)
	c.form("POST "+placesPath, mine(c.choosePlace), c.placesPage)
	c.form("POST "+placesPath+"/invitations", mine(c.acceptPlace), c.placesPage)
	c.form("POST "+placesPath+"/departure", mine(c.leavePlace), c.placesPage)
}

// ownPlace is an account in which somebody has a place.
type ownPlace struct {
	Account string    `json:"account_id"`
	Name    string    `json:"name"`
	Role    string    `json:"role"`
	Since   time.Time `json:"since"`
}

// ownInvitation offers a place.
type ownInvitation struct {
	ID      string    `json:"id"`
	Name    string    `json:"account_name"`
	Role    string    `json:"role"`
	Expires time.Time `json:"expires_at"`
}

// PlacesPage is where somebody chooses the account to act for.
type PlacesPage struct {
	Next        string
	Now         string
	Places      []ownPlace
	Invitations []ownInvitation
	Done        string
}

func (PlacesPage) template() string { return "places" }
func (PlacesPage) title() string    { return "选择账户" }

// roleNames are what roles are called.
var roleNames = map[string]string{"owner": "所有者", "developer": "开发者", "finance": "财务", "reader": "只读"}

// RoleName is what a role is called.
func (PlacesPage) RoleName(role string) string { return roleNames[role] }

func (c *Console) placesPage(v *visit) (page, error) {
	var me struct {
		Accounts []ownPlace `json:"accounts"`
	}
	if err := v.get("/me", &me); err != nil {
		return nil, err
	}
	var offers list[ownInvitation]
	if err := v.get("/me/invitations?limit=200", &offers); err != nil {
		return nil, err
	}
	p := PlacesPage{Next: v.nextPage(), Places: me.Accounts, Invitations: offers.Items}
	if who := v.who(); who != nil {
		p.Now = who.Account
	}
	p.Done = v.done(map[string]string{"joined": "已加入账户", "left": "已退出账户"})
	return p, nil
}

func (c *Console) choosePlace(v *visit) (string, error) {
	return v.nextPage(), v.put("/session/account", map[string]string{"account_id": v.value("account_id")}, nil)
}

func (c *Console) acceptPlace(v *visit) (string, error) {
	return query(placesPath, "done", "joined"), unknown(v.post(pathTo("/me/invitations/", v.value("invitation"))+"/acceptance", nil, nil))
}

func (c *Console) leavePlace(v *visit) (string, error) {
	return query(placesPath, "done", "left"), unknown(v.remove(pathTo("/me/accounts/", v.value("place"))))
}

func placePreviews() []preview {
	since := previewNow.AddDate(0, -3, 0)
	return []preview{
		{name: "places", path: placesPath, page: PlacesPage{
			Next: homePath, Now: "acme",
			Places:      []ownPlace{{"acme", "测试贸易有限公司", "owner", since}, {"beta", "示例物流有限公司", "finance", since.AddDate(0, 1, 9)}},
			Invitations: []ownInvitation{{"i1", "虚构租赁有限公司", "developer", previewNow.AddDate(0, 0, 5)}},
		}},
		{name: "places-none", path: placesPath, page: PlacesPage{Next: homePath}},
	}
}
