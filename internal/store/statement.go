package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"quartet"
)

// StatementBook reads what a month, or whatever whole days of Asia/Shanghai, came to for an
// account. Closed days are read from their sums, so it is the same when their calls are gone.
func (s *Store) StatementBook(ctx context.Context, account string, from, to time.Time) (b quartet.StatementBook, err error) {
	first, end := quartet.DayOf(from.Unix()), quartet.DayOf(to.Unix())
	err = s.atOnce(ctx, func(q querier) error {
		if b.Grants, err = collect(ctx, q, scanGrant, `SELECT `+grantColumns+` FROM quota_grant WHERE account_id = $1 ORDER BY created_at, id`, account); err != nil {
			return err
		}
		if b.Entries, err = collect(ctx, q, scanEntry, `SELECT `+entryColumns+` FROM quota_entry
			WHERE grant_id IN (SELECT id FROM quota_grant WHERE account_id = $1) ORDER BY at, id`, account); err != nil {
			return err
		}
		days, err := collect(ctx, q, scanInt, `SELECT coalesce(max(day), -1) FROM closed_day`)
		if err != nil {
			return err
		}
		open := max(days[0]+1, 0)
		if err = usedIn(ctx, q, &b, account, first, end, open); err != nil {
			return err
		}
		if b.Closed, err = settled(ctx, q, end, open); err != nil {
			return err
		}
		if b.Usage, b.Final, err = finalCounts(ctx, q, account, first, end); err != nil {
			return err
		}
		if !b.Final {
			var w conditions
			w.usage(quartet.UsageFilter{Account: account, From: from.Unix() / quartet.HourSeconds, To: to.Unix() / quartet.HourSeconds})
			b.Usage, err = kindsOf(ctx, q, w)
		}
		if err != nil {
			return err
		}
		if b.Orders, err = collect(ctx, q, scanOrder, `SELECT `+orderColumns+` FROM shop_order
			WHERE account_id = $1 AND paid_at >= $2 AND paid_at < $3 ORDER BY paid_at, id`, account, micros(from), micros(to)); err != nil {
			return err
		}
		b.Refunds, err = collect(ctx, q, scanRefund, `SELECT `+refundColumns+` FROM refund
			WHERE state = 'done' AND ended_at >= $2 AND ended_at < $3 AND order_id IN (SELECT id FROM shop_order WHERE account_id = $1) ORDER BY ended_at, id`, account, micros(from), micros(to))
		return err
	})
	return b, err
}

// finalCounts are those of a statement that was given as final.
func finalCounts(ctx context.Context, q querier, account string, first, end int64) (counts []quartet.StatementUsage, final bool, err error) {
	kept, err := collect(ctx, q, scanText, `SELECT counts FROM statement_final WHERE account_id = $1 AND first_day = $2 AND end_day = $3`, account, first, end)
	if err != nil || len(kept) == 0 {
		return nil, false, err
	}
	if err := json.Unmarshal([]byte(kept[0]), &counts); err != nil {
		return nil, false, quartet.Errorf(quartet.ErrInternal, "the counts of a statement cannot be read: %w", err)
	}
	return counts, true, nil
}

// FinishStatement keeps what was counted of a month, whose statement is given as final, and gives
// what is kept: of two who come at once the first one's. An account that there is not has none.
func (s *Store) FinishStatement(ctx context.Context, account string, from, to time.Time, counts []quartet.StatementUsage, at time.Time) ([]quartet.StatementUsage, error) {
	text, err := json.Marshal(counts)
	if err != nil {
		return nil, err
	}
	first, end := quartet.DayOf(from.Unix()), quartet.DayOf(to.Unix())
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO statement_final (account_id, first_day, end_day, counts, at)
			SELECT id, CAST($2 AS BIGINT), CAST($3 AS BIGINT), CAST($4 AS TEXT), CAST($5 AS BIGINT) FROM account WHERE id = $1 ON CONFLICT (account_id, first_day, end_day) DO NOTHING`,
			account, first, end, string(text), micros(at))
		if err != nil {
			return err
		}
		kept, final, err := finalCounts(ctx, tx, account, first, end)
		if final {
			counts = kept
		}
		return err
	})
	return counts, err
}

// usedIn sums up the units that calls used before some days and within them, grant by grant: of
// days that are closed from their sums. What a grant was used beyond those is of the days that
// are open; rows alone tell it apart where not all of these belong to the span, as in the first
// minutes of a month.
func usedIn(ctx context.Context, q querier, b *quartet.StatementBook, account string, first, end, open int64) (err error) {
	if b.Before, err = closedUse(ctx, q, account, 0, min(first, open)); err != nil {
		return err
	}
	if b.Within, err = closedUse(ctx, q, account, first, min(end, open)); err != nil || end <= open {
		return err
	}
	later, err := collect(ctx, q, scanInt, `SELECT count(*) FROM (SELECT second FROM call WHERE second >= $1 LIMIT 1) AS later`, quartet.DayStart(end))
	if err != nil {
		return err
	}
	if first <= open && later[0] == 0 {
		for i := range b.Grants {
			g := &b.Grants[i]
			if units := g.Used - b.Before[g.ID] - b.Within[g.ID]; units > 0 {
				b.Within[g.ID] += units
			}
		}
		return nil
	}
	if err := rowUse(ctx, q, account, open, first, b.Before); err != nil {
		return err
	}
	return rowUse(ctx, q, account, max(first, open), end, b.Within)
}

func closedUse(ctx context.Context, q querier, account string, first, end int64) (map[string]int64, error) {
	return sums(ctx, q, `SELECT grant_id, sum(units) FROM grant_day
		WHERE day >= $2 AND day < $3 AND grant_id IN (SELECT id FROM quota_grant WHERE account_id = $1) GROUP BY grant_id`, account, first, end)
}

// rowUse adds the units of the rows of some days.
func rowUse(ctx context.Context, q querier, account string, first, end int64, used map[string]int64) error {
	if first >= end {
		return nil
	}
	f := quartet.CallFilter{Account: account, From: quartet.DayStart(first), To: quartet.DayStart(end)}
	for where, err := range spans(ctx, q, f, false) {
		if err != nil {
			return err
		}
		var w conditions
		w.calls(f, where)
		rows, err := sums(ctx, q, `SELECT grant_id, sum(charged) FROM call`+w.text()+` AND charged > 0 GROUP BY grant_id`, w.args...)
		if err != nil {
			return err
		}
		for grant, units := range rows {
			used[grant] += units
		}
	}
	return nil
}

// settled reports whether nothing of the days before end can change: they are closed, or no
// call began in those that are not.
func settled(ctx context.Context, q querier, end, open int64) (bool, error) {
	if open >= end {
		return true, nil
	}
	began, err := collect(ctx, q, scanInt, `SELECT count(*) FROM (SELECT second FROM (SELECT second FROM call WHERE second >= $1 AND second < $2 LIMIT 1) AS a
		UNION ALL SELECT second FROM hold WHERE second < $2) AS b`, quartet.DayStart(open), quartet.DayStart(end))
	if err != nil {
		return false, err
	}
	return began[0] == 0, nil
}
