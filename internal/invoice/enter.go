package invoice

import (
	"context"
	"time"

	"quartet"
)

// Entry is what people say that an issued invoice says, where its data cannot be read. The
// amounts of a red letter are said above zero.
type Entry struct {
	Number   string
	IssuedOn time.Time
	Amounts  quartet.Amounts
}

// Enter says what an issued invoice or red letter says whose XML cannot be read. It counts once
// a second person has confirmed it, and the record says that it was entered. One of its files
// must be there, for that person to look at. ErrNotFound, ErrInvalid, ErrConflict.
func (d *Desk) Enter(ctx context.Context, by, owner string, e Entry) error {
	files, err := d.store.InvoiceFiles(ctx, owner)
	if err != nil {
		return err
	}
	return d.onEither(ctx, owner,
		func(b *quartet.InvoiceBook, p *quartet.InvoicePostings) error {
			v := &b.Invoice
			if v.State != quartet.InvoiceIssuing {
				return stands(v)
			}
			if err := d.mayEnter(v.Channel, files, e, v.Amounts); err != nil {
				return err
			}
			v.Number, v.IssuedOn, v.Source, v.Entered, v.Seen = e.Number, e.IssuedOn, quartet.FromEntry, by, ""
			return d.move(b, p, by, "invoice.enter", "number "+e.Number, quartet.InvoiceEntered)
		},
		func(b *quartet.InvoiceBook, r *quartet.RedLetter, p *quartet.InvoicePostings) error {
			if r.State != quartet.RedIssuing {
				return redStands(r)
			}
			if e.Number == b.Invoice.Number {
				return &quartet.Error{Code: quartet.ErrInvalid, Field: "number", Message: "this is the number of the invoice itself"}
			}
			if err := d.mayEnter(r.Channel, files, e, r.Amounts); err != nil {
				return err
			}
			r.Number, r.IssuedOn, r.Source, r.Entered, r.Seen = e.Number, e.IssuedOn, quartet.FromEntry, by, ""
			return d.moveRed(b, r, p, by, "red.enter", "number "+e.Number, quartet.RedEntered)
		})
}

func (d *Desk) mayEnter(channel string, files []quartet.InvoiceFile, e Entry, want quartet.Amounts) error {
	if err := d.byHand(channel); err != nil {
		return err
	}
	wrong := func(field, message string) error {
		return &quartet.Error{Code: quartet.ErrInvalid, Field: field, Message: message}
	}
	switch {
	case len(files) == 0:
		return quartet.Errorf(quartet.ErrConflict, "hand in its PDF or OFD first, so that the second person can compare")
	case !quartet.InvoiceNumber(e.Number):
		return wrong("number", "the number of an electronic invoice is 20 digits")
	case e.IssuedOn.IsZero() || e.IssuedOn.After(d.now()):
		return wrong("issued_on", "say the day on which it was issued")
	case e.Amounts != want:
		return wrong("amount_fen", "this is not what was asked for: "+want.Gross.String()+" with "+want.Tax.String()+" tax")
	}
	return nil
}

// Confirm is the second person's word for what was entered. ErrNotFound; ErrForbidden: the one
// who entered it cannot; ErrConflict.
func (d *Desk) Confirm(ctx context.Context, by, owner string) error {
	return d.onEither(ctx, owner,
		func(b *quartet.InvoiceBook, p *quartet.InvoicePostings) error {
			v := &b.Invoice
			if v.State != quartet.InvoiceEntered {
				return stands(v)
			}
			if v.Entered == by {
				return second()
			}
			v.Seen = by
			return d.settle(b, p, by, "number "+v.Number+", entered by "+v.Entered+" and confirmed")
		},
		func(b *quartet.InvoiceBook, r *quartet.RedLetter, p *quartet.InvoicePostings) error {
			if r.State != quartet.RedEntered {
				return redStands(r)
			}
			if r.Entered == by {
				return second()
			}
			r.Seen = by
			return d.reverse(b, r, p, by)
		})
}

func second() error {
	return quartet.Errorf(quartet.ErrForbidden, "another person must confirm what you entered")
}

// Dispute takes back what was entered, by whomever; it is entered anew. ErrNotFound, ErrConflict.
func (d *Desk) Dispute(ctx context.Context, by, owner string) error {
	return d.onEither(ctx, owner,
		func(b *quartet.InvoiceBook, p *quartet.InvoicePostings) error {
			v := &b.Invoice
			if v.State != quartet.InvoiceEntered {
				return stands(v)
			}
			was := v.Number
			v.Number, v.IssuedOn, v.Source, v.Entered = "", time.Time{}, "", ""
			return d.move(b, p, by, "invoice.dispute", "number "+was, quartet.InvoiceIssuing)
		},
		func(b *quartet.InvoiceBook, r *quartet.RedLetter, p *quartet.InvoicePostings) error {
			if r.State != quartet.RedEntered {
				return redStands(r)
			}
			was := r.Number
			r.Number, r.IssuedOn, r.Source, r.Entered = "", time.Time{}, "", ""
			return d.moveRed(b, r, p, by, "red.dispute", "number "+was, quartet.RedIssuing)
		})
}

// onEither takes an invoice, or the invoice of a red letter, one step on. Their ids are of one
// kind, and no two are the same.
func (d *Desk) onEither(ctx context.Context, owner string, invoice func(*quartet.InvoiceBook, *quartet.InvoicePostings) error,
	red func(*quartet.InvoiceBook, *quartet.RedLetter, *quartet.InvoicePostings) error,
) error {
	_, err := d.stepRed(ctx, owner, red)
	if quartet.CodeOf(err) == quartet.ErrNotFound {
		_, err = d.step(ctx, owner, invoice)
	}
	return err
}
