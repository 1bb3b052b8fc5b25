package billing

import (
	"context"
	"time"

	"quartet"
	"quartet/internal/job"
)

// Told is what a cloud market says about one of its instances.
type Told struct {
	By     string    // who the audit says it was
	Event  string    // our id of the message, which the step ends
	Came   time.Time // when the message came
	Until  time.Time // first instant at which its units cannot be used any more; zero: as the plan says
	Refund bool      // the market gives the money back
}

// Provision gives what a market sold: an order that is paid without any payment, since the
// market has the money, and its grant, in the transaction in which the instance becomes
// active and the message is done. However often it is tried, it happens once. The account is
// the instance's own. A plan that has ended since it was sold is given all the same, and so
// are the units of an account that is suspended, of which it has no use meanwhile.
// ErrNotFound: no such plan or account; ErrConflict: the instance is not what it was; a trial
// that is none, or that this buyer had before.
func (d *Desk) Provision(ctx context.Context, in quartet.Instance, t Told) (quartet.Instance, error) {
	var done quartet.Instance
	w := Purchase{Account: in.Account, Plan: in.Plan, market: in.Market}
	err := d.place(ctx, w, func(s quartet.Shelf, p *quartet.ShopPostings) error {
		now := d.now()
		if s.Plan.Trial != in.Trial {
			return quartet.Errorf(quartet.ErrConflict, "the market and plan %s do not agree whether it is a trial; correct what the market sells", in.Plan)
		}
		if !t.Until.IsZero() && !t.Until.After(now) {
			return quartet.Errorf(quartet.ErrConflict, "this instance would have expired before it begins")
		}
		o := newOrder(s.Plan, w, now)
		o.PayBy = now
		granted(&o, p, now)
		g := &p.Opened[0]
		g.Origin = quartet.OriginAt(in.Market, o.ID)
		if !t.Until.IsZero() {
			g.ExpiresAt, p.Entries[0].Until = t.Until, t.Until
		}
		if o.Trial {
			p.Trial = &quartet.TrialUse{Product: o.Product, Identity: "account " + in.Account, Account: in.Account, Order: o.ID, At: now}
		}
		p.Placed = &o
		done = in
		done.Order, done.Grant = o.ID, g.ID
		d.become(p, &done, quartet.InstanceActive, t, "instance.provision", "order "+o.ID+", plan "+o.Plan)
		return nil
	})
	return done, err
}

// become writes the step by which an instance becomes what it is from now on.
func (d *Desk) become(p *quartet.ShopPostings, in *quartet.Instance, s quartet.InstanceState, t Told, action, detail string) {
	now, before := d.now(), in.State
	in.State = s
	if t.Came.After(in.Told) {
		in.Told = t.Came
	}
	p.Step = &quartet.InstanceStep{Instance: *in, Event: t.Event, At: now}
	p.Audit = append(p.Audit, entry(now, t.By, action, in.ID, detail, state{State: before}, state{State: s, Grant: in.Grant}))
}

// marketFreeze is for whom a market freezes a grant. One that somebody else had frozen
// before stays so when the market has ended its own freeze.
func marketFreeze(in *quartet.Instance, over bool) string {
	if over {
		return "instance " + in.ID + " over another freeze"
	}
	return "instance " + in.ID
}

// stepInstance takes an instance that has its order one step on.
func (d *Desk) stepInstance(ctx context.Context, in quartet.Instance, a quartet.MarketAction, t Told, decide func(*quartet.OrderBook, *quartet.ShopPostings)) (quartet.Instance, error) {
	err := d.step(ctx, in.Order, func(b *quartet.OrderBook, p *quartet.ShopPostings) error {
		if b.Instance.ID != in.ID {
			return quartet.Errorf(quartet.ErrNotFound, "this order belongs to no instance")
		}
		if err := b.Instance.Refuses(a, t.Came); err != nil {
			return err
		}
		decide(b, p)
		in = b.Instance
		return nil
	})
	return in, err
}

// RenewInstance moves the end of what a market sold, to a later day or, where the market took
// a renewal back, to an earlier one, and thaws what ExpireInstance froze. ErrConflict: it is
// released, or a later message is done.
func (d *Desk) RenewInstance(ctx context.Context, in quartet.Instance, t Told) (quartet.Instance, error) {
	return d.stepInstance(ctx, in, quartet.MarketRenew, t, func(b *quartet.OrderBook, p *quartet.ShopPostings) {
		g, i, now := &b.Grant, &b.Instance, d.now()
		before := *g
		if !g.ExpiresAt.Equal(t.Until) {
			g.ExpiresAt = t.Until
			p.Entries = append(p.Entries, ending(g, quartet.EntryExpiry, 0, "renewed at market "+i.Market, now))
		}
		switch g.FrozenFor {
		case marketFreeze(i, false):
			g.FrozenAt, g.FrozenFor = time.Time{}, ""
			p.Entries = append(p.Entries, note(g.ID, quartet.EntryThawed, 0, "renewed at market "+i.Market, now))
		case marketFreeze(i, true):
			g.FrozenFor = ""
		}
		if *g != before {
			p.Grants = append(p.Grants, *g)
		}
		d.become(p, i, quartet.InstanceActive, t, "instance.renew", "until "+t.Until.In(quartet.Shanghai).Format(time.RFC3339))
	})
}

// ExpireInstance freezes what a market sold: no call takes a unit any more, none is taken
// away, and nobody but the market thaws it. ErrConflict: as RenewInstance.
func (d *Desk) ExpireInstance(ctx context.Context, in quartet.Instance, t Told) (quartet.Instance, error) {
	return d.stepInstance(ctx, in, quartet.MarketExpire, t, func(b *quartet.OrderBook, p *quartet.ShopPostings) {
		freezeInstance(b, p, d.now())
		d.become(p, &b.Instance, quartet.InstanceFrozen, t, "instance.expire", "order "+b.Order.ID)
	})
}

func freezeInstance(b *quartet.OrderBook, p *quartet.ShopPostings, now time.Time) {
	g, i := &b.Grant, &b.Instance
	switch {
	case g.FrozenFor != "":
		return
	case g.FrozenAt.IsZero():
		g.FrozenAt, g.FrozenFor = now, marketFreeze(i, false)
		p.Entries = append(p.Entries, note(g.ID, quartet.EntryFrozen, 0, "ended at market "+i.Market, now))
	default:
		g.FrozenFor = marketFreeze(i, true)
	}
	p.Grants = append(p.Grants, *g)
}

// ReleaseInstance ends what a market sold for good: it is frozen and what nobody used is
// withdrawn. Where the market gives the money back the order counts as refunded, of which
// nothing went through this house. job.Later: calls are under way; what they give back is
// withdrawn when it is said again. ErrConflict: a later message is done.
func (d *Desk) ReleaseInstance(ctx context.Context, in quartet.Instance, t Told) (quartet.Instance, error) {
	held := false
	in, err := d.stepInstance(ctx, in, quartet.MarketRelease, t, func(b *quartet.OrderBook, p *quartet.ShopPostings) {
		g, i, o, now := &b.Grant, &b.Instance, &b.Order, d.now()
		told := t
		if held = g.Held > 0; held {
			told.Event = "" // it is not done yet
		}
		if held && i.State == quartet.InstanceReleased {
			p.Untouched = true
			return
		}
		freezeInstance(b, p, now)
		if left := g.Left(); left > 0 {
			g.Withdrawn += left
			p.Grants = append(p.Grants, *g) // over what the freeze wrote
			p.Entries = append(p.Entries, note(g.ID, quartet.EntryWithdrawn, left, "released at market "+i.Market, now))
		}
		i.Refund = i.Refund || t.Refund
		if i.Refund && !held && o.State == quartet.OrderPaid {
			o.State = quartet.OrderRefunded
			p.Orders = append(p.Orders, *o)
		}
		detail := "order " + o.ID
		if i.Refund {
			detail += ", the market gives the money back"
		}
		d.become(p, i, quartet.InstanceReleased, told, "instance.release", detail)
	})
	if err == nil && held {
		err = job.Later{In: stillHeld, Why: "calls are under way that use units of this instance"}
	}
	return in, err
}

// Repeat ends a message that asks again for an instance that stands already. Nothing but
// the message changes.
func (d *Desk) Repeat(ctx context.Context, in quartet.Instance, t Told) (quartet.Instance, error) {
	return d.stepInstance(ctx, in, quartet.MarketCreate, t, func(b *quartet.OrderBook, p *quartet.ShopPostings) {
		p.Step = &quartet.InstanceStep{Instance: b.Instance, Event: t.Event, At: d.now()}
	})
}

// Look lets calls see a grant as it stands, for who does not know whether they do.
func (d *Desk) Look(ctx context.Context, grant string) error { return d.look(ctx, []string{grant}) }
