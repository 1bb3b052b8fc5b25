package billing_test

import (
	"testing"
	"time"

	"quartet"
	"quartet/internal/billing"
)

// renewing is a paid order of acme that renews a grant.
func (s *shop) renewing(plan, grant string) quartet.Order {
	s.t.Helper()
	o, err := s.Order(s.t.Context(), "person zhang", billing.Purchase{Account: "acme", Plan: plan, Renews: grant})
	must(s.t, err)
	s.came(s.attempted(o, "alipay"), o.Amount)
	return s.order(o.ID)
}

func (s *shop) wantEnd(what, grant string, want time.Time) {
	s.t.Helper()
	if got := s.grant(grant).ExpiresAt; !got.Equal(want) {
		s.t.Errorf("%s: it ends %s, want %s", what, got.In(quartet.Shanghai), want)
	}
}

func day(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, quartet.Shanghai)
}

func TestRenewal_RestoresUnitsThatHadExpired(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	old := s.bought("1887-1200")
	s.used(1)
	s.now = noon.AddDate(3, 0, 0)
	if code := s.ledger.Left("acme", "1887", s.now); code != quartet.ErrExpired {
		t.Errorf("after two years: %q", code)
	}
	next := s.renewing("1887-1200", old.Grant)
	s.wantEnd("renewed", old.Grant, day(2031, 3, 3))
	s.wantEnd("what renewed it", next.Grant, day(2031, 3, 3))
	b, err := s.Balance(t.Context(), "acme")
	must(t, err)
	if len(b) != 1 || b[0] != (billing.Balance{Product: "1887", Granted: 2400, Used: 1, Remaining: 2399}) {
		t.Errorf("balance %+v", b)
	}
	c := s.call("1887")
	must(t, s.ledger.Charge(t.Context(), &c, 1, quartet.Claim{}))
	if c.Grant != old.Grant { // it ends on the same day and is older
		t.Errorf("used %s", c.Grant)
	}
	s.audited()
}

func TestRenewal_RefusesWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ctx := t.Context()
	old := s.bought("1887-1200")
	trial, err := s.Trial(ctx, "person zhang", "acme", "p1", "1887-trial")
	must(t, err)
	must(t, s.ledger.Give(ctx, quartet.Grant{ID: "any", Account: "acme", Units: 5, Origin: "gift", ExpiresAt: noon.Add(time.Hour)}, "test"))
	given := s.bought("1887-1200")
	s.approved(given)
	for name, c := range map[string]struct {
		account, grant string
		want           quartet.ErrorCode
	}{
		"another account's":      {"other", old.Grant, quartet.ErrNotFound},
		"a trial":                {"acme", trial.Grant, quartet.ErrInvalid},
		"units of any product":   {"acme", "any", quartet.ErrInvalid},
		"what is being returned": {"acme", given.Grant, quartet.ErrInvalid},
	} {
		_, err := s.Order(ctx, "person zhang", billing.Purchase{Account: c.account, Plan: "1887-1200", Renews: c.grant})
		wantCode(t, name, err, c.want)
	}
}

// Whoever gives a renewal back gives back what it moved, and what calls used only thanks to it.
func TestRefund_OfARenewalTakesItsMoveBack(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ctx := t.Context()
	old := s.bought("1887-1200")
	s.now = noon.AddDate(3, 0, 0)
	next := s.renewing("1887-1200", old.Grant)
	s.used(12)
	if g := s.grant(old.Grant); g.Used != 12 {
		t.Fatalf("the old units were not used first: %+v", g)
	}
	s.now = s.now.Add(time.Hour)
	r := s.approved(next)
	s.wantEnd("while it is given back", old.Grant, day(2028, 3, 3))
	must(t, s.Drain(ctx, r.ID))
	if r = s.refund(r.ID); r.Used != 12 || r.Amount != 495_00 {
		t.Errorf("refund %+v", r)
	}
	s.audited()
	must(t, s.RefundFailed(ctx, "alipay", r.ID, "closed"))
	_, err := s.GiveUp(ctx, "qian", r.ID)
	must(t, err)
	s.wantEnd("given up", old.Grant, day(2031, 3, 3))
	s.audited()
}

func TestRefund_OfOneRenewalLeavesTheOtherInForce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ctx := t.Context()
	old := s.bought("1887-1200")
	s.now = noon.AddDate(1, 0, 0)
	first := s.renewing("1887-1200", old.Grant)
	s.now = noon.AddDate(1, 1, 0)
	second := s.renewing("1887-1200", old.Grant)
	s.wantEnd("renewed twice", old.Grant, day(2029, 4, 3))
	for _, o := range []quartet.Order{first, second} {
		r := s.approved(o)
		must(t, s.Drain(ctx, r.ID))
		must(t, s.Refunded(ctx, "alipay", r.ID, "back"))
		if o.ID == first.ID {
			s.wantEnd("the first is given back", old.Grant, day(2029, 4, 3))
		}
	}
	s.wantEnd("both are given back", old.Grant, day(2028, 3, 3))
	s.audited()
}

// A renewal that is paid while the old units are being given back moves nothing; when they
// are not given back after all, it does.
func TestRenewal_OfUnitsThatAreBeingGivenBackWaits(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ctx := t.Context()
	old := s.bought("1887-1200")
	s.now = noon.AddDate(1, 0, 0)
	o, err := s.Order(ctx, "person zhang", billing.Purchase{Account: "acme", Plan: "1887-1200", Renews: old.Grant})
	must(t, err)
	m := s.attempted(o, "alipay")
	r := s.approved(old)
	if got := s.came(m, o.Amount); got.State != quartet.PaymentPaid {
		t.Errorf("payment %+v", got)
	}
	s.wantEnd("while it is given back", old.Grant, day(2028, 3, 3))
	must(t, s.Drain(ctx, r.ID))
	must(t, s.RefundFailed(ctx, "alipay", r.ID, "closed"))
	_, err = s.GiveUp(ctx, "qian", r.ID)
	must(t, err)
	s.wantEnd("when it is not", old.Grant, day(2029, 3, 3))
	s.audited()
}

// What calls used late is the price of one refund alone, whichever comes first.
func TestRefund_OfARenewalAndOfWhatItRenewedCountsLateUseOnce(t *testing.T) {
	t.Parallel()
	late := func(t *testing.T) (s *shop, old, next quartet.Order) {
		t.Helper()
		s = newShop(t)
		old = s.bought("1887-1200")
		s.now = noon.AddDate(3, 0, 0)
		next = s.renewing("1887-1200", old.Grant)
		s.used(12)
		s.now = s.now.Add(time.Hour)
		return s, old, next
	}
	back := func(s *shop, o quartet.Order, want quartet.Fen) {
		s.t.Helper()
		r := s.approved(o)
		must(s.t, s.Drain(s.t.Context(), r.ID))
		must(s.t, s.Refunded(s.t.Context(), "alipay", r.ID, "back"))
		if r = s.refund(r.ID); r.Amount != want {
			s.t.Errorf("%s goes back, want %s: %+v", r.Amount, want, r)
		}
	}
	t.Run("the renewal first", func(t *testing.T) {
		t.Parallel()
		s, old, next := late(t)
		back(s, next, 495_00)
		s.renewing("1887-1200", old.Grant)
		back(s, old, 500_00)
		s.audited()
	})
	t.Run("what it renewed first", func(t *testing.T) {
		t.Parallel()
		s, old, next := late(t)
		back(s, old, 495_00)
		back(s, next, 500_00)
		s.audited()
	})
}

// An operator who set an earlier end meanwhile keeps no renewal in force that is given back; a
// later one is the house's own promise, and stands.
func TestRefund_OfARenewalTakesItsMoveBackThoughAnOperatorMovedTheEnd(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		moved, want time.Time
		late        int64
	}{
		"later":                       {day(2031, 3, 13), day(2031, 3, 13), 0},
		"earlier":                     {day(2030, 1, 1), day(2028, 3, 3), 12},
		"before the renewal moved it": {day(2028, 1, 1), day(2028, 1, 1), 12},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			ctx := t.Context()
			old := s.bought("1887-1200")
			s.now = noon.AddDate(3, 0, 0)
			next := s.renewing("1887-1200", old.Grant)
			s.used(12)
			must(t, s.ledger.SetExpiry(ctx, old.Grant, c.moved, "by an operator"))
			s.now = s.now.Add(time.Hour)
			r := s.approved(next)
			s.wantEnd("given back", old.Grant, c.want)
			must(t, s.Drain(ctx, r.ID))
			if r = s.refund(r.ID); r.Used != c.late {
				t.Errorf("refund %+v", r)
			}
			s.audited()
		})
	}
}
