package invoice

import (
	"context"
	"time"

	"quartet"
)

// Approve lets an invoice be issued, under the tax that is in force now. ErrNotFound;
// ErrConflict: it is not submitted any more.
func (d *Desk) Approve(ctx context.Context, by, id string) (quartet.Invoice, error) {
	return d.step(ctx, id, func(b *quartet.InvoiceBook, p *quartet.InvoicePostings) error {
		v := &b.Invoice
		if v.State == quartet.InvoiceIssuing {
			p.Untouched = true
			return nil
		}
		if v.State != quartet.InvoiceSubmitted {
			return stands(v)
		}
		if err := d.tryAnew(b); err != nil {
			return err
		}
		v.DecidedBy, v.Channel = by, d.channels[0].Name()
		if err := d.move(b, p, by, "invoice.approve", "", quartet.InvoiceIssuing); err != nil {
			return err
		}
		again(p, JobIssue, v.ID, d.now(), d.now())
		return nil
	})
}

func stands(v *quartet.Invoice) error {
	return quartet.Errorf(quartet.ErrConflict, "this invoice is %s; look at it again", v.State)
}

// tryAnew begins a try under another serial, and splits the tax as is in force now.
func (d *Desk) tryAnew(b *quartet.InvoiceBook) error {
	v, now := &b.Invoice, d.now()
	tax, ok := quartet.TaxAt(b.Tax, now)
	if !ok {
		return quartet.Errorf(quartet.ErrConflict, "say first how the house is taxed")
	}
	if !v.NextTry() {
		return quartet.Errorf(quartet.ErrConflict, "this invoice was tried too often; reject it and let the buyer apply again")
	}
	v.Amounts = quartet.Amounts{}
	for i := range v.Lines {
		l := &v.Lines[i]
		l.TaxItem, l.Amounts = tax.TaxItem, quartet.SplitTax(l.Gross, tax.Rate)
		v.Amounts = v.Amounts.Plus(l.Amounts)
	}
	v.Asked, v.Answer, v.Decided = time.Time{}, "", now
	return nil
}

// Reject gives an application that is surely not issued back with a reason; the amounts may be
// asked for again. ErrNotFound, ErrInvalid, ErrConflict.
func (d *Desk) Reject(ctx context.Context, by, id, why string) (quartet.Invoice, error) {
	if err := quartet.CheckReason(why); err != nil {
		return quartet.Invoice{}, err
	}
	return d.step(ctx, id, func(b *quartet.InvoiceBook, p *quartet.InvoicePostings) error {
		v := &b.Invoice
		switch {
		case v.State == quartet.InvoiceRejected:
			p.Untouched = true
			return nil
		case !v.State.May(quartet.InvoiceRejected):
			return stands(v)
		}
		v.Answer, v.DecidedBy, v.Decided = why, by, d.now()
		return d.move(b, p, by, "invoice.reject", why, quartet.InvoiceRejected)
	})
}

// Retry lets what failed, or waits for a sign-in, be tried again now. What has failed for good
// gets another serial; where nobody knows, the channel is asked. ErrNotFound, ErrConflict.
func (d *Desk) Retry(ctx context.Context, by, id string) (quartet.Invoice, error) {
	return d.step(ctx, id, func(b *quartet.InvoiceBook, p *quartet.InvoicePostings) error {
		v, now := &b.Invoice, d.now()
		switch v.State {
		case quartet.InvoiceFailedFinal:
			if err := d.tryAnew(b); err != nil {
				return err
			}
			again(p, JobIssue, v.ID, now, now)
			return d.move(b, p, by, "invoice.retry", "serial "+v.Serial(), quartet.InvoiceIssuing)
		case quartet.InvoiceNeedsLogin, quartet.InvoiceFailedRetryable:
			again(p, JobIssue, v.ID, now, now)
		case quartet.InvoiceUnknown, quartet.InvoiceIssuing:
			again(p, JobQuery, v.ID, now, now)
		default:
			return stands(v)
		}
		p.Audit = append(p.Audit, entry(now, by, "invoice.retry", v.ID, "serial "+v.Serial(), nil, nil))
		return nil
	})
}

// Fail says that people did not issue an invoice that was theirs to issue, and why. ErrNotFound,
// ErrInvalid, ErrConflict.
func (d *Desk) Fail(ctx context.Context, by, id, why string) (quartet.Invoice, error) {
	if err := quartet.CheckReason(why); err != nil {
		return quartet.Invoice{}, err
	}
	return d.step(ctx, id, func(b *quartet.InvoiceBook, p *quartet.InvoicePostings) error {
		v := &b.Invoice
		if err := d.byHand(v.Channel); err != nil {
			return err
		}
		if v.State != quartet.InvoiceIssuing {
			return stands(v)
		}
		v.Answer = why
		return d.move(b, p, by, "invoice.fail", why, quartet.InvoiceFailedFinal)
	})
}

func (d *Desk) byHand(name string) error {
	c, err := d.by(name)
	if err != nil {
		return err
	}
	if !c.Capabilities().ByHand {
		return quartet.Errorf(quartet.ErrConflict, "the channel %s issues this one; nobody enters it by hand", name)
	}
	return nil
}
