package billing_test

import (
	"errors"
	"testing"
	"time"

	"quartet"
	"quartet/internal/billing"
	"quartet/internal/job"
)

// approved asks for a refund of an order and approves it.
func (s *shop) approved(o quartet.Order) quartet.Refund {
	s.t.Helper()
	r, err := s.AskRefund(s.t.Context(), "person zhang", "acme", o.ID, "bought by mistake")
	must(s.t, err)
	r, err = s.ApproveRefund(s.t.Context(), "qian", r.ID)
	must(s.t, err)
	return r
}

func (s *shop) refund(id string) quartet.Refund {
	s.t.Helper()
	r, err := s.Refund(s.t.Context(), id)
	must(s.t, err)
	return r
}

func TestRefund_GivesBackWhatWasNotUsed(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ctx := t.Context()
	o := s.bought("1887-1200")
	s.used(100)
	r := s.approved(o)
	if g := s.grant(o.Grant); !g.FrozenAt.Equal(noon) || g.FrozenFor != r.ID {
		t.Errorf("its grant is %+v", g)
	}
	if code := s.ledger.Left("acme", "1887", s.now); code != quartet.ErrForbidden {
		t.Errorf("calls are told %q", code)
	}
	for range 2 {
		must(t, s.Drain(ctx, r.ID))
	}
	// 500.00 less 100/1200 of it, 41.666…, whose fraction is the buyer's.
	if r = s.refund(r.ID); r.State != quartet.RefundSending || r.Amount != 458_34 || r.Used != 100 || s.jobs(billing.JobSendRefund)[r.ID].ID == "" {
		t.Errorf("refund %+v", r)
	}
	for range 2 {
		must(t, s.Refunded(ctx, "alipay", r.ID, "back-1"))
	}
	o = s.order(o.ID)
	g := s.grant(o.Grant)
	if o.State != quartet.OrderRefunded || o.Refunded != 458_34 || g.Withdrawn != 1100 || g.Left() != 0 {
		t.Errorf("order %+v, grant %+v", o, g)
	}
	if r = s.refund(r.ID); r.State != quartet.RefundDone || r.Reference != "back-1" || r.DecidedBy != "qian" {
		t.Errorf("refund %+v", r)
	}
	_, err := s.AskRefund(ctx, "person zhang", "acme", o.ID, "once more")
	wantCode(t, "a second refund", err, quartet.ErrConflict)
	s.audited()
}

func TestRefund_WaitsForCallsThatAreUnderWay(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ctx := t.Context()
	o := s.bought("1887-1200")
	c := s.call("1887")
	h, err := s.ledger.Reserve(ctx, quartet.Hold{SeqNo: c.SeqNo, Account: "acme", Credential: "c", Product: "1887", Units: 1, CreatedAt: noon, Deadline: noon.Add(time.Minute)})
	must(t, err)
	r := s.approved(o)
	if _, waits := errors.AsType[job.Later](s.Drain(ctx, r.ID)); !waits {
		t.Error("the amount is found while a call is under way")
	}
	must(t, s.ledger.Settle(ctx, h, &c, 1, quartet.Claim{}))
	must(t, s.Drain(ctx, r.ID))
	if r = s.refund(r.ID); r.Used != 1 || r.Amount != 499_59 {
		t.Errorf("refund %+v", r)
	}
	s.audited()
}

func TestRefund_ThatFailsIsSentAgainOrGivenUp(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ctx := t.Context()
	o := s.bought("1887-1200")
	r := s.approved(o)
	must(t, s.Drain(ctx, r.ID))
	_, err := s.GiveUp(ctx, "qian", r.ID)
	wantCode(t, "to give up what is being sent", err, quartet.ErrConflict)
	must(t, s.RefundFailed(ctx, "alipay", r.ID, "the account is closed"))
	_, err = s.Resend(ctx, "qian", r.ID)
	must(t, err)
	if r = s.refund(r.ID); r.State != quartet.RefundSending || r.Answer != "" {
		t.Errorf("refund %+v", r)
	}
	must(t, s.RefundFailed(ctx, "alipay", r.ID, "the account is closed"))
	for range 2 {
		_, err = s.GiveUp(ctx, "qian", r.ID)
		must(t, err)
	}
	o = s.order(o.ID)
	if g := s.grant(o.Grant); o.State != quartet.OrderPaid || !g.FrozenAt.IsZero() || g.FrozenFor != "" {
		t.Errorf("order %+v, grant %+v", o, g)
	}
	s.used(1)
	wantCode(t, "money that went back after all", s.Refunded(ctx, "alipay", r.ID, "x"), quartet.ErrConflict)
	if next := s.approved(o); next.ID == r.ID {
		t.Error("it cannot be asked for again")
	}
	s.audited()
}

func TestRefund_IsRejectedAndAskedForAgain(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ctx := t.Context()
	o := s.bought("1887-1200")
	r, err := s.AskRefund(ctx, "person zhang", "acme", o.ID, "bought by mistake")
	must(t, err)
	_, err = s.AskRefund(ctx, "person zhang", "acme", o.ID, "bought by mistake")
	wantCode(t, "to ask twice", err, quartet.ErrConflict)
	_, err = s.AskRefund(ctx, "person li", "other", o.ID, "not mine")
	wantCode(t, "to ask for another account's", err, quartet.ErrNotFound)
	_, err = s.RejectRefund(ctx, "qian", r.ID, "  ")
	wantCode(t, "to reject without a reason", err, quartet.ErrInvalid)
	for range 2 {
		_, err = s.RejectRefund(ctx, "qian", r.ID, "used by the firm for a year")
		must(t, err)
	}
	_, err = s.ApproveRefund(ctx, "qian", r.ID)
	wantCode(t, "to approve what was rejected", err, quartet.ErrConflict)
	s.used(1)
	s.approved(o)
}

func TestRefund_OfNothingIsGivenUpByItself(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ctx := t.Context()
	o := s.bought("1887-1200")
	r := s.approved(o)
	must(t, s.SetRefundPolicy(ctx, "zhao", "1887", quartet.RefundPolicy{Days: 1}))
	s.now = noon.Add(48 * time.Hour)
	// What counts is when it was asked for.
	must(t, s.Drain(ctx, r.ID))
	if r = s.refund(r.ID); r.State != quartet.RefundSending || r.Amount != 500_00 {
		t.Errorf("refund %+v", r)
	}
	late := s.bought("1887-1200")
	s.now = s.now.Add(12 * time.Hour)
	r = s.approved(late)
	c := s.call("1887")
	_ = c
	must(t, s.SetRefundPolicy(ctx, "zhao", "1887", quartet.RefundPolicy{}))
	must(t, s.Drain(ctx, r.ID))
	s.audited()
}

// While a refund is open nobody else changes its grant.
func TestRefund_HoldsItsGrantAgainstEverybody(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ctx := t.Context()
	o := s.bought("1887-1200")
	s.approved(o)
	for name, change := range map[string]func() error{
		"thaw":     func() error { return s.ledger.Thaw(ctx, o.Grant, "by an operator") },
		"freeze":   func() error { return s.ledger.Freeze(ctx, o.Grant, "by an operator") },
		"withdraw": func() error { return s.ledger.Withdraw(ctx, o.Grant, 1, "by an operator") },
		"extend":   func() error { return s.ledger.SetExpiry(ctx, o.Grant, noon.AddDate(9, 0, 0), "by an operator") },
	} {
		before := s.grant(o.Grant)
		wantCode(t, name, change(), quartet.ErrConflict)
		if after := s.grant(o.Grant); after != before {
			t.Errorf("%s made it %+v", name, after)
		}
	}
	s.audited()
}
