package incident

import (
	"fmt"
	"strings"
	"time"

	"quartet"
)

// event is what programs are told of an incident: nothing that its page does not show.
type event struct {
	ID       string    `json:"incident_id"`
	Kind     string    `json:"kind"`
	State    string    `json:"state"`
	Severity string    `json:"severity"`
	Title    string    `json:"title"`
	Products []string  `json:"product_ids"`
	Update   int64     `json:"update"`
	Starts   time.Time `json:"starts_at"`
	Ends     time.Time `json:"ends_at,omitzero"`
}

// circular is what those who hold units of the products hear of a step. The inbox is told of
// the beginning, the end and what is planned anew; programs are told of every step.
func circular(was, is *quartet.Incident, u *quartet.IncidentUpdate) quartet.Circular {
	c := quartet.Circular{ID: newID(), Kind: "incident.updated", About: is.ID, Products: is.Products, Created: u.At}
	head := "进展"
	switch {
	case was.ID == "" && is.Kind == quartet.IncidentMaintenance:
		c.Kind, c.Inbox, head = "incident.opened", true, "维护预告"
	case was.ID == "":
		c.Kind, c.Inbox, head = "incident.opened", true, "故障"
	case was.State.Over():
		c.Kind, c.Inbox, head = "incident.reopened", true, "故障再次出现"
	case is.State == quartet.IncidentCancelled:
		c.Kind, c.Inbox, head = "incident.resolved", true, "维护取消"
	case is.State == quartet.IncidentDone:
		c.Kind, c.Inbox, head = "incident.resolved", true, "维护完成"
	case is.State == quartet.IncidentResolved:
		c.Kind, c.Inbox, head = "incident.resolved", true, "故障恢复"
	case is.State == quartet.IncidentUnderWay && was.State != is.State:
		c.Inbox, head = true, "维护开始"
	case !was.Starts.Equal(is.Starts) || !was.Ends.Equal(is.Ends):
		c.Inbox, head = true, "维护时间变更"
	}
	c.Subject = head + "：" + is.Title
	var b strings.Builder
	fmt.Fprintf(&b, "涉及产品：%s\n", strings.Join(is.Products, "、"))
	if is.Kind == quartet.IncidentMaintenance {
		fmt.Fprintf(&b, "计划时间：%s 至 %s\n", clock(is.Starts), clock(is.Ends))
	}
	b.WriteString("\n" + u.Text)
	if u.TextEN != "" {
		b.WriteString("\n\n" + u.TextEN)
	}
	c.Text = b.String()
	e := event{is.ID, string(is.Kind), string(is.State), string(is.Severity), is.Title, is.Products, u.Place, is.Starts.UTC(), is.Ends}
	if !e.Ends.IsZero() {
		e.Ends = e.Ends.UTC()
	}
	c.Data = asJSON(e)
	return c
}

func clock(t time.Time) string { return t.In(quartet.Shanghai).Format("2006-01-02 15:04") }
