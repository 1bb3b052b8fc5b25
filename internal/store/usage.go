package store

import (
	"cmp"
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"quartet"
)

const (
	usageColumns = `account_id, hour, product_id, credential_id, code, verdict, calls, units`
	addUsageSQL  = `
		ON CONFLICT (account_id, hour, product_id, credential_id, code, verdict)
		DO UPDATE SET calls = usage_hour.calls + excluded.calls, units = usage_hour.units + excluded.units`
	countUsageSQL = `INSERT INTO usage_hour (` + usageColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ` + addUsageSQL
)

// tally counts the calls of one batch, to write one row for many. Its memory is used again.
type tally struct {
	place map[quartet.UsageKey]int
	rows  []quartet.Usage
}

func (t *tally) reset() {
	clear(t.place)
	t.rows = t.rows[:0]
}

func (t *tally) add(c *quartet.Call) {
	key := quartet.UsageOf(c)
	i, found := t.place[key]
	if !found {
		if t.place == nil {
			t.place = make(map[quartet.UsageKey]int)
		}
		i = len(t.rows)
		t.place[key] = i
		t.rows = append(t.rows, quartet.Usage{UsageKey: key})
	}
	t.rows[i].Calls++
	t.rows[i].Units += c.Charged
}

// counted writes what the calls of a batch come to.
func (w *liteWriter) counted(ctx context.Context) error {
	r := &w.countUsage
	for i := range w.usage.rows {
		u := &w.usage.rows[i]
		r.text(0, u.Account)
		r.number(1, u.Hour)
		r.text(2, u.Product)
		r.text(3, u.Credential)
		r.number(4, int64(u.Code))
		r.number(5, int64(u.Verdict))
		r.number(6, u.Calls)
		r.number(7, u.Units)
		if err := r.exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// keepAndCountSQL is keepCallSQL that counts a row which it wrote.
const keepAndCountSQL = `WITH kept AS (` + keepCallSQL + ` RETURNING account_id, second, product_id, credential_id, code, verdict, charged)
	INSERT INTO usage_hour (` + usageColumns + `)
	SELECT account_id, second / 3600, product_id, credential_id, code, verdict, 1, charged FROM kept ` + addUsageSQL

// queueUsage queues what the calls of a batch come to, in one order for all writers.
func queueUsage(b *pgx.Batch, calls []quartet.Call) {
	var t tally
	for i := range calls {
		t.add(&calls[i])
	}
	slices.SortFunc(t.rows, func(a, b quartet.Usage) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Hour, b.Hour), cmp.Compare(a.Product, b.Product),
			cmp.Compare(a.Credential, b.Credential), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Verdict, b.Verdict))
	})
	n := len(t.rows)
	var (
		hour, code, verdict, many, units = ints(n), ints(n), ints(n), ints(n), ints(n)
		account, product, credential     = make([]string, n), make([]string, n), make([]string, n)
	)
	for i := range t.rows {
		u := &t.rows[i]
		account[i], hour[i], product[i], credential[i] = u.Account, u.Hour, u.Product, u.Credential
		code[i], verdict[i], many[i], units[i] = int64(u.Code), int64(u.Verdict), u.Calls, u.Units
	}
	b.Queue(`INSERT INTO usage_hour (`+usageColumns+`)
		SELECT `+usageColumns+` FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[])
			AS posted (`+usageColumns+`) `+addUsageSQL, account, hour, product, credential, code, verdict, many, units)
}

// Usage lists what calls come to, hour by hour: of an account, or of all for ""; from an hour
// on, and before another one, or to the end for 0.
func (s *Store) Usage(ctx context.Context, account string, from, to int64) ([]quartet.Usage, error) {
	return collect(ctx, s.reader, scanUsage, `SELECT `+usageColumns+` FROM usage_hour
		WHERE ($1 = '' OR account_id = $1) AND hour >= $2 AND ($3 = 0 OR hour < $3)
		ORDER BY account_id, hour, product_id, credential_id, code, verdict`, account, from, to)
}

func scanUsage(row scanner) (quartet.Usage, error) {
	var (
		u             quartet.Usage
		code, verdict int64
	)
	err := row.Scan(&u.Account, &u.Hour, &u.Product, &u.Credential, &code, &verdict, &u.Calls, &u.Units)
	u.Code, u.Verdict = quartet.Code(code), quartet.Verdict(verdict)
	return u, err
}
