package console_test

import (
	"net/http"
	"testing"

	"quartet"
)

func queued(role quartet.Role, more map[string]any) *fake {
	ticket := map[string]any{"id": "k1", "number": "T260302-K7QX2M", "account_id": "acme", "subject": "超时", "category": "call", "priority": "high", "state": "waiting_for_support", "live": true, "assignee": "o1", "seq_no": "4XU29Z4D1704061618"}
	return operated(role, but(but(acme, map[string]any{
		"GET /tickets":    map[string]any{"items": []any{ticket}},
		"GET /tickets/k1": ticket,
		"GET /tickets/k1/messages": map[string]any{"items": []map[string]any{
			{"place": 1, "side": "buyer", "name": "林晓", "text": "<b>超时</b>"}, {"place": 2, "side": "support", "internal": true, "name": "小周", "text": "渠道抖动"},
		}},
		"GET /calls/4XU29Z4D1704061618": map[string]any{"seq_no": "4XU29Z4D1704061618", "code": "10003", "source": "union-a"},
		"GET /canned-answers":           map[string]any{"items": []map[string]any{{"code": "10003", "text": "请稍后重试。"}}},
		"GET /presence":                 map[string]any{"available": true, "others": 1},
	}), more))
}

func TestHouseTickets_AreChosen(t *testing.T) {
	f := queued(quartet.RoleSupport, nil)
	f.look(t, "/house/tickets?whose=nobody&state=open&category=call&account=acme&search=t260302-k7qx2m").says(t, "T260302-K7QX2M", "测试贸易有限公司")
	f.was(t, "GET /tickets?account_id=acme&assignee=nobody&category=call&limit=30&number=T260302-K7QX2M&state=open")
	f.look(t, "/house/tickets?search=4XU29Z4D1704061618&state=nonsense")
	f.was(t, "GET /tickets?limit=30&seq_no=4XU29Z4D1704061618")
}

func TestHouseTicket_ShowsWhatWasSaidNotedAndCalled(t *testing.T) {
	f := queued(quartet.RoleSupport, nil)
	f.look(t, "/house/tickets/k1").says(t, "&lt;b&gt;超时&lt;/b&gt;", "渠道抖动", "备注", "请稍后重试。", "union-a", `data-api="/api/v1/tickets/k1" data-last="2"`, "不再负责", "/static/housechat")
	f.was(t, "GET /tickets?assignee=me&limit=1&number=T260302-K7QX2M")
	other := queued(quartet.RoleSupport, map[string]any{"GET /tickets": map[string]any{"items": []any{}}, "GET /calls/4XU29Z4D1704061618": refusal{404, "not_found", "gone", ""}})
	other.look(t, "/house/tickets/k1").says(t, "另一位客服", "由我负责", "but not", "union-a")
	reads := queued(quartet.RoleTreasurer, nil)
	reads.look(t, "/house/tickets/k1").says(t, "对话只有客服可以查看", "but not", "data-chat", "/closure")
	for _, asked := range reads.asked {
		if asked == "GET /tickets/k1/messages?after=0&limit=200" {
			t.Error("what was said was asked for, for somebody who may not read it")
		}
	}
}

func TestHouseTicket_IsAnsweredNotedSortedAndEnded(t *testing.T) {
	f := queued(quartet.RoleSupport, nil)
	const at = "/house/tickets/k1"
	f.send(t, at+"/answers", "id", "message 1", "text", "正在查").leads(t, at+"?done=answered#newest")
	f.send(t, at+"/notes", "id", "message 2", "text", "报给运维").leads(t, at+"?done=noted#newest")
	f.send(t, at+"/answers", "id", "message 3", "text", "好的", "back", "/house/chat?open=k1").leads(t, "/house/chat?open=k1")
	f.send(t, at+"/assignment", "assignee", "me").leads(t, at+"?done=assigned#newest")
	f.send(t, at+"/priority", "category", "invoice", "priority", "urgent").leads(t, at+"?done=sorted#newest")
	f.send(t, at+"/solution").leads(t, at+"?done=solved#newest")
	f.send(t, at+"/closure").leads(t, at+"?done=closed#newest")
	f.upload(t, at+"/files", "file", "说明.txt", "10003", "id", "file 0001", "back", "/house/chat?open=k1").leads(t, "/house/chat?open=k1")
	f.did(t, `POST /tickets/k1/answers {"id":"message 1","text":"正在查"}`, `POST /tickets/k1/notes {"id":"message 2","text":"报给运维"}`, `POST /tickets/k1/answers {"id":"message 3","text":"好的"}`,
		`PUT /tickets/k1/assignment {"assignee":"me"}`, `PUT /tickets/k1/priority {"category":"invoice","priority":"urgent"}`, "POST /tickets/k1/solution", "POST /tickets/k1/closure",
		"POST /tickets/k1/files?id=file+0001&name=%E8%AF%B4%E6%98%8E.txt 10003")
	f.answers["POST /tickets/k1/answers"] = map[string]any{"place": 3, "notice": "内容中疑似……"}
	f.send(t, at+"/answers", "id", "message 4", "text", "x").leads(t, at+"?done=scrubbed#newest")
	f.answers["POST /tickets/k1/answers"] = refusal{422, "invalid", "say something", "text"}
	f.send(t, at+"/answers", "id", "message 5", "text", " ").is(t, http.StatusUnprocessableEntity).says(t, "请写点内容", `value="message 5"`)
}

func TestHouseChat_HasSeveralOpenAndTheirForms(t *testing.T) {
	f := queued(quartet.RoleSupport, nil)
	second := map[string]any{"id": "k2", "account_id": "acme", "subject": "发票", "state": "open", "live": true}
	f.answers["GET /tickets"] = map[string]any{"items": []any{f.answers["GET /tickets/k1"], second, map[string]any{"id": "k3", "account_id": "acme", "subject": "不在聊", "state": "open"}, map[string]any{"id": "k4", "subject": "聊完了", "state": "solved", "live": true}}}
	f.answers["GET /tickets/k2"], f.answers["GET /tickets/gone"] = second, refusal{404, "not_found", "there is no such ticket", ""}
	f.look(t, "/house/chat").says(t, "我在线", "另有 1 位客服在线", `href="/house/chat?open=k1"`, `href="/house/chat?open=k2"`, "没有打开的聊天", "but not", "不在聊", "聊完了")
	f.look(t, "/house/chat?open=k1&open=k1&open=k2&open=gone").says(t, `data-chat="k1"`, `data-chat="k2"`, `name="back" value="/house/chat?open=k1&amp;open=k2"`, `href="/house/chat?open=k2"`, `action="/house/tickets/k2/answers"`)
	f.send(t, "/house/chat/presence", "available", "no", "back", "/house/chat?open=k1").leads(t, "/house/chat?open=k1")
	f.send(t, "/house/chat/presence", "available", "yes", "back", "https://example.com").leads(t, "/house/chat")
	f.did(t, `PUT /presence {"available":false}`, `PUT /presence {"available":true}`)
}

func TestHouseAnswers_AreWrittenByWhoServes(t *testing.T) {
	f := queued(quartet.RoleSupport, nil)
	f.send(t, "/house/tickets/canned-answers", "code", "10003", "text", "请重试。").leads(t, "/house/tickets/canned-answers?done=written#code-10003")
	f.did(t, `PUT /canned-answers/10003 {"text":"请重试。"}`)
	queued(quartet.RoleTreasurer, nil).look(t, "/house/tickets/canned-answers").says(t, "请稍后重试。", "but not", "<textarea")
}

func TestHouseStatistics_AreOfWholeDays(t *testing.T) {
	f := queued(quartet.RoleSupport, map[string]any{"GET /ticket-statistics": map[string]any{"opened": 4, "answered": 3, "median_first_answer_seconds": 540, "rated": 2, "mean_stars": 4.5}})
	f.look(t, "/house/tickets/statistics?days=7").says(t, "75.0%", "9 分钟", "4.5", "2026-02-24 至 2026-03-02")
	f.was(t, "GET /ticket-statistics?from_at=2026-02-24T00%3A00%3A00%2B08%3A00&to_at=2026-03-02T12%3A00%3A00%2B08%3A00")
}

func TestHouseRatings_AreAnsweredHiddenAndShown(t *testing.T) {
	f := operated(quartet.RoleSupport, but(acme, map[string]any{"GET /products/1887/ratings/all": map[string]any{"items": []map[string]any{
		{"id": "r1", "account_id": "acme", "stars": 5, "text": "很好"}, {"id": "r2", "account_id": "acme", "stars": 1, "text": "差", "hidden": true, "hidden_reason": "辱骂"},
	}}}))
	const at = "/house/ratings"
	f.look(t, at).says(t, "很好", "/house/ratings/r1/hiding", "/house/ratings/r2/showing", "辱骂", "测试贸易有限公司")
	f.send(t, at+"/r1/answer", "product", "1887", "text", "感谢").leads(t, at+"?done=answered&product=1887")
	f.send(t, at+"/r1/hiding", "product", "1887", "_form", "r1", "reason", "辱骂").leads(t, at+"?done=hidden&product=1887")
	f.send(t, at+"/r2/showing", "product", "1887").leads(t, at+"?done=shown&product=1887")
	f.did(t, `PUT /ratings/r1/answer {"text":"感谢"}`, `PUT /ratings/r1/hiding {"reason":"辱骂"}`, "DELETE /ratings/r2/hiding")
	operated(quartet.RoleTreasurer, f.answers).look(t, at).says(t, "but not", "/hiding", "/answer")
}
