package app_test

import (
	"time"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/incident"
)

// holder lets the buyer hold units of product 1887 for as long as there are processes.
func (h *shop) holder() {
	h.t.Helper()
	_, err := h.house.Billing.Trial(h.t.Context(), "person li", "buyer", "li", "1887-trial")
	must(h.t, err)
}

// circulate is of an outage that those who hold units are told of.
func (h *shop) circulate() killed {
	ctx := h.t.Context()
	h.holder()
	i, err := h.house.Incidents.Open(ctx, "wang", quartet.Incident{
		Kind: quartet.IncidentOutage, Title: "部分调用失败", Products: []string{"1887"}, Severity: quartet.SeverityDegraded,
	}, incident.Words{Text: "正在排查"})
	must(h.t, err)
	return killed{kind: quartet.JobCircular, key: h.lastCircular(), stands: func(n *app.House) {
		if count := h.notes(n, "incident.opened", i.ID); count != 1 {
			h.t.Errorf("%d notes tell of the outage", count)
		}
	}}
}

// announce is of a dearer table that takes effect a minute later.
func (h *shop) announce() killed {
	ctx := h.t.Context()
	a, err := h.house.Announcements.Publish(ctx, "wang", quartet.Announcement{
		Kind: quartet.AnnounceChargeTable, Title: "计费调整", Text: "调整", Effective: time.Now().Add(time.Minute),
		Changes: []quartet.AnnouncedChange{{Kind: quartet.ChangeChargeTable, Product: "1887", Charge: quartet.ChargeTable{Match: 2, Mismatch: 1, Undetermined: 1}}},
	})
	must(h.t, err)
	return killed{kind: quartet.JobAnnounced, key: a.ID, stands: func(n *app.House) {
		p, err := n.Catalogue.Find(h.t.Context(), "1887")
		if err != nil || p.Charge != a.Changes[0].Charge {
			h.t.Errorf("the table is %s, %v", p.Charge, err)
		}
		if now, err := n.Announcements.Find(h.t.Context(), a.ID); err != nil || now.Applied.IsZero() {
			h.t.Errorf("the announcement is %+v, %v", now, err)
		}
	}}
}

// lastCircular is the key of the newest job that carries something round.
func (h *shop) lastCircular() string {
	h.t.Helper()
	jobs, err := h.house.Store.Jobs(h.t.Context(), quartet.JobWaiting, "", 1000)
	must(h.t, err)
	for _, j := range jobs {
		if j.Kind == quartet.JobCircular {
			return j.Key
		}
	}
	h.t.Fatal("nothing is carried round")
	return ""
}
