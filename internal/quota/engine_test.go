package quota_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"quartet"
	"quartet/internal/quota"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
)

// onBothEngines runs a test on SQLite and on PostgreSQL. open gives the same database
// every time it is called, so a test can go through a restart.
func onBothEngines(t *testing.T, f func(t *testing.T, open func() *store.Store)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		dir := storetest.Folder(t)
		f(t, func() *store.Store { return openStore(t, store.Options{Dir: dir}) })
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		url := storetest.Postgres(t)
		f(t, func() *store.Store { return openStore(t, store.Options{URL: url}) })
	})
}

func openStore(t *testing.T, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.LeaseNode(context.Background(), "folder", fmt.Sprint(time.Now().UnixNano()), time.Now()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func openLedger(t *testing.T, s quota.Store, o quota.Options) *quota.Ledger {
	t.Helper()
	l, err := quota.New(context.Background(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// addAccount makes an account and gives it one grant, named like the account, when units
// are more than none.
func addAccount(t *testing.T, s *store.Store, l *quota.Ledger, id string, units int64) {
	t.Helper()
	ctx := context.Background()
	if err := s.CreateAccount(ctx, quartet.Account{ID: id, Name: id, CreatedAt: time.Now()}, quartet.AuditEntry{}); err != nil {
		t.Fatal(err)
	}
	if units > 0 {
		give(t, l, quartet.Grant{ID: "grant-" + id, Account: id, Units: units})
	}
}

func give(t *testing.T, l *quota.Ledger, g quartet.Grant) {
	t.Helper()
	if g.CreatedAt.IsZero() {
		g.CreatedAt = time.Now()
	}
	if g.ExpiresAt.IsZero() {
		g.ExpiresAt = g.CreatedAt.Add(time.Hour)
	}
	if err := l.Give(context.Background(), g, "test"); err != nil {
		t.Fatal(err)
	}
}

var counter atomic.Uint64

// newCall makes the row of a matched call with a number of its own.
func newCall(account string) quartet.Call {
	now := time.Now()
	return quartet.Call{
		SeqNo: quartet.SeqNo{Second: now.Unix(), N: counter.Add(1)}, At: now, Account: account, Credential: "cred", Product: "1887",
		Code: quartet.CodeOK, Verdict: quartet.Match, Source: "registry", Sent: true,
	}
}

func newHold(account string) quartet.Hold {
	c := newCall(account)
	return quartet.Hold{SeqNo: c.SeqNo, Account: account, Credential: "cred", Product: "1887", Units: 1, CreatedAt: c.At, Deadline: c.At.Add(time.Minute)}
}

func charge(l *quota.Ledger, account string) error {
	c := newCall(account)
	return l.Charge(context.Background(), &c, 1, quartet.Claim{})
}

func mustAudit(t *testing.T, s *store.Store) quota.Report {
	t.Helper()
	r, err := quota.Audit(context.Background(), s, true)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Differences) > 0 {
		t.Fatalf("the audit fails: %v", r.Differences)
	}
	return r
}

func calls(t *testing.T, s *store.Store) map[quartet.SeqNo]quartet.Call {
	t.Helper()
	found := map[quartet.SeqNo]quartet.Call{}
	err := s.Calls(context.Background(), quartet.CallFilter{}, func(c quartet.Call) error {
		if _, twice := found[c.SeqNo]; twice {
			t.Errorf("call %v is listed twice", c.SeqNo)
		}
		found[c.SeqNo] = c
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
