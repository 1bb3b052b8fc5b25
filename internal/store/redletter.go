package store

import (
	"context"

	"quartet"
)

const redColumns = `id, invoice_id, account_id, state, reason, refund_id, asked_by, gross, net, tax, channel, tries, asked_at, answer, number, issued_on, source, entered_by, seen_by,
	created_at, waits_at, changed_at`

func scanRed(row scanner) (quartet.RedLetter, error) {
	var (
		r                                      quartet.RedLetter
		state, reason, source                  string
		tries, asked, issued, made, waits, end int64
	)
	a := &r.Amounts
	err := row.Scan(&r.ID, &r.Invoice, &r.Account, &state, &reason, &r.Refund, &r.AskedBy, &a.Gross, &a.Net, &a.Tax, &r.Channel, &tries, &asked, &r.Answer, &r.Number, &issued, &source, &r.Entered, &r.Seen,
		&made, &waits, &end)
	r.State, r.Reason, r.Source, r.Tries = quartet.RedState(state), quartet.RedReason(reason), quartet.InvoiceSource(source), int(tries)
	r.Asked, r.IssuedOn, r.Created, r.Waits, r.Changed = fromMicros(asked), fromMicros(issued), fromMicros(made), fromMicros(waits), fromMicros(end)
	return r, err
}

func redArgs(r *quartet.RedLetter) []any {
	return []any{
		r.ID, r.Invoice, r.Account, string(r.State), string(r.Reason), r.Refund, r.AskedBy, int64(r.Amounts.Gross), int64(r.Amounts.Net), int64(r.Amounts.Tax), r.Channel, r.Tries,
		micros(r.Asked), r.Answer, r.Number, micros(r.IssuedOn), string(r.Source), r.Entered, r.Seen, micros(r.Created), micros(r.Waits), micros(r.Changed),
	}
}

type redLineOf struct {
	red string
	quartet.RedLine
}

func scanRedLine(row scanner) (l redLineOf, err error) {
	err = row.Scan(&l.red, &l.Order, &l.Gross, &l.Net, &l.Tax)
	return l, err
}

func withRedLines(ctx context.Context, q querier, list []quartet.RedLetter) error {
	if len(list) == 0 {
		return nil
	}
	ids, at := make([]any, len(list)), map[string]*quartet.RedLetter{}
	for i := range list {
		ids[i], at[list[i].ID] = list[i].ID, &list[i]
	}
	lines, err := collect(ctx, q, scanRedLine, `SELECT red_id, order_id, gross, net, tax FROM red_line WHERE red_id IN (`+placeholders(1, len(ids))+`) ORDER BY red_id, place`, ids...)
	for _, l := range lines {
		r := at[l.red]
		r.Lines = append(r.Lines, l.RedLine)
	}
	return err
}

// RedLetter finds a red letter with its lines, or ErrNotFound.
func (s *Store) RedLetter(ctx context.Context, id string) (quartet.RedLetter, error) {
	r, err := one(ctx, s.reader, "red letter", scanRed, `SELECT `+redColumns+` FROM red_letter WHERE id = $1`, id)
	if err != nil {
		return r, err
	}
	list := []quartet.RedLetter{r}
	err = withRedLines(ctx, s.reader, list)
	return list[0], err
}

// RedLetters lists red letters with their lines, newest first, at most limit: of an invoice,
// or of all for ""; in a state, or in any for ""; behind the one of the id before, or from the
// newest for "".
func (s *Store) RedLetters(ctx context.Context, invoice string, state quartet.RedState, before string, limit int) ([]quartet.RedLetter, error) {
	list, err := collect(ctx, s.reader, scanRed, `SELECT `+redColumns+` FROM red_letter WHERE ($1 = '' OR invoice_id = $1) AND ($2 = '' OR state = $2)
		AND ($3 = '' OR created_at < (SELECT created_at FROM red_letter WHERE id = $3)
			OR created_at = (SELECT created_at FROM red_letter WHERE id = $3) AND id < $3)
		ORDER BY created_at DESC, id DESC LIMIT $4`, invoice, string(state), before, limit)
	if err != nil {
		return nil, err
	}
	return list, withRedLines(ctx, s.reader, list)
}
