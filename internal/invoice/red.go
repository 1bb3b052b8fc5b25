package invoice

import (
	"context"
	"fmt"
	"time"

	"quartet"
	"quartet/internal/obs"
)

// ApplyRed asks to take an invoice back, or so much of its orders. ErrNotFound, ErrInvalid;
// ErrConflict: it does not stand, less of it does, or another red letter is under way.
func (d *Desk) ApplyRed(ctx context.Context, by, id string, reason quartet.RedReason, parts []Part) (quartet.RedLetter, error) {
	var r quartet.RedLetter
	switch reason {
	case quartet.RedReturned, quartet.RedEnded, quartet.RedAllowance:
	case quartet.RedMistake:
		if len(parts) > 0 {
			return r, &quartet.Error{Code: quartet.ErrInvalid, Field: "orders", Message: "a mistake is taken back whole; leave the orders out"}
		}
	default:
		return r, &quartet.Error{Code: quartet.ErrInvalid, Field: "reason", Message: "the reason is mistake, returned, ended or allowance"}
	}
	_, err := d.step(ctx, id, func(b *quartet.InvoiceBook, p *quartet.InvoicePostings) error {
		var err error
		r, err = d.openRed(b, p, by, reason, "", parts)
		return err
	})
	return r, err
}

// openRed begins a red letter for what parts say of an invoice, or for all that stands of it.
func (d *Desk) openRed(b *quartet.InvoiceBook, p *quartet.InvoicePostings, by string, reason quartet.RedReason, refund string, parts []Part) (quartet.RedLetter, error) {
	v, now := &b.Invoice, d.now()
	switch {
	case b.OpenRed() != nil:
		return quartet.RedLetter{}, quartet.Errorf(quartet.ErrConflict, "a red letter of this invoice is under way already; wait for it")
	case !v.State.May(quartet.InvoiceRedApplying):
		return quartet.RedLetter{}, stands(v)
	}
	if len(parts) == 0 {
		for i := range v.Lines {
			if l := &v.Lines[i]; l.Gross > l.Reversed.Gross {
				parts = append(parts, Part{l.Order, l.Gross - l.Reversed.Gross})
			}
		}
	}
	if _, err := partsOf(parts); err != nil {
		return quartet.RedLetter{}, err
	}
	r := quartet.RedLetter{
		ID: number(now), Invoice: v.ID, Account: v.Account, State: quartet.RedApplying, Reason: reason, Refund: refund, AskedBy: by,
		Channel: v.Channel, Tries: 1, Created: now, Changed: now,
	}
	for _, part := range parts {
		l := v.Line(part.Order)
		if l == nil {
			return r, quartet.Errorf(quartet.ErrNotFound, "this invoice has no line of order %s", part.Order)
		}
		if left := l.Gross - l.Reversed.Gross; part.Amount < 1 || part.Amount > left {
			return r, quartet.Errorf(quartet.ErrConflict, "of order %s %s yuan stand in this invoice; take back as much or less", part.Order, left)
		}
		line := quartet.RedLine{Order: l.Order, Amounts: quartet.ReverseTax(l, part.Amount)}
		r.Lines, r.Amounts = append(r.Lines, line), r.Amounts.Plus(line.Amounts)
	}
	p.Red, p.NewRed = &r, true
	again(p, JobRed, r.ID, now, now)
	p.Audit = append(p.Audit, entry(now, by, "red.apply", r.ID, fmt.Sprintf("invoice %s, %s", v.ID, reason), nil, state{State: r.State, Fen: &r.Amounts.Gross}))
	return r, d.move(b, p, by, "", "", quartet.InvoiceRedApplying)
}

// stepRed takes the invoice of a red letter one step on.
func (d *Desk) stepRed(ctx context.Context, id string, decide func(*quartet.InvoiceBook, *quartet.RedLetter, *quartet.InvoicePostings) error) (quartet.RedLetter, error) {
	r, err := d.store.RedLetter(ctx, id)
	if err != nil {
		return r, err
	}
	_, err = d.step(ctx, r.Invoice, func(b *quartet.InvoiceBook, p *quartet.InvoicePostings) error {
		standing := b.Red(id)
		err := decide(b, standing, p)
		r = *standing
		return err
	})
	return r, err
}

// moveRed puts a red letter in another state, and its invoice with it.
func (d *Desk) moveRed(b *quartet.InvoiceBook, r *quartet.RedLetter, p *quartet.InvoicePostings, by, action, detail string, to quartet.RedState) error {
	if r.State != to && !r.State.May(to) {
		return redStands(r)
	}
	now, before := d.now(), r.State
	r.State, r.Changed, p.Red = to, now, r
	p.Audit = append(p.Audit, entry(now, by, action, r.ID, detail, state{State: before}, state{State: to, Fen: &r.Amounts.Gross}))
	if to == quartet.RedWaitingBuyer && before != to {
		r.Waits = now
		if err := d.tellToAgree(b, r, p); err != nil {
			return err
		}
	}
	next := to.Invoice()
	if !to.Open() {
		next = b.Invoice.Rests()
	}
	if next == b.Invoice.State && to != quartet.RedDone {
		return nil
	}
	return d.move(b, p, by, "", "", next)
}

func redStands(r *quartet.RedLetter) error {
	return quartet.Errorf(quartet.ErrConflict, "this red letter is %s; look at it again", r.State)
}

func (d *Desk) tellToAgree(b *quartet.InvoiceBook, r *quartet.RedLetter, p *quartet.InvoicePostings) error {
	c, err := d.by(r.Channel)
	if err != nil {
		return err
	}
	_, err = d.tell(p, &b.Invoice, agreeLetter(&b.Invoice, r, c.Capabilities().BuyerHere, d.site))
	return err
}

// reverse ends the way of a red letter: what it takes back is invoiced no more.
func (d *Desk) reverse(b *quartet.InvoiceBook, r *quartet.RedLetter, p *quartet.InvoicePostings, by string) error {
	if !quartet.InvoiceNumber(r.Number) {
		return quartet.Errorf(quartet.ErrInvalid, "the number of a red letter is 20 digits")
	}
	v := &b.Invoice
	for _, taken := range r.Lines {
		l, o := v.Line(taken.Order), b.Order(taken.Order)
		l.Reversed = l.Reversed.Plus(taken.Amounts)
		o.Invoiced -= taken.Gross
		p.Orders = append(p.Orders, *o)
	}
	if err := d.moveRed(b, r, p, by, "red.issue", "number "+r.Number, quartet.RedDone); err != nil {
		return err
	}
	_, err := d.tell(p, v, reversedLetter(v, r, d.site))
	return err
}

// FindRed finds a red letter, or ErrNotFound; of an account, unless that is "".
func (d *Desk) FindRed(ctx context.Context, account, id string) (quartet.RedLetter, error) {
	r, err := d.store.RedLetter(ctx, id)
	if err == nil && account != "" && r.Account != account {
		err = quartet.Errorf(quartet.ErrNotFound, "there is no such red letter")
	}
	return r, err
}

// Reds lists red letters, newest first: see Store.
func (d *Desk) Reds(ctx context.Context, invoice string, s quartet.RedState, before string, limit int) ([]quartet.RedLetter, error) {
	return d.store.RedLetters(ctx, invoice, s, before, limit)
}

// Agree is the buyer's word that an invoice may be taken back. Where the tax bureau is told
// that, and not us, the channel is asked whether it was. ErrNotFound, ErrConflict.
func (d *Desk) Agree(ctx context.Context, by, account, id string) (quartet.RedLetter, error) {
	return d.answerRed(ctx, by, account, id, func(b *quartet.InvoiceBook, r *quartet.RedLetter, p *quartet.InvoicePostings) error {
		return d.moveRed(b, r, p, by, "red.agree", "", quartet.RedIssuing)
	})
}

// Decline is the buyer's word that it may not. ErrNotFound, ErrInvalid, ErrConflict.
func (d *Desk) Decline(ctx context.Context, by, account, id, why string) (quartet.RedLetter, error) {
	if err := quartet.CheckReason(why); err != nil {
		return quartet.RedLetter{}, err
	}
	why = obs.Redact(why) // it is kept in clear, in the audit for good
	return d.answerRed(ctx, by, account, id, func(b *quartet.InvoiceBook, r *quartet.RedLetter, p *quartet.InvoicePostings) error {
		r.Answer = why
		return d.moveRed(b, r, p, by, "red.decline", why, quartet.RedRefused)
	})
}

func (d *Desk) answerRed(ctx context.Context, by, account, id string, decide func(*quartet.InvoiceBook, *quartet.RedLetter, *quartet.InvoicePostings) error) (quartet.RedLetter, error) {
	return d.stepRed(ctx, id, func(b *quartet.InvoiceBook, r *quartet.RedLetter, p *quartet.InvoicePostings) error {
		c, err := d.by(r.Channel)
		switch {
		case r.Account != account:
			return quartet.Errorf(quartet.ErrNotFound, "there is no such red letter")
		case err != nil:
			return err
		case r.State != quartet.RedWaitingBuyer:
			return redStands(r)
		case c.Capabilities().BuyerHere && lapsed(r, d.now()):
			return quartet.Errorf(quartet.ErrConflict, "the 72 hours to answer are over; ask the house for another red letter")
		case c.Capabilities().BuyerHere:
			return decide(b, r, p)
		}
		now := d.now()
		again(p, JobRedQuery, r.ID, now, now)
		p.Audit = append(p.Audit, entry(now, by, "red.ask", r.ID, "the buyer says that the tax bureau was told", nil, nil))
		return nil
	})
}

// Withdraw takes a red letter back that is not issued. Its channel, if it was asked, is asked
// to, and says what became of it. ErrNotFound; ErrConflict: it is issued, or its channel does
// not say that it is not.
func (d *Desk) Withdraw(ctx context.Context, by, id string) (quartet.RedLetter, error) {
	var asks, known bool
	r, err := d.stepRed(ctx, id, func(b *quartet.InvoiceBook, r *quartet.RedLetter, p *quartet.InvoicePostings) error {
		asks, known = false, false
		switch {
		case r.State == quartet.RedRefused:
			p.Untouched = true
			return nil
		case !r.State.Open() || r.State == quartet.RedEntered:
			return redStands(r)
		case !r.Asked.IsZero():
			asks, known, p.Untouched = true, r.State != quartet.RedUnknown, true
			return nil
		}
		r.Answer = "withdrawn"
		return d.moveRed(b, r, p, by, "red.withdraw", "", quartet.RedRefused)
	})
	if err != nil || !asks {
		return r, err
	}
	c, err := d.by(r.Channel)
	if err != nil {
		return r, err
	}
	unsaid := quartet.Errorf(quartet.ErrConflict, "the channel does not say whether this red letter is issued; let it be asked first")
	if !known {
		return r, unsaid
	}
	out, err := c.CancelRed(ctx, r.Serial())
	if err != nil || out.Outcome != Refused && out.Outcome != Issued {
		return r, unsaid
	}
	if err := d.recordRed(context.WithoutCancel(ctx), by, "", r, out, nil); err != nil {
		return r, err
	}
	return d.store.RedLetter(ctx, id)
}

// lapsed reports whether the buyer had his time to agree.
func lapsed(r *quartet.RedLetter, now time.Time) bool {
	return r.State == quartet.RedWaitingBuyer && !now.Before(r.Waits.Add(quartet.RedLapses))
}
