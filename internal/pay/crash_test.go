package pay_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"quartet"
	"quartet/internal/billing"
	"quartet/internal/pay"
	"quartet/internal/paysim"
)

var errCut = errors.New("the power is cut")

// cut ends a process at one of its steps: what it does then happens or not, and nothing
// happens after it.
type cut struct {
	mu    sync.Mutex
	left  int  // steps until it
	after bool // that step still happens
	dead  bool
}

func (c *cut) do(step func() error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dead {
		return errCut
	}
	c.left--
	if c.left > 0 {
		return step()
	}
	c.dead = true
	if c.after {
		_ = step()
	}
	return errCut
}

func (c *cut) happened() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dead
}

type cutDesk struct {
	pay.Desk

	cut *cut
}

func (d cutDesk) BeginPayment(ctx context.Context, by, order, provider, method string) (m quartet.Payment, err error) {
	return m, d.cut.do(func() error { m, err = d.Desk.BeginPayment(ctx, by, order, provider, method); return err })
}

func (d cutDesk) Show(ctx context.Context, payment, show string) error {
	return d.cut.do(func() error { return d.Desk.Show(ctx, payment, show) })
}

func (d cutDesk) Receive(ctx context.Context, by string, money billing.Money) (m quartet.Payment, err error) {
	return m, d.cut.do(func() error { m, err = d.Desk.Receive(ctx, by, money); return err })
}

func (d cutDesk) Lapse(ctx context.Context, payment string) error {
	return d.cut.do(func() error { return d.Desk.Lapse(ctx, payment) })
}

func (d cutDesk) Expire(ctx context.Context, order string) error {
	return d.cut.do(func() error { return d.Desk.Expire(ctx, order) })
}

func (d cutDesk) Refunded(ctx context.Context, by, refund, reference string) error {
	return d.cut.do(func() error { return d.Desk.Refunded(ctx, by, refund, reference) })
}

func (d cutDesk) RefundFailed(ctx context.Context, by, refund, why string) error {
	return d.cut.do(func() error { return d.Desk.RefundFailed(ctx, by, refund, why) })
}

type cutStore struct {
	pay.Store

	cut *cut
}

func (s cutStore) PutNotice(ctx context.Context, n quartet.Notice, handle quartet.Job) error {
	return s.cut.do(func() error { return s.Store.PutNotice(ctx, n, handle) })
}

func (s cutStore) ClaimNotice(ctx context.Context, n quartet.Notice, now time.Time) (owner quartet.Notice, err error) {
	return owner, s.cut.do(func() error { owner, err = s.Store.ClaimNotice(ctx, n, now); return err })
}

func (s cutStore) EndNotice(ctx context.Context, id string, state quartet.NoticeState, answer string, now time.Time, e quartet.AuditEntry) error {
	return s.cut.do(func() error { return s.Store.EndNotice(ctx, id, state, answer, now, e) })
}

// doomed is a process that ends at a step.
func (h *house) doomed(step int, after bool) (*pay.Cashier, *cut) {
	c := &cut{left: step, after: after}
	return h.newCashier(cutDesk{h.desk, c}, cutStore{h.store, c}), c
}

// A process that takes a notice ends at each of its steps. What was answered is done, and
// what was kept is done by the job of the notice alone: nobody asks the provider.
func TestNotice_SurvivesTheEndOfTheProcessAtEachStep(t *testing.T) {
	for _, provider := range providers {
		t.Run(provider, func(t *testing.T) {
			h := newHouse(t)
			grants := 0
			for step := 1; ; step++ {
				ended := false
				for _, after := range []bool{false, true} {
					o := h.order()
					m := h.open(o.ID, provider)
					h.pays(m)
					alive := h.cashier
					doomed, power := h.doomed(step, after)
					h.cashier = doomed
					d := h.notices(provider).PaymentNotice(m.ID, paysim.Twist{})
					status, body := h.deliver(provider, d)
					h.cashier = alive
					what := fmt.Sprintf("step %d, after %v", step, after)
					kept, err := h.store.Notices(t.Context(), quartet.NoticeReceived, h.clock.Now().Add(time.Hour), 1)
					must(t, err)
					claimed, err := h.store.Notices(t.Context(), quartet.NoticeClaimed, h.clock.Now().Add(time.Hour), 1)
					must(t, err)
					for _, n := range append(kept, claimed...) {
						must(t, alive.Handle(t.Context(), n.ID))
						must(t, alive.Handle(t.Context(), n.ID)) // a job may run twice
					}
					switch got := h.wantAny(o.ID); {
					case taken(provider, status, body) && got != quartet.OrderPaid:
						t.Errorf("%s: it was answered with thanks, and the order is %s", what, got)
					case (step > 1 || after) && got != quartet.OrderPaid:
						t.Errorf("%s: it was kept, and the order is %s", what, got)
					case got == quartet.OrderPaid:
						grants++
					}
					// It is sent again in any case.
					if status, body := h.deliver(provider, d); !taken(provider, status, body) {
						t.Errorf("%s: sent again it is answered %d %q", what, status, body)
					}
					if step == 1 && !after {
						grants++
					}
					h.wantOrder(o.ID, quartet.OrderPaid)
					ended = ended || power.happened()
				}
				if !ended {
					if step < 5 {
						t.Errorf("the process has %d steps", step-1)
					}
					break
				}
			}
			h.wantGrants(grants)
		})
	}
}

func (h *house) wantAny(order string) quartet.OrderState {
	h.t.Helper()
	o, err := h.desk.Find(h.t.Context(), order)
	must(h.t, err)
	return o.State
}

// Whatever comes in whatever order, however often and with the power cut wherever: in the
// end each order has what it paid for, once, and the providers keep what orders cost.
func TestCashier_EndsRightWhateverHappens(t *testing.T) {
	h := newHouse(t)
	rapid.Check(t, func(r *rapid.T) {
		var orders []quartet.Order
		var attempts []quartet.Payment
		pick := func() (quartet.Payment, bool) {
			if len(attempts) == 0 {
				return quartet.Payment{}, false
			}
			return attempts[rapid.IntRange(0, len(attempts)-1).Draw(r, "which")], true
		}
		orders = append(orders, h.order())
		for range rapid.IntRange(3, 12).Draw(r, "acts") {
			cashier, power := h.doomed(rapid.IntRange(1, 9).Draw(r, "step"), rapid.Bool().Draw(r, "after"))
			switch rapid.IntRange(0, 6).Draw(r, "act") {
			case 0:
				orders = append(orders, h.order())
			case 1, 2:
				o := orders[rapid.IntRange(0, len(orders)-1).Draw(r, "order")]
				provider := rapid.SampledFrom(providers).Draw(r, "provider")
				h.book(provider).Break(paysim.OnOpen, rapid.SampledFrom([]paysim.Fault{"", paysim.Lost, paysim.Down}).Draw(r, "open fault"))
				_, _ = cashier.Open(t.Context(), "li", o.ID, provider, "qr", "")
				list, err := h.desk.Payments(t.Context(), o.ID)
				must(t, err)
				attempts = append(attempts, list...)
			case 3:
				if m, ok := pick(); ok {
					_ = h.book(m.Provider).Pay(m.ID, quartet.Fen(rapid.SampledFrom([]int64{0, 0, 0, int64(price) - 1}).Draw(r, "received")))
				}
			case 4:
				if m, ok := pick(); ok && h.book(m.Provider).StateOf(m.ID) == paysim.Paid {
					d := h.notices(m.Provider).PaymentNotice(m.ID, paysim.Twist{Event: rapid.SampledFrom([]string{"", m.ID}).Draw(r, "event")})
					_, _ = cashier.Take(t.Context(), m.Provider, pay.Raw{Header: d.Header, Body: d.Body, At: h.clock.Now()})
				}
			case 5:
				if m, ok := pick(); ok {
					h.book(m.Provider).Break(paysim.OnRefund, rapid.SampledFrom([]paysim.Fault{"", paysim.Lost, paysim.Garbage}).Draw(r, "refund fault"))
					if asked, err := h.desk.AskRefund(t.Context(), "li", "acme", m.Order, "not needed"); err == nil {
						_, _ = h.desk.ApproveRefund(t.Context(), "wang", asked.ID)
					}
				}
			case 6:
				h.clock.Pass(time.Duration(rapid.IntRange(1, 3000).Draw(r, "seconds")) * time.Second)
				h.workUnder(cashier, power)
			}
		}
		for range 4 {
			h.pass(2 * time.Hour)
		}
		h.clock.Pass(48 * time.Hour)
		h.pass(2 * time.Hour)
		h.pass(2 * time.Hour)
		h.wantBalance(r)
	})
}

// workUnder runs the jobs in a process that may end meanwhile: what it leased stays leased.
func (h *house) workUnder(c *pay.Cashier, power *cut) {
	ctx, now := context.Background(), h.clock.Now()
	do := c.Jobs()
	do[billing.JobDrainRefund] = h.desk.Drain
	jobs, err := h.store.ClaimJobs(ctx, slices.Collect(maps.Keys(do)), now, now.Add(time.Minute), 100)
	must(h.t, err)
	for _, j := range jobs {
		_ = do[j.Kind](h.t.Context(), j.Key)
		if power.happened() {
			return
		}
		j.State, j.NextAt = quartet.JobWaiting, now.Add(time.Second) // it runs once more in any case
		must(h.t, h.store.EndJob(ctx, j))
	}
}

// wantBalance compares what the providers hold with what the orders say.
func (h *house) wantBalance(r *rapid.T) {
	ctx := h.t.Context()
	orders, err := h.desk.Orders(ctx, "acme", "", "", 100000)
	must(h.t, err)
	var kept quartet.Fen
	gave := map[string]string{} // order, by grant
	for _, o := range orders {
		switch o.State {
		case quartet.OrderPaid, quartet.OrderRefunded:
			kept += o.Amount - o.Refunded
			gave[o.Grant] = o.ID
		case quartet.OrderClosed:
		default:
			r.Errorf("order %s is still %s", o.ID, o.State)
		}
		payments, err := h.desk.Payments(ctx, o.ID)
		must(h.t, err)
		for _, m := range payments {
			if m.State == quartet.PaymentOpen || m.State == quartet.PaymentSurplus {
				r.Errorf("payment %s of the %s order %s is still %s", m.ID, o.State, o.ID, m.State)
			}
		}
	}
	if held := h.alipay.Held() + h.wechat.Held(); held != kept {
		r.Errorf("the providers hold %v, the orders say %v", held, kept)
	}
	list, err := h.store.Grants(ctx, "acme")
	must(h.t, err)
	for _, g := range list {
		if order, is := gave[g.ID]; !is || g.Order() != order {
			r.Errorf("grant %+v is of order %q", g, order)
		}
		delete(gave, g.ID)
	}
	if len(gave) > 0 {
		r.Errorf("these gave nothing, or the same: %v", gave)
	}
}
