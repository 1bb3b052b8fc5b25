package console_test

import (
	"net/http"
	"strings"
	"testing"

	"quartet"
)

// operated is a house whose operator of a role looks at its pages.
func operated(role quartet.Role, answers map[string]any) *fake {
	all := but(map[string]any{}, answers)
	all["GET /session"] = map[string]any{"id": "s1", "kind": "operator", "name": "qian", "role": role, "rights": role.Rights(), "second_factor": "proved"}
	return &fake{answers: all}
}

var acme = map[string]any{
	"GET /accounts/acme":             map[string]any{"id": "acme", "name": "测试贸易有限公司", "qps": 5, "created_at": "2025-11-20T02:00:00Z"},
	"GET /accounts/acme/firm":        refusal{404, "not_found", "nothing was said of the firm yet", ""},
	"GET /accounts/acme/balance":     map[string]any{"items": []any{}, "total": map[string]int{"granted": 1000, "remaining": 900, "used": 100}},
	"GET /accounts/acme/credentials": map[string]any{"items": []map[string]any{{"id": "c1", "kind": "appcode", "name": "正式环境", "state": "active"}, {"id": "c2", "kind": "key", "state": "revoked"}}},
}

func TestHouseMenu_ShowsARoleWhatItMayUse(t *testing.T) {
	operated(quartet.RoleSupport, nil).look(t, "/house/security").says(t, "/house/accounts", "/house/firms", "/house/chat")
	operated(quartet.RoleTreasurer, nil).look(t, "/house/security").says(t, "/house/accounts", "/house/tickets", "but not", "/house/chat")
	operated(quartet.RoleAuditor, nil).look(t, "/house/security").says(t, "but not", "/house/accounts", "/house/tickets")
	operated(quartet.RoleTreasurer, nil).look(t, "/house/chat").is(t, http.StatusForbidden)
	(&fake{answers: stranger}).look(t, "/house/accounts").leads(t, "/house/sign-in?next=%2Fhouse%2Faccounts")
}

func TestHouseAccounts_AreSearchedPageByPage(t *testing.T) {
	f := operated(quartet.RoleSupport, map[string]any{"GET /accounts": map[string]any{"items": []map[string]any{{"id": "acme", "name": "测试贸易有限公司"}}, "next": "acme"}})
	f.look(t, "/house/accounts?q=贸易&state=active&firm_state=nonsense").says(t, "/house/accounts/acme", "/house/accounts?after=acme&amp;q=%E8%B4%B8%E6%98%93&amp;state=active", "but not", "代为开通账户")
	f.was(t, "GET /accounts?limit=50&q=%E8%B4%B8%E6%98%93&state=active")
}

func TestHouseAccount_TellsWhatASuspensionStops(t *testing.T) {
	f := operated(quartet.RoleAdministrator, acme)
	f.look(t, "/house/accounts/acme").says(t, "停用后，1 个有效凭证的调用立即全部被拒绝", "剩余 900 次保留", "还没有提交企业认证", "/house/calls?account=acme", "/house/tickets?account=acme")
	f.send(t, "/house/accounts/acme/suspension", "_form", "suspension", "reason", "账款逾期").leads(t, "/house/accounts/acme?done=suspended")
	f.send(t, "/house/accounts/acme/resumption").leads(t, "/house/accounts/acme?done=resumed")
	f.send(t, "/house/accounts/acme/rate", "qps", "20", "burst", "40").leads(t, "/house/accounts/acme?done=limited")
	f.send(t, "/house/accounts/acme/purpose", "purpose", "payroll").leads(t, "/house/accounts/acme?done=purpose")
	f.did(t, `PUT /accounts/acme/suspension {"reason":"账款逾期"}`, "DELETE /accounts/acme/suspension", `PUT /accounts/acme/rate {"burst":40,"qps":20}`, `PUT /accounts/acme/purpose {"purpose":"payroll"}`)
	operated(quartet.RoleSupport, acme).look(t, "/house/accounts/acme").says(t, "正式环境", "but not", `action="/house/accounts/acme/suspension"`, `action="/house/accounts/acme/rate"`)
}

func TestHouseAccount_KeepsAReasonThatIsRefusedWithItsForm(t *testing.T) {
	f := operated(quartet.RoleAdministrator, but(acme, map[string]any{"PUT /accounts/acme/suspension": refusal{422, "invalid", "write at least 4 characters", "reason"}}))
	f.send(t, "/house/accounts/acme/suspension", "_form", "suspension", "reason", "逾期").is(t, http.StatusUnprocessableEntity).says(t, "至少 4 个字符", ">逾期</textarea>")
}

func TestHouseCredential_ShowsItsSecretForAReasonOnThatPageAlone(t *testing.T) {
	const at = "/house/accounts/acme/credentials/c1"
	f := operated(quartet.RoleAdministrator, but(acme, map[string]any{"POST /accounts/acme/credentials/c1/secret": map[string]any{"id": "c1", "kind": "appcode", "secret": "f0e1d2c3"}}))
	f.look(t, at).says(t, "查看密钥的原因", "but not", "f0e1d2c3")
	f.send(t, at+"/secret", "_form", "secret", "reason", "买家丢失，工单 T1").is(t, http.StatusOK).says(t, "f0e1d2c3", "已记入审计")
	f.did(t, `POST /accounts/acme/credentials/c1/secret {"reason":"买家丢失，工单 T1"}`)
	f.answers["POST /accounts/acme/credentials/c1/secret"] = proofNeeded
	f.send(t, at+"/secret", "_form", "secret", "reason", "买家丢失，工单 T1").says(t, "确认密码", `name="reason" value="买家丢失，工单 T1"`)
	operated(quartet.RoleSupport, acme).look(t, at).says(t, "but not", "/secret", "/revocation")
}

func application(state string, sound bool) map[string]any {
	return but(acme, map[string]any{"GET /firm-applications/f1": map[string]any{
		"id": "f1", "account_id": "acme", "state": state, "name": "测试贸易有限公司", "credit_code": "91350100M000100Y43", "credit_code_sound": sound, "purposes": []string{"payroll"}, "contact_given": true, "licence": "image/png", "licence_bytes": 2048,
	}})
}

func TestHouseFirm_ShowsWhatIsMaskedOnTheAnswerAlone(t *testing.T) {
	f := operated(quartet.RoleSupport, but(application("submitted", true), map[string]any{
		"POST /firm-applications/f1/contact": map[string]string{"name": "张三丰", "mobile": "13900000001"}, "POST /firm-applications/f1/licence": "\x89PNG",
	}))
	const at = "/house/firms/f1"
	f.look(t, at).says(t, "校验位正确", "PNG · 2 KB", "but not", "13900000001", "data:image")
	f.send(t, at+"/contact", "_form", "contact", "reason", "来电核实").is(t, http.StatusOK).says(t, "张三丰", "13900000001", "but not", "来电核实", "data:image")
	f.send(t, at+"/licence", "_form", "licence", "reason", "核对代码").is(t, http.StatusOK).says(t, "data:image/png;base64,iVBORw", "but not", "13900000001")
	f.did(t, `POST /firm-applications/f1/contact {"reason":"来电核实"}`, `POST /firm-applications/f1/licence {"reason":"核对代码"}`)
}

func TestHouseFirm_IsDecidedWithWhatTheCheckFound(t *testing.T) {
	f := operated(quartet.RoleSupport, application("submitted", false))
	const at = "/house/firms/f1"
	f.look(t, at).says(t, "校验位不符", `name="override"`, "它的调用按这个用途发给渠道：<", "代发工资", "but not", "/revocation")
	f.send(t, at+"/approval", "_form", "approval", "override", "yes").leads(t, at+"?done=approved")
	f.send(t, at+"/rejection", "_form", "rejection", "reason", "照片不清晰").leads(t, at+"?done=rejected")
	f.did(t, `POST /firm-applications/f1/approval {"override":true}`, `POST /firm-applications/f1/rejection {"reason":"照片不清晰"}`)
	approved := operated(quartet.RoleSupport, application("approved", true))
	approved.look(t, at).says(t, "用途被清空", at+"/revocation", "but not", at+"/approval")
	approved.send(t, at+"/revocation", "_form", "revocation", "reason", "证照已注销").leads(t, at+"?done=revoked")
	operated(quartet.RoleTreasurer, application("submitted", true)).look(t, at).says(t, "由客服审核", "只有客服可以查看", "but not", at+"/approval", at+"/contact", at+"/licence")
}

func TestHouseFirms_ShowWhatWaitsFirst(t *testing.T) {
	f := operated(quartet.RoleSupport, acme)
	f.look(t, "/house/firms").says(t, "没有待审核的认证")
	f.was(t, "GET /firm-applications?limit=30&state=submitted")
	f.answers["GET /firm-applications"] = map[string]any{"items": []map[string]any{{"id": "f1", "account_id": "acme", "state": "approved", "name": "甲"}}, "next": "f1"}
	f.look(t, "/house/firms?state=").says(t, "测试贸易有限公司", "/house/firms?after=f1&amp;state=")
	f.was(t, "GET /firm-applications?limit=30")
}

func TestHousePeople_AreFoundWithoutTheirAddressInAnAddress(t *testing.T) {
	card := map[string]any{"id": "p1", "name": "林晓", "email": "l***@example.com", "created_at": "2026-01-01T00:00:00Z"}
	f := operated(quartet.RoleAdministrator, map[string]any{"POST /people/search": card, "PUT /people/p1/disablement": but(card, map[string]any{"disabled_at": "2026-03-02T00:00:00Z"})})
	found := f.send(t, "/house/people", "address", "lin@example.com")
	found.is(t, http.StatusOK).says(t, "l***@example.com", "/house/people/p1/disablement", "but not", "lin@example.com")
	f.send(t, "/house/people/p1/disablement", "_form", "disablement", "name", "林晓", "reason", "设备遗失").is(t, http.StatusOK).says(t, "已禁止登录，其所有设备已退出", "/house/people/p1/enablement")
	f.send(t, "/house/people/p1/enablement").leads(t, "/house/people?done=enabled")
	f.did(t, `POST /people/search {"address":"lin@example.com"}`, `PUT /people/p1/disablement {"reason":"设备遗失"}`, "DELETE /people/p1/disablement")
	for _, asked := range f.asked {
		if strings.HasPrefix(asked, "GET") && strings.Contains(asked, "lin@") {
			t.Errorf("an address is in %s", asked)
		}
	}
	f.answers["POST /people/search"] = refusal{404, "not_found", "there is no person", ""}
	f.send(t, "/house/people", "address", "nobody@example.com").is(t, http.StatusUnprocessableEntity).says(t, `value="nobody@example.com"`)
	operated(quartet.RoleSupport, map[string]any{"POST /people/search": card}).send(t, "/house/people", "address", "lin@example.com").says(t, "林晓", "but not", "/disablement")
}

func TestHouseCalls_AreOfAllAccountsWithTheirSources(t *testing.T) {
	call := map[string]any{
		"seq_no": "4XU29Z4D1704061618", "account_id": "acme", "code": "10003", "product_id": "1887", "at": "2026-03-01T01:02:03Z", "source": "union-a",
		"attempts": []map[string]any{{"source": "union-b", "skipped": "breaker open", "charged": "no"}, {"source": "union-a", "choice": "priority", "failure": "timeout", "charged": "unknown", "cost_fen": 18.5, "latency_ms": 2990}},
	}
	f := operated(quartet.RoleSupport, but(acme, map[string]any{"GET /calls": map[string]any{"items": []any{call}}, "GET /calls/4XU29Z4D1704061618": call, "GET /calls/0XU29Z4D1704061618": refusal{404, "not_found", "no call bears this seqNo", ""}}))
	f.look(t, "/house/calls?account=acme&source=union-a&code=10003&from=2026-03-01T00:00").says(t, "/house/calls/4XU29Z4D1704061618", "/house/accounts/acme", "union-a")
	f.was(t, "GET /calls?account_id=acme&code=10003&from_at=2026-02-28T16%3A00%3A00Z&limit=50&source=union-a")
	f.look(t, "/house/calls?seq_no=4xu29z4d1704061618").leads(t, "/house/calls/4XU29Z4D1704061618")
	f.look(t, "/house/calls/4XU29Z4D1704061618").says(t, "没有问：已熔断", "超时", "渠道是否计费未知 ¥0.185", "按优先级", "测试贸易有限公司")
	f.look(t, "/house/calls/0XU29Z4D1704061618").is(t, http.StatusNotFound).says(t, "查不到这次调用")
}

// Of a buyer's batches the house sees how they stand and which rows are wrong, and gets no file.
func TestHouseBatches_TellHowTheyStandAndGiveNothingAway(t *testing.T) {
	const at = "GET /accounts/acme/batches"
	batch := map[string]any{
		"id": "b1", "product_id": "1887", "credential_id": "c1", "name": "三月工资.xlsx", "state": "paused", "reason": "units", "started_at": "2026-03-01T02:00:00Z",
		"rows": map[string]int{"total": 10, "broken": 1, "match": 4, "ready": 5}, "charged_units": 4, "max_units": 9,
	}
	f := operated(quartet.RoleSupport, but(acme, map[string]any{
		at: map[string]any{"items": []any{batch}, "next": "b1"}, at + "/b1": batch,
		at + "/none":           refusal{http.StatusNotFound, "not_found", "there is no such batch", ""},
		"GET /products":        map[string]any{"items": []map[string]any{{"id": "1887", "name": "银行卡四要素核验"}}},
		at + "/b1/faults":      map[string]any{"items": []map[string]any{{"code": "10001", "rule": "id_checksum", "elements": []string{"idcard"}, "rows": 1}}},
		at + "/b1/faulty-rows": map[string]any{"items": []map[string]any{{"row": 7, "line": 8, "code": "10001", "rule": "id_checksum", "elements": []string{"idcard"}}}, "next": "7"},
	}))
	f.look(t, "/house/accounts/acme").says(t, `href="/house/accounts/acme/batches"`)
	f.look(t, "/house/accounts/acme/batches?after=b9").says(t, "测试贸易有限公司", "三月工资.xlsx", `href="/house/accounts/acme/batches/b1"`, "/house/accounts/acme/batches?after=b1", "4 / 9 行", "but not", "/console/batches")
	f.was(t, at+"?after=b9")
	f.look(t, "/house/accounts/acme/batches/b1?after=6").says(t, "等买家购买套餐", "第 8 行", "/house/accounts/acme/batches/b1?after=7", "but not", "/console/batches", "results.", "faults.csv", "<form method=\"post\" action=\"/house/accounts")
	f.was(t, at+"/b1/faulty-rows?after=6")
	f.look(t, "/house/accounts/acme/batches/none").is(t, http.StatusNotFound)
	(&fake{answers: stranger}).look(t, "/house/accounts/acme/batches").leads(t, "/house/sign-in?next=%2Fhouse%2Faccounts%2Facme%2Fbatches")
}
