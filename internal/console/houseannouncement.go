package console

import (
	"cmp"
	"net/http"
	"slices"
	"time"
)

const houseAnnouncementsPath = "/house/announcements"

func (c *Console) tellingRoutes() {
	c.housed("GET "+houseAnnouncementsPath, c.houseAnnouncementsPage)
	c.housed("GET "+houseAnnouncementsPath+"/new", c.houseAnnouncementNewPage)
	c.form("POST "+houseAnnouncementsPath+"/preview", c.previewAnnouncement, c.houseAnnouncementNewPage)
	c.form("POST "+houseAnnouncementsPath, c.publishAnnouncement, c.houseAnnouncementNewPage)
	c.housed("GET "+houseAnnouncementsPath+"/{announcement}", c.houseAnnouncementPage)
	c.form("POST "+houseAnnouncementsPath+"/{announcement}/withdrawal", c.withdrawAnnouncement, c.houseAnnouncementPage)
}

// telling is an announcement with what it changes.
type telling struct {
	announced

	Products []string      `json:"product_ids"`
	Applied  time.Time     `json:"applied_at"`
	Changes  []tellingFact `json:"changes"`
}

// House is its page in the house.
func (a telling) House() string { return pathTo(houseAnnouncementsPath+"/", a.ID) }

// tellingFact is one thing that an announcement changes.
type tellingFact struct {
	Kind    string      `json:"kind"`
	Product string      `json:"product_id,omitempty"`
	Units   *unitCharge `json:"units,omitempty"`
	Plan    string      `json:"plan_id,omitempty"`
	Next    *planNext   `json:"next_plan,omitempty"`
}

// planNext is a plan that takes the place of another one.
type planNext struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Units  int64  `json:"units"`
	Price  int64  `json:"price_fen"`
	Months int64  `json:"months"`
}

// HouseAnnouncementsPage lists what the house said.
type HouseAnnouncementsPage struct {
	Items []telling
	Next  string
	Runs  bool
	Now   time.Time
}

func (HouseAnnouncementsPage) template() string { return "houseannouncements" }
func (HouseAnnouncementsPage) title() string    { return "公告管理" }

// Stands is where one stands now.
func (p HouseAnnouncementsPage) Stands(a telling) badge { return a.stands(p.Now) }

func (a telling) stands(now time.Time) badge {
	switch {
	case !a.Withdrawn.IsZero():
		return badge{"已撤回", "secondary"}
	case a.Effective.After(now):
		return badge{"待生效", "blue"}
	}
	return badge{"已生效", "green"}
}

func (c *Console) houseAnnouncementsPage(v *visit) (page, error) {
	var some list[telling]
	if err := v.get(query("/announcements", "limit", "30", "after", v.r.URL.Query().Get("after")), &some); err != nil {
		return nil, err
	}
	p := HouseAnnouncementsPage{Items: some.Items, Runs: v.who().May("house.write"), Now: c.o.Now()}
	if some.Next != "" {
		p.Next = query(houseAnnouncementsPath, "after", some.Next)
	}
	return p, nil
}

// HouseAnnouncementPage is one of them. It can be taken back until it takes effect.
type HouseAnnouncementPage struct {
	Of    telling
	Runs  bool
	Now   time.Time
	Done  string
	Names map[string]string
}

func (HouseAnnouncementPage) template() string { return "houseannouncement" }
func (p HouseAnnouncementPage) title() string  { return p.Of.Title }

// Stands is where it stands now, Waits whether it can still be taken back.
func (p HouseAnnouncementPage) Stands() badge { return p.Of.stands(p.Now) }

func (p HouseAnnouncementPage) Waits() bool {
	return p.Of.Withdrawn.IsZero() && p.Of.Applied.IsZero() && p.Of.Effective.After(p.Now)
}

func (c *Console) houseAnnouncementPage(v *visit) (page, error) {
	p := HouseAnnouncementPage{Runs: v.who().May("house.write"), Now: c.o.Now(), Done: v.done(map[string]string{"published": "公告已发布，相关买家会收到通知", "withdrawn": "公告已撤回，不会生效"})}
	if err := v.get(pathTo("/announcements/", v.r.PathValue("announcement")), &p.Of); err != nil {
		return nil, err
	}
	var err error
	p.Names, err = v.productNames()
	return p, err
}

func (c *Console) withdrawAnnouncement(v *visit) (string, error) {
	at := v.r.PathValue("announcement")
	return query(pathTo(houseAnnouncementsPath+"/", at), "done", "withdrawn"), v.put(pathTo("/announcements/", at)+"/withdrawal", nil, nil)
}

// tellingKinds are what an announcement can be about.
var tellingKinds = []choice{{Value: "price", Label: "价格调整"}, {Value: "charge_table", Label: "计费调整"}, {Value: "maintenance", Label: "计划维护"}, {Value: "other", Label: "其他通知"}}

// HouseAnnouncementNewPage is where one is written. What kind it is stands in the address, as
// it says which fields there are.
type HouseAnnouncementNewPage struct {
	Kind     string
	Product  string // of a charge table, or that others touch
	Products []choice
	Plans    []housePlan // that can be changed
	Plan     housePlan   // that is
	Ends     bool        // nothing takes its place
	Units    unitCharge  // that verdicts cost now
}

func (HouseAnnouncementNewPage) template() string { return "houseannouncementnew" }
func (HouseAnnouncementNewPage) title() string    { return "写公告" }

// Kinds are those that can be chosen, PlanChoices the plans.
func (p HouseAnnouncementNewPage) Kinds() []choice { return chosen(tellingKinds, p.Kind) }

func (p HouseAnnouncementNewPage) PlanChoices() []choice {
	list := make([]choice, len(p.Plans))
	for i := range p.Plans {
		list[i] = choice{Value: p.Plans[i].ID, Label: p.Plans[i].Name, Chosen: p.Plans[i].ID == p.Plan.ID}
	}
	return list
}

func (c *Console) houseAnnouncementNewPage(v *visit) (page, error) {
	q := v.r.URL.Query()
	p := HouseAnnouncementNewPage{Kind: cmp.Or(v.value("kind"), q.Get("kind"), "other"), Product: cmp.Or(v.value("product_id"), q.Get("product")), Ends: v.value("change") == "plan_end"}
	if labelOf(tellingKinds, p.Kind) == "" {
		p.Kind = "other"
	}
	every, err := all[houseProduct](v, "/products")
	if err != nil {
		return nil, err
	}
	if p.Kind == "charge_table" && p.Product == "" && len(every) > 0 {
		p.Product = every[0].ID
	}
	for i := range every {
		p.Products = append(p.Products, choice{Value: every[i].ID, Label: every[i].Name, Chosen: every[i].ID == p.Product})
		if every[i].ID == p.Product {
			p.Units = every[i].Units
		}
	}
	if p.Kind != "price" {
		return p, nil
	}
	plans, err := all[housePlan](v, "/plans")
	if err != nil {
		return nil, err
	}
	wanted := cmp.Or(v.value("plan_id"), q.Get("plan"))
	for i := range plans {
		if plans[i].stands(c.o.Now()).Words == "已停售" || plans[i].Trial {
			continue
		}
		p.Plans = append(p.Plans, plans[i])
		if plans[i].ID == wanted || p.Plan.ID == "" {
			p.Plan = plans[i]
		}
	}
	slices.SortStableFunc(p.Plans, housePlan.before)
	return p, nil
}

// announcement is what the form says.
func (v *visit) announcement() (map[string]any, error) {
	kind := v.value("kind")
	in := map[string]any{"kind": kind, "title": v.value("title"), "text": lines(v.value("text"))}
	for _, name := range []string{"title_en", "text_en"} {
		if text := lines(v.value(name)); text != "" {
			in[name] = text
		}
	}
	at, err := v.when("effective_at")
	if err != nil {
		return nil, err
	}
	if !at.IsZero() {
		in["effective_at"] = at
	}
	switch kind {
	case "charge_table":
		units := v.charge()
		in["changes"] = []tellingFact{{Kind: kind, Product: v.value("product_id"), Units: &units}}
	case "price":
		change := tellingFact{Kind: v.value("change"), Plan: v.value("plan_id")}
		if change.Kind == "plan_follow" {
			price, err := v.fen("price_fen")
			if err != nil {
				return nil, err
			}
			change.Next = &planNext{v.value("id"), v.value("name"), v.number("units"), price, v.number("months")}
		}
		in["changes"] = []tellingFact{change}
	default:
		if id := v.value("product_id"); id != "" {
			in["product_ids"] = []string{id}
		}
	}
	return in, nil
}

// HouseAnnouncementPreviewPage is what buyers would see if something were announced, with the
// form that announces it.
type HouseAnnouncementPreviewPage struct {
	Announcement telling      `json:"announcement"`
	Offers       []houseOffer `json:"offers"`
	Fields       []kept       `json:"-"`
}

func (HouseAnnouncementPreviewPage) template() string { return "houseannouncementpreview" }
func (HouseAnnouncementPreviewPage) title() string    { return "公告预览" }

func (c *Console) previewAnnouncement(v *visit) (string, error) {
	in, err := v.announcement()
	if err != nil {
		return "", err
	}
	p := HouseAnnouncementPreviewPage{Fields: keptOf(v.form.Values)}
	if err := v.post("/announcements/preview", in, &p); err != nil {
		return "", err
	}
	c.render(v, http.StatusOK, p)
	return "", nil
}

func (c *Console) publishAnnouncement(v *visit) (string, error) {
	in, err := v.announcement()
	if err != nil {
		return "", err
	}
	var made telling
	if err := v.post("/announcements", in, &made); err != nil {
		return "", err
	}
	return query(made.House(), "done", "published"), nil
}
