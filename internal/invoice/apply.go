package invoice

import (
	"context"
	"fmt"

	"quartet"
)

const maxLines = 100

// Part is so much of an order; 0: all that may be asked for.
type Part struct {
	Order  string
	Amount quartet.Fen
}

// Application is what a buyer wants.
type Application struct {
	Account string
	Person  string
	Kind    quartet.InvoiceKind
	Title   string // id
	Email   string // where its letter goes
	Parts   []Part // a line each
}

// Apply asks for an invoice, by which its amounts are claimed. ErrNotFound: the account has no
// such order or title; ErrInvalid, with the field; ErrConflict: less may be asked for, or the
// house has not said how it is taxed; ErrForbidden: a special invoice is for approved firms.
func (d *Desk) Apply(ctx context.Context, by string, a Application) (quartet.Invoice, error) {
	var v quartet.Invoice
	orders, err := partsOf(a.Parts)
	if err != nil {
		return v, err
	}
	t, err := d.title(ctx, a.Account, a.Title)
	if err != nil {
		return v, err
	}
	buyer := t.Buyer
	if buyer.Email, err = email(a.Email); err != nil {
		return v, err
	}
	if err := d.mayHave(ctx, a, &buyer); err != nil {
		return v, err
	}
	err = d.store.PlaceInvoice(ctx, orders, func(b quartet.InvoiceBook) (quartet.InvoicePostings, error) {
		var p quartet.InvoicePostings
		now := d.now()
		tax, ok := quartet.TaxAt(b.Tax, now)
		if !ok {
			return p, quartet.Errorf(quartet.ErrConflict, "the house has not said yet how it is taxed; ask it, and apply again")
		}
		id := number(now)
		v = quartet.Invoice{
			ID: id, Account: a.Account, Person: a.Person, Kind: a.Kind, Sealed: d.sealBuyer(buyer, invoiceRecord(id)), State: quartet.InvoiceSubmitted,
			Channel: d.channels[0].Name(), Created: now, Changed: now,
		}
		for _, part := range a.Parts {
			o := b.Order(part.Order)
			line, err := lineOf(a.Account, part, o, tax.TaxItem)
			if err != nil {
				return p, err
			}
			o.Claimed += line.Gross
			v.Lines = append(v.Lines, line)
			v.Amounts = v.Amounts.Plus(line.Amounts)
		}
		p.Placed, p.Orders = &v, b.Orders
		p.Audit = []quartet.AuditEntry{entry(now, by, "invoice.apply", id, fmt.Sprintf("%s, %d orders", v.Kind, len(v.Lines)), nil, state{State: v.State, Fen: &v.Amounts.Gross, Kind: v.Kind, Orders: len(v.Lines)})}
		return p, nil
	})
	return v, err
}

func partsOf(parts []Part) ([]string, error) {
	wrong := func(message string) error {
		return &quartet.Error{Code: quartet.ErrInvalid, Field: "orders", Message: message}
	}
	if len(parts) == 0 || len(parts) > maxLines {
		return nil, wrong("choose 1 to 100 orders")
	}
	seen := map[string]bool{}
	var orders []string
	for _, p := range parts {
		switch {
		case seen[p.Order]:
			return nil, wrong("choose each order once")
		case p.Amount < 0:
			return nil, wrong("an amount is above zero; leave it out for all that may be asked for")
		}
		seen[p.Order] = true
		orders = append(orders, p.Order)
	}
	return orders, nil
}

func email(text string) (string, error) {
	to, err := quartet.ParseAddress(text)
	if err != nil || to.Channel() != quartet.ChannelEmail {
		return "", &quartet.Error{Code: quartet.ErrInvalid, Field: "email", Message: "say the e-mail address that is told when the invoice is issued"}
	}
	return to.Reveal(), nil
}

// mayHave: with a special invoice a firm sets tax off, so it must be the firm that the house
// has approved.
func (d *Desk) mayHave(ctx context.Context, a Application, b *quartet.InvoiceBuyer) error {
	switch a.Kind {
	case quartet.InvoiceOrdinary:
		return nil
	case quartet.InvoiceSpecial:
	default:
		return &quartet.Error{Code: quartet.ErrInvalid, Field: "kind", Message: "an invoice is ordinary or special"}
	}
	if b.Kind != quartet.TitleFirm {
		return &quartet.Error{Code: quartet.ErrInvalid, Field: "title", Message: "a special invoice is made out to a firm; choose the title of one"}
	}
	approved, err := d.firms.List(ctx, a.Account, quartet.FirmApproved, "", 1)
	if err != nil {
		return err
	}
	if len(approved) == 0 {
		return quartet.Errorf(quartet.ErrForbidden, "special invoices are for firms that the house has approved; apply for that first, or choose an ordinary one")
	}
	if string(approved[0].Code) != b.TaxID {
		return quartet.Errorf(quartet.ErrForbidden, "a special invoice is made out to the firm that the house has approved; choose a title with its credit code")
	}
	return nil
}

func lineOf(account string, part Part, o *quartet.InvoiceOrder, tax quartet.TaxItem) (quartet.InvoiceLine, error) {
	may := o.Invoiceable()
	amount := part.Amount
	if amount == 0 {
		amount = may
	}
	switch {
	case o.Order.Account != account:
		return quartet.InvoiceLine{}, quartet.Errorf(quartet.ErrNotFound, "there is no such order")
	case may == 0:
		return quartet.InvoiceLine{}, quartet.Errorf(quartet.ErrConflict, "of order %s nothing may be asked for: it was not paid here, is being given back, or is in invoices already", o.Order.ID)
	case amount > may:
		return quartet.InvoiceLine{}, quartet.Errorf(quartet.ErrConflict, "of order %s %s yuan may be asked for, not %s", o.Order.ID, may, amount)
	}
	return quartet.InvoiceLine{Order: o.Order.ID, TaxItem: tax, Amounts: quartet.SplitTax(amount, tax.Rate)}, nil
}

// Cancel takes an application back that is surely not issued; the amounts may be asked for
// again. An operator names no account. ErrNotFound, ErrConflict.
func (d *Desk) Cancel(ctx context.Context, by, account, id string) (quartet.Invoice, error) {
	return d.step(ctx, id, func(b *quartet.InvoiceBook, p *quartet.InvoicePostings) error {
		v := &b.Invoice
		switch {
		case account != "" && v.Account != account:
			return quartet.Errorf(quartet.ErrNotFound, "there is no such invoice")
		case v.State == quartet.InvoiceCancelled:
			p.Untouched = true
			return nil
		case !v.State.Unissued():
			return quartet.Errorf(quartet.ErrConflict, "this invoice is %s and cannot be taken back any more; ask the house for a red letter", v.State)
		}
		return d.move(b, p, by, "invoice.cancel", "", quartet.InvoiceCancelled)
	})
}
