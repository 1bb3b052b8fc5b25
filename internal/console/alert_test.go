package console_test

import (
	"net/http"
	"testing"

	"quartet"
)

func TestAlerts_AreAcknowledged(t *testing.T) {
	f := &fake{}
	f.send(t, "/console/alerts/fired/a1/acknowledgement").leads(t, "/console/alerts?done=seen")
	f.was(t, "PUT /accounts/acme/alerts/a1/acknowledgement")
}

func TestAlerts_OfReadersHaveNoButtons(t *testing.T) {
	f := &fake{role: quartet.RoleReader, answers: map[string]any{
		"GET /accounts/acme/alerts":      map[string]any{"items": []map[string]any{{"id": "a1", "kind": "remaining", "line": 100, "value": 99}}},
		"GET /accounts/acme/alert-rules": map[string]any{"items": []map[string]any{{"id": "r1", "kind": "errors", "percent": 5, "minutes": 10, "floor": 20}}},
	}}
	f.look(t, "/console/alerts").says(t, "剩余次数降到 99", "最近 10 分钟至少 20 次调用，且 5% 以上未出结果时", "but not", "标为已处理", "新建规则", "编辑")
}

func TestRule_IsAddedAsItWasTyped(t *testing.T) {
	f := &fake{}
	f.send(t, "/console/alerts/rules", "_form", "rule", "kind", "remaining", "units", "1,000", "percent", "", "inbox", "yes", "mail_to", "order.buy", "cooldown_minutes", "1440", "product_id", "1887").leads(t, "/console/alerts?done=added")
	f.was(t, `POST /accounts/acme/alert-rules {"cooldown_minutes":1440,"inbox":true,"kind":"remaining","mail_to":"order.buy","product_id":"1887","units":1000,"webhook":false}`)
}

func TestRule_ThatIsRefusedKeepsWhatWasTyped(t *testing.T) {
	f := &fake{answers: map[string]any{"POST /accounts/acme/alert-rules": refusal{422, "invalid", "give units or percent, not both", "percent"}}}
	f.send(t, "/console/alerts/rules", "_form", "rule", "kind", "remaining", "units", "1000", "percent", "12", "webhook", "yes", "cooldown_minutes", "360").is(t, http.StatusUnprocessableEntity).says(t, "次数和比例只填一项", `value="12"`, `value="1000"`, `name="webhook" value="yes" checked`, `<option value="360" selected>`, "but not", `name="inbox" value="yes" checked`)
}

func TestRule_OfAnotherProgramTellsItsCooldownInTheWordsOfTheReader(t *testing.T) {
	f := &fake{answers: map[string]any{"GET /accounts/acme/alert-rules": `{"items":[{"id":"r1","kind":"remaining","percent":10,"cooldown_minutes":90}]}`}}
	f.look(t, "/console/alerts/rules/r1").says(t, `<option value="90" selected>90 分钟</option>`)
}

func TestRule_WithWordsForANumberIsRefusedBesideIt(t *testing.T) {
	f := &fake{}
	f.send(t, "/console/alerts/rules", "_form", "rule", "kind", "expiry", "days", "soon", "cooldown_minutes", "0").says(t, "请填 0 以上的整数", `value="soon"`, `id="e-days"`)
}

func TestRule_IsChangedAndRemoved(t *testing.T) {
	f := &fake{answers: map[string]any{"GET /accounts/acme/alert-rules": map[string]any{"items": []map[string]any{{"id": "r1", "kind": "expiry", "days": 30, "cooldown_minutes": 77, "inbox": true}}}}}
	f.look(t, "/console/alerts/rules/r1").says(t, `value="30"`, `<option value="77" selected>`, "还有次数的套餐到期前 30 天")
	f.send(t, "/console/alerts/rules/r1", "_form", "rule", "kind", "expiry", "days", "7", "cooldown_minutes", "77").leads(t, "/console/alerts?done=changed")
	f.was(t, `PUT /accounts/acme/alert-rules/r1 {"cooldown_minutes":77,"days":7,"inbox":false,"webhook":false}`)
	f.send(t, "/console/alerts/rules/r1/removal").leads(t, "/console/alerts?done=removed")
	f.was(t, "DELETE /accounts/acme/alert-rules/r1")
	f.look(t, "/console/alerts/rules/r2").is(t, http.StatusNotFound)
}

func TestInbox_IsReadUpToWhatStoodThere(t *testing.T) {
	f := &fake{answers: map[string]any{
		"GET /accounts/acme/inbox":        map[string]any{"items": []map[string]any{{"id": "n2", "kind": "alert.remaining", "subject": "额度不足提醒", "text": "请及时购买"}}},
		"GET /accounts/acme/inbox/unread": map[string]int{"unread": 1},
	}}
	f.look(t, "/console/inbox").says(t, "额度不足提醒", `name="up_to" value="n2"`, `href="/console/alerts"`)
	f.send(t, "/console/inbox/read", "up_to", "n2").leads(t, "/console/inbox?done=read")
	f.was(t, `PUT /accounts/acme/inbox/read {"up_to":"n2"}`)
}
