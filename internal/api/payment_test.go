package api_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

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
