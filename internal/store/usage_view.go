package store

import (
	"cmp"
	"context"
	"slices"

	"quartet"
)

// UsageView adds up what is chosen, at one instant. accounts asks for the sums of each
// account as well.
func (s *Store) UsageView(ctx context.Context, f quartet.UsageFilter, accounts bool) (v quartet.UsageView, err error) {
	var w conditions
	w.usage(f)
	times := `SELECT hour, sum(calls) AS calls, sum(units) AS units, sum(CASE verdict WHEN 1 THEN calls ELSE 0 END) AS a,
		sum(CASE verdict WHEN 2 THEN calls ELSE 0 END) AS b, sum(CASE verdict WHEN 3 THEN calls ELSE 0 END) AS c FROM usage_hour` + w.text() + ` GROUP BY hour`
	if f.Daily { // of hours, in whose order the rows stand: days of rows would have to be sorted. No hour lies before 1970
		times = `SELECT (hour + 8) / 24, sum(calls), sum(units), sum(a), sum(b), sum(c) FROM (` + times + `) AS hours GROUP BY 1`
	}
	err = s.atOnce(ctx, func(q querier) error {
		if v.Times, err = usageSlots(ctx, q, times, w.args...); err != nil {
			return err
		}
		if f.Kinds {
			if v.Kinds, err = kindsOf(ctx, q, w); err != nil {
				return err
			}
		}
		if !accounts {
			return nil
		}
		v.Accounts, err = usageSums[string](ctx, q, `SELECT account_id, sum(calls), sum(units) FROM usage_hour`+w.text()+` GROUP BY 1`, w.args...)
		return err
	})
	return v, err
}

func kindsOf(ctx context.Context, q querier, w conditions) ([]quartet.StatementUsage, error) {
	// Grouped by numbers first, which are compared faster than ids that begin alike.
	kinds, err := collect(ctx, q, scanKind, `SELECT product_id, credential_id, code, verdict, sum(calls), sum(units) FROM usage_hour`+w.text()+`
		GROUP BY code, verdict, credential_id, product_id`, w.args...)
	slices.SortFunc(kinds, func(a, b quartet.StatementUsage) int {
		return cmp.Or(cmp.Compare(a.Product, b.Product), cmp.Compare(a.Credential, b.Credential), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Verdict, b.Verdict))
	})
	return kinds, err
}

func usageSlots(ctx context.Context, q querier, query string, args ...any) (map[int64]quartet.UsageSlot, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, classify(err)
	}
	defer rows.Close()
	found := map[int64]quartet.UsageSlot{}
	for rows.Next() {
		var (
			key  int64
			slot quartet.UsageSlot
		)
		if err := rows.Scan(&key, &slot.Calls, &slot.Units, &slot.Match, &slot.Mismatch, &slot.Undetermined); err != nil {
			return nil, classify(err)
		}
		found[key] = slot
	}
	return found, classify(rows.Err())
}

func usageSums[K comparable](ctx context.Context, q querier, query string, args ...any) (map[K]quartet.UsageSum, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, classify(err)
	}
	defer rows.Close()
	found := map[K]quartet.UsageSum{}
	for rows.Next() {
		var (
			key K
			sum quartet.UsageSum
		)
		if err := rows.Scan(&key, &sum.Calls, &sum.Units); err != nil {
			return nil, classify(err)
		}
		found[key] = sum
	}
	return found, classify(rows.Err())
}

func scanKind(row scanner) (u quartet.StatementUsage, err error) {
	var code, verdict int64
	err = row.Scan(&u.Product, &u.Credential, &code, &verdict, &u.Calls, &u.Units)
	u.Code, u.Verdict = quartet.Code(code), quartet.Verdict(verdict)
	return u, err
}
