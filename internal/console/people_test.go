package console_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"quartet"
)

const (
	peopleList = `{"items":[{"id":"p1","name":"林晓","role":"owner"},{"id":"p2","name":"王芳","email":"w***@example.com","role":"finance"}]}`
	sentList   = `{"items":[{"id":"i1","address":"c***@example.com","role":"reader","state":"open"},{"id":"i2","address":"139****0009","role":"reader","state":"taken"}]}`
	firmDrafts = `{"items":[{"state":"draft","name":"测试贸易有限公司","credit_code":"91350100M000100Y43","purposes":[],"contact_given":true,"licence":"image/png","licence_bytes":2048},{"state":"rejected","reason":"看不清"}]}`
	firmLast   = `{"state":"draft","name":"测试贸易有限公司","credit_code":"91350100M000100Y43","scene":"发工资","purposes":["payroll"],"contact_given":true}`
)

func peopleFake(others map[string]any) *fake {
	return &fake{answers: but(map[string]any{
		"GET /me": `{"id":"p1"}`, "GET /accounts/acme/members": peopleList, "GET /accounts/acme/invitations": sentList,
		"GET /accounts/acme/firm/applications": firmDrafts, "GET /accounts/acme/firm": firmLast,
	}, others)}
}

func TestPeople_AreManagedByWhoMay(t *testing.T) {
	f := peopleFake(nil)
	f.look(t, "/console/people").says(t, "王芳", `action="/console/people/p2/role"`, `action="/console/people/invitations/i1/withdrawal"`, "角色能做什么", "but not", "invitations/i2/withdrawal")
	f.role = quartet.RoleFinance
	f.look(t, "/console/people").says(t, "王芳", "but not", "/role", "发出邀请")
}

func TestPeople_AreAllShown(t *testing.T) {
	f := peopleFake(map[string]any{
		"GET /accounts/acme/members":     [2]string{`{"items":[{"id":"p1","name":"林晓","role":"owner"}],"next":"p1"}`, `{"items":[{"id":"p2","name":"王芳","role":"finance"}]}`},
		"GET /accounts/acme/invitations": [2]string{`{"items":[{"id":"i1","address":"a***@example.com","role":"reader","state":"taken"}],"next":"i1"}`, `{"items":[{"id":"i2","address":"b***@example.com","role":"reader","state":"open"}]}`},
	})
	f.look(t, "/console/people").says(t, "林晓", "王芳", "a***@example.com", "b***@example.com")
}

func TestPeople_FormsAskTheAPI(t *testing.T) {
	for _, c := range []struct {
		path  string
		pairs []string
		want  string
	}{
		{"/console/people/invitations", []string{"_form", "invite", "address", " c@example.com ", "role", "reader"}, `POST /accounts/acme/invitations {"address":"c@example.com","role":"reader"}`},
		{"/console/people/invitations/i1/withdrawal", nil, "DELETE /accounts/acme/invitations/i1"},
		{"/console/people/p2/role", []string{"role", "developer"}, `PUT /accounts/acme/members/p2/role {"role":"developer"}`},
		{"/console/people/p2/removal", nil, "DELETE /accounts/acme/members/p2"},
	} {
		f := peopleFake(nil)
		if page := f.send(t, c.path, c.pairs...).is(t, http.StatusSeeOther); !strings.HasPrefix(page.to, "/console/people?done=") {
			t.Errorf("%s leads to %s", c.path, page.to)
		}
		f.did(t, c.want)
	}
}

func TestAudit_ShowsWhoDidWhat(t *testing.T) {
	f := peopleFake(map[string]any{"GET /accounts/acme/audit": `{"next":"e3","items":[{"by":"person","person_name":"王芳","action":"credential.show","subject":"c1","origin":"192.0.2.7"},{"by":"house","action":"firm.approve"},{"by":"person","action":"some.thing"}]}`})
	f.look(t, "/console/audit").says(t, "王芳", "查看密钥", `href="/console/credentials/c1"`, "192.0.2.7", "服务方", "通过企业认证", "已离开的成员", "some.thing", "/console/audit?after=e3")
}

func TestAudit_TellsWhatChangedInTheWordsOfItsReader(t *testing.T) {
	f := peopleFake(map[string]any{"GET /accounts/acme/audit": `{"items":[
		{"action":"member.role","facts":[{"name":"role","values":["developer"],"before":["finance"]}],"detail":"kept in English"},
		{"action":"credential.change","facts":[{"name":"name","values":["普通"]},{"name":"networks","before":["192.0.2.0/24","2001:db8::/32"]}]},
		{"action":"order.place","facts":[{"name":"amount_fen","values":["200000"]}]},
		{"action":"webhook.change","facts":[{"name":"enabled","values":["false"],"before":["true"]}]}]}`})
	f.look(t, "/console/audit").says(t, "角色 财务 → 开发者", "名称 普通 · IP 白名单 192.0.2.0/24 2001:db8::/32 → 无", "金额 ¥2,000.00", "启用中 是 → 否", "but not", "kept in English")
	r := httptest.NewRequest(http.MethodGet, "/console/audit", http.NoBody)
	r.AddCookie(&http.Cookie{Name: "lang", Value: "en"})
	f.visit(t, r).says(t, "Role Finance → Developer", "Name 普通 · Allowed addresses 192.0.2.0/24 2001:db8::/32 → none", "Amount ¥2,000.00", "Enabled yes → no")
}

// What the API can tell in the trail is a closed set, and so are the words of the page.
func TestAudit_HasWordsForAllThatIsDoneAndTold(t *testing.T) {
	doc, err := description()
	if err != nil {
		t.Fatal(err)
	}
	names := doc.Components.Schemas["AccountFact"].Value.Properties["name"].Value.Enum
	if len(names) == 0 {
		t.Fatal("the API tells nothing")
	}
	told, done := []any{}, []any{}
	for _, name := range names {
		told = append(told, map[string]any{"facts": []any{map[string]any{"name": name, "values": []any{"x", name}}}})
	}
	for _, action := range quartet.AccountActions() {
		done = append(done, map[string]any{"action": action})
	}
	page := peopleFake(map[string]any{"GET /accounts/acme/audit": map[string]any{"items": told}}).look(t, "/console/audit")
	for _, name := range names {
		if !regexp.MustCompile(fmt.Sprintf(`>[^<>]*\p{Han}[^<>]* x %v<`, name)).MatchString(page.text) {
			t.Errorf("%v has no words", name)
		}
	}
	peopleFake(map[string]any{"GET /accounts/acme/audit": map[string]any{"items": done}}).look(t, "/console/audit").says(t, append([]string{"but not"}, quartet.AccountActions()...)...)
}

func TestFirm_IsSavedInPartsThatLeaveTheOthers(t *testing.T) {
	for _, c := range []struct {
		pairs []string
		want  string
	}{
		{[]string{"_form", "firm", "name", "新名称", "credit_code", "91350100M000100Y43"}, `{"name":"新名称","credit_code":"91350100M000100Y43","scene":"发工资","purposes":["payroll"]}`},
		{[]string{"_form", "use", "scene", "核对", "purposes", "law", "purposes", "rental"}, `{"name":"测试贸易有限公司","credit_code":"91350100M000100Y43","scene":"核对","purposes":["law","rental"]}`},
		{[]string{"_form", "contact", "contact/name", "王芳", "contact/mobile", "13900000001"}, `{"name":"测试贸易有限公司","credit_code":"91350100M000100Y43","scene":"发工资","purposes":["payroll"],"contact":{"email":"","mobile":"13900000001","name":"王芳"}}`},
	} {
		f := peopleFake(map[string]any{"PUT /accounts/acme/firm": firmLast})
		f.send(t, "/console/firm", c.pairs...).is(t, http.StatusSeeOther)
		f.did(t, "PUT /accounts/acme/firm "+c.want)
	}
}

func TestFirm_ShowsWhatIsMissingAndWhatWasDecided(t *testing.T) {
	peopleFake(nil).look(t, "/console/firm").says(t, "四项都填写后即可提交审核。", "已填写，加密保存", "PNG · 2 KB", "看不清", "disabled")
	f := peopleFake(map[string]any{"GET /accounts/acme/firm/applications": `{"items":[{"state":"approved","name":"测试贸易有限公司","decided_at":"2026-03-01T00:00:00Z"}]}`})
	f.look(t, "/console/firm").says(t, "已于 2026年3月1日 通过认证。", "变更企业信息", "but not", "_form")
	f.look(t, "/console/firm?edit=1").says(t, `name="credit_code"`)
}

func TestFirm_HandsTheLicenceOnAsItIs(t *testing.T) {
	const path, taken = "/console/firm/licence", "PUT /accounts/acme/firm/licence"
	f := peopleFake(map[string]any{taken: firmLast})
	f.upload(t, path, "licence", "licence.png", "\x89PNG\x00\xff").is(t, http.StatusSeeOther)
	f.did(t, taken+" \x89PNG\x00\xff")
	f = peopleFake(map[string]any{taken: refusal{415, "unsupported", "a scan is a PNG or JPEG image, or a PDF", ""}})
	f.upload(t, path, "licence", "licence.png", "text").says(t, `id="e-licence">请上传 PNG、JPEG 或 PDF 文件`)
	f = peopleFake(nil)
	f.upload(t, path, "licence", "licence.png", strings.Repeat("x", 6<<20)).says(t, "文件不能超过 5 MB")
	f.did(t)
}
