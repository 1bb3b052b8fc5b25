package quota_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"quartet"
	"quartet/internal/quota"
	"quartet/internal/store"
)

// rule writes a rule of remaining units and has the ledger watch its line.
func rule(t *testing.T, s *store.Store, l *quota.Ledger, account string, units int64) quartet.AlertRule {
	t.Helper()
	r := quartet.AlertRule{ID: "rule-" + account, Account: account, Kind: quartet.AlertRemaining, Units: units, Armed: true, Created: time.Now()}
	if err := s.AddAlertRule(t.Context(), r, 99, quartet.AuditEntry{}); err != nil {
		t.Fatal(err)
	}
	l.Watch(map[string][]quartet.AlertLine{account: {{Rule: r.ID, Units: units}}})
	return r
}

func alerts(t *testing.T, s *store.Store, account string) []quartet.Alert {
	t.Helper()
	list, err := s.Alerts(t.Context(), account, "", 99)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// wantAlerts compares how often a rule fired, and that each has its job.
func wantAlerts(t *testing.T, s *store.Store, account string, want int) []quartet.Alert {
	t.Helper()
	list := alerts(t, s, account)
	jobs, err := s.Jobs(t.Context(), "", "", 99)
	if err != nil {
		t.Fatal(err)
	}
	telling := 0
	for i := range jobs {
		if jobs[i].Kind == quartet.JobAlertTell {
			telling++
		}
	}
	if len(list) != want || telling != want {
		t.Fatalf("%d alerts with %d jobs, want %d of each: %+v", len(list), telling, want, list)
	}
	return list
}

func TestWatch_FiresOnceWhen64CallersCrossALine(t *testing.T) {
	onBothEngines(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		l := openLedger(t, s, quota.Options{})
		addAccount(t, s, l, "a", 1000)
		rule(t, s, l, "a", 500)
		var callers sync.WaitGroup
		for range 64 {
			callers.Go(func() {
				for range 15 {
					if err := charge(l, "a"); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		callers.Wait()
		a := wantAlerts(t, s, "a", 1)[0]
		if a.Line != 500 || a.Value > 500 || a.Base <= 500 || a.Account != "a" || a.Kind != quartet.AlertRemaining {
			t.Errorf("the alert says %+v", a)
		}
	})
}

func TestWatch_FiresInTheTransactionThatCharges(t *testing.T) {
	onBothEngines(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		l := openLedger(t, s, quota.Options{})
		addAccount(t, s, l, "a", 10)
		rule(t, s, l, "a", 8)
		for left := int64(9); left >= 0; left-- {
			if err := charge(l, "a"); err != nil {
				t.Fatal(err)
			}
			want := 0
			if left <= 8 {
				want = 1
			}
			wantAlerts(t, s, "a", want) // the moment the charge returns
		}
	})
}

func TestWatch_FiresWhenAHoldIsSettledAndNotBefore(t *testing.T) {
	onBothEngines(t, func(t *testing.T, open func() *store.Store) {
		ctx, s := context.Background(), open()
		l := openLedger(t, s, quota.Options{})
		addAccount(t, s, l, "a", 2)
		give(t, l, quartet.Grant{ID: "later", Account: "a", Units: 3, ExpiresAt: time.Now().Add(2 * time.Hour)})
		rule(t, s, l, "a", 4)
		hold, err := l.Reserve(ctx, newHold("a"))
		if err != nil {
			t.Fatal(err)
		}
		wantAlerts(t, s, "a", 0)
		released, err := l.Reserve(ctx, newHold("a"))
		if err != nil {
			t.Fatal(err)
		}
		c := newCall("a")
		c.SeqNo = released.SeqNo
		if err := l.Release(ctx, released, &c); err != nil {
			t.Fatal(err)
		}
		wantAlerts(t, s, "a", 0)
		c = newCall("a")
		c.SeqNo = hold.SeqNo
		if err := l.Settle(ctx, hold, &c, 1, quartet.Claim{}); err != nil {
			t.Fatal(err)
		}
		wantAlerts(t, s, "a", 1)
		mustAudit(t, s)
	})
}

func TestWatch_IsArmedAgainByANewGrant(t *testing.T) {
	onBothEngines(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		l := openLedger(t, s, quota.Options{})
		addAccount(t, s, l, "a", 3)
		rule(t, s, l, "a", 1)
		use := func(n int) {
			for range n {
				if err := charge(l, "a"); err != nil {
					t.Fatal(err)
				}
			}
		}
		use(2)
		wantAlerts(t, s, "a", 1)
		use(1)
		wantAlerts(t, s, "a", 1)
		give(t, l, quartet.Grant{ID: "more", Account: "a", Units: 3})
		use(2)
		wantAlerts(t, s, "a", 2)
	})
}

func TestWatch_CountsOnlyUnitsThatCallsOfTheProductMayUse(t *testing.T) {
	onBothEngines(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		l := openLedger(t, s, quota.Options{})
		addAccount(t, s, l, "a", 3)
		give(t, l, quartet.Grant{ID: "other", Account: "a", Product: "1888", Units: 100})
		give(t, l, quartet.Grant{ID: "frozen", Account: "a", Units: 100})
		if err := l.Freeze(t.Context(), "frozen", "test"); err != nil {
			t.Fatal(err)
		}
		r := rule(t, s, l, "a", 2)
		l.Watch(map[string][]quartet.AlertLine{"a": {{Rule: r.ID, Product: "1887", Units: 2}}})
		if err := charge(l, "a"); err != nil {
			t.Fatal(err)
		}
		if a := wantAlerts(t, s, "a", 1)[0]; a.Value != 2 || a.Base != 3 {
			t.Errorf("the alert says %+v", a)
		}
	})
}

// A grant that is taken back is seen alone, beside which others stand.
func TestWatch_IsNotMisledByAWithdrawal(t *testing.T) {
	onBothEngines(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		l := openLedger(t, s, quota.Options{})
		addAccount(t, s, l, "a", 100)
		give(t, l, quartet.Grant{ID: "gift", Account: "a", Units: 20})
		rule(t, s, l, "a", 10)
		if err := l.Withdraw(t.Context(), "gift", 15, "test"); err != nil {
			t.Fatal(err)
		}
		wantAlerts(t, s, "a", 0)
	})
}
