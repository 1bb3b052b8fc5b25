package store

import (
	"context"

	"quartet"
)

// UsageView adds up what is chosen, at one instant. accounts asks for the sums of each
// account as well.
func (s *Store) UsageView(ctx context.Context, f quartet.UsageFilter, accounts bool) (v quartet.UsageView, err error) {
	var w conditions
	w.usage(f)
	time := `hour`
	if f.Daily {
		time = `(hour + 8) / 24` // no hour lies before 1970
	}
	err = s.atOnce(ctx, func(q querier) error {
		if v.Times, err = usageSums[int64](ctx, q, `SELECT `+time+`, sum(calls), sum(units) FROM usage_hour`+w.text()+` GROUP BY 1`, w.args...); err != nil {
			return err
		}
		if v.Kinds, err = collect(ctx, q, scanKind, `SELECT product_id, credential_id, code, verdict, sum(calls), sum(units) FROM usage_hour`+w.text()+`
			GROUP BY product_id, credential_id, code, verdict ORDER BY product_id, credential_id, code, verdict`, w.args...); err != nil || !accounts {
			return err
		}
		v.Accounts, err = usageSums[string](ctx, q, `SELECT account_id, sum(calls), sum(units) FROM usage_hour`+w.text()+` GROUP BY 1`, w.args...)
		return err
	})
	return v, err
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
