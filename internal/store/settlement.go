package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"time"

	"quartet"
)

// A payment is booked with the grant that its order gave, and a refund with the payment that
// goes back. Which provider both belong to, the payment says.
const (
	bookedPayments = `SELECT 'paid', payment.id, payment.reference, payment.order_id, payment.received, payment.state, payment.settled_at,
		CASE WHEN EXISTS (SELECT 1 FROM shop_order JOIN quota_grant ON quota_grant.id = shop_order.grant_id
			WHERE shop_order.id = payment.order_id AND quota_grant.units = shop_order.units AND quota_grant.account_id = shop_order.account_id) THEN 1 ELSE 0 END
		FROM payment WHERE payment.provider = $1`
	bookedRefunds = `SELECT 'refund', refund.id, refund.reference, refund.order_id, refund.amount, refund.state, refund.ended_at, 0
		FROM refund JOIN payment ON payment.id = refund.payment_id WHERE payment.provider = $1`
)

// Booked lists what moved by our books at a provider from one instant to before another one:
// payments by which money came, and refunds that are done, by their numbers.
func (s *Store) Booked(ctx context.Context, provider string, from, to time.Time) ([]quartet.Booked, error) {
	paid, err := collect(ctx, s.reader, scanBooked, bookedPayments+` AND payment.state IN ('paid', 'surplus', 'returned')
		AND payment.settled_at >= $2 AND payment.settled_at < $3 ORDER BY payment.id`, provider, micros(from), micros(to))
	if err != nil {
		return nil, err
	}
	back, err := collect(ctx, s.reader, scanBooked, bookedRefunds+` AND refund.state = 'done'
		AND refund.ended_at >= $2 AND refund.ended_at < $3 ORDER BY refund.id`, provider, micros(from), micros(to))
	return append(paid, back...), err
}

// BookedAs finds what our books hold of these numbers at a provider, in whatever state.
func (s *Store) BookedAs(ctx context.Context, provider string, numbers []string) ([]quartet.Booked, error) {
	var all []quartet.Booked
	for part := range slices.Chunk(numbers, 500) {
		args := append([]any{provider}, anys(part)...)
		for _, query := range []string{bookedPayments + ` AND payment.id IN `, bookedRefunds + ` AND refund.id IN `} {
			found, err := collect(ctx, s.reader, scanBooked, query+list(1, len(part)), args...)
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		}
	}
	return all, nil
}

func scanBooked(row scanner) (quartet.Booked, error) {
	var (
		b                   quartet.Booked
		kind                string
		amount, at, granted int64
	)
	err := row.Scan(&kind, &b.Number, &b.Reference, &b.Order, &amount, &b.State, &at, &granted)
	b.Kind, b.Amount, b.At, b.Granted = quartet.BillKind(kind), quartet.Fen(amount), fromMicros(at), granted == 1
	return b, err
}

// BilledOtherwise tells which of these numbers stand on the bill of another day of a
// provider that was compared.
func (s *Store) BilledOtherwise(ctx context.Context, provider, day string, numbers []string) (map[string]bool, error) {
	billed := map[string]bool{}
	for part := range slices.Chunk(numbers, 500) {
		found, err := collect(ctx, s.reader, func(row scanner) (string, error) {
			var number string
			err := row.Scan(&number)
			return number, err
		}, `SELECT DISTINCT number FROM settlement_line WHERE provider = $1 AND day <> $2 AND number IN `+list(2, len(part)), append([]any{provider, day}, anys(part)...)...)
		if err != nil {
			return nil, err
		}
		for _, number := range found {
			billed[number] = true
		}
	}
	return billed, nil
}

const settlementColumns = `provider, day, compared_at, paid, refunded, fee, paid_here, refunded_here, lines, differences, acknowledged_at, acknowledged_by, note`

// PutSettlement writes the bill, and then what came of its comparison, over what an earlier
// one of the same provider and day left. An acknowledgement holds on if nothing of it changed.
// Cut off in between, the earlier comparison stands, and it is to be made again.
func (s *Store) PutSettlement(ctx context.Context, t quartet.Settlement, bill []quartet.BillLine, e quartet.AuditEntry) error {
	differences, err := json.Marshal(t.Differences)
	if err != nil {
		return err
	}
	if err := s.putBill(ctx, t.Provider, t.Day, bill); err != nil {
		return err
	}
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		const same = `settlement.paid = excluded.paid AND settlement.refunded = excluded.refunded AND settlement.fee = excluded.fee AND settlement.lines = excluded.lines
			AND settlement.paid_here = excluded.paid_here AND settlement.refunded_here = excluded.refunded_here AND settlement.differences = excluded.differences`
		_, err := tx.ExecContext(ctx, `INSERT INTO settlement (`+settlementColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, '', '')
			ON CONFLICT (provider, day) DO UPDATE SET
				acknowledged_at = CASE WHEN `+same+` THEN settlement.acknowledged_at ELSE 0 END,
				acknowledged_by = CASE WHEN `+same+` THEN settlement.acknowledged_by ELSE '' END,
				note = CASE WHEN `+same+` THEN settlement.note ELSE '' END,
				compared_at = excluded.compared_at, paid = excluded.paid, refunded = excluded.refunded, fee = excluded.fee,
				paid_here = excluded.paid_here, refunded_here = excluded.refunded_here, lines = excluded.lines, differences = excluded.differences`,
			t.Provider, t.Day, micros(t.Compared), int64(t.Paid), int64(t.Refunded), int64(t.Fee), int64(t.PaidHere), int64(t.RefundedHere), t.Lines, string(differences))
		return err
	})
}

// billChunk is how many lines of a bill are written at once: on SQLite nobody else writes
// meanwhile, and a thousand lines take some fifty milliseconds.
const billChunk = 200

// putBill writes the lines of a day's bill behind those of an earlier one, in chunks, and then
// takes the earlier ones away. One that is cut off leaves lines of both, each of which the
// provider sent for that day: which bill a number stands on is all that is ever asked of them.
func (s *Store) putBill(ctx context.Context, provider, day string, bill []quartet.BillLine) error {
	const next = `SELECT coalesce(max(place) + 1, 0) FROM settlement_line WHERE provider = $1 AND day = $2`
	began, err := collect(ctx, s.reader, scanInt, next, provider, day)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(bill, billChunk) {
		err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
			place, err := collect(ctx, tx, scanInt, next, provider, day)
			if err != nil {
				return err
			}
			put, err := tx.PrepareContext(ctx, `INSERT INTO settlement_line (provider, day, place, kind, number, reference, amount, fee, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`)
			if err != nil {
				return err
			}
			defer put.Close()
			for i, l := range part {
				if _, err := put.ExecContext(ctx, provider, day, place[0]+int64(i), string(l.Kind), l.Number, l.Reference, int64(l.Amount), int64(l.Fee), micros(l.At)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return s.inChunks(ctx, billChunk, `DELETE FROM settlement_line WHERE provider = $2 AND day = $3 AND place IN
		(SELECT place FROM settlement_line WHERE provider = $2 AND day = $3 AND place < $4 ORDER BY place LIMIT $1)`, provider, day, began[0])
}

// AcknowledgeSettlement writes who has looked at a comparison, as it was made at an instant.
// ErrConflict: it was made anew meanwhile, or is acknowledged.
func (s *Store) AcknowledgeSettlement(ctx context.Context, t quartet.Settlement, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE settlement SET acknowledged_at = $4, acknowledged_by = $5, note = $6
			WHERE provider = $1 AND day = $2 AND compared_at = $3 AND acknowledged_at = 0`,
			t.Provider, t.Day, micros(t.Compared), micros(t.Acknowledged), t.By, t.Note)
		return mustChange(res, err, "this day was compared anew or acknowledged meanwhile; look at it again")
	})
}

// Settlements lists comparisons, the newest day first and then by provider, at most limit: of
// one provider, or of all for ""; behind that of a day and a provider, or from the newest
// for no day.
func (s *Store) Settlements(ctx context.Context, provider, day, behind string, limit int) ([]quartet.Settlement, error) {
	return collect(ctx, s.reader, scanSettlement, `SELECT `+settlementColumns+` FROM settlement
		WHERE ($1 = '' OR provider = $1) AND ($2 = '' OR day < $2 OR day = $2 AND provider > $3) ORDER BY day DESC, provider LIMIT $4`, provider, day, behind, limit)
}

// Settlement finds the comparison of a provider's day, or ErrNotFound.
func (s *Store) Settlement(ctx context.Context, provider, day string) (quartet.Settlement, error) {
	found, err := collect(ctx, s.reader, scanSettlement, `SELECT `+settlementColumns+` FROM settlement WHERE provider = $1 AND day = $2`, provider, day)
	if err == nil && len(found) == 0 {
		err = quartet.Errorf(quartet.ErrNotFound, "the bill of this day has not been compared")
	}
	if err != nil {
		return quartet.Settlement{}, err
	}
	return found[0], nil
}

func scanSettlement(row scanner) (quartet.Settlement, error) {
	var (
		t                      quartet.Settlement
		compared, acknowledged int64
		differences            string
	)
	err := row.Scan(&t.Provider, &t.Day, &compared, &t.Paid, &t.Refunded, &t.Fee, &t.PaidHere, &t.RefundedHere, &t.Lines, &differences, &acknowledged, &t.By, &t.Note)
	if err != nil {
		return t, err
	}
	t.Compared, t.Acknowledged = fromMicros(compared), fromMicros(acknowledged)
	if err := json.Unmarshal([]byte(differences), &t.Differences); err != nil {
		return t, quartet.Errorf(quartet.ErrInternal, "the differences of %s of %s cannot be read: %w", t.Provider, t.Day, err)
	}
	return t, nil
}
