package console_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"quartet"
)

var failedCall = map[string]any{"seq_no": "4XU29Z4D1704061618", "at": "2026-03-01T01:02:03Z", "code": "10003", "message": "请求超时", "latency_ms": 3001, "product_id": "1887"}

func TestSupport_SaysWhetherSomebodyIsThere(t *testing.T) {
	for there, words := range map[bool][]string{
		true:  {"客服在线，可以直接聊天", "在线聊天", "400-555-0100", "help@example.com"},
		false: {"现在没有客服在线", "提交工单", "but not", "在线聊天"},
	} {
		f := &fake{answers: map[string]any{"GET /contact": map[string]any{"line400": "400-555-0100", "mail": "help@example.com", "chat": there}}}
		f.look(t, "/console/support").says(t, words...)
	}
}

func TestSupport_ListsTheTicketsOfAState(t *testing.T) {
	f := &fake{answers: map[string]any{"GET /accounts/acme/tickets": map[string]any{
		"items": []map[string]any{{"id": "k1", "number": "T260302-K7QX2M", "subject": "超时", "category": "call", "state": "waiting_for_buyer", "unread": true}}, "next": "k1",
	}}}
	page := f.look(t, "/console/support?state=waiting_for_buyer")
	f.was(t, "GET /accounts/acme/tickets?state=waiting_for_buyer")
	page.says(t, "T260302-K7QX2M", "等待您回复", "有新回复", "/console/support?after=k1&amp;state=waiting_for_buyer")
	f.look(t, "/console/support?state=nonsense")
	f.was(t, "GET /accounts/acme/tickets")
}

func TestSupport_IsAskedAboutAFailedCall(t *testing.T) {
	f := &fake{answers: map[string]any{
		"GET /accounts/acme/calls/4XU29Z4D1704061618": failedCall, "GET /result-codes/10003/help": map[string]string{"code": "10003", "text": "请稍后重试，该调用不扣次。"},
		"GET /contact": map[string]any{"chat": true}, "POST /accounts/acme/tickets": map[string]any{"ticket": map[string]string{"id": "k1"}},
	}}
	f.look(t, "/console/support/new?seq_no=4xu29z4d1704061618").says(t, "请求超时", "2026-03-01 09:02:03", "请稍后重试，该调用不扣次。", "调用 4XU29Z4D1704061618 返回 10003", `<option value="call" selected>`, "开始聊天")
	f.send(t, "/console/support", "id", "question 1", "subject", "超时", "text", "请排查", "category", "call", "priority", "high", "seq_no", "4XU29Z4D1704061618", "live", "yes").leads(t, "/console/support/k1?done=opened")
	f.was(t, `POST /accounts/acme/tickets {"category":"call","id":"question 1","live":true,"priority":"high","seq_no":"4XU29Z4D1704061618","subject":"超时","text":"请排查"}`)
}

func TestSupport_IsAskedAboutACallThatNobodyKnows(t *testing.T) {
	f := &fake{answers: map[string]any{"GET /accounts/acme/calls/4XU29Z4D1704061618": refusal{404, "not_found", "no call bears this seqNo; check it letter by letter", ""}}}
	f.look(t, "/console/support/new?seq_no=4XU29Z4D1704061618").is(t, http.StatusOK).says(t, "您的账户里没有 seqNo 为 4XU29Z4D1704061618 的调用", `name="seq_no" type="text" value="4XU29Z4D1704061618"`)
}

func TestSupport_ThatRefusesAQuestionKeepsIt(t *testing.T) {
	f := &fake{answers: map[string]any{"POST /accounts/acme/tickets": refusal{422, "invalid", "say something", "text"}}}
	f.send(t, "/console/support", "id", "question 1", "subject", "超时", "text", " ", "category", "billing", "priority", "urgent").says(t, "请写点内容", `value="question 1"`, `value="超时"`, `<option value="billing" selected>`, `<option value="urgent" selected>`)
}

func TestSupport_TellsWhatItDoesNotKeep(t *testing.T) {
	f := &fake{answers: map[string]any{
		"POST /accounts/acme/tickets":             map[string]any{"ticket": map[string]string{"id": "k1"}, "notice": "内容中疑似……"},
		"POST /accounts/acme/tickets/k1/messages": map[string]any{"place": 2, "notice": "内容中疑似……"},
		"GET /accounts/acme/tickets/k1":           map[string]any{"id": "k1", "state": "open"},
	}}
	f.send(t, "/console/support", "subject", "x", "text", "x").leads(t, "/console/support/k1?done=scrubbed")
	f.send(t, "/console/support/k1/messages", "id", "message 1", "text", "x").leads(t, "/console/support/k1?done=scrubbed#newest")
	f.look(t, "/console/support/k1?done=scrubbed").says(t, "已被隐藏，未予保存")
}

func talked(state string) *fake {
	return &fake{answers: map[string]any{
		"GET /accounts/acme/tickets/k1": map[string]any{"id": "k1", "number": "T260302-K7QX2M", "subject": "超时", "category": "call", "state": state, "seq_no": "4XU29Z4D1704061618", "reopen_until": "2026-03-08T00:00:00Z"},
		"GET /accounts/acme/tickets/k1/messages": map[string]any{"items": []map[string]any{
			{"place": 1, "side": "buyer", "name": "林晓", "text": "<b>超时</b>", "at": "2026-03-02T03:00:00Z"},
			{"place": 4, "side": "support", "name": "客服小周", "file": map[string]any{"id": "f1", "name": "说明.pdf", "type": "application/pdf", "bytes": 2 << 20}, "at": "2026-03-02T03:10:00Z"},
		}},
	}}
}

func TestTicket_ShowsWhatWasSaidAndGoesOnBehindIt(t *testing.T) {
	talked("waiting_for_buyer").look(t, "/console/support/k1").says(t, "&lt;b&gt;超时&lt;/b&gt;", "说明.pdf", "2.0 MB", `href="/api/v1/accounts/acme/tickets/k1/files/f1"`, `data-link="/api/v1/accounts/acme/tickets/k1" data-last="4"`,
		"2026-03-02 11:00:00", "/console/calls/4XU29Z4D1704061618", "/static/chat", "but not", "评价这次服务")
}

func TestTicket_TellsWhatTheHouseSaysInTheLanguageOfItsReader(t *testing.T) {
	for _, line := range quartet.TicketLines() {
		f := talked("open")
		f.answers["GET /accounts/acme/tickets/k1/messages"] = map[string]any{"items": []map[string]any{{"place": 1, "side": "system", "text": line.Words(), "line": line}}}
		f.look(t, "/console/support/k1").says(t, `<span class="said-text">`+line.Words(), `<span data-line="`+string(line)+`">`+line.Words())
		r := httptest.NewRequest(http.MethodGet, "/console/support/k1", http.NoBody)
		r.AddCookie(&http.Cookie{Name: "lang", Value: "en"})
		f.visit(t, r).says(t, `<span data-line="`+string(line), "but not", line.Words())
	}
}

func TestTicket_OffersWhatCanBeDoneWithIt(t *testing.T) {
	for state, words := range map[string][]string{
		"waiting_for_support": {"问题已解决", `id="say"`, "but not", `name="stars"`},
		"solved":              {`name="stars"`, "回复会重新打开工单", "2026-03-08 08:00:00 前", "but not", "问题已解决"},
	} {
		talked(state).look(t, "/console/support/k1").says(t, words...)
	}
	closed := talked("closed")
	closed.answers["GET /accounts/acme/tickets/k1"] = map[string]any{"id": "k1", "state": "closed", "closed_at": "2026-03-01T00:00:00Z", "stars": 4}
	closed.look(t, "/console/support/k1").says(t, "这个工单已关闭", "4 星", "but not", `id="say"`, "data-link", `name="stars"`)
	reader := talked("open")
	reader.role = quartet.RoleReader
	reader.look(t, "/console/support/k1").says(t, "您的角色只能查看", "data-link", "but not", `id="say"`, "问题已解决")
	reader.look(t, "/console/support/new").is(t, http.StatusForbidden)
}

func TestTicket_IsAnsweredSolvedAndRated(t *testing.T) {
	f := talked("open")
	f.send(t, "/console/support/k1/messages", "id", "message 1", "text", " 日志见附件\n ")
	f.was(t, `POST /accounts/acme/tickets/k1/messages {"id":"message 1","text":"日志见附件"}`)
	f.send(t, "/console/support/k1/solution")
	f.was(t, "POST /accounts/acme/tickets/k1/solution")
	f.send(t, "/console/support/k1/rating", "stars", "5", "word", "很快").leads(t, "/console/support/k1?done=rated#newest")
	f.was(t, `PUT /accounts/acme/tickets/k1/rating {"stars":5,"word":"很快"}`)
}

func TestTicket_ThatRefusesAMessageKeepsIt(t *testing.T) {
	f := talked("open")
	f.answers["POST /accounts/acme/tickets/k1/messages"] = refusal{422, "invalid", "this has 6000 characters, and at most 5000 fit", "text"}
	f.send(t, "/console/support/k1/messages", "id", "message 1", "text", "很长的话").says(t, "现有 6000 个字，最多 5000 个字", ">很长的话</textarea>", `value="message 1"`)
}

func TestTicket_TakesAFileWithoutScripts(t *testing.T) {
	f := talked("open")
	const files = "/console/support/k1/files"
	f.upload(t, files, "file", "日志 1.txt", "10003", "id", "file 0001").leads(t, "/console/support/k1#newest")
	f.was(t, "POST /accounts/acme/tickets/k1/files?id=file+0001&name=%E6%97%A5%E5%BF%97+1.txt 10003")
	f.upload(t, files, "file", "", "", "id", "file 0001").is(t, http.StatusUnprocessableEntity).says(t, "请选择文件")
	f.answers["POST /accounts/acme/tickets/k1/files"] = refusal{415, "unsupported", "a file is a PNG or JPEG image, a PDF, or text (txt, csv)", "file"}
	f.upload(t, files, "file", "a.exe", "MZ", "id", "file 0001").says(t, "文件须是 PNG、JPEG 图片、PDF 或文本（txt、csv）")
}
