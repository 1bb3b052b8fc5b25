package pay_test

import (
	"fmt"
	"testing"
	"time"

	"quartet"
	"quartet/internal/paysim"
)

// approved is a paid order whose refund was approved, drained and waits to be sent.
func (h *house) approved(provider string) (quartet.Order, quartet.Refund) {
	h.t.Helper()
	ctx := h.t.Context()
	o := h.order()
	m := h.open(o.ID, provider)
	h.pays(m)
	h.deliver(provider, h.notices(provider).PaymentNotice(m.ID, paysim.Twist{}))
	h.wantOrder(o.ID, quartet.OrderPaid)
	r, err := h.desk.AskRefund(ctx, "person li", "acme", o.ID, "not needed")
	must(h.t, err)
	r, err = h.desk.ApproveRefund(ctx, "wang", r.ID)
	must(h.t, err)
	return o, r
}

func (h *house) wantRefund(id string, want quartet.RefundState) quartet.Refund {
	h.t.Helper()
	r, err := h.desk.Refund(h.t.Context(), id)
	must(h.t, err)
	if r.State != want {
		h.t.Errorf("the refund is %s (%s), want %s", r.State, r.Answer, want)
	}
	return r
}

func TestRefund_GoesBackOnceWhateverAnswersAreLost(t *testing.T) {
	for _, provider := range providers {
		t.Run(provider, func(t *testing.T) {
			h := newHouse(t)
			o, r := h.approved(provider)
			h.book(provider).Break(paysim.OnRefund, paysim.Lost, paysim.Garbage, paysim.Down)
			h.book(provider).Break(paysim.OnRefundQuery, paysim.Down, paysim.Unsigned)
			h.pass(time.Hour)
			h.wantRefund(r.ID, quartet.RefundDone)
			h.wantOrder(o.ID, quartet.OrderRefunded)
			if got := h.book(provider).Moved(); got != price {
				t.Errorf("%v went back", got)
			}
		})
	}
}

func TestRefund_AcceptedIsNotDoneUntilItIs(t *testing.T) {
	for _, provider := range providers {
		t.Run(provider, func(t *testing.T) {
			h := newHouse(t)
			h.book(provider).SlowRefunds(true)
			o, r := h.approved(provider)
			h.pass(time.Hour)
			h.wantRefund(r.ID, quartet.RefundSending)
			h.wantOrder(o.ID, quartet.OrderRefunding)
			h.book(provider).EndRefund(r.ID, paysim.RefundDone)
			// Its notice comes before anybody asks.
			if status, body := h.deliver(provider, h.notices(provider).RefundNotice(r.ID, paysim.Twist{})); !taken(provider, status, body) {
				t.Errorf("answered %d %q", status, body)
			}
			done := h.wantRefund(r.ID, quartet.RefundDone)
			if done.Reference == "" {
				t.Error("the provider's number of it is not kept")
			}
			h.wantOrder(o.ID, quartet.OrderRefunded)
		})
	}
}

func TestRefund_ThatFailsWaitsForAPersonAndIsSentAgain(t *testing.T) {
	for _, provider := range providers {
		t.Run(provider, func(t *testing.T) {
			h := newHouse(t)
			o, r := h.approved(provider)
			h.book(provider).RefuseRefunds("balance")
			h.pass(time.Minute)
			failed := h.wantRefund(r.ID, quartet.RefundFailed)
			if failed.Answer == "" {
				t.Error("nobody says why it failed")
			}
			h.wantOrder(o.ID, quartet.OrderRefunding)
			h.book(provider).RefuseRefunds("")
			_, err := h.desk.Resend(t.Context(), "wang", r.ID)
			must(t, err)
			h.pass(time.Minute)
			h.wantRefund(r.ID, quartet.RefundDone)
			if got := h.book(provider).Moved(); got != price {
				t.Errorf("%v went back", got)
			}
		})
	}
}

// A refusal that nobody has heard of may not last: the refund is sent again for a day, and
// then waits for a person. It is never a job that gives up.
func TestRefund_RefusedStrangelyIsSentAgainForADay(t *testing.T) {
	for _, provider := range providers {
		for _, lasts := range []bool{false, true} {
			t.Run(fmt.Sprint(provider, lasts), func(t *testing.T) {
				h := newHouse(t)
				o, r := h.approved(provider)
				h.book(provider).RefuseRefunds("strange")
				for range 12 {
					h.pass(time.Hour)
				}
				h.wantRefund(r.ID, quartet.RefundSending)
				if !lasts {
					h.book(provider).RefuseRefunds("")
					h.pass(time.Hour)
					h.wantRefund(r.ID, quartet.RefundDone)
					h.wantOrder(o.ID, quartet.OrderRefunded)
					return
				}
				h.pass(13 * time.Hour)
				if failed := h.wantRefund(r.ID, quartet.RefundFailed); failed.Answer == "" {
					t.Error("nobody says why it failed")
				}
				if _, err := h.cashier.GiveUp(t.Context(), "wang", r.ID); err != nil {
					t.Fatal(err)
				}
				h.wantOrder(o.ID, quartet.OrderPaid)
				if got := h.book(provider).Moved(); got != 0 {
					t.Errorf("%v went back", got)
				}
			})
		}
	}
}

func TestRefund_AcceptedThenFailedGivesTheGrantBackWhenItIsGivenUp(t *testing.T) {
	h := newHouse(t)
	h.wechat.SlowRefunds(true)
	o, r := h.approved("wechat")
	h.pass(time.Minute)
	h.wantRefund(r.ID, quartet.RefundSending)
	h.wechat.EndRefund(r.ID, paysim.RefundFailed)
	h.deliver("wechat", h.wechat.RefundNotice(r.ID, paysim.Twist{}))
	h.wantRefund(r.ID, quartet.RefundFailed)
	_, err := h.desk.GiveUp(t.Context(), "wang", r.ID)
	must(t, err)
	h.pass(time.Hour)
	h.wantOrder(o.ID, quartet.OrderPaid)
	if got := h.wechat.Moved(); got != 0 {
		t.Errorf("%v went back", got)
	}
}

// The notices of a payment and of its refund come twice and in the wrong order.
func TestNotices_OutOfOrderGiveOneGrantAndOneRefund(t *testing.T) {
	for _, provider := range providers {
		t.Run(provider, func(t *testing.T) {
			h := newHouse(t)
			o := h.order()
			m := h.open(o.ID, provider)
			h.pays(m)
			early := []paysim.Delivery{h.notices(provider).PaymentNotice(m.ID, paysim.Twist{}), h.notices(provider).PaymentNotice(m.ID, paysim.Twist{})}
			h.pass(time.Minute) // paid by asking; both notices are under way
			r, err := h.desk.AskRefund(t.Context(), "person li", "acme", o.ID, "not needed")
			must(t, err)
			_, err = h.desk.ApproveRefund(t.Context(), "wang", r.ID)
			must(t, err)
			h.work()
			h.wantOrder(o.ID, quartet.OrderRefunded)
			late := h.notices(provider).RefundNotice(r.ID, paysim.Twist{})
			for _, d := range []paysim.Delivery{late, early[1], late, early[0], early[1], early[0]} {
				if status, body := h.deliver(provider, d); !taken(provider, status, body) {
					t.Errorf("answered %d %q", status, body)
				}
			}
			h.pass(time.Hour)
			h.wantOrder(o.ID, quartet.OrderRefunded)
			h.wantGrants(1)
			if got := h.book(provider).Moved(); got != price {
				t.Errorf("%v went back", got)
			}
		})
	}
}
