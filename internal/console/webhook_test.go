package console_test

import (
	"net/http"
	"testing"

	"quartet"
)

func hooks() map[string]any {
	return map[string]any{"items": []map[string]any{{"id": "w1", "url": "https://hooks.example.com/a", "enabled": true}}}
}

func TestWebhook_ShowsItsSecretInTheAnswerAlone(t *testing.T) {
	f := &fake{answers: map[string]any{
		"POST /accounts/acme/webhooks":           map[string]any{"id": "w1", "url": "https://hooks.example.com/a", "enabled": true, "secret": "whsec_abc"},
		"POST /accounts/acme/webhooks/w1/secret": map[string]any{"id": "w1", "url": "https://hooks.example.com/a", "enabled": true, "secret": "whsec_def", "old_secret_until": "2026-03-03T04:00:00Z"},
		"GET /accounts/acme/webhooks":            hooks(),
	}}
	f.send(t, "/console/webhooks", "url", " https://hooks.example.com/a ").is(t, http.StatusOK).says(t, "whsec_abc", "密钥只显示这一次", `data-copy="#secret"`)
	f.was(t, `POST /accounts/acme/webhooks {"url":"https://hooks.example.com/a"}`)
	f.send(t, "/console/webhooks/w1/secret", "overlap_minutes", "1440").says(t, "whsec_def", "旧密钥可用到 2026-03-03 12:00:00")
	f.was(t, `POST /accounts/acme/webhooks/w1/secret {"overlap_minutes":1440}`)
	f.look(t, "/console/webhooks").says(t, "https://hooks.example.com/a", "but not", "whsec_abc", "whsec_def")
}

func TestWebhook_ThatIsRefusedKeepsItsURL(t *testing.T) {
	f := &fake{answers: map[string]any{"POST /accounts/acme/webhooks": refusal{422, "invalid", "must begin with https://", "url"}}}
	f.send(t, "/console/webhooks", "url", "http://hooks.example.com/a").is(t, http.StatusUnprocessableEntity).says(t, "必须以 https:// 开头", `value="http://hooks.example.com/a"`)
}

func TestWebhook_IsDisabledWhereItIsAndMovedAsItStands(t *testing.T) {
	f := &fake{answers: map[string]any{"GET /accounts/acme/webhooks": hooks()}}
	f.send(t, "/console/webhooks/w1", "_form", "state", "do", "disable").leads(t, "/console/webhooks/w1?done=disabled")
	f.was(t, `PUT /accounts/acme/webhooks/w1 {"enabled":false,"url":"https://hooks.example.com/a"}`)
	f.send(t, "/console/webhooks/w1", "_form", "address", "url", "https://hooks.example.com/b").leads(t, "/console/webhooks/w1?done=moved")
	f.was(t, `PUT /accounts/acme/webhooks/w1 {"enabled":true,"url":"https://hooks.example.com/b"}`)
	f.send(t, "/console/webhooks/w1/removal").leads(t, "/console/webhooks?done=removed")
	f.was(t, "DELETE /accounts/acme/webhooks/w1")
}

func TestWebhook_LogsItsDeliveriesWithTheirTries(t *testing.T) {
	sent := map[string]any{"id": "d1", "event_id": "e1", "kind": "test", "state": "failed", "tries": 1, "created_at": "2026-03-01T04:00:00Z"}
	whole := map[string]any{"id": "d1", "event_id": "e1", "kind": "test", "state": "failed", "tries": 1, "created_at": "2026-03-01T04:00:00Z", "body": `{"type":"test"}`, "attempts": []map[string]any{
		{"at": "2026-03-01T04:00:01Z", "latency_ms": 1234, "status": 503, "fault": "it answered 503", "answer": "<b>closed</b>"},
	}}
	f := &fake{answers: map[string]any{
		"GET /accounts/acme/webhooks":                  hooks(),
		"GET /accounts/acme/webhooks/w1/deliveries":    map[string]any{"items": []any{sent}, "next": "d1"},
		"GET /accounts/acme/webhooks/w1/deliveries/d1": whole,
	}}
	f.look(t, "/console/webhooks/w1").says(t, "<code>503</code>", "1,234 毫秒", "测试消息", "/console/webhooks/w1/deliveries/d1/replay", "/console/webhooks/w1?after=d1#log")
	f.look(t, "/console/webhooks/w1/deliveries/d1").says(t, "应答了 503", "&lt;b&gt;closed", "&#34;type&#34;: &#34;test&#34;")
	f.send(t, "/console/webhooks/w1/deliveries/d1/replay").leads(t, "/console/webhooks/w1?done=replayed")
	f.was(t, "POST /accounts/acme/webhooks/w1/deliveries/d1/replay")
	f.send(t, "/console/webhooks/w1/test").leads(t, "/console/webhooks/w1?done=tested")
}

func TestWebhooks_OfReadersHaveNoForms(t *testing.T) {
	f := &fake{role: quartet.RoleReader, answers: map[string]any{"GET /accounts/acme/webhooks": hooks()}}
	for _, path := range []string{"/console/webhooks", "/console/webhooks/w1"} {
		f.look(t, path).says(t, "https://hooks.example.com/a", "but not", `action="/console/webhooks`)
	}
}
