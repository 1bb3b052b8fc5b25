package console

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"quartet"
)

// todayEvery is how often the picture of the moment is looked at anew.
const todayEvery = 15

func (c *Console) todayRoutes() {
	c.housed("GET "+housePath+"{$}", c.houseHome)
}

// HouseTodayPage is how the house does at this moment, and what waits for people.
type HouseTodayPage struct {
	At      time.Time `json:"at"`
	Minute  int64     `json:"calls_last_minute"`
	Peak    int64     `json:"peak_calls"`
	PeakAt  time.Time `json:"peak_at"`
	Latency struct {
		Calls int64 `json:"calls"`
		P50   int64 `json:"p50_ms"`
		P95   int64 `json:"p95_ms"`
	} `json:"latency"`
	Today struct {
		Calls        int64       `json:"calls"`
		Units        int64       `json:"units"`
		Match        int64       `json:"match"`
		Mismatch     int64       `json:"mismatch"`
		Undetermined int64       `json:"undetermined"`
		Refusals     []codeCount `json:"refusals"`
	} `json:"today"`
	Slots []struct {
		At           time.Time `json:"at"`
		Calls        int64     `json:"calls"`
		Units        int64     `json:"units"`
		Match        int64     `json:"match"`
		Mismatch     int64     `json:"mismatch"`
		Undetermined int64     `json:"undetermined"`
	} `json:"hours"`
	Money   *todaySums       `json:"money"`
	Sources []todaySource    `json:"sources"`
	Waiting map[string]int64 `json:"waiting"`

	Hours  verdictDays `json:"-"`
	Chores []chore     `json:"-"`
}

func (HouseTodayPage) template() string { return "housetoday" }
func (HouseTodayPage) title() string    { return "今日概况" }
func (HouseTodayPage) scripts() []string {
	return []string{"vendor/uplot/uPlot.iife.min.js", "vendor/htmx/htmx.min.js", "chart.js"}
}

// Every is how often the page asks for itself again, in seconds.
func (HouseTodayPage) Every() int { return todayEvery }

// codeCount is how often a code was answered.
type codeCount struct {
	Code  string `json:"code"`
	Calls int64  `json:"calls"`
}

// Words are what the code says.
func (c codeCount) Words(lang string) string {
	for _, t := range quartet.Codes() {
		if t.Code.String() == c.Code {
			if lang == string(english) {
				return t.English
			}
			return t.Message
		}
	}
	return ""
}

// todaySums are what today brought in, and cost.
type todaySums struct {
	At      time.Time `json:"at"`
	Revenue int64     `json:"revenue_fen"`
	Cost    int64     `json:"cost_fen"`
	Open    int64     `json:"open_cost_fen"`
	Margin  int64     `json:"margin_fen"`
}

// todaySource is how a source stands.
type todaySource struct {
	Name      string `json:"name"`
	On        bool   `json:"on"`
	Breaker   string `json:"breaker"`
	Skipped   string `json:"skipped"`
	InFlight  int64  `json:"in_flight"`
	Questions int64  `json:"questions"`
	Asked     int64  `json:"asked"`
	Succeeded int64  `json:"succeeded"`
	P50       int64  `json:"p50_ms"`
	P95       int64  `json:"p95_ms"`
}

// Badge is how it stands, in a word.
func (s todaySource) Badge() badge {
	switch {
	case !s.On:
		return badge{"已停用", "secondary"}
	case s.Breaker == "open":
		return badge{"熔断中", "red"}
	case s.Breaker == "half_open":
		return badge{"试探中", "yellow"}
	case s.Skipped != "":
		return badge{"暂不使用", "yellow"}
	}
	return badge{"正常", "green"}
}

// chore is something that waits for people. Path is the page on which they do it; "": whoever
// looks has none.
type chore struct {
	Words, Path string
	Count       int64
}

// chores are those that the API counts, with their pages.
var chores = []struct{ name, words, path string }{
	{"firm_applications", "企业认证审核", "/house/firms"},
	{"tickets", "待答复的工单", "/house/tickets"},
	{"refunds", "待处理的退款", "/house/refunds"},
	{"transfers", "用途不明的转账", "/house/transfers"},
	{"claims", "待复核的转账认领", "/house/claims"},
	{"adjustments", "待复核的次数调整", "/house/adjustments"},
	{"bank_accounts", "待复核的收款账户", "/house/bank-accounts"},
	{"invoices", "待处理的发票", "/house/invoices"},
	{"red_letters", "待处理的红字发票", "/house/red-letters"},
	{"settlements", "有差异的对账", "/house/settlements"},
	{"roles", "待复核的角色", houseOperatorsPath},
	{"dead_jobs", "失败待处理的任务", jobsPath + "?state=dead"},
}

// houseHome is the picture of the moment for whoever may see it. Others are led to the first
// page that is for them.
func (c *Console) houseHome(v *visit) (page, error) {
	who := v.who()
	if who.May("house.read") {
		var p HouseTodayPage
		if err := v.get("/today", &p); err != nil {
			return nil, err
		}
		p.fill(who)
		return p, nil
	}
	to := houseSecurityPath
	if list := houseNavigation("", who); len(list) > 0 {
		to = list[0].Path
	}
	v.redirect(to)
	return nil, nil //nolint:nilnil // the browser is led on
}

// fill makes what the template shows of what the API told.
func (p *HouseTodayPage) fill(who *session) {
	for _, s := range p.Slots {
		p.Hours.add(verdictDay{s.At, s.Match, s.Mismatch, s.Undetermined, s.Calls - s.Match - s.Mismatch - s.Undetermined, s.Units})
	}
	for _, one := range chores {
		n := p.Waiting[one.name]
		if n == 0 {
			continue
		}
		p.Chores = append(p.Chores, chore{one.words, houseLink(one.path, who), n})
	}
}

// houseLink is a path if the menu of whoever looks has its page, or else "".
func houseLink(path string, who *session) string {
	page, _, _ := strings.Cut(path, "?")
	for _, m := range houseMenu {
		if m.path == page && slices.ContainsFunc(m.rights, who.May) {
			return path
		}
	}
	return ""
}

// Chart is the last hours for the script that draws them.
func (p HouseTodayPage) Chart(lang string) chart {
	c := p.Hours.Chart(lang)
	c.Label = language(lang).word("时间")
	return c
}

// Refused is how many calls of today got no verdict.
func (p HouseTodayPage) Refused() (n int64) {
	for _, r := range p.Today.Refusals {
		n += r.Calls
	}
	return n
}

// Rate is how many calls come a second, to a tenth.
func (p HouseTodayPage) Rate() string {
	return strconv.FormatFloat(float64(p.Minute)/60, 'f', 1, 64)
}

// PeakTime is when the busiest second was.
func (p HouseTodayPage) PeakTime() string { return p.PeakAt.In(quartet.Shanghai).Format(time.TimeOnly) }

func todayPreviews() []preview {
	who := &session{Rights: houseRights()}
	p := HouseTodayPage{At: previewNow, Minute: 1284, Peak: 63, PeakAt: previewNow.Add(-95 * time.Minute), Money: &todaySums{previewNow.Add(-time.Minute), 412345, 198765, 1200, 213580}}
	p.Latency.Calls, p.Latency.P50, p.Latency.P95 = 6320, 176, 512
	p.Today.Calls, p.Today.Units, p.Today.Match, p.Today.Mismatch, p.Today.Undetermined = 18244, 17702, 14580, 3122, 365
	p.Today.Refusals = []codeCount{{"10014", 3}, {"11002", 120}, {"10001", 54}}
	for i := range 24 {
		n := int64(300 + i*61%500)
		at := previewNow.Add(time.Duration(i-23) * time.Hour)
		p.Hours.add(verdictDay{at, n * 8 / 10, n * 16 / 100, n * 3 / 100, n / 100, n})
	}
	p.Sources = []todaySource{
		{"primary", true, "closed", "", 3, 15021, 820, 818, 170, 480},
		{"second", true, "half_open", "", 0, 3211, 40, 12, 640, 1900},
		{"registry", false, "closed", "off", 0, 0, 0, 0, 0, 0},
	}
	p.Waiting = map[string]int64{"firm_applications": 2, "tickets": 5, "refunds": 1, "roles": 1, "dead_jobs": 3}
	p.fill(who)
	quiet := HouseTodayPage{At: previewNow, Sources: []todaySource{}}
	return []preview{
		{name: "house-today", path: housePath, page: p},
		{name: "house-today-quiet", path: housePath, page: quiet},
	}
}
