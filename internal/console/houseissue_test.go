package console_test

import (
	"net/http"
	"testing"

	"quartet"
)

func houseInvoice(state, channel string) map[string]any {
	return map[string]any{
		"id": "v1", "kind": "ordinary", "state": state, "channel": channel, "amount_fen": 50000, "net_fen": 47170, "tax_fen": 2830, "buyer": map[string]string{"title": "测试贸易有限公司"},
		"lines": []map[string]any{{"order_id": "o1", "amount_fen": 50000}, {"order_id": "o2", "amount_fen": 1}}, "created_at": "2026-02-09T02:00:00Z",
	}
}

func TestHouse_AnInvoiceOffersWhatItsStateTakes(t *testing.T) {
	for state, of := range map[string]struct {
		channel string
		offers  []string
	}{
		"submitted":        {"", []string{"将为 测试贸易有限公司 开具价税合计 ¥500.00", "拒绝申请", "but not", "上传开票文件", "申请红冲"}},
		"issuing":          {"manual", []string{"上传开票文件", "登记票面内容", "未能开具", "but not", "批准开票", "/retry"}},
		"unknown":          {"taxsim", []string{"再次处理", "but not", "拒绝申请", "上传开票文件"}},
		"failed_final":     {"taxsim", []string{"再次处理", "拒绝申请", "but not", "上传开票文件"}},
		"failed_retryable": {"taxsim", []string{"再次处理", "拒绝申请"}},
		"issued":           {"taxsim", []string{"申请红冲", "最多可红冲 ¥500.00", "but not", "批准开票", "上传开票文件"}},
		"reversed":         {"taxsim", []string{"已全部红冲", "but not", "申请红冲", "批准开票"}},
	} {
		f := &fake{answers: but(treasurer, map[string]any{"GET /invoices/v1": houseInvoice(state, of.channel)})}
		f.look(t, "/house/invoices/v1").is(t, http.StatusOK).says(t, of.offers...)
		f = &fake{answers: but(operator("wu", quartet.RoleAuditor), map[string]any{"GET /invoices/v1": houseInvoice(state, of.channel)})}
		f.look(t, "/house/invoices/v1").is(t, http.StatusOK).says(t, "but not", "批准开票", "再次处理", "申请红冲", "上传开票文件", "登记票面内容")
	}
}

func TestHouse_AnEntryIsSentInFen(t *testing.T) {
	f := &fake{answers: but(treasurer, map[string]any{
		"GET /invoices/v1": houseInvoice("issuing", "manual"), "PUT /red-letters/r1/entry": refusal{409, "conflict", "hand in its PDF or OFD first, so that the second person can compare", ""},
		"GET /red-letters/r1": map[string]any{"id": "r1", "invoice_id": "v1", "state": "issuing"},
	})}
	typed := []string{"_form", "entry", "number", "2635 2000 0000 0033 0004", "issued_on", "2026-02-10", "amount_fen", "￥500", "net_fen", "471.70", "tax_fen", "28.3"}
	f.send(t, "/house/invoices/v1/entry", typed...).leads(t, "/house/invoices/v1?done=entry")
	f.was(t, `PUT /invoices/v1/entry {"amount_fen":50000,"issued_on":"2026-02-10","net_fen":47170,"number":"26352000000000330004","tax_fen":2830}`)
	f.send(t, "/house/red-letters/r1/entry", typed...).is(t, http.StatusConflict).says(t, "请先上传 PDF 或 OFD", `value="471.70"`)
	f.send(t, "/house/invoices/v1/entry", "_form", "entry", "number", "1", "amount_fen", "all", "net_fen", "0", "tax_fen", "0").is(t, http.StatusUnprocessableEntity).says(t, "请填写金额", `value="all"`)
}

func TestHouse_FilesAreHandedInAsTheyAre(t *testing.T) {
	f := &fake{answers: but(treasurer, map[string]any{
		"GET /invoices/v1":           houseInvoice("issuing", "manual"),
		"PUT /invoices/v1/files/xml": refusal{422, "invalid", "this is not what was asked for: 400.00 with 24.00 tax", ""},
	})}
	f.upload(t, "/house/invoices/v1/files/pdf", "file", "v.pdf", "%PDF-1.7 x").leads(t, "/house/invoices/v1?done=file")
	f.was(t, "PUT /invoices/v1/files/pdf %PDF-1.7 x")
	f.upload(t, "/house/invoices/v1/files/xml", "file", "v.xml", "<x/>").is(t, http.StatusUnprocessableEntity).says(t, "与申请不符")
	f.upload(t, "/house/invoices/v1/files/ofd", "file", "v.ofd", "").is(t, http.StatusUnprocessableEntity)
	out := &fake{answers: stranger}
	out.upload(t, "/house/invoices/v1/files/pdf", "file", "v.pdf", "x").is(t, http.StatusSeeOther)
	out.did(t)
}

func TestHouse_AReversalTakesBackWhatWasTypedOrAll(t *testing.T) {
	f := &fake{answers: but(treasurer, map[string]any{"GET /invoices/v1": houseInvoice("issued", "taxsim"), "POST /invoices/v1/red-letters": map[string]string{"id": "r1"}})}
	f.send(t, "/house/invoices/v1/red-letters", "_form", "red", "reason", "mistake", "orders", "o1", "amount_o1", "", "orders", "o2", "amount_o2", "").leads(t, "/house/red-letters/r1?done=red")
	f.send(t, "/house/invoices/v1/red-letters", "_form", "red", "reason", "allowance", "orders", "o1", "amount_o1", "1.5", "orders", "o2", "amount_o2", "").leads(t, "/house/red-letters/r1?done=red")
	f.send(t, "/house/invoices/v1/red-letters", "_form", "red", "reason", "allowance", "orders", "o1", "amount_o1", "all").is(t, http.StatusUnprocessableEntity).says(t, "请填写金额")
	f.did(t, `POST /invoices/v1/red-letters {"reason":"mistake"}`, `POST /invoices/v1/red-letters {"reason":"allowance","orders":[{"order_id":"o1","amount_fen":150}]}`)
}

func TestHouse_TaxIsSetInPercentFromADay(t *testing.T) {
	f := &fake{answers: but(treasurer, map[string]any{
		"GET /tax-settings": map[string]any{"items": []map[string]any{
			{"id": "s1", "from_at": "2025-01-01T00:00:00Z", "rate": 300}, {"id": "s2", "from_at": "2026-01-01T00:00:00Z", "rate": 150, "item": "*信息*核验"}, {"id": "s3", "from_at": "2026-04-01T00:00:00Z", "rate": 600},
		}},
		"GET /tax-login": map[string]any{"channel": "taxsim", "shows": "https://tax.example/qr"},
	})}
	f.look(t, "/house/tax").says(t, "生效中", "尚未生效", "已失效", `value="1.5"`, "未登录", `<svg`)
	f.send(t, "/house/tax", "item", "*信息*核验", "tax_code", "3040201010000000000", "rate", "1.5", "seller", "四要素科技有限公司", "seller_tax_id", "91350100m000100y43", "from_at", "2026-04-01").leads(t, "/house/tax?done=set")
	f.was(t, `POST /tax-settings {"from_at":"2026-04-01T00:00:00+08:00","item":"*信息*核验","rate":150,"seller":"四要素科技有限公司","seller_tax_id":"91350100M000100Y43","tax_code":"3040201010000000000"}`)
	f.send(t, "/house/tax", "rate", "six").is(t, http.StatusUnprocessableEntity).says(t, "请填写税率")
	f.send(t, "/house/tax/login").leads(t, "/house/tax?done=login")
}
