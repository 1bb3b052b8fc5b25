package billing_test

import (
	"strings"
	"testing"
	"time"

	"quartet"
)

// proposed is an adjustment that zhao proposes.
func (s *shop) proposed(a quartet.Adjustment) quartet.Adjustment {
	s.t.Helper()
	a.Reason = "as the buyer was promised"
	a, err := s.Propose(s.t.Context(), "zhao", a)
	must(s.t, err)
	return a
}

func TestAdjustment_IsDoneWhenAnotherOperatorConfirmsIt(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ctx := t.Context()
	a := s.proposed(quartet.Adjustment{Kind: quartet.AdjustGive, Account: "acme", Product: "1887", Units: 50, Until: noon.AddDate(0, 1, 0)})
	for _, self := range []string{"zhao", "Zhao"} {
		_, err := s.Confirm(ctx, self, a.ID)
		wantCode(t, "by whoever proposed it", err, quartet.ErrForbidden)
	}
	if code := s.ledger.Left("acme", "1887", s.now); code != quartet.ErrNotFound {
		t.Errorf("before it is confirmed: %q", code)
	}
	for range 2 {
		got, err := s.Confirm(ctx, "qian", a.ID)
		must(t, err)
		a = got
	}
	g := s.grant(a.Grant)
	if g.Units != 50 || g.Origin != "gift" || g.Product != "1887" || a.DecidedBy != "qian" {
		t.Errorf("grant %+v of %+v", g, a)
	}
	s.used(1)

	_, err := s.Confirm(ctx, "qian", s.proposed(quartet.Adjustment{Kind: quartet.AdjustWithdraw, Grant: a.Grant, Units: 40}).ID)
	must(t, err)
	_, err = s.Confirm(ctx, "qian", s.proposed(quartet.Adjustment{Kind: quartet.AdjustExtend, Grant: a.Grant, Until: noon.AddDate(1, 0, 0)}).ID)
	must(t, err)
	if g = s.grant(a.Grant); g.Withdrawn != 40 || g.Left() != 9 || !g.ExpiresAt.Equal(noon.AddDate(1, 0, 0)) {
		t.Errorf("grant %+v", g)
	}
	s.audited()
}

func TestAdjustment_Refuses(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ctx := t.Context()
	bought, refunding := s.bought("1887-1200"), s.bought("1887-1200")
	late := s.proposed(quartet.Adjustment{Kind: quartet.AdjustExtend, Grant: refunding.Grant, Until: noon.AddDate(5, 0, 0)})
	s.approved(refunding)
	until := noon.AddDate(5, 0, 0)
	for name, c := range map[string]struct {
		a    quartet.Adjustment
		want quartet.ErrorCode
	}{
		"an unknown kind":                  {quartet.Adjustment{Kind: "freeze", Grant: bought.Grant}, quartet.ErrInvalid},
		"an unknown account":               {quartet.Adjustment{Kind: quartet.AdjustGive, Account: "nobody", Units: 1, Until: until}, quartet.ErrNotFound},
		"an unknown product":               {quartet.Adjustment{Kind: quartet.AdjustGive, Account: "acme", Product: "9", Units: 1, Until: until}, quartet.ErrNotFound},
		"an unknown grant":                 {quartet.Adjustment{Kind: quartet.AdjustExtend, Grant: "none", Until: until}, quartet.ErrNotFound},
		"no grant":                         {quartet.Adjustment{Kind: quartet.AdjustExtend, Until: until}, quartet.ErrInvalid},
		"nothing":                          {quartet.Adjustment{Kind: quartet.AdjustGive, Account: "acme", Until: until}, quartet.ErrInvalid},
		"too much":                         {quartet.Adjustment{Kind: quartet.AdjustGive, Account: "acme", Units: 1_000_000_001, Until: until}, quartet.ErrInvalid},
		"a gift that is over":              {quartet.Adjustment{Kind: quartet.AdjustGive, Account: "acme", Units: 1, Until: noon}, quartet.ErrInvalid},
		"an earlier end":                   {quartet.Adjustment{Kind: quartet.AdjustExtend, Grant: bought.Grant, Until: noon.AddDate(1, 0, 0)}, quartet.ErrInvalid},
		"to withdraw what was bought":      {quartet.Adjustment{Kind: quartet.AdjustWithdraw, Grant: bought.Grant, Units: 1}, quartet.ErrConflict},
		"to extend what is being refunded": {quartet.Adjustment{Kind: quartet.AdjustExtend, Grant: refunding.Grant, Until: until}, quartet.ErrConflict},
	} {
		c.a.Reason = "test"
		_, err := s.Propose(ctx, "zhao", c.a)
		wantCode(t, name, err, c.want)
	}
	for name, reason := range map[string]string{"no reason": " ", "a reason without end": strings.Repeat("因", 501)} {
		_, err := s.Propose(ctx, "zhao", quartet.Adjustment{Kind: quartet.AdjustGive, Account: "acme", Units: 1, Until: until, Reason: reason})
		wantCode(t, name, err, quartet.ErrInvalid)
	}
	_, err := s.Confirm(ctx, "qian", late.ID)
	wantCode(t, "to confirm what cannot be done any more", err, quartet.ErrConflict)
	_, err = s.RejectAdjustment(ctx, "zhao", late.ID, "the buyer gives it back")
	must(t, err)
	_, err = s.Confirm(ctx, "qian", late.ID)
	wantCode(t, "to confirm what was rejected", err, quartet.ErrConflict)
	s.audited()
}

func TestBalance_TellsWhatBecameOfEveryUnit(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ctx := t.Context()
	gift := func(id, product string, units int64, end time.Time) {
		must(t, s.ledger.Give(ctx, quartet.Grant{ID: id, Account: "acme", Product: product, Units: units, Origin: "gift", CreatedAt: noon.Add(-time.Hour), ExpiresAt: end}, "test"))
	}
	gift("over", "1887", 100, noon)
	gift("frozen", "1887", 40, noon.AddDate(1, 0, 0))
	gift("open", "1887", 10, noon.AddDate(1, 0, 0))
	gift("any", "", 3, noon.AddDate(1, 0, 0))
	must(t, s.ledger.Freeze(ctx, "frozen", "test"))
	must(t, s.ledger.Withdraw(ctx, "frozen", 5, "test"))
	s.used(2)
	c := s.call("1887")
	_, err := s.ledger.Reserve(ctx, quartet.Hold{SeqNo: c.SeqNo, Account: "acme", Credential: "c", Product: "1887", Units: 1, CreatedAt: noon, Deadline: noon.Add(time.Minute)})
	must(t, err)
	got, err := s.Balance(ctx, "acme")
	must(t, err)
	want := map[string]int64{}
	for _, b := range got {
		if b.Granted != b.Used+b.Held+b.Withdrawn+b.Remaining+b.Frozen+b.Expired {
			t.Errorf("%+v does not add up", b)
		}
		want[b.Product] = b.Granted
	}
	if len(got) != 2 || want[""] != 3 || want["1887"] != 150 || got[1].Expired != 100 || got[1].Frozen != 35 || got[1].Withdrawn != 5 || got[1].Held+got[0].Held != 1 || got[1].Used+got[0].Used != 2 {
		t.Errorf("%+v", got)
	}
}
