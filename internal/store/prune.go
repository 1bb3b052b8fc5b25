package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"quartet"
)

// pruneChunk is how many rows go at once.
const pruneChunk = 200

// prune changes rows that a reader finds, chunk by chunk, so that whoever else writes waits
// for a few of them alone. find gives at most $1 ids; change is a statement that ends with
// the list of those that are meant, and leaves none that find would give again.
func (s *Store) prune(ctx context.Context, find, change string, args ...any) error {
	for {
		ids, err := collect(ctx, s.reader, scanText, find, append([]any{pruneChunk}, args...)...)
		if err != nil || len(ids) == 0 {
			return err
		}
		err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, change+list(0, len(ids)), anys(ids)...)
			return err
		})
		if err != nil || len(ids) < pruneChunk {
			return err
		}
	}
}

// PruneNotices forgets notices that had ended when they came before an instant. One that is
// told again later is acted upon anew, which changes nothing: each payment is taken once, and
// of a refund it is only asked. What channels of invoices told goes likewise: told again, it
// lets them be asked, and no more.
func (s *Store) PruneNotices(ctx context.Context, before time.Time) error {
	if err := s.prune(ctx, `SELECT id FROM invoice_notice WHERE received_at < $2 ORDER BY received_at LIMIT $1`, `DELETE FROM invoice_notice WHERE id IN `, micros(before)); err != nil {
		return err
	}
	return s.prune(ctx, `SELECT id FROM notice WHERE received_at < $2 AND state IN ('handled', 'refused', 'repeated') AND ended_at <> 0 ORDER BY received_at LIMIT $1`,
		`DELETE FROM notice WHERE id IN `, micros(before))
}

// PruneMarketEvents forgets messages of markets that ended before an instant: whole, where
// what was sold is released, since such an instance refuses every message; else what they
// say. That a message came, and what it was, stays: without that row one that a market sends
// again under its number would be done again, and freeze what was renewed since.
func (s *Store) PruneMarketEvents(ctx context.Context, before time.Time) error {
	const ended = ` FROM market_event WHERE state IN ('handled', 'refused') AND ended_at < $2 AND ended_at <> 0`
	err := s.prune(ctx, `SELECT id`+ended+` AND instance_id IN (SELECT id FROM instance WHERE state = 'released') ORDER BY id LIMIT $1`,
		`DELETE FROM market_event WHERE id IN `, micros(before))
	if err != nil {
		return err
	}
	return s.prune(ctx, `SELECT id`+ended+` AND length(sealed) > 0 ORDER BY id LIMIT $1`, `UPDATE market_event SET sealed = '' WHERE id IN `, micros(before))
}

// PruneJobs forgets jobs of these kinds that were done before an instant. Of other kinds the
// row that is done keeps the same work from being asked for twice.
func (s *Store) PruneJobs(ctx context.Context, kinds []string, before time.Time) error {
	if len(kinds) == 0 {
		return nil
	}
	args := append([]any{micros(before), string(quartet.JobDone)}, anys(slices.Clone(kinds))...)
	return s.prune(ctx, `SELECT id FROM job WHERE ended_at < $2 AND ended_at <> 0 AND state = $3 AND kind IN `+list(3, len(kinds))+` ORDER BY id LIMIT $1`,
		`DELETE FROM job WHERE state = 'done' AND id IN `, args...)
}
