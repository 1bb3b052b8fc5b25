package billing_test

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"quartet"
	"quartet/internal/billing"
	"quartet/internal/job"
)

func TestOrder_CopiesWhatIsBoughtFromThePlan(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	o := s.ordered("1887-1200")
	if !regexp.MustCompile(`^20260302\d{12}$`).MatchString(o.ID) || !regexp.MustCompile(`^[3479ACDEFHJKMNPQRTUVWXY]{8}$`).MatchString(o.Code) {
		t.Errorf("number %q, code %q", o.ID, o.Code)
	}
	want := quartet.Order{
		ID: o.ID, Account: "acme", Person: "p1", Plan: "1887-1200", PlanName: "500元/1200次", Product: "1887", Units: 1200, Amount: 500_00, Months: 24,
		Code: o.Code, State: quartet.OrderOpen, Created: noon, PayBy: noon.Add(30 * time.Minute),
	}
	if o != want {
		t.Errorf("got  %+v\nwant %+v", o, want)
	}
	if j := s.jobs(billing.JobCloseOrder)[o.ID]; !j.NextAt.Equal(o.PayBy) {
		t.Errorf("it is closed by %+v", j)
	}
	if by, err := s.store.OrderOfCode(t.Context(), o.Code); err != nil || by.ID != o.ID {
		t.Errorf("by its code: %+v, %v", by, err)
	}
}

func TestOrder_Refuses(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ctx := t.Context()
	s.now = noon.Add(time.Minute)
	_, err := s.plans.End(ctx, "zhao", "1887-6000", time.Time{})
	must(t, err)
	must(t, s.store.UpdateAccount(ctx, quartet.Account{ID: "rival", SuspendedAt: noon}, quartet.AuditEntry{}))
	must(t, s.store.CreateAccount(ctx, quartet.Account{ID: "new", Name: "new", CreatedAt: noon}, quartet.AuditEntry{}))
	for name, c := range map[string]struct {
		want billing.Purchase
		code quartet.ErrorCode
	}{
		"an account that is not there": {billing.Purchase{Account: "nobody", Plan: "1887-1200"}, quartet.ErrNotFound},
		"a plan that is not there":     {billing.Purchase{Account: "acme", Plan: "none"}, quartet.ErrNotFound},
		"a grant that is not there":    {billing.Purchase{Account: "acme", Plan: "1887-1200", Renews: "none"}, quartet.ErrNotFound},
		"a plan that has ended":        {billing.Purchase{Account: "acme", Plan: "1887-6000"}, quartet.ErrConflict},
		"a trial":                      {billing.Purchase{Account: "acme", Plan: "1887-trial"}, quartet.ErrUnsupported},
		"an account that is suspended": {billing.Purchase{Account: "rival", Plan: "1887-1200"}, quartet.ErrForbidden},
		"an account that is no firm":   {billing.Purchase{Account: "new", Plan: "1887-1200"}, quartet.ErrForbidden},
	} {
		_, err := s.Order(ctx, "person zhang", c.want)
		wantCode(t, name, err, c.code)
	}
	if list, err := s.Orders(ctx, "", "", "", 10); err != nil || len(list) != 0 {
		t.Errorf("what was refused left %v, %v", list, err)
	}
}

func TestOrder_IsForAccountsWhoseFirmIsApproved(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ctx, acme := t.Context(), billing.Purchase{Account: "acme", Person: "p1", Plan: "1887-1200"}
	paidLater := s.ordered("1887-1200")
	s.firms["acme"] = "" // the approval is revoked
	_, err := s.Order(ctx, "person zhang", acme)
	wantCode(t, "afterwards", err, quartet.ErrForbidden)
	if err == nil || !strings.Contains(err.Error(), "approved") {
		t.Errorf("it does not say what to do: %v", err)
	}
	s.came(s.attempted(paidLater, "alipay"), paidLater.Amount)
	if o := s.order(paidLater.ID); o.State != quartet.OrderPaid || s.grant(o.Grant).Left() != 1200 {
		t.Errorf("what was ordered before is %+v", o)
	}
	s.firms["acme"] = "firm 1"
	_, err = s.Order(ctx, "person zhang", acme)
	must(t, err)
	_, err = billing.New(s.store, s.ledger, nil, time.Now).Order(ctx, "person zhang", acme)
	wantCode(t, "at a house that proves nobody", err, quartet.ErrUnsupported)
	s.audited()
}

func TestOrder_IsNotPlacedWhileNobodyKnowsWhetherTheFirmIsApproved(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	gone := errors.New("the database is gone")
	desk := billing.New(s.store, s.ledger, failing{gone}, time.Now)
	if _, err := desk.Order(t.Context(), "person zhang", billing.Purchase{Account: "acme", Plan: "1887-1200"}); !errors.Is(err, gone) {
		t.Errorf("it says %v", err)
	}
	if list, err := s.Orders(t.Context(), "", "", "", 10); err != nil || len(list) != 0 {
		t.Errorf("it left %v, %v", list, err)
	}
}

// failing cannot tell who anybody is.
type failing struct{ err error }

func (f failing) Identity(context.Context, string) (string, error) { return "", f.err }

func TestOrder_IsPaidOnceHoweverOftenTheNoticeComes(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	o := s.ordered("1887-1200")
	m := s.attempted(o, "alipay")
	if code := s.ledger.Left("acme", "1887", s.now); code != quartet.ErrNotFound {
		t.Errorf("before it is paid units are %q", code)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if got := s.came(m, 500_00); got.State != quartet.PaymentPaid {
				t.Errorf("payment %+v", got)
			}
		})
	}
	wg.Wait()
	o = s.order(o.ID)
	g := s.grant(o.Grant)
	want := quartet.Grant{
		ID: o.Grant, Account: "acme", Product: "1887", Units: 1200, Origin: "order " + o.ID, Paid: 500_00,
		CreatedAt: noon, ExpiresAt: time.Date(2028, 3, 3, 0, 0, 0, 0, quartet.Shanghai),
	}
	g.CreatedAt, g.ExpiresAt = g.CreatedAt.In(quartet.Shanghai), g.ExpiresAt.In(quartet.Shanghai)
	if g != want {
		t.Errorf("got  %+v\nwant %+v", g, want)
	}
	if o.State != quartet.OrderPaid || !o.Paid.Equal(noon) {
		t.Errorf("order %+v", o)
	}
	if grants, err := s.store.Grants(t.Context(), ""); err != nil || len(grants) != 1 {
		t.Errorf("%d grants, %v", len(grants), err)
	}
	s.used(1)
	s.audited()
	paid := 0
	entries, err := s.store.AuditEntries(t.Context(), 100)
	must(t, err)
	for _, e := range entries {
		if e.Action == "order.pay" {
			paid++
		}
	}
	if paid != 1 {
		t.Errorf("the audit says %d times that it was paid", paid)
	}
}

func TestReceive_RefusesAnotherStoryOfTheSamePayment(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	o := s.ordered("1887-1200")
	m := s.attempted(o, "alipay")
	s.came(m, o.Amount)
	for name, r := range map[string]billing.Money{
		"another amount": {Payment: m.ID, Reference: "no-" + m.ID, Received: 499_99},
		"another number": {Payment: m.ID, Reference: "other", Received: o.Amount},
	} {
		_, err := s.Receive(t.Context(), "alipay", r)
		wantCode(t, name, err, quartet.ErrConflict)
	}
	_, err := s.Receive(t.Context(), "alipay", billing.Money{Payment: m.ID, Received: 0})
	wantCode(t, "nothing", err, quartet.ErrInvalid)
	_, err = s.Receive(t.Context(), "alipay", billing.Money{Payment: "none", Received: 1})
	wantCode(t, "an unknown payment", err, quartet.ErrNotFound)
	s.audited()
}

func TestReceive_MoneyThatPaysNothingGoesBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before func(s *shop, o quartet.Order)
		fen    quartet.Fen
		why    string
	}{
		"one fen less": {func(*shop, quartet.Order) {}, 499_99, "amount"},
		"one fen more": {func(*shop, quartet.Order) {}, 500_01, "amount"},
		"second":       {func(s *shop, o quartet.Order) { s.came(s.attempted(o, "wechat"), o.Amount) }, 500_00, "second"},
		"late": {func(s *shop, o quartet.Order) {
			_, err := s.Cancel(t.Context(), "person zhang", "acme", o.ID)
			must(t, err)
		}, 500_00, "late"},
	} {
		for _, provider := range []string{"alipay", billing.Transfer} {
			t.Run(name+" by "+provider, func(t *testing.T) {
				t.Parallel()
				s := newShop(t)
				o := s.ordered("1887-1200")
				m := s.attempted(o, provider)
				c.before(s, o)
				state := s.order(o.ID).State
				for range 2 {
					if got := s.came(m, c.fen); got.State != quartet.PaymentSurplus || got.SurplusWhy != c.why || got.Received != c.fen {
						t.Errorf("payment %+v", got)
					}
				}
				if now := s.order(o.ID).State; now != state {
					t.Errorf("the order is %s, it was %s", now, state)
				}
				refunds, err := s.Refunds(t.Context(), o.ID, "", "", 10)
				must(t, err)
				if provider == billing.Transfer {
					if len(refunds) != 0 {
						t.Errorf("a transfer waits for a person, and there is %+v", refunds)
					}
				} else if len(refunds) != 1 || refunds[0].Payment != m.ID || refunds[0].Amount != c.fen || refunds[0].State != quartet.RefundSending || s.jobs(billing.JobSendRefund)[refunds[0].ID].ID == "" {
					t.Errorf("refunds %+v", refunds)
				}
				s.audited()
			})
		}
	}
}

func TestReceive_TakesMoneyOfAnAttemptThatWasThoughtOver(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	o := s.ordered("1887-1200")
	m := s.attempted(o, "alipay")
	must(t, s.Lapse(t.Context(), m.ID))
	must(t, s.Lapse(t.Context(), m.ID))
	if got := s.came(m, o.Amount); got.State != quartet.PaymentPaid {
		t.Errorf("payment %+v", got)
	}
	wantCode(t, "to lapse what is paid", s.Lapse(t.Context(), m.ID), quartet.ErrConflict)
	s.audited()
}

func TestAttempt_AsksForMoneyOnceAtAProvider(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ctx := t.Context()
	o := s.ordered("1887-1200")
	first := s.attempted(o, "alipay")
	must(t, s.Show(ctx, first.ID, "https://pay.example/1"))
	again := s.attempted(o, "alipay")
	if again.ID != first.ID || again.Show != "https://pay.example/1" {
		t.Errorf("a second attempt is %+v", again)
	}
	other := s.attempted(o, "wechat")
	if other.ID == first.ID || s.jobs(billing.JobWatchPayment)[other.ID].ID == "" || !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(other.ID) {
		t.Errorf("at another provider it is %+v", other)
	}
	must(t, s.Lapse(ctx, first.ID))
	wantCode(t, "to show what is over", s.Show(ctx, first.ID, "https://pay.example/2"), quartet.ErrConflict)
	if next := s.attempted(o, "alipay"); next.ID == first.ID {
		t.Error("an attempt that is over is given again")
	}
	s.now = noon.Add(30 * time.Minute)
	_, err := s.BeginPayment(ctx, "person zhang", o.ID, "alipay", "qr")
	wantCode(t, "an attempt past its time", err, quartet.ErrConflict)
}

func TestExpire_ClosesWhatNobodyPaid(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ctx := t.Context()
	o := s.ordered("1887-1200")
	m := s.attempted(o, "alipay")
	later, early := errors.AsType[job.Later](s.Expire(ctx, o.ID))
	if !early || later.In != 30*time.Minute {
		t.Errorf("before its time: %v", later)
	}
	s.now = o.PayBy
	wantCode(t, "while an attempt is open", s.Expire(ctx, o.ID), quartet.ErrConflict)
	must(t, s.Lapse(ctx, m.ID))
	must(t, s.Expire(ctx, o.ID))
	must(t, s.Expire(ctx, o.ID))
	if o = s.order(o.ID); o.State != quartet.OrderClosed || o.Why != "timeout" || !o.Closed.Equal(s.now) {
		t.Errorf("order %+v", o)
	}
	paid := s.bought("1887-1200")
	s.now = s.now.Add(time.Hour)
	must(t, s.Expire(ctx, paid.ID))
	if now := s.order(paid.ID); now.State != quartet.OrderPaid {
		t.Errorf("a paid order is %s", now.State)
	}
}

func TestAttempt_ByTransferGivesTheOrderAWeek(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	o := s.ordered("1887-1200")
	s.now = noon.Add(10 * time.Minute)
	s.attempted(o, billing.Transfer)
	week := noon.Add(7 * 24 * time.Hour)
	if o = s.order(o.ID); !o.PayBy.Equal(week) {
		t.Errorf("it may be paid until %s", o.PayBy)
	}
	if j := s.jobs(billing.JobCloseOrder)[o.ID]; !j.NextAt.Equal(week) || j.State != quartet.JobWaiting {
		t.Errorf("it is closed by %+v", j)
	}
	if len(s.jobs(billing.JobWatchPayment)) != 0 {
		t.Error("a bank transfer is watched, though no program can ask the bank")
	}
}

func TestCancel_ClosesAnOpenOrderAlone(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ctx := t.Context()
	o := s.ordered("1887-1200")
	_, err := s.Cancel(ctx, "person li", "other", o.ID)
	wantCode(t, "by another account", err, quartet.ErrNotFound)
	for range 2 {
		if got, err := s.Cancel(ctx, "person zhang", "acme", o.ID); err != nil || got.State != quartet.OrderClosed || got.Why != "cancelled" {
			t.Errorf("%+v, %v", got, err)
		}
	}
	if j := s.jobs(billing.JobCloseOrder)[o.ID]; !j.NextAt.Equal(noon) {
		t.Errorf("its attempts are ended by %+v", j)
	}
	_, err = s.Cancel(ctx, "person zhang", "acme", s.bought("1887-1200").ID)
	wantCode(t, "a paid one", err, quartet.ErrConflict)
}

func TestOrder_AnAccountHasTwentyOpenOnesAtMost(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	var orders []quartet.Order
	for range 20 {
		orders = append(orders, s.ordered("1887-1200"))
	}
	_, err := s.Order(t.Context(), "person zhang", billing.Purchase{Account: "acme", Plan: "1887-6000"})
	wantCode(t, "one more", err, quartet.ErrConflict)
	_, err = s.Order(t.Context(), "person li", billing.Purchase{Account: "other", Plan: "1887-1200"})
	wantCode(t, "of another account", err, "")
	_, err = s.Cancel(t.Context(), "person zhang", "acme", orders[0].ID)
	must(t, err)
	s.ordered("1887-6000")
}
