package console

import (
	"cmp"
	"slices"
	"time"

	"quartet"
)

// OverviewPage is the first page of a buyer: what is left, what became of the calls, and what
// wants to be looked at.
type OverviewPage struct {
	Steps    []step // for who is new here; none once all are done
	Balance  unitSums
	Grants   []unitGrant // those that calls can use, the first to end first
	More     int         // grants that are not shown
	Days     verdictDays
	Recent   latency
	Alerts   []firedAlert
	Notes    []inboxNote
	Products map[string]string
	Buys     bool // whoever looks may buy
}

func (OverviewPage) template() string  { return "overview" }
func (OverviewPage) title() string     { return "概览" }
func (OverviewPage) scripts() []string { return []string{"vendor/uplot/uPlot.iife.min.js", "chart.js"} }

// step is one of those from a stranger to a buyer.
type step struct {
	Words, Path string
	Done        bool
	Next        bool // the first that is not done
	Closed      bool // whoever looks may not do it
}

// firedAlert is something that an account wanted to be told.
type firedAlert struct {
	ID      string    `json:"id"`
	Kind    string    `json:"kind"`
	Product string    `json:"product_id"`
	Line    int64     `json:"line"`
	Value   int64     `json:"value"`
	Base    int64     `json:"base"`
	Ends    time.Time `json:"expires_at"`
	At      time.Time `json:"at"`
	Seen    time.Time `json:"acknowledged_at"`
}

type inboxNote struct {
	ID      string    `json:"id"`
	Subject string    `json:"subject"`
	At      time.Time `json:"created_at"`
	Read    time.Time `json:"read_at"`
}

const (
	overviewGrants = 5
	overviewNotes  = 5
)

func (c *Console) overview(v *visit) (page, error) {
	p := OverviewPage{Buys: v.who().May("order.buy")}
	grants, err := v.grants()
	if err != nil {
		return nil, err
	}
	p.Grants = usable(grants)
	if len(p.Grants) > overviewGrants {
		p.More, p.Grants = len(p.Grants)-overviewGrants, p.Grants[:overviewGrants]
	}
	var balance struct {
		Total unitSums `json:"total"`
	}
	if err := v.get(v.account("/balance"), &balance); err != nil {
		return nil, err
	}
	p.Balance = balance.Total
	if p.Products, err = v.productNames(); err != nil {
		return nil, err
	}
	if p.Days, err = v.verdictDays(); err != nil {
		return nil, err
	}
	if p.Days.Calls > 0 {
		if p.Recent, err = v.latency(); err != nil {
			return nil, err
		}
	}
	if p.Alerts, err = v.unseenAlerts(); err != nil {
		return nil, err
	}
	var notes list[inboxNote]
	if err := v.get(query(v.account("/inbox"), "limit", "5"), &notes); err != nil {
		return nil, err
	}
	p.Notes = notes.Items
	p.Steps, err = v.firstSteps(grants, p.Days.Calls > 0)
	return p, err
}

// unseenAlerts are the newest alerts that nobody has seen. One may lie behind any number of
// others that were seen, and must not be passed over.
func (v *visit) unseenAlerts() (found []firedAlert, err error) {
	for after := ""; ; {
		var part list[firedAlert]
		if err := v.get(query(v.account("/alerts"), "limit", "200", "after", after), &part); err != nil {
			return nil, err
		}
		for _, a := range part.Items {
			if !a.Seen.IsZero() {
				continue
			}
			if found = append(found, a); len(found) == overviewNotes {
				return found, nil
			}
		}
		if after = part.Next; after == "" {
			return found, nil
		}
	}
}

// usable are the grants of which calls can take units, the first to end first.
func usable(all []unitGrant) (list []unitGrant) {
	for _, g := range all {
		if g.Remaining > 0 {
			list = append(list, g)
		}
	}
	slices.SortStableFunc(list, func(a, b unitGrant) int {
		return cmp.Or(cmp.Compare(first(b.Trial), first(a.Trial)), a.ExpiresAt.Compare(b.ExpiresAt))
	})
	return list
}

func first(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// firstSteps are what a new buyer does, with what is done; none once everything is.
func (v *visit) firstSteps(grants []unitGrant, called bool) ([]step, error) {
	trial := slices.ContainsFunc(grants, func(g unitGrant) bool { return g.Trial })
	bought := slices.ContainsFunc(grants, func(g unitGrant) bool { return !g.Trial })
	if trial && bought && called {
		return nil, nil // the others come before these
	}
	state, err := v.firmStands()
	if err != nil {
		return nil, err
	}
	who := v.who()
	steps := []step{
		{Words: "认证企业", Path: "/console/firm", Done: state == approvedFirm, Closed: !who.May("firm.submit")},
		{Words: "领取免费测试", Path: plansPath, Done: trial, Closed: !who.May("order.buy")},
		{Words: "复制 AppCode", Path: credentialsPath, Closed: !who.May("credential.write")},
		{Words: "调试接口", Path: "/console/debug", Done: called, Closed: !who.May("credential.write")},
		{Words: "购买套餐", Path: plansPath, Done: bought, Closed: !who.May("order.buy")},
	}
	if !steps[2].Closed {
		mine, err := v.credentials()
		if err != nil {
			return nil, err
		}
		steps[2].Done = slices.ContainsFunc(mine, func(c accountCredential) bool { return c.State == "active" && !c.Test })
	} else {
		steps[2].Done = called
	}
	for i := range steps {
		if !steps[i].Done {
			steps[i].Next = true
			return steps, nil
		}
	}
	return nil, nil
}

func overviewPreviews() []preview {
	days := verdictDays{Calls: 18244, Given: 18067, Units: 17702}
	for i := range 30 {
		at := previewNow.AddDate(0, 0, i-29)
		n := int64(560 + i*37%211)
		if wd := at.In(quartet.Shanghai).Weekday(); wd == time.Saturday || wd == time.Sunday {
			n /= 4
		}
		days.Days = append(days.Days, verdictDay{At: at, Match: n * 8 / 10, Mismatch: n * 16 / 100, Undetermined: n * 3 / 100, Refused: n / 100})
	}
	grants := usable(previewGrants())
	return []preview{
		{name: "overview", path: homePath, page: OverviewPage{
			Balance: unitSums{Granted: 17210, Used: 8642, Held: 2, Remaining: 7366, Expired: 1200}, Grants: grants, Days: days,
			Recent: latency{Calls: 100, P50: 182, P95: 640}, Products: previewProducts(), Buys: true,
			Alerts: []firedAlert{
				{ID: "a1", Kind: "remaining", Product: "1887", Line: 1000, Value: 988, Base: 1021, At: previewNow.Add(-2 * time.Hour)},
				{ID: "a2", Kind: "expiry", Line: 30, Value: 354, Ends: previewNow.AddDate(0, 0, 29), At: previewNow.AddDate(0, 0, -1)},
				{ID: "a3", Kind: "errors", Line: 5, Value: 14, Base: 120, At: previewNow.AddDate(0, 0, -3)},
				{ID: "a4", Kind: "rate", Line: 300, Value: 2412, Base: 690, At: previewNow.AddDate(0, 0, -6)},
			},
			Notes: []inboxNote{
				{ID: "n2", Subject: "银行卡四要素核验 剩余次数不足 1,000", At: previewNow.Add(-2 * time.Hour)},
				{ID: "n1", Subject: "3 月 8 日 02:00 例行维护", At: previewNow.AddDate(0, 0, -4), Read: previewNow.AddDate(0, 0, -3)},
			},
		}},
		{name: "overview-new", path: homePath, page: OverviewPage{Buys: true, Steps: []step{
			{Words: "认证企业", Path: "/console/firm", Done: true},
			{Words: "领取免费测试", Path: plansPath, Next: true},
			{Words: "复制 AppCode", Path: credentialsPath},
			{Words: "调试接口", Path: "/console/debug"},
			{Words: "购买套餐", Path: plansPath},
		}}},
	}
}
