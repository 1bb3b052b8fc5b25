package console_test

import (
	"net/http"
	"strings"
	"testing"

	"quartet"
)

const union = `{"id":"union-a","kind":"httpjson","on":true,"address":"https://api.example","needs":["name,id,card"],"credentials":["app_key","app_secret"],
	"terms":{"priority":1,"weight":3,"qps":50,"authorised_until":"2026-03-20","authorised":true,"purposes":["own-one"],"prices":[{"cost_fen":18},{"from":"2026-01-01","needs":"name,id,card","cost_fen":12.5}]},
	"cost_fen":12.5,"health":{"skipped":"breaker open","breaker":"open","verdicts":7,"failures":5,"last_failure":"unreachable","failed_at":"2026-03-02T03:59:00Z"},
	"last_hour":{"asked":40,"verdicts":12,"failures":{"unreachable":28},"latency_ms":640.4,"cost_fen":216}}`

var asked = map[string]any{
	"GET /sources":               `{"items":[` + union + `,{"id":"registry","kind":"registry","on":true,"terms":{},"last_hour":{}}]}`,
	"GET /sources/union-a":       union,
	"GET /sources/union-a/hours": `{"items":[{"at":"2026-03-02T02:00:00Z","asked":30,"verdicts":10,"failures":{"unreachable":20},"latency_ms":600,"cost_fen":180},{"at":"2026-03-02T03:00:00Z","asked":10,"verdicts":2,"failures":{"timeout":8},"latency_ms":800,"cost_fen":36}]}`,
	"GET /source-policy":         `{"rule":"priority","pins":[{"account_id":"acme","source_id":"union-a"}]}`,
}

func TestSources_TellHowTheyDoAndWhenTheirContractEnds(t *testing.T) {
	t.Parallel()
	f := clerk(quartet.RoleSupport, asked)
	f.look(t, "/house/sources").says(t, "union-a", "熔断中", "授权即将到期", "至 2026-03-20", "30.0%", "640 毫秒", "¥0.125", "¥2.16", "acme", "but not", "/house/sources/new", "取消指定")
	f.look(t, "/house/sources/union-a?day=2026-03-02").says(t, "最近一次故障", "连接不上", "超时 × 8", "650 毫秒", "卡号、姓名、证件号", "own-one", "but not", "更换凭证", "停用渠道", "供应商对账")
	f.was(t, "GET /sources/union-a/hours?day=2026-03-02")
	clerk(quartet.RoleTreasurer, asked).look(t, "/house/sources/union-a").says(t, "供应商对账", "but not", "更改条款")
}

func TestSources_AreSwitchedForAReasonByWhoeverProvesThePassword(t *testing.T) {
	t.Parallel()
	f := clerk(quartet.RoleAdministrator, but(asked, map[string]any{"PUT /sources/union-a/state": proofNeeded}))
	f.look(t, "/house/sources/union-a").says(t, "停用渠道", `name="credentials.app_key"`)
	f.send(t, "/house/sources/union-a/state", "on", "false", "reason", "供应商故障").says(t, "确认密码", `name="reason" value="供应商故障"`)
	delete(f.answers, "PUT /sources/union-a/state")
	f.asked = nil
	f.send(t, "/house/sources/union-a/state", "on", "false", "reason", "供应商故障", "_password", phrase).leads(t, "/house/sources/union-a?done=off")
	f.did(t, `POST /session/proof {"password":"`+phrase+`"}`, `PUT /sources/union-a/state {"on":false,"reason":"供应商故障"}`)
}

func TestSources_TermsAreSentWholeWithPricesInFen(t *testing.T) {
	t.Parallel()
	f := clerk(quartet.RoleAdministrator, asked)
	f.look(t, "/house/sources/union-a/terms").says(t, `name="price_yuan" value="0.125"`, `value="own-one" checked`)
	form := []string{
		"priority", "-2", "weight", "3", "share", "5", "timeout_ms", "3,000", "qps", "50", "burst", "", "concurrent", "20", "daily_cap", "0", "failures", "0", "open_ms", "0", "hedge_after_ms", "0",
		"authorised_from", "2026-01-01", "authorised_until", "2027-12-31", "purposes", "payroll", "card_kinds", "DC", "card_kinds", "CC", "maintenance", "sun 01:00-05:00\r\n",
		"price_from", "", "price_needs", "", "price_yuan", "0.22", "price_from", "2026-04-01", "price_needs", "name,card", "price_yuan", "¥0.12345", "price_from", "", "price_needs", "", "price_yuan", "",
	}
	f.asked = nil
	f.send(t, "/house/sources/union-a/terms", form...).leads(t, "/house/sources/union-a?done=terms")
	f.did(t, `PUT /sources/union-a {"authorised_from":"2026-01-01","authorised_until":"2027-12-31","burst":0,"card_kinds":["DC","CC"],"concurrent":20,"daily_cap":0,"failures":0,"hedge_after_ms":0,"id_types":[],"maintenance":["sun 01:00-05:00"],"open_ms":0,"prices":[{"cost_fen":22},{"from":"2026-04-01","needs":"name,card","cost_fen":12.345}],"priority":-2,"purposes":["payroll"],"qps":50,"share":5,"timeout_ms":3000,"weight":3}`)
	for _, wrong := range []string{"0.123456", "x", "-1"} {
		f.send(t, "/house/sources/union-a/terms", "priority", "1", "prices", "", "price_from", "", "price_needs", "", "price_yuan", wrong).is(t, http.StatusUnprocessableEntity).says(t, "请填写金额，如 0.22", `name="price_yuan" value="`+wrong+`"`)
	}
	f.send(t, "/house/sources/union-a/terms", "priority", "first").is(t, http.StatusUnprocessableEntity).says(t, `id="e-priority"`)
}

func TestSources_AreAddedByTheirManifestAndSwitchedOff(t *testing.T) {
	t.Parallel()
	f := clerk(quartet.RoleAdministrator, map[string]any{
		"GET /source-manifests":        `{"items":[{"name":"acme","title":"Acme","host":"api.acme.example","address_needed":true,"credentials":[{"name":"app_key","title":"AppKey"}]}]}`,
		"POST /source-manifests/check": `{"ok":false,"faults":[{"line":3,"column":1,"key":"url","detail":"a manifest needs a url"}]}`,
		"POST /sources":                refusedFields{"credentials.url", "the manifest does not know the supplier's address; give it as url among the credentials"},
	})
	f.look(t, "/house/sources/new?way=httpjson/acme").says(t, `name="credentials.app_key" type="password"`, `name="credentials.url"`, "but not", `name="spec"`)
	f.asked = nil
	f.send(t, "/house/sources", "way", "httpjson/acme", "id", "acme-1", "priority", "10", "price_yuan", "0.22", "off", "true", "credentials.app_key", "k e y", "credentials.url", "").
		is(t, http.StatusUnprocessableEntity).says(t, "请填写接口地址", `value="acme-1"`, "but not", "k e y")
	f.did(t, `POST /sources {"credentials":{"app_key":"k e y"},"id":"acme-1","kind":"httpjson","manifest":"acme","off":true,"prices":[{"cost_fen":22}],"priority":10}`)
	f.answers["POST /sources"] = `{"id":"acme-1"}`
	f.send(t, "/house/sources", "way", "sim", "id", "bad", "priority", "1", "spec", "default: {fault: busy}\r\n").leads(t, "/house/sources/bad?done=added")
	f.was(t, `POST /sources {"credentials":{},"id":"bad","kind":"sim","off":false,"priority":1,"spec":"default: {fault: busy}\n"}`)
	f.send(t, "/house/sources/new/check", "way", "httpjson", "spec", "name: acme\r\n").says(t, "清单有错", "3:1", "a manifest needs a url", "but not", `name="id"`)
	f.answers["POST /source-manifests/check"] = `{"ok":true,"faults":[],"manifest":{"name":"own","title":"Own","credentials":[{"name":"secret","title":"Secret"}]}}`
	f.send(t, "/house/sources/new/check", "way", "httpjson", "spec", "name: own").says(t, `name="credentials.secret"`, `name="id"`, "name: own")
}

func TestSources_ATestTellsOnceWhatCameOfIt(t *testing.T) {
	t.Parallel()
	f := clerk(quartet.RoleAdministrator, but(asked, map[string]any{
		"POST /sources/union-a/test":      `{"about":"its test person","needs":"name,id,card","order_number":"TEST1","passed":false,"failure":"busy","sent":true,"charged":"unknown","cost_fen":18,"latency_ms":31}`,
		"POST /sources/union-a/rehearsal": `{"about":"its test person","request":"POST https://api.example\n\n{\"card_no\":\"****\"}"}`,
	}))
	f.send(t, "/house/sources/union-a/test", "needs", "name,id,card").says(t, "渠道繁忙", "渠道是否计费未知", "TEST1")
	f.was(t, "POST /sources/union-a/test?needs=name%2Cid%2Ccard")
	f.send(t, "/house/sources/union-a/rehearsal", "needs", "").says(t, "将要发出的请求", "POST https://api.example")
	f.send(t, "/house/sources/order", "rule", "cheapest").leads(t, "/house/sources?done=order")
	f.send(t, "/house/sources/pins", "account_id", "a 1", "source_id", "union-a").leads(t, "/house/sources?done=pinned")
	f.was(t, `PUT /accounts/a%201/source-pin {"source_id":"union-a"}`)
	f.send(t, "/house/sources/pins/removal", "account_id", "acme").leads(t, "/house/sources?done=unpinned")
	f.was(t, `DELETE /accounts/acme/source-pin`)
}

func TestSourceStatements_AreSettledAsTheirPreviewShowedThem(t *testing.T) {
	t.Parallel()
	const found = `{"digest":"d1","rows":2,"questions":2,"matched":1,"open":1,"theirs_fen":36,"ours_fen":18,"ours_open_fen":18,"differences":[{"kind":"open","line":3,"seq_no":"S1","ours_charged":"unknown","theirs_charged":"yes","theirs_fen":18}]}`
	f := clerk(quartet.RoleTreasurer, but(asked, map[string]any{"POST /sources/union-a/statements/preview": found, "POST /sources/union-a/statements": `{"digest":"d1","agrees":true,"settled":1}`}))
	page := f.upload(t, "/house/sources/union-a/statements/preview", "file", "s.csv", "order\nS1\n", "_month", "2026-02", "_order_column", "order no")
	page.says(t, "原先未知，对账单给出答案", "/house/calls/S1", `name="digest" value="d1"`, `name="order_column" value="order no"`, "b3JkZXIKUzEK")
	f.was(t, "POST /sources/union-a/statements/preview?month=2026-02&order_column=order+no order\nS1")
	f.send(t, "/house/sources/union-a/statements", "statement", "b3JkZXIKUzEK", "digest", "d1", "month", "2026-02", "order_column", "order no").says(t, "已记下 1 次询问的结果")
	f.was(t, "POST /sources/union-a/statements?digest=d1&month=2026-02&order_column=order+no order\nS1")
}

func TestDrills_AreBegunWatchedAndRead(t *testing.T) {
	t.Parallel()
	f := clerk(quartet.RoleAdministrator, but(asked, map[string]any{
		"POST /drills":   `{"id":"d1","state":"running"}`,
		"GET /drills/d1": `{"id":"d1","by":"qian","state":"running","calls":10,"callers":4,"deadline_ms":500,"calls_made":35,"calls_total":70}`,
		"GET /drills/d2": `{"id":"d2","by":"qian","state":"done","passed":false,"report":{"phases":[{"name":"one dies","calls":10,"answers":{"1":8,"10007":2},"slowest_ms":80}],"suppliers":[{"source_id":"union-a","charges":8,"booked":7,"open":1,"failures":{"failed":2},"skipped":{"breaker open":3}}],
			"checks":[{"what":"union-a charges just what is booked then","ok":false,"detail":"it charges 8, booked are 7 and 1 open"},{"what":"the quota book adds up","ok":true,"detail":"0 differences, 0 units held"}]}}`,
	}))
	f.look(t, "/house/drills").says(t, "将演练已启用的渠道", "union-a", "but not", "registry")
	f.asked = nil
	f.send(t, "/house/drills", "calls", "10", "callers", "4", "deadline_ms", "500").leads(t, "/house/drills/d1")
	f.did(t, `POST /drills {"callers":4,"calls":10,"deadline_ms":500,"invented":false}`)
	f.look(t, "/house/drills/d1").says(t, `<progress max="70" value="35"`, `hx-get="/house/drills/d1"`, "取消演练")
	f.send(t, "/house/drills/d1/cancellation").leads(t, "/house/drills/d1?done=cancelled")
	f.look(t, "/house/drills/d2").says(t, "有不符合项", "union-a的计费与最终入账一致", "计费 8 次，已入账 7 次，未知 1 次", "次数账平衡", "一个中途宕机", "调用接口失败", "but not", "hx-get")
}

func TestImports_AreSentStartedAndTellWhatWasLeftOut(t *testing.T) {
	t.Parallel()
	f := clerk(quartet.RoleAdministrator, map[string]any{
		"POST /registry-imports":              `{"id":"i1","state":"ready"}`,
		"GET /registry-imports/i1":            `{"id":"i1","name":"people.csv","state":"ready","size_bytes":2048}`,
		"POST /registry-imports/i1/start":     proofNeeded,
		"GET /registry-imports/i2":            `{"id":"i2","name":"people.csv","state":"done","rows":3,"loaded":1,"damaged":2}`,
		"GET /registry-imports/i2/report.csv": "line,field,code\n2,card,card_length\n4,card,card_length\n",
		"GET /registry":                       `{"generation":4,"records":1200}`,
	})
	f.upload(t, "/house/imports", "file", "people.csv", "card,name\n").leads(t, "/house/imports/i1")
	f.was(t, "POST /registry-imports?name=people.csv card,name")
	f.look(t, "/house/imports/i1").says(t, "2.0 KiB", "整体替换", "开始导入")
	f.send(t, "/house/imports/i1/start", "replace", "true").says(t, "确认密码")
	delete(f.answers, "POST /registry-imports/i1/start")
	f.send(t, "/house/imports/i1/start", "replace", "true", "_password", phrase).leads(t, "/house/imports/i1?done=started")
	f.was(t, `POST /registry-imports/i1/start {"replace":true}`)
	f.look(t, "/house/imports/i2").says(t, "卡号长度不对", `<dd>2</dd>`, "/api/v1/registry-imports/i2/report.csv")
	f.look(t, "/house/imports").says(t, "上传文件", "but not", "1,200")
	f.look(t, "/house/imports?count=1").says(t, "1,200")
	f.upload(t, "/house/imports", "other", "x", "y").is(t, http.StatusUnprocessableEntity)
	f.answers["POST /registry-imports"] = refusal{http.StatusRequestEntityTooLarge, "too_large", "the file must have at most 1024 MiB; send it in several", ""}
	f.upload(t, "/house/imports", "file", "people.csv", "x").is(t, http.StatusRequestEntityTooLarge).says(t, "文件最大 1024 MiB")
	delete(f.answers, "GET /session")
	clerk(quartet.RoleSupport, f.answers).look(t, "/house/imports/i1").says(t, "由管理员开始", "but not", "/start")
}

func TestSandbox_TellsThePersonAndTheCards(t *testing.T) {
	t.Parallel()
	f := clerk(quartet.RoleSupport, map[string]any{"GET /sandbox-cards": `{"items":[{"card":"6200000000000000026","kind":"verdict","answer":"state 2","meaning":"they differ","meaning_zh":"要素不一致"}]}`})
	f.look(t, "/house/sandbox").says(t, "6200000000000000026", "state 2", "要素不一致", "郑天辉", "/docs/sandbox")
}

func TestAudit_IsSearched(t *testing.T) {
	t.Parallel()
	f := clerk(quartet.RoleAuditor, map[string]any{"GET /audit": [2]string{`{"items":[{"place":9,"actor":"qian","action":"source.enable"}],"next":"9.c"}`, `{"items":[]}`}})
	page := f.look(t, "/house/audit?actor=qian&action=source&from_at=2026-03-01T00:00&to_at=")
	page.says(t, "启用渠道", `name="actor" type="text" value="qian"`, `value="2026-03-01T00:00"`, "action=source&amp;actor=qian&amp;after=9.c&amp;from_at=2026-03-01T00%3A00")
	f.was(t, "GET /audit?action=source&actor=qian&from_at=2026-03-01T00%3A00%3A00%2B08%3A00&limit=50")
	if page := f.look(t, "/house/audit?from_at=yesterday"); page.status != http.StatusOK || !strings.Contains(page.text, `id="e-from_at"`) {
		t.Errorf("%d: a day that is none is not told", page.status)
	}
	f.answers["GET /audit"] = refusedFields{"action", "write it as source.change, or source for all that is done to sources"}
	f.look(t, "/house/audit?action=%25").is(t, http.StatusOK).says(t, `id="e-action"`)
}
