package store

import (
	"context"
	"database/sql"

	"quartet"
)

// Payouts lists the money that people are to pay back at the bank, oldest first: transfers
// that go back, and refunds of orders that a transfer paid.
func (s *Store) Payouts(ctx context.Context) ([]quartet.Payout, error) {
	return collect(ctx, s.reader, scanPayout, payoutsQuery+` ORDER BY due.at, due.id`)
}

// Payout finds one of them, or ErrNotFound.
func (s *Store) Payout(ctx context.Context, id string) (quartet.Payout, error) {
	found, err := collect(ctx, s.reader, scanPayout, payoutsQuery+` WHERE due.id = $1`, id)
	if err == nil && len(found) == 0 {
		err = quartet.Errorf(quartet.ErrNotFound, "nothing of that id waits to be paid back")
	}
	if err != nil {
		return quartet.Payout{}, err
	}
	return found[0], nil
}

// A transfer that became a payment goes back as the refund of its surplus. A payout that two
// people have seen is due no longer, though the refund may take a moment to hear of it.
const payoutsQuery = `SELECT due.id, due.is_refund, due.amount, due.transfer_id, COALESCE(payout.serial, ''), COALESCE(payout.entered_by, ''), COALESCE(payout.entered_at, 0)
	FROM (
		SELECT id, 0 AS is_refund, amount, id AS transfer_id, at FROM transfer WHERE state = 'returning' AND payment_id = ''
		UNION ALL
		SELECT refund.id, 1, refund.amount, COALESCE(transfer.id, ''), refund.decided_at FROM refund
		JOIN payment ON payment.id = refund.payment_id AND payment.provider = 'transfer'
		LEFT JOIN transfer ON transfer.payment_id = payment.id
		WHERE refund.state = 'sending' AND NOT EXISTS (SELECT 1 FROM payout WHERE payout.id = refund.id AND payout.seen_by <> '')
	) AS due LEFT JOIN payout ON payout.id = due.id`

func scanPayout(row scanner) (quartet.Payout, error) {
	var (
		p                       quartet.Payout
		refund, amount, entered int64
	)
	err := row.Scan(&p.ID, &refund, &amount, &p.Transfer, &p.Serial, &p.EnteredBy, &entered)
	p.Refund, p.Amount, p.Entered = refund == 1, quartet.Fen(amount), fromMicros(entered)
	return p, err
}

func scanEntered(row scanner) (quartet.Payout, error) {
	p := quartet.Payout{Refund: true}
	var amount, entered, seen int64
	err := row.Scan(&p.ID, &amount, &p.Serial, &p.EnteredBy, &p.SeenBy, &entered, &seen)
	p.Amount, p.Entered, p.Seen = quartet.Fen(amount), fromMicros(entered), fromMicros(seen)
	return p, err
}

// EnterPayout writes the bank's serial of money that one person has paid back. ErrConflict:
// it is not to be paid any more, it is entered already, or the serial stands for other money.
func (s *Store) EnterPayout(ctx context.Context, p quartet.Payout, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		due, err := s.lockPayout(ctx, tx, p)
		if err != nil {
			return err
		}
		if !due {
			return quartet.Errorf(quartet.ErrConflict, "this money is not to be paid back any more; look at the list again")
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO payout (id, is_refund, amount, serial, entered_by, seen_by, entered_at, seen_at) VALUES ($1, $2, $3, $4, $5, '', $6, 0)`,
			p.ID, bit(p.Refund), int64(p.Amount), p.Serial, p.EnteredBy, micros(p.Entered))
		if isUnique(err) {
			return quartet.Errorf(quartet.ErrConflict, "this serial is entered for other money, or another one for this; look at the list again")
		}
		return err
	})
}

// lockPayout keeps what is to be paid back from ending in another way meanwhile: a refund
// changes under the lock of its order alone.
func (s *Store) lockPayout(ctx context.Context, tx *sql.Tx, p quartet.Payout) (due bool, err error) {
	query := `SELECT 1 FROM transfer WHERE id = $1 AND state = 'returning' AND payment_id = ''` + s.dialect.forLock
	if p.Refund {
		if _, err := collect(ctx, tx, scanInt, `SELECT 1 FROM shop_order WHERE id = (SELECT order_id FROM refund WHERE id = $1)`+s.dialect.forLock, p.ID); err != nil {
			return false, err
		}
		query = `SELECT 1 FROM refund WHERE id = $1 AND state = 'sending'`
	}
	found, err := collect(ctx, tx, scanInt, query, p.ID)
	return len(found) == 1, err
}

// DropPayout takes back a serial that no second person has seen.
func (s *Store) DropPayout(ctx context.Context, id string, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM payout WHERE id = $1 AND seen_by = ''`, id)
		return mustTouch(res, err, "serial that waits for a second person")
	})
}

// SeePayout writes that a second person has seen the payment at the bank, under the serial
// that was entered. A transfer is returned by it; a refund hears of it by a job. ErrConflict:
// it was seen before, or nothing of that serial is entered.
func (s *Store) SeePayout(ctx context.Context, p quartet.Payout, jobs []quartet.Job, e quartet.AuditEntry) error {
	return s.event(ctx, e, jobs, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE payout SET seen_by = $3, seen_at = $4 WHERE id = $1 AND serial = $2 AND seen_by = ''`, p.ID, p.Serial, p.SeenBy, micros(p.Seen))
		if err := mustChange(res, err, "no payment of this serial waits for a second person; look at the list again"); err != nil {
			return err
		}
		if p.Refund {
			return s.returnSurplus(ctx, tx, p)
		}
		res, err = tx.ExecContext(ctx, `UPDATE transfer SET state = 'returned', decided_at = $2 WHERE id = $1 AND state = 'returning'`, p.ID, micros(p.Seen))
		return mustChange(res, err, "this transfer does not go back any more")
	})
}

// returnSurplus writes that a transfer is returned whose money went back as the refund of a
// surplus, whoever asked for it: what people were saying about it is settled by that. Any
// other refund leaves its transfer settled.
func (s *Store) returnSurplus(ctx context.Context, tx *sql.Tx, p quartet.Payout) error {
	const surplus = `(SELECT transfer.id FROM transfer JOIN refund ON refund.payment_id = transfer.payment_id
		WHERE refund.id = $1 AND refund.surplus = 1 AND transfer.state IN ('waiting', 'claimed', 'returning'))`
	if _, err := tx.ExecContext(ctx, `UPDATE transfer_claim SET state = 'rejected', decided_by = $2, decided_at = $3, answer = 'returned as surplus'
		WHERE state = 'proposed' AND transfer_id IN `+surplus, p.ID, p.SeenBy, micros(p.Seen)); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `UPDATE transfer SET state = 'returned', decided_at = $2 WHERE id IN `+surplus, p.ID, micros(p.Seen))
	return err
}

// SeenPayout finds the serial under which two people saw a payment, or ErrNotFound.
func (s *Store) SeenPayout(ctx context.Context, id string) (serial, by string, err error) {
	var seen struct{ serial, by string }
	found, err := collect(ctx, s.reader, func(row scanner) (struct{ serial, by string }, error) {
		err := row.Scan(&seen.serial, &seen.by)
		return seen, err
	}, `SELECT serial, seen_by FROM payout WHERE id = $1 AND seen_by <> ''`, id)
	if err == nil && len(found) == 0 {
		err = quartet.Errorf(quartet.ErrNotFound, "two people have not seen this payment yet")
	}
	return seen.serial, seen.by, err
}
