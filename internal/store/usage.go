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
		DO UPDATE SET calls = usage_hour.calls + excluded.calls, units = usage_hour.units + excluded.units,
			minutes = usage_hour.minutes | excluded.minutes, seconds = usage_hour.seconds | excluded.seconds`
	countUsageSQL = `INSERT INTO usage_hour (` + usageColumns + `, minutes, seconds) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ` + addUsageSQL
)

// tally counts the calls of one batch, to write one row for many. Its memory is used again.
type tally struct {
	place map[quartet.UsageKey]int
	rows  []count
}

// count is what some calls that are alike come to, and when they were.
type count struct {
	quartet.Usage
	moments
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
		t.rows = append(t.rows, count{Usage: quartet.Usage{UsageKey: key}})
	}
	t.rows[i].Calls++
	t.rows[i].Units += c.Charged
	t.rows[i].add(c.SeqNo.Second)
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
		r.number(8, u.minutes)
		r.number(9, u.seconds)
		if err := r.exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// keepAndCountSQL is keepCallSQL that counts a row which it wrote.
const keepAndCountSQL = `WITH kept AS (` + keepCallSQL + ` RETURNING account_id, second, product_id, credential_id, code, verdict, charged)
	INSERT INTO usage_hour (` + usageColumns + `, minutes, seconds)
	SELECT account_id, second / 3600, product_id, credential_id, code, verdict, 1, charged,
		CAST(1 AS BIGINT) << CAST(second % 3600 / 60 AS INTEGER), CAST(1 AS BIGINT) << CAST(second % 60 AS INTEGER) FROM kept ` + addUsageSQL

// queueUsage queues what the calls of a batch come to, in one order for all writers.
func queueUsage(b *pgx.Batch, calls []quartet.Call) {
	var t tally
	for i := range calls {
		t.add(&calls[i])
	}
	slices.SortFunc(t.rows, func(a, b count) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Hour, b.Hour), cmp.Compare(a.Product, b.Product),
			cmp.Compare(a.Credential, b.Credential), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Verdict, b.Verdict))
	})
	n := len(t.rows)
	var (
		hour, code, verdict, many, units, minutes, seconds = ints(n), ints(n), ints(n), ints(n), ints(n), ints(n), ints(n)
		account, product, credential                       = make([]string, n), make([]string, n), make([]string, n)
	)
	for i := range t.rows {
		u := &t.rows[i]
		account[i], hour[i], product[i], credential[i] = u.Account, u.Hour, u.Product, u.Credential
		code[i], verdict[i], many[i], units[i] = int64(u.Code), int64(u.Verdict), u.Calls, u.Units
		minutes[i], seconds[i] = u.minutes, u.seconds
	}
	b.Queue(`INSERT INTO usage_hour (`+usageColumns+`, minutes, seconds)
		SELECT `+usageColumns+`, minutes, seconds FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[])
			AS posted (`+usageColumns+`, minutes, seconds) `+addUsageSQL, account, hour, product, credential, code, verdict, many, units, minutes, seconds)
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
