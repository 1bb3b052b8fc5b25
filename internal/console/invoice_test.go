package console_test

import (
	"net/http"
	"strings"
	"testing"

	"quartet"
)

var billable = map[string]any{"items": []map[string]any{
	{"order_id": "o1", "plan_name": "2000元/6000次", "paid_at": "2026-02-26T02:00:00Z", "paid_fen": 200000, "invoiceable_fen": 200000},
	{"order_id": "o2", "plan_name": "500元/1200次", "paid_at": "2026-02-20T02:00:00Z", "paid_fen": 50000, "invoiced_fen": 50000, "invoiceable_fen": 0},
}}

var titles = map[string]any{"items": []map[string]any{{"id": "t1", "kind": "firm", "title": "测试贸易有限公司", "tax_id": "91350100M000100Y43"}}}

func TestInvoices_AreAskedForInFen(t *testing.T) {
	f := &fake{answers: map[string]any{"POST /accounts/acme/invoices": map[string]string{"id": "v1"}}}
	f.send(t, "/console/invoices", "kind", "ordinary", "title_id", "t1", "email", "cw@example.com",
		"orders", "o1", "amount_o1", "￥1,500.5", "amount_o3", "20", "orders", "o4", "amount_o4", "0.01").leads(t, "/console/invoices/v1?done=applied")
	f.was(t, `POST /accounts/acme/invoices {"kind":"ordinary","title_id":"t1","email":"cw@example.com","orders":[{"order_id":"o1","amount_fen":150050},{"order_id":"o4","amount_fen":1}]}`)
}

func TestInvoices_OfAnAmountThatIsNoneAreNotAskedFor(t *testing.T) {
	for _, amount := range []string{"", "0", "-5", "1e3", "1.234", "all"} {
		f := &fake{answers: map[string]any{
			"GET /accounts/acme/invoiceable-orders": billable, "GET /accounts/acme/invoice-titles": titles, "POST /accounts/acme/invoices": refusal{500, "internal", "asked", ""},
		}}
		f.send(t, "/console/invoices", "kind", "ordinary", "title_id", "t1", "email", "cw@example.com", "orders", "o1", "amount_o1", amount).is(t, http.StatusUnprocessableEntity).says(t, "请填写金额，如 500 或 500.50", `value="`+amount+`"`, `value="o1" checked`, `value="cw@example.com"`)
	}
}

func TestInvoices_ThatAreRefusedKeepWhatWasTypedAndTheSum(t *testing.T) {
	f := &fake{answers: map[string]any{
		"GET /accounts/acme/invoiceable-orders": billable, "GET /accounts/acme/invoice-titles": titles,
		"POST /accounts/acme/invoices": refusal{409, "conflict", "of order o1 2000.00 yuan may be asked for, not 2500.00", ""},
	}}
	f.send(t, "/console/invoices", "kind", "ordinary", "title_id", "t1", "email", "cw@example.com", "orders", "o1", "amount_o1", "2500").says(t, "订单 o1 最多可开 2000.00 元，不是 2500.00 元", `value="2500"`, "¥2,500.00", "已全部在发票中", "企业认证通过后可选")
}

func TestInvoice_IsDownloadedOnceItIsIssued(t *testing.T) {
	invoice := func(state string) map[string]any {
		return map[string]any{
			"id": "v1", "kind": "special", "state": state, "amount_fen": 50000, "number": "26352000000000330004", "issued_on": "2026-02-10",
			"files": []map[string]any{{"kind": "xml", "sha256": "9f2c41d7", "bytes": 6180}}, "created_at": "2026-02-09T02:00:00Z",
		}
	}
	for state, offers := range map[string][]string{
		"submitted":     {"待审核", "撤回申请", "but not", "/files/xml", "26352000000000330004"},
		"entered":       {"复核中", "but not", "/files/xml", "撤回申请"},
		"issued":        {`href="/api/v1/accounts/acme/invoices/v1/files/xml"`, "9f2c41d7", "7 KB", "but not", "撤回申请", "/agreement"},
		"part_reversed": {"部分红冲", "/files/xml"},
		"cancelled":     {"已撤回", "重新申请", "but not", "/files/xml"},
	} {
		f := &fake{answers: map[string]any{"GET /accounts/acme/invoices/v1": invoice(state)}}
		f.look(t, "/console/invoices/v1").says(t, offers...)
	}
}

func TestInvoice_OffersItsOriginalFirst(t *testing.T) {
	f := &fake{answers: map[string]any{"GET /accounts/acme/invoices/v1": map[string]any{
		"id": "v1", "kind": "ordinary", "state": "issued", "created_at": "2026-02-09T02:00:00Z", "files": []map[string]any{{"kind": "pdf"}, {"kind": "ofd"}, {"kind": "xml"}},
	}}}
	page := f.look(t, "/console/invoices/v1").text
	xml, ofd, pdf := strings.Index(page, "/files/xml"), strings.Index(page, "/files/ofd"), strings.Index(page, "/files/pdf")
	if xml < 0 || xml > ofd || ofd > pdf {
		t.Error(xml, ofd, pdf)
	}
}

func TestInvoice_ThatWaitsForItsBuyerIsAnswered(t *testing.T) {
	f := &fake{answers: map[string]any{
		"GET /accounts/acme/invoices/v1": map[string]any{"id": "v1", "kind": "special", "state": "red_waiting_buyer", "amount_fen": 50000, "created_at": "2026-02-09T02:00:00Z"},
		"GET /accounts/acme/invoices/v1/red-letters": map[string]any{"items": []map[string]any{
			{"id": "r2", "state": "waiting_buyer", "reason": "returned", "amount_fen": 20000, "agree_by": "2026-03-04T02:00:00Z"},
			{"id": "r1", "state": "done", "reason": "allowance", "amount_fen": 100, "files": []map[string]any{{"kind": "pdf", "sha256": "51a0e7cc", "bytes": 100}}},
		}},
		"POST /accounts/acme/red-letters/r2/refusal": refusal{422, "invalid", "give a reason of 1 to 500 characters", "reason"},
	}}
	f.look(t, "/console/invoices/v1").says(t, "¥200.00", "2026-03-04 10:00:00", "/api/v1/accounts/acme/red-letters/r1/files/pdf", "/console/invoices/v1/red-letters/r2/agreement")
	f.send(t, "/console/invoices/v1/red-letters/r2/refusal", "reason", "").is(t, http.StatusUnprocessableEntity).says(t, "请写明原因，500 字以内", "<details class=\"grow\" open>")
	f.send(t, "/console/invoices/v1/red-letters/r2/agreement").leads(t, "/console/invoices/v1?done=agreed")
	f.was(t, "POST /accounts/acme/red-letters/r2/agreement")
}

func TestInvoice_IsFollowedUntilNothingMoreComesByItself(t *testing.T) {
	for state, follows := range map[string]bool{"submitted": true, "issuing": true, "unknown": true, "issued": true, "red_issuing": true, "red_waiting_buyer": false, "reversed": false, "rejected": false, "cancelled": false} {
		f := &fake{answers: map[string]any{
			"GET /accounts/acme/invoices/v1": map[string]any{"id": "v1", "kind": "ordinary", "state": state, "created_at": "2026-02-09T02:00:00Z"}, // its files are not there yet
		}}
		said := []string{`hx-get="/console/invoices/v1"`}
		if !follows {
			said = append([]string{"but not"}, said...)
		}
		f.look(t, "/console/invoices/v1").says(t, said...)
	}
}

func TestInvoices_AreOnlyLookedAtByReaders(t *testing.T) {
	f := &fake{role: quartet.RoleReader, answers: map[string]any{
		"GET /accounts/acme/invoices/v1": map[string]any{"id": "v1", "kind": "ordinary", "state": "submitted", "created_at": "2026-02-09T02:00:00Z"},
	}}
	f.look(t, "/console/invoices/v1").says(t, "待审核", "but not", "撤回申请")
	f.look(t, "/console/invoices").says(t, "还没有申请过发票", "不是发票", "but not", "/console/invoices/new", "/console/titles")
}

func TestTitle_ThatIsDoubtedMayBeInsistedOn(t *testing.T) {
	doubted := "this is no credit code whose last sign checks the others; compare it with the licence, and insist if it is right"
	f := &fake{answers: map[string]any{"POST /accounts/acme/invoice-titles": refusal{422, "invalid", doubted, "tax_id"}}}
	f.look(t, "/console/titles/new").says(t, "税号", "but not", `name="insist"`)
	f.send(t, "/console/titles", "kind", "firm", "title", "测试贸易有限公司", "tax_id", "91350100M000100Y44", "back", "invoice").says(t, "校验位不对", `name="insist"`, `value="91350100M000100Y44"`, `name="back" value="invoice"`)
	both := map[string]any{"items": []map[string]any{{"id": "t1", "kind": "personal", "title": "林晓"}, {"id": "t2", "kind": "firm", "title": "测试贸易有限公司", "tax_id": "91350100M000100Y44"}}}
	f.answers = map[string]any{
		"POST /accounts/acme/invoice-titles": map[string]any{"id": "t2", "kind": "firm", "title": "测试贸易有限公司", "tax_id": "91350100M000100Y44"},
		"GET /accounts/acme/invoice-titles":  both, "GET /accounts/acme/invoiceable-orders": billable,
	}
	f.send(t, "/console/titles", "kind", "firm", "title", "测试贸易有限公司", "tax_id", "91350100M000100Y44", "insist", "yes", "back", "invoice").leads(t, "/console/invoices/new?title_id=t2")
	f.look(t, "/console/invoices/new?title_id=t2").says(t, `<option value="t2" selected>`, "but not", `<option value="t1" selected>`)
	f.was(t, `POST /accounts/acme/invoice-titles {"address":"","bank":"","bank_account":"","insist":true,"kind":"firm","phone":"","tax_id":"91350100M000100Y44","title":"测试贸易有限公司"}`)
}

func TestTitle_OfAPersonIsANameAlone(t *testing.T) {
	f := &fake{}
	f.send(t, "/console/titles/t1", "kind", "personal", "title", "林晓", "tax_id", "91350100M000100Y43", "insist", "yes").leads(t, "/console/titles?done=saved")
	f.was(t, `PUT /accounts/acme/invoice-titles/t1 {"kind":"personal","title":"林晓"}`)
}

func TestTitle_ThatIsGoneIsNoPage(t *testing.T) {
	f := &fake{answers: map[string]any{"GET /accounts/acme/invoice-titles": titles}}
	f.look(t, "/console/titles/t1").is(t, http.StatusOK).says(t, "91350100M000100Y43", `action="/console/titles/t1"`)
	f.look(t, "/console/titles/t2").is(t, http.StatusNotFound)
}
