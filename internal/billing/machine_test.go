package billing_test

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
)

// machine drives one shop through any order of what buyers, providers, operators and calls
// do. Whatever is refused must change nothing, and whatever is repeated nothing more.
type machine struct {
	*shop
	orders, payments, refunds, adjustments []string
	holds                                  []quartet.Hold
	came                                   map[string]quartet.Fen // payment → what was taken, as it was acknowledged
	back                                   map[string]quartet.Fen // refund → what went back, as it was acknowledged
}

// refusals are what a step may answer instead of being done.
var refusals = []quartet.ErrorCode{
	quartet.ErrConflict, quartet.ErrNotFound, quartet.ErrInvalid, quartet.ErrForbidden, quartet.ErrUnsupported, quartet.ErrExhausted, quartet.ErrExpired,
}

// twice does a step and repeats it.
func (m *machine) twice(rt *rapid.T, step func() error) error {
	before := m.world()
	err := step()
	if err != nil && !isLater(err) && !slices.Contains(refusals, quartet.CodeOf(err)) {
		rt.Fatalf("a step failed: %v", err)
	}
	after := m.world()
	if err != nil && after != before {
		rt.Fatalf("a step that was refused (%v) changed\n%s", err, cmp.Diff(before, after))
	}
	_ = step()
	if again := m.world(); again != after {
		rt.Fatalf("a step done twice (%v) changed\n%s", err, cmp.Diff(after, again))
	}
	return err
}

// world is all that stands in the shop.
func (m *machine) world() string {
	m.t.Helper()
	ctx := context.Background()
	orders, err := m.store.Orders(ctx, "", "", "", 1000)
	must(m.t, err)
	text := ""
	for _, o := range orders {
		payments, err := m.store.Payments(ctx, o.ID)
		must(m.t, err)
		text += fmt.Sprintf("%+v\n\t%+v\n", o, payments)
	}
	refunds, err := m.store.Refunds(ctx, "", "", "", 1000)
	must(m.t, err)
	grants, err := m.store.Grants(ctx, "")
	must(m.t, err)
	entries, err := m.store.Entries(ctx, "")
	must(m.t, err)
	adjustments, err := m.store.Adjustments(ctx, "", "", "", 1000)
	must(m.t, err)
	return fmt.Sprintf("%s%+v\n%+v\n%d entries\n%+v", text, refunds, grants, len(entries), adjustments)
}

// some draws one of the things that there are; "" where there is none.
func some(rt *rapid.T, what string, list []string) string {
	if len(list) == 0 {
		return ""
	}
	return rapid.SampledFrom(list).Draw(rt, what)
}

var buyers = []string{"acme", "other"}

func (m *machine) buy(rt *rapid.T) {
	w := billing.Purchase{Account: rapid.SampledFrom(buyers).Draw(rt, "buyer"), Plan: rapid.SampledFrom([]string{"one", "three", "seven"}).Draw(rt, "plan")}
	if rapid.Bool().Draw(rt, "renews") {
		grants, err := m.store.Grants(context.Background(), w.Account)
		must(m.t, err)
		var ids []string
		for _, g := range grants {
			ids = append(ids, g.ID)
		}
		w.Renews = some(rt, "grant", ids)
	}
	o, err := m.Order(context.Background(), "person", w)
	if err == nil {
		m.orders = append(m.orders, o.ID)
	} else if !slices.Contains(refusals, quartet.CodeOf(err)) {
		rt.Fatal(err)
	}
}

// sell buys and pays at once, so that there is something to give back.
func (m *machine) sell(rt *rapid.T) {
	n := len(m.orders)
	m.buy(rt)
	if len(m.orders) == n {
		return
	}
	p := m.attempted(m.order(m.orders[n]), "alipay")
	m.payments = append(m.payments, p.ID)
	m.came[p.ID] = m.shop.came(p, p.Amount).Received
}

// renew buys again, some days later, to move the end of what was bought before.
func (m *machine) renew(rt *rapid.T) {
	id := some(rt, "order", m.orders)
	if id == "" {
		return
	}
	old := m.order(id)
	m.now = m.now.AddDate(0, 0, rapid.SampledFrom([]int{0, 1, 30, 500}).Draw(rt, "days"))
	plan := rapid.SampledFrom([]string{"one", "seven", "short"}).Draw(rt, "plan")
	o, err := m.Order(context.Background(), "person", billing.Purchase{Account: old.Account, Plan: plan, Renews: old.Grant})
	if err != nil {
		return
	}
	m.orders = append(m.orders, o.ID)
	p := m.attempted(o, "alipay")
	m.payments = append(m.payments, p.ID)
	m.came[p.ID] = m.shop.came(p, p.Amount).Received
}

// takeBack asks for a refund and approves it at once.
func (m *machine) takeBack(rt *rapid.T) {
	n := len(m.refunds)
	m.ask(rt)
	if len(m.refunds) == n {
		return
	}
	_ = m.twice(rt, func() error { _, err := m.ApproveRefund(context.Background(), "qian", m.refunds[n]); return err })
}

func (m *machine) trial(rt *rapid.T) {
	account := rapid.SampledFrom(buyers).Draw(rt, "buyer")
	err := m.twice(rt, func() error {
		o, err := m.Trial(context.Background(), "person", account, "", "1887-trial")
		if err == nil {
			m.orders = append(m.orders, o.ID)
		}
		return err
	})
	_ = err // a second one is refused
}

func (m *machine) attempt(rt *rapid.T) {
	order := some(rt, "order", m.orders)
	provider := rapid.SampledFrom([]string{"alipay", "wechat", billing.Transfer}).Draw(rt, "provider")
	_ = m.twice(rt, func() error {
		p, err := m.Attempt(context.Background(), "person", order, provider, "page")
		if err == nil && !slices.Contains(m.payments, p.ID) {
			m.payments = append(m.payments, p.ID)
		}
		return err
	})
}

func (m *machine) receive(rt *rapid.T) {
	id := some(rt, "payment", m.payments)
	if id == "" {
		return
	}
	p, err := m.Payment(context.Background(), id)
	must(m.t, err)
	fen := p.Amount + quartet.Fen(rapid.SampledFrom([]int{0, 0, 0, 0, -1, 1}).Draw(rt, "off by"))
	if m.twice(rt, func() error {
		_, err := m.Receive(context.Background(), p.Provider, billing.Money{Payment: id, Reference: "no-" + id, Received: fen, At: m.now})
		return err
	}) == nil {
		m.came[id] = fen
	}
}

// onOne is a step about one of the things that there are.
func (m *machine) onOne(list *[]string, step func(ctx context.Context, id string) error) func(*rapid.T) {
	return func(rt *rapid.T) {
		if id := some(rt, "which", *list); id != "" {
			_ = m.twice(rt, func() error { return step(context.Background(), id) })
		}
	}
}

func (m *machine) ask(rt *rapid.T) {
	id := some(rt, "order", m.orders)
	if id == "" {
		return
	}
	_ = m.twice(rt, func() error {
		r, err := m.AskRefund(context.Background(), "person", "", id, "not needed")
		if err == nil {
			m.refunds = append(m.refunds, r.ID)
		}
		return err
	})
}

func (m *machine) surplus(rt *rapid.T) {
	id := some(rt, "payment", m.payments)
	if id == "" {
		return
	}
	_ = m.twice(rt, func() error {
		_, err := m.ReturnSurplus(context.Background(), "qian", id, "the buyer asks")
		return err
	})
}

// known lists the refunds that the shop made by itself as well.
func (m *machine) known() {
	list, err := m.store.Refunds(context.Background(), "", "", "", 1000)
	must(m.t, err)
	m.refunds = m.refunds[:0]
	for _, r := range list {
		m.refunds = append(m.refunds, r.ID)
	}
	slices.Sort(m.refunds)
}

// advance takes a refund on from where it stands, so that many come to their end.
func (m *machine) advance(rt *rapid.T) {
	open := slices.DeleteFunc(slices.Clone(m.refunds), func(id string) bool {
		s := m.refund(id).State
		return s == quartet.RefundDone || s == quartet.RefundRejected || s == quartet.RefundGivenUp
	})
	id := some(rt, "open refund", open)
	if id == "" {
		return
	}
	ctx := context.Background()
	gone := rapid.Bool().Draw(rt, "the money went")
	state := m.refund(id).State
	switch {
	case state == quartet.RefundRequested:
		_ = m.twice(rt, func() error { _, err := m.ApproveRefund(ctx, "qian", id); return err })
	case state == quartet.RefundDraining:
		m.settle(rt)
		_ = m.twice(rt, func() error { return m.Drain(ctx, id) })
	case state == quartet.RefundSending && !gone:
		_ = m.twice(rt, func() error { return m.RefundFailed(ctx, "alipay", id, "busy") })
	case state == quartet.RefundFailed && !gone:
		_ = m.twice(rt, func() error { _, err := m.GiveUp(ctx, "qian", id); return err })
	case state == quartet.RefundSending, state == quartet.RefundFailed:
		if m.twice(rt, func() error { return m.Refunded(ctx, "alipay", id, "back-"+id) }) == nil {
			m.back[id] = m.refund(id).Amount
		}
	}
}

func (m *machine) refunded(rt *rapid.T) {
	id := some(rt, "refund", m.refunds)
	if id == "" {
		return
	}
	if m.twice(rt, func() error { return m.Refunded(context.Background(), "alipay", id, "back-"+id) }) != nil {
		return
	}
	switch r := m.refund(id); r.State {
	case quartet.RefundDone:
		m.back[id] = r.Amount
	case quartet.RefundGivenUp: // a person is to look at it
		if r.Reference == "" {
			rt.Fatalf("money went back and %+v does not say so", r)
		}
	default:
		rt.Fatalf("money went back and %+v goes on", r)
	}
}

func (m *machine) use(rt *rapid.T) {
	c := m.call("1887")
	c.Account = rapid.SampledFrom(buyers).Draw(rt, "caller")
	ctx := context.Background()
	var err error
	if rapid.Bool().Draw(rt, "local") {
		err = m.ledger.Charge(ctx, &c, 1, quartet.Claim{})
	} else {
		var h quartet.Hold
		if h, err = m.ledger.Reserve(ctx, quartet.Hold{
			SeqNo: c.SeqNo, Account: c.Account, Credential: "c", Product: "1887", Units: 1, CreatedAt: m.now, Deadline: m.now.Add(time.Minute),
		}); err == nil {
			m.holds = append(m.holds, h)
		}
	}
	if err != nil && !slices.Contains(refusals, quartet.CodeOf(err)) {
		rt.Fatal(err)
	}
}

// settle ends the calls that are under way, half of them with a verdict.
func (m *machine) settle(rt *rapid.T) {
	for i, h := range m.holds {
		c := m.call("1887")
		c.Account, c.SeqNo = h.Account, h.SeqNo
		err := m.ledger.Settle(context.Background(), h, &c, int64(i%2), quartet.Claim{})
		if err != nil && quartet.CodeOf(err) != quartet.ErrHoldGone {
			rt.Fatal(err)
		}
	}
	m.holds = nil
}

func (m *machine) propose(rt *rapid.T) {
	grants, err := m.store.Grants(context.Background(), "")
	must(m.t, err)
	var ids []string
	for _, g := range grants {
		ids = append(ids, g.ID)
	}
	a, err := m.Propose(context.Background(), "zhao", quartet.Adjustment{
		Kind:    rapid.SampledFrom([]quartet.AdjustmentKind{quartet.AdjustGive, quartet.AdjustWithdraw, quartet.AdjustExtend}).Draw(rt, "kind"),
		Account: "", Grant: some(rt, "grant", ids), Units: rapid.Int64Range(1, 3).Draw(rt, "units"),
		Until: m.now.AddDate(0, rapid.IntRange(1, 30).Draw(rt, "months"), 0), Reason: "promised",
	})
	if err == nil {
		m.adjustments = append(m.adjustments, a.ID)
	} else if !slices.Contains(refusals, quartet.CodeOf(err)) {
		rt.Fatal(err)
	}
}

// meddle is an operator at the book of units.
func (m *machine) meddle(rt *rapid.T) {
	grants, err := m.store.Grants(context.Background(), "")
	must(m.t, err)
	if len(grants) == 0 {
		return
	}
	g := rapid.SampledFrom(grants).Draw(rt, "grant")
	ctx := context.Background()
	for name, change := range map[string]func() error{
		"freeze":   func() error { return m.ledger.Freeze(ctx, g.ID, "test") },
		"thaw":     func() error { return m.ledger.Thaw(ctx, g.ID, "test") },
		"withdraw": func() error { return m.ledger.Withdraw(ctx, g.ID, 1, "test") },
	} {
		if rapid.SampledFrom([]string{"freeze", "thaw", "withdraw"}).Draw(rt, "how") != name {
			continue
		}
		err := change()
		if err == nil && g.FrozenFor != "" {
			rt.Fatalf("somebody could %s %+v", name, g)
		}
	}
}

func (m *machine) pass(rt *rapid.T) {
	m.now = m.now.Add(rapid.SampledFrom([]time.Duration{time.Minute, time.Hour, 8 * 24 * time.Hour, 400 * 24 * time.Hour}).Draw(rt, "time"))
}

func TestShop_AnyOrderOfStepsKeepsMoneyAndUnitsExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		m := &machine{shop: quickShop(t, rt), came: map[string]quartet.Fen{}, back: map[string]quartet.Fen{}}
		ctx := context.Background()
		for id, months := range map[string]int{"one": 12, "three": 12, "seven": 12, "short": 1} {
			_, err := m.plans.Add(ctx, "zhao", quartet.Plan{ID: id, Product: "1887", Name: id, Units: int64(len(id)), Price: 9_97, Months: months})
			must(t, err)
		}
		if rapid.Bool().Draw(rt, "few days") {
			must(t, m.SetRefundPolicy(ctx, "zhao", "1887", quartet.RefundPolicy{FullDays: 1, Days: 5}))
		}
		steps := map[string]func(*rapid.T){
			"buy": m.buy, "sell": m.sell, "sell more": m.sell, "take back": m.takeBack, "renew": m.renew, "renew more": m.renew, "advance": m.advance, "advance more": m.advance, "and more": m.advance, "trial": m.trial, "attempt": m.attempt, "attempt again": m.attempt, "receive": m.receive, "receive more": m.receive,
			"lapse":  m.onOne(&m.payments, m.Lapse),
			"cancel": m.onOne(&m.orders, func(ctx context.Context, id string) error { _, err := m.Cancel(ctx, "person", "", id); return err }),
			"expire": m.onOne(&m.orders, m.Expire),
			"ask":    m.ask, "ask again": m.ask, "surplus": m.surplus, "refunded": m.refunded,
			"approve": m.onOne(&m.refunds, func(ctx context.Context, id string) error { _, err := m.ApproveRefund(ctx, "qian", id); return err }),
			"reject": m.onOne(&m.refunds, func(ctx context.Context, id string) error {
				_, err := m.RejectRefund(ctx, "qian", id, "no")
				return err
			}),
			"drain":   m.onOne(&m.refunds, m.Drain),
			"failed":  m.onOne(&m.refunds, func(ctx context.Context, id string) error { return m.RefundFailed(ctx, "alipay", id, "busy") }),
			"resend":  m.onOne(&m.refunds, func(ctx context.Context, id string) error { _, err := m.Resend(ctx, "qian", id); return err }),
			"give up": m.onOne(&m.refunds, func(ctx context.Context, id string) error { _, err := m.GiveUp(ctx, "qian", id); return err }),
			"use":     m.use, "use more": m.use, "settle": m.settle, "propose": m.propose, "meddle": m.meddle, "time passes": m.pass,
			"confirm": m.onOne(&m.adjustments, func(ctx context.Context, id string) error { _, err := m.Confirm(ctx, "qian", id); return err }),
			"":        m.check,
		}
		rt.Repeat(steps)
		m.wayOut(rt)
	})
}
