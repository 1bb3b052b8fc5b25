package store

import (
	"context"
	"database/sql"
	"slices"

	"quartet"
)

const (
	// A number that another invoice or red letter has is told apart by the one row of numbers,
	// whatever happens at once. One that is taken back may be given again.
	freeNumberSQL   = `DELETE FROM tax_number WHERE owner_id = $1 AND number <> $2`
	takeNumberSQL   = `INSERT INTO tax_number (number, owner_id) VALUES ($1, $2) ON CONFLICT (number) DO UPDATE SET owner_id = excluded.owner_id WHERE tax_number.owner_id = excluded.owner_id`
	placeInvoiceSQL = `INSERT INTO invoice (` + invoiceColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)`
	// To whom it is made out is not among what changes.
	changeInvoiceSQL = `UPDATE invoice SET state = $2, gross = $3, net = $4, tax = $5, channel = $6, tries = $7, asked_at = $8, answer = $9, number = $10, issued_on = $11, source = $12,
		entered_by = $13, seen_by = $14, decided_at = $15, decided_by = $16, delivered_at = $17, changed_at = $18 WHERE id = $1`
	putInvoiceLineSQL = `INSERT INTO invoice_line (invoice_id, order_id, place, item, tax_code, rate, gross, net, tax, reversed_gross, reversed_net, reversed_tax)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (invoice_id, order_id) DO UPDATE SET item = excluded.item, tax_code = excluded.tax_code, rate = excluded.rate, net = excluded.net, tax = excluded.tax,
			reversed_gross = excluded.reversed_gross, reversed_net = excluded.reversed_net, reversed_tax = excluded.reversed_tax`
	placeRedSQL = `INSERT INTO red_letter (` + redColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)`
	changeRedSQL = `UPDATE red_letter SET state = $2, channel = $3, tries = $4, asked_at = $5, answer = $6, number = $7, issued_on = $8, source = $9, entered_by = $10, seen_by = $11,
		waits_at = $12, changed_at = $13 WHERE id = $1`
	putRedLineSQL         = `INSERT INTO red_line (red_id, order_id, place, gross, net, tax) VALUES ($1, $2, $3, $4, $5, $6)`
	allocateOrderSQL      = `UPDATE shop_order SET claimed = $2, invoiced = $3 WHERE id = $1`
	putInvoiceFileSQL     = `INSERT INTO invoice_file (owner_id, kind, digest, size, sealed, put_by, put_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	replaceInvoiceFileSQL = ` ON CONFLICT (owner_id, kind) DO UPDATE SET digest = excluded.digest, size = excluded.size, sealed = excluded.sealed, put_by = excluded.put_by, put_at = excluded.put_at`
)

// PlaceInvoice shows decide orders, locked, and writes what it decides. ErrNotFound: there is
// no such order. ErrConflict: the new id is taken.
func (s *Store) PlaceInvoice(ctx context.Context, orders []string, decide func(quartet.InvoiceBook) (quartet.InvoicePostings, error)) error {
	return s.invoiceStep(ctx, func(ctx context.Context, tx *sql.Tx) (b quartet.InvoiceBook, err error) {
		return b, s.lockAllocated(ctx, tx, &b, orders)
	}, decide)
}

// ChangeInvoice shows decide an invoice with its orders and red letters, locked, and writes
// what it decides. decide may be called again; it does nothing but decide. ErrNotFound.
func (s *Store) ChangeInvoice(ctx context.Context, invoice string, decide func(quartet.InvoiceBook) (quartet.InvoicePostings, error)) error {
	return s.invoiceStep(ctx, func(ctx context.Context, tx *sql.Tx) (b quartet.InvoiceBook, err error) {
		// Which orders an invoice has lines of never changes, so they are locked before it, as
		// whoever gives money back does.
		orders, err := collect(ctx, tx, scanText, `SELECT order_id FROM invoice_line WHERE invoice_id = $1`, invoice)
		if err != nil {
			return b, err
		}
		if err := s.lockAllocated(ctx, tx, &b, orders); err != nil {
			return b, err
		}
		if b.Invoice, err = invoiceOf(ctx, tx, invoice, s.dialect.forLock); err != nil {
			return b, err
		}
		if b.Reds, err = collect(ctx, tx, scanRed, `SELECT `+redColumns+` FROM red_letter WHERE invoice_id = $1 ORDER BY created_at, id`, invoice); err != nil {
			return b, err
		}
		return b, withRedLines(ctx, tx, b.Reds)
	}, decide)
}

func (s *Store) invoiceStep(ctx context.Context, lock func(context.Context, *sql.Tx) (quartet.InvoiceBook, error), decide func(quartet.InvoiceBook) (quartet.InvoicePostings, error)) error {
	wakes := false
	err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		book, err := lock(ctx, tx)
		if err != nil {
			return err
		}
		p, err := decide(book)
		if err != nil || p.Untouched {
			return err
		}
		wakes = len(p.Jobs)+len(p.Moved)+len(p.Messages) > 0
		return s.postInvoice(ctx, tx, p)
	})
	if err == nil && wakes {
		s.nudge()
	}
	return err
}

// lockAllocated reads orders under lock, in the order of their ids, with the refunds of them
// that wait for red letters, and how the house is taxed.
func (s *Store) lockAllocated(ctx context.Context, tx *sql.Tx, b *quartet.InvoiceBook, orders []string) (err error) {
	orders = slices.Clone(orders)
	slices.Sort(orders)
	for _, id := range orders {
		// PostgreSQL gives whoever waited for a row what stands in it now, and what stood in other
		// tables before they waited. So what hangs on the order is read once it is locked.
		if _, err := one(ctx, tx, "order", scanText, `SELECT id FROM shop_order WHERE id = $1`+s.dialect.forLock, id); err != nil {
			return err
		}
		o, err := one(ctx, tx, "order", scanInvoiceOrder, `SELECT `+invoiceOrderColumns+` FROM shop_order WHERE id = $1`, id)
		if err != nil {
			return err
		}
		b.Orders = append(b.Orders, o)
		waiting, err := collect(ctx, tx, scanRefund, `SELECT `+refundColumns+` FROM refund WHERE order_id = $1 AND state = 'reversing' ORDER BY id`, id)
		if err != nil {
			return err
		}
		b.Waiting = append(b.Waiting, waiting...)
	}
	b.Tax, err = collect(ctx, tx, scanTax, `SELECT `+taxColumns+` FROM tax_setting ORDER BY from_at`)
	return err
}

func (s *Store) postInvoice(ctx context.Context, tx *sql.Tx, p quartet.InvoicePostings) error {
	for _, r := range invoiceRows(p) {
		_, err := tx.ExecContext(ctx, r.text, r.args...)
		if r.taken != "" && isUnique(err) {
			return quartet.Errorf(quartet.ErrConflict, "%s", r.taken)
		}
		if err != nil {
			return err
		}
	}
	if err := takeNumbers(ctx, tx, &p); err != nil {
		return err
	}
	if err := post(ctx, tx, p.Messages...); err != nil {
		return err
	}
	if err := enqueue(ctx, tx, p.Jobs...); err != nil {
		return err
	}
	if err := moveJobs(ctx, tx, p.Moved); err != nil {
		return err
	}
	for _, e := range p.Audit {
		if err := s.audit(ctx, tx, e); err != nil {
			return err
		}
	}
	return nil
}

const numberTaken = "another invoice or red letter has this number; look at both"

// takeNumbers keeps the numbers of what changed, each for one invoice or red letter.
func takeNumbers(ctx context.Context, tx *sql.Tx, p *quartet.InvoicePostings) error {
	take := func(owner, number string) error {
		if _, err := tx.ExecContext(ctx, freeNumberSQL, owner, number); err != nil || number == "" {
			return err
		}
		res, err := tx.ExecContext(ctx, takeNumberSQL, number, owner)
		return mustChange(res, err, numberTaken)
	}
	if p.Changed != nil {
		if err := take(p.Changed.ID, p.Changed.Number); err != nil {
			return err
		}
	}
	if p.Red != nil {
		return take(p.Red.ID, p.Red.Number)
	}
	return nil
}

func invoiceRows(p quartet.InvoicePostings) []row {
	var rows []row
	add := func(taken, text string, args ...any) { rows = append(rows, row{taken, text, args}) }
	for i := range p.Orders {
		o := &p.Orders[i]
		add("", allocateOrderSQL, o.Order.ID, int64(o.Claimed), int64(o.Invoiced))
	}
	if v := p.Placed; v != nil {
		add("this number of an invoice is taken; ask again", placeInvoiceSQL, invoiceArgs(v)...)
		rows = append(rows, lineRows(v)...)
	}
	if v := p.Changed; v != nil {
		add(numberTaken, changeInvoiceSQL, v.ID, string(v.State), int64(v.Amounts.Gross), int64(v.Amounts.Net), int64(v.Amounts.Tax), v.Channel, v.Tries, micros(v.Asked), v.Answer,
			v.Number, micros(v.IssuedOn), string(v.Source), v.Entered, v.Seen, micros(v.Decided), v.DecidedBy, micros(v.Delivered), micros(v.Changed))
		rows = append(rows, lineRows(v)...)
	}
	if r := p.Red; r != nil && p.NewRed {
		add("a red letter of this invoice is under way already; wait for it", placeRedSQL, redArgs(r)...)
		for i, l := range r.Lines {
			add("", putRedLineSQL, r.ID, l.Order, i, int64(l.Gross), int64(l.Net), int64(l.Tax))
		}
	} else if r != nil {
		add(numberTaken, changeRedSQL, r.ID, string(r.State), r.Channel, r.Tries, micros(r.Asked), r.Answer, r.Number, micros(r.IssuedOn), string(r.Source), r.Entered, r.Seen, micros(r.Waits), micros(r.Changed))
	}
	for i := range p.Files {
		f := &p.Files[i]
		text := putInvoiceFileSQL
		if p.Replaces {
			text += replaceInvoiceFileSQL
		}
		add("this file stands already and is never changed", text, f.Owner, string(f.Kind), f.Digest, f.Size, f.Sealed, f.By, micros(f.At))
	}
	return rows
}

func lineRows(v *quartet.Invoice) []row {
	rows := make([]row, len(v.Lines))
	for i := range v.Lines {
		l := &v.Lines[i]
		rows[i] = row{"", putInvoiceLineSQL, []any{
			v.ID, l.Order, i, l.Name, l.Code, int64(l.Rate), int64(l.Gross), int64(l.Net), int64(l.Tax),
			int64(l.Reversed.Gross), int64(l.Reversed.Net), int64(l.Reversed.Tax),
		}}
	}
	return rows
}
