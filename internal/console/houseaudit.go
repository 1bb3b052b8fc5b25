package console

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const houseAuditPath = "/house/audit"

func (c *Console) auditRoutes() {
	c.housed("GET "+houseAuditPath, c.houseAuditPage)
	c.form("POST "+houseAuditPath+"/verification", c.verifyAudit, c.houseAuditPage)
}

// auditLine is an entry of the audit of the house.
type auditLine struct {
	Place   int64     `json:"place"`
	ID      string    `json:"id"`
	At      time.Time `json:"at"`
	Actor   string    `json:"actor"`
	Action  string    `json:"action"`
	Subject string    `json:"subject"`
	Detail  string    `json:"detail"`
	Origin  string    `json:"origin"`
	Token   string    `json:"token_name"`
	Before  string    `json:"before"`
	After   string    `json:"after"`
	Mac     string    `json:"mac"`
}

// houseActionWords are what is done to sources, which people of buyers never read.
var houseActionWords = map[string]string{
	"source.add": "添加渠道", "source.change": "更改渠道", "source.enable": "启用渠道", "source.disable": "停用渠道", "source.order": "更改渠道顺序", "source.pin": "为账户指定渠道", "source.unpin": "取消指定渠道", "source.test": "测试渠道", "source.tested": "渠道测试结果",
	"source.drill": "开始渠道演练", "source.drilled": "渠道演练结束", "source.drill_cancel": "取消渠道演练", "registry.upload": "上传名册文件", "registry.import": "开始名册导入", "registry.imported": "名册导入结束", "registry.cancel": "取消名册导入", "registry.expire": "名册文件过期",
}

// Words are what was done; "": the name of the action must do.
func (a auditLine) Words() string { return actionOf(a.Action) }

func actionOf(action string) string {
	if words := actionWords[action]; words != "" {
		return words
	}
	return houseActionWords[action]
}

// auditProof is whether the chain is whole.
type auditProof struct {
	Whole   bool   `json:"whole"`
	Entries int64  `json:"entries"`
	Head    string `json:"head"`
	Place   int64  `json:"fault_place"`
	Entry   string `json:"fault_entry"`
	Fault   string `json:"fault"`
}

// HouseAuditPage is who changed or saw what.
type HouseAuditPage struct {
	Entries []auditLine
	From    string // the place that the list begins with; "": the newest
	Actor   string // whose entries alone are shown; "": all
	Action  string // likewise of what was done
	Since   string // and when, as the fields have it
	Until   string
	Next    string
	Proof   *auditProof
}

func (HouseAuditPage) template() string { return "houseaudit" }
func (HouseAuditPage) title() string    { return "审计记录" }

// Searched reports whether some entries alone are shown.
func (p HouseAuditPage) Searched() bool {
	return p.From+p.Actor+p.Action+p.Since+p.Until != ""
}

// Actions are those that have words, to choose from: others can be typed.
func (HouseAuditPage) Actions() []choice {
	var list []choice
	for _, words := range []map[string]string{actionWords, houseActionWords} {
		for action, said := range words {
			list = append(list, choice{Value: action, Label: said})
		}
	}
	slices.SortFunc(list, func(a, b choice) int { return cmp.Compare(a.Value, b.Value) })
	return list
}

func (c *Console) houseAuditPage(v *visit) (page, error) {
	q := v.r.URL.Query()
	p := HouseAuditPage{From: q.Get("from"), Actor: strings.TrimSpace(q.Get("actor")), Action: strings.TrimSpace(q.Get("action")), Since: q.Get("from_at"), Until: q.Get("to_at")}
	after := q.Get("after")
	search := []string{"actor", p.Actor, "action", p.Action}
	if n, err := strconv.ParseInt(p.From, 10, 64); err == nil && n > 0 && after == "" {
		search = append(search, "before_place", strconv.FormatInt(n+1, 10))
	}
	if v.r.Method == http.MethodGet { // else the form is that of the verification
		v.form.Values = url.Values{"action": {p.Action}, "from_at": {p.Since}, "to_at": {p.Until}}
	}
	for _, name := range []string{"from_at", "to_at"} {
		at, err := v.when(name)
		if err != nil {
			v.form.refuse(v, problemOf(err))
			return p, nil
		}
		if !at.IsZero() {
			search = append(search, name, at.Format(time.RFC3339))
		}
	}
	var some list[auditLine]
	err := v.get(query("/audit", append(search, "limit", "50", "after", after)...), &some)
	if problem := problemOf(err); problem != nil && len(problem.Errors) > 0 { // what was typed is wrong
		v.form.refuse(v, problem)
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	p.Entries, p.Next = some.Items, following(houseAuditPath, some.Next, "actor", p.Actor, "action", p.Action, "from_at", p.Since, "to_at", p.Until)
	return p, nil
}

// verifyAudit answers by itself: what it finds holds for this moment.
func (c *Console) verifyAudit(v *visit) (string, error) {
	var proof auditProof
	in := map[string]string{}
	if head := v.value("head"); head != "" {
		in["head"] = head
	}
	if err := v.post("/audit/verification", in, &proof); err != nil {
		return "", err
	}
	p, err := c.houseAuditPage(v)
	if err != nil {
		return "", err
	}
	shown, _ := p.(HouseAuditPage)
	shown.Proof = &proof
	c.render(v, http.StatusOK, shown)
	return "", nil
}

func auditPreviews() []preview {
	at := previewNow
	lines := []auditLine{
		{Place: 812, ID: "e3", At: at.Add(-time.Minute), Actor: "qian", Action: "operator.role", Subject: "sun", Detail: "asked: treasurer", Origin: "203.0.113.7", Before: "", After: `{"role":"treasurer"}`, Mac: "5f2c"},
		{Place: 811, ID: "e2", At: at.Add(-9 * time.Minute), Actor: "wang", Action: "firm.see", Subject: "f1", Detail: "核对联系人手机号", Origin: "203.0.113.9", Mac: "77ab"},
		{Place: 810, ID: "e1", At: at.Add(-time.Hour), Actor: "qian", Action: "plan.follow", Subject: "1887-1200", Detail: "1887-1500 from 2026-03-20", Origin: "203.0.113.7", Before: `{"price":50000}`, After: `{"price":55000}`, Mac: "9d10"},
	}
	return []preview{
		{name: "house-audit", path: houseAuditPath, page: HouseAuditPage{Entries: lines, Next: houseAuditPath + "?after=810"}},
		{name: "house-audit-whole", path: houseAuditPath, page: HouseAuditPage{Entries: lines, Proof: &auditProof{Whole: true, Entries: 812, Head: "812:5f2cfa1109"}}},
		{name: "house-audit-broken", path: houseAuditPath, page: HouseAuditPage{Entries: lines, Proof: &auditProof{Entries: 640, Head: "812:5f2cfa1109", Place: 641, Entry: "e641", Fault: "the entry was altered"}}},
		{name: "house-audit-empty", path: houseAuditPath, page: HouseAuditPage{}},
		{name: "house-audit-found", path: houseAuditPath, page: HouseAuditPage{Entries: lines[:1], Actor: "qian", Action: "operator", Since: "2026-03-01T00:00", Until: "2026-03-03T00:00"}},
	}
}
