package paytest

import (
	"testing"

	"quartet/internal/pay"
	"quartet/internal/paysim"
)

func (b *Bench) wantReturn(t *testing.T, what string, r pay.Return, want pay.ReturnState) {
	t.Helper()
	got, err := b.Provider.QueryRefund(t.Context(), r)
	if err != nil || got.State != want || got.Refund != r.Refund {
		t.Errorf("%s: %+v, %v, want %s", what, got, err, want)
	}
}

func refunds(t *testing.T, b *Bench) {
	a, trade := b.paid(t)
	r := returning(a, trade, price)
	b.wantReturn(t, "before it was asked for", r, pay.ReturnAbsent)
	for range 3 {
		got, err := b.Provider.Refund(t.Context(), r)
		if err != nil || got.State != pay.ReturnDone || got.Amount != price || got.Reference == "" {
			t.Errorf("%+v, %v", got, err)
		}
	}
	b.wantReturn(t, "after it was asked for", r, pay.ReturnDone)
	if got := b.Book.Moved(); got != price {
		t.Errorf("%v went back", got)
	}
}

func refundsParts(t *testing.T, b *Bench) {
	a, trade := b.paid(t)
	one, two := returning(a, trade, 200_00), returning(a, trade, 300_00)
	for _, r := range []pay.Return{one, two} {
		if got, err := b.Provider.Refund(t.Context(), r); err != nil || got.State != pay.ReturnDone || got.Amount != r.Amount {
			t.Errorf("%+v, %v", got, err)
		}
	}
	over := returning(a, trade, 1)
	if got, err := b.Provider.Refund(t.Context(), over); err != nil || got.State != pay.ReturnRefused || got.Why == "" {
		t.Errorf("more than was paid: %+v, %v", got, err)
	}
	if got := b.Book.Moved(); got != price {
		t.Errorf("%v went back", got)
	}
}

func refundUnderWay(t *testing.T, b *Bench) {
	b.Book.SlowRefunds(true)
	a, trade := b.paid(t)
	r := returning(a, trade, price)
	for range 2 {
		if got, err := b.Provider.Refund(t.Context(), r); err != nil || got.State != pay.ReturnAccepted {
			t.Errorf("%+v, %v", got, err)
		}
	}
	b.Book.EndRefund(r.Refund, paysim.RefundDone)
	b.wantReturn(t, "when it is done", r, pay.ReturnDone)
	if got := b.Book.Moved(); got != price {
		t.Errorf("%v went back", got)
	}
}

func refundFails(t *testing.T, b *Bench) {
	b.Book.SlowRefunds(true)
	a, trade := b.paid(t)
	r := returning(a, trade, price)
	if got, err := b.Provider.Refund(t.Context(), r); err != nil || got.State != pay.ReturnAccepted {
		t.Errorf("%+v, %v", got, err)
	}
	b.Book.EndRefund(r.Refund, paysim.RefundFailed)
	if b.Asks {
		b.wantReturn(t, "when it failed", r, pay.ReturnStuck)
	} else {
		b.wantReturn(t, "when it failed", r, pay.ReturnAbsent)
	}
	if got, err := b.Provider.Refund(t.Context(), r); err != nil || got.State != pay.ReturnRefused && got.State != pay.ReturnStuck || b.Book.Moved() != 0 {
		t.Errorf("asked again: %+v, %v; %v went back", got, err, b.Book.Moved())
	}
	b.Book.EndRefund(r.Refund, paysim.RefundClosed)
	if b.Asks {
		b.wantReturn(t, "when it was closed", r, pay.ReturnRefused)
	}
}

func refundRefused(t *testing.T, b *Bench) {
	a, trade := b.paid(t)
	b.Book.RefuseRefunds("balance")
	r := returning(a, trade, price)
	got, err := b.Provider.Refund(t.Context(), r)
	if err != nil || got.State != pay.ReturnRefused || got.Why == "" {
		t.Errorf("%+v, %v", got, err)
	}
	b.Book.RefuseRefunds("") // there is money again
	if got, err = b.Provider.Refund(t.Context(), r); err != nil || got.State != pay.ReturnDone {
		t.Errorf("sent again: %+v, %v", got, err)
	}
}

func refundRefusedStrangely(t *testing.T, b *Bench) {
	a, trade := b.paid(t)
	b.Book.RefuseRefunds("strange")
	r := returning(a, trade, price)
	got, err := b.Provider.Refund(t.Context(), r)
	if err != nil || got.State != pay.ReturnDoubtful || got.Why == "" {
		t.Errorf("%+v, %v", got, err)
	}
	b.Book.RefuseRefunds("")
	if got, err = b.Provider.Refund(t.Context(), r); err != nil || got.State != pay.ReturnDone {
		t.Errorf("sent again: %+v, %v", got, err)
	}
}

func wentBack(t *testing.T, b *Bench) {
	a, trade := b.paid(t)
	if _, err := b.Provider.Refund(t.Context(), returning(a, trade, price)); err != nil {
		t.Fatal(err)
	}
	b.wantState(t, a.Payment, pay.Returned)
}
