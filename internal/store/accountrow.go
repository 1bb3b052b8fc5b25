package store

import (
	"context"
	"math/bits"
	"strings"
	"time"

	"quartet"
)

// AccountRows lists accounts as a list shows them, oldest first.
func (s *Store) AccountRows(ctx context.Context, f quartet.AccountFilter, now time.Time) ([]quartet.AccountRow, error) {
	var w conditions
	w.args = []any{micros(now)} // $1
	if f.Text != "" {
		like := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(f.Text)) + "%"
		w.add(`(lower(a.id) LIKE $ ESCAPE '\' OR lower(a.name) LIKE $ ESCAPE '\')`, like, like)
	}
	if f.Suspended {
		w.add("a.suspended_at <> 0")
	}
	if f.Active {
		w.add("a.suspended_at = 0")
	}
	if f.Firm != "" {
		w.add("EXISTS (SELECT 1 FROM firm_application AS f WHERE f.account_id = a.id AND f.state = $)", string(f.Firm))
	}
	if f.After != "" {
		w.add("(a.created_at, a.id) > ((SELECT created_at FROM account WHERE id = $), $)", f.After, f.After)
	}
	return collect(ctx, s.reader, scanAccountRow, `SELECT a.id, a.name, a.qps, a.burst, a.created_at, a.suspended_at, a.purpose,
		coalesce((SELECT f.state FROM firm_application AS f WHERE f.account_id = a.id
			ORDER BY CASE WHEN f.state = 'approved' THEN 0 ELSE 1 END, f.created_at DESC, f.id DESC LIMIT 1), ''),
		(SELECT CAST(coalesce(sum(g.units - g.used - g.held - g.withdrawn), 0) AS BIGINT) FROM quota_grant AS g
			WHERE g.account_id = a.id AND g.frozen_at = 0 AND g.expires_at > $1),
		coalesce((SELECT max(u.hour) FROM usage_hour AS u WHERE u.account_id = a.id), -1),
		coalesce((SELECT max(u.minutes) FROM usage_hour AS u WHERE u.account_id = a.id
			AND u.hour = (SELECT max(v.hour) FROM usage_hour AS v WHERE v.account_id = a.id)), 0)
		FROM account AS a`+w.text()+` ORDER BY a.created_at, a.id LIMIT `+w.next(f.Limit), w.args...)
}

func scanAccountRow(row scanner) (quartet.AccountRow, error) {
	var (
		a                                 quartet.AccountRow
		created, suspended, hour, minutes int64
	)
	err := row.Scan(&a.ID, &a.Name, &a.Rate.QPS, &a.Rate.Burst, &created, &suspended, &a.Purpose, &a.Firm, &a.Units, &hour, &minutes)
	a.CreatedAt, a.SuspendedAt = fromMicros(created), fromMicros(suspended)
	if hour >= 0 {
		a.Called = time.Unix(hour*quartet.HourSeconds+int64(bits.Len64(uint64(minutes))-1)*60, 0)
	}
	return a, err
}
