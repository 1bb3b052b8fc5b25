package billing_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"quartet"
	"quartet/internal/billing"
)

func TestTrial_IsPaidAtOnceAndCostsNothing(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	o, err := s.Trial(t.Context(), "person zhang", "acme", "p1", "1887-trial")
	must(t, err)
	g := s.grant(o.Grant)
	if kept := s.order(o.ID); kept.State != quartet.OrderPaid || kept.Amount != 0 || !kept.Trial {
		t.Errorf("order %+v", kept)
	}
	if !g.Trial || g.Units != 10 || g.Product != "1887" || !g.ExpiresAt.Equal(time.Date(2026, 4, 3, 0, 0, 0, 0, quartet.Shanghai)) {
		t.Errorf("grant %+v", g)
	}
	if list, err := s.Payments(t.Context(), o.ID); err != nil || len(list) != 0 {
		t.Errorf("payments %v, %v", list, err)
	}
	s.used(1)
	_, err = s.AskRefund(t.Context(), "person zhang", "acme", o.ID, "once more")
	wantCode(t, "a refund of it", err, quartet.ErrUnsupported)
	s.audited()
}

// A firm that opens a second account has no second trial, and the refusal is written down.
func TestTrial_IsGivenOnceToALegalIdentity(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	var given atomic.Int64
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			_, err := s.Trial(t.Context(), "person zhang", []string{"acme", "rival"}[i%2], "p1", "1887-trial")
			if err == nil {
				given.Add(1)
			} else {
				wantCode(t, "another one", err, quartet.ErrConflict)
			}
		})
	}
	wg.Wait()
	if given.Load() != 1 {
		t.Errorf("%d trials were given", given.Load())
	}
	_, err := s.Trial(t.Context(), "person li", "other", "p2", "1887-trial")
	must(t, err)
	_, err = s.Trial(t.Context(), "person li", "other", "p2", "1887-1200")
	wantCode(t, "what is no trial", err, quartet.ErrUnsupported)
	refused := 0
	entries, err := s.store.AuditEntries(t.Context(), 100)
	must(t, err)
	for _, e := range entries {
		if e.Action == "order.trial_refused" {
			refused++
		}
	}
	if refused != 7 {
		t.Errorf("the audit tells of %d refusals", refused)
	}
	s.audited()
}

func TestTrial_IsForAccountsWhoseFirmIsApproved(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	must(t, s.store.CreateAccount(t.Context(), quartet.Account{ID: "new", Name: "new", CreatedAt: noon}, quartet.AuditEntry{}))
	_, err := s.Trial(t.Context(), "person wu", "new", "p3", "1887-trial")
	wantCode(t, "an account that has not", err, quartet.ErrForbidden)
	_, err = billing.New(s.store, s.ledger, nil, time.Now).Trial(t.Context(), "person wu", "new", "p3", "1887-trial")
	wantCode(t, "a house that proves nobody", err, quartet.ErrUnsupported)
}
