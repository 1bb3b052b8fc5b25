package storetest

import (
	"testing"
	"time"

	"quartet"
	"quartet/internal/store"
)

// shopOrder writes an order as it stands, with all that hangs on it.
func shopOrder(t *testing.T, s *store.Store, o quartet.Order, p quartet.ShopPostings) {
	t.Helper()
	o.Plan, o.PlanName, o.Product, o.Code, o.Months = "1887-1200", "500元/1200次", "1887", "code"+o.ID, 24
	if o.State != quartet.OrderOpen && o.State != quartet.OrderClosed {
		o.Grant = "grant of " + o.ID
	}
	p.Placed = &o
	must(t, s.PlaceOrder(t.Context(), o.Account, o.Plan, "", func(quartet.Shelf) (quartet.ShopPostings, error) { return p, nil }))
}

// shopSeeded has product 1887, its plans, and the accounts a and b.
func shopSeeded(t *testing.T, open Database) *store.Store {
	t.Helper()
	s := open(t)
	must(t, s.PutProduct(t.Context(), quartet.FourElements(), quartet.AuditEntry{}))
	must(t, s.SeedPlans(t.Context(), quartet.FoundingPlans()))
	addAccounts(t, s, "a", "b")
	return s
}

func ratings(t *testing.T, open Database) {
	s, ctx, none := shopSeeded(t, open), t.Context(), quartet.AuditEntry{}
	paid := func(id string, state quartet.OrderState, at time.Time) {
		shopOrder(t, s, quartet.Order{ID: id, Account: "a", Units: 1200, Amount: 500_00, State: state, Created: at, Paid: at}, quartet.ShopPostings{})
	}
	for id, state := range map[string]quartet.OrderState{"1": quartet.OrderPaid, "2": quartet.OrderRefunding, "3": quartet.OrderRefunded, "4": quartet.OrderOpen} {
		paid(id, state, base)
	}
	paid("5", quartet.OrderPaid, after(-time.Hour)) // at the very edge of the window
	shopOrder(t, s, quartet.Order{ID: "6", Account: "a", Units: 10, Trial: true, State: quartet.OrderPaid, Created: base, Paid: base}, quartet.ShopPostings{})
	same(t, "deals without ratings", value(s.Reputation(ctx, "1887", after(-time.Hour)))(t), quartet.Reputation{Deals: 2})

	first := quartet.Rating{ID: "r1", Order: "1", Account: "a", Product: "1887", Stars: 5, Text: "很好", By: "person zhang", At: base}
	may := func(o quartet.Order) error { return o.Ratable(base) }
	must(t, s.AddRating(ctx, first, may, quartet.AuditEntry{ID: "1", At: base, Actor: "person zhang", Action: "rating.add", Subject: "r1"}))
	twice := first
	twice.ID, twice.Stars = "r9", 1
	wantCode(t, "an order rated twice", s.AddRating(ctx, twice, may, none), quartet.ErrConflict)
	other := quartet.Rating{ID: "r9", Order: "5", Account: "b", Stars: 5, At: base}
	wantCode(t, "an order of another account", s.AddRating(ctx, other, may, none), quartet.ErrNotFound)
	other.Account, other.Order = "a", "3"
	wantCode(t, "an order that was given back", s.AddRating(ctx, other, may, none), quartet.ErrConflict)
	other.Order, other.Stars = "5", 6
	wantCode(t, "six stars", s.AddRating(ctx, other, may, none), quartet.ErrConflict)
	second := quartet.Rating{ID: "r2", Order: "5", Account: "a", Product: "1887", Stars: 2, By: "person li", At: base}
	must(t, s.AddRating(ctx, second, may, none))
	same(t, "newest first", value(s.Ratings(ctx, "1887", "", 9))(t), []quartet.Rating{second, first})
	same(t, "behind one", value(s.Ratings(ctx, "1887", "r2", 9))(t), []quartet.Rating{first})
	same(t, "of an order", value(s.RatingOf(ctx, "a", "1"))(t), first)
	_, err := s.RatingOf(ctx, "b", "1")
	wantCode(t, "of another's order", err, quartet.ErrNotFound)

	answered := second
	answered.Answer, answered.AnsweredBy, answered.Answered = "谢谢", "甲", after(time.Hour)
	must(t, s.AnswerRating(ctx, answered, none))
	answered.HiddenBy, answered.HiddenWhy, answered.Hidden = "乙", "骂人", after(2*time.Hour)
	must(t, s.HideRating(ctx, answered, none))
	wantCode(t, "hidden twice", s.HideRating(ctx, answered, none), quartet.ErrConflict)
	same(t, "answered and hidden", value(s.Rating(ctx, "r2"))(t), answered)
	same(t, "the stars count on", value(s.Reputation(ctx, "1887", after(-time.Hour)))(t), quartet.Reputation{Deals: 2, Ratings: 2, Stars: 7})
	answered.HiddenBy, answered.HiddenWhy, answered.Hidden = "", "", time.Time{}
	must(t, s.HideRating(ctx, answered, none))
	wantCode(t, "shown twice", s.HideRating(ctx, answered, none), quartet.ErrConflict)
	wantCode(t, "none to answer", s.AnswerRating(ctx, quartet.Rating{ID: "none"}, none), quartet.ErrNotFound)
	same(t, "shown again", value(s.Rating(ctx, "r2"))(t), answered)
}

// What a provider or a bank moved for orders, as it is compared and paid back.
func moved(t *testing.T, open Database) {
	s, ctx, none := shopSeeded(t, open), t.Context(), quartet.AuditEntry{}
	houseAccount(t, s)
	payment := func(id, order, provider string, state quartet.PaymentState, at time.Time) quartet.Payment {
		return quartet.Payment{ID: id, Order: order, Provider: provider, Method: "qr", Amount: 500_00, Received: 500_00, State: state, Reference: "R" + id, Created: at, Settled: at}
	}
	refund := func(id, payment, order string, surplus bool, state quartet.RefundState) quartet.Refund {
		return quartet.Refund{ID: id, Order: order, Payment: payment, Surplus: surplus, Amount: 400_00, State: state, Reason: "x", Created: base, Decided: base, Ended: base}
	}
	g := grant("grant of 1", "a", 1200, base)
	g.Product = "1887"
	shopOrder(t, s, quartet.Order{ID: "1", Account: "a", Units: 1200, Amount: 500_00, State: quartet.OrderPaid, Created: base, Paid: base}, quartet.ShopPostings{
		Opened: []quartet.Grant{g},
		Payments: []quartet.Payment{
			payment("p1", "1", "alipay", quartet.PaymentPaid, base), payment("p2", "1", "alipay", quartet.PaymentSurplus, after(time.Hour)),
			payment("p3", "1", "wechat", quartet.PaymentReturned, base), payment("p4", "1", "alipay", quartet.PaymentOpen, base),
		},
		Refunds: []quartet.Refund{refund("f1", "p2", "1", true, quartet.RefundDone), refund("f2", "p1", "1", false, quartet.RefundSending)},
	})
	shopOrder(t, s, quartet.Order{ID: "2", Account: "a", Units: 6000, Amount: 500_00, State: quartet.OrderPaid, Created: base, Paid: base}, quartet.ShopPostings{
		Opened:   []quartet.Grant{grant("grant of 2", "a", 1200, base)}, // not what was bought
		Payments: []quartet.Payment{payment("p5", "2", "alipay", quartet.PaymentPaid, base)},
	})
	paid := func(number, order, state string, at time.Time, granted bool) quartet.Booked {
		return quartet.Booked{Kind: quartet.BillPaid, Number: number, Reference: "R" + number, Order: order, Amount: 500_00, State: state, At: at, Granted: granted}
	}
	one, five := paid("p1", "1", "paid", base, true), paid("p5", "2", "paid", base, false)
	back := quartet.Booked{Kind: quartet.BillRefund, Number: "f1", Order: "1", Amount: 400_00, State: "done", At: base}
	same(t, "what moved in an hour", value(s.Booked(ctx, "alipay", base, after(time.Hour)))(t), []quartet.Booked{one, five, back})
	same(t, "in the next one", value(s.Booked(ctx, "alipay", after(time.Hour), after(2*time.Hour)))(t), []quartet.Booked{paid("p2", "1", "surplus", after(time.Hour), true)})
	sending := back
	sending.Number, sending.State = "f2", "sending"
	open4 := paid("p4", "1", "open", base, true)
	same(t, "by number, in whatever state", value(s.BookedAs(ctx, "alipay", []string{"p4", "f2", "p3", "x"}))(t), []quartet.Booked{open4, sending})

	// A transfer that paid, and one that came too late.
	shopOrder(t, s, quartet.Order{ID: "3", Account: "a", Units: 1200, Amount: 500_00, State: quartet.OrderRefunding, Created: base, Paid: base}, quartet.ShopPostings{
		Payments: []quartet.Payment{payment("t1", "3", "transfer", quartet.PaymentPaid, base), payment("t2", "3", "transfer", quartet.PaymentSurplus, base)},
		Refunds:  []quartet.Refund{refund("g1", "t1", "3", false, quartet.RefundSending), refund("g2", "t2", "3", true, quartet.RefundSending)},
	})
	value(s.ImportTransfers(ctx, []quartet.Transfer{settling("1", "S1", 500_00, "3"), settling("2", "S2", 500_00, "late")}, nil, none))(t)
	must(t, s.SetTransferPayment(ctx, "1", "t1"))
	must(t, s.EndSettling(ctx, "1", quartet.TransferSettled, "", base, none))
	must(t, s.SetTransferPayment(ctx, "2", "t2"))
	must(t, s.EndSettling(ctx, "2", quartet.TransferWaiting, "second", base, none))
	claim := quartet.TransferClaim{ID: "c", Transfer: "2", Act: quartet.ClaimReturn, State: quartet.ClaimProposed, ProposedBy: "甲", Proposed: base}
	must(t, s.ProposeClaim(ctx, claim, none))
	same(t, "refunds of transfers are paid by people", value(s.Payouts(ctx))(t), []quartet.Payout{
		{ID: "g1", Refund: true, Amount: 400_00, Transfer: "1"}, {ID: "g2", Refund: true, Amount: 400_00, Transfer: "2"},
	})
	for i, id := range []string{"g1", "g2"} {
		p := quartet.Payout{ID: id, Refund: true, Amount: 400_00, Serial: "B" + id, EnteredBy: "甲", Entered: base}
		must(t, s.EnterPayout(ctx, p, none))
		p.SeenBy, p.Seen = "乙", base
		must(t, s.SeePayout(ctx, p, []quartet.Job{{ID: "j" + id, Kind: "payout.report", Key: id, NextAt: base, Created: base}}, none))
		same(t, "what is still owed", len(value(s.Payouts(ctx))(t)), 1-i)
	}
	same(t, "what paid stays settled", value(s.Transfer(ctx, "1"))(t).State, quartet.TransferSettled)
	same(t, "the surplus is returned", value(s.Transfer(ctx, "2"))(t).State, quartet.TransferReturned)
	same(t, "and nothing more is to be said of it", len(value(s.TransferClaims(ctx, ""))(t)), 0)
}
