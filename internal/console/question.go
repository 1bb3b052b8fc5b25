package console

import (
	"net/http"
	"net/url"
)

// QuestionPage is where support is asked something.
type QuestionPage struct {
	ID string // of the question, so that a repeat is known to be one
	// Call is the one that it is about, if there is one; Help is what support answers to
	// questions about its code.
	Call    *ownCall
	Help    string
	SeqNo   string // as it was given; of no call, if there is no Call
	Subject string // that is proposed
	Contact contact
}

func (QuestionPage) template() string { return "question" }
func (QuestionPage) title() string    { return "咨询客服" }

// Unknown reports whether a seqNo was given that no call of the account bears.
func (p QuestionPage) Unknown() bool { return p.SeqNo != "" && p.Call == nil }

// Categories and Priorities are the choices; one of them is chosen.
func (p QuestionPage) Categories(typed string) []choice {
	if typed == "" && p.Call != nil {
		typed = "call"
	}
	return chosen(ticketCategories, typed)
}

func (p QuestionPage) Priorities(typed string) []choice {
	if typed == "" {
		typed = "normal"
	}
	return chosen(ticketPriorities, typed)
}

func (c *Console) questionPage(v *visit) (page, error) {
	p := QuestionPage{ID: newReference(), SeqNo: asSeqNo(v.r.URL.Query().Get("seq_no"))}
	if v.form.Values != nil {
		p.SeqNo = asSeqNo(v.value("seq_no"))
		if id := v.value("id"); id != "" {
			p.ID = id
		}
	}
	if !v.who().May("ticket.write") {
		return nil, forbidden()
	}
	if err := v.get("/contact", &p.Contact); err != nil {
		return nil, err
	}
	if p.SeqNo == "" {
		return p, nil
	}
	var call ownCall
	err := v.get(v.account("/calls/"+url.PathEscape(p.SeqNo)), &call)
	if problem := problemOf(err); problem != nil && (problem.Status == http.StatusNotFound || problem.Status == http.StatusUnprocessableEntity) {
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	p.Call = &call
	p.Subject = v.lang.word("调用 %s 返回 %s", call.SeqNo, call.Code)
	var help struct {
		Text string `json:"text"`
	}
	if err := v.get("/result-codes/"+url.PathEscape(call.Code)+"/help", &help); err == nil { // without it there is less to read, and nothing to say
		p.Help = help.Text
	}
	return p, nil
}

func (c *Console) askSupport(v *visit) (string, error) {
	in := map[string]any{
		"id": v.value("id"), "subject": v.value("subject"), "text": v.value("text"), "category": v.value("category"), "priority": v.value("priority"),
		"seq_no": asSeqNo(v.value("seq_no")), "live": v.value("live") == "yes",
	}
	var opened struct {
		Ticket ownTicket `json:"ticket"`
		Notice string    `json:"notice"`
	}
	if err := v.post(v.account("/tickets"), in, &opened); err != nil {
		return "", err
	}
	done := "opened"
	if opened.Notice != "" {
		done = "scrubbed"
	}
	return query(opened.Ticket.Path(), "done", done), nil
}

func questionPreviews() []preview {
	at := supportPath + "/new"
	calls := previewCalls()
	about := QuestionPage{
		ID: "q", Call: &calls[4], SeqNo: calls[4].SeqNo, Subject: "调用 ZT60LQ8E1772421904 返回 10003", Contact: previewContact,
		Help: "在时限内没有得到结论，该调用不扣次。请稍后重试，并把客户端超时设得略长于服务端时限；重试时带上同一个 Idempotency-Key，以免重复扣次。",
	}
	away := previewContact
	away.Chat = false
	return []preview{
		{name: "support-new", path: at, page: QuestionPage{ID: "q", Contact: away}},
		{name: "support-new-call", path: at, page: about},
		{name: "support-new-unknown", path: at, page: QuestionPage{ID: "q", SeqNo: "7QK2M0ZD1772424012", Contact: previewContact}},
		{name: "support-new-refused", path: supportPath, page: about, form: form{
			Values: url.Values{"id": {"q"}, "subject": {"超时"}, "text": {""}, "category": {"call"}, "priority": {"high"}, "seq_no": {calls[4].SeqNo}}, Faults: map[string]string{"text": "请写点内容"},
		}},
	}
}
