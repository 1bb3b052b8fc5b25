package console

import (
	"net/http"
	"net/url"
	"time"
)

const housePeoplePath = "/house/people"

func (c *Console) housePeopleRoutes() {
	c.housed("GET "+housePeoplePath, c.housePeoplePage)
	c.form("POST "+housePeoplePath, c.findPerson, c.housePeoplePage)
	c.form("POST "+housePeoplePath+"/{person}/disablement", c.disablePerson, c.housePersonAgain)
	c.form("POST "+housePeoplePath+"/{person}/enablement", c.enablePerson, c.housePeoplePage)
}

// housePerson is somebody who signs in, with the addresses masked.
type housePerson struct {
	ID         string    `json:"id"`
	Name       string    `json:"name"`
	Email      string    `json:"email"`
	Mobile     string    `json:"mobile"`
	CreatedAt  time.Time `json:"created_at"`
	DisabledAt time.Time `json:"disabled_at"`
}

// Path is where something is done with them.
func (p housePerson) Path() string { return housePeoplePath + "/" + url.PathEscape(p.ID) }

// Disabled reports whether they may not sign in.
func (p housePerson) Disabled() bool { return !p.DisabledAt.IsZero() }

// HousePeoplePage finds a person by an address. It is sent in a form, and the person stands on
// the answer: addresses are in no address of a page.
type HousePeoplePage struct {
	Found *housePerson
	Runs  bool // whoever looks may disable and enable
	Done  string
}

func (HousePeoplePage) template() string { return "housepeople" }
func (HousePeoplePage) title() string    { return "用户" }

func (c *Console) housePeoplePage(v *visit) (page, error) {
	return HousePeoplePage{Runs: v.who().May("house.write"), Done: v.done(map[string]string{"enabled": "已允许登录"})}, nil
}

func (c *Console) findPerson(v *visit) (string, error) {
	var found housePerson
	if err := unknown(v.post("/people/search", map[string]string{"address": v.value("address")}, &found)); err != nil {
		return "", err
	}
	return c.showPerson(v, found, "")
}

// showPerson answers a form with a person.
func (c *Console) showPerson(v *visit, found housePerson, done string) (string, error) {
	v.form = form{}
	c.render(v, http.StatusOK, HousePeoplePage{Found: &found, Runs: v.who().May("house.write"), Done: done})
	return "", nil
}

// housePersonAgain shows the person again beside what is wrong with the reason, as far as the
// form tells who it is.
func (c *Console) housePersonAgain(v *visit) (page, error) {
	return HousePeoplePage{Found: &housePerson{ID: v.r.PathValue("person"), Name: v.value("name")}, Runs: v.who().May("house.write")}, nil
}

func (c *Console) disablePerson(v *visit) (string, error) {
	var found housePerson
	if err := v.put(v.pathIn("/people", "person")+"/disablement", map[string]string{"reason": v.value("reason")}, &found); err != nil {
		return "", err
	}
	return c.showPerson(v, found, "已禁止登录，其所有设备已退出")
}

func (c *Console) enablePerson(v *visit) (string, error) {
	if err := v.remove(v.pathIn("/people", "person") + "/disablement"); err != nil {
		return "", err
	}
	return query(housePeoplePath, "done", "enabled"), nil
}

func housePeoplePreviews() []preview {
	lin := housePerson{ID: "p1", Name: "林晓", Email: "l***@example.com", Mobile: "138****0001", CreatedAt: previewNow.AddDate(0, -4, 0)}
	out := lin
	out.DisabledAt = previewNow
	return []preview{
		{name: "house-people", path: housePeoplePath, page: HousePeoplePage{Runs: true}},
		{name: "house-people-unknown", path: housePeoplePath, page: HousePeoplePage{Runs: true}, form: form{Values: url.Values{"address": {"nobody@example.com"}}, Detail: "没有人用这个地址登录"}},
		{name: "house-people-found", path: housePeoplePath, page: HousePeoplePage{Found: &lin, Runs: true}},
		{name: "house-people-reads", path: housePeoplePath, page: HousePeoplePage{Found: &lin}},
		{name: "house-people-disabled", path: housePeoplePath, page: HousePeoplePage{Found: &out, Runs: true, Done: "已禁止登录，其所有设备已退出"}},
	}
}
