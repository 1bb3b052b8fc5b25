package billing_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"quartet"
	"quartet/internal/job"
	"quartet/internal/quota"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
)

// onBothEngines runs a test on SQLite and on PostgreSQL.
func onBothEngines(t *testing.T, f func(t *testing.T, open func() *store.Store)) {
	t.Helper()
	open := func(t *testing.T, o store.Options) *store.Store {
		t.Helper()
		st, err := store.Open(context.Background(), o)
		must(t, err)
		t.Cleanup(func() { _ = st.Close() })
		return st
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, func() *store.Store { return open(t, store.Options{Dir: storetest.Folder(t)}) })
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, func() *store.Store { return open(t, store.Options{URL: storetest.Postgres(t)}) })
	})
}

// callers ask at once, by charges and by holds, until each was refused or has had its number
// of verdicts, and tell how many they had.
func (s *shop) callers(numbers *atomic.Uint64, each []int) *callers {
	c := &callers{}
	for i, n := range each {
		c.Go(func() {
			for range n {
				call := s.call("1887")
				call.SeqNo.N = numbers.Add(1)
				err := s.serve(call, i%2 == 0)
				if err == nil {
					c.had.Add(1)
				} else if quartet.CodeOf(err) != quartet.ErrExhausted {
					s.t.Errorf("a call: %v", err)
				}
			}
		})
	}
	return c
}

type callers struct {
	sync.WaitGroup
	had atomic.Int64
}

func (s *shop) serve(call quartet.Call, local bool) error {
	ctx := context.Background()
	if local {
		return s.ledger.Charge(ctx, &call, 1, quartet.Claim{})
	}
	h, err := s.ledger.Reserve(ctx, quartet.Hold{
		SeqNo: call.SeqNo, Account: "acme", Credential: "c", Product: "1887", Units: 1, CreatedAt: s.now, Deadline: s.now.Add(time.Minute),
	})
	if err != nil {
		return err
	}
	return s.ledger.Settle(ctx, h, &call, 1, quartet.Claim{})
}

// A refund that is approved in the middle of calls pays back exactly what they did not use,
// whenever it comes.
func TestRefund_InTheMiddleOfCallsIsExact(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, open func() *store.Store) {
		s := shopOf(t, open())
		var numbers atomic.Uint64
		numbers.Store(1 << 20)
		ctx := context.Background()
		_, err := s.plans.Add(ctx, "zhao", quartet.Plan{ID: "few", Product: "1887", Name: "四十次", Units: 40, Price: 9_99, Months: 1})
		must(t, err)
		rapid.Check(t, func(rt *rapid.T) {
			o := s.bought("few")
			r, err := s.AskRefund(ctx, "person zhang", "acme", o.ID, "bought by mistake")
			must(t, err)
			c := s.callers(&numbers, rapid.SliceOfN(rapid.IntRange(1, 8), 1, 6).Draw(rt, "callers"))
			for range rapid.IntRange(0, 400).Draw(rt, "head start") {
				_ = s.ledger.Left("acme", "1887", s.now)
			}
			var approvers sync.WaitGroup
			for range 2 {
				approvers.Go(func() {
					if _, err := s.ApproveRefund(ctx, "qian", r.ID); err != nil && quartet.CodeOf(err) != quartet.ErrConflict {
						t.Errorf("approved: %v", err)
					}
				})
			}
			approvers.Wait()
			for err = s.Drain(ctx, r.ID); isLater(err); {
				err = s.Drain(ctx, r.ID)
			}
			must(t, err)
			early := s.grant(o.Grant).Used
			c.Wait()
			r = s.refund(r.ID)
			if r.State == quartet.RefundSending {
				must(t, s.RefundFailed(ctx, "alipay", r.ID, "busy"))
				must(t, s.Refunded(ctx, "alipay", r.ID, "back"))
			}
			g := s.grant(o.Grant)
			if g.Used != c.had.Load() || r.Used != g.Used || early != g.Used || g.Held != 0 {
				rt.Fatalf("callers had %d, the grant %+v, the refund %+v", c.had.Load(), g, r)
			}
			if want := quartet.DefaultRefundPolicy().Amount(o, g.Used, o.Paid); r.Amount != want {
				rt.Fatalf("%s goes back, want %s", r.Amount, want)
			}
			if r.State == quartet.RefundSending && g.Left() != 0 {
				rt.Fatalf("units are left: %+v", g)
			}
			if r.Amount == 0 { // all was used: nobody may buy on from it
				return
			}
			report, err := quota.Audit(ctx, s.store, true)
			must(t, err)
			if len(report.Differences) > 0 {
				rt.Fatalf("audit: %v", report.Differences)
			}
		})
	})
}

func isLater(err error) bool {
	_, later := errors.AsType[job.Later](err)
	return later
}

// Notices of two payments of one order race with its cancelling: whatever comes first, each
// fen is either the price of the order or goes back.
func TestReceive_RacingWithEverythingKeepsEveryFen(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, open func() *store.Store) {
		s := shopOf(t, open())
		ctx := context.Background()
		for range 12 {
			o := s.ordered("1887-1200")
			payments := []quartet.Payment{s.attempted(o, "alipay"), s.attempted(o, "wechat")}
			var wg sync.WaitGroup
			for _, m := range payments {
				for range 2 {
					wg.Go(func() { s.came(m, o.Amount) })
				}
				wg.Go(func() {
					if err := s.Lapse(ctx, m.ID); err != nil && quartet.CodeOf(err) != quartet.ErrConflict {
						t.Error(err)
					}
				})
			}
			wg.Go(func() {
				if _, err := s.Cancel(ctx, "person zhang", "acme", o.ID); err != nil && quartet.CodeOf(err) != quartet.ErrConflict {
					t.Error(err)
				}
			})
			wg.Wait()
			o = s.order(o.ID)
			list, err := s.Payments(ctx, o.ID)
			must(t, err)
			refunds, err := s.Refunds(ctx, o.ID, "", "", 10)
			must(t, err)
			var kept, back quartet.Fen
			for _, m := range list {
				if m.State == quartet.PaymentPaid {
					kept += m.Received
				}
			}
			for _, r := range refunds {
				back += r.Amount
			}
			paid := quartet.Fen(0)
			if o.State == quartet.OrderPaid {
				paid = o.Amount
			}
			if kept != paid || kept+back != 2*o.Amount {
				t.Errorf("order %+v, payments %+v, refunds %+v", o, list, refunds)
			}
		}
		s.audited()
	})
}

// The trial of an identity, and the number of an order, are kept apart by the database: a
// desk cannot be wrong about them.
func TestOrder_NumbersAreItsOwn(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	first := s.ordered("1887-1200")
	for name, taken := range map[string]quartet.Order{"number": {ID: first.ID, Code: "AAAAAAAA"}, "code": {ID: "20260302000000000000", Code: first.Code}} {
		err := s.store.PlaceOrder(t.Context(), "acme", "1887-1200", "", func(quartet.Shelf) (quartet.ShopPostings, error) {
			o := first
			o.ID, o.Code = taken.ID, taken.Code
			return quartet.ShopPostings{Placed: &o}, nil
		})
		wantCode(t, "a "+name+" that is taken", err, quartet.ErrConflict)
	}
	if next := s.ordered("1887-1200"); next.ID == first.ID || next.Code == first.Code {
		t.Error("two orders have one number")
	}
}
