package market_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"quartet"
	"quartet/internal/billing"
	"quartet/internal/job"
	"quartet/internal/market"
)

func TestInstance_GoesThroughItsLife(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a := h.done(t, created("e1", "o1"))
	if a.State != quartet.InstanceActive || a.Instance == "0" || len(a.AppCode) != 32 {
		t.Fatalf("created: %+v", a)
	}
	in := h.instance(t, a.Instance)
	g := h.grant(t, in.Grant)
	o, err := h.billing.Find(t.Context(), in.Order)
	must(t, err)
	if !g.ExpiresAt.Equal(time.Date(2027, 3, 3, 0, 0, 0, 0, quartet.Shanghai)) || g.Units != 1200 || g.Market() != "yun" || g.Order() != o.ID || o.State != quartet.OrderPaid {
		t.Errorf("grant %+v of order %+v", g, o)
	}
	if paid, err := h.billing.Payments(t.Context(), o.ID); err != nil || len(paid) != 0 {
		t.Errorf("payments %+v, %v", paid, err)
	}
	must(t, h.call(in.Account))

	h.now = h.now.Add(time.Minute)
	h.done(t, about("expire", "e2", "o1"))
	wantCode(t, "a call of what has expired", h.call(in.Account), quartet.ErrExhausted)
	if why := h.ledger.Left(in.Account, "1887", h.now); why != quartet.ErrForbidden {
		t.Errorf("before it calls are told %q", why)
	}
	if g = h.grant(t, in.Grant); g.Left() != 1199 {
		t.Errorf("expiry took units: %+v", g)
	}
	for name, change := range map[string]func() error{
		"thaw":     func() error { return h.ledger.Thaw(t.Context(), g.ID, "by an operator") },
		"withdraw": func() error { return h.ledger.Withdraw(t.Context(), g.ID, 1, "by an operator") },
		"extend":   func() error { return h.ledger.SetExpiry(t.Context(), g.ID, noon.AddDate(9, 0, 0), "by an operator") },
	} {
		wantCode(t, name, change(), quartet.ErrConflict)
	}
	_, err = h.billing.AskRefund(t.Context(), "person zhang", in.Account, in.Order, "bought by mistake")
	wantCode(t, "a refund here of what a market sold", err, quartet.ErrUnsupported)

	h.now = h.now.Add(time.Minute)
	a = h.done(t, about("renew", "e3", "o1").with("expires_on", "2028-03-02"))
	if g = h.grant(t, in.Grant); a.State != quartet.InstanceActive || a.AppCode != "" || !g.ExpiresAt.Equal(time.Date(2028, 3, 3, 0, 0, 0, 0, quartet.Shanghai)) || g.Left() != 1199 {
		t.Errorf("renewed: %+v, %+v", a, g)
	}
	must(t, h.call(in.Account))

	h.now = h.now.Add(time.Minute)
	a = h.done(t, msg{"event_id": "e4", "action": "release", "instance_id": in.ID, "refund": true})
	g, in = h.grant(t, in.Grant), h.instance(t, in.ID)
	if a.State != quartet.InstanceReleased || !in.Refund || g.Left() != 0 || g.Withdrawn != 1198 || g.FrozenFor == "" {
		t.Errorf("released: %+v, %+v, %+v", a, in, g)
	}
	if err := h.call(in.Account); err == nil {
		t.Error("a call uses what was released")
	}
	_, err = h.send(t, about("renew", "e5", "o1").with("expires_on", "2029-03-02"))
	wantCode(t, "to renew what is released", err, quartet.ErrConflict)
	_, err = h.send(t, created("e6", "o1"))
	wantCode(t, "to create anew what is released", err, quartet.ErrConflict)
	h.audited(t)
}

func TestInstance_OfOneBuyerShareAnAccount(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, err := h.accounts.Open(t.Context(), "zhao", "", "武当科技")
	must(t, err)
	one := h.instance(t, h.done(t, created("e1", "o1")).Instance)
	two := h.instance(t, h.done(t, created("e2", "o2")).Instance)
	other := h.instance(t, h.done(t, created("e3", "o3").with("buyer_id", "b2")).Instance)
	if one.Account != two.Account || one.Credential == two.Credential || one.Order == two.Order || other.Account == one.Account {
		t.Errorf("%+v\n%+v\n%+v", one, two, other)
	}
	a, err := h.accounts.Find(t.Context(), one.Account)
	if err != nil || a.Name != "武当科技 (yun)" {
		t.Errorf("%+v, %v", a, err)
	}
	h.audited(t)
}

// Whatever a market sends again, and however much of it at once, it is done once.
func TestMessage_IsDoneOnceHoweverOftenItComes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	steps := []msg{
		created("e1", "o1"), about("expire", "e2", "o1"), about("renew", "e3", "o1").with("expires_on", "2028-03-02"), about("release", "e4", "o1"),
	}
	for _, m := range steps {
		h.now = h.now.Add(time.Second)
		var wg sync.WaitGroup
		answers := make([]market.Answer, 6)
		for i := range answers {
			wg.Go(func() {
				// One that loses the race may be told to come again.
				for range 20 {
					a, err := h.send(t, m)
					if err == nil && a.Instance != "0" {
						answers[i] = a
						return
					}
					if err != nil && quartet.CodeOf(err) != quartet.ErrConflict {
						t.Errorf("%v: %v", m["action"], err)
						return
					}
				}
				t.Errorf("%v is never done", m["action"])
			})
		}
		wg.Wait()
		for _, a := range answers {
			if a != answers[0] {
				t.Errorf("%v: %+v and %+v", m["action"], a, answers[0])
			}
		}
	}
	if list := h.grants(t); len(list) != 1 || list[0].Units != 1200 {
		t.Errorf("grants %+v", list)
	}
	first, last := h.done(t, steps[0]), h.done(t, steps[3])
	if first.State != quartet.InstanceActive || first.AppCode == "" || last.State != quartet.InstanceReleased {
		t.Errorf("a repeat gets %+v, and %+v", first, last)
	}
	for action, want := range map[string]int{"account.open": 1, "credential.issue": 1, "instance.provision": 1, "instance.expire": 1, "instance.renew": 1, "instance.release": 1} {
		if n := h.actions(t, action); n != want {
			t.Errorf("%s is written %d times", action, n)
		}
	}
	h.audited(t)
}

func TestMessage_ThatOvertakesAnotherIsToldSo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, err := h.send(t, about("expire", "e1", "o1"))
	wantCode(t, "to expire what was never created", err, quartet.ErrConflict)
	kept := h.jobs(t)["e1"]
	in := h.instance(t, h.done(t, created("e2", "o1")).Instance)
	h.now = h.now.Add(time.Minute)
	h.done(t, about("renew", "e3", "o1").with("expires_on", "2028-03-02"))
	// What waits from before must not undo what came later, neither by its job nor sent again.
	must(t, h.Handle(t.Context(), kept))
	_, err = h.send(t, about("expire", "e1", "o1"))
	wantCode(t, "what was overtaken", err, quartet.ErrConflict)
	if now := h.instance(t, in.ID); now.State != quartet.InstanceActive {
		t.Errorf("it is %+v", now)
	}
	must(t, h.call(in.Account))
	_, err = h.send(t, created("e4", "o1").with("plan_id", "1887-6000"))
	wantCode(t, "the same order with another plan", err, quartet.ErrConflict)
	if a := h.done(t, created("e5", "o1")); a.Instance != in.ID || len(h.grants(t)) != 1 {
		t.Errorf("the same order in another message: %+v", a)
	}
}

func TestMessage_WaitsForAPlanThatIsMissing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	m := created("e1", "o1").with("plan_id", "1887-900")
	if a := h.done(t, m); a.Instance != "0" || a.State != quartet.InstanceProvisioning || a.AppCode != "" {
		t.Errorf("answer %+v", a)
	}
	kept := h.jobs(t)["e1"]
	wantCode(t, "its job", h.Handle(ctx, kept), quartet.ErrConflict)
	plans := billing.NewCatalogue(h.store, quartet.DefaultLead, func() time.Time { return h.now })
	_, err := plans.Add(ctx, "zhao", quartet.Plan{ID: "1887-900", Product: "1887", Name: "400元/900次", Units: 900, Price: 400_00, Months: 12, From: h.now})
	must(t, err)
	must(t, h.Handle(ctx, kept))
	must(t, h.Handle(ctx, kept))
	a := h.done(t, m)
	if g := h.grant(t, h.instance(t, a.Instance).Grant); a.State != quartet.InstanceActive || g.Units != 900 || len(h.grants(t)) != 1 {
		t.Errorf("%+v, %+v", a, g)
	}
	h.audited(t)
}

func TestInstance_ThatNeverWasActiveIsReleased(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.done(t, created("e1", "o1").with("plan_id", "1887-900"))
	h.now = h.now.Add(time.Second)
	if a := h.done(t, about("release", "e2", "o1").with("refund", true)); a.State != quartet.InstanceReleased {
		t.Errorf("%+v", a)
	}
	must(t, h.Handle(t.Context(), h.jobs(t)["e1"]))
	_, err := h.send(t, created("e1", "o1").with("plan_id", "1887-900"))
	wantCode(t, "its creation", err, quartet.ErrConflict)
	if len(h.grants(t)) != 0 {
		t.Error("something was given")
	}
}

func TestInstance_IsReleasedWholeWhenItsLastCallsHaveEnded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	in := h.instance(t, h.done(t, created("e1", "o1")).Instance)
	held, err := h.ledger.Reserve(ctx, quartet.Hold{
		SeqNo: quartet.SeqNo{Second: h.now.Unix(), N: 9}, Account: in.Account, Credential: "c", Product: "1887", Units: 1, CreatedAt: h.now, Deadline: h.now.Add(time.Minute),
	})
	must(t, err)
	h.now = h.now.Add(time.Second)
	m := about("release", "e2", "o1").with("refund", true)
	if a := h.done(t, m); a.Instance != "0" || a.State != quartet.InstanceReleased {
		t.Errorf("%+v", a)
	}
	if _, waits := errors.AsType[job.Later](h.Handle(ctx, h.jobs(t)["e2"])); !waits {
		t.Error("it is done while a call is under way")
	}
	h.audited(t)
	must(t, h.ledger.Release(ctx, held, &quartet.Call{SeqNo: held.SeqNo, At: h.now, Account: in.Account, Credential: "c", Product: "1887", Code: quartet.CodeDeadline}))
	must(t, h.Handle(ctx, h.jobs(t)["e2"]))
	if a, g := h.done(t, m), h.grant(t, in.Grant); a.Instance != in.ID || g.Withdrawn != 1200 {
		t.Errorf("%+v, %+v", a, g)
	}
	h.audited(t)
}

// A freeze of an operator is there before and after that of the market.
func TestInstance_RenewedStaysFrozenByAnOperator(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	in := h.instance(t, h.done(t, created("e1", "o1")).Instance)
	must(t, h.ledger.Freeze(t.Context(), in.Grant, "by an operator"))
	h.now = h.now.Add(time.Second)
	h.done(t, about("expire", "e2", "o1"))
	wantCode(t, "thaw", h.ledger.Thaw(t.Context(), in.Grant, "by an operator"), quartet.ErrConflict)
	h.now = h.now.Add(time.Second)
	h.done(t, about("renew", "e3", "o1").with("expires_on", "2028-03-02"))
	wantCode(t, "a call", h.call(in.Account), quartet.ErrExhausted)
	must(t, h.ledger.Thaw(t.Context(), in.Grant, "by an operator"))
	must(t, h.call(in.Account))
}

func TestTrial_IsGivenOnceToABuyerOfAMarket(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	trial := func(event, order string) msg {
		return created(event, order).with("plan_id", "1887-trial").with("trial", true).with("expires_on", "")
	}
	in := h.instance(t, h.done(t, trial("e1", "o1")).Instance)
	if g := h.grant(t, in.Grant); !g.Trial || g.Units != 10 || g.Paid != 0 {
		t.Errorf("%+v", g)
	}
	if a := h.done(t, trial("e2", "o2")); a.Instance != "0" {
		t.Errorf("a second one: %+v", a)
	}
	if a := h.done(t, created("e3", "o3").with("trial", true)); a.Instance != "0" {
		t.Errorf("a plan that is no trial: %+v", a)
	}
	h.audited(t)
}

// cut is a desk of money that is killed at its n-th step, before or after it is written.
type cut struct {
	market.Billing
	after bool
}

var errKilled = quartet.Errorf(quartet.ErrUnavailable, "killed")

func (c cut) Provision(ctx context.Context, in quartet.Instance, t billing.Told) (quartet.Instance, error) {
	return c.end(ctx, in, t, c.Billing.Provision)
}

func (c cut) ExpireInstance(ctx context.Context, in quartet.Instance, t billing.Told) (quartet.Instance, error) {
	return c.end(ctx, in, t, c.Billing.ExpireInstance)
}

func (c cut) RenewInstance(ctx context.Context, in quartet.Instance, t billing.Told) (quartet.Instance, error) {
	return c.end(ctx, in, t, c.Billing.RenewInstance)
}

func (c cut) ReleaseInstance(ctx context.Context, in quartet.Instance, t billing.Told) (quartet.Instance, error) {
	return c.end(ctx, in, t, c.Billing.ReleaseInstance)
}

func (c cut) end(ctx context.Context, in quartet.Instance, t billing.Told, do func(context.Context, quartet.Instance, billing.Told) (quartet.Instance, error)) (quartet.Instance, error) {
	if c.after {
		if _, err := do(ctx, in, t); err != nil {
			return in, err
		}
	}
	return in, errKilled
}

// What was cut off half-way is finished by its job, or when the market comes again.
func TestMessage_CutOffHalfWayIsFinishedOnce(t *testing.T) {
	t.Parallel()
	for name, after := range map[string]bool{"before the step": false, "after it": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			dying := h.desk(cut{h.billing, after})
			for _, m := range []msg{
				created("e1", "o1"), about("expire", "e2", "o1"), about("renew", "e3", "o1").with("expires_on", "2028-03-02"), about("release", "e4", "o1"),
			} {
				h.now = h.now.Add(time.Second)
				_, _ = dying.Take(t.Context(), "yun", h.signed(t, m))
				must(t, h.Handle(t.Context(), h.jobs(t)[m["event_id"].(string)]))
				if a := h.done(t, m); a.Instance == "0" {
					t.Errorf("%v: %+v", m["action"], a)
				}
				h.audited(t)
			}
			if list := h.grants(t); len(list) != 1 || list[0].Withdrawn != 1200 {
				t.Errorf("grants %+v", list)
			}
		})
	}
}

// jobs are the keys of the jobs of messages, by the market's own number.
func (h *house) jobs(t testing.TB) map[string]string {
	t.Helper()
	list, err := h.store.Jobs(context.Background(), "", "", 1000)
	must(t, err)
	found := map[string]string{}
	for _, j := range list {
		if j.Kind != market.JobHandle {
			continue
		}
		e, err := h.store.MarketEvent(context.Background(), j.Key)
		must(t, err)
		if strings.Contains(string(e.Sealed), "武当") {
			t.Error("a message is kept in clear")
		}
		found[e.Event] = j.Key
	}
	return found
}
