package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/billing"
)

// bills are what a provider sends, by day.
type bills map[string][]quartet.BillLine

func (b bills) Bill(_ context.Context, day time.Time) ([]quartet.BillLine, error) {
	lines, is := b[day.Format("2006-01-02")]
	if !is {
		return nil, quartet.Errorf(quartet.ErrNotFound, "no bill")
	}
	return lines, nil
}

// field reads one text out of an answer.
func field(t *testing.T, a answer, path ...string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(a.text), &v); err != nil {
		t.Fatalf("%v: %s", err, a.text)
	}
	for _, name := range path {
		if list, is := v.([]any); is {
			if len(list) == 0 {
				t.Fatalf("nothing is listed: %s", a.text)
			}
			v = list[0]
		}
		v = v.(map[string]any)[name]
	}
	text, _ := v.(string)
	return text
}

func TestTransfers_AreImportedClaimedAndGivenBackByTwoPeople(t *testing.T) {
	h := newHouse(t)
	boss, first, second, buyer := h.as(quartet.RoleAdministrator), h.as(quartet.RoleTreasurer), h.as(quartet.RoleTreasurer), h.as(quartet.RoleFinance)
	a := boss.want(http.StatusCreated, http.MethodPost, "/api/v1/bank-accounts", `{"bank":"招商银行","holder":"四要素科技有限公司","number":"7559 0000 0000 001"}`)
	account := field(t, a, "id")
	if a := buyer.want(http.StatusOK, http.MethodGet, "/api/v1/bank-accounts", ""); !strings.Contains(a.text, `"items":[]`) {
		t.Errorf("a buyer is shown %s before anybody confirmed it", a.text)
	}
	boss.want(http.StatusForbidden, http.MethodPost, "/api/v1/bank-accounts/"+account+"/confirmation", "")
	h.as(quartet.RoleAdministrator).want(http.StatusOK, http.MethodPost, "/api/v1/bank-accounts/"+account+"/confirmation", "")
	if a := first.want(http.StatusOK, http.MethodGet, "/api/v1/bank-accounts", ""); !strings.HasPrefix(field(t, a, "items", "asked_by"), "administrator") {
		t.Errorf("a treasurer is shown %s", a.text)
	}
	if a := buyer.want(http.StatusOK, http.MethodGet, "/api/v1/bank-accounts", ""); field(t, a, "items", "number") != "755900000000001" || strings.Contains(a.text, "administrator") {
		t.Errorf("a buyer is shown %s", a.text)
	}
	o, err := h.billing.Order(t.Context(), "person zhang", billing.Purchase{Account: "buyer", Person: "p", Plan: "1887-1200"})
	if err != nil {
		t.Fatal(err)
	}
	file := "交易日期,贷方金额,对方户名,对方账号,附言,流水号\n2026-03-02,500.00,张三丰,6225000000007788,货款,S1\n2026-03-02,7.00,张三丰,6225000000007788,,S2\n"
	statements := "/api/v1/bank-accounts/" + account + "/statements"
	a = first.want(http.StatusOK, http.MethodPost, statements+"/preview", file, "Content-Type", "application/octet-stream")
	if strings.Contains(a.text, "6225000000007788") {
		t.Errorf("the preview shows an account: %s", a.text)
	}
	digest := field(t, a, "digest")
	first.want(http.StatusConflict, http.MethodPost, statements+"?digest="+strings.Repeat("0", 64), file, "Content-Type", "application/octet-stream")
	first.want(http.StatusOK, http.MethodPost, statements+"?digest="+digest, file, "Content-Type", "application/octet-stream")
	if a := h.as(quartet.RoleAuditor).want(http.StatusOK, http.MethodGet, "/api/v1/transfers", ""); !strings.Contains(a.text, `"serial":"S1"`) || strings.Contains(a.text, "张三丰") || strings.Contains(a.text, "7788") {
		t.Errorf("an auditor is shown %s", a.text)
	}

	a = first.want(http.StatusOK, http.MethodGet, "/api/v1/transfers?state=waiting&limit=1", "")
	transfer := field(t, a, "items", "id")
	other := field(t, first.want(http.StatusOK, http.MethodGet, "/api/v1/transfers?after="+field(t, a, "next"), ""), "items", "id")
	a = first.want(http.StatusCreated, http.MethodPost, "/api/v1/transfers/"+transfer+"/claims", `{"act":"settle","order_id":"`+o.ID+`","note":"看过回单"}`)
	claim := field(t, a, "id")
	first.want(http.StatusForbidden, http.MethodPost, "/api/v1/claims/"+claim+"/confirmation", "")
	second.want(http.StatusOK, http.MethodPost, "/api/v1/claims/"+claim+"/confirmation", "")
	if err := h.transfers.Settle(t.Context(), transfer); err != nil {
		t.Fatal(err)
	}
	a = second.want(http.StatusOK, http.MethodGet, "/api/v1/transfers/"+transfer, "")
	if field(t, a, "state") != "settled" || field(t, a, "claims", "state") != "confirmed" {
		t.Errorf("settled as %s", a.text)
	}

	claim = field(t, first.want(http.StatusCreated, http.MethodPost, "/api/v1/transfers/"+other+"/claims", `{"act":"return","note":"付错了"}`), "id")
	second.want(http.StatusOK, http.MethodPost, "/api/v1/claims/"+claim+"/confirmation", "")
	if a = first.want(http.StatusOK, http.MethodGet, "/api/v1/payouts", ""); field(t, a, "items", "payee", "account_number") != "****7788" {
		t.Errorf("owed is %s", a.text)
	}
	for _, path := range []string{"payouts", "transfers/" + other} {
		if a = h.as(quartet.RoleAuditor).want(http.StatusOK, http.MethodGet, "/api/v1/"+path, ""); !strings.Contains(a.text, other) || strings.Contains(a.text, "张三丰") || strings.Contains(a.text, "7788") {
			t.Errorf("an auditor is shown %s", a.text)
		}
	}
	if a = first.want(http.StatusOK, http.MethodPost, "/api/v1/payouts/"+other+"/payee", `{"reason":"在网银退回"}`); field(t, a, "account_number") != "6225000000007788" {
		t.Errorf("the payee is %s", a.text)
	}
	first.want(http.StatusOK, http.MethodPut, "/api/v1/payouts/"+other+"/serial", `{"serial":"B1"}`)
	first.want(http.StatusForbidden, http.MethodPut, "/api/v1/payouts/"+other+"/serial", `{"serial":"B1"}`)
	second.want(http.StatusOK, http.MethodPut, "/api/v1/payouts/"+other+"/serial", `{"serial":"B1"}`)
	a = first.want(http.StatusOK, http.MethodGet, "/api/v1/transfer-sums", "")
	if !strings.Contains(a.text, `{"state":"returned","lines":1,"amount_fen":700}`) || !strings.Contains(a.text, `{"state":"settled","lines":1,"amount_fen":50000}`) {
		t.Errorf("the sums are %s", a.text)
	}
}

func TestSettlements_AreComparedExportedAndAcknowledged(t *testing.T) {
	h := newHouse(t)
	h.bills["2026-03-01"] = []quartet.BillLine{{Kind: quartet.BillPaid, Number: "n1", Reference: "=1+1", Amount: 100, Fee: 1, At: h.clock()}}
	b := h.as(quartet.RoleTreasurer)
	const day = "/api/v1/settlements/alipay/2026-03-01"
	b.want(http.StatusNotFound, http.MethodGet, day, "")
	b.want(http.StatusUnprocessableEntity, http.MethodPost, "/api/v1/settlements/alipay/2026-03-02/comparison", "")
	compared := field(t, b.want(http.StatusOK, http.MethodPost, day+"/comparison", ""), "compared_at")
	if a := b.want(http.StatusOK, http.MethodGet, day+"/differences.csv", ""); !strings.Contains(a.text, "missing_here,paid,n1,'=1+1") || a.header.Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf("exported as %s %v", a.text, a.header)
	}
	b.want(http.StatusConflict, http.MethodPost, day+"/acknowledgement", `{"compared_at":"2026-03-01T00:00:00Z","note":"看过"}`)
	b.want(http.StatusOK, http.MethodPost, day+"/acknowledgement", `{"compared_at":"`+compared+`","note":"看过"}`)
	if a := b.want(http.StatusOK, http.MethodGet, "/api/v1/settlements", ""); field(t, a, "items", "note") != "看过" {
		t.Errorf("listed as %s", a.text)
	}
}

func TestPages_AreSeenByAnybodyAndWrittenByTheHouse(t *testing.T) {
	h := newHouse(t)
	boss, anybody := h.as(quartet.RoleAdministrator), h.browser()
	const page = "/api/v1/products/1887/page"
	if a := anybody.want(http.StatusOK, http.MethodGet, page, ""); field(t, a, "content", "coverage") != "全部银联卡" || !strings.Contains(a.text, `"deals_180_days":0`) {
		t.Errorf("shown is %s", a.text)
	}
	var draft struct {
		Content quartet.PageContent `json:"content"`
	}
	if err := json.Unmarshal([]byte(boss.want(http.StatusOK, http.MethodGet, page+"/draft", "").text), &draft); err != nil {
		t.Fatal(err)
	}
	draft.Content.Hotline = "400-000-0000"
	content, err := json.Marshal(draft.Content)
	if err != nil {
		t.Fatal(err)
	}
	boss.want(http.StatusOK, http.MethodPut, page+"/draft", `{"revision":0,"content":`+string(content)+`}`)
	if a := boss.want(http.StatusOK, http.MethodGet, page+"/preview", ""); field(t, a, "content", "hotline") != "400-000-0000" {
		t.Errorf("the preview is %s", a.text)
	}
	boss.want(http.StatusOK, http.MethodPost, page+"/publication", `{"revision":1}`)
	if a := anybody.want(http.StatusOK, http.MethodGet, page, ""); field(t, a, "content", "hotline") != "400-000-0000" {
		t.Errorf("shown is %s", a.text)
	}
	if a := boss.want(http.StatusOK, http.MethodGet, page+"/versions", ""); strings.Count(a.text, `"version":`) != 2 {
		t.Errorf("the versions are %s", a.text)
	}
	boss.want(http.StatusNotFound, http.MethodDelete, page+"/draft", "")
}

func TestRatings_AreTheBuyersAndTheHouseAnswers(t *testing.T) {
	h := newHouse(t)
	ctx, buyer, support, anybody := t.Context(), h.as(quartet.RoleFinance), h.as(quartet.RoleSupport), h.browser()
	o, err := h.billing.Order(ctx, "person zhang", billing.Purchase{Account: "buyer", Person: "p", Plan: "1887-1200"})
	if err != nil {
		t.Fatal(err)
	}
	path := "/api/v1/accounts/buyer/orders/" + o.ID + "/rating"
	buyer.want(http.StatusConflict, http.MethodPost, path, `{"stars":5}`)
	m, err := h.billing.BeginPayment(ctx, "person zhang", o.ID, "practice", "page")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.billing.Receive(ctx, "practice", billing.Money{Payment: m.ID, Reference: "R", Received: o.Amount, At: h.clock()}); err != nil {
		t.Fatal(err)
	}
	id := field(t, buyer.want(http.StatusCreated, http.MethodPost, path, `{"stars":4,"text":"很快"}`), "id")
	buyer.want(http.StatusConflict, http.MethodPost, path, `{"stars":1}`)
	support.want(http.StatusOK, http.MethodPut, "/api/v1/ratings/"+id+"/answer", `{"text":"谢谢"}`)
	a := anybody.want(http.StatusOK, http.MethodGet, "/api/v1/products/1887/ratings", "")
	if field(t, a, "items", "answer") != "谢谢" || strings.Contains(a.text, "buyer") || strings.Contains(a.text, o.ID) {
		t.Errorf("shown is %s", a.text)
	}
	support.want(http.StatusOK, http.MethodPut, "/api/v1/ratings/"+id+"/hiding", `{"reason":"广告"}`)
	if a = anybody.want(http.StatusOK, http.MethodGet, "/api/v1/products/1887/ratings", ""); strings.Contains(a.text, "很快") || strings.Contains(a.text, "广告") {
		t.Errorf("hidden is shown: %s", a.text)
	}
	if a = support.want(http.StatusOK, http.MethodGet, "/api/v1/products/1887/ratings/all", ""); field(t, a, "items", "hidden_reason") != "广告" {
		t.Errorf("the house sees %s", a.text)
	}
	support.want(http.StatusOK, http.MethodDelete, "/api/v1/ratings/"+id+"/hiding", "")
	if a = buyer.want(http.StatusOK, http.MethodGet, path, ""); field(t, a, "text") != "很快" || strings.Contains(a.text, "answered_by") {
		t.Errorf("the buyer sees %s", a.text)
	}
	if a = anybody.want(http.StatusOK, http.MethodGet, "/api/v1/products/1887/page", ""); field(t, a, "rating_mean") != "4.00" || !strings.Contains(a.text, `"deals_180_days":1`) {
		t.Errorf("the page says %s", a.text)
	}
}
