package usage_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"quartet"
	"quartet/internal/billing"
	"quartet/internal/quota"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
	"quartet/internal/usage"
)

// begun is when every history begins: shortly before the end of a month.
var begun = time.Date(2026, 1, 30, 23, 58, 0, 0, quartet.Shanghai)

// house lives through a history and remembers what it must come to.
type house struct {
	t      *testing.T
	rt     *rapid.T
	store  *store.Store
	ledger *quota.Ledger
	shop   *billing.Desk
	desk   *usage.Desk
	now    time.Time
	seq    uint64
	orders []quartet.Order
	gifts  []string
	holds  []quartet.Hold
	calls  []quartet.Call // charged ones
	final  map[string]quartet.Statement
}

func newHouse(t *testing.T, rt *rapid.T) *house {
	ctx := context.Background()
	h := &house{t: t, rt: rt, now: begun, final: map[string]quartet.Statement{}}
	clock := func() time.Time { return h.now }
	var err error
	o := store.Options{}
	if rapid.IntRange(0, 9).Draw(rt, "engine") == 9 { // few: a database of its own takes long
		o.URL = storetest.Postgres(t)
	} else {
		o.Dir = storetest.Folder(rt)
	}
	h.store, err = store.Open(ctx, o)
	h.must(err)
	_, _, err = h.store.LeaseNode(ctx, "folder", "session", h.now)
	h.must(err)
	h.must(h.store.PutProduct(ctx, quartet.FourElements(), quartet.AuditEntry{}))
	for _, id := range []string{"a", "b"} {
		h.must(h.store.CreateAccount(ctx, quartet.Account{ID: id, Name: id, CreatedAt: h.now}, quartet.AuditEntry{}))
	}
	h.must(h.store.CreatePlan(ctx, quartet.Plan{ID: "short", Product: "1887", Name: "short", Units: 20, Price: 1000, Months: 1, From: h.now.Add(-time.Hour)}, quartet.AuditEntry{}))
	h.ledger, err = quota.New(ctx, h.store, quota.Options{Now: clock})
	h.must(err)
	h.shop = billing.New(h.store, h.ledger, firms{}, clock)
	h.desk = usage.New(usage.Options{Store: h.store, Catalogue: h.store, Numbers: quartet.NewSeqNoCipher([16]byte{}), Now: clock})
	return h
}

// firms are both approved.
type firms struct{}

func (firms) Identity(_ context.Context, account string) (string, error) { return account, nil }

func (h *house) must(err error) {
	if err != nil {
		h.rt.Helper()
		h.rt.Fatal(err)
	}
}

// may lets a step be refused, for what the house refuses.
func (h *house) may(err error) bool {
	h.rt.Helper()
	allowed := []quartet.ErrorCode{quartet.ErrConflict, quartet.ErrExhausted, quartet.ErrExpired, quartet.ErrInvalid, quartet.ErrForbidden, quartet.ErrUnavailable}
	if err != nil && !slices.Contains(allowed, quartet.CodeOf(err)) {
		h.rt.Fatal(err)
	}
	return err == nil
}

func (h *house) grants() (ids []string) {
	list, err := h.store.Grants(context.Background(), "")
	h.must(err)
	for _, g := range list {
		ids = append(ids, g.ID)
	}
	return ids
}

func (h *house) pick(what string, from []string) (string, bool) {
	if len(from) == 0 {
		return "", false
	}
	return rapid.SampledFrom(from).Draw(h.rt, what), true
}

func (h *house) call() quartet.Call {
	h.seq++
	account := rapid.SampledFrom([]string{"a", "a", "b"}).Draw(h.rt, "caller")
	return quartet.Call{
		SeqNo: quartet.SeqNo{Second: h.now.Unix(), N: h.seq}, At: h.now, Account: account, Credential: "c" + account, Product: "1887",
		Code: quartet.CodeOK, Verdict: rapid.SampledFrom([]quartet.Verdict{quartet.Match, quartet.Mismatch}).Draw(h.rt, "verdict"), Source: "registry",
	}
}

func (h *house) steps() map[string]func(*rapid.T) {
	ctx := context.Background()
	return map[string]func(*rapid.T){
		"time passes": func(rt *rapid.T) {
			h.now = h.now.Add(rapid.SampledFrom([]time.Duration{time.Second, 3 * time.Minute, 7 * time.Hour, 5 * 24 * time.Hour}).Draw(rt, "span"))
		},
		"midnight is near": func(*rapid.T) { h.now = quartet.EndOfDay(h.now).Add(-time.Second) },
		"a plan is bought": func(rt *rapid.T) {
			w := billing.Purchase{Account: rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "buyer"), Plan: "short"}
			if len(h.orders) > 0 && rapid.Bool().Draw(rt, "renews") {
				w.Account, w.Renews = h.orders[0].Account, h.order(h.orders[0].ID).Grant
			}
			o, err := h.shop.Order(ctx, "p", w)
			if !h.may(err) {
				return
			}
			m, err := h.shop.BeginPayment(ctx, "p", o.ID, "practice", "page")
			h.must(err)
			_, err = h.shop.Receive(ctx, "practice", billing.Money{Payment: m.ID, Reference: m.ID, Received: o.Amount, At: h.now})
			h.must(err)
			h.orders = append(h.orders, h.order(o.ID))
		},
		"units are given": func(rt *rapid.T) {
			id := fmt.Sprintf("gift-%d", len(h.gifts))
			days := rapid.IntRange(0, 40).Draw(rt, "days")
			h.must(h.ledger.Give(ctx, quartet.Grant{
				ID: id, Account: rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "account"), Units: 9, Origin: "gift", ExpiresAt: quartet.EndOfDay(h.now).AddDate(0, 0, days),
			}, ""))
			h.gifts = append(h.gifts, id)
		},
		"a gift is taken back": func(rt *rapid.T) {
			if id, ok := h.pick("gift", h.gifts); ok {
				h.may(h.ledger.Withdraw(ctx, id, rapid.Int64Range(1, 4).Draw(rt, "units"), ""))
			}
		},
		"an end is moved": func(rt *rapid.T) {
			if id, ok := h.pick("grant", h.grants()); ok {
				h.may(h.ledger.SetExpiry(ctx, id, h.now.Add(time.Duration(rapid.IntRange(-20, 40).Draw(rt, "days"))*24*time.Hour), ""))
			}
		},
		"a call is charged": func(rt *rapid.T) {
			for range rapid.IntRange(1, 5).Draw(rt, "times") {
				c := h.call()
				if units := rapid.Int64Range(0, 3).Draw(rt, "units"); h.may(h.ledger.Charge(ctx, &c, units, quartet.Claim{})) && units > 0 {
					h.calls = append(h.calls, c)
				}
			}
		},
		"a refusal is written late": func(rt *rapid.T) { // it waited until the store was well again
			c := h.call()
			c.SeqNo.Second -= rapid.SampledFrom([]int64{1, 3600, 86400, 31 * 86400}).Draw(rt, "late")
			c.At = time.Unix(c.SeqNo.Second, 0)
			c.Code, c.Verdict = quartet.CodeDeadline, quartet.NoVerdict
			h.ledger.Record(c)
			h.must(h.ledger.Check(ctx))
		},
		"a supplier is asked": func(*rapid.T) {
			c := h.call()
			hold, err := h.ledger.Reserve(ctx, quartet.Hold{SeqNo: c.SeqNo, Account: c.Account, Credential: c.Credential, Product: c.Product, Units: 2, CreatedAt: h.now, Deadline: h.now.Add(time.Minute)})
			if h.may(err) {
				h.holds = append(h.holds, hold)
			}
		},
		"a supplier answers": func(rt *rapid.T) {
			if len(h.holds) == 0 {
				return
			}
			hold := h.holds[0]
			h.holds = h.holds[1:]
			c := quartet.Call{
				SeqNo: hold.SeqNo, At: hold.CreatedAt, Account: hold.Account, Credential: hold.Credential, Product: hold.Product,
				Code: quartet.CodeOK, Verdict: quartet.Match, Source: "s",
			}
			if rapid.Bool().Draw(rt, "verdict") && h.may(h.ledger.Settle(ctx, hold, &c, 2, quartet.Claim{})) {
				h.calls = append(h.calls, c)
				return
			}
			c.Code, c.Verdict = quartet.CodeDeadline, quartet.NoVerdict
			h.must(h.ledger.Release(ctx, hold, &c))
		},
		"money goes back": func(rt *rapid.T) {
			if len(h.orders) == 0 {
				return
			}
			o := rapid.SampledFrom(h.orders).Draw(rt, "order")
			r, err := h.shop.AskRefund(ctx, "p", o.Account, o.ID, "why")
			if !h.may(err) {
				return
			}
			if _, err := h.shop.ApproveRefund(ctx, "qian", r.ID); !h.may(err) {
				return
			}
			_ = h.shop.Drain(ctx, r.ID) // while units are held it waits
		},
		"money has gone back": func(rt *rapid.T) {
			list, err := h.store.Refunds(ctx, "", "", "", 100)
			h.must(err)
			for i := range list {
				r := &list[i]
				_ = h.shop.Drain(ctx, r.ID)
				if rapid.Bool().Draw(rt, "arrives") {
					h.may(h.shop.Refunded(ctx, "practice", r.ID, "R"))
				} else if h.shop.RefundFailed(ctx, "practice", r.ID, "no") == nil {
					_, err := h.shop.GiveUp(ctx, "qian", r.ID)
					h.may(err)
				}
			}
		},
		"days are closed": func(*rapid.T) {
			_, err := h.ledger.CloseDays(ctx, h.store)
			h.must(err)
		},
		"old calls are forgotten": func(*rapid.T) {
			day, err := h.store.LastClosedDay(ctx)
			h.must(err)
			if day >= 0 {
				h.must(h.store.PruneThrough(ctx, day))
				_, err := h.store.PruneCalls(ctx)
				h.must(err)
			}
		},
		"": func(*rapid.T) { h.check() },
	}
}

func (h *house) order(id string) quartet.Order {
	o, err := h.store.Order(context.Background(), id)
	h.must(err)
	return o
}

// check holds every month of every account to the history.
func (h *house) check() {
	ctx := context.Background()
	r, err := quota.Audit(ctx, h.store, true)
	h.must(err)
	if len(r.Differences) > 0 {
		h.rt.Fatalf("the books differ: %v", r.Differences)
	}
	for _, account := range []string{"a", "b"} {
		closing := map[string]int64{} // of the month before
		given := map[string]int64{}
		for month := time.Date(2025, 12, 1, 0, 0, 0, 0, quartet.Shanghai); !h.now.Before(month); month = month.AddDate(0, 1, 0) {
			s, err := h.desk.Statement(ctx, account, month.Format("2006-01"))
			h.must(err)
			h.checkMonth(&s)
			opening := map[string]int64{}
			for _, g := range s.Grants {
				if opening[g.Grant] = g.Opening; g.Opening != closing[g.Grant] {
					h.rt.Fatalf("%s of %s: %+v opens, and the month before closed with %d", account, month, g, closing[g.Grant])
				}
				given[g.Grant] += g.Given
			}
			for id, units := range closing {
				if units != 0 && opening[id] != units {
					h.rt.Fatalf("%s of %s: grant %s is missing", account, month, id)
				}
			}
			clear(closing)
			for _, g := range s.Grants {
				closing[g.Grant] = g.Closing
			}
		}
		grants, err := h.store.Grants(ctx, account)
		h.must(err)
		for _, g := range grants {
			left := g.Left() + g.Held
			if !h.now.Before(g.ExpiresAt) {
				left = 0
			}
			if closing[g.ID] != left || given[g.ID] != g.Units {
				h.rt.Fatalf("grant %+v: the months give %d and leave %d, there are %d", g, given[g.ID], closing[g.ID], left)
			}
		}
	}
}

// checkMonth holds one statement to its own sums and to the calls of the month.
func (h *house) checkMonth(s *quartet.Statement) {
	var byGrant, byRow int64
	for _, g := range s.Grants {
		byGrant += g.Used
		if g.Opening+g.Given+g.Restored-g.Used-g.Withdrawn-g.Expired != g.Closing || min(g.Opening, g.Given, g.Restored, g.Used, g.Withdrawn, g.Expired, g.Closing) < 0 {
			h.rt.Fatalf("%s of %s: %+v does not add up", s.Account, s.From, g)
		}
	}
	for i := range h.calls {
		if c := &h.calls[i]; c.Account == s.Account && c.SeqNo.Second >= s.From.Unix() && c.SeqNo.Second < s.To.Unix() {
			byRow += c.Charged
		}
	}
	if byGrant != byRow || s.Used() != byRow {
		h.rt.Fatalf("%s of %s: %d units by grants, %d by counts, %d by calls", s.Account, s.From, byGrant, s.Used(), byRow)
	}
	key := s.Account + s.From.String()
	earlier, was := h.final[key]
	if was && !s.Final {
		h.rt.Fatalf("%s of %s is not final any more", s.Account, s.From)
	}
	if s.Final {
		same := *s
		same.Made = time.Time{}
		for i := range same.Orders { // where it stands now is no part of the month
			same.Orders[i] = quartet.Order{ID: same.Orders[i].ID, Paid: same.Orders[i].Paid, Units: same.Orders[i].Units, Amount: same.Orders[i].Amount}
		}
		if diff := cmp.Diff(earlier, same); was && diff != "" {
			h.rt.Fatalf("%s of %s changed after it was final:\n%s", s.Account, s.From, diff)
		}
		h.final[key] = same
	}
}

func TestStatement_AddsUpInEveryHistory(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := newHouse(t, rt)
		defer func() { _, _ = h.ledger.Close(), h.store.Close() }()
		rt.Repeat(h.steps())
	})
}
