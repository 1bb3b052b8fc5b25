package billing_test

import (
	"errors"
	"strings"
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
	if next := s.approved(o); next.ID == r.ID {
		t.Error("it cannot be asked for again")
	}
	s.audited()
}

func TestRefund_OfSurplusGivenUpThatWentBackIsReturned(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ctx := t.Context()
	paid := s.came(s.attempted(s.ordered("1887-1200"), "alipay"), 400_00)
	list, err := s.Refunds(ctx, paid.Order, "", "", 10)
	must(t, err)
	r := list[0]
	must(t, s.RefundFailed(ctx, "alipay", r.ID, "the account is closed"))
	_, err = s.GiveUp(ctx, "qian", r.ID)
	must(t, err)
	for range 2 {
		must(t, s.Refunded(ctx, "alipay", r.ID, "x"))
	}
	m, err := s.Payment(ctx, paid.ID)
	must(t, err)
	if m.State != quartet.PaymentReturned || s.refund(r.ID).State != quartet.RefundDone {
		t.Errorf("the payment is %s, the refund %+v", m.State, s.refund(r.ID))
	}
	s.audited()
}

func TestRefund_GivenUpThatWentBackFreezesTheUnitsOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ctx := t.Context()
	o := s.bought("1887-1200")
	r := s.approved(o)
	must(t, s.Drain(ctx, r.ID))
	must(t, s.RefundFailed(ctx, "alipay", r.ID, "the account is closed"))
	_, err := s.GiveUp(ctx, "qian", r.ID)
	must(t, err)
	for range 2 {
		must(t, s.Refunded(ctx, "alipay", r.ID, "x"))
	}
	if got := s.refund(r.ID); got.State != quartet.RefundGivenUp || got.Reference != "x" || s.grant(o.Grant).FrozenAt.IsZero() {
		t.Errorf("refund %+v, grant %+v", got, s.grant(o.Grant))
	}
	s.audited()
}

// A reason is kept in clear, and the audit keeps its entries for good.
func TestRefund_KeepsNoElementOfItsReason(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	r, err := s.AskRefund(t.Context(), "person zhang", "acme", s.bought("1887-1200").ID, "退到卡 6200 0000 0000 0000 005，电话 19900000000")
	must(t, err)
	if got := s.refund(r.ID).Reason; strings.Contains(got, "0000") || !strings.Contains(got, "退到卡") {
		t.Errorf("kept is %q", got)
	}
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

// The buyer does not wait at his own cost: what counts is when he asked.
func TestRefund_IsReckonedFromTheDayOnWhichItWasAskedFor(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	o := s.bought("1887-1200")
	r := s.approved(o)
	must(t, s.SetRefundPolicy(t.Context(), "zhao", "1887", quartet.RefundPolicy{FullDays: 1, Days: 1}))
	s.now = noon.Add(48 * time.Hour)
	must(t, s.Drain(t.Context(), r.ID))
	if r = s.refund(r.ID); r.State != quartet.RefundSending || r.Amount != 500_00 {
		t.Errorf("refund %+v", r)
	}
	later := s.bought("1887-1200")
	s.now = s.now.Add(25 * time.Hour)
	_, err := s.AskRefund(t.Context(), "person zhang", "acme", later.ID, "too late")
	wantCode(t, "after the days of refunds", err, quartet.ErrConflict)
}

func TestRefund_OfNothingIsGivenUpByItself(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ctx := t.Context()
	_, err := s.plans.Add(ctx, "zhao", quartet.Plan{ID: "two", Product: "1887", Name: "两次", Units: 2, Price: 1_00, Months: 1})
	must(t, err)
	o := s.bought("two")
	r, err := s.AskRefund(ctx, "person zhang", "acme", o.ID, "bought by mistake")
	must(t, err)
	s.used(2)
	_, err = s.ApproveRefund(ctx, "qian", r.ID)
	must(t, err)
	for range 2 {
		must(t, s.Drain(ctx, r.ID))
	}
	g := s.grant(o.Grant)
	if r = s.refund(r.ID); r.State != quartet.RefundGivenUp || r.Amount != 0 || s.order(o.ID).State != quartet.OrderPaid || !g.FrozenAt.IsZero() {
		t.Errorf("refund %+v, grant %+v", r, g)
	}
	s.audited()
}

func TestRefundPolicy_IsChangedByAnOperatorWithinBounds(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ctx := t.Context()
	if p, err := s.RefundPolicy(ctx, "1887"); err != nil || p != (quartet.RefundPolicy{FullDays: 7}) {
		t.Errorf("at first: %+v, %v", p, err)
	}
	want := quartet.RefundPolicy{FullDays: 3, Days: 30}
	for range 2 {
		must(t, s.SetRefundPolicy(ctx, "zhao", "1887", want))
	}
	if p, err := s.RefundPolicy(ctx, "1887"); err != nil || p != want {
		t.Errorf("then: %+v, %v", p, err)
	}
	wantCode(t, "days below zero", s.SetRefundPolicy(ctx, "zhao", "1887", quartet.RefundPolicy{Days: -1}), quartet.ErrInvalid)
	wantCode(t, "an unknown product", s.SetRefundPolicy(ctx, "zhao", "9", want), quartet.ErrNotFound)
	entries, err := s.store.AuditEntries(ctx, 100)
	must(t, err)
	changed := 0
	for _, e := range entries {
		if e.Action == "refund.policy" {
			changed++
		}
	}
	if changed != 1 {
		t.Errorf("the audit tells of %d changes", changed)
	}
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

// Units that are valid no more are bought back by nobody, whatever the days of the policy.
func TestRefund_OfUnitsThatExpiredIsNothing(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ctx := t.Context()
	must(t, s.SetRefundPolicy(ctx, "zhao", "1887", quartet.RefundPolicy{FullDays: 3650}))
	o := s.bought("1887-1200")
	s.now = s.grant(o.Grant).ExpiresAt
	_, err := s.AskRefund(ctx, "person zhang", "acme", o.ID, "too late")
	wantCode(t, "at the end of validity", err, quartet.ErrConflict)
	s.now = s.now.Add(-time.Second)
	r := s.approved(o)
	s.now = s.now.Add(time.Hour)
	must(t, s.Drain(ctx, r.ID))
	if r = s.refund(r.ID); r.Amount != 500_00 {
		t.Errorf("asked for in time it is %+v", r)
	}
}

func TestRefundStanding_TellsWhatWouldGoBackBeforeAnybodyApproves(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ctx := t.Context()
	o := s.bought("1887-1200")
	s.used(100)
	r, err := s.AskRefund(ctx, "person zhang", "acme", o.ID, "bought by mistake")
	must(t, err)
	for _, used := range []int64{0, 20} { // calls go on until it is approved
		s.used(int(used))
		st, err := s.RefundStanding(ctx, r.ID)
		must(t, err)
		if want := 500_00 - quartet.Fen(500_00*(100+used)/1200); st.Amount != want || st.Grant.Used != 100+used || st.Grant.Left() != 1100-used || st.Order.ID != o.ID || st.Refund.State != quartet.RefundRequested {
			t.Errorf("with %d more used it is %+v, want %v", used, st, want)
		}
	}
	_, err = s.ApproveRefund(ctx, "qian", r.ID)
	must(t, err)
	must(t, s.Drain(ctx, r.ID))
	st, err := s.RefundStanding(ctx, r.ID)
	must(t, err)
	if found := s.refund(r.ID); st.Amount != found.Amount || found.Amount != 450_00 {
		t.Errorf("it stands as %+v, and %v was found", st, found.Amount)
	}
	if _, err := s.RefundStanding(ctx, "none"); quartet.CodeOf(err) != quartet.ErrNotFound {
		t.Errorf("of no refund: %v", err)
	}
}
