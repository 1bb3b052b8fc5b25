package transfer_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"quartet"
	"quartet/internal/billing"
	"quartet/internal/transfer"
)

// teller drives a shop, its own billing behind it, through any order of what buyers, the
// bank, a provider and two treasurers do.
type teller struct {
	*shop
	orders []string
	lines  map[string]string      // of the bank, by serial: a statement may come again
	came   map[string]quartet.Fen // money, by the bank's serial or the payment
	back   map[string]quartet.Fen // refunds of which the provider says that they went
	serial int
}

var treasurers = []string{"甲", "乙"}

// refusable ends the test unless a step was done, or refused for a reason.
func refusable(rt *rapid.T, err error) bool {
	switch quartet.CodeOf(err) {
	case "":
		return true
	case quartet.ErrConflict, quartet.ErrNotFound, quartet.ErrInvalid, quartet.ErrForbidden, quartet.ErrUnsupported:
		return false
	default:
		rt.Fatal(err)
		return false
	}
}

func (m *teller) buy(*rapid.T) { m.orders = append(m.orders, m.order().ID) }

func (m *teller) some(rt *rapid.T) (quartet.Order, bool) {
	if len(m.orders) == 0 {
		return quartet.Order{}, false
	}
	o, err := m.billing.Find(m.t.Context(), rapid.SampledFrom(m.orders).Draw(rt, "order"))
	must(m.t, err)
	return o, true
}

// online pays an order, or one that is paid already, through a provider.
func (m *teller) online(rt *rapid.T) {
	o, ok := m.some(rt)
	if !ok {
		return
	}
	provider := rapid.SampledFrom([]string{"alipay", "wechat"}).Draw(rt, "provider")
	p, err := m.billing.BeginPayment(m.t.Context(), "person zhang", o.ID, provider, "qr")
	if refusable(rt, err) && rapid.Bool().Draw(rt, "at once") {
		m.received(rt, p)
	}
}

func (m *teller) received(rt *rapid.T, p quartet.Payment) {
	fen := p.Amount + quartet.Fen(rapid.SampledFrom([]int64{0, 0, 0, -1}).Draw(rt, "off by"))
	_, err := m.billing.Receive(m.t.Context(), p.Provider, billing.Money{Payment: p.ID, Reference: "no-" + p.ID, Received: fen, At: m.now})
	if refusable(rt, err) {
		m.came[p.ID] = fen
	}
}

// late has money come for any attempt that was ever made.
func (m *teller) late(rt *rapid.T) {
	if o, ok := m.some(rt); ok {
		for _, p := range m.paymentsOf(o.ID) {
			if p.Provider != transfer.Provider && m.came[p.ID] == 0 {
				m.received(rt, p)
				return
			}
		}
	}
}

func (m *teller) paymentsOf(order string) []quartet.Payment {
	list, err := m.billing.Payments(m.t.Context(), order)
	must(m.t, err)
	return list
}

// statement is of a line that names an order, or none; or of one that came before.
func (m *teller) statement(rt *rapid.T) {
	var line string
	if len(m.lines) > 0 && rapid.IntRange(0, 3).Draw(rt, "again") == 0 {
		line = m.lines[rapid.SampledFrom(slices.Sorted(maps.Keys(m.lines))).Draw(rt, "which")]
	} else {
		m.serial++
		serial, remark := fmt.Sprintf("S%d", m.serial), "货款"
		if o, ok := m.some(rt); ok && rapid.Bool().Draw(rt, "named") {
			remark = o.Code
		}
		amount := rapid.SampledFrom([]quartet.Fen{500_00, 500_00, 500_01}).Draw(rt, "amount")
		line = credit(serial, amount.String(), rapid.SampledFrom([]string{firm, firm, "别人"}).Draw(rt, "payer"), remark)
		m.lines[serial], m.came[serial] = line, amount
	}
	file := []byte(statementHead + line)
	shown, err := m.Preview(m.t.Context(), m.house, file)
	must(m.t, err)
	_, err = m.Import(m.t.Context(), "甲", m.house, file, shown.Digest, false)
	must(m.t, err)
}

func (m *teller) transfers() []transfer.View {
	list, err := m.List(m.t.Context(), "", "", 1000)
	must(m.t, err)
	return list
}

func (m *teller) propose(rt *rapid.T) {
	waiting := slices.DeleteFunc(m.transfers(), func(v transfer.View) bool { return v.State != quartet.TransferWaiting })
	if len(waiting) == 0 {
		return
	}
	v := rapid.SampledFrom(waiting).Draw(rt, "transfer")
	act, order := rapid.SampledFrom([]quartet.ClaimAct{quartet.ClaimSettle, quartet.ClaimSettle, quartet.ClaimReturn, quartet.ClaimKeep}).Draw(rt, "act"), ""
	if o, ok := m.some(rt); ok && act == quartet.ClaimSettle {
		order = o.ID
	}
	_, err := m.Propose(m.t.Context(), rapid.SampledFrom(treasurers).Draw(rt, "who"), v.ID, act, order, "看过回单")
	refusable(rt, err)
}

func (m *teller) decide(rt *rapid.T) {
	claims, err := m.Open(m.t.Context())
	must(m.t, err)
	for _, c := range claims {
		who := rapid.SampledFrom(treasurers).Draw(rt, "who")
		if rapid.IntRange(0, 2).Draw(rt, "reject") > 0 {
			_, err = m.Confirm(m.t.Context(), who, c.ID)
		} else {
			_, err = m.Reject(m.t.Context(), who, c.ID, "不对")
		}
		refusable(rt, err)
	}
}

func (m *teller) refund(rt *rapid.T) {
	o, ok := m.some(rt)
	if !ok {
		return
	}
	r, err := m.billing.AskRefund(m.t.Context(), "person zhang", "buyer", o.ID, "不用了")
	if refusable(rt, err) && rapid.Bool().Draw(rt, "approved") {
		_, err = m.billing.ApproveRefund(m.t.Context(), "乙", r.ID)
		refusable(rt, err)
	}
}

// pay has somebody enter the serial of money that is owed.
func (m *teller) pay(rt *rapid.T) {
	owed, err := m.Owed(m.t.Context())
	must(m.t, err)
	if len(owed) > 0 {
		o := rapid.SampledFrom(owed).Draw(rt, "owed")
		_, err = m.Pay(m.t.Context(), rapid.SampledFrom(treasurers).Draw(rt, "who"), o.ID, "B-"+o.ID)
		refusable(rt, err)
	}
}

// jobs does what is due, each job twice.
func (m *teller) jobs() {
	ctx := m.t.Context()
	do := map[string]func(context.Context, string) error{
		transfer.JobSettle: m.Settle, transfer.JobReturn: m.Return, transfer.JobReport: m.Report,
		billing.JobDrainRefund: m.billing.Drain, billing.JobSendRefund: m.send, billing.JobCloseOrder: m.close,
	}
	for range 4 { // one job asks for another
		due, err := m.store.ClaimJobs(ctx, slices.Collect(maps.Keys(do)), m.now, m.now.Add(time.Minute), 100)
		must(m.t, err)
		for _, j := range due {
			must(m.t, do[j.Kind](ctx, j.Key))
			must(m.t, do[j.Kind](ctx, j.Key))
			j.State, j.Ended = quartet.JobDone, m.now
			must(m.t, m.store.EndJob(ctx, j))
		}
	}
}

// cut is a node that dies while transfers settle: each remembers its payment, of which billing
// has not heard yet. Meanwhile somebody may pay the order online.
func (m *teller) cut(rt *rapid.T) {
	ctx := m.t.Context()
	for _, v := range m.transfers() {
		if v.State != quartet.TransferSettling || v.Payment != "" {
			continue
		}
		p, err := m.billing.BeginPayment(ctx, "person zhang", v.Order, transfer.Provider, transfer.Provider)
		if !refusable(rt, err) {
			continue
		}
		must(m.t, m.store.SetTransferPayment(ctx, v.ID, p.ID))
		if rapid.Bool().Draw(rt, "paid online") {
			p, err := m.billing.BeginPayment(ctx, "person zhang", v.Order, "alipay", "qr")
			must(m.t, err)
			m.received(rt, p)
		}
	}
}

// send is the provider sending a refund. What came by transfer people send.
func (m *teller) send(ctx context.Context, id string) error {
	r, err := m.billing.Refund(ctx, id)
	if err != nil || r.State == quartet.RefundDone {
		return err
	}
	p, err := m.billing.Payment(ctx, r.Payment)
	if err != nil || p.Provider == transfer.Provider {
		return err
	}
	m.back[id] = r.Amount
	return m.billing.Refunded(ctx, p.Provider, id, "back-"+id)
}

func (m *teller) close(ctx context.Context, order string) error {
	for _, p := range m.paymentsOf(order) {
		if p.State == quartet.PaymentOpen {
			if err := m.billing.Lapse(ctx, p.ID); err != nil {
				return err
			}
		}
	}
	o, err := m.billing.Find(ctx, order)
	if err != nil || o.State != quartet.OrderOpen {
		return err
	}
	return m.billing.Expire(ctx, order)
}

// check holds all money that came to what became of it, and the grants to the orders.
func (m *teller) check(rt *rapid.T) {
	ctx := m.t.Context()
	var came, sold, surplus, unbooked, orders, returned, done quartet.Fen
	for _, fen := range m.came {
		came += fen
	}
	grants, err := m.store.Grants(ctx, "buyer")
	must(m.t, err)
	given := map[string]quartet.Grant{}
	for _, g := range grants {
		given[g.ID] = g
	}
	for _, id := range m.orders {
		o, err := m.billing.Find(ctx, id)
		must(m.t, err)
		bought := o.State == quartet.OrderPaid || o.State == quartet.OrderRefunding || o.State == quartet.OrderRefunded
		if g, is := given[o.Grant]; is != bought || is && (g.Units != o.Units || g.Order() != o.ID) {
			rt.Fatalf("order %+v has the grant %+v", o, g)
		}
		delete(given, o.Grant)
		var paid int
		for _, p := range m.paymentsOf(id) {
			switch p.State {
			case quartet.PaymentPaid:
				paid++
			case quartet.PaymentSurplus:
				surplus += p.Received
			case quartet.PaymentReturned:
				surplus += p.Received
				returned += p.Received
			default: // no money came
			}
		}
		if bought {
			sold += o.Amount
			orders += o.Refunded
		}
		if (paid == 1) != bought || paid > 1 {
			rt.Fatalf("order %+v is paid %d times", o, paid)
		}
		refunds, err := m.store.Refunds(ctx, id, "", "", 1000)
		must(m.t, err)
		for _, r := range refunds {
			if r.State == quartet.RefundDone {
				done += r.Amount
			}
		}
	}
	if len(given) > 0 {
		rt.Fatalf("nobody bought %+v", given)
	}
	for _, v := range m.transfers() {
		booked := false
		if v.Payment != "" {
			p, err := m.billing.Payment(ctx, v.Payment)
			must(m.t, err)
			booked = p.Received > 0
		}
		if !booked {
			unbooked += v.Amount
		}
	}
	if came != sold+surplus+unbooked || done != orders+returned {
		rt.Fatalf("%s came; orders were sold for %s, %s is surplus, %s waits or went back unbooked; refunds of %s are done, of which %s are of orders and %s of surplus", came, sold, surplus, unbooked, done, orders, returned)
	}
}

// wayOut ends all that is open, by what people and jobs can do: no state is without one.
func (m *teller) wayOut(rt *rapid.T) {
	ctx := m.t.Context()
	end := func(err error) {
		if err != nil {
			rt.Fatalf("there is no way out: %v", err)
		}
	}
	claims, err := m.Open(ctx)
	end(err)
	for _, c := range claims {
		_, err := m.Reject(ctx, "丙", c.ID, "收尾")
		end(err)
	}
	m.now = m.now.Add(8 * 24 * time.Hour) // the time of all orders is over
	m.jobs()
	for _, id := range m.orders {
		refunds, err := m.store.Refunds(ctx, id, quartet.RefundRequested, "", 1000)
		end(err)
		for _, r := range refunds {
			_, err := m.billing.ApproveRefund(ctx, "乙", r.ID)
			end(err)
		}
	}
	for _, v := range m.transfers() {
		if v.State == quartet.TransferWaiting {
			c, err := m.Propose(ctx, "甲", v.ID, quartet.ClaimReturn, "", "退回")
			end(err)
			_, err = m.Confirm(ctx, "乙", c.ID)
			end(err)
		}
	}
	m.jobs()
	owed, err := m.Owed(ctx)
	end(err)
	for _, o := range owed {
		if o.Serial != "" {
			end(m.Drop(ctx, "丙", o.ID))
		}
		for _, by := range treasurers {
			_, err := m.Pay(ctx, by, o.ID, "B-"+o.ID)
			end(err)
		}
	}
	m.jobs()
	m.check(rt)
	for _, v := range m.transfers() {
		if v.State != quartet.TransferSettled && v.State != quartet.TransferReturned && v.State != quartet.TransferKept {
			rt.Fatalf("transfer %+v has not ended", v)
		}
	}
	for _, id := range m.orders {
		o, err := m.billing.Find(ctx, id)
		end(err)
		if o.State != quartet.OrderPaid && o.State != quartet.OrderRefunded && o.State != quartet.OrderClosed {
			rt.Fatalf("order %+v has not ended", o)
		}
		for _, p := range m.paymentsOf(id) {
			if p.State == quartet.PaymentOpen || p.State == quartet.PaymentSurplus {
				rt.Fatalf("payment %+v has not ended", p)
			}
		}
	}
	if owed, err = m.Owed(ctx); err != nil || len(owed) > 0 {
		rt.Fatalf("still owed is %+v, %v", owed, err)
	}
}

// Whatever comes by whatever way, is claimed, refunded and paid back: money in is what orders
// were sold for, what paid nothing, and what waits; each paid order has its grant and each
// grant its order; and all of it can be brought to an end.
func TestMoney_IsWhereTheBooksSayWhateverHappens(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		m := &teller{shop: newShop(t), lines: map[string]string{}, came: map[string]quartet.Fen{}, back: map[string]quartet.Fen{}}
		defer m.store.Close()
		rt.Repeat(map[string]func(*rapid.T){
			"buy": m.buy, "online": m.online, "late": m.late, "statement": m.statement, "statement more": m.statement,
			"propose": m.propose, "propose more": m.propose, "decide": m.decide, "refund": m.refund, "pay": m.pay, "pay more": m.pay,
			"jobs": func(*rapid.T) { m.jobs() }, "jobs more": func(*rapid.T) { m.jobs() }, "cut": m.cut, "cut more": m.cut,
			"time passes": func(rt *rapid.T) {
				m.now = m.now.Add(rapid.SampledFrom([]time.Duration{time.Minute, time.Hour, 8 * 24 * time.Hour}).Draw(rt, "time"))
			},
			"": m.check,
		})
		m.wayOut(rt)
	})
}
