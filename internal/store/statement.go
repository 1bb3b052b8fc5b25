package store

import (
	"context"
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
		if b.Before, err = usedOf(ctx, q, account, 0, first, open); err != nil {
			return err
		}
		if b.Within, err = usedOf(ctx, q, account, first, end, open); err != nil {
			return err
		}
		if b.Closed, err = settled(ctx, q, end, open); err != nil {
			return err
		}
		var w conditions
		w.usage(quartet.UsageFilter{Account: account, From: from.Unix() / quartet.HourSeconds, To: to.Unix() / quartet.HourSeconds})
		if b.Usage, err = collect(ctx, q, scanKind, `SELECT product_id, credential_id, code, verdict, sum(calls), sum(units) FROM usage_hour`+w.text()+`
			GROUP BY product_id, credential_id, code, verdict ORDER BY product_id, credential_id, code, verdict`, w.args...); err != nil {
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

// usedOf sums up the units that the calls of some days used, grant by grant: of days that are
// closed from their sums, of others from the rows.
func usedOf(ctx context.Context, q querier, account string, first, end, open int64) (map[string]int64, error) {
	used, err := sums(ctx, q, `SELECT grant_id, sum(units) FROM grant_day
		WHERE day >= $2 AND day < $3 AND grant_id IN (SELECT id FROM quota_grant WHERE account_id = $1) GROUP BY grant_id`, account, first, min(end, open))
	if err != nil {
		return nil, err
	}
	rows, err := sums(ctx, q, `SELECT grant_id, sum(charged) FROM call
		WHERE account_id = $1 AND second >= $2 AND second < $3 AND charged > 0 GROUP BY grant_id`, account, quartet.DayStart(max(first, open)), quartet.DayStart(end))
	for grant, units := range rows {
		used[grant] += units
	}
	return used, err
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
