package console

import (
	"slices"
	"strings"
	"time"
)

const houseDrillsPath = "/house/drills"

func (c *Console) drillRoutes() {
	c.housed("GET "+houseDrillsPath, c.houseDrillsPage)
	c.form("POST "+houseDrillsPath, c.beginDrill, c.houseDrillsPage)
	c.housed("GET "+houseDrillsPath+"/{drill}", c.houseDrillPage)
	c.form("POST "+houseDrillsPath+"/{drill}/cancellation", c.cancelDrill, c.houseDrillPage)
}

// houseDrill is a rehearsal of bad days of suppliers.
type houseDrill struct {
	ID         string       `json:"id"`
	By         actor        `json:"by"`
	State      string       `json:"state"`
	Passed     bool         `json:"passed"`
	Invented   bool         `json:"invented"`
	Calls      int64        `json:"calls"`
	Callers    int64        `json:"callers"`
	DeadlineMS int64        `json:"deadline_ms"`
	Made       int64        `json:"calls_made"`
	Total      int64        `json:"calls_total"`
	Reason     string       `json:"reason"`
	BegunAt    time.Time    `json:"begun_at"`
	EndedAt    time.Time    `json:"ended_at"`
	Report     *drillReport `json:"report"`
}

// Path is where it is watched.
func (d houseDrill) Path() string { return pathTo(houseDrillsPath+"/", d.ID) }

// Running reports whether it goes on.
func (d houseDrill) Running() bool { return d.State == "running" }

// Badge is what came of it, in a word.
func (d houseDrill) Badge() badge {
	switch {
	case d.State == "done" && d.Passed:
		return badge{"全部符合", "green"}
	case d.State == "done":
		return badge{"有不符合项", "red"}
	}
	return map[string]badge{"running": {"演练中", "blue"}, "failed": {"无法进行", "red"}, "cancelled": {"已取消", "secondary"}, "cut_off": {"被中断", "yellow"}}[d.State]
}

// drillReport is what came of a drill that was made to its end.
type drillReport struct {
	Phases    []drillPhase    `json:"phases"`
	Suppliers []drillSupplier `json:"suppliers"`
	Checks    []drillCheck    `json:"checks"`
}

type drillPhase struct {
	Name      string           `json:"name"`
	Calls     int64            `json:"calls"`
	Answers   map[string]int64 `json:"answers"`
	SlowestMS int64            `json:"slowest_ms"`
	Late      int64            `json:"late"`
}

// Words are what ailed the suppliers.
func (p drillPhase) Words() string {
	return labelIn([]choice{
		{Value: "all well", Label: "全部正常"},
		{Value: "one dies", Label: "一个中途宕机"},
		{Value: "one dead, one slow", Label: "一个宕机，一个变慢"},
		{Value: "one dead, two slow", Label: "一个宕机，两个变慢"},
		{Value: "one dead, one slow, one lying", Label: "一个宕机，一个变慢，一个乱答"},
		{Value: "one dead, one slow, one breaking off", Label: "一个宕机，一个变慢，一个断连"},
		{Value: "all well again", Label: "恢复正常"},
	}, p.Name)
}

// Seen is what buyers saw: states first, then codes.
func (p drillPhase) Seen() []drillAnswer {
	var list []drillAnswer
	for what, n := range p.Answers {
		list = append(list, drillAnswer{what, n})
	}
	slices.SortFunc(list, func(a, b drillAnswer) int {
		if len(a.What) != len(b.What) {
			return len(a.What) - len(b.What)
		}
		return strings.Compare(a.What, b.What)
	})
	return list
}

// drillAnswer is an answer of calls, and how many got it.
type drillAnswer struct {
	What  string
	Count int64
}

// Words are the state or the code in words.
func (a drillAnswer) Words(lang string) string {
	if state := map[string]string{"1": "一致", "2": "不一致", "3": "异常"}[a.What]; state != "" {
		return language(lang).word(state)
	}
	return codeCount{Code: a.What}.Words(lang)
}

type drillSupplier struct {
	Source    string           `json:"source_id"`
	Processed int64            `json:"processed"`
	Charges   int64            `json:"charges"`
	Asked     int64            `json:"asked"`
	Booked    int64            `json:"booked"`
	Learnt    int64            `json:"learnt"`
	Settled   int64            `json:"settled"`
	Open      int64            `json:"open"`
	Cost      float64          `json:"cost_fen"`
	Skipped   map[string]int64 `json:"skipped"`
	Failures  map[string]int64 `json:"failures"`
}

// CostText is what is booked, in yuan.
func (s drillSupplier) CostText() string { return costText(s.Cost) }

// Causes are how it failed, Passed why it was passed over.
func (s drillSupplier) Causes() []cause { return sourceHour{Failures: s.Failures}.Causes() }

func (s drillSupplier) Passed() []cause {
	list := make([]cause, 0, len(s.Skipped))
	for word, n := range s.Skipped {
		list = append(list, cause{labelWord(skippedWords, word), n})
	}
	slices.SortFunc(list, func(a, b cause) int { return int(b.Count - a.Count) })
	return list
}

type drillCheck struct {
	What   string `json:"what"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
}

// Words and Found are what must hold and what was found, in a language.
func (c drillCheck) Words(lang string) string { return language(lang).problem(c.What) }
func (c drillCheck) Found(lang string) string { return language(lang).problem(c.Detail) }

// HouseDrillsPage lists drills, and begins one.
type HouseDrillsPage struct {
	Drills    []houseDrill
	Suppliers []string // those that would be rehearsed
	Next      string
	Runs      bool
}

func (HouseDrillsPage) template() string { return "housedrills" }
func (HouseDrillsPage) title() string    { return "渠道演练" }

// Waits is the drill that goes on, before whose end no other begins.
func (p HouseDrillsPage) Waits() *houseDrill {
	for i := range p.Drills {
		if p.Drills[i].Running() {
			return &p.Drills[i]
		}
	}
	return nil
}

func (c *Console) houseDrillsPage(v *visit) (page, error) {
	p := HouseDrillsPage{Runs: v.who().May("house.write")}
	var drills list[houseDrill]
	if err := v.get(query("/drills", "limit", "30", "after", v.r.URL.Query().Get("after")), &drills); err != nil {
		return nil, err
	}
	p.Drills, p.Next = drills.Items, following(houseDrillsPath, drills.Next)
	sources, err := all[houseSource](v, "/sources")
	for i := range sources {
		if sources[i].On && !sources[i].Local() {
			p.Suppliers = append(p.Suppliers, sources[i].ID)
		}
	}
	return p, err
}

func (c *Console) beginDrill(v *visit) (string, error) {
	in := map[string]any{"invented": v.checked("invented")}
	if err := v.whole(in, "calls", "callers", "deadline_ms"); err != nil {
		return "", err
	}
	var begun houseDrill
	if err := v.post("/drills", in, &begun); err != nil {
		return "", err
	}
	return begun.Path(), nil
}

// HouseDrillPage is how far a drill is, or what held in it.
type HouseDrillPage struct {
	Drill houseDrill
	Runs  bool
	Done  string
}

func (HouseDrillPage) template() string { return "housedrill" }
func (HouseDrillPage) title() string    { return "演练报告" }
func (p HouseDrillPage) scripts() []string {
	if p.Drill.Running() {
		return []string{"vendor/htmx/htmx.min.js"}
	}
	return nil
}

func (c *Console) houseDrillPage(v *visit) (page, error) {
	p := HouseDrillPage{Runs: v.who().May("house.write"), Done: v.done(map[string]string{"cancelled": "演练已取消"})}
	return p, v.get("/drills/"+v.segment("drill"), &p.Drill)
}

func (c *Console) cancelDrill(v *visit) (string, error) {
	drill := v.segment("drill")
	return v.houseAct(houseDrillsPath+"/"+drill, "cancelled", "/drills/"+drill+"/cancellation", nil)
}

func drillPreviews() []preview {
	at := previewNow
	running := houseDrill{ID: "d3", By: "qian", State: "running", Calls: 200, Callers: 16, DeadlineMS: 2000, Made: 610, Total: 1400, BegunAt: at.Add(-20 * time.Second)}
	passed := houseDrill{ID: "d2", By: "qian", State: "done", Passed: true, Calls: 200, Callers: 16, DeadlineMS: 2000, Made: 1400, Total: 1400, BegunAt: at.Add(-26 * time.Hour), EndedAt: at.Add(-26*time.Hour + 90*time.Second), Report: &drillReport{
		Phases: []drillPhase{
			{"all well", 200, map[string]int64{"1": 200}, 61, 0},
			{"one dies", 200, map[string]int64{"1": 184, "10007": 16}, 410, 0},
			{"one dead, one slow", 200, map[string]int64{"1": 200}, 380, 0},
			{"one dead, two slow", 200, map[string]int64{"1": 121, "10003": 79}, 2003, 2},
			{"one dead, one slow, one lying", 200, map[string]int64{"1": 96, "10016": 104}, 420, 0},
			{"one dead, one slow, one breaking off", 200, map[string]int64{"1": 90, "10007": 110}, 390, 0},
			{"all well again", 200, map[string]int64{"1": 200}, 55, 0},
		},
		Suppliers: []drillSupplier{
			{"union-a", 320, 318, 340, 318, 2, 0, 0, 5724, map[string]int64{"breaker open": 820}, map[string]int64{"unreachable": 20, "failed": 2}},
			{"cloud-b", 610, 604, 702, 604, 0, 18, 0, 18120, map[string]int64{"breaker open": 300}, map[string]int64{"timeout": 79}},
		},
		Checks: []drillCheck{
			{"every call was answered", true, "0 were not"},
			{"no question was processed twice, by one supplier or by two", true, "0 were"},
			{"union-a charges no less than is booked, and no more than is booked or open", true, "it charges 318, booked are 318 and 0 open"},
			{"buyers paid for the verdicts they saw, and for nothing else", true, "1091 verdicts of 1 and 2, 1091 units used"},
			{"the quota book adds up", true, "0 differences, 0 units held"},
		},
	}}
	bad := passed
	report := *passed.Report
	report.Checks = slices.Clone(report.Checks)
	report.Checks[2] = drillCheck{"union-a charges just what is booked then", false, "it charges 320, booked are 318 and 0 open"}
	bad.ID, bad.Passed, bad.Report = "d1", false, &report
	failed := houseDrill{ID: "d0", By: "sun", State: "failed", Invented: true, Calls: 10, Callers: 4, DeadlineMS: 500, Total: 70, Reason: "an unexpected fault", BegunAt: at.AddDate(0, 0, -9), EndedAt: at.AddDate(0, 0, -9)}
	return []preview{
		{name: "house-drills", path: houseDrillsPath, page: HouseDrillsPage{Drills: []houseDrill{passed, bad, failed}, Suppliers: []string{"union-a", "cloud-b"}, Runs: true}},
		{name: "house-drills-running", path: houseDrillsPath, page: HouseDrillsPage{Drills: []houseDrill{running, passed}, Suppliers: []string{"union-a"}, Runs: true}},
		{name: "house-drills-empty", path: houseDrillsPath, page: HouseDrillsPage{Runs: true}},
		{name: "house-drill-running", path: running.Path(), page: HouseDrillPage{Drill: running, Runs: true}},
		{name: "house-drill", path: passed.Path(), page: HouseDrillPage{Drill: passed, Runs: true}},
		{name: "house-drill-bad", path: bad.Path(), page: HouseDrillPage{Drill: bad, Runs: true}},
		{name: "house-drill-failed", path: failed.Path(), page: HouseDrillPage{Drill: failed, Runs: true}},
	}
}
