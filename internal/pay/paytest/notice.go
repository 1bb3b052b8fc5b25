package paytest

import (
	"testing"
	"time"

	"quartet"
	"quartet/internal/pay"
	"quartet/internal/paysim"
)

func notices(t *testing.T, b *Bench) {
	a, trade := b.paid(t)
	for name, twist := range map[string]paysim.Twist{
		"plain": {}, "with fields that have no value": {Empty: true}, "with plus signs lost": {Plus: true}, "under the other key of a change-over": {Legacy: true},
	} {
		n, err := b.read(t.Context(), b.Notices.PaymentNotice(a.Payment, twist))
		if err != nil || n.Kind != pay.OfPayment || n.Event == "" || n.Trade != trade {
			t.Errorf("%s: %+v, %v; asked, the provider says %+v", name, n, err, trade)
		}
	}
	d := b.Notices.PaymentNotice(a.Payment, paysim.Twist{Event: "the same"})
	one, err := b.read(t.Context(), d)
	again, errAgain := b.read(t.Context(), b.Notices.PaymentNotice(a.Payment, paysim.Twist{Event: "the same"}))
	if err != nil || errAgain != nil || one.Event != again.Event {
		t.Errorf("sent twice: %v and %v, %v, %v", one.Event, again.Event, err, errAgain)
	}
	less, err := b.read(t.Context(), b.Notices.PaymentNotice(a.Payment, paysim.Twist{Cents: -1}))
	if err != nil || less.Trade.Received != price-1 {
		t.Errorf("a fen less: %+v, %v", less, err)
	}
	// A stored notice is read again after a crash, as of the time at which it came.
	late := pay.Raw{Header: d.Header, Body: d.Body, At: b.Clock.Now()}
	b.Clock.Pass(3 * time.Hour)
	if _, err := b.Provider.Read(t.Context(), late); err != nil {
		t.Errorf("read hours after it came: %v", err)
	}
}

func refundNotices(t *testing.T, b *Bench) {
	a, trade := b.paid(t)
	for _, amount := range []quartet.Fen{100_00, 400_00} { // in part, then the rest
		r := returning(a, trade, amount)
		if _, err := b.Provider.Refund(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		for _, twist := range []paysim.Twist{{}, {Empty: true}} {
			n, err := b.read(t.Context(), b.Notices.RefundNotice(r.Refund, twist))
			if err != nil || n.Kind != pay.OfRefund || n.Refund != r.Refund || n.Event == "" {
				t.Errorf("%v back: %+v, %v", amount, n, err)
			}
		}
	}
}

func forged(t *testing.T, b *Bench) {
	a, _ := b.paid(t)
	for name, twist := range map[string]paysim.Twist{
		"a stranger's key":      {Stranger: true},
		"altered":               {Altered: true},
		"of another merchant":   {Merchant: "2088999999999999"},
		"for another app":       {App: "2021999999999999"},
		"a stranger's, legacy":  {Stranger: true, Legacy: true},
		"a stranger's, empties": {Stranger: true, Empty: true},
	} {
		_, err := b.read(t.Context(), b.Notices.PaymentNotice(a.Payment, twist))
		if quartet.CodeOf(err) != quartet.ErrForbidden {
			t.Errorf("%s: %v", name, err)
		}
		b.discreet(t, err)
	}
	if n, err := b.read(t.Context(), b.Notices.PaymentNotice(a.Payment, paysim.Twist{Currency: "USD"})); quartet.CodeOf(err) != quartet.ErrInvalid {
		t.Errorf("in dollars: %+v, %v", n, err)
	}
	if b.Stale {
		for _, twist := range []paysim.Twist{{Old: true}, {Probe: true}} {
			if _, err := b.read(t.Context(), b.Notices.PaymentNotice(a.Payment, twist)); quartet.CodeOf(err) != quartet.ErrForbidden {
				t.Errorf("%+v: %v", twist, err)
			}
		}
	}
}

func noNotice(t *testing.T, b *Bench) {
	a, _ := b.paid(t)
	d := b.Notices.PaymentNotice(a.Payment, paysim.Twist{})
	for _, body := range []string{"", "{}", "sign=", "a=1&a=2", "%zz", "null", "[]", string(d.Body) + " ", "\x00\xff"} {
		_, err := b.read(t.Context(), paysim.Delivery{Header: d.Header, Body: []byte(body)})
		if quartet.CodeOf(err) != quartet.ErrForbidden {
			t.Errorf("%q: %v", body, err)
		}
		b.discreet(t, err)
	}
	if _, err := b.read(t.Context(), paysim.Delivery{Body: d.Body}); b.Stale && quartet.CodeOf(err) != quartet.ErrForbidden {
		t.Errorf("without headers: %v", err)
	}
}
