package billing

import (
	"context"
	"fmt"
	"time"

	"quartet"
	"quartet/internal/job"
)

// The kinds of job that billing asks for.
const (
	JobCloseOrder   = "order.close"   // key: the order; from PayBy on
	JobWatchPayment = "payment.watch" // key: the payment
	JobDrainRefund  = "refund.drain"  // key: the refund; Drain does it
	JobSendRefund   = "refund.send"   // key: the refund

	JobReverseInvoices = "refund.reverse" // key: the refund; whoever issues invoices does it
)

// Transfer is the provider that is a bank account of the house: no program can ask it.
const Transfer = "transfer"

const (
	onlineTime   = 30 * time.Minute   // to pay an order
	transferTime = 7 * 24 * time.Hour // the same, once a bank transfer was chosen
)

// maxOpen is how many orders of an account wait for money at once. Each keeps a job and a code
// for up to a week, and costs whoever places it nothing.
const maxOpen = 20

// Purchase is what a buyer wants.
type Purchase struct {
	Account string
	Person  string // who orders; empty for an outside market
	Plan    string
	Renews  string // a grant of the account, of the same product, whose end moves along; empty: none

	// Try is the repurchase that orders by itself, which is noted with the order, and what
	// people are told of it; empty: a person orders.
	Try  string
	Told quartet.Telling

	market string // that sold it and knows its buyer; empty: the shop does
	firm   string // identity of the approved firm that the account is; empty: none is approved
}

// Order places an order that waits for money. ErrNotFound: no such account, plan or grant;
// ErrForbidden: the account is suspended, or its firm is not approved; ErrConflict: the plan is
// not on sale, or too many orders of the account are open; ErrUnsupported: it is a trial, or
// this house approves no firms; ErrInvalid: the grant to be renewed does not fit.
//
// An approval that is revoked meanwhile counts as revoked afterwards: what was ordered before
// may be paid.
func (d *Desk) Order(ctx context.Context, by string, w Purchase) (quartet.Order, error) {
	var o quartet.Order
	var err error
	if w.firm, err = d.firmOf(ctx, w.Account); err != nil {
		return o, err
	}
	err = d.place(ctx, w, func(s quartet.Shelf, p *quartet.ShopPostings) error {
		if s.Plan.Trial {
			return quartet.Errorf(quartet.ErrUnsupported, "a trial is not ordered; ask for the trial of this product")
		}
		if s.Open >= maxOpen {
			return quartet.Errorf(quartet.ErrConflict, "%d orders of this account wait for money; pay or cancel one before you order again", s.Open)
		}
		now := d.now()
		o = newOrder(s.Plan, w, now)
		o.State, o.PayBy = quartet.OrderOpen, now.Add(onlineTime)
		p.Placed = &o
		p.Try, p.Told = w.Try, w.Told
		p.Jobs = []quartet.Job{job.At(JobCloseOrder, o.ID, o.PayBy, now)}
		p.Audit = []quartet.AuditEntry{entry(now, by, "order.place", o.ID, "plan "+o.Plan, nil, state{State: o.State, Fen: &o.Amount, Plan: o.Plan})}
		return nil
	})
	return o, err
}

// firmOf is the identity of the firm that an account is; empty: none is approved.
func (d *Desk) firmOf(ctx context.Context, account string) (string, error) {
	if d.identities == nil {
		return "", quartet.Errorf(quartet.ErrUnsupported, "this house approves no firms, and so sells nothing")
	}
	identity, err := d.identities.Identity(ctx, account)
	if quartet.CodeOf(err) == quartet.ErrForbidden {
		return "", nil
	}
	return identity, err
}

// numbersTried is how often a number is made anew that another order has.
const numbersTried = 4

// place looks at the shelf, checks what holds for every purchase, and writes what decide
// adds. A number that is taken already is a conflict that another number ends.
func (d *Desk) place(ctx context.Context, w Purchase, decide func(quartet.Shelf, *quartet.ShopPostings) error) error {
	for try := 1; ; try++ {
		var opened []string
		reached := false
		err := d.store.PlaceOrder(ctx, w.Account, w.Plan, w.Renews, func(s quartet.Shelf) (quartet.ShopPostings, error) {
			var p quartet.ShopPostings
			if err := d.mayBuy(s, w); err != nil {
				return p, err
			}
			err := decide(s, &p)
			reached, opened = err == nil && p.Trial == nil, grantsOf(p)
			return p, err
		})
		if quartet.CodeOf(err) == quartet.ErrConflict && reached && try < numbersTried {
			continue
		}
		if err != nil {
			return err
		}
		return d.look(ctx, opened)
	}
}

func (d *Desk) mayBuy(s quartet.Shelf, w Purchase) error {
	wrong := func(format string, args ...any) error {
		return &quartet.Error{Code: quartet.ErrInvalid, Field: "renews", Message: fmt.Sprintf(format, args...)}
	}
	g := s.Renewed
	switch {
	case w.market != "": // it is sold already
		return nil
	case s.Suspended:
		return quartet.Errorf(quartet.ErrForbidden, "this account is suspended and buys nothing; ask the house")
	case w.firm == "":
		return quartet.Errorf(quartet.ErrForbidden, "only an account whose firm is approved may buy: say which firm it is, submit it, and order once the house has approved it")
	case !s.Plan.OnSale(d.now()):
		return quartet.Errorf(quartet.ErrConflict, "this plan is not on sale; look at the plans again")
	case w.Renews == "":
		return nil
	case g.Account != w.Account:
		return quartet.Errorf(quartet.ErrNotFound, "there is no such grant")
	case g.Product != s.Plan.Product:
		return wrong("an order renews units of its own product; choose a plan of product %s", g.Product)
	case g.Market() != "":
		return wrong("market %s sold these units and renews them; renew them there, or buy without renewing them", g.Market())
	case g.Trial:
		return wrong("a trial is not renewed; buy a plan")
	case g.FrozenFor != "":
		return wrong("these units are being given back; buy without renewing them")
	}
	return nil
}

// newOrder copies what is bought from the plan, which may end meanwhile.
func newOrder(p quartet.Plan, w Purchase, now time.Time) quartet.Order {
	return quartet.Order{
		ID: orderNumber(now), Account: w.Account, Person: w.Person, Plan: p.ID, PlanName: p.Name, Product: p.Product, Units: p.Units,
		Amount: p.Price, Months: p.Months, Trial: p.Trial, Renews: w.Renews, Code: transferCode(), Created: now,
	}
}

// granted makes an order paid and gives what was bought.
func granted(o *quartet.Order, p *quartet.ShopPostings, now time.Time) quartet.Grant {
	g := quartet.Grant{
		ID: newID(), Account: o.Account, Product: o.Product, Units: o.Units, Trial: o.Trial, Origin: quartet.OriginOf(o.ID), Paid: o.Amount,
		CreatedAt: now, ExpiresAt: quartet.ValidUntil(now, o.Months),
	}
	o.State, o.Paid, o.Grant = quartet.OrderPaid, now, g.ID
	p.Opened = append(p.Opened, g)
	p.Entries = append(p.Entries, ending(&g, quartet.EntryGranted, g.Units, "bought with order "+o.ID, now))
	return g
}

// Cancel closes an open order of an account; an operator names no account. Money that is on
// its way all the same is surplus when it comes. ErrNotFound; ErrConflict: it was paid.
func (d *Desk) Cancel(ctx context.Context, by, account, order string) (quartet.Order, error) {
	var o quartet.Order
	err := d.step(ctx, order, func(b *quartet.OrderBook, p *quartet.ShopPostings) error {
		o = b.Order
		if err := belongs(b, account); err != nil {
			return err
		}
		switch o.State {
		case quartet.OrderClosed:
			p.Untouched = true
			return nil
		case quartet.OrderOpen:
			now := d.now()
			closeOrder(b, p, by, "cancelled", now)
			o = b.Order
			// Whoever closes orders asks the providers to take nothing any more.
			p.Moved = append(p.Moved, job.At(JobCloseOrder, o.ID, now, now))
			return nil
		default:
			return quartet.Errorf(quartet.ErrConflict, "this order is paid; ask for a refund instead")
		}
	})
	return o, err
}

func belongs(b *quartet.OrderBook, account string) error {
	if account != "" && b.Order.Account != account {
		return quartet.Errorf(quartet.ErrNotFound, "there is no such order")
	}
	return nil
}

func closeOrder(b *quartet.OrderBook, p *quartet.ShopPostings, by, why string, now time.Time) {
	o := &b.Order
	o.State, o.Closed, o.Why = quartet.OrderClosed, now, why
	p.Orders = append(p.Orders, *o)
	p.Audit = append(p.Audit, entry(now, by, "order.close", o.ID, why, state{State: quartet.OrderOpen}, state{State: o.State, Why: why}))
}

// Expire closes an order for which nothing came in time. One that is open no more is left as
// it is. ErrConflict: a payment of it is open; whoever can ask its provider ends it first.
// job.Later: its time has not come, since a bank transfer was chosen meanwhile.
func (d *Desk) Expire(ctx context.Context, order string) error {
	var early error
	err := d.step(ctx, order, func(b *quartet.OrderBook, p *quartet.ShopPostings) error {
		now := d.now()
		early = nil
		switch {
		case b.Order.State != quartet.OrderOpen:
			p.Untouched = true
			return nil
		case now.Before(b.Order.PayBy):
			p.Untouched = true
			early = job.Later{In: b.Order.PayBy.Sub(now), Why: "the order may be paid until then"}
			return nil
		}
		for i := range b.Payments {
			if b.Payments[i].State == quartet.PaymentOpen {
				return quartet.Errorf(quartet.ErrConflict, "a payment of this order is open; end it first")
			}
		}
		closeOrder(b, p, house, "timeout", now)
		return nil
	})
	if err == nil {
		err = early
	}
	return err
}

// house is who acts when nobody asked: the clock, or a provider that answers.
const house = "house"

// Find finds an order, or ErrNotFound.
func (d *Desk) Find(ctx context.Context, id string) (quartet.Order, error) {
	return d.store.Order(ctx, id)
}

// Orders lists orders, newest first, at most limit: of an account, or of all for ""; in a
// state, or in any for ""; that come after the one of the id before, or from the newest.
func (d *Desk) Orders(ctx context.Context, account string, state quartet.OrderState, before string, limit int) ([]quartet.Order, error) {
	return d.store.Orders(ctx, account, state, before, limit)
}
