package store

import (
	"context"

	"quartet"
)

const (
	invoiceColumns = `id, account_id, person_id, kind, sealed, state, gross, net, tax, channel, tries, asked_at, answer, number, issued_on, source, entered_by, seen_by,
	created_at, decided_at, decided_by, delivered_at, changed_at`
	invoiceLineColumns = `invoice_id, order_id, item, tax_code, rate, gross, net, tax, reversed_gross, reversed_net, reversed_tax`
)

func scanInvoice(row scanner) (quartet.Invoice, error) {
	var (
		v                                                       quartet.Invoice
		kind, state, source                                     string
		asked, issued, created, decided, delivered, changed, ts int64
	)
	a := &v.Amounts
	err := row.Scan(&v.ID, &v.Account, &v.Person, &kind, &v.Sealed, &state, &a.Gross, &a.Net, &a.Tax, &v.Channel, &ts, &asked, &v.Answer, &v.Number, &issued, &source, &v.Entered, &v.Seen,
		&created, &decided, &v.DecidedBy, &delivered, &changed)
	v.Kind, v.State, v.Source, v.Tries = quartet.InvoiceKind(kind), quartet.InvoiceState(state), quartet.InvoiceSource(source), int(ts)
	v.Asked, v.IssuedOn, v.Created, v.Decided = fromMicros(asked), fromMicros(issued), fromMicros(created), fromMicros(decided)
	v.Delivered, v.Changed = fromMicros(delivered), fromMicros(changed)
	return v, err
}

func invoiceArgs(v *quartet.Invoice) []any {
	return []any{
		v.ID, v.Account, v.Person, string(v.Kind), bytesOf(v.Sealed), string(v.State), int64(v.Amounts.Gross), int64(v.Amounts.Net), int64(v.Amounts.Tax), v.Channel, v.Tries,
		micros(v.Asked), v.Answer, v.Number, micros(v.IssuedOn), string(v.Source), v.Entered, v.Seen,
		micros(v.Created), micros(v.Decided), v.DecidedBy, micros(v.Delivered), micros(v.Changed),
	}
}

// lineOf is a line with the invoice that it belongs to.
type lineOf struct {
	invoice string
	quartet.InvoiceLine
}

func scanInvoiceLine(row scanner) (l lineOf, err error) {
	err = row.Scan(&l.invoice, &l.Order, &l.Name, &l.Code, &l.Rate, &l.Gross, &l.Net, &l.Tax, &l.Reversed.Gross, &l.Reversed.Net, &l.Reversed.Tax)
	return l, err
}

// Invoice finds an invoice with its lines, or ErrNotFound.
func (s *Store) Invoice(ctx context.Context, id string) (quartet.Invoice, error) {
	return invoiceOf(ctx, s.reader, id, "")
}

func invoiceOf(ctx context.Context, q querier, id, lock string) (quartet.Invoice, error) {
	v, err := one(ctx, q, "invoice", scanInvoice, `SELECT `+invoiceColumns+` FROM invoice WHERE id = $1`+lock, id)
	if err != nil {
		return v, err
	}
	list := []quartet.Invoice{v}
	err = withLines(ctx, q, list)
	return list[0], err
}

// withLines reads the lines of invoices.
func withLines(ctx context.Context, q querier, list []quartet.Invoice) error {
	if len(list) == 0 {
		return nil
	}
	ids, at := make([]any, len(list)), map[string]*quartet.Invoice{}
	for i := range list {
		ids[i], at[list[i].ID] = list[i].ID, &list[i]
	}
	lines, err := collect(ctx, q, scanInvoiceLine, `SELECT `+invoiceLineColumns+` FROM invoice_line WHERE invoice_id IN (`+placeholders(1, len(ids))+`) ORDER BY invoice_id, place`, ids...)
	for _, l := range lines {
		v := at[l.invoice]
		v.Lines = append(v.Lines, l.InvoiceLine)
	}
	return err
}

// Invoices lists invoices with their lines, newest first, at most limit: of an account, or of
// all for ""; in a state, or in any for ""; behind the one of the id before, or from the
// newest for "".
func (s *Store) Invoices(ctx context.Context, account string, state quartet.InvoiceState, before string, limit int) ([]quartet.Invoice, error) {
	list, err := collect(ctx, s.reader, scanInvoice, `SELECT `+invoiceColumns+` FROM invoice WHERE ($1 = '' OR account_id = $1) AND ($2 = '' OR state = $2)
		AND ($3 = '' OR created_at < (SELECT created_at FROM invoice WHERE id = $3)
			OR created_at = (SELECT created_at FROM invoice WHERE id = $3) AND id < $3)
		ORDER BY created_at DESC, id DESC LIMIT $4`, account, string(state), before, limit)
	if err != nil {
		return nil, err
	}
	return list, withLines(ctx, s.reader, list)
}

// InvoicesOf lists the invoices that have a line of an order, newest first.
func (s *Store) InvoicesOf(ctx context.Context, order string) ([]quartet.Invoice, error) {
	list, err := collect(ctx, s.reader, scanInvoice, `SELECT `+invoiceColumns+` FROM invoice
		WHERE id IN (SELECT invoice_id FROM invoice_line WHERE order_id = $1) ORDER BY created_at DESC, id DESC`, order)
	if err != nil {
		return nil, err
	}
	return list, withLines(ctx, s.reader, list)
}

const invoiceOrderColumns = orderColumns + `, claimed, invoiced,
	(SELECT CAST(coalesce(sum(l.gross), 0) AS BIGINT) FROM red_line AS l JOIN red_letter AS r ON r.id = l.red_id WHERE l.order_id = shop_order.id AND r.state NOT IN ('done', 'refused')),
	CASE WHEN EXISTS (SELECT 1 FROM payment WHERE payment.order_id = shop_order.id AND payment.state = 'paid') THEN 1 ELSE 0 END,
	(SELECT CAST(coalesce(sum(payment.excluded), 0) AS BIGINT) FROM payment WHERE payment.order_id = shop_order.id AND payment.state = 'paid')`

func scanInvoiceOrder(row scanner) (o quartet.InvoiceOrder, err error) {
	var here int64
	o.Order, err = scanOrder(more{row, []any{&o.Claimed, &o.Invoiced, &o.Reversing, &here, &o.Excluded}})
	o.PaidHere = here == 1
	return o, err
}

// more is a row with columns behind those that another scan reads.
type more struct {
	scanner

	behind []any
}

// Scan implements scanner.
func (m more) Scan(into ...any) error { return m.scanner.Scan(append(into, m.behind...)...) }

// InvoiceOrders lists orders of an account that were paid here and are no trials, newest
// first, at most limit, behind the one of the id before, with what invoices have of them.
func (s *Store) InvoiceOrders(ctx context.Context, account, before string, limit int) ([]quartet.InvoiceOrder, error) {
	return collect(ctx, s.reader, scanInvoiceOrder, `SELECT `+invoiceOrderColumns+` FROM shop_order
		WHERE account_id = $1 AND trial = 0 AND state IN ('paid', 'refunding', 'refunded')
		AND EXISTS (SELECT 1 FROM payment WHERE payment.order_id = shop_order.id AND payment.state = 'paid')
		AND ($2 = '' OR created_at < (SELECT created_at FROM shop_order WHERE id = $2)
			OR created_at = (SELECT created_at FROM shop_order WHERE id = $2) AND id < $2)
		ORDER BY created_at DESC, id DESC LIMIT $3`, account, before, limit)
}

// InvoiceOrder finds an order as invoices see it, or ErrNotFound.
func (s *Store) InvoiceOrder(ctx context.Context, id string) (quartet.InvoiceOrder, error) {
	return one(ctx, s.reader, "order", scanInvoiceOrder, `SELECT `+invoiceOrderColumns+` FROM shop_order WHERE id = $1`, id)
}
