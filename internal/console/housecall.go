package console

import (
	"cmp"
	"math"
	"net/http"
	"net/url"
	"time"

	"quartet"
)

const houseCallsPath = "/house/calls"

func (c *Console) houseCallRoutes() {
	c.housed("GET "+houseCallsPath, c.houseCallsPage)
	c.housed("GET "+houseCallsPath+"/{seq_no}", c.houseCallPage)
}

// houseCall is a call as the house sees it. No element is among it: none is kept.
type houseCall struct {
	ownCall

	Account  string        `json:"account_id"`
	Grant    string        `json:"grant_id"`
	Source   string        `json:"source"`
	Reused   bool          `json:"reused"`
	Attempts []callAttempt `json:"attempts"`
}

// Path is where it is shown.
func (c houseCall) Path() string { return houseCallsPath + "/" + url.PathEscape(c.SeqNo) }

// Buyer is whose it is.
func (c houseCall) Buyer() buyer { return buyer{ID: c.Account} }

// callAttempt is a source that was considered for a call, and what came of it.
type callAttempt struct {
	Source    string    `json:"source"`
	Skipped   string    `json:"skipped"`
	Choice    string    `json:"choice"`
	At        time.Time `json:"at"`
	Latency   int64     `json:"latency_ms"`
	Sent      bool      `json:"sent"`
	Failure   string    `json:"failure"`
	Verdict   string    `json:"verdict"`
	Reason    string    `json:"reason"`
	Charged   string    `json:"charged"`
	Cost      float64   `json:"cost_fen"`
	Reference string    `json:"reference"`
	Code      string    `json:"code"`
	Note      string    `json:"note"`
}

// The words in which routing says why a source was asked, or was not, and how it failed.
var (
	choiceWords = map[string]string{
		"beside": "与前一个同时问", "pinned": "指定了它", "next": "前一个没有结论", "only one": "只有它可用", "share": "按份额", "weight": "按权重", "cheapest": "最便宜", "priority": "按优先级",
	}
	skippedWords = map[string]string{
		"pinned elsewhere": "指定了别的渠道", "off": "已停用", "broken": "配置有误", "elements": "不核验这些要素", "id type": "不支持这种证件", "card kind": "不支持这种卡", "not authorised": "不在授权期内",
		"purpose": "用途不符", "maintenance": "维护中", "daily cap": "已到当日上限", "breaker open": "已熔断", "busy": "并发已满", "too fast": "超过每秒上限",
	}
	failureWords = map[string]string{
		"unreachable": "连接不上", "timeout": "超时", "failed": "渠道报错", "not_understood": "应答无法识别", "busy": "渠道繁忙", "rejected": "渠道不接受参数", "no_record": "渠道没有记录", "unsupported": "渠道不支持",
		"frequency": "渠道限制频次", "forsaken": "未等到应答",
	}
	noteWords = map[string]string{"hedged": "与另一个同时问", "told afterwards": "事后得知结果"}
)

func (a callAttempt) ChoiceWords() string  { return cmp.Or(choiceWords[a.Choice], a.Choice) }
func (a callAttempt) SkippedWords() string { return cmp.Or(skippedWords[a.Skipped], a.Skipped) }
func (a callAttempt) FailureWords() string { return cmp.Or(failureWords[a.Failure], a.Failure) }
func (a callAttempt) NoteWords() string    { return cmp.Or(noteWords[a.Note], a.Note) }

// ChargedWords are whether the source charges for it.
func (a callAttempt) ChargedWords() string {
	return map[string]string{"yes": "渠道计费", "no": "渠道不计费", "unknown": "渠道是否计费未知"}[a.Charged]
}

// CostText is what the source charges, or would, in yuan to the thousandth of a fen.
func (a callAttempt) CostText() string {
	return "¥" + quartet.Millifen(math.Round(a.Cost*1000)).String()
}

// HouseCallsPage is the log of the calls of all accounts.
type HouseCallsPage struct {
	Calls    []houseCall // newest first
	Buyers   map[string]buyer
	Filter   callFilter
	Account  string
	Source   string
	Products map[string]string
	Next     string
}

func (HouseCallsPage) template() string { return "housecalls" }
func (HouseCallsPage) title() string    { return "全部调用" }

// Verdicts, Codes and products are those that can be chosen.
func (p HouseCallsPage) Verdicts() []choice { return chosen(verdicts, p.Filter.Verdict) }

func (p HouseCallsPage) Codes(lang string) []choice { return CallsPage{Filter: p.Filter}.Codes(lang) }

func (p HouseCallsPage) ProductChoices() []choice {
	return chosen(named(p.Products), p.Filter.Product)
}

// Any reports whether anything is filtered.
func (p HouseCallsPage) Any() bool { return p.Filter.Any() || p.Account != "" || p.Source != "" }

func (c *Console) houseCallsPage(v *visit) (page, error) {
	q := v.r.URL.Query()
	if seqNo := asSeqNo(q.Get("seq_no")); seqNo != "" {
		v.redirect(houseCallsPath + "/" + url.PathEscape(seqNo))
		return nil, nil //nolint:nilnil // the browser is led on
	}
	f := callFilter{From: q.Get("from"), To: q.Get("to"), Code: q.Get("code"), Verdict: q.Get("verdict"), Product: q.Get("product")}
	p := HouseCallsPage{Filter: f, Account: q.Get("account"), Source: q.Get("source")}
	after := q.Get("after")
	q.Del("after") // no field: what is wrong with it is wrong with the page
	v.form.Values = q
	from, to := v.shanghaiSpan(f.From, f.To)
	var err error
	if p.Products, err = v.productNames(); err != nil || len(v.form.Faults) > 0 {
		return p, err
	}
	var calls list[houseCall]
	err = v.get(query("/calls", "from_at", instant(from), "to_at", instant(to), "code", f.Code, "verdict", f.Verdict,
		"product_id", f.Product, "account_id", p.Account, "source", p.Source, "after", after, "limit", "50"), &calls)
	if problem := problemOf(err); problem != nil && problem.Status == http.StatusUnprocessableEntity {
		v.form.refuse(v, problem)
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	p.Calls = calls.Items
	if calls.Next != "" {
		p.Next = query(houseCallsPath, append(f.pairs(), "account", p.Account, "source", p.Source, "after", calls.Next)...)
	}
	ids := []string{p.Account}
	for _, one := range p.Calls {
		ids = append(ids, one.Account)
	}
	p.Buyers, err = v.buyers(ids...)
	return p, err
}

// HouseCallPage is one call with the sources that were considered for it.
type HouseCallPage struct {
	Call     houseCall
	Buyer    buyer
	Products map[string]string
}

func (HouseCallPage) template() string { return "housecall" }
func (HouseCallPage) title() string    { return "调用详情" }

// TicketsPath is where tickets about it are.
func (p HouseCallPage) TicketsPath() string { return query(houseTicketsPath, "search", p.Call.SeqNo) }

// HouseCallUnknownPage says that no call bears a seqNo.
type HouseCallUnknownPage struct {
	SeqNo string
	Wrong bool // it is not written as one
}

func (HouseCallUnknownPage) template() string { return "housecallunknown" }
func (HouseCallUnknownPage) title() string    { return "查不到这次调用" }

func (c *Console) houseCallPage(v *visit) (page, error) {
	seqNo := asSeqNo(v.r.PathValue("seq_no"))
	var p HouseCallPage
	err := v.get("/calls/"+url.PathEscape(seqNo), &p.Call)
	if problem := problemOf(err); problem != nil && (problem.Status == http.StatusNotFound || problem.Status == http.StatusUnprocessableEntity) {
		c.render(v, http.StatusNotFound, HouseCallUnknownPage{seqNo, !seqNoShaped(seqNo)})
		return nil, nil //nolint:nilnil // it is answered
	}
	if err != nil {
		return nil, err
	}
	named, err := v.buyers(p.Call.Account)
	if err != nil {
		return nil, err
	}
	p.Buyer = named[p.Call.Account]
	p.Products, err = v.productNames()
	return p, err
}

func previewHouseCalls() []houseCall {
	var list []houseCall
	for i, one := range previewCalls() {
		list = append(list, houseCall{ownCall: one, Account: []string{"acme", "a7qk2m0zd4x"}[i%2], Source: "union-a"})
	}
	list[0].Grant = "g2"
	list[0].Attempts = []callAttempt{{Source: "union-a", Choice: "priority", At: list[0].At.Add(2 * time.Millisecond), Latency: 158, Sent: true, Verdict: "match", Charged: "yes", Cost: 18, Reference: "A20260302120001", Code: "0000"}}
	late := list[4]
	late.Attempts = []callAttempt{
		{Source: "union-b", Skipped: "breaker open"},
		{Source: "union-a", Choice: "priority", At: late.At.Add(2 * time.Millisecond), Latency: 2990, Sent: true, Failure: "timeout", Charged: "unknown", Cost: 18, Note: "told afterwards"},
	}
	list[4] = late
	list[1] = late
	list[1].Account = "acme"
	return []houseCall{list[0], late, list[2], list[3], list[5]}
}

func houseCallPreviews() []preview {
	calls := previewHouseCalls()
	all := HouseCallsPage{Calls: calls, Buyers: previewBuyers(), Products: previewProducts(), Next: houseCallsPath + "?after=4F7UWK1X1772420022"}
	none := HouseCallsPage{Products: previewProducts(), Filter: callFilter{Code: "10003"}, Account: "acme", Buyers: previewBuyers()}
	reused := HouseCallPage{Call: calls[2], Buyer: buyer{"acme", "测试贸易有限公司"}, Products: previewProducts()}
	reused.Call.Reused = true
	return []preview{
		{name: "house-calls", path: houseCallsPath, page: all},
		{name: "house-calls-empty", path: houseCallsPath, page: HouseCallsPage{}},
		{name: "house-calls-filtered", path: houseCallsPath, page: none},
		{name: "house-calls-refused", path: houseCallsPath, page: HouseCallsPage{Filter: callFilter{From: "2026-03-02T00:00", To: "2026-03-01T00:00"}}, form: form{
			Values: url.Values{"from": {"2026-03-02T00:00"}, "to": {"2026-03-01T00:00"}}, Faults: map[string]string{"to": "结束时间须晚于开始时间"},
		}},
		{name: "house-call", path: calls[0].Path(), page: HouseCallPage{Call: calls[0], Buyer: buyer{"acme", "测试贸易有限公司"}, Products: previewProducts()}},
		{name: "house-call-failed", path: calls[1].Path(), page: HouseCallPage{Call: calls[1], Buyer: buyer{"acme", "测试贸易有限公司"}, Products: previewProducts()}},
		{name: "house-call-reused", path: calls[2].Path(), page: reused},
		{name: "house-call-unknown", path: houseCallsPath + "/7QK2M0ZD", page: HouseCallUnknownPage{SeqNo: "7QK2M0ZD", Wrong: true}},
	}
}
