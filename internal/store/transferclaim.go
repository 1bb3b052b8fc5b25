package store

import (
	"context"
	"database/sql"
	"time"

	"quartet"
)

// ProposeClaim writes what a person says a waiting transfer is for. ErrConflict: it does not
// wait any more, or became a payment before and is not to go back.
func (s *Store) ProposeClaim(ctx context.Context, c quartet.TransferClaim, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE transfer SET state = 'claimed' WHERE id = $1 AND state = 'waiting' AND ($2 = 'return' OR payment_id = '')`,
			c.Transfer, string(c.Act))
		if err := mustChange(res, err, "this transfer does not wait to be claimed any more; look at it again"); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO transfer_claim (`+transferClaimColumns+`) VALUES ($1, $2, $3, $4, $5, 'proposed', $6, '', $7, 0, '')`,
			c.ID, c.Transfer, string(c.Act), c.Order, c.Note, c.ProposedBy, micros(c.Proposed))
		return err
	})
}

// DecideClaim writes what a second person says to a proposed claim: confirmed, and its
// transfer is settling, returning or kept; or rejected, and its transfer waits again. ErrConflict:
// it is decided already, or another transfer pays the same order.
func (s *Store) DecideClaim(ctx context.Context, c quartet.TransferClaim, jobs []quartet.Job, e quartet.AuditEntry) error {
	next, order, ended := quartet.TransferWaiting, "", time.Time{}
	if c.State == quartet.ClaimConfirmed {
		switch c.Act {
		case quartet.ClaimSettle:
			next, order = quartet.TransferSettling, c.Order
		case quartet.ClaimReturn:
			next = quartet.TransferReturning
		case quartet.ClaimKeep:
			next, ended = quartet.TransferKept, c.Decided
		}
	}
	return s.event(ctx, e, jobs, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE transfer_claim SET state = $2, decided_by = $3, decided_at = $4, answer = $5 WHERE id = $1 AND state = 'proposed'`,
			c.ID, string(c.State), c.DecidedBy, micros(c.Decided), c.Answer)
		if err := mustChange(res, err, "this claim is decided already; look at it again"); err != nil {
			return err
		}
		res, err = tx.ExecContext(ctx, `UPDATE transfer SET state = $2, order_id = $3, decided_at = $4 WHERE id = $1 AND state = 'claimed'`, c.Transfer, string(next), order, micros(ended))
		if isUnique(err) {
			return quartet.Errorf(quartet.ErrConflict, "another transfer pays this order already; reject the claim and have this one given back")
		}
		if err := mustChange(res, err, "this transfer is not claimed any more; look at it again"); err != nil {
			return err
		}
		return moveJobs(ctx, tx, jobs) // what settled this transfer in vain before runs anew
	})
}

// mustChange turns "no row changed" into ErrConflict.
func mustChange(res sql.Result, err error, message string) error {
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		return quartet.Errorf(quartet.ErrConflict, "%s", message)
	}
	return err
}

const transferClaimColumns = `id, transfer_id, act, order_id, note, state, proposed_by, decided_by, proposed_at, decided_at, answer`

// TransferClaims lists what was said about a transfer, oldest first; for "", what waits for a second
// person.
func (s *Store) TransferClaims(ctx context.Context, transfer string) ([]quartet.TransferClaim, error) {
	return collect(ctx, s.reader, scanTransferClaim, `SELECT `+transferClaimColumns+` FROM transfer_claim
		WHERE transfer_id = $1 OR $1 = '' AND state = 'proposed' ORDER BY proposed_at, id`, transfer)
}

// TransferClaim finds a claim, or ErrNotFound.
func (s *Store) TransferClaim(ctx context.Context, id string) (quartet.TransferClaim, error) {
	found, err := collect(ctx, s.reader, scanTransferClaim, `SELECT `+transferClaimColumns+` FROM transfer_claim WHERE id = $1`, id)
	if err == nil && len(found) == 0 {
		err = quartet.Errorf(quartet.ErrNotFound, "there is no such claim")
	}
	if err != nil {
		return quartet.TransferClaim{}, err
	}
	return found[0], nil
}

func scanTransferClaim(row scanner) (quartet.TransferClaim, error) {
	var (
		c                 quartet.TransferClaim
		act, state        string
		proposed, decided int64
	)
	err := row.Scan(&c.ID, &c.Transfer, &act, &c.Order, &c.Note, &state, &c.ProposedBy, &c.DecidedBy, &proposed, &decided, &c.Answer)
	c.Act, c.State = quartet.ClaimAct(act), quartet.ClaimState(state)
	c.Proposed, c.Decided = fromMicros(proposed), fromMicros(decided)
	return c, err
}

// SetTransferPayment remembers which payment a settling transfer becomes, before it does.
// ErrConflict: another one is remembered.
func (s *Store) SetTransferPayment(ctx context.Context, id, payment string) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE transfer SET payment_id = $2 WHERE id = $1 AND state = 'settling' AND payment_id IN ('', $2)`, id, payment)
		if isUnique(err) {
			return quartet.Errorf(quartet.ErrConflict, "another transfer became this payment")
		}
		return mustChange(res, err, "this transfer became another payment, or settles nothing any more")
	})
}

// EndSettling writes what came of a settling transfer: settled at an instant, or waiting
// again with the reason. ErrConflict: it is not settling any more.
func (s *Store) EndSettling(ctx context.Context, id string, next quartet.TransferState, why string, at time.Time, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		query, decided := `UPDATE transfer SET state = $2, why = $3, decided_at = $4 WHERE id = $1 AND state = 'settling'`, micros(at)
		if next == quartet.TransferWaiting {
			query, decided = `UPDATE transfer SET state = $2, why = $3, decided_at = $4, order_id = '' WHERE id = $1 AND state = 'settling'`, 0
		}
		res, err := tx.ExecContext(ctx, query, id, string(next), why, decided)
		return mustChange(res, err, "this transfer does not settle anything any more")
	})
}
