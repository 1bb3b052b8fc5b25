package pay_test

import (
	"testing"
	"time"

	"quartet"
	"quartet/internal/paysim"
)

// written counts the entries of the audit about an action.
func (h *house) written(action string) (n int) {
	h.t.Helper()
	all, err := h.store.AuditEntries(h.t.Context(), 1000)
	must(h.t, err)
	for _, e := range all {
		if e.Action == action {
			n++
		}
	}
	return n
}

func TestRefund_GivenUpThatArrivesAllTheSameFreezesTheGrantForAPerson(t *testing.T) {
	h := newHouse(t)
	h.wechat.SlowRefunds(true)
	o, r := h.approved("wechat")
	h.pass(time.Minute)
	h.wechat.EndRefund(r.ID, paysim.RefundFailed)
	h.deliver("wechat", h.wechat.RefundNotice(r.ID, paysim.Twist{}))
	h.wantRefund(r.ID, quartet.RefundFailed)
	_, err := h.desk.GiveUp(t.Context(), "wang", r.ID) // without asking, as a race would
	must(t, err)
	h.wechat.EndRefund(r.ID, paysim.RefundDone)
	h.wechat.Break(paysim.OnRefundQuery, paysim.Down)
	for i, want := range []bool{false, true, true} {
		status, body := h.deliver("wechat", h.wechat.RefundNotice(r.ID, paysim.Twist{}))
		if taken("wechat", status, body) != want {
			t.Errorf("notice %d is answered %d %q", i, status, body)
		}
	}
	h.pass(time.Hour)
	if n := h.written("refund.late"); n != 1 {
		t.Errorf("%d entries tell that the money went back all the same", n)
	}
	late := h.wantRefund(r.ID, quartet.RefundGivenUp)
	if late.Reference == "" || late.Answer == "" {
		t.Errorf("the refund tells nothing of it: %+v", late)
	}
	h.wantOrder(o.ID, quartet.OrderPaid)
	grants, err := h.store.Grants(t.Context(), "acme")
	must(t, err)
	if g := grants[0]; g.FrozenAt.IsZero() || g.FrozenFor != "" {
		t.Errorf("the grant is frozen at %v for %q; a person is to look at it", g.FrozenAt, g.FrozenFor)
	}
}

func TestGiveUp_AsksTheProviderFirst(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	h.wechat.SlowRefunds(true)
	o, r := h.approved("wechat")
	h.pass(time.Minute)
	h.wechat.EndRefund(r.ID, paysim.RefundFailed)
	h.deliver("wechat", h.wechat.RefundNotice(r.ID, paysim.Twist{}))
	h.wantRefund(r.ID, quartet.RefundFailed)
	if _, err := h.cashier.GiveUp(ctx, "wang", r.ID); quartet.CodeOf(err) != quartet.ErrConflict {
		t.Errorf("what can still be sent on at the provider: %v", err)
	}
	h.wechat.Break(paysim.OnRefundQuery, paysim.Garbage)
	if _, err := h.cashier.GiveUp(ctx, "wang", r.ID); quartet.CodeOf(err) != quartet.ErrUnavailable {
		t.Errorf("the provider says nothing: %v", err)
	}
	h.wantRefund(r.ID, quartet.RefundFailed)
	h.wechat.EndRefund(r.ID, paysim.RefundClosed)
	got, err := h.cashier.GiveUp(ctx, "wang", r.ID)
	must(t, err)
	if got.State != quartet.RefundGivenUp {
		t.Errorf("given up it is %s", got.State)
	}
	h.wantOrder(o.ID, quartet.OrderPaid)
}

func TestGiveUp_FindsThatTheMoneyWentBack(t *testing.T) {
	h := newHouse(t)
	h.wechat.SlowRefunds(true)
	o, r := h.approved("wechat")
	h.pass(time.Minute)
	h.wechat.EndRefund(r.ID, paysim.RefundFailed)
	h.pass(time.Hour)
	h.wantRefund(r.ID, quartet.RefundFailed)
	h.wechat.EndRefund(r.ID, paysim.RefundDone)
	got, err := h.cashier.GiveUp(t.Context(), "wang", r.ID)
	must(t, err)
	if got.State != quartet.RefundDone {
		t.Errorf("the refund is %s", got.State)
	}
	h.wantOrder(o.ID, quartet.OrderRefunded)
}

func TestFailRefund_IsTheWayOutOfSending(t *testing.T) {
	for _, provider := range providers {
		t.Run(provider, func(t *testing.T) {
			h := newHouse(t)
			ctx := t.Context()
			o, r := h.approved(provider)
			must(t, h.desk.Drain(ctx, r.ID)) // it is sent by no job, as if that one were dead
			h.wantRefund(r.ID, quartet.RefundSending)
			h.book(provider).Break(paysim.OnRefundQuery, paysim.Down)
			if _, err := h.cashier.FailRefund(ctx, "wang", r.ID); quartet.CodeOf(err) != quartet.ErrUnavailable {
				t.Errorf("the provider says nothing: %v", err)
			}
			got, err := h.cashier.FailRefund(ctx, "wang", r.ID)
			must(t, err)
			if got.State != quartet.RefundFailed || got.Answer != "ended by wang" {
				t.Errorf("it is %s: %s", got.State, got.Answer)
			}
			_, err = h.cashier.GiveUp(ctx, "wang", r.ID)
			must(t, err)
			h.pass(time.Hour) // the job that comes back to life sends nothing
			h.wantOrder(o.ID, quartet.OrderPaid)
			if moved := h.book(provider).Moved(); moved != 0 {
				t.Errorf("%v went back", moved)
			}
		})
	}
}

func TestFailRefund_LeavesWhatIsUnderWay(t *testing.T) {
	h := newHouse(t)
	h.wechat.SlowRefunds(true)
	_, r := h.approved("wechat")
	h.pass(time.Minute)
	if _, err := h.cashier.FailRefund(t.Context(), "wang", r.ID); quartet.CodeOf(err) != quartet.ErrConflict {
		t.Errorf("under way: %v", err)
	}
	h.wantRefund(r.ID, quartet.RefundSending)
}

func TestRefund_ThatTheApplicationMayNotSendFails(t *testing.T) {
	for _, provider := range providers {
		t.Run(provider, func(t *testing.T) {
			h := newHouse(t)
			_, r := h.approved(provider)
			h.book(provider).RefuseRefunds("permission")
			h.pass(time.Minute)
			h.wantRefund(r.ID, quartet.RefundFailed)
		})
	}
}
