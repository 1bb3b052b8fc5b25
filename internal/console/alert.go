package console

import (
	"net/url"
	"time"

	"quartet"
)

const (
	alertsPath   = "/console/alerts"
	rulesPath    = "/console/alerts/rules"
	inboxPath    = "/console/inbox"
	webhooksPath = "/console/webhooks"
)

// alertRoutes are the pages of alerts, the inbox and webhooks.
func (c *Console) alertRoutes() {
	c.signed("GET "+alertsPath, c.alertsPage)
	c.form("POST /console/alerts/fired/{alert}/acknowledgement", in(c.acknowledge), c.alertsPage)
	c.signed("GET /console/alerts/rules/new", c.newRulePage)
	c.form("POST "+rulesPath, in(c.addRule), c.newRulePage)
	c.signed("GET /console/alerts/rules/{rule}", c.rulePage)
	c.form("POST /console/alerts/rules/{rule}", in(c.changeRule), c.rulePage)
	c.form("POST /console/alerts/rules/{rule}/removal", in(c.removeRule), c.rulePage)
	c.signed("GET "+inboxPath, c.inboxPage)
	c.form("POST /console/inbox/read", in(c.readInbox), c.inboxPage)

	const one, delivery = "/console/webhooks/{webhook}", "/console/webhooks/{webhook}/deliveries/{delivery}"
	c.signed("GET "+webhooksPath, c.webhooksPage)
	c.form("POST "+webhooksPath, in(c.addWebhook), c.webhooksPage)
	c.signed("GET "+one, c.webhookPage)
	c.form("POST "+one, in(c.changeWebhook), c.webhookPage)
	c.form("POST "+one+"/secret", in(c.rotateWebhook), c.webhookPage)
	c.form("POST "+one+"/test", in(c.testWebhook), c.webhookPage)
	c.form("POST "+one+"/removal", in(c.removeWebhook), c.webhookPage)
	c.signed("GET "+delivery, c.deliveryPage)
	c.form("POST "+delivery+"/replay", in(c.replayDelivery), c.deliveryPage)
}

func alertPreviews() []preview {
	var list []preview
	for _, noun := range []func() []preview{alertListPreviews, rulePreviews, inboxPreviews, webhookPreviews, deliveryPreviews} {
		list = append(list, noun()...)
	}
	return list
}

// AlertsPage is what fired, and the rules that made it fire.
type AlertsPage struct {
	Alerts   []firedAlert // newest first
	Next     string       // address of the following page
	Rules    []alertRule
	Products map[string]string
	Sets     bool // whoever looks may set rules
	Done     string
}

func (AlertsPage) template() string { return "alerts" }
func (AlertsPage) title() string    { return "预警" }

// setsAlerts reports whether whoever looks may set rules and take note of what fired.
func (v *visit) setsAlerts() bool {
	return v.who().May("order.buy") || v.who().May("credential.write")
}

func (c *Console) alertsPage(v *visit) (page, error) {
	p := AlertsPage{Sets: v.setsAlerts(), Done: v.done(map[string]string{
		"added": "规则已新建，一分钟内生效", "changed": "规则已保存，一分钟内生效", "removed": "规则已删除", "seen": "已标为已处理",
	})}
	var fired list[firedAlert]
	if err := v.get(query(v.account("/alerts"), "after", v.r.URL.Query().Get("after"), "limit", "20"), &fired); err != nil {
		return nil, err
	}
	p.Alerts = fired.Items
	if fired.Next != "" {
		p.Next = query(alertsPath, "after", fired.Next)
	}
	var err error
	if p.Rules, err = v.rules(); err != nil {
		return nil, err
	}
	p.Products, err = v.productNames()
	return p, err
}

func (c *Console) acknowledge(v *visit) (string, error) {
	err := v.put(v.account("/alerts/"+url.PathEscape(v.r.PathValue("alert"))+"/acknowledgement"), nil, nil)
	return alertsPath + "?done=seen", err
}

// Leads is where somebody does something about it, and what.
func (a firedAlert) Leads() (l struct{ Path, Words string }) {
	switch a.Kind {
	case "remaining", "expiry":
		l.Path, l.Words = plansPath, "购买套餐"
	case "errors", "rate":
		minute := func(t time.Time) string { return t.In(quartet.Shanghai).Format("2006-01-02T15:04") }
		l.Path, l.Words = query(callsPath, "from", minute(a.At.Add(-time.Hour)), "to", minute(a.At)), "查看这段时间的调用"
	}
	return l
}

func alertListPreviews() []preview {
	fired := []firedAlert{
		{ID: "a1", Kind: "remaining", Product: "1887", Line: 1000, Value: 988, Base: 1021, At: previewNow.Add(-2 * time.Hour)},
		{ID: "a2", Kind: "expiry", Product: "1887", Line: 30, Value: 354, Ends: previewNow.AddDate(0, 0, 29), At: previewNow.AddDate(0, 0, -1)},
		{ID: "a3", Kind: "errors", Line: 5, Value: 14, Base: 120, At: previewNow.AddDate(0, 0, -3), Seen: previewNow.AddDate(0, 0, -2)},
		{ID: "a4", Kind: "rate", Line: 300, Value: 2412, Base: 690, At: previewNow.AddDate(0, 0, -6), Seen: previewNow.AddDate(0, 0, -5)},
	}
	return []preview{
		{name: "alerts", path: alertsPath, page: AlertsPage{Alerts: fired, Next: alertsPath + "?after=a4", Rules: previewRules(), Products: previewProducts(), Sets: true, Done: "规则已保存，一分钟内生效"}},
		{name: "alerts-empty", path: alertsPath, page: AlertsPage{Sets: true}},
	}
}
