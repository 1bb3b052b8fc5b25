package console

import (
	"net/url"
	"time"

	"quartet"
)

const (
	houseAnswersPath    = "/house/tickets/canned-answers"
	houseStatisticsPath = "/house/tickets/statistics"
)

func (c *Console) houseAnswerRoutes() {
	c.housed("GET "+houseAnswersPath, c.houseAnswersPage)
	c.form("POST "+houseAnswersPath, c.writeCannedAnswer, c.houseAnswersPage)
	c.housed("GET "+houseStatisticsPath, c.houseStatisticsPage)
}

// cannedAnswer is what support answers to questions about a result code.
type cannedAnswer struct {
	Code      string    `json:"code"`
	Text      string    `json:"text"`
	ChangedAt time.Time `json:"changed_at"`
	ChangedBy string    `json:"changed_by"`
}

// Own reports whether the house wrote it, and it is not what comes with the product.
func (a cannedAnswer) Own() bool { return !a.ChangedAt.IsZero() }

// Words are what its code says.
func (a cannedAnswer) Words(lang string) string { return ownCall{Code: a.Code}.Words(lang) }

// HouseAnswersPage lists the canned answers, each in a form of its own for whoever may write.
type HouseAnswersPage struct {
	Answers []cannedAnswer
	Serves  bool
	Done    string
}

func (HouseAnswersPage) template() string { return "houseanswers" }
func (HouseAnswersPage) title() string    { return "常用回复" }

// Tabs are the pages about tickets, with the one that is open.
func (HouseAnswersPage) Tabs() []choice { return ticketTabs(houseAnswersPath) }

func (c *Console) houseAnswersPage(v *visit) (page, error) {
	p := HouseAnswersPage{Serves: v.who().May("buyer.serve"), Done: v.done(map[string]string{"written": "已保存，立即生效"})}
	var err error
	p.Answers, err = all[cannedAnswer](v, "/canned-answers")
	return p, err
}

func (c *Console) writeCannedAnswer(v *visit) (string, error) {
	code := v.value("code")
	return query(houseAnswersPath, "done", "written") + "#code-" + url.PathEscape(code),
		v.put("/canned-answers/"+url.PathEscape(code), map[string]string{"text": v.value("text")}, nil)
}

// ticketStatistics is how support did with the tickets of a span of time.
type ticketStatistics struct {
	Opened   int64   `json:"opened"`
	Answered int64   `json:"answered"`
	Seconds  int64   `json:"median_first_answer_seconds"`
	Rated    int64   `json:"rated"`
	Stars    float64 `json:"mean_stars"`
}

// Minutes is the median in whole minutes, at least one.
func (s ticketStatistics) Minutes() int64 { return max(1, (s.Seconds+30)/60) }

var statisticSpans = []choice{{Value: "7", Label: "近 7 天"}, {Value: "30", Label: "近 30 天"}, {Value: "90", Label: "近 90 天"}}

// HouseStatisticsPage tells how support did.
type HouseStatisticsPage struct {
	Statistics ticketStatistics
	Days       string
	From, To   time.Time
}

func (HouseStatisticsPage) template() string { return "housestatistics" }
func (HouseStatisticsPage) title() string    { return "工单统计" }

// Tabs are the pages about tickets, with the one that is open.
func (HouseStatisticsPage) Tabs() []choice { return ticketTabs(houseStatisticsPath) }

// Spans are what can be chosen.
func (p HouseStatisticsPage) Spans() []choice { return chosen(statisticSpans, p.Days) }

func (c *Console) houseStatisticsPage(v *visit) (page, error) {
	p := HouseStatisticsPage{Days: v.r.URL.Query().Get("days")}
	days, known := map[string]int{"7": 7, "30": 30, "90": 90}[p.Days]
	if !known {
		days, p.Days = 30, "30"
	}
	now := c.o.Now().In(quartet.Shanghai)
	p.To = now
	p.From = time.Date(now.Year(), now.Month(), now.Day()+1-days, 0, 0, 0, 0, quartet.Shanghai)
	err := v.get(query("/ticket-statistics", "from_at", p.From.Format(time.RFC3339), "to_at", p.To.Format(time.RFC3339)), &p.Statistics)
	return p, err
}

func previewCanned() []cannedAnswer {
	return []cannedAnswer{
		{Code: "10003", Text: "该调用在时限内没有得到结论，不扣次。请稍后重试。"},
		{Code: "10008", Text: "请求缺少必填参数，请补全后再调用。不扣次。", ChangedAt: previewNow.AddDate(0, 0, -3), ChangedBy: "operator zhou"},
	}
}

func houseAnswerPreviews() []preview {
	return []preview{
		{name: "house-answers", path: houseAnswersPath, page: HouseAnswersPage{Answers: previewCanned(), Serves: true}},
		{name: "house-answers-reads", path: houseAnswersPath, page: HouseAnswersPage{Answers: previewCanned()}},
		{name: "house-answers-refused", path: houseAnswersPath, page: HouseAnswersPage{Answers: previewCanned(), Serves: true}, form: form{Values: url.Values{"code": {"10008"}, "text": {"太长"}}, Faults: map[string]string{"text": "请写点内容"}}},
		{name: "house-statistics", path: houseStatisticsPath, page: HouseStatisticsPage{Days: "30", From: previewNow.AddDate(0, 0, -30), To: previewNow, Statistics: ticketStatistics{148, 145, 540, 61, 4.7}}},
		{name: "house-statistics-empty", path: houseStatisticsPath, page: HouseStatisticsPage{Days: "7", From: previewNow.AddDate(0, 0, -7), To: previewNow}},
	}
}
