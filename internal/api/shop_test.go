package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/billing"
)

// firms knows which firm an account is.
type firms map[string]string

func (f firms) Identity(_ context.Context, account string) (string, error) { return f[account], nil }

func TestPlans_AreSeenByAnybodyAndChangedByTheHouse(t *testing.T) {
	h := newHouse(t)
	boss, anybody := h.as(quartet.RoleAdministrator), h.browser()
	h.pass(time.Minute)
	a := anybody.want(http.StatusOK, http.MethodGet, "/api/v1/products/1887/plans", "")
	if strings.Count(a.text, `"id":`) != 6 || !strings.Contains(a.text, `"id":"1887-1200","name":"500元/1200次","units":1200,"price_fen":50000,"months":24`) || !strings.Contains(a.text, `"unit_price_fen":42,"unit_price":"0.42"`) {
		t.Errorf("on sale: %s", a.text)
	}
	boss.want(http.StatusCreated, http.MethodPost, "/api/v1/plans/1887-1200/successor", `{"id":"1887-1300","name":"500元/1300次","units":1300,"price_fen":50000,"months":24}`)
	boss.want(http.StatusConflict, http.MethodPost, "/api/v1/products/1887/plans", `{"id":"1887-1300","name":"同名","units":1,"price_fen":1,"months":24}`)
	boss.want(http.StatusOK, http.MethodPut, "/api/v1/plans/1887-6000/end", `{}`)
	a = anybody.want(http.StatusOK, http.MethodGet, "/api/v1/products/1887/plans", "")
	if strings.Contains(a.text, `"1887-1200"`) || strings.Contains(a.text, `"1887-6000"`) || !strings.Contains(a.text, `"1887-1300"`) {
		t.Errorf("then: %s", a.text)
	}
	if a = boss.want(http.StatusOK, http.MethodGet, "/api/v1/plans", ""); strings.Count(a.text, `"id":`) != 7 {
		t.Errorf("all: %s", a.text)
	}
	boss.want(http.StatusOK, http.MethodPut, "/api/v1/products/1887/refund-policy", `{"full_days":3,"days":30}`)
	if a = anybody.want(http.StatusOK, http.MethodGet, "/api/v1/products/1887/refund-policy", ""); a.text != `{"full_days":3,"days":30}`+"\n" {
		t.Errorf("the policy: %s", a.text)
	}
}

func TestOrders_ArePlacedPaidAndGivenBack(t *testing.T) {
	h := newHouse(t)
	ctx, buyer, treasurer := t.Context(), h.as(quartet.RoleFinance), h.as(quartet.RoleTreasurer)
	const orders = "/api/v1/accounts/buyer/orders"
	o := field(t, buyer.want(http.StatusCreated, http.MethodPost, orders, `{"plan_id":"1887-1200"}`), "id")
	cancelled := field(t, buyer.want(http.StatusCreated, http.MethodPost, orders, `{"plan_id":"1887-1200"}`), "id")
	if a := buyer.want(http.StatusOK, http.MethodPost, orders+"/"+cancelled+"/cancellation", ""); field(t, a, "state") != "closed" || field(t, a, "reason") != "cancelled" {
		t.Errorf("cancelled: %s", a.text)
	}
	m, err := h.billing.BeginPayment(ctx, "person zhang", o, "practice", "page")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.billing.Receive(ctx, "practice", billing.Money{Payment: m.ID, Reference: "R", Received: 500_00, At: h.clock()}); err != nil {
		t.Fatal(err)
	}
	if a := buyer.want(http.StatusOK, http.MethodGet, orders+"/"+o, ""); field(t, a, "state") != "paid" || field(t, a, "payments", "state") != "paid" {
		t.Errorf("paid: %s", a.text)
	}
	other := h.as(quartet.RoleTreasurer)
	other.want(http.StatusNotFound, http.MethodGet, "/api/v1/accounts/other/orders/"+o, "")
	if a := treasurer.want(http.StatusOK, http.MethodGet, "/api/v1/orders?state=paid", ""); field(t, a, "items", "id") != o {
		t.Errorf("of all accounts: %s", a.text)
	}
	if a := buyer.want(http.StatusOK, http.MethodGet, "/api/v1/accounts/buyer/balance", ""); !strings.Contains(a.text, `{"product_id":"1887","granted":1200,"used":0,"held":0,"withdrawn":0,"remaining":1200,"frozen":0,"expired":0}`) {
		t.Errorf("the balance: %s", a.text)
	}

	asked := buyer.want(http.StatusCreated, http.MethodPost, orders+"/"+o+"/refunds", `{"reason":"误购"}`)
	if strings.Contains(asked.text, "amount_fen") {
		t.Errorf("an amount is told that nobody has found yet: %s", asked.text)
	}
	r := field(t, asked, "id")
	if a := treasurer.want(http.StatusOK, http.MethodGet, "/api/v1/refunds/"+r, ""); field(t, a, "order", "account_id") != "buyer" || !strings.Contains(a.text, `"used":0,"held":0,"remaining":1200,"expected_fen":50000,"reverse_fen":0`) {
		t.Errorf("before it is approved: %s", a.text)
	}
	if a := treasurer.want(http.StatusOK, http.MethodGet, "/api/v1/orders/"+o, ""); field(t, a, "payments", "state") != "paid" {
		t.Errorf("the order: %s", a.text)
	}
	buyer.want(http.StatusForbidden, http.MethodPost, "/api/v1/refunds/"+r+"/approval", "")
	treasurer.want(http.StatusOK, http.MethodPost, "/api/v1/refunds/"+r+"/approval", "")
	treasurer.want(http.StatusConflict, http.MethodPost, "/api/v1/refunds/"+r+"/rejection", `{"reason":"已用"}`)
	if err := h.billing.Drain(ctx, r); err != nil {
		t.Fatal(err)
	}
	if err := h.billing.RefundFailed(ctx, "practice", r, "busy"); err != nil {
		t.Fatal(err)
	}
	if a := treasurer.want(http.StatusOK, http.MethodGet, "/api/v1/refunds?state=failed", ""); field(t, a, "items", "answer") != "busy" {
		t.Errorf("failed: %s", a.text)
	}
	treasurer.want(http.StatusOK, http.MethodPost, "/api/v1/refunds/"+r+"/resending", "")
	if err := h.billing.RefundFailed(ctx, "practice", r, "closed"); err != nil {
		t.Fatal(err)
	}
	treasurer.want(http.StatusOK, http.MethodPost, "/api/v1/refunds/"+r+"/surrender", "")
	a := buyer.want(http.StatusOK, http.MethodGet, orders+"/"+o+"/refunds", "")
	if field(t, a, "items", "state") != "given_up" || strings.Contains(a.text, "decided_by") {
		t.Errorf("the buyer sees %s", a.text)
	}
	if a = buyer.want(http.StatusOK, http.MethodGet, "/api/v1/accounts/buyer/grants", ""); field(t, a, "items", "order_id") != o || strings.Contains(a.text, "frozen_at") {
		t.Errorf("the grants: %s", a.text)
	}
}

func TestOrders_ATrialIsTakenOnce(t *testing.T) {
	h := newHouse(t)
	buyer := h.as(quartet.RoleFinance)
	const trials = "/api/v1/accounts/buyer/trials"
	if a := buyer.want(http.StatusCreated, http.MethodPost, trials, `{"plan_id":"1887-trial"}`); field(t, a, "state") != "paid" {
		t.Errorf("the trial: %s", a.text)
	}
	buyer.want(http.StatusConflict, http.MethodPost, trials, `{"plan_id":"1887-trial"}`)
}

func TestSurplus_GoesBackWhenAPersonSaysSo(t *testing.T) {
	h := newHouse(t)
	ctx, treasurer := t.Context(), h.as(quartet.RoleTreasurer)
	o, err := h.billing.Order(ctx, "person zhang", billing.Purchase{Account: "buyer", Plan: "1887-1200"})
	if err != nil {
		t.Fatal(err)
	}
	m, err := h.billing.BeginPayment(ctx, "person zhang", o.ID, billing.Transfer, billing.Transfer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.billing.Receive(ctx, "zhao", billing.Money{Payment: m.ID, Reference: "S", Received: 499_00, At: h.clock()}); err != nil {
		t.Fatal(err)
	}
	if a := treasurer.want(http.StatusOK, http.MethodGet, "/api/v1/surplus", ""); field(t, a, "items", "id") != m.ID || field(t, a, "items", "surplus_reason") != "amount" {
		t.Errorf("the surplus: %s", a.text)
	}
	if a := treasurer.want(http.StatusOK, http.MethodPost, "/api/v1/surplus/"+m.ID+"/return", `{"reason":"付错了"}`); field(t, a, "state") != "sending" || !strings.Contains(a.text, `"amount_fen":49900`) {
		t.Errorf("on its way: %s", a.text)
	}
	treasurer.want(http.StatusConflict, http.MethodPost, "/api/v1/surplus/"+m.ID+"/return", `{"reason":"付错了"}`)
}

func TestAdjustments_TakeTwoPeople(t *testing.T) {
	h := newHouse(t)
	first, second, buyer := h.as(quartet.RoleTreasurer), h.as(quartet.RoleTreasurer), h.as(quartet.RoleReader)
	a := first.want(http.StatusCreated, http.MethodPost, "/api/v1/adjustments", `{"kind":"give","account_id":"buyer","product_id":"1887","units":50,"until_at":"2027-01-01T00:00:00+08:00","reason":"补偿"}`)
	id := field(t, a, "id")
	first.want(http.StatusForbidden, http.MethodPost, "/api/v1/adjustments/"+id+"/confirmation", "")
	second.want(http.StatusOK, http.MethodPost, "/api/v1/adjustments/"+id+"/confirmation", "")
	first.want(http.StatusConflict, http.MethodPost, "/api/v1/adjustments/"+id+"/rejection", `{"reason":"晚了"}`)
	if a = buyer.want(http.StatusOK, http.MethodGet, "/api/v1/accounts/buyer/balance", ""); !strings.Contains(a.text, `"remaining":50`) {
		t.Errorf("the balance: %s", a.text)
	}
	if a = first.want(http.StatusOK, http.MethodGet, "/api/v1/adjustments?state=confirmed&account_id=buyer", ""); field(t, a, "items", "id") != id {
		t.Errorf("listed: %s", a.text)
	}
}

// A product that is off is answered so at once, and who may not run the house cannot say so.
func TestProducts_AreSwitchedOffAndOn(t *testing.T) {
	told := 0
	h := newHouse(t, func(h *house) { h.o.Changed = func(context.Context) error { told++; return nil } })
	admin := h.as(quartet.RoleAdministrator)
	for method, on := range map[string]string{http.MethodPut: "false", http.MethodDelete: "true"} {
		told = 0
		if a := admin.want(http.StatusOK, method, "/api/v1/products/1887/off", ""); !strings.Contains(a.text, `"on":`+on) || told != 1 {
			t.Errorf("%s: %s; told %d times", method, a.text, told)
		}
		admin.want(http.StatusNotFound, method, "/api/v1/products/none/off", "")
		h.as(quartet.RoleSupport).want(http.StatusForbidden, method, "/api/v1/products/1887/off", "")
	}
}
