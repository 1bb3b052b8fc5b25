package console_test

import (
	"net/http"
	"strings"
	"testing"

	"quartet"
)

// clerk is an operator of a role, signed in with all that there is to prove.
func clerk(role quartet.Role, answers map[string]any) *fake {
	return &fake{role: role, answers: but(map[string]any{
		"GET /session": map[string]any{"id": "s1", "kind": "operator", "name": "qian", "role": role, "rights": role.Rights(), "second_factor": "proved"},
	}, answers)}
}

var sold = map[string]any{
	"GET /products":      `{"items":[{"id":"1887","name":"银行卡四要素核验","path":"/p","needs":"name,id,card,mobile","detail":"state","on":true,"units":{"match":1,"mismatch":1,"undetermined":0},"reuse_minutes":10}]}`,
	"GET /products/1887": `{"id":"1887","name":"银行卡四要素核验","path":"/p","needs":"name,id,card,mobile","detail":"state","on":true,"units":{"match":1,"mismatch":1,"undetermined":0},"reuse_minutes":10}`,
	"GET /plans":         `{"items":[{"id":"1887-1200","name":"500元/1200次","product_id":"1887","units":1200,"price_fen":50000,"months":24,"unit_price":"0.42"}]}`,
}

func TestToday_LinksToPagesThatTheRoleHas(t *testing.T) {
	t.Parallel()
	picture := map[string]any{"GET /today": `{"at":"2026-03-02T04:00:00Z","calls_last_minute":90,"today":{"calls":3,"units":2,"match":2,"refusals":[{"code":"10014","calls":1}]},"hours":[],"sources":[],"waiting":{"dead_jobs":4,"roles":2}}`}
	seen := clerk(quartet.RoleSupport, picture).look(t, "/house/")
	for _, want := range []string{"1.5", `<a href="/house/jobs?state=dead">`, "<span>待复核的角色</span>", "您的角色看不到金额", `hx-get="/house/"`} {
		if !strings.Contains(seen.text, want) {
			t.Errorf("support does not see %s", want)
		}
	}
	if seen := clerk(quartet.RoleAdministrator, picture).look(t, "/house/"); !strings.Contains(seen.text, `<a href="/house/operators">`) {
		t.Error("an administrator has no way to the roles that wait")
	}
	if seen := clerk(quartet.RoleAuditor, nil).look(t, "/house/"); seen.to != "/house/orders" {
		t.Errorf("an auditor, who may not see the picture, is led to %q", seen.to)
	}
}

func TestOperators_AreAskedForAndConfirmedByAnother(t *testing.T) {
	t.Parallel()
	f := clerk(quartet.RoleAdministrator, map[string]any{
		"POST /operators": `{"id":"o3","name":"sun","asked_role":{"role":"treasurer","by":"qian","at":"2026-03-02T04:00:00Z"},"created_at":"2026-03-02T04:00:00Z"}`,
		"GET /operators":  `{"items":[{"id":"o3","name":"sun","asked_role":{"role":"treasurer","by":"qian","at":"2026-03-02T04:00:00Z"},"created_at":"2026-03-02T04:00:00Z"}]}`,
	})
	seen := f.send(t, "/house/operators", "name", "sun", "role", "treasurer", "password", "given once to sun")
	if seen.to != "/house/operators/o3?done=asked" {
		t.Fatalf("%d to %q", seen.status, seen.to)
	}
	page := f.look(t, seen.to).text
	if !strings.Contains(page, "撤回申请") || strings.Contains(page, "确认设为财务主管") {
		t.Error("whoever asked may confirm it, or cannot take it back")
	}
	f.answers["GET /operators"] = `{"items":[{"id":"o3","name":"sun","asked_role":{"role":"treasurer","by":"li","at":"2026-03-02T04:00:00Z"},"created_at":"2026-03-02T04:00:00Z"}]}`
	if page := f.look(t, "/house/operators/o3").text; !strings.Contains(page, "确认设为财务主管") {
		t.Error("another administrator cannot confirm it")
	}
	f.asked = nil
	f.send(t, "/house/operators/o3/role/confirmation", "asked_role", "treasurer")
	f.did(t, `POST /operators/o3/role/confirmation {"role":"treasurer"}`)
}

func TestAudit_TellsWhatItsVerificationFound(t *testing.T) {
	t.Parallel()
	f := clerk(quartet.RoleAuditor, map[string]any{"POST /audit/verification": `{"whole":false,"entries":640,"head":"812:5f2c","fault_place":641,"fault":"it was altered"}`})
	if seen := f.send(t, "/house/audit/verification", "head", "700:77ab"); !strings.Contains(seen.text, "校验未通过：第 641 条有问题") {
		t.Errorf("%d: the fault is not told", seen.status)
	}
	f.did(t, `POST /audit/verification {"head":"700:77ab"}`)
	f.look(t, "/house/audit?from=500")
	f.was(t, "GET /audit?before_place=501&limit=50")
}

func TestPlans_ArePricedInYuanAndDatedInBeijing(t *testing.T) {
	t.Parallel()
	f := clerk(quartet.RoleAdministrator, sold)
	seen := f.send(t, "/house/products/1887/plans/1887-1200/successor", "id", "1887-1500", "name", "499.9元/1500次", "units", "1,500", "price_fen", "499.9", "months", "24", "from_at", "2026-03-20T00:00")
	if seen.to != "/house/products/1887?done=successor" {
		t.Errorf("%d to %q", seen.status, seen.to)
	}
	f.did(t, `POST /plans/1887-1200/successor {"from_at":"2026-03-20T00:00:00+08:00","id":"1887-1500","months":24,"name":"499.9元/1500次","price_fen":49990,"units":1500}`)
	if seen := f.send(t, "/house/products/1887/plans", "id", "x", "name", "x", "units", "1", "price_fen", "4.999", "months", "1"); seen.status != http.StatusUnprocessableEntity || !strings.Contains(seen.text, "请填写金额，如 500 或 499.90") {
		t.Errorf("%d: half a fen is taken", seen.status)
	}
}

func TestAnnouncements_ArePreviewedBeforeTheyArePublished(t *testing.T) {
	t.Parallel()
	f := clerk(quartet.RoleAdministrator, but(sold, map[string]any{
		"POST /announcements/preview": `{"announcement":{"kind":"price","title":"调价","text":"t","effective_at":"2026-03-19T16:00:00Z"},"offers":[{"product_id":"1887","at":"2026-03-19T16:00:00Z","units":{},"charges":[],"plans":[{"id":"b","name":"550元/1200次","units":1200,"price_fen":55000,"months":24}]}]}`,
		"POST /announcements":         `{"id":"a7","kind":"price","title":"调价","text":"t","effective_at":"2026-03-19T16:00:00Z"}`,
	}))
	if page := f.look(t, "/house/announcements/new?kind=price&plan=1887-1200").text; !strings.Contains(page, "现在：500元/1200次，1,200 次，¥500.00，24 个月") {
		t.Error("the plan as it is now is not told")
	}
	form := []string{"kind", "price", "plan_id", "1887-1200", "change", "plan_follow", "id", "b", "name", "550元/1200次", "units", "1200", "price_fen", "550", "months", "24", "effective_at", "2026-03-20T00:00", "title", "调价", "text", "t"}
	f.asked = nil
	page := f.send(t, "/house/announcements/preview", form...).text
	if !strings.Contains(page, "¥550.00") || !strings.Contains(page, `<input type="hidden" name="price_fen" value="550">`) {
		t.Error("the preview shows no new price, or does not go on with the form")
	}
	if seen := f.send(t, "/house/announcements", form...); seen.to != "/house/announcements/a7?done=published" {
		t.Errorf("%d to %q", seen.status, seen.to)
	}
	body := `{"changes":[{"kind":"plan_follow","plan_id":"1887-1200","next_plan":{"id":"b","name":"550元/1200次","units":1200,"price_fen":55000,"months":24}}],"effective_at":"2026-03-20T00:00:00+08:00","kind":"price","text":"t","title":"调价"}`
	f.did(t, "POST /announcements/preview "+body, "POST /announcements "+body)
}

func TestProductPages_KeepQuestionsWithTheirAnswers(t *testing.T) {
	t.Parallel()
	f := clerk(quartet.RoleAdministrator, sold)
	f.send(t, "/house/products/1887/page", "revision", "3", "name", "核验", "description", "一\r\n二", "scenes", "贷款\r\n\r\n 实名 ", "coverage", "全国", "questions", "收费吗？\r\n收。\r\n先收。\r\n\r\n能退吗？\r\n能。")
	f.did(t, `PUT /products/1887/page/draft {"content":{"name":"核验","description":"一\n二","scenes":["贷款","实名"],"coverage":"全国","questions":[{"ask":"收费吗？","answer":"收。\n先收。"},{"ask":"能退吗？","answer":"能。"}],"phone":"","hotline":"","mail":""},"revision":3}`)
}

func TestIncidents_AreToldBySupportAsWell(t *testing.T) {
	t.Parallel()
	f := clerk(quartet.RoleSupport, map[string]any{"POST /incidents": `{"id":"i9","kind":"maintenance"}`})
	seen := f.send(t, "/house/incidents", "kind", "maintenance", "title", "计划维护", "severity", "unavailable", "product_ids", "1887", "starts_at", "2026-03-08T02:00", "ends_at", "2026-03-08T04:00", "text", "请提前安排")
	if seen.to != "/house/incidents/i9?done=opened" {
		t.Errorf("%d to %q", seen.status, seen.to)
	}
	f.did(t, `POST /incidents {"ends_at":"2026-03-08T04:00:00+08:00","kind":"maintenance","product_ids":["1887"],"severity":"unavailable","starts_at":"2026-03-08T02:00:00+08:00","text":"请提前安排","title":"计划维护"}`)
}

func TestProducts_AreChangedByAdministratorsAlone(t *testing.T) {
	t.Parallel()
	answers := but(sold, map[string]any{"GET /products/1887/refund-policy": `{"full_days":7,"days":180}`})
	if page := clerk(quartet.RoleSupport, answers).look(t, "/house/products/1887").text; strings.Contains(page, `action="/house/products/1887/off"`) || !strings.Contains(page, "7 天内未使用可全额退款") {
		t.Error("support is offered what it may not do, or cannot read the policy")
	}
	f := clerk(quartet.RoleAdministrator, answers)
	if page := f.look(t, "/house/products/1887").text; !strings.Contains(page, `action="/house/products/1887/off"`) {
		t.Error("an administrator cannot switch it off")
	}
	f.asked = nil
	f.send(t, "/house/products/1887/off")
	f.send(t, "/house/products/1887/refund-policy", "full_days", "14", "days", "0")
	f.send(t, "/house/products/1887/terms", "name", "核验", "path", "/p", "needs", "name,id,card", "detail", "reason", "units/match", "2", "units/mismatch", "1", "units/undetermined", "0", "reuse_minutes", "5")
	f.did(t, "PUT /products/1887/off", `PUT /products/1887/refund-policy {"days":0,"full_days":14}`,
		`PUT /products/1887 {"detail":"reason","name":"核验","needs":"name,id,card","path":"/p","reuse_minutes":5,"units":{"match":2,"mismatch":1,"undetermined":0}}`)
}
