package console

import (
	"math"
	"slices"
	"strings"
	"time"

	"quartet"
)

const houseSourcesPath = "/house/sources"

// sourceRoutes are the pages of who gives verdicts, of drills, of imports into the registry and
// of the sandbox.
func (c *Console) sourceRoutes() {
	c.housed("GET "+houseSourcesPath, c.houseSourcesPage)
	c.form("POST "+houseSourcesPath+"/order", c.orderSources, c.houseSourcesPage)
	c.form("POST "+houseSourcesPath+"/pins", c.pinAccount, c.houseSourcesPage)
	c.form("POST "+houseSourcesPath+"/pins/removal", c.unpinAccount, c.houseSourcesPage)
	c.newSourceRoutes()
	const one = houseSourcesPath + "/{source}"
	c.housed("GET "+one, c.houseSourcePage)
	c.form("POST "+one+"/state", c.switchSource, c.houseSourcePage)
	c.form("POST "+one+"/test", c.testSource, c.houseSourcePage)
	c.form("POST "+one+"/rehearsal", c.rehearseSource, c.houseSourcePage)
	c.form("POST "+one+"/credentials", c.setSourceCredentials, c.houseSourcePage)
	c.housed("GET "+one+"/terms", c.houseSourceTermsPage)
	c.form("POST "+one+"/terms", c.changeSourceTerms, c.houseSourceTermsPage)
	c.housed("GET "+one+"/spec", c.houseSourceSpecPage)
	c.formOf(maxSpecForm, "POST "+one+"/spec", c.changeSourceSpec, c.houseSourceSpecPage)
	c.sourceStatementRoutes()
	c.drillRoutes()
	c.importRoutes()
	c.housed("GET "+houseSandboxPath, c.houseSandboxPage)
}

func sourcePreviews() []preview {
	var list []preview
	for _, noun := range []func() []preview{houseSourcePreviews, sourceTermsPreviews, newSourcePreviews, sourceStatementPreviews, drillPreviews, importPreviews, houseSandboxPreviews} {
		list = append(list, noun()...)
	}
	return list
}

// houseSource is one who gives verdicts, as the house knows it.
type houseSource struct {
	ID          string        `json:"id"`
	Kind        string        `json:"kind"`
	On          bool          `json:"on"`
	Address     string        `json:"address"`
	Needs       []string      `json:"needs"`
	SpecBytes   int64         `json:"spec_bytes"`
	Manifest    string        `json:"manifest"`
	Credentials []string      `json:"credentials"`
	Unreadable  bool          `json:"unreadable"`
	Terms       sourceTerms   `json:"terms"`
	Cost        float64       `json:"cost_fen"`
	Health      *sourceHealth `json:"health"`
	LastHour    sourceHour    `json:"last_hour"`
	CreatedAt   time.Time     `json:"created_at"`
	ChangedAt   time.Time     `json:"changed_at"`
}

// sourceHealth is how it stands at the node that was asked.
type sourceHealth struct {
	Skipped     string    `json:"skipped"`
	Breaker     string    `json:"breaker"`
	InFlight    int64     `json:"in_flight"`
	Today       int64     `json:"today"`
	Verdicts    int64     `json:"verdicts"`
	Failures    int64     `json:"failures"`
	LastFailure string    `json:"last_failure"`
	FailedAt    time.Time `json:"failed_at"`
}

// sourceHour is what became of the questions of an hour.
type sourceHour struct {
	At       time.Time        `json:"at"`
	Asked    int64            `json:"asked"`
	Verdicts int64            `json:"verdicts"`
	Failures map[string]int64 `json:"failures"`
	Latency  float64          `json:"latency_ms"`
	Slowest  float64          `json:"slowest_ms"`
	Cost     float64          `json:"cost_fen"`
}

// Path is where it is looked after.
func (s houseSource) Path() string { return pathTo(houseSourcesPath+"/", s.ID) }

// sourceKinds are how sources are asked.
var sourceKinds = []choice{
	{Value: "httpjson", Label: "供应商接口"}, {Value: "tencent", Label: "腾讯云"}, {Value: "aliyun", Label: "阿里云"}, {Value: "registry", Label: "自有名册"}, {Value: "sim", Label: "模拟渠道"},
}

// KindWords is how it is asked.
func (s houseSource) KindWords() string { return labelIn(sourceKinds, s.Kind) }

// Local reports whether it is the registry, which has neither address nor breaker.
func (s houseSource) Local() bool { return s.Kind == "registry" }

// Badge is how it stands, in a word.
func (s houseSource) Badge() badge {
	if s.Unreadable {
		return badge{"无法读取", "red"}
	}
	now := todaySource{On: s.On}
	if s.Health != nil {
		now.Breaker, now.Skipped = s.Health.Breaker, s.Health.Skipped
	}
	return now.Badge()
}

// BreakerBadge is how its breaker stands.
func (h sourceHealth) BreakerBadge() badge {
	switch h.Breaker {
	case "open":
		return badge{"熔断中", "red"}
	case "half_open":
		return badge{"试探中", "yellow"}
	}
	return badge{"闭合", "green"}
}

// SkippedWords are why it would not be asked now, FailureWords how it last failed.
func (h sourceHealth) SkippedWords() string { return labelWord(skippedWords, h.Skipped) }
func (h sourceHealth) FailureWords() string { return labelWord(failureWords, h.LastFailure) }

// labelWord is the word for a value, or the value.
func labelWord(words map[string]string, value string) string {
	if w := words[value]; w != "" {
		return w
	}
	return value
}

// CostText is what one question of all elements costs now.
func (s houseSource) CostText() string { return costText(s.Cost) }

// costText is an amount of fen with thousandths, in yuan.
func costText(fen float64) string { return "¥" + quartet.Millifen(math.Round(fen*1000)).String() }

// NeedWords are the sets of elements that it compares.
func (s houseSource) NeedWords() []string {
	list := make([]string, len(s.Needs))
	for i, need := range s.Needs {
		list[i] = labelIn(needChoices, need)
	}
	return list
}

// CostText is what the hour cost, Failed how many got no verdict.
func (h sourceHour) CostText() string { return costText(h.Cost) }
func (h sourceHour) Failed() int64    { return h.Asked - h.Verdicts }

// Took and Most are how long answers took, in whole milliseconds.
func (h sourceHour) Took() int64 { return int64(math.Round(h.Latency)) }
func (h sourceHour) Most() int64 { return int64(math.Round(h.Slowest)) }

// Causes are why there was no verdict, the most frequent first.
func (h sourceHour) Causes() []cause {
	var list []cause
	for word, n := range h.Failures {
		list = append(list, cause{labelWord(failureWords, word), n})
	}
	slices.SortFunc(list, func(a, b cause) int {
		if a.Count != b.Count {
			return int(b.Count - a.Count)
		}
		return strings.Compare(a.Words, b.Words)
	})
	return list
}

// cause is a reason, and how often it was.
type cause struct {
	Words string
	Count int64
}

// sourcePolicy is in which order sources are asked.
type sourcePolicy struct {
	Rule string      `json:"rule"`
	Pins []sourcePin `json:"pins"`
}

type sourcePin struct {
	Account string `json:"account_id"`
	Source  string `json:"source_id"`
}

// AccountPath and SourcePath are where both are looked at.
func (p sourcePin) AccountPath() string { return pathTo(houseAccountsPath+"/", p.Account) }
func (p sourcePin) SourcePath() string  { return pathTo(houseSourcesPath+"/", p.Source) }

var sourceOrders = []choice{{Value: "priority", Label: "按优先级，数字小的先问"}, {Value: "cheapest", Label: "按价格，便宜的先问，同价再按优先级"}}

// HouseSourcesPage lists who gives verdicts, and in which order they are asked.
type HouseSourcesPage struct {
	Sources []houseSource
	Policy  sourcePolicy
	Now     time.Time
	Runs    bool
	Done    string
}

func (HouseSourcesPage) template() string { return "housesources" }
func (HouseSourcesPage) title() string    { return "渠道" }

// Rules are the orders to choose from, Names the sources to pin to.
func (p HouseSourcesPage) Rules() []choice { return chosen(sourceOrders, p.Policy.Rule) }

func (p HouseSourcesPage) Names() []choice {
	list := make([]choice, len(p.Sources))
	for i := range p.Sources {
		list[i] = choice{Value: p.Sources[i].ID, Label: p.Sources[i].ID}
	}
	return list
}

// RuleWords is the order that holds.
func (p HouseSourcesPage) RuleWords() string { return labelIn(sourceOrders, p.Policy.Rule) }

// Term is how the authorisation of a source stands.
func (p HouseSourcesPage) Term(s houseSource) badge { return s.Terms.term(p.Now) }

func (c *Console) houseSourcesPage(v *visit) (page, error) {
	p := HouseSourcesPage{Now: c.o.Now(), Runs: v.who().May("house.write"), Done: v.done(map[string]string{"order": "顺序已更改，立即生效", "pinned": "已指定渠道", "unpinned": "已取消指定"})}
	var err error
	if p.Sources, err = all[houseSource](v, "/sources"); err != nil {
		return nil, err
	}
	slices.SortStableFunc(p.Sources, func(a, b houseSource) int {
		if a.On != b.On {
			return first(b.On) - first(a.On)
		}
		return a.Terms.Priority - b.Terms.Priority
	})
	return p, v.get("/source-policy", &p.Policy)
}

func (c *Console) orderSources(v *visit) (string, error) {
	return query(houseSourcesPath, "done", "order"), v.put("/source-policy", map[string]string{"rule": v.value("rule")}, nil)
}

func (v *visit) pinOf() (string, error) {
	account := v.value("account_id")
	if account == "" {
		return "", faulty("account_id", "this is needed")
	}
	return pathTo("/accounts/", account) + "/source-pin", nil
}

func (c *Console) pinAccount(v *visit) (string, error) {
	at, err := v.pinOf()
	if err != nil {
		return "", err
	}
	return query(houseSourcesPath, "done", "pinned"), v.put(at, map[string]string{"source_id": v.value("source_id")}, nil)
}

func (c *Console) unpinAccount(v *visit) (string, error) {
	at, err := v.pinOf()
	if err != nil {
		return "", err
	}
	return query(houseSourcesPath, "done", "unpinned"), v.remove(at)
}

// HouseSourcePage is one source: how it does, by which terms it is asked, and what is done about it.
type HouseSourcePage struct {
	Source    houseSource
	Day       string
	Hours     []sourceHour
	Test      *sourceTest
	Rehearsal *sourceRehearsal
	Now       time.Time
	Runs      bool
	Settles   bool // whoever looks may compare statements
	Done      string
}

func (HouseSourcePage) template() string { return "housesource" }
func (p HouseSourcePage) title() string  { return p.Source.ID }

// Term is how its authorisation stands.
func (p HouseSourcePage) Term() badge { return p.Source.Terms.term(p.Now) }

// Asked and the rest are the sums of the day.
func (p HouseSourcePage) Sum() (sum sourceHour) {
	var took float64
	for _, h := range p.Hours {
		sum.Asked, sum.Verdicts, sum.Cost = sum.Asked+h.Asked, sum.Verdicts+h.Verdicts, sum.Cost+h.Cost
		sum.Slowest, took = max(sum.Slowest, h.Slowest), took+h.Latency*float64(h.Asked)
	}
	if sum.Asked > 0 {
		sum.Latency = took / float64(sum.Asked)
	}
	return sum
}

// Needs are the sets of elements that a test can be made with.
func (p HouseSourcePage) Needs() []choice {
	list := []choice{{Label: "它核验的全部要素"}}
	for _, c := range needChoices {
		if len(p.Source.Needs) == 0 || slices.Contains(p.Source.Needs, c.Value) {
			list = append(list, c)
		}
	}
	return list
}

var sourceDone = map[string]string{
	"added": "渠道已添加", "on": "渠道已启用，立即生效", "off": "渠道已停用，已发出的询问照常结束", "terms": "条款已更改，立即生效", "credentials": "凭证已更换，立即生效", "spec": "接入描述已更改，立即生效",
}

func (v *visit) source() (s houseSource, err error) {
	return s, v.get("/sources/"+v.segment("source"), &s)
}

func (c *Console) houseSourcePage(v *visit) (page, error) {
	who := v.who()
	p := HouseSourcePage{Now: c.o.Now(), Runs: who.May("house.write"), Settles: who.May("house.write") || who.May("money.write"), Done: v.done(sourceDone)}
	p.Day = p.Now.In(quartet.Shanghai).Format(time.DateOnly)
	if day, err := time.ParseInLocation(time.DateOnly, v.r.URL.Query().Get("day"), quartet.Shanghai); err == nil {
		p.Day = day.Format(time.DateOnly)
	}
	var err error
	if p.Source, err = v.source(); err != nil {
		return nil, err
	}
	var hours list[sourceHour]
	if err := v.get(query("/sources/"+v.segment("source")+"/hours", "day", p.Day), &hours); err != nil {
		return nil, err
	}
	p.Hours = hours.Items
	return p, nil
}

func (c *Console) switchSource(v *visit) (string, error) {
	on := v.value("on") == "true"
	done := map[bool]string{true: "on", false: "off"}[on]
	at := "/sources/" + v.segment("source")
	return query(houseSourcesPath+"/"+v.segment("source"), "done", done), v.put(at+"/state", map[string]any{"on": on, "reason": v.value("reason")}, nil)
}

func previewSources() []houseSource {
	at := previewNow
	union := houseSource{
		ID: "union-a", Kind: "httpjson", On: true, Address: "https://api.union-a.example.com", Needs: []string{"name,id,card,mobile", "name,id,card"}, SpecBytes: 4210, Manifest: "union-a", Credentials: []string{"app_key", "app_secret"},
		Terms: sourceTerms{
			Priority: 1, Weight: 3, TimeoutMS: 3000, QPS: 50, Burst: 100, Concurrent: 20, DailyCap: 200_000, AuthorisedFrom: "2025-04-01", AuthorisedUntil: "2026-03-20", Authorised: true,
			Purposes: []string{"payroll"}, IDTypes: []string{"idcard"}, CardKinds: []string{"DC"}, Maintenance: []string{"sun 01:00-05:00"},
			Prices: []sourcePrice{{From: "", Cost: 18}, {From: "2026-01-01", Needs: "name,id,card", Cost: 12.5}},
		},
		Cost: 18, Health: &sourceHealth{Breaker: "closed", InFlight: 3, Today: 15021, Verdicts: 14980, Failures: 41, LastFailure: "timeout", FailedAt: at.Add(-40 * time.Minute)},
		LastHour:  sourceHour{At: at.Add(-time.Hour), Asked: 820, Verdicts: 811, Failures: map[string]int64{"timeout": 6, "failed": 3}, Latency: 171.4, Slowest: 2980, Cost: 14598},
		CreatedAt: at.AddDate(0, -11, 0), ChangedAt: at.AddDate(0, 0, -4),
	}
	second := houseSource{
		ID: "cloud-b", Kind: "tencent", On: true, Address: "https://faceid.tencentcloudapi.com", Needs: []string{"name,id,card,mobile"}, Credentials: []string{"secret_id", "secret_key"},
		Terms: sourceTerms{Priority: 2, Share: 5, HedgeAfterMS: 800, Failures: 3, OpenMS: 30_000, AuthorisedUntil: "2027-12-31", Authorised: true, Prices: []sourcePrice{{Cost: 30}}},
		Cost:  30, Health: &sourceHealth{Breaker: "open", Skipped: "breaker open", Today: 3211, Verdicts: 3180, Failures: 31, LastFailure: "unreachable", FailedAt: at.Add(-5 * time.Second)},
		LastHour: sourceHour{At: at.Add(-time.Hour), Asked: 40, Verdicts: 12, Failures: map[string]int64{"unreachable": 28}, Latency: 640, Slowest: 1900, Cost: 360}, CreatedAt: at.AddDate(0, -2, 0), ChangedAt: at.AddDate(0, -1, 0),
	}
	old := houseSource{ID: "old-c", Kind: "httpjson", Unreadable: true, Needs: []string{}, Terms: sourceTerms{Priority: 9, AuthorisedUntil: "2026-02-28", Prices: []sourcePrice{}}, Health: &sourceHealth{Breaker: "closed", Skipped: "off"}, CreatedAt: at.AddDate(-2, 0, 0), ChangedAt: at.AddDate(0, 0, -2)}
	own := houseSource{ID: "registry", Kind: "registry", Needs: []string{}, Terms: sourceTerms{Authorised: true}, Health: &sourceHealth{Breaker: "closed", Skipped: "off"}, CreatedAt: at.AddDate(-2, 0, 0), ChangedAt: at.AddDate(-2, 0, 0)}
	return []houseSource{union, second, own, old}
}

func houseSourcePreviews() []preview {
	sources := previewSources()
	policy := sourcePolicy{"priority", []sourcePin{{"acme", "cloud-b"}}}
	hours := []sourceHour{{At: previewNow.Add(-2 * time.Hour), Asked: 790, Verdicts: 786, Failures: map[string]int64{"timeout": 4}, Latency: 168.2, Slowest: 2400, Cost: 14148}, sources[0].LastHour}
	test := &sourceTest{Whom: "its test person", Needs: "name,id,card,mobile", Order: "TEST6LLY1795660512", Passed: true, Verdict: "match", Sent: true, Charged: "no", Code: "same", Reference: "VQWV7QQS1795660512", Latency: 8.4}
	failed := &sourceTest{Whom: "its test person", Needs: "name,id,card,mobile", Order: "TEST6LLY1795660513", Failure: "busy", Sent: true, Charged: "unknown", Cost: 30, Code: "AuthFailure", Latency: 31}
	rehearsal := &sourceRehearsal{"its test person", "POST https://api.union-a.example.com/v1/verify\nX-Union-Key: ‹app_key›\n\n{\"card_no\":\"************0005\"}"}
	one := func(s houseSource) HouseSourcePage {
		return HouseSourcePage{Source: s, Day: "2026-03-02", Now: previewNow, Runs: true, Settles: true}
	}
	busy, tested, refused, rehearsed := one(sources[0]), one(sources[0]), one(sources[1]), one(sources[0])
	busy.Hours, tested.Test, refused.Test, rehearsed.Rehearsal = hours, test, failed, rehearsal
	return []preview{
		{name: "house-sources", path: houseSourcesPath, page: HouseSourcesPage{Sources: sources, Policy: policy, Now: previewNow, Runs: true}},
		{name: "house-sources-empty", path: houseSourcesPath, page: HouseSourcesPage{Policy: sourcePolicy{Rule: "cheapest"}, Now: previewNow}},
		{name: "house-source", path: sources[0].Path(), page: busy},
		{name: "house-source-tested", path: sources[0].Path(), page: tested},
		{name: "house-source-failed", path: sources[1].Path(), page: refused},
		{name: "house-source-rehearsed", path: sources[0].Path(), page: rehearsed},
		{name: "house-source-registry", path: sources[2].Path(), page: one(sources[2])},
		{name: "house-source-unreadable", path: sources[3].Path(), page: one(sources[3])},
	}
}
