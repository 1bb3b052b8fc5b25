package console

import (
	"net/http"
	"net/url"
	"time"

	"quartet"
)

// verdicts are those of calls, in words.
var verdicts = []choice{{Value: "match", Label: "一致"}, {Value: "mismatch", Label: "不一致"}, {Value: "undetermined", Label: "异常"}}

// callFilter chooses calls, as the address of a page tells.
type callFilter struct {
	From, To, Code, Verdict, Product, Credential string
}

// Any reports whether it chooses at all.
func (f callFilter) Any() bool { return f != callFilter{} }

// pairs are the filter as parameters of the page.
func (f callFilter) pairs() []string {
	return []string{"from", f.From, "to", f.To, "code", f.Code, "verdict", f.Verdict, "product", f.Product, "credential", f.Credential}
}

// CallsPage is the log of calls.
type CallsPage struct {
	Calls       []ownCall // newest first
	Filter      callFilter
	Products    map[string]string
	Credentials []choice // none: whoever looks may not see them
	Next        string   // address of the following page

	// ExportFrom and ExportTo are the days that the files hold, whole.
	ExportFrom, ExportTo string
	Account              string
}

func (CallsPage) template() string { return "calls" }
func (CallsPage) title() string    { return "调用记录" }

// Verdicts, Codes and Choices of products are those that can be chosen.
func (p CallsPage) Verdicts() []choice { return chosen(verdicts, p.Filter.Verdict) }

func (p CallsPage) Codes(lang string) []choice {
	var list []choice
	for _, t := range quartet.Codes() {
		words := t.Message
		if lang == string(english) {
			words = t.English
		}
		list = append(list, choice{Value: t.Code.String(), Label: t.Code.String() + " " + words})
	}
	return chosen(list, p.Filter.Code)
}

func (p CallsPage) ProductChoices() []choice { return chosen(named(p.Products), p.Filter.Product) }

// Export is the address of a file of the calls that are chosen.
func (p CallsPage) Export(kind string) string {
	return apiPrefix + query("/accounts/"+url.PathEscape(p.Account)+"/calls."+kind, "from", p.ExportFrom, "to", p.ExportTo,
		"code", p.Filter.Code, "verdict", p.Filter.Verdict, "product_id", p.Filter.Product, "credential_id", p.Filter.Credential)
}

// shanghaiSpan reads two local times of a form. What is written to the minute means the whole
// minute. A zero time is a blank field.
func (v *visit) shanghaiSpan(from, to string) (begin, end time.Time) {
	read := func(name, text string) (time.Time, time.Duration) {
		for layout, whole := range map[string]time.Duration{"2006-01-02T15:04": time.Minute, formMoment: time.Second, time.DateOnly: 24 * time.Hour} {
			if at, err := time.ParseInLocation(layout, text, quartet.Shanghai); err == nil && at.Year() > 1970 {
				return at, whole
			}
		}
		if text != "" {
			v.form.fault(name, v.lang.word("请填写日期和时间"))
		}
		return time.Time{}, 0
	}
	begin, _ = read("from", from)
	end, whole := read("to", to)
	if !end.IsZero() {
		end = end.Add(whole)
	}
	if !begin.IsZero() && !end.IsZero() && !begin.Before(end) {
		v.form.fault("to", v.lang.word("结束时间须晚于开始时间"))
	}
	return begin, end
}

// fault says what is wrong with a field.
func (f *form) fault(name, words string) {
	if f.Faults == nil {
		f.Faults = map[string]string{}
	}
	f.Faults[name] = words
}

const (
	exportDays  = 30
	exportsMost = 400 // days in a file
)

func (c *Console) callsPage(v *visit) (page, error) {
	q := v.r.URL.Query()
	if seqNo := asSeqNo(q.Get("seq_no")); seqNo != "" {
		v.redirect(callsPath + "/" + url.PathEscape(seqNo))
		return nil, nil //nolint:nilnil // the browser is led on
	}
	f := callFilter{q.Get("from"), q.Get("to"), q.Get("code"), q.Get("verdict"), q.Get("product"), q.Get("credential")}
	after := q.Get("after")
	q.Del("after") // no field: what is wrong with it is wrong with the page
	v.form.Values = q
	p := CallsPage{Filter: f, Account: v.who().Account}
	from, to := v.shanghaiSpan(f.From, f.To)
	p.ExportFrom, p.ExportTo = exported(from, to, c.o.Now())
	var err error
	if p.Products, err = v.productNames(); err != nil {
		return nil, err
	}
	if v.who().May("credential.write") {
		mine, err := v.credentials()
		if err != nil {
			return nil, err
		}
		for _, one := range mine {
			p.Credentials = append(p.Credentials, choice{Value: one.ID, Label: v.labelOf(one)})
		}
		p.Credentials = chosen(p.Credentials, f.Credential)
	}
	if len(v.form.Faults) > 0 {
		return p, nil
	}
	var calls list[ownCall]
	err = v.get(query(v.account("/calls"), "from_at", instant(from), "to_at", instant(to), "code", f.Code, "verdict", f.Verdict,
		"product_id", f.Product, "credential_id", f.Credential, "after", after, "limit", "50"), &calls)
	if problem := problemOf(err); problem != nil && problem.Status == http.StatusUnprocessableEntity {
		v.form.refuse(v, problem)
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	p.Calls = calls.Items
	if calls.Next != "" {
		p.Next = query(callsPath, append(f.pairs(), "after", calls.Next)...)
	}
	return p, nil
}

// instant is a time as a parameter of the API; "" is none.
func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// labelOf is a credential in a list of choices.
func (v *visit) labelOf(c accountCredential) string {
	label := c.Name
	if label == "" {
		label = c.KindWords()
	}
	if c.Test {
		label += " · " + v.lang.word("沙箱")
	}
	if !c.Active() {
		label += " · " + v.lang.word(c.Words())
	}
	return label
}

// exported are the days that a file of calls in a span holds: whole ones, and the last of them
// if there are too many.
func exported(from, to, now time.Time) (first, last string) {
	if to.IsZero() {
		to = now
	} else {
		to = to.Add(-time.Second)
	}
	if from.IsZero() {
		from = to.AddDate(0, 0, 1-exportDays)
	}
	if earliest := to.AddDate(0, 0, 1-exportsMost); from.Before(earliest) {
		from = earliest
	}
	return day(from), day(to)
}

func callListPreviews() []preview {
	all := CallsPage{
		Calls: previewCalls(), Products: previewProducts(), Next: callsPath + "?after=4F7UWK1X1772420022", ExportFrom: "2026-02-01", ExportTo: "2026-03-02", Account: "acme",
		Credentials: []choice{{Value: "c1", Label: "正式环境"}, {Value: "c2", Label: "风控系统"}},
	}
	none := all
	none.Calls, none.Next = nil, ""
	none.Filter = callFilter{From: "2026-03-01T00:00", To: "2026-03-01T23:59", Code: "10003"}
	refused := none
	refused.Filter = callFilter{From: "2026-03-02T00:00", To: "2026-03-01T00:00"}
	return []preview{
		{name: "calls", path: callsPath, page: all},
		{name: "calls-empty", path: callsPath, page: CallsPage{Account: "acme", Products: previewProducts(), ExportFrom: "2026-02-01", ExportTo: "2026-03-02"}},
		{name: "calls-filtered", path: callsPath, page: none, form: form{Values: url.Values{"from": {none.Filter.From}, "to": {none.Filter.To}, "code": {"10003"}}}},
		{name: "calls-refused", path: callsPath, page: refused, form: form{
			Values: url.Values{"from": {refused.Filter.From}, "to": {refused.Filter.To}}, Faults: map[string]string{"to": "结束时间须晚于开始时间"},
		}},
	}
}
