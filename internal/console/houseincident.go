package console

import (
	"slices"
	"time"
)

const houseIncidentsPath = "/house/incidents"

func (c *Console) incidentRoutes() {
	c.housed("GET "+houseIncidentsPath, c.houseIncidentsPage)
	c.housed("GET "+houseIncidentsPath+"/new", c.houseIncidentNewPage)
	c.form("POST "+houseIncidentsPath, c.openIncident, c.houseIncidentNewPage)
	c.housed("GET "+houseIncidentsPath+"/{incident}", c.houseIncidentPage)
	c.form("POST "+houseIncidentsPath+"/{incident}/updates", c.updateIncident, c.houseIncidentPage)
}

// houseIncident is an outage or maintenance with how often something was said of it.
type houseIncident struct {
	toldIncident

	Updates int64 `json:"updates"`
}

// House is its page in the house, KindWords what it is.
func (i houseIncident) House() string { return pathTo(houseIncidentsPath+"/", i.ID) }

func (i houseIncident) KindWords() string {
	if i.Kind == "maintenance" {
		return "计划维护"
	}
	return "故障"
}

// HouseIncidentsPage lists outages and maintenance.
type HouseIncidentsPage struct {
	Items []houseIncident
	Open  bool // those alone that are not over
	Next  string
	Tells bool // whoever looks may tell of one
}

func (HouseIncidentsPage) template() string { return "houseincidents" }
func (HouseIncidentsPage) title() string    { return "故障与维护" }

// tells reports whether whoever looks may tell of outages: support and administrators.
func (v *visit) tells() bool { return v.who().May("house.write") || v.who().May("buyer.serve") }

func (c *Console) houseIncidentsPage(v *visit) (page, error) {
	q := v.r.URL.Query()
	p := HouseIncidentsPage{Open: q.Get("open") == "true", Tells: v.tells()}
	open := ""
	if p.Open {
		open = "true"
	}
	var some list[houseIncident]
	if err := v.get(query("/incidents", "limit", "30", "open", open, "after", q.Get("after")), &some); err != nil {
		return nil, err
	}
	p.Items = some.Items
	if some.Next != "" {
		p.Next = query(houseIncidentsPath, "open", open, "after", some.Next)
	}
	return p, nil
}

// severities are how bad it is.
var severities = []choice{{Value: "degraded", Label: "部分异常"}, {Value: "unavailable", Label: "不可用"}}

// HouseIncidentNewPage is where one is told of.
type HouseIncidentNewPage struct {
	Kind     string
	Severity string
	Products []choice
}

func (HouseIncidentNewPage) template() string { return "houseincidentnew" }
func (HouseIncidentNewPage) title() string    { return "发布故障或维护" }

// Severities are those that can be chosen.
func (p HouseIncidentNewPage) Severities() []choice { return chosen(severities, p.Severity) }

func (c *Console) houseIncidentNewPage(v *visit) (page, error) {
	p := HouseIncidentNewPage{Kind: "outage", Severity: v.value("severity")}
	if v.value("kind") == "maintenance" || v.r.URL.Query().Get("kind") == "maintenance" {
		p.Kind = "maintenance"
	}
	names, err := v.productNames()
	p.Products = named(names)
	for i := range p.Products {
		p.Products[i].Chosen = len(p.Products) == 1 || slices.Contains(v.form.Values["product_ids"], p.Products[i].Value)
	}
	return p, err
}

// timed puts the times that were typed into what is sent.
func (v *visit) timed(in map[string]any, names ...string) error {
	for _, name := range names {
		at, err := v.when(name)
		if err != nil {
			return err
		}
		if !at.IsZero() {
			in[name] = at
		}
	}
	return nil
}

func (c *Console) openIncident(v *visit) (string, error) {
	products := v.form.Values["product_ids"]
	if products == nil {
		products = []string{}
	}
	in := map[string]any{"kind": v.value("kind"), "title": v.value("title"), "severity": v.value("severity"), "text": lines(v.value("text")), "product_ids": products}
	for _, name := range []string{"title_en", "text_en"} {
		if text := lines(v.value(name)); text != "" {
			in[name] = text
		}
	}
	if err := v.timed(in, "starts_at", "ends_at"); err != nil {
		return "", err
	}
	var made houseIncident
	if err := v.post("/incidents", in, &made); err != nil {
		return "", err
	}
	return query(made.House(), "done", "opened"), nil
}

// HouseIncidentPage is one with all that was said of it, and where more is said.
type HouseIncidentPage struct {
	Incident houseIncident
	State    string // that was chosen
	Tells    bool
	Done     string
}

func (HouseIncidentPage) template() string { return "houseincident" }
func (p HouseIncidentPage) title() string  { return p.Incident.Title }

// Newest is its history, turned round.
func (p HouseIncidentPage) Newest() []toldUpdate {
	list := slices.Clone(p.Incident.History)
	slices.Reverse(list)
	return list
}

// States are those that it can go to: the API knows which follow which.
func (p HouseIncidentPage) States() []choice {
	names := []string{"investigating", "identified", "monitoring", "resolved"}
	if p.Incident.Kind == "maintenance" {
		names = []string{"under_way", "done", "cancelled"}
	}
	list := []choice{{Label: "不变", Chosen: p.State == ""}}
	for _, name := range names {
		list = append(list, choice{Value: name, Label: stateWords[name].Words, Chosen: name == p.State})
	}
	return list
}

// Severities are those that can be chosen.
func (p HouseIncidentPage) Severities() []choice { return chosen(severities, p.Incident.Severity) }

// Reopens reports whether more can be said: of maintenance until it is over, of an outage for
// a day longer.
func (p HouseIncidentPage) Reopens() bool {
	return !p.Incident.Over() || p.Incident.Kind != "maintenance"
}

func (c *Console) houseIncidentPage(v *visit) (page, error) {
	p := HouseIncidentPage{State: v.value("state"), Tells: v.tells(), Done: v.done(map[string]string{"opened": "已发布，持有相关产品次数的买家会收到站内信", "updated": "进展已发布"})}
	err := v.get(pathTo("/incidents/", v.r.PathValue("incident")), &p.Incident)
	return p, err
}

func (c *Console) updateIncident(v *visit) (string, error) {
	in := map[string]any{"seen": v.number("seen"), "text": lines(v.value("text"))}
	for _, name := range []string{"state", "severity", "text_en"} {
		if text := lines(v.value(name)); text != "" {
			in[name] = text
		}
	}
	if err := v.timed(in, "starts_at", "ends_at"); err != nil {
		return "", err
	}
	at := v.r.PathValue("incident")
	return query(pathTo(houseIncidentsPath+"/", at), "done", "updated"), v.post(pathTo("/incidents/", at)+"/updates", in, nil)
}

func houseIncidentPreviews() []preview {
	at := func(hours int) time.Time { return previewNow.Add(time.Duration(hours) * time.Hour) }
	outage := houseIncident{toldIncident{
		ID: "i1", Kind: "outage", Title: "部分调用失败", Products: []string{"1887"}, Severity: "degraded", State: "monitoring", Automatic: true, Starts: at(-2),
		History: []toldUpdate{{"investigating", "degraded", "部分调用没有得到结论，正在查明原因。", "Some calls get no verdict; we are looking into it.", at(-2)}, {"monitoring", "degraded", "调用已恢复正常，继续观察。", "", at(-1)}},
	}, 2}
	planned := houseIncident{toldIncident{ID: "i2", Kind: "maintenance", Title: "计划维护", Products: []string{"1887"}, Severity: "unavailable", State: "scheduled", Starts: at(38), Ends: at(40), History: []toldUpdate{{"scheduled", "unavailable", "维护期间无法调用，请提前安排。", "", at(-20)}}}, 1}
	products := []choice{{Value: "1887", Label: "银行卡四要素核验", Chosen: true}}
	return []preview{
		{name: "house-incidents", path: houseIncidentsPath, page: HouseIncidentsPage{Items: []houseIncident{planned, outage}, Tells: true}},
		{name: "house-incidents-empty", path: houseIncidentsPath, page: HouseIncidentsPage{Open: true, Tells: true}},
		{name: "house-incident-new", path: houseIncidentsPath + "/new", page: HouseIncidentNewPage{Kind: "outage", Products: products}},
		{name: "house-maintenance-new", path: houseIncidentsPath + "/new", page: HouseIncidentNewPage{Kind: "maintenance", Severity: "unavailable", Products: products}},
		{name: "house-incident", path: outage.House(), page: HouseIncidentPage{Incident: outage, Tells: true}},
		{name: "house-maintenance", path: planned.House(), page: HouseIncidentPage{Incident: planned, Tells: true, Done: "进展已发布"}},
	}
}
