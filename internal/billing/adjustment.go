package billing

import (
	"context"
	"fmt"
	"strings"
	"time"

	"quartet"
)

// maxGift bounds what is given by hand, as the units of a plan are bounded.
const maxGift = 1_000_000_000

// Propose proposes to give, withdraw or extend units, for a reason. Nothing changes until
// another operator confirms it. ErrInvalid, with the field that is wrong; ErrNotFound: no
// such account, product or grant; ErrConflict: the grant cannot be changed so.
func (d *Desk) Propose(ctx context.Context, by string, a quartet.Adjustment) (quartet.Adjustment, error) {
	if err := quartet.CheckReason(a.Reason); err != nil {
		return a, err
	}
	now := d.now()
	a.ID, a.State, a.ProposedBy, a.Proposed, a.Reason = newID(), quartet.AdjustmentProposed, by, now, strings.TrimSpace(a.Reason)
	a.DecidedBy, a.Decided, a.Answer = "", time.Time{}, ""
	switch a.Kind {
	case quartet.AdjustGive:
		a.Grant = ""
	case quartet.AdjustWithdraw:
		a.Until = time.Time{}
	case quartet.AdjustExtend:
		a.Units = 0
	default:
		return a, &quartet.Error{Code: quartet.ErrInvalid, Field: "kind", Message: "units are adjusted by give, withdraw or extend"}
	}
	if a.Kind != quartet.AdjustGive && a.Grant == "" {
		return a, &quartet.Error{Code: quartet.ErrInvalid, Field: "grant", Message: "say which grant is to change"}
	}
	err := d.store.ProposeAdjustment(ctx, a, func(g quartet.Grant) (quartet.ShopPostings, error) {
		if a.Kind != quartet.AdjustGive {
			if a.Account != "" && a.Account != g.Account {
				return quartet.ShopPostings{}, quartet.Errorf(quartet.ErrNotFound, "there is no such grant")
			}
			a.Account, a.Product = g.Account, g.Product
		}
		if err := possible(a, g, now); err != nil {
			return quartet.ShopPostings{}, err
		}
		return quartet.ShopPostings{
			Adjusted: &a,
			Audit:    []quartet.AuditEntry{entry(now, by, "adjustment.propose", a.ID, adjusted(a), nil, state{State: a.State, Grant: a.Grant})},
		}, nil
	})
	return a, err
}

// possible tells what speaks against an adjustment of a grant as it stands.
func possible(a quartet.Adjustment, g quartet.Grant, now time.Time) error {
	wrong := func(field, format string, args ...any) error {
		return &quartet.Error{Code: quartet.ErrInvalid, Field: field, Message: fmt.Sprintf(format, args...)}
	}
	if g.FrozenFor != "" {
		return quartet.Errorf(quartet.ErrConflict, "a refund of this grant is open or done, and it alone changes the grant")
	}
	switch a.Kind {
	case quartet.AdjustGive:
		if a.Units < 1 || a.Units > maxGift {
			return wrong("units", "give 1 to %d units", maxGift)
		}
		if !a.Until.After(now) {
			return wrong("until", "units that are given end in the future")
		}
	case quartet.AdjustWithdraw:
		switch {
		case a.Units < 1:
			return wrong("units", "withdraw at least one unit")
		case g.Order() != "" && !g.Trial:
			return quartet.Errorf(quartet.ErrConflict, "these units were bought; they go back by a refund of order %s", g.Order())
		case a.Units > g.Left():
			return quartet.Errorf(quartet.ErrConflict, "only %d units of this grant are free; withdraw at most so many", g.Left())
		}
	case quartet.AdjustExtend:
		if !a.Until.After(now) || !a.Until.After(g.ExpiresAt) {
			return wrong("until", "the end of a grant moves to a later instant alone")
		}
	}
	return nil
}

// Confirm does what another operator proposed, in the transaction in which it is confirmed.
// ErrForbidden: one's own proposal; ErrConflict: it was decided before, or cannot be done any
// more.
func (d *Desk) Confirm(ctx context.Context, by, id string) (quartet.Adjustment, error) {
	return d.decide(ctx, id, func(a *quartet.Adjustment, g quartet.Grant, p *quartet.ShopPostings) error {
		switch {
		case strings.EqualFold(a.ProposedBy, by):
			return quartet.Errorf(quartet.ErrForbidden, "you proposed this yourself; another operator confirms it")
		case a.State == quartet.AdjustmentConfirmed:
			p.Untouched = true
			return nil
		case a.State != quartet.AdjustmentProposed:
			return quartet.Errorf(quartet.ErrConflict, "this adjustment was %s", a.State)
		}
		now := d.now()
		if err := possible(*a, g, now); err != nil {
			return err
		}
		apply(a, g, p, by, now)
		a.State, a.DecidedBy, a.Decided = quartet.AdjustmentConfirmed, by, now
		p.Adjusted = a
		p.Audit = append(p.Audit, entry(now, by, "adjustment.confirm", a.ID, adjusted(*a), state{State: quartet.AdjustmentProposed}, state{State: a.State, Grant: a.Grant}))
		return nil
	})
}

func apply(a *quartet.Adjustment, g quartet.Grant, p *quartet.ShopPostings, by string, now time.Time) {
	kind := quartet.EntryGranted
	switch a.Kind {
	case quartet.AdjustGive:
		g = quartet.Grant{ID: newID(), Account: a.Account, Product: a.Product, Units: a.Units, Origin: "gift", CreatedAt: now, ExpiresAt: a.Until}
		a.Grant = g.ID
		p.Opened = append(p.Opened, g)
	case quartet.AdjustWithdraw:
		kind = quartet.EntryWithdrawn
		g.Withdrawn += a.Units
		p.Grants = append(p.Grants, g)
	case quartet.AdjustExtend:
		kind = quartet.EntryExpiry
		g.ExpiresAt = a.Until
		p.Grants = append(p.Grants, g)
	}
	p.Entries = append(p.Entries, ending(&g, kind, a.Units, "adjustment "+a.ID+", proposed by "+a.ProposedBy+", confirmed by "+by, now))
}

// RejectAdjustment refuses a proposal, or takes one's own back. ErrConflict: it was decided.
func (d *Desk) RejectAdjustment(ctx context.Context, by, id, why string) (quartet.Adjustment, error) {
	if err := quartet.CheckReason(why); err != nil {
		return quartet.Adjustment{}, err
	}
	return d.decide(ctx, id, func(a *quartet.Adjustment, _ quartet.Grant, p *quartet.ShopPostings) error {
		switch a.State {
		case quartet.AdjustmentRejected:
			p.Untouched = true
			return nil
		case quartet.AdjustmentProposed:
		default:
			return quartet.Errorf(quartet.ErrConflict, "this adjustment was %s", a.State)
		}
		now := d.now()
		a.State, a.DecidedBy, a.Decided, a.Answer = quartet.AdjustmentRejected, by, now, why
		p.Adjusted = a
		p.Audit = append(p.Audit, entry(now, by, "adjustment.reject", a.ID, why, state{State: quartet.AdjustmentProposed}, state{State: a.State}))
		return nil
	})
}

func (d *Desk) decide(ctx context.Context, id string, decide func(*quartet.Adjustment, quartet.Grant, *quartet.ShopPostings) error) (quartet.Adjustment, error) {
	var (
		decided quartet.Adjustment
		touched []string
	)
	err := d.store.DecideAdjustment(ctx, id, func(a quartet.Adjustment, g quartet.Grant) (quartet.ShopPostings, error) {
		var p quartet.ShopPostings
		err := decide(&a, g, &p)
		decided, touched = a, grantsOf(p)
		if p.Untouched && a.Grant != "" {
			touched = append(touched, a.Grant)
		}
		return p, err
	})
	if err != nil {
		return decided, err
	}
	return decided, d.look(ctx, touched)
}

// adjusted is an adjustment in words.
func adjusted(a quartet.Adjustment) string {
	until := a.Until.In(quartet.Shanghai).Format(time.RFC3339)
	switch a.Kind {
	case quartet.AdjustGive:
		return fmt.Sprintf("give %d units to account %s until %s: %s", a.Units, a.Account, until, a.Reason)
	case quartet.AdjustWithdraw:
		return fmt.Sprintf("withdraw %d units of grant %s: %s", a.Units, a.Grant, a.Reason)
	default:
		return fmt.Sprintf("extend grant %s until %s: %s", a.Grant, until, a.Reason)
	}
}

// Adjustments lists adjustments, newest first, at most limit: of an account, or of all for
// ""; in a state, or in any for ""; that come after the one of the id before, or from the
// newest.
func (d *Desk) Adjustments(ctx context.Context, account string, s quartet.AdjustmentState, before string, limit int) ([]quartet.Adjustment, error) {
	return d.store.Adjustments(ctx, account, s, before, limit)
}
