package alipay_test

import (
	"testing"
	"time"

	"quartet"
	"quartet/internal/pay"
	"quartet/internal/paysim"
)

// What a coupon of Alipay paid of a payment is told by the notice and by an answer alike.
func TestTrade_TellsWhatNoInvoiceIsMadeOutFor(t *testing.T) {
	b := bench(t, makeKeys(t))
	sim, ok := b.Notices.(*paysim.Alipay)
	if !ok {
		t.Fatal("this is not Alipay's simulator")
	}
	const id = "0123456789abcdef0123456789abcdef"
	if _, err := b.Provider.Open(t.Context(), pay.Attempt{Payment: id, Method: "qr", Subject: "500元/1200次", Amount: 500_00, PayBy: b.Clock.Now().Add(time.Hour), Back: "https://shop.example/orders/1"}); err != nil {
		t.Fatal(err)
	}
	if err := b.Book.Pay(id, 0); err != nil {
		t.Fatal(err)
	}
	told := func() pay.Trade {
		d := sim.PaymentNotice(id, paysim.Twist{})
		n, err := b.Provider.Read(t.Context(), pay.Raw{Header: d.Header, Body: d.Body, At: b.Clock.Now()})
		if err != nil {
			t.Fatal(err)
		}
		return n.Trade
	}
	asked := func() pay.Trade {
		trade, err := b.Provider.Query(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return trade
	}
	for _, coupon := range []quartet.Fen{0, 30_00, 500_00} {
		sim.Coupon(coupon)
		for what, trade := range map[string]pay.Trade{"the notice": told(), "the answer": asked()} {
			if trade.Received != 500_00 || trade.Excluded != coupon {
				t.Errorf("%s, with a coupon of %d fen: %+v", what, coupon, trade)
			}
		}
	}
}
