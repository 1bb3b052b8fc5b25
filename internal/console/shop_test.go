package console_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

const plans = `{"items":[{"id":"1887-trial","name":"免费测试","product_id":"1887","units":10,"months":1,"trial":true},{"id":"1887-1200","name":"500元/1200次","product_id":"1887","units":1200,"price_fen":50000,"months":24,"unit_price":"0.42"}]}`

func TestPlans_AreSoldToAccountsWhoseFirmIsApproved(t *testing.T) {
	f := &fake{answers: map[string]any{"GET /products/1887/plans": plans, "GET /accounts/acme/firm": refusal{404, "not_found", "nothing was said of the firm", ""}}}
	f.look(t, "/console/plans").says(t, "先完成企业认证", "/console/firm", "¥500.00", "but not", "免费领取")
	f.answers["GET /accounts/acme/firm"] = `{"state":"submitted"}`
	f.look(t, "/console/plans").says(t, "企业认证审核中", "but not", "免费领取")
	f.answers["GET /accounts/acme/firm"] = `{"state":"approved"}`
	f.look(t, "/console/plans").says(t, `action="/console/orders"`, "免费领取", "but not", "先完成企业认证")
	f.answers["GET /accounts/acme/grants"] = `{"items":[{"id":"g1","product_id":"1887","trial":true,"granted":10}]}`
	f.look(t, "/console/plans").says(t, "已领取", "but not", "免费领取")
}

func TestPlans_ShowWhichOneSomebodyCameFor(t *testing.T) {
	f := &fake{answers: map[string]any{"GET /products/1887/plans": plans, "GET /accounts/acme/firm": `{"state":"approved"}`}}
	page := f.look(t, "/console/plans?plan=1887-1200")
	page.says(t, `aria-current="true"`, "您选的套餐")
	if strings.Count(page.text, " autofocus") != 1 || !regexp.MustCompile(`value="1887-1200"><button[^>]* autofocus`).MatchString(page.text) {
		t.Errorf("the button of that plan is not where one stands: %s", page.text)
	}
	f.look(t, "/console/plans?plan=gone").says(t, "¥500.00", "but not", "您选的套餐", "autofocus")
}

func TestPlans_OfARenewalMoveThatGrantAlong(t *testing.T) {
	f := &fake{answers: map[string]any{
		"GET /accounts/acme/grants": `{"items":[{"id":"g1","product_id":"1887","granted":1200,"remaining":5,"expires_at":"2026-04-01T16:00:00Z"}]}`,
		"GET /products/1887/plans":  plans, "GET /accounts/acme/firm": `{"state":"approved"}`, "POST /accounts/acme/orders": `{"id":"42"}`,
	}}
	f.look(t, "/console/plans?renews=g1").says(t, `name="renews_grant_id" value="g1"`, "2026-04-01", "but not", "/console/trials")
	f.send(t, "/console/orders", "plan_id", "1887-1200", "renews_grant_id", "g1").leads(t, "/console/orders/42")
	f.did(t, `POST /accounts/acme/orders {"plan_id":"1887-1200","renews_grant_id":"g1"}`)
}

func TestOrder_LooksForMoneyWhileItIsOpenAlone(t *testing.T) {
	f := &fake{answers: map[string]any{
		"GET /accounts/acme/payment-ways": `{"items":[{"provider":"wechat","methods":["qr"]},{"provider":"transfer","methods":["transfer"]}]}`,
		"GET /bank-accounts":              `{"items":[{"bank":"示例银行","holder":"示例数据服务有限公司","number":"110000"},{"bank":"旧","holder":"旧","number":"220000","closed_at":"2026-01-01T00:00:00Z"}]}`,
		"GET /accounts/acme/orders/42":    `{"id":"42","product_id":"1887","state":"open","amount_fen":50000,"transfer_code":"K7M3QX9P","payments":[]}`,
	}}
	f.look(t, "/console/orders/42").says(t, "微信支付", "对公转账", "every 3s", "but not", "<svg class=\"qr\"", "K7M3QX9P")
	const both = `"payments":[{"id":"p1","provider":"wechat","method":"qr","state":"open","show":"weixin://x"},{"id":"p2","provider":"transfer","method":"transfer","state":"open"}]}`
	f.answers["GET /accounts/acme/orders/42"] = `{"id":"42","product_id":"1887","state":"open","amount_fen":50000,"transfer_code":"K7M3QX9P",` + both
	f.look(t, "/console/orders/42").says(t, "K7M3QX9P", "110000", "every 20s", "but not", "220000")
	f.look(t, "/console/orders/42?payment=p1").says(t, "<svg class=\"qr\"", "every 3s", "but not", "K7M3QX9P")
	f.answers["GET /accounts/acme/orders/42"] = `{"id":"42","product_id":"1887","state":"paid","units":1200,"amount_fen":50000,"paid_at":"2026-03-02T00:00:00Z",` + both
	f.answers["GET /products/1887/refund-policy"] = `{"full_days":7}`
	f.look(t, "/console/orders/42").says(t, "已到账 1,200 次", "receipt.pdf", "申请退款", "but not", "every")
}

func TestOrder_IsPaidInTheWayThatWasChosenAndComesBackToItsPage(t *testing.T) {
	f := &fake{site: "https://shop.example", answers: map[string]any{"POST /accounts/acme/orders/42/payments": `{"id":"p1"}`}}
	f.send(t, "/console/orders/42/payments", "way", "alipay/page").leads(t, "/console/orders/42?payment=p1")
	f.did(t, `POST /accounts/acme/orders/42/payments {"back":"https://shop.example/console/orders/42","method":"page","provider":"alipay"}`)
}

func TestOrder_LinksToPagesOfTheWebAlone(t *testing.T) {
	f := &fake{answers: map[string]any{}}
	for show, links := range map[string]bool{"https://pay.example/x": true, "http://127.0.0.1:9/x": true, "javascript:alert(1)": false, "alipays://platformapi": false, "https://": false, "": false} {
		f.answers["GET /accounts/acme/orders/42"] = `{"id":"42","product_id":"1887","state":"open","payments":[{"id":"p1","provider":"alipay","method":"page","state":"open","show":"` + show + `"}]}`
		f.answers["GET /accounts/acme/payment-ways"] = `{"items":[{"provider":"alipay","methods":["page"]}]}`
		page := f.look(t, "/console/orders/42")
		if got := strings.Contains(page.text, "打开支付宝页面"); got != links {
			t.Errorf("%q: there is a link: %t", show, got)
		}
	}
}

func TestRefund_ThatIsRefusedShowsWhatWasTyped(t *testing.T) {
	f := &fake{answers: map[string]any{
		"GET /accounts/acme/orders/42":     `{"id":"42","product_id":"1887","state":"paid","units":1200,"amount_fen":50000,"paid_at":"2026-03-02T00:00:00Z"}`,
		"GET /products/1887/refund-policy": `{"full_days":7}`, "POST /accounts/acme/orders/42/refunds": refusal{409, "refund_open", "something else stands in its way", ""},
	}}
	f.look(t, "/console/orders/42").says(t, "<details><summary>申请退款")
	f.send(t, "/console/orders/42/refunds", "_form", "refund", "reason", "项目取消").says(t, "<details open><summary>申请退款", `value="项目取消"`)
}

func TestForms_OfWhoIsNotSignedInLeadToTheDoor(t *testing.T) {
	f := &fake{answers: stranger}
	for _, path := range []string{"/console/orders", "/console/trials", "/console/orders/42/refunds", "/console/repurchases", "/console/credentials", "/console/credentials/c1/revocation"} {
		f.send(t, path).leads(t, "/sign-in?next=%2Fconsole%2F")
		f.did(t)
	}
}

func TestOverview_ShowsANewBuyerTheNextStep(t *testing.T) {
	f := &fake{answers: map[string]any{"GET /accounts/acme/credentials": credentials, "GET /accounts/acme/firm": `{"state":"approved"}`}}
	f.look(t, "/console/").says(t, "开始使用", `<a href="/console/plans">领取免费测试</a>`, "but not", "<a href=\"/console/credentials\">复制 AppCode")
	f.answers["GET /accounts/acme/grants"] = `{"items":[{"id":"g1","product_id":"1887","trial":true,"granted":10},{"id":"g2","product_id":"1887","granted":1200,"remaining":900,"expires_at":"2028-03-02T16:00:00Z"}]}`
	f.answers["GET /accounts/acme/usage"] = `{"calls":4,"units":3,"slots":[{"at":"2026-03-01T16:00:00Z","calls":4,"match":2,"mismatch":1}]}`
	f.answers["GET /accounts/acme/calls"] = `{"items":[{"latency_ms":3},{"latency_ms":90},{"latency_ms":5},{"latency_ms":4}]}`
	f.look(t, "/console/").says(t, "75.0%", "一致 2 · 不一致 1 · 异常 0 · 未出结果 1", "95% 不超过 90 毫秒", "900 / 1,200", "有效期至 2028-03-02", "but not", "开始使用")
}

func TestOrder_WhoseReaderWasSignedOutLeadsThePageToTheDoor(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/console/orders/42", http.NoBody)
	r.Header.Set("Hx-Request", "true")
	page := (&fake{answers: stranger}).visit(t, r)
	if to := page.header.Get("Hx-Redirect"); to != "/sign-in?next=%2Fconsole%2Forders%2F42" || page.text != "" {
		t.Errorf("the script is told to go to %q: %d %s", to, page.status, page.text)
	}
}
