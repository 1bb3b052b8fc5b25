package store

import (
	"context"
	"database/sql"

	"quartet"
)

const (
	adjustmentColumns = `id, kind, account_id, product_id, grant_id, units, until_at, reason, state, proposed_by, proposed_at, decided_by, decided_at, answer`
	putAdjustmentSQL  = `INSERT INTO adjustment (` + adjustmentColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
		ON CONFLICT (id) DO UPDATE SET grant_id = excluded.grant_id, state = excluded.state, decided_by = excluded.decided_by,
			decided_at = excluded.decided_at, answer = excluded.answer`
)

func adjustmentArgs(a *quartet.Adjustment) []any {
	return []any{
		a.ID, string(a.Kind), a.Account, a.Product, a.Grant, a.Units, micros(a.Until), a.Reason, string(a.State),
		a.ProposedBy, micros(a.Proposed), a.DecidedBy, micros(a.Decided), a.Answer,
	}
}

func scanAdjustment(row scanner) (quartet.Adjustment, error) {
	var (
		a                        quartet.Adjustment
		kind, state              string
		until, proposed, decided int64
	)
	err := row.Scan(&a.ID, &kind, &a.Account, &a.Product, &a.Grant, &a.Units, &until, &a.Reason, &state, &a.ProposedBy, &proposed, &a.DecidedBy, &decided, &a.Answer)
	a.Kind, a.State = quartet.AdjustmentKind(kind), quartet.AdjustmentState(state)
	a.Until, a.Proposed, a.Decided = fromMicros(until), fromMicros(proposed), fromMicros(decided)
	return a, err
}

// Adjustments lists adjustments, newest first, at most limit: of an account, or of all for
// ""; in a state, or in any for ""; older than the one of the id before, or from the newest
// for "".
func (s *Store) Adjustments(ctx context.Context, account string, state quartet.AdjustmentState, before string, limit int) ([]quartet.Adjustment, error) {
	return collect(ctx, s.reader, scanAdjustment, `SELECT `+adjustmentColumns+` FROM adjustment WHERE ($1 = '' OR account_id = $1) AND ($2 = '' OR state = $2)
		AND ($3 = '' OR id < $3) ORDER BY id DESC LIMIT $4`, account, string(state), before, limit)
}

// ProposeAdjustment writes a proposal, once decide agreed with the grant that it is about:
// none for a gift. ErrNotFound: there is no such account, product or grant.
func (s *Store) ProposeAdjustment(ctx context.Context, a quartet.Adjustment, decide func(quartet.Grant) (quartet.ShopPostings, error)) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		g, err := s.lockGrant(ctx, tx, a.Grant)
		if err != nil {
			return err
		}
		if a.Grant == "" {
			known, err := collect(ctx, tx, scanInt, `SELECT 1 FROM account WHERE id = $1 AND ($2 = '' OR EXISTS (SELECT 1 FROM product WHERE id = $2))`, a.Account, a.Product)
			if err != nil {
				return err
			}
			if len(known) == 0 {
				return quartet.Errorf(quartet.ErrNotFound, "there is no account or no product of that id")
			}
		}
		return s.decideAndPost(ctx, tx, func() (quartet.ShopPostings, error) { return decide(g) })
	})
}

// DecideAdjustment shows decide a proposal and the grant that it is about, locked, and
// writes what it decides. ErrNotFound.
func (s *Store) DecideAdjustment(ctx context.Context, id string, decide func(quartet.Adjustment, quartet.Grant) (quartet.ShopPostings, error)) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		a, err := one(ctx, tx, "adjustment", scanAdjustment, `SELECT `+adjustmentColumns+` FROM adjustment WHERE id = $1`+s.dialect.forLock, id)
		if err != nil {
			return err
		}
		g, err := s.lockGrant(ctx, tx, a.Grant)
		if err != nil {
			return err
		}
		return s.decideAndPost(ctx, tx, func() (quartet.ShopPostings, error) { return decide(a, g) })
	})
}
