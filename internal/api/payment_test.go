package api_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/billing"
	"quartet/internal/pay"
	"quartet/internal/pay/practice"
	"quartet/internal/seal"
)

// till is a cashier of the house who takes practice alone.
func till(h *house) {
	h.t.Helper()
	rehearsal, err := practice.New(practice.Options{Demo: true, Now: h.clock})
	if err != nil {
		h.t.Fatal(err)
	}
	ring, err := seal.Create(filepath.Join(h.t.TempDir(), "ring"))
	if err != nil {
		h.t.Fatal(err)
	}
	h.o.Till = pay.New(pay.Options{Desk: h.billing, Store: h.store, Sealer: ring, Providers: []pay.Provider{rehearsal}, Now: h.clock})
	h.o.Payments, h.o.Notices = h.billing, h.store
}

func TestPayments_AreBegunForOnesOwnOrdersAlone(t *testing.T) {
	h := newHouse(t)
	o, err := h.billing.Order(t.Context(), "person zhang", billing.Purchase{Account: "buyer", Person: "p", Plan: "1887-1200"})
	if err != nil {
		t.Fatal(err)
	}
	buyer, treasurer := h.as(quartet.RoleFinance), h.as(quartet.RoleTreasurer)
	if a := buyer.want(http.StatusOK, http.MethodGet, "/api/v1/accounts/buyer/payment-ways", ""); field(t, a, "items", "provider") != "practice" {
		t.Errorf("the ways are %s", a.text)
	}
	path := "/api/v1/accounts/buyer/orders/" + o.ID + "/payments"
	one := buyer.want(http.StatusCreated, http.MethodPost, path, `{"provider":"practice","method":"page","back":"https://shop.example"}`)
	if show := field(t, one, "show"); !strings.HasPrefix(show, practice.PagePath) {
		t.Errorf("shown is %q", show)
	}
	two := buyer.want(http.StatusCreated, http.MethodPost, path, `{"provider":"practice","method":"page"}`)
	if field(t, one, "id") != field(t, two, "id") {
		t.Error("asked again it is another attempt")
	}
	if a := treasurer.want(http.StatusOK, http.MethodGet, path, ""); field(t, a, "items", "state") != "open" || !strings.Contains(a.text, `"amount_fen":50000`) {
		t.Errorf("the payments are %s", a.text)
	}
	buyer.want(http.StatusNotFound, http.MethodGet, "/api/v1/accounts/buyer/orders/20260302000000000000/payments", "")
	other, err := h.billing.Order(t.Context(), "person li", billing.Purchase{Account: "other", Person: "p", Plan: "1887-1200"})
	if err != nil {
		t.Fatal(err)
	}
	theirs := "/api/v1/accounts/buyer/orders/" + other.ID + "/payments"
	buyer.want(http.StatusNotFound, http.MethodGet, theirs, "")
	buyer.want(http.StatusNotFound, http.MethodPost, theirs, `{"provider":"practice","method":"page"}`)
	if a := treasurer.want(http.StatusOK, http.MethodGet, "/api/v1/notices?state=refused", ""); !strings.Contains(a.text, `"items":[]`) {
		t.Errorf("the notices are %s", a.text)
	}
}

func TestPayments_ABankTransferIsChosenWhereTheHouseHasAnAccount(t *testing.T) {
	h := newHouse(t)
	buyer, ctx := h.as(quartet.RoleFinance), t.Context()
	o, err := h.billing.Order(ctx, "person zhang", billing.Purchase{Account: "buyer", Person: "p", Plan: "1887-1200"})
	if err != nil {
		t.Fatal(err)
	}
	const (
		ways   = "/api/v1/accounts/buyer/payment-ways"
		choice = `{"provider":"transfer","method":"transfer"}`
	)
	path := "/api/v1/accounts/buyer/orders/" + o.ID + "/payments"
	closed, err := h.transfers.OpenAccount(ctx, "zhao", quartet.HouseAccount{Bank: "招商银行", Holder: "四要素科技有限公司", Number: "6225 0000 0001"})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.transfers.CloseAccount(ctx, "zhao", closed.ID); err != nil {
		t.Fatal(err)
	}
	if a := buyer.want(http.StatusOK, http.MethodGet, ways, ""); strings.Contains(a.text, "transfer") {
		t.Errorf("without an account the ways are %s", a.text)
	}
	buyer.want(http.StatusUnprocessableEntity, http.MethodPost, path, choice)
	if _, err := h.transfers.OpenAccount(ctx, "zhao", quartet.HouseAccount{Bank: "招商银行", Holder: "四要素科技有限公司", Number: "6225 0000 0002"}); err != nil {
		t.Fatal(err)
	}
	if a := buyer.want(http.StatusOK, http.MethodGet, ways, ""); !strings.Contains(a.text, `{"provider":"transfer","methods":["transfer"]}`) {
		t.Errorf("the ways are %s", a.text)
	}
	one := buyer.want(http.StatusCreated, http.MethodPost, path, choice)
	if field(t, one, "transfer", "code") != o.Code || !strings.Contains(one.text, "622500000002") || strings.Contains(one.text, "622500000001") {
		t.Errorf("shown is %s", one.text)
	}
	two := buyer.want(http.StatusCreated, http.MethodPost, path, choice)
	if field(t, one, "id") != field(t, two, "id") {
		t.Error("asked again it is another attempt")
	}
	if o, err = h.billing.Find(ctx, o.ID); err != nil || o.PayBy.Sub(o.Created) != 7*24*time.Hour {
		t.Errorf("it may be paid until %s, %v", o.PayBy, err)
	}
	buyer.want(http.StatusUnprocessableEntity, http.MethodPost, path, `{"provider":"transfer","method":"qr"}`)
}
