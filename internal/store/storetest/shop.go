package storetest

import (
	"testing"
	"time"

	"quartet"
	"quartet/internal/store"
)

// selling is a store with product 1887, a plan of it, and the accounts a and b.
func selling(t *testing.T, open Database) *store.Store {
	t.Helper()
	s := leased(t, open)
	addAccounts(t, s, "a", "b")
	must(t, s.PutProduct(t.Context(), quartet.FourElements(), quartet.AuditEntry{}))
	must(t, s.CreatePlan(t.Context(), plan("p", base), quartet.AuditEntry{}))
	return s
}

func plan(id string, from time.Time) quartet.Plan {
	return quartet.Plan{ID: id, Product: "1887", Name: "套餐 " + id, Units: 100, Price: 50_00, Months: 24, From: from}
}

// order is an open order of a, with every field that a new one has.
func order(id, code string, created time.Time) quartet.Order {
	return quartet.Order{
		ID: id, Account: "a", Person: "p1", Plan: "p", PlanName: "套餐 p", Product: "1887", Units: 100, Amount: 50_00, Months: 24, Code: code,
		State: quartet.OrderOpen, Created: created, PayBy: created.Add(time.Hour),
	}
}

func place(t *testing.T, s *store.Store, o quartet.Order) error {
	t.Helper()
	return s.PlaceOrder(t.Context(), o.Account, o.Plan, o.Renews, func(quartet.Shelf) (quartet.ShopPostings, error) {
		return quartet.ShopPostings{Placed: &o}, nil
	})
}

// step writes what is given for an order.
func step(t *testing.T, s *store.Store, order string, p quartet.ShopPostings) error {
	t.Helper()
	return s.ChangeOrder(t.Context(), order, func(quartet.OrderBook) (quartet.ShopPostings, error) { return p, nil })
}

func book(t *testing.T, s *store.Store, order string) (b quartet.OrderBook) {
	t.Helper()
	must(t, s.ChangeOrder(t.Context(), order, func(seen quartet.OrderBook) (quartet.ShopPostings, error) {
		b = seen
		return quartet.ShopPostings{Untouched: true}, nil
	}))
	return b
}

// anyway lets a plan change.
func anyway(quartet.Plan, bool) error { return nil }

func plans(t *testing.T, open Database) {
	s, ctx := selling(t, open), t.Context()
	trial := plan("trial", after(time.Hour))
	trial.Trial, trial.Price, trial.Until = true, 0, after(2*time.Hour)
	must(t, s.CreatePlan(ctx, trial, quartet.AuditEntry{}))
	same(t, "by price", value(s.Plans(ctx))(t), []quartet.Plan{trial, plan("p", base)})
	wantCode(t, "an id that is taken", s.CreatePlan(ctx, plan("p", after(time.Hour)), quartet.AuditEntry{}), quartet.ErrConflict)
	foreign := plan("q", base)
	foreign.Product = "9"
	wantCode(t, "of no product", s.CreatePlan(ctx, foreign, quartet.AuditEntry{}), quartet.ErrNotFound)
	must(t, s.SeedPlans(ctx, []quartet.Plan{plan("seed", base)}))
	same(t, "where there are plans nothing is seeded", len(value(s.Plans(ctx))(t)), 2)

	now := after(time.Minute)
	wantCode(t, "a follow-up whose id is taken", s.FollowPlan(ctx, "p", plan("trial", after(time.Hour)), now, anyway, quartet.AuditEntry{}), quartet.ErrConflict)
	same(t, "leaves the old one as it was", value(s.Plans(ctx))(t)[1], plan("p", base))
	must(t, s.FollowPlan(ctx, "p", plan("next", after(time.Hour)), now, anyway, quartet.AuditEntry{}))
	ended := plan("p", base)
	ended.Until = after(time.Hour)
	same(t, "followed", value(s.Plans(ctx))(t), []quartet.Plan{trial, ended, plan("next", after(time.Hour))})
	must(t, s.EndPlan(ctx, "p", now, now, anyway, quartet.AuditEntry{}))
	wantCode(t, "what has ended", s.EndPlan(ctx, "p", after(time.Hour), after(2*time.Minute), anyway, quartet.AuditEntry{}), quartet.ErrConflict)
	wantCode(t, "before it begins", s.EndPlan(ctx, "next", after(time.Hour), now, anyway, quartet.AuditEntry{}), quartet.ErrConflict)
}

func orders(t *testing.T, open Database) {
	s, ctx := selling(t, open), t.Context()
	first, second := order("1", "AAAA", base), order("2", "BBBB", after(time.Minute))
	other := order("3", "CCCC", after(time.Minute))
	other.Account = "b"
	for _, o := range []quartet.Order{first, second, other} {
		must(t, place(t, s, o))
	}
	same(t, "by its id", value(s.Order(ctx, "1"))(t), first)
	same(t, "by its code", value(s.OrderOfCode(ctx, "BBBB"))(t), second)
	same(t, "of all, newest first", value(s.Orders(ctx, "", "", "", 9))(t), []quartet.Order{other, second, first})
	same(t, "of one account", value(s.Orders(ctx, "a", "", "", 9))(t), []quartet.Order{second, first})
	same(t, "a page", value(s.Orders(ctx, "", quartet.OrderOpen, "", 1))(t), []quartet.Order{other})
	same(t, "the next page", value(s.Orders(ctx, "", "", "3", 9))(t), []quartet.Order{second, first})
	same(t, "in a state", len(value(s.Orders(ctx, "", quartet.OrderPaid, "", 9))(t)), 0)
	must(t, s.PlaceOrder(ctx, "a", "p", "", func(shelf quartet.Shelf) (quartet.ShopPostings, error) {
		same(t, "open ones of one account", shelf.Open, 2)
		return quartet.ShopPostings{Untouched: true}, nil
	}))
	taken := order("1", "DDDD", base)
	wantCode(t, "a number that is taken", place(t, s, taken), quartet.ErrConflict)
	taken = order("4", "AAAA", base)
	wantCode(t, "a code that is taken", place(t, s, taken), quartet.ErrConflict)
	for what, o := range map[string]quartet.Order{
		"of no account": {Account: "none", Plan: "p"}, "of no plan": {Account: "a", Plan: "none"}, "of no grant": {Account: "a", Plan: "p", Renews: "none"},
	} {
		wantCode(t, what, place(t, s, o), quartet.ErrNotFound)
	}
	_, err := s.Order(ctx, "9")
	wantCode(t, "an order that is not there", err, quartet.ErrNotFound)
	wantCode(t, "a step of one that is not there", step(t, s, "9", quartet.ShopPostings{}), quartet.ErrNotFound)

	// What is paid has its grant, and nothing else has one: the database says so.
	bare := first
	bare.State, bare.Paid = quartet.OrderPaid, base
	wantCode(t, "paid without a grant", step(t, s, "1", quartet.ShopPostings{Orders: []quartet.Order{bare}}), quartet.ErrConflict)
	bare = first
	bare.Grant = "g"
	wantCode(t, "a grant of what is not paid", step(t, s, "1", quartet.ShopPostings{Orders: []quartet.Order{bare}}), quartet.ErrConflict)
}

// paid is order 1 paid, with what a step of it may write.
func paid(t *testing.T, s *store.Store) (o quartet.Order, m quartet.Payment, g quartet.Grant) {
	t.Helper()
	o = order("1", "AAAA", base)
	must(t, place(t, s, o))
	m = quartet.Payment{ID: "m1", Order: "1", Provider: "alipay", Method: "page", Amount: 50_00, State: quartet.PaymentOpen, Created: base}
	must(t, step(t, s, "1", quartet.ShopPostings{Payments: []quartet.Payment{m}, Jobs: []quartet.Job{{ID: "j1", Kind: "order.close", Key: "1", NextAt: after(time.Hour), Created: base}}}))
	g = grant("g", "a", 100, base)
	g.Product, g.Origin, g.Paid = "1887", quartet.OriginOf("1"), 50_00
	o.State, o.Paid, o.Grant, o.PayBy = quartet.OrderPaid, after(time.Minute), "g", after(2*time.Hour)
	m.State, m.Received, m.Excluded, m.Show, m.Reference, m.Settled = quartet.PaymentPaid, 50_00, 8_00, "https://pay.example", "no 1", after(time.Minute)
	must(t, step(t, s, "1", quartet.ShopPostings{
		Orders: []quartet.Order{o}, Payments: []quartet.Payment{m}, Opened: []quartet.Grant{g},
		Entries: []quartet.Entry{{ID: "e1", Grant: "g", Kind: quartet.EntryGranted, Units: 100, At: base}},
		Audit:   []quartet.AuditEntry{{ID: "a1", At: base, Actor: "x", Action: "order.pay", Subject: "1"}},
	}))
	return o, m, g
}

func orderSteps(t *testing.T, open Database) {
	s, ctx := selling(t, open), t.Context()
	o, m, g := paid(t, s)
	same(t, "the book of an order", book(t, s, "1"), quartet.OrderBook{Order: o, Payments: []quartet.Payment{m}, Grant: g, Policy: quartet.DefaultRefundPolicy()})
	same(t, "a payment", value(s.Payment(ctx, "m1"))(t), m)
	same(t, "payments in a state", value(s.PaymentsIn(ctx, quartet.PaymentPaid, "", 9))(t), []quartet.Payment{m})
	same(t, "its entry of the audit", value(s.AuditEntries(ctx, 9))(t)[0].Action, "order.pay")

	again := m
	again.ID = "m2"
	wantCode(t, "a second payment that pays it", step(t, s, "1", quartet.ShopPostings{Payments: []quartet.Payment{again}}), quartet.ErrConflict)

	r := quartet.Refund{
		ID: "r1", Order: "1", Payment: "m1", State: quartet.RefundRequested, Reason: "误购", AskedBy: "p1", Created: after(time.Hour),
	}
	must(t, step(t, s, "1", quartet.ShopPostings{Refunds: []quartet.Refund{r}}))
	r.State, r.Amount, r.Used, r.DecidedBy, r.Decided, r.Ended, r.Answer, r.Reference = quartet.RefundDone, 40_00, 20, "qian", after(2*time.Hour), after(3*time.Hour), "ok", "back"
	o.State, o.Refunded = quartet.OrderRefunded, 40_00
	g.Withdrawn, g.FrozenAt, g.FrozenFor, g.ExpiresAt = 80, after(2*time.Hour), "r1", after(9*time.Hour)
	must(t, step(t, s, "1", quartet.ShopPostings{
		Refunds: []quartet.Refund{r}, Orders: []quartet.Order{o}, Grants: []quartet.Grant{g},
		Moved: []quartet.Job{{Kind: "order.close", Key: "1", NextAt: after(5 * time.Hour)}},
	}))
	same(t, "a refund", value(s.Refund(ctx, "r1"))(t), r)
	same(t, "refunds in a state", value(s.Refunds(ctx, "1", quartet.RefundDone, "", 9))(t), []quartet.Refund{r})
	same(t, "its grant", value(s.Grants(ctx, "a"))(t), []quartet.Grant{g})
	same(t, "its job", value(s.Jobs(ctx, quartet.JobWaiting, "", 9))(t)[0].NextAt, after(5*time.Hour))
	same(t, "what the audit of units reads", value(s.Books(ctx, true))(t).Bought, []quartet.Bought{
		{Order: "1", Grant: "g", Account: "a", Product: "1887", Units: 100, Amount: 50_00, State: quartet.OrderRefunded, Came: 50_00, Used: 20},
	})
	second := r
	second.ID, second.State = "r2", quartet.RefundSending
	before := book(t, s, "1")
	late := o
	late.Refunded = 0
	wantCode(t, "a second refund of a payment", step(t, s, "1", quartet.ShopPostings{Orders: []quartet.Order{late}, Refunds: []quartet.Refund{second}}), quartet.ErrConflict)
	same(t, "leaves all as it was", book(t, s, "1"), before)
	over := o
	over.Refunded = 50_01
	wantCode(t, "more than was paid", step(t, s, "1", quartet.ShopPostings{Orders: []quartet.Order{over}}), quartet.ErrConflict)
}

// movedJobs: a job that is moved runs again, and whoever runs it now cannot end it.
func movedJobs(t *testing.T, open Database) {
	s, ctx := selling(t, open), t.Context()
	paid(t, s)
	claimed := value(s.ClaimJobs(ctx, []string{"order.close"}, after(time.Hour), after(2*time.Hour), 9))(t)
	same(t, "claimed", len(claimed), 1)
	move := quartet.ShopPostings{Moved: []quartet.Job{{Kind: "order.close", Key: "1", NextAt: after(3 * time.Hour)}}}
	must(t, step(t, s, "1", move))
	ended := claimed[0]
	ended.State, ended.Ended = quartet.JobDone, after(time.Hour)
	wantCode(t, "whoever ran it", s.EndJob(ctx, ended), quartet.ErrConflict)
	claimed = value(s.ClaimJobs(ctx, []string{"order.close"}, after(3*time.Hour), after(4*time.Hour), 9))(t)
	same(t, "claimed again", len(claimed), 1)
	ended = claimed[0]
	ended.State, ended.Ended = quartet.JobDone, after(3*time.Hour)
	must(t, s.EndJob(ctx, ended))
	must(t, step(t, s, "1", move))
	same(t, "what was done waits again", len(value(s.Jobs(ctx, quartet.JobWaiting, "", 9))(t)), 1)

	// What died of its failures begins to count them anew: the next one must not kill it.
	claimed = value(s.ClaimJobs(ctx, []string{"order.close"}, after(3*time.Hour), after(4*time.Hour), 9))(t)
	ended = claimed[0]
	ended.State, ended.Ended, ended.Failed = quartet.JobDead, after(3*time.Hour), 12
	must(t, s.EndJob(ctx, ended))
	must(t, step(t, s, "1", move))
	claimed = value(s.ClaimJobs(ctx, []string{"order.close"}, after(3*time.Hour), after(4*time.Hour), 9))(t)
	same(t, "what was dead runs again", len(claimed), 1)
	same(t, "and has failed not once", claimed[0].Failed, 0)
}

func renewals(t *testing.T, open Database) {
	s, ctx := selling(t, open), t.Context()
	_, _, g := paid(t, s)
	next := order("2", "BBBB", base)
	next.Renews = "g"
	third := order("3", "CCCC", base)
	third.Renews = "g"
	must(t, place(t, s, next))
	must(t, place(t, s, third))
	next.RenewedFrom, next.RenewedTo = after(time.Hour), after(2*time.Hour)
	must(t, step(t, s, "2", quartet.ShopPostings{Orders: []quartet.Order{next}}))
	same(t, "of what renews", book(t, s, "2"), quartet.OrderBook{Order: next, Renewed: g, Siblings: []quartet.Order{third}, Policy: quartet.DefaultRefundPolicy()})
	same(t, "of what is renewed", book(t, s, "1").Renewers, []quartet.Order{next, third})

	// Calls and holds of a span, in days that are closed and in days that are open.
	g.Used, g.Held = 6, 1
	day := quartet.DayOf(base.Unix())
	from, to := quartet.DayStart(day), quartet.DayStart(day+2)
	h := hold(9, "g", "a")
	h.SeqNo.Second = to - 1
	mustPost(t, s, quartet.Postings{Changed: []quartet.Grant{g}, Held: []quartet.Hold{h}, Calls: []quartet.Call{
		charged(call(from-1, 1, "a"), 1), charged(call(from, 2, "a"), 2), charged(call(to-1, 3, "a"), 2), charged(call(to, 4, "a"), 1),
	}})
	late := func(what string) {
		t.Helper()
		used, held, err := s.LateUse(ctx, "g", time.Unix(from, 0), time.Unix(to, 0))
		must(t, err)
		same(t, what, [2]int64{used, held}, [2]int64{4, 1})
	}
	late("all days open")
	must(t, s.CloseDay(ctx, day-1, 1))
	must(t, s.CloseDay(ctx, day, 1))
	late("the first days closed")
}

func trials(t *testing.T, open Database) {
	s := selling(t, open)
	use := func(id, account, identity string) error {
		o := order(id, id, base)
		o.Account, o.State, o.Paid, o.Grant = account, quartet.OrderPaid, base, "grant "+id
		g := grant(o.Grant, account, 100, base)
		return s.PlaceOrder(t.Context(), account, "p", "", func(quartet.Shelf) (quartet.ShopPostings, error) {
			return quartet.ShopPostings{Placed: &o, Opened: []quartet.Grant{g}, Trial: &quartet.TrialUse{Product: "1887", Identity: identity, Account: account, Order: id, At: base}}, nil
		})
	}
	must(t, use("1", "a", "firm"))
	wantCode(t, "by another account of the firm", use("2", "b", "firm"), quartet.ErrConflict)
	must(t, use("3", "b", "other"))
	same(t, "what was refused gave nothing", len(value(s.Grants(t.Context(), ""))(t)), 2)
}

func adjustments(t *testing.T, open Database) {
	s, ctx := selling(t, open), t.Context()
	paid(t, s)
	a := quartet.Adjustment{
		ID: "1", Kind: quartet.AdjustGive, Account: "a", Product: "1887", Units: 5, Until: after(time.Hour), Reason: "赠送", State: quartet.AdjustmentProposed, ProposedBy: "zhao", Proposed: base,
	}
	propose := func(a quartet.Adjustment) error {
		return s.ProposeAdjustment(ctx, a, func(quartet.Grant) (quartet.ShopPostings, error) { return quartet.ShopPostings{Adjusted: &a}, nil })
	}
	must(t, propose(a))
	same(t, "of an account, in a state", value(s.Adjustments(ctx, "a", quartet.AdjustmentProposed, "", 9))(t), []quartet.Adjustment{a})
	same(t, "of another", len(value(s.Adjustments(ctx, "b", "", "", 9))(t)), 0)
	for what, bad := range map[string]quartet.Adjustment{
		"of no account": {ID: "9", Account: "none"}, "of no product": {ID: "9", Account: "a", Product: "9"}, "of no grant": {ID: "9", Account: "a", Grant: "none"},
	} {
		wantCode(t, what, propose(bad), quartet.ErrNotFound)
	}
	decide := func(by string) error {
		return s.DecideAdjustment(ctx, "1", func(a quartet.Adjustment, _ quartet.Grant) (quartet.ShopPostings, error) {
			a.State, a.DecidedBy, a.Decided, a.Grant = quartet.AdjustmentConfirmed, by, after(time.Minute), "g"
			return quartet.ShopPostings{Adjusted: &a}, nil
		})
	}
	wantCode(t, "confirmed by whoever proposed it", decide("zhao"), quartet.ErrConflict)
	must(t, decide("qian"))
	a.State, a.DecidedBy, a.Decided, a.Grant = quartet.AdjustmentConfirmed, "qian", after(time.Minute), "g"
	same(t, "confirmed", value(s.Adjustments(ctx, "a", quartet.AdjustmentConfirmed, "", 9))(t), []quartet.Adjustment{a})
	wantCode(t, "one that is not there", s.DecideAdjustment(ctx, "9", nil), quartet.ErrNotFound)
}

func refundPolicies(t *testing.T, open Database) {
	s, ctx := selling(t, open), t.Context()
	standing, next := quartet.DefaultRefundPolicy(), quartet.RefundPolicy{FullDays: 3, Days: 30}
	same(t, "at first", value(s.RefundPolicy(ctx, "1887"))(t), standing)
	must(t, s.SetRefundPolicy(ctx, "1887", standing, next, quartet.AuditEntry{}))
	same(t, "then", value(s.RefundPolicy(ctx, "1887"))(t), next)
	wantCode(t, "by somebody who saw an older one", s.SetRefundPolicy(ctx, "1887", standing, standing, quartet.AuditEntry{}), quartet.ErrConflict)
	wantCode(t, "of no product", s.SetRefundPolicy(ctx, "9", standing, next, quartet.AuditEntry{}), quartet.ErrNotFound)
}
