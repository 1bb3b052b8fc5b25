package wechat_test

import (
	"strings"
	"testing"
	"time"

	"quartet/internal/pay"
	"quartet/internal/pay/paytest"
	"quartet/internal/paysim"
)

func open(t *testing.T, b *paytest.Bench) (payment string) {
	t.Helper()
	payment = strings.Repeat("a1", 16)
	_, err := b.Provider.Open(t.Context(), pay.Attempt{Payment: payment, Method: "qr", Subject: "500元/1200次", Amount: 500_00, PayBy: b.Clock.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	return payment
}

func raw(d paysim.Delivery, at time.Time) pay.Raw {
	return pay.Raw{Header: d.Header, Body: d.Body, At: at}
}
