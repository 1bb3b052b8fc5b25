package store

import (
	"context"
	"database/sql"
	"sort"

	"quartet"
)

// Books reads, at one instant, what the audit compares. full reads the calls of closed
// days as well, which takes as long as there are calls.
func (s *Store) Books(ctx context.Context, full bool) (b quartet.Books, err error) {
	err = s.atOnce(ctx, func(q querier) error {
		b, err = readBooks(ctx, q, full)
		return err
	})
	return b, err
}

// atOnce reads everything in f as it is at one instant.
func (s *Store) atOnce(ctx context.Context, f func(querier) error) error {
	conn, err := s.reader.Conn(ctx)
	if err != nil {
		return classify(err)
	}
	defer conn.Close()
	begin := `BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY`
	if s.lite != nil {
		begin = `BEGIN DEFERRED`
	}
	if _, err := conn.ExecContext(ctx, begin); err != nil {
		return classify(err)
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), `ROLLBACK`) //nolint:errcheck // reading only
	return f(conn)
}

func readBooks(ctx context.Context, q querier, full bool) (b quartet.Books, err error) {
	if b.Grants, err = collect(ctx, q, scanGrant, `SELECT `+grantColumns+` FROM quota_grant ORDER BY created_at, id`); err != nil {
		return b, err
	}
	if b.Bought, err = collect(ctx, q, scanBought, boughtSQL); err != nil {
		return b, err
	}
	if b.Entries, err = collect(ctx, q, scanEntry, `SELECT `+entryColumns+` FROM quota_entry ORDER BY at, id`); err != nil {
		return b, err
	}
	if b.Held, err = sums(ctx, q, `SELECT grant_id, sum(units) FROM hold GROUP BY grant_id`); err != nil {
		return b, err
	}
	if b.Closed, err = sums(ctx, q, `SELECT grant_id, sum(units) FROM grant_day GROUP BY grant_id`); err != nil {
		return b, err
	}
	days, err := collect(ctx, q, scanInt, `SELECT coalesce(max(day), -1) FROM closed_day`)
	if err != nil {
		return b, err
	}
	open := quartet.DayStart(days[0] + 1)
	if b.Open, err = sums(ctx, q, `SELECT grant_id, sum(charged) FROM call WHERE second >= $1 AND charged > 0 GROUP BY grant_id`, open); err != nil {
		return b, err
	}
	from := open
	if full {
		if from, err = keptFrom(ctx, q); err != nil {
			return b, err
		}
		if err := readClosed(ctx, q, from, open, &b); err != nil {
			return b, err
		}
	}
	if err := readCounts(ctx, q, from, &b); err != nil {
		return b, err
	}
	stray, err := collect(ctx, q, scanInt, `SELECT count(*) FROM call WHERE second >= $1 AND charged > 0 AND (code <> 10000 OR verdict = 0)`, from)
	if err != nil {
		return b, err
	}
	b.Uncovered = stray[0]
	return b, readEvidence(ctx, q, from, &b)
}

// keptFrom is the first second since which all calls are kept.
func keptFrom(ctx context.Context, q querier) (int64, error) {
	days, err := collect(ctx, q, scanInt, `SELECT day FROM call_pruned WHERE id = 1`)
	if err != nil || len(days) == 0 || days[0] < 0 {
		return 0, err
	}
	return quartet.DayStart(days[0] + 1), nil
}

// readClosed reads what a full audit compares of closed days.
func readClosed(ctx context.Context, q querier, kept, open int64, b *quartet.Books) (err error) {
	if b.Kept, err = sums(ctx, q, `SELECT grant_id, sum(units) FROM grant_day WHERE day >= $1 GROUP BY grant_id`, quartet.DayOf(kept)); err != nil {
		return err
	}
	if b.OldCalls, err = sums(ctx, q, `SELECT grant_id, sum(charged) FROM call WHERE second >= $1 AND second < $2 AND charged > 0 GROUP BY grant_id`, kept, open); err != nil {
		return err
	}
	if b.CountedClosed, err = sums(ctx, q, `SELECT account_id, sum(units) FROM usage_hour WHERE hour < $1 AND units > 0 GROUP BY account_id`, open/quartet.HourSeconds); err != nil {
		return err
	}
	b.SummedClosed, err = sums(ctx, q, `SELECT g.account_id, sum(d.units) FROM grant_day AS d JOIN quota_grant AS g ON g.id = d.grant_id WHERE d.units > 0 GROUP BY g.account_id`)
	return err
}

// readCounts reads what calls were counted as since a second, and what their rows come to.
func readCounts(ctx context.Context, q querier, from int64, b *quartet.Books) (err error) {
	if b.Counted, err = usageSums[string](ctx, q, `SELECT account_id, sum(calls), sum(units) FROM usage_hour WHERE hour >= $1 GROUP BY account_id`, max(from, 0)/quartet.HourSeconds); err != nil {
		return err
	}
	b.Rows, err = usageSums[string](ctx, q, `SELECT account_id, count(*), sum(charged) FROM call WHERE second >= $1 GROUP BY 1`, max(from, 0))
	return err
}

// A refund that gives back a renewal counts what that allowed calls to use elsewhere, too.
const boughtSQL = `SELECT o.id, o.grant_id, o.account_id, o.product_id, o.units, o.amount, o.state,
		(SELECT coalesce(sum(p.received), 0) FROM payment AS p WHERE p.order_id = o.id AND p.state = 'paid'),
		coalesce((SELECT max(r.used) FROM refund AS r WHERE r.order_id = o.id AND r.surplus = 0 AND o.renewed_from = 0 AND r.state IN ('reversing', 'sending', 'failed', 'done')), -1)
	FROM shop_order AS o WHERE o.state IN ('paid', 'refunding', 'refunded') ORDER BY o.id`

func scanBought(row scanner) (quartet.Bought, error) {
	var (
		b     quartet.Bought
		state string
	)
	err := row.Scan(&b.Order, &b.Grant, &b.Account, &b.Product, &b.Units, &b.Amount, &state, &b.Came, &b.Used)
	b.State = quartet.OrderState(state)
	return b, err
}

// readEvidence counts what is wrong with the attempts since a second. Calls of suppliers
// alone have any, and each is found by its number, so this costs little beside the sums.
// Calls from before a source was kept here have no attempts of it.
func readEvidence(ctx context.Context, q querier, from int64, b *quartet.Books) error {
	for _, c := range []struct {
		into *int64
		text string
	}{
		{&b.Stray, `SELECT count(*) FROM attempt AS a WHERE a.second >= $1
			AND NOT EXISTS (SELECT 1 FROM call AS c WHERE c.second = a.second AND c.n = a.n)`},
		{&b.Unwitnessed, `SELECT count(*) FROM call AS c JOIN source AS s ON s.name = c.source AND s.kind <> 'registry'
			WHERE c.second >= $1 AND c.verdict > 0 AND c.sent = 1 AND c.reused = 0 AND c.at >= s.created_at
			AND (SELECT count(*) FROM attempt AS a WHERE a.second = c.second AND a.n = c.n AND a.source = c.source AND a.verdict = c.verdict) <> 1`},
	} {
		found, err := collect(ctx, q, scanInt, c.text, from)
		if err != nil {
			return err
		}
		*c.into = found[0]
	}
	return nil
}

func scanInt(row scanner) (n int64, err error) {
	err = row.Scan(&n)
	return n, err
}

func sums(ctx context.Context, q querier, query string, args ...any) (map[string]int64, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, classify(err)
	}
	defer rows.Close()
	found := make(map[string]int64)
	for rows.Next() {
		var grant string
		var n int64
		if err := rows.Scan(&grant, &n); err != nil {
			return nil, classify(err)
		}
		found[grant] = n
	}
	return found, classify(rows.Err())
}

// LastClosedDay is the newest day that is summed up for good, or -1.
func (s *Store) LastClosedDay(ctx context.Context) (int64, error) {
	days, err := collect(ctx, s.reader, scanInt, `SELECT coalesce(max(day), -1) FROM closed_day`)
	if err != nil {
		return 0, err
	}
	return days[0], nil
}

// FirstCallDay is the day of the oldest call, or -1 when there is none.
func (s *Store) FirstCallDay(ctx context.Context) (int64, error) {
	seconds, err := collect(ctx, s.reader, scanInt, `SELECT coalesce(min(second), -1) FROM call`)
	if err != nil || seconds[0] < 0 {
		return -1, err
	}
	return quartet.DayOf(seconds[0]), nil
}

// CloseDay sums up one day for good: the units of its charged calls, by grant. A day that
// is closed stays as it is (ErrConflict); one on which a hold still stands cannot be
// closed (ErrConflict).
func (s *Store) CloseDay(ctx context.Context, day int64, at int64) error {
	from, to := quartet.DayStart(day), quartet.DayStart(day+1)
	units, err := sums(ctx, s.reader, `SELECT grant_id, sum(charged) FROM call WHERE second >= $1 AND second < $2 AND charged > 0 GROUP BY grant_id`, from, to)
	if err != nil {
		return err
	}
	grants := make([]string, 0, len(units))
	for g := range units {
		grants = append(grants, g)
	}
	sort.Strings(grants)
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var standing int64
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM hold WHERE second < $1`, to).Scan(&standing); err != nil {
			return err
		}
		if standing > 0 {
			return quartet.Errorf(quartet.ErrConflict, "a hold of this day still stands")
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO closed_day (day, closed_at) VALUES ($1, $2)`, day, at); err != nil {
			return err
		}
		for _, g := range grants {
			if _, err := tx.ExecContext(ctx, `INSERT INTO grant_day (grant_id, day, units) VALUES ($1, $2, $3)`, g, day, units[g]); err != nil {
				return err
			}
		}
		return nil
	})
}
