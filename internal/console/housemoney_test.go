package console_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"quartet"
)

// operator is somebody of the house who is signed in.
func operator(name string, role quartet.Role) map[string]any {
	return map[string]any{"GET /session": map[string]any{"id": "s1", "kind": "operator", "name": name, "role": role, "rights": role.Rights(), "second_factor": "proved"}}
}

var treasurer = operator("qian", quartet.RoleTreasurer)

func TestHouse_RefundSaysWhatItDoesBeforeItIsApproved(t *testing.T) {
	standing := map[string]any{
		"refund": map[string]any{"id": "r1", "order_id": "o1", "state": "requested", "reason": "买多了", "asked_by": "person p1", "created_at": "2026-03-01T02:00:00Z"},
		"order":  map[string]any{"id": "o1", "account_id": "acme", "plan_name": "500元/1200次", "amount_fen": 50000, "units": 1200},
		"used":   100, "held": 2, "remaining": 1098, "expected_fen": 45834, "reverse_fen": 20000,
	}
	f := &fake{answers: but(treasurer, map[string]any{"GET /refunds/r1": standing, "POST /refunds/r1/rejection": refusal{422, "invalid", "give a reason of 1 to 500 characters", "reason"}})}
	f.look(t, "/house/refunds/r1").says(t, "批准后立即冻结剩余的 1,098 次", "现在测算为 ¥458.34", "其中 ¥200.00 已开票", "买家", "but not", "person p1", "终止退款")
	f.send(t, "/house/refunds/r1/approval", "_form", "approve").leads(t, "/house/refunds/r1?done=approved")
	f.send(t, "/house/refunds/r1/rejection", "_form", "reject", "reason", "").is(t, http.StatusUnprocessableEntity).says(t, "请写明原因，500 字以内", `<details class="house-act mb-2" open>`)
	f.did(t, "POST /refunds/r1/approval", `POST /refunds/r1/rejection {"reason":""}`)

	f = &fake{answers: but(operator("wu", quartet.RoleAuditor), map[string]any{"GET /refunds/r1": standing})}
	f.look(t, "/house/refunds/r1").is(t, http.StatusOK).says(t, "¥458.34", "but not", "批准退款", "不予退款")
}

func TestHouse_ARefundThatFailedIsSentAgainOrGivenUp(t *testing.T) {
	for state, offers := range map[string][]string{
		"failed":    {"重新发起", "终止退款", "but not", "结束退款", "批准退款"},
		"reversing": {"终止退款", "but not", "重新发起", "批准退款"},
		"sending":   {"结束退款", "but not", "终止退款", "批准退款"},
		"done":      {"款项已退回", "but not", "终止退款", "批准退款"},
	} {
		f := &fake{answers: but(treasurer, map[string]any{"GET /refunds/r1": map[string]any{"refund": map[string]any{"id": "r1", "state": state}}})}
		f.look(t, "/house/refunds/r1").says(t, offers...)
	}
}

func TestHouse_OrdersAreFoundByNumberAccountAndState(t *testing.T) {
	f := &fake{answers: but(treasurer, map[string]any{"GET /accounts/acme/orders": map[string]any{"items": []map[string]any{{"id": "o1", "account_id": "acme", "state": "paid", "plan_name": "500元/1200次"}}, "next": "o1"}})}
	f.look(t, "/house/orders?order=o9").leads(t, "/house/orders/o9")
	f.look(t, "/house/orders?account_id=acme&state=paid").says(t, "/house/orders/o1", "account_id=acme&amp;after=o1&amp;state=paid")
	f.was(t, "GET /accounts/acme/orders?limit=50&state=paid")
	f.look(t, "/house/orders?state=none")
	f.was(t, "GET /orders?limit=50")
}

func TestHouse_AnOrderShowsWhatHangsOnIt(t *testing.T) {
	answers := map[string]any{
		"GET /orders/o1":                       map[string]any{"id": "o1", "account_id": "acme", "state": "paid", "grant_id": "g1", "payments": []map[string]any{{"id": "p1", "provider": "alipay", "state": "paid", "received_fen": 50000, "reference": "2026AL"}}},
		"GET /accounts/acme/grants":            map[string]any{"items": []map[string]any{{"id": "g1", "granted": 1200, "used": 7}, {"id": "g2", "granted": 99999}}},
		"GET /accounts/acme/orders/o1/refunds": map[string]any{"items": []map[string]any{{"id": "r1", "state": "requested", "reason": "买多了"}}},
		"GET /invoices":                        map[string]any{"items": []map[string]any{{"id": "v1", "state": "issued", "lines": []map[string]any{{"order_id": "o1"}}}, {"id": "v2", "state": "issued", "lines": []map[string]any{{"order_id": "o2"}}}}},
	}
	f := &fake{answers: but(treasurer, answers)}
	f.look(t, "/house/orders/o1").says(t, "2026AL", "1,200", "/house/refunds/r1", "/house/invoices/v1", "测试贸易有限公司", "but not", "/house/invoices/v2", "99,999")
	f = &fake{answers: but(operator("wang", quartet.RoleSupport), answers)}
	f.look(t, "/house/orders/o1").is(t, http.StatusOK).says(t, "买多了", "but not", "/house/refunds/r1", "/house/invoices/v1")
}

func TestHouse_WhoEnteredSomethingIsNotOfferedToConfirmIt(t *testing.T) {
	payouts := map[string]any{"GET /payouts": map[string]any{"items": []map[string]any{{"id": "r1", "kind": "refund", "amount_fen": 50000, "serial": "B1", "entered_by": "qian"}}}}
	transfer := map[string]any{"GET /transfers/t1": map[string]any{"id": "t1", "state": "claimed", "claims": []map[string]any{{"id": "c1", "transfer_id": "t1", "act": "keep", "state": "proposed", "proposed_by": "qian"}}}}
	adjustments := map[string]any{"GET /adjustments": map[string]any{"items": []map[string]any{{"id": "a1", "kind": "give", "account_id": "acme", "units": 500, "state": "proposed", "proposed_by": "qian"}}}}
	banks := map[string]any{"GET /bank-accounts": map[string]any{"items": []map[string]any{{"id": "b1", "bank": "测试银行", "number": "7559", "asked_by": "qian"}}}}
	invoice := map[string]any{"GET /invoices/v1": map[string]any{"id": "v1", "state": "entered", "channel": "manual", "entered_by": "qian", "number": "26352000000000330004"}}
	for path, of := range map[string]struct {
		answers  map[string]any
		role     quartet.Role
		confirms string
	}{
		"/house/payouts":       {payouts, quartet.RoleTreasurer, "确认已付"},
		"/house/transfers/t1":  {transfer, quartet.RoleTreasurer, "/claims/c1/confirmation"},
		"/house/adjustments":   {adjustments, quartet.RoleTreasurer, "/a1/confirmation"},
		"/house/bank-accounts": {banks, quartet.RoleAdministrator, "/b1/confirmation"},
		"/house/invoices/v1":   {invoice, quartet.RoleTreasurer, "/v1/confirmation"},
	} {
		own := &fake{answers: but(operator("qian", of.role), of.answers)}
		own.look(t, path).is(t, http.StatusOK).says(t, "由您", "but not", of.confirms)
		other := &fake{answers: but(operator("sun", of.role), of.answers)}
		other.look(t, path).is(t, http.StatusOK).says(t, of.confirms, "but not", "由您")
	}
	// The second one finds the serial at the bank, and not on the page.
	other := &fake{answers: but(operator("sun", quartet.RoleTreasurer), payouts)}
	other.look(t, "/house/payouts").says(t, "50", "but not", "B1")
}

func TestHouse_AStatementIsShownBeforeItIsImported(t *testing.T) {
	const file = "交易日期,贷方金额\n2026-03-02,500.00\n"
	f := &fake{answers: but(treasurer, map[string]any{
		"GET /bank-accounts": map[string]any{"items": []map[string]any{{"id": "b1", "bank": "测试银行", "number": "755900000000001", "opened_at": "2026-01-01T00:00:00Z"}}},
		"POST /bank-accounts/b1/statements/preview": map[string]any{
			"digest": "d1", "new": 1, "amount_fen": 50000, "lines": []map[string]any{{"row": 2, "serial": "S1", "amount_fen": 50000, "fate": "waits", "reason": "code", "payer": map[string]string{"name": "测试贸易有限公司", "account_number": "****0001"}}},
			"bad": []map[string]any{{"row": 3, "reason": "it has no serial"}},
		},
	})}
	held := base64.URLEncoding.EncodeToString([]byte(file))
	f.upload(t, "/house/bank-accounts/b1/statements/preview", "file", "s.csv", file).is(t, http.StatusOK).says(t, "导入 1 笔，共 ¥500.00", "附言没有订单码", "没有流水号", `value="`+held+`"`, `name="skip_bad"`)
	f.send(t, "/house/bank-accounts/b1/statements", "statement", held, "digest", "d1", "skip_bad", "true").leads(t, "/house/transfers?done=imported")
	f.did(t, "POST /bank-accounts/b1/statements/preview "+strings.TrimSpace(file), "POST /bank-accounts/b1/statements?digest=d1&skip_bad=true "+strings.TrimSpace(file))
}

func TestHouse_AStatementThatIsRefusedIsNotShownAgain(t *testing.T) {
	f := &fake{answers: but(treasurer, map[string]any{
		"GET /bank-accounts":                        map[string]any{"items": []map[string]any{{"id": "b1", "opened_at": "2026-01-01T00:00:00Z"}}},
		"POST /bank-accounts/b1/statements":         refusal{422, "invalid", "this is not the file that was shown; look at its preview, and import that", "digest"},
		"POST /bank-accounts/b1/statements/preview": refusal{422, "invalid", "the amounts must be in yuan", "file"},
	})}
	f.send(t, "/house/bank-accounts/b1/statements", "statement", "c2VjcmV0", "digest", "d1").is(t, http.StatusUnprocessableEntity).says(t, "银行导出的流水", "but not", "c2VjcmV0")
	f.upload(t, "/house/bank-accounts/b1/statements/preview", "file", "s.csv", "x").is(t, http.StatusUnprocessableEntity).says(t, "金额单位须为元")
}

func TestHouse_APayeeIsShownForAReasonAndNowhereElse(t *testing.T) {
	f := &fake{answers: but(treasurer, map[string]any{
		"GET /payouts":             map[string]any{"items": []map[string]any{{"id": "r1", "kind": "refund", "amount_fen": 50000, "payee": map[string]string{"name": "测试贸易有限公司", "account_number": "****0001"}}}},
		"POST /payouts/r1/payee":   map[string]string{"name": "测试贸易有限公司", "account_number": "6225000000001"},
		"PUT /payouts/r1/serial":   refusal{422, "invalid", "the bank's serial has 1 to 64 letters, digits and . _ / -", "serial"},
		"POST /payouts/none/payee": refusal{404, "not_found", "there is none", ""},
	})}
	f.look(t, "/house/payouts").says(t, "****0001", "but not", "6225000000001")
	f.send(t, "/house/payouts/r1/payee", "reason", "在银行退付").is(t, http.StatusOK).says(t, "6225000000001", "¥500.00")
	f.was(t, `POST /payouts/r1/payee {"reason":"在银行退付"}`)
	f.send(t, "/house/payouts/r1/serial", "_form", "serial-r1", "serial", "B 1").is(t, http.StatusUnprocessableEntity).says(t, `value="B 1"`, "流水号为 1 到 64 位")
}

func TestHouse_WhatMustBeProvedGoesOnAfterThePassword(t *testing.T) {
	answers := but(treasurer, map[string]any{"POST /claims/c1/confirmation": proofNeeded})
	f := &fake{answers: answers}
	f.send(t, "/house/transfers/t1/claims/c1/confirmation", "_form", "confirm-c1").is(t, http.StatusOK).says(t, "确认密码", `action="/house/transfers/t1/claims/c1/confirmation"`)
}

func TestHouse_AnAdjustmentSendsWhatItsKindTakes(t *testing.T) {
	f := &fake{answers: treasurer}
	typed := []string{"account_id", "acme", "product_id", "1887", "grant_id", "g1", "units", "1,500", "until_at", "2027-03-01", "reason", "故障补偿"}
	for _, kind := range []string{"give", "withdraw", "extend"} {
		f.send(t, "/house/adjustments", append([]string{"kind", kind}, typed...)...).leads(t, "/house/adjustments?done=proposed")
	}
	f.did(
		t, `POST /adjustments {"account_id":"acme","kind":"give","product_id":"1887","reason":"故障补偿","units":1500,"until_at":"2027-03-02T00:00:00+08:00"}`,
		`POST /adjustments {"grant_id":"g1","kind":"withdraw","reason":"故障补偿","units":1500}`,
		`POST /adjustments {"grant_id":"g1","kind":"extend","reason":"故障补偿","until_at":"2027-03-02T00:00:00+08:00"}`,
	)
	boss := &fake{answers: operator("zhang", quartet.RoleAdministrator)}
	boss.look(t, "/house/adjustments/new").is(t, http.StatusForbidden)
	f.send(t, "/house/adjustments", "kind", "extend", "grant_id", "g1", "until_at", "soon").is(t, http.StatusUnprocessableEntity).says(t, "请选择日期")
}

func TestHouse_ABillIsAcknowledgedAsItWasSeen(t *testing.T) {
	f := &fake{answers: but(treasurer, map[string]any{"GET /settlements/alipay/2026-03-01": map[string]any{
		"provider": "alipay", "day": "2026-03-01", "compared_at": "2026-03-02T02:00:00.123456Z", "differences": []map[string]any{{"kind": "missing_here", "bill": "paid", "reference": "2026AL", "theirs_fen": 200000}},
	}})}
	f.look(t, "/house/settlements/alipay/2026-03-01").says(t, "1 处差异", "账单有，本站没有", "¥2,000.00", "/api/v1/settlements/alipay/2026-03-01/differences.csv", `name="compared_at" value="2026-03-02T02:00:00.123456Z"`)
	f.send(t, "/house/settlements/alipay/2026-03-01/acknowledgement", "compared_at", "2026-03-02T02:00:00.123456Z", "note", "次日入账").leads(t, "/house/settlements/alipay/2026-03-01?done=acknowledged")
	f.send(t, "/house/settlements", "provider", "wechat", "day", "2026-03-01").leads(t, "/house/settlements/wechat/2026-03-01?done=compared")
	f.did(t, `POST /settlements/alipay/2026-03-01/acknowledgement {"compared_at":"2026-03-02T02:00:00.123456Z","note":"次日入账"}`, "POST /settlements/wechat/2026-03-01/comparison")
}

func TestHouse_SurplusGoesBackForAReason(t *testing.T) {
	f := &fake{answers: but(treasurer, map[string]any{
		"GET /surplus":            map[string]any{"items": []map[string]any{{"id": "p1", "order_id": "o1", "provider": "wechat", "received_fen": 199999, "surplus_reason": "amount"}}},
		"POST /surplus/p1/return": map[string]any{"id": "r9"},
	})}
	f.look(t, "/house/surplus").says(t, "¥1,999.99", "金额与订单不符")
	f.send(t, "/house/surplus/p1/return", "_form", "return-p1", "reason", "多付").leads(t, "/house/refunds/r9?done=approved")
	f.was(t, `POST /surplus/p1/return {"reason":"多付"}`)
}
