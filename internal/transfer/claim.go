package transfer

import (
	"context"

	"quartet"
	"quartet/internal/job"
)

// Open lists the claims that wait for a second person, oldest first.
func (d *Desk) Open(ctx context.Context) ([]quartet.TransferClaim, error) {
	return d.store.TransferClaims(ctx, "")
}

// Propose says what a waiting transfer is for; another person confirms or rejects it. A
// transfer settles an open order of exactly its amount; goes back to where it came from; or
// is kept, as no buyer's money. ErrInvalid, ErrNotFound, ErrConflict.
func (d *Desk) Propose(ctx context.Context, by, transfer string, act quartet.ClaimAct, order, note string) (quartet.TransferClaim, error) {
	c := quartet.TransferClaim{ID: newID(), Transfer: transfer, Act: act, Order: order, Note: note, State: quartet.ClaimProposed, ProposedBy: by, Proposed: d.now()}
	if err := words("note", note, 1, 500); err != nil {
		return c, err
	}
	t, err := d.store.Transfer(ctx, transfer)
	if err != nil {
		return c, err
	}
	switch {
	case act == quartet.ClaimReturn && order == "":
	case (act == quartet.ClaimSettle || act == quartet.ClaimKeep) && t.Payment != "":
		return c, quartet.Errorf(quartet.ErrConflict, "this transfer came when its order could not be paid any more and is booked as surplus; it can only go back")
	case act == quartet.ClaimSettle:
		if err := d.payable(ctx, order, t.Amount); err != nil {
			return c, err
		}
	case act == quartet.ClaimKeep && order == "":
	default:
		return c, &quartet.Error{Code: quartet.ErrInvalid, Field: "act", Message: "a claim is to settle an order; or to return or keep the money, and then names no order"}
	}
	return c, d.store.ProposeClaim(ctx, c, step(c.Proposed, by, "transfer.propose", transfer, describe(c), "waiting", "claimed"))
}

// payable refuses an order that a transfer cannot pay.
func (d *Desk) payable(ctx context.Context, order string, amount quartet.Fen) error {
	o, err := d.billing.Find(ctx, order)
	if err != nil {
		return err
	}
	conflict := func(format string, args ...any) error {
		return &quartet.Error{Code: quartet.ErrConflict, Field: "order", Message: quartet.Errorf(quartet.ErrConflict, format, args...).Message}
	}
	switch d.unpayable(o, amount) {
	case "":
	case whyLate:
		return conflict("this order is closed or past its time; have the buyer order again, or have the money given back")
	case whySecond:
		return conflict("this order is %s; have the buyer order again, or have the money given back", o.State)
	default:
		return conflict("this order costs %s yuan and %s came; an order is paid by exactly its amount: have the money given back", o.Amount, amount)
	}
	switch other, err := d.store.TransferOfOrder(ctx, order); quartet.CodeOf(err) {
	case quartet.ErrNotFound:
		return nil
	case "":
		return conflict("transfer %s pays this order already; have this one given back", other.ID)
	default:
		return err
	}
}

// Confirm is the word of a second person to a claim: its transfer settles its order, goes
// back, or is kept. ErrForbidden: who proposed it. ErrNotFound, ErrConflict.
func (d *Desk) Confirm(ctx context.Context, by, claim string) (quartet.TransferClaim, error) {
	c, err := d.store.TransferClaim(ctx, claim)
	if err != nil {
		return c, err
	}
	if c.ProposedBy == by {
		return c, quartet.Errorf(quartet.ErrForbidden, "you have proposed this claim yourself; another person must confirm it")
	}
	if c.State != quartet.ClaimProposed {
		return c, quartet.Errorf(quartet.ErrConflict, "this claim is %s already", c.State)
	}
	var jobs []quartet.Job
	now := d.now()
	t, err := d.store.Transfer(ctx, c.Transfer)
	if err != nil {
		return c, err
	}
	switch {
	case c.Act == quartet.ClaimSettle:
		if err := d.payable(ctx, c.Order, t.Amount); err != nil {
			return c, err
		}
		jobs = append(jobs, job.At(JobSettle, c.Transfer, now, now))
	case c.Act == quartet.ClaimReturn && t.Payment != "":
		jobs = append(jobs, job.At(JobReturn, c.Transfer, now, now))
	}
	c.State, c.DecidedBy, c.Decided = quartet.ClaimConfirmed, by, now
	return c, d.store.DecideClaim(ctx, c, jobs, step(now, by, "transfer.confirm", c.Transfer, describe(c), "claimed", confirmed(c.Act)))
}

// Reject has the transfer of a claim wait again. Who proposed it may take it back so.
// ErrNotFound, ErrConflict.
func (d *Desk) Reject(ctx context.Context, by, claim, why string) (quartet.TransferClaim, error) {
	if err := words("reason", why, 1, 500); err != nil {
		return quartet.TransferClaim{}, err
	}
	c, err := d.store.TransferClaim(ctx, claim)
	if err != nil {
		return c, err
	}
	c.State, c.DecidedBy, c.Decided, c.Answer = quartet.ClaimRejected, by, d.now(), why
	return c, d.store.DecideClaim(ctx, c, nil, step(c.Decided, by, "transfer.reject", c.Transfer, describe(c), "claimed", "waiting"))
}

// confirmed is the state of a transfer whose claim is confirmed.
func confirmed(act quartet.ClaimAct) string {
	switch act {
	case quartet.ClaimSettle:
		return string(quartet.TransferSettling)
	case quartet.ClaimKeep:
		return string(quartet.TransferKept)
	default:
		return string(quartet.TransferReturning)
	}
}

// describe is a claim in the words of the audit. What people wrote stays out: it may name
// somebody.
func describe(c quartet.TransferClaim) string {
	if c.Act == quartet.ClaimSettle {
		return "settles order " + c.Order
	}
	if c.Act == quartet.ClaimKeep {
		return "no buyer's"
	}
	return "goes back"
}
