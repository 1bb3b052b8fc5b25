package pay_test

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/pay"
	"quartet/internal/paysim"
)

func TestNotices_HaveLimits(t *testing.T) {
	h := newHouse(t)
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	for _, tt := range []struct {
		name, provider string
		body           []byte
		want           int
	}{
		{"too large", "alipay", bytes.Repeat([]byte("a"), 64<<10+1), http.StatusRequestEntityTooLarge},
		{"of nobody", "paypal", []byte("a=1"), http.StatusNotFound},
		{"empty", "wechat", nil, http.StatusForbidden},
		{"junk", "alipay", []byte("a=1"), http.StatusForbidden},
	} {
		if status, body := h.deliver(tt.provider, paysim.Delivery{Header: form, Body: tt.body}); status != tt.want || body == "success" {
			t.Errorf("%s: answered %d %q", tt.name, status, body)
		}
	}
	res, err := http.Get(h.server.URL + pay.NoticePath + "alipay")
	must(t, err)
	_ = res.Body.Close()
	if res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("answered %d to GET", res.StatusCode)
	}
}

// broken is a store that keeps nothing.
type broken struct{ pay.Store }

func (broken) PutNotice(context.Context, quartet.Notice, quartet.Job) error {
	return quartet.Errorf(quartet.ErrUnavailable, "the disk is full")
}

func TestNotice_IsNotThankedForUnlessItIsKept(t *testing.T) {
	for _, provider := range providers {
		h := newHouse(t)
		o := h.order()
		m := h.open(o.ID, provider)
		h.pays(m)
		h.cashier = h.newCashier(h.desk, broken{h.store})
		status, body := h.deliver(provider, h.notices(provider).PaymentNotice(m.ID, paysim.Twist{}))
		if taken(provider, status, body) || status < 400 {
			t.Errorf("%s: answered %d %q", provider, status, body)
		}
		h.wantOrder(o.ID, quartet.OrderOpen)
	}
}

func TestNotice_IsKeptSealedAndWithoutOtherHeaders(t *testing.T) {
	h := newHouse(t)
	o := h.order()
	m := h.open(o.ID, "alipay")
	h.pays(m)
	d := h.alipay.PaymentNotice(m.ID, paysim.Twist{})
	d.Header.Set("Cookie", "session=hunter2")
	h.deliver("alipay", d)
	list, err := h.store.Notices(t.Context(), "", h.clock.Now().Add(time.Hour), 9)
	must(t, err)
	if len(list) != 1 || list[0].State != quartet.NoticeHandled || list[0].About != m.ID || list[0].Kind != "payment" || list[0].Event == "" {
		t.Fatalf("kept: %+v", list)
	}
	if bytes.Contains(list[0].Sealed, []byte("2088")) {
		t.Error("it is kept in clear")
	}
	plain, err := h.ring.Unseal(list[0].Sealed, list[0].ID)
	must(t, err)
	if strings.Contains(string(plain), "hunter2") || !strings.Contains(string(plain), "Content-Type") {
		t.Errorf("kept: %s", plain)
	}
}
