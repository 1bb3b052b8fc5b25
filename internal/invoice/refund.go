package invoice

import (
	"context"

	"quartet"
)

// ReverseFor takes back what invoices have of an order more than would remain paid once a
// refund is done: the job refund.reverse. Applications that are surely not issued are
// cancelled, whole; of invoices that stand so much is taken back by red letters, of the newest
// first. It asks for one red letter of an invoice and refund: what was refused is for people.
// Each red letter that ends, and each application that ends or is issued, lets it run again.
func (d *Desk) ReverseFor(ctx context.Context, refund string) error {
	r, err := d.store.Refund(ctx, refund)
	if err != nil || r.State != quartet.RefundReversing {
		return err
	}
	invoices, err := d.store.InvoicesOf(ctx, r.Order)
	if err != nil {
		return err
	}
	for _, v := range invoices {
		if !v.State.Claims() && !v.State.Stands() {
			continue
		}
		if _, err := d.step(ctx, v.ID, func(b *quartet.InvoiceBook, p *quartet.InvoicePostings) error { return d.takeBackFor(b, p, &r) }); err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) takeBackFor(b *quartet.InvoiceBook, p *quartet.InvoicePostings, r *quartet.Refund) error {
	v, o := &b.Invoice, b.Order(r.Order)
	deficit := o.Claimed + o.Invoiced - o.Reversing - o.Most(r.Amount)
	still := false
	for i := range b.Waiting {
		still = still || b.Waiting[i].ID == r.ID
	}
	switch {
	case !still || deficit <= 0:
		p.Untouched = true
		return nil
	case v.State.Unissued():
		v.Answer = "order " + r.Order + " is being given back; apply again for what remains"
		return d.move(b, p, house, "invoice.cancel", "refund "+r.ID, quartet.InvoiceCancelled)
	case v.State != quartet.InvoiceIssued && v.State != quartet.InvoicePartReversed, askedFor(b, r.ID):
		p.Untouched = true
		return nil
	}
	l := v.Line(r.Order)
	part := Part{r.Order, min(deficit, l.Gross-l.Reversed.Gross)}
	if part.Amount <= 0 {
		p.Untouched = true
		return nil
	}
	_, err := d.openRed(b, p, house, quartet.RedReturned, r.ID, []Part{part})
	return err
}

func askedFor(b *quartet.InvoiceBook, refund string) bool {
	for i := range b.Reds {
		if b.Reds[i].Refund == refund {
			return true
		}
	}
	return false
}
