package billing

import (
	"context"
	"time"

	"github.com/google/uuid"

	"quartet"
	"quartet/internal/audit"
)

// Steps reads what a step must see, locked, and writes what it decides.
type Steps interface {
	PlaceOrder(ctx context.Context, account, plan, renews string, decide func(quartet.Shelf) (quartet.ShopPostings, error)) error
	ChangeOrder(ctx context.Context, order string, decide func(quartet.OrderBook) (quartet.ShopPostings, error)) error
	ProposeAdjustment(ctx context.Context, a quartet.Adjustment, decide func(quartet.Grant) (quartet.ShopPostings, error)) error
	DecideAdjustment(ctx context.Context, id string, decide func(quartet.Adjustment, quartet.Grant) (quartet.ShopPostings, error)) error
	SetRefundPolicy(ctx context.Context, product string, old, p quartet.RefundPolicy, e quartet.AuditEntry) error
	Audit(ctx context.Context, e quartet.AuditEntry) error
}

// Orders reads orders and payments.
type Orders interface {
	Order(ctx context.Context, id string) (quartet.Order, error)
	Orders(ctx context.Context, account string, state quartet.OrderState, before string, limit int) ([]quartet.Order, error)
	Payment(ctx context.Context, id string) (quartet.Payment, error)
	Payments(ctx context.Context, order string) ([]quartet.Payment, error)
	PaymentsIn(ctx context.Context, state quartet.PaymentState, after string, limit int) ([]quartet.Payment, error)
}

// Refunds reads refunds and what they are reckoned by.
type Refunds interface {
	Refund(ctx context.Context, id string) (quartet.Refund, error)
	Refunds(ctx context.Context, order string, state quartet.RefundState, before string, limit int) ([]quartet.Refund, error)
	RefundPolicy(ctx context.Context, product string) (quartet.RefundPolicy, error)
	LateUse(ctx context.Context, grant string, from, to time.Time) (used, held int64, err error)
}

// Units reads grants and adjustments.
type Units interface {
	Grants(ctx context.Context, account string) ([]quartet.Grant, error)
	Adjustments(ctx context.Context, account string, state quartet.AdjustmentState, before string, limit int) ([]quartet.Adjustment, error)
}

// Store keeps the shop.
type Store interface {
	Steps
	Orders
	Refunds
	Units
}

// Ledger lets calls see grants that a step changed.
type Ledger interface {
	Look(ctx context.Context, grants ...string) error
}

// Identities tells which firm an account is, as a keyed hash.
type Identities interface {
	// Identity is ErrForbidden while no firm of the account is approved.
	Identity(ctx context.Context, account string) (string, error)
}

// Desk is where orders are placed, paid and given back. Safe for concurrent use, and beside
// other desks of the same store.
type Desk struct {
	store      Store
	ledger     Ledger
	identities Identities
	now        func() time.Time
}

// New makes a desk. Without identities nothing is sold but by markets.
func New(store Store, ledger Ledger, identities Identities, now func() time.Time) *Desk {
	return &Desk{store: store, ledger: ledger, identities: identities, now: now}
}

// step takes an order one step on. What it wrote is in force for calls when it returns. One
// that finds its work done looks all the same: it may have been cut off after the commit.
func (d *Desk) step(ctx context.Context, order string, decide func(b *quartet.OrderBook, p *quartet.ShopPostings) error) error {
	var touched []string
	err := d.store.ChangeOrder(ctx, order, func(b quartet.OrderBook) (quartet.ShopPostings, error) {
		var p quartet.ShopPostings
		err := decide(&b, &p)
		touched = grantsOf(p)
		if p.Untouched && b.Grant.ID != "" {
			touched = append(touched, b.Grant.ID)
		}
		return p, err
	})
	if err != nil {
		return err
	}
	return d.look(ctx, touched)
}

func grantsOf(p quartet.ShopPostings) []string {
	var ids []string
	for i := range p.Opened {
		ids = append(ids, p.Opened[i].ID)
	}
	for i := range p.Grants {
		ids = append(ids, p.Grants[i].ID)
	}
	return ids
}

func (d *Desk) look(ctx context.Context, grants []string) error {
	if len(grants) == 0 {
		return nil
	}
	if err := d.ledger.Look(ctx, grants...); err != nil {
		return &quartet.Error{Code: quartet.ErrUnavailable, Message: "it is done, but calls do not see it yet; repeat it, which changes nothing more", Cause: err}
	}
	return nil
}

// entry is the audit entry of what happens now. before and after are what it was and became,
// in a few redacted words.
func entry(now time.Time, by, action, subject, detail string, before, after any) quartet.AuditEntry {
	e := audit.Entry(now, by, action, subject, detail)
	e.Before, e.After = audit.JSON(before), audit.JSON(after)
	return e
}

// state is what most entries tell of before and after.
type state struct {
	State any          `json:"state"`
	Fen   *quartet.Fen `json:"amount_fen,omitempty"`
	Grant string       `json:"grant_id,omitempty"`
	Used  *int64       `json:"used,omitempty"`
	Plan  string       `json:"plan_id,omitempty"`
	Order string       `json:"order_id,omitempty"`
	Why   string       `json:"why,omitempty"`
}

// ending is note of what may have begun a grant or moved its end: it tells where that is now.
func ending(g *quartet.Grant, kind quartet.EntryKind, units int64, text string, now time.Time) quartet.Entry {
	e := note(g.ID, kind, units, text, now)
	e.Until = g.ExpiresAt
	return e
}

// note is the entry in the book of units of what is done to a grant.
func note(grant string, kind quartet.EntryKind, units int64, text string, now time.Time) quartet.Entry {
	return quartet.Entry{ID: newID(), Grant: grant, Kind: kind, Units: units, Note: text, At: now}
}

func newID() string {
	id, err := uuid.NewV7()
	if err != nil { // cannot happen: the source of randomness ends the process instead
		panic(err)
	}
	return id.String()
}
