package store

import (
	"context"
	"database/sql"
	"time"

	"quartet"
)

// Sold sums up the calls whose numbers are of the seconds from, and before to: of one
// product, or of all for "".
func (s *Store) Sold(ctx context.Context, from, to int64, product string) ([]quartet.Sold, error) {
	return collect(ctx, s.reader, func(row scanner) (q quartet.Sold, err error) {
		err = row.Scan(&q.Product, &q.Grant, &q.Calls, &q.Units)
		return q, err
	}, `SELECT product_id, grant_id, count(*), sum(charged) FROM call
		WHERE second >= $1 AND second < $2 AND ($3 = '' OR product_id = $3) GROUP BY product_id, grant_id ORDER BY product_id, grant_id`, from, to, product)
}

// Spent sums up what the attempts of those calls cost. What was never sent costs nothing.
func (s *Store) Spent(ctx context.Context, from, to int64, product string) ([]quartet.Spent, error) {
	return collect(ctx, s.reader, func(row scanner) (q quartet.Spent, err error) {
		var charged int64
		err = row.Scan(&q.Product, &charged, &q.Cost)
		q.Charged = quartet.Charged(charged)
		return q, err
	}, `SELECT c.product_id, a.charged, sum(a.cost) FROM attempt AS a JOIN call AS c ON c.second = a.second AND c.n = a.n
		WHERE a.second >= $1 AND a.second < $2 AND a.sent = 1 AND ($3 = '' OR c.product_id = $3)
		GROUP BY c.product_id, a.charged ORDER BY c.product_id, a.charged`, from, to, product)
}

// Tallies counts the questions of those seconds by source and by how they fared. A source
// that was passed over was not asked.
func (s *Store) Tallies(ctx context.Context, from, to int64, product string) ([]quartet.Tally, error) {
	return collect(ctx, s.reader, func(row scanner) (q quartet.Tally, err error) {
		var verdict, charged int64
		err = row.Scan(&q.Source, &verdict, &q.Failure, &charged, &q.Count, &q.Cost)
		q.Verdict, q.Charged = verdict == 1, quartet.Charged(charged)
		return q, err
	}, `SELECT source, found, failure, charged, count(*), sum(cost) FROM (
			SELECT a.source, CASE WHEN a.verdict > 0 THEN 1 ELSE 0 END AS found, a.failure, a.charged, a.cost `+asked+`) AS q
		GROUP BY source, found, failure, charged ORDER BY source, found, failure, charged`, from, to, product)
}

// Waitings tells how long those questions took, to the millisecond: no more rows than there
// are milliseconds before a deadline.
func (s *Store) Waitings(ctx context.Context, from, to int64, product string) ([]quartet.Waiting, error) {
	return collect(ctx, s.reader, func(row scanner) (q quartet.Waiting, err error) {
		var total int64
		err = row.Scan(&q.Source, &q.Failure, &q.Milliseconds, &q.Count, &total)
		q.Total = time.Duration(total) * time.Microsecond
		return q, err
	}, `SELECT source, failure, ms, count(*), sum(latency_us) FROM (
			SELECT a.source, a.failure, a.latency_us / 1000 AS ms, a.latency_us `+asked+`) AS q
		GROUP BY source, failure, ms ORDER BY source, failure, ms`, from, to, product)
}

// asked is the questions of some seconds, of one product or of all.
const asked = `FROM attempt AS a JOIN call AS c ON c.second = a.second AND c.n = a.n
	WHERE a.second >= $1 AND a.second < $2 AND a.skipped = '' AND ($3 = '' OR c.product_id = $3)`

// SourceAttempts hands the questions to one source whose calls' numbers are of the seconds
// from, and before to, to yield, oldest first. It reads in chunks, as Calls does.
func (s *Store) SourceAttempts(ctx context.Context, source string, from, to int64, yield func(quartet.PlacedAttempt) error) error {
	last := quartet.PlacedAttempt{SeqNo: quartet.SeqNo{Second: from}, Place: -1}
	for {
		found, err := collect(ctx, s.reader, scanPlaced, `SELECT second, n, place, `+attemptColumns+` FROM attempt
			WHERE (second, n, place) > ($1, $2, $3) AND second < $4 AND source = $5 AND skipped = '' ORDER BY second, n, place LIMIT $6`,
			last.SeqNo.Second, int64(last.SeqNo.N), last.Place, to, source, chunk)
		if err != nil {
			return err
		}
		for i := range found {
			if err := yield(found[i]); err != nil {
				return err
			}
		}
		if len(found) < chunk {
			return nil
		}
		last = found[len(found)-1]
	}
}

// placed puts the place of an attempt before its columns.
type placed struct {
	row   scanner
	place []any
}

func (p placed) Scan(dest ...any) error { return p.row.Scan(append(p.place, dest...)...) }

func scanPlaced(row scanner) (p quartet.PlacedAttempt, err error) {
	var n int64
	p.Attempt, err = scanAttempt(placed{row, []any{&p.SeqNo.Second, &n, &p.Place}})
	p.SeqNo.N = uint64(n)
	return p, err
}

// SettleAttempt is ResolveAttempt with the entry that says who did it, in one transaction.
func (s *Store) SettleAttempt(ctx context.Context, o quartet.OpenAttempt, a quartet.Attempt, e quartet.AuditEntry) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := resolve(ctx, tx, o, a); err != nil {
			return err
		}
		return s.audit(ctx, tx, e)
	})
}
