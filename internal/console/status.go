package console

import (
	"net/url"
	"slices"
	"time"
)

const (
	statusPath   = "/status"
	incidentPath = "/status/incidents/"
)

func (c *Console) statusRoutes() {
	c.open("GET "+statusPath, c.statusPage)
	c.open("GET "+incidentPath+"{incident}", c.incidentPage)
}

// toldUpdate is a step of an incident.
type toldUpdate struct {
	State    string    `json:"state"`
	Severity string    `json:"severity"`
	Text     string    `json:"text"`
	TextEN   string    `json:"text_en"`
	At       time.Time `json:"at"`
}

// In is what was said, in a language; in Chinese where there is no other.
func (u toldUpdate) In(lang string) string {
	if lang == string(english) && u.TextEN != "" {
		return u.TextEN
	}
	return u.Text
}

// toldIncident is an outage or maintenance.
type toldIncident struct {
	ID        string       `json:"id"`
	Kind      string       `json:"kind"`
	Title     string       `json:"title"`
	TitleEN   string       `json:"title_en"`
	Products  []string     `json:"product_ids"`
	Severity  string       `json:"severity"`
	State     string       `json:"state"`
	Automatic bool         `json:"automatic"`
	Starts    time.Time    `json:"starts_at"`
	Ends      time.Time    `json:"ends_at"`
	Ended     time.Time    `json:"ended_at"`
	History   []toldUpdate `json:"history"`
}

// In is its title, likewise.
func (i toldIncident) In(lang string) string {
	if lang == string(english) && i.TitleEN != "" {
		return i.TitleEN
	}
	return i.Title
}

// Path is where all of it is told.
func (i toldIncident) Path() string { return incidentPath + url.PathEscape(i.ID) }

// Over reports whether it has come to its end.
func (i toldIncident) Over() bool { return !i.Ended.IsZero() }

// stateWords are what the states of incidents and products are called, with their colours.
var stateWords = map[string]badge{
	"operational": {"正常", "green"}, "maintenance": {"维护中", "blue"}, "degraded": {"部分异常", "yellow"}, "unavailable": {"不可用", "red"},
	"investigating": {"正在调查", "red"}, "identified": {"已找到原因", "orange"}, "monitoring": {"观察中", "yellow"}, "resolved": {"已恢复", "green"},
	"scheduled": {"已计划", "blue"}, "under_way": {"维护中", "blue"}, "done": {"已完成", "green"}, "cancelled": {"已取消", "secondary"},
}

// badge is a word with a colour.
type badge struct{ Words, Colour string }

// Badge is the word for its state.
func (i toldIncident) Badge() badge { return stateWords[i.State] }

// Badge is the word for the state after the update.
func (u toldUpdate) Badge() badge { return stateWords[u.State] }

// standing is how a product does.
type standing struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	State string `json:"state"`
}

// Badge is the word for it.
func (s standing) Badge() badge { return stateWords[s.State] }

// StatusPage is how the house does.
type StatusPage struct {
	Products []standing     `json:"products"`
	Open     []toldIncident `json:"incidents"`
	Planned  []toldIncident `json:"planned"`

	Past []toldIncident `json:"-"`
	More string         `json:"-"`
}

func (StatusPage) template() string { return "status" }
func (StatusPage) title() string    { return "服务状态" }

// Fine reports whether nothing is wrong.
func (p StatusPage) Fine() bool {
	for _, s := range p.Products {
		if s.State != "operational" {
			return false
		}
	}
	return len(p.Open) == 0
}

func (c *Console) statusPage(v *visit) (page, error) {
	var p StatusPage
	if err := v.get("/status", &p); err != nil {
		return nil, err
	}
	var all list[toldIncident]
	if err := v.get(query("/incidents", "limit", "20", "after", v.r.URL.Query().Get("after")), &all); err != nil {
		return nil, err
	}
	for _, i := range all.Items {
		if i.Over() {
			p.Past = append(p.Past, i)
		}
	}
	if all.Next != "" {
		p.More = query(statusPath, "after", all.Next) + "#past"
	}
	return p, nil
}

// IncidentPage is one incident with all that was said of it, newest first.
type IncidentPage struct {
	Incident toldIncident
	Names    []string
}

func (IncidentPage) template() string { return "incident" }
func (IncidentPage) title() string    { return "服务状态" }

// Newest is its history, turned round.
func (p IncidentPage) Newest() []toldUpdate {
	var list []toldUpdate
	for _, u := range slices.Backward(p.Incident.History) {
		list = append(list, u)
	}
	return list
}

func (c *Console) incidentPage(v *visit) (page, error) {
	var p IncidentPage
	if err := v.get(pathTo("/incidents/", v.r.PathValue("incident")), &p.Incident); err != nil {
		return nil, err
	}
	var status StatusPage
	if err := v.get("/status", &status); err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, s := range status.Products {
		names[s.ID] = s.Name
	}
	for _, id := range p.Incident.Products {
		if name := names[id]; name != "" {
			id = name
		}
		p.Names = append(p.Names, id)
	}
	return p, nil
}

func statusPreviews() []preview {
	at := func(hours int) time.Time { return previewNow.Add(time.Duration(hours) * time.Hour) }
	outage := toldIncident{
		ID: "i1", Kind: "outage", Title: "部分调用失败", TitleEN: "Some calls fail", Products: []string{"1887"}, Severity: "degraded", State: "monitoring", Automatic: true, Starts: at(-2),
		History: []toldUpdate{
			{"investigating", "degraded", "部分调用没有得到结论，正在查明原因。未得到结论的调用不计费。", "Some calls get no verdict; we are looking into it. Calls without a verdict are not charged.", at(-2)},
			{"monitoring", "degraded", "调用已恢复正常，继续观察。", "Calls succeed again; we go on watching.", at(-1)},
		},
	}
	planned := toldIncident{
		ID: "i2", Kind: "maintenance", Title: "计划维护", TitleEN: "Planned maintenance", Products: []string{"1887"}, Severity: "unavailable", State: "scheduled", Starts: at(38), Ends: at(40),
		History: []toldUpdate{{"scheduled", "unavailable", "维护期间无法调用，请提前安排。", "No calls are answered during the maintenance.", at(-20)}},
	}
	past := toldIncident{ID: "i0", Kind: "outage", Title: "调用变慢", TitleEN: "Calls are slow", Products: []string{"1887"}, Severity: "degraded", State: "resolved", Starts: at(-400), Ended: at(-398)}
	open := outage
	open.History = open.History[1:]
	return []preview{
		{name: "status", path: statusPath, out: true, page: StatusPage{Products: []standing{{"1887", "银行卡四要素核验", "degraded"}}, Open: []toldIncident{open}, Planned: []toldIncident{planned}, Past: []toldIncident{past}}},
		{name: "status-fine", path: statusPath, out: true, page: StatusPage{Products: []standing{{"1887", "银行卡四要素核验", "operational"}}}},
		{name: "incident", path: incidentPath + "i1", out: true, page: IncidentPage{Incident: outage, Names: []string{"银行卡四要素核验"}}},
		{name: "incident-planned", path: incidentPath + "i2", out: true, page: IncidentPage{Incident: planned, Names: []string{"银行卡四要素核验"}}},
	}
}
