package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/jackc/pgx/v5"

	"quartet"
)

const (
	// Of all who see that a rule must fire, one disarms it, and that one fires.
	disarmSQL = `UPDATE alert_rule SET armed = 0, fired_at = $2 WHERE id = $1 AND armed = 1`
	// $1 is the rule; the rest is what the alert says.
	fireSQL = `INSERT INTO alert (` + alertColumns + `)
		SELECT CAST($2 AS TEXT), id, account_id, product_id, kind, CAST($3 AS BIGINT), CAST($4 AS BIGINT), CAST($5 AS BIGINT), CAST($6 AS TEXT), CAST($7 AS BIGINT), CAST($8 AS BIGINT), 0, '', 0
		FROM alert_rule WHERE id = $1 ON CONFLICT (rule_id, grant_id, until_at) WHERE grant_id <> '' DO NOTHING`
	// A new grant arms the rules of what is left: its buyer wants to hear when it ends.
	rearmSQL = `UPDATE alert_rule SET armed = 1 WHERE account_id = $1 AND kind = 'remaining' AND armed = 0 AND (product_id = '' OR $2 = '' OR product_id = $2)`
)

func fireArgs(a *quartet.Alert) []any {
	return []any{a.Rule, a.ID, a.Line, a.Value, a.Base, a.Grant, micros(a.Until), micros(a.At)}
}

// executor is a connection or a transaction of database/sql.
type executor interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// fire lets a rule fire if it is armed, or tells of a grant of which it has not told yet: the
// alert and the job that tells of it, in the transaction that found it out.
func fire(ctx context.Context, tx executor, a *quartet.Alert) (bool, error) {
	if a.Grant == "" {
		if fired, err := touched(tx.ExecContext(ctx, disarmSQL, a.Rule, micros(a.At))); err != nil || !fired {
			return false, err
		}
	}
	if written, err := touched(tx.ExecContext(ctx, fireSQL, fireArgs(a)...)); err != nil || !written {
		return false, err
	}
	return true, enqueue(ctx, tx, a.Job())
}

func touched(res sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

// queueFire is fire in one statement, within a batch whose answers are not waited for.
func queueFire(b *pgx.Batch, a *quartet.Alert) {
	j := a.Job()
	b.Queue(`WITH disarmed AS (`+disarmSQL+` RETURNING id, account_id, product_id, kind),
		fired AS (INSERT INTO alert (`+alertColumns+`)
			SELECT $3::text, id, account_id, product_id, kind, $4::bigint, $5::bigint, $6::bigint, '', 0, $2::bigint, 0, '', 0 FROM disarmed RETURNING id)
		INSERT INTO job (`+jobColumns+`) SELECT id, $7::text, id, $8::text, 0, $2::bigint, 0, '', $2::bigint, 0, 0 FROM fired`,
		a.Rule, micros(a.At), a.ID, a.Line, a.Value, a.Base, j.Kind, string(quartet.JobWaiting))
}

// FireAlert lets a rule fire that was found to be due outside of a batch. It reports whether it
// did: else it was not armed, is gone, or has told of this grant.
func (s *Store) FireAlert(ctx context.Context, a quartet.Alert) (fired bool, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		fired, err = fire(ctx, tx, &a)
		return err
	})
	if err == nil && fired {
		s.nudge()
	}
	return fired, err
}

// RearmAlertRule arms a rule that fired last at an instant. One that was armed or fired since
// stays as it is.
func (s *Store) RearmAlertRule(ctx context.Context, id string, fired time.Time) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE alert_rule SET armed = 1 WHERE id = $1 AND fired_at = $2 AND armed = 0`, id, micros(fired))
		return err
	})
}

// ruleOf names the columns of a rule r.
const ruleOf = `r.id, r.account_id, r.product_id, r.kind, r.units, r.percent, r.days, r.minutes, r.floor_calls, r.inbox, r.webhook, r.mail_right, r.cooldown, r.armed, r.fired_at, r.created_at, r.created_by`

// usable is a grant g that calls may use at $1; fits, that it is for what rule r watches.
const (
	usable = `g.expires_at > $1 AND g.frozen_at = 0`
	fits   = `g.account_id = r.account_id AND (r.product_id = '' OR g.product_id = '' OR g.product_id = r.product_id)`
)

// RemainingStandings tells, of each rule of remaining units of an account, or of all for "",
// what is left.
func (s *Store) RemainingStandings(ctx context.Context, account string, now time.Time) ([]quartet.AlertStanding, error) {
	return collect(ctx, s.reader, func(row scanner) (s quartet.AlertStanding, err error) {
		var w ruleRow
		err = row.Scan(append(w.into(), &s.Given, &s.Unused, &s.Grants)...)
		s.Rule = w.rule()
		return s, err
	}, `SELECT `+ruleOf+`,
		CAST(coalesce(sum(g.units - g.withdrawn) FILTER (WHERE `+usable+` AND g.used + g.withdrawn < g.units), 0) AS BIGINT),
		CAST(coalesce(sum(g.units - g.used - g.withdrawn) FILTER (WHERE `+usable+`), 0) AS BIGINT),
		count(g.id)
		FROM alert_rule AS r LEFT JOIN quota_grant AS g ON `+fits+`
		WHERE r.kind = 'remaining' AND ($2 = '' OR r.account_id = $2) GROUP BY r.id ORDER BY r.id`, micros(now), account)
}

// ExpiryStandings tells of the grants that are about to end, with units left, of which a rule
// has not told yet.
func (s *Store) ExpiryStandings(ctx context.Context, now time.Time, limit int) ([]quartet.AlertStanding, error) {
	return collect(ctx, s.reader, func(row scanner) (s quartet.AlertStanding, err error) {
		var (
			w     ruleRow
			until int64
		)
		err = row.Scan(append(w.into(), &s.Grant, &until, &s.Unused)...)
		s.Rule, s.Until = w.rule(), fromMicros(until)
		return s, err
	}, `SELECT `+ruleOf+`, g.id, g.expires_at, g.units - g.used - g.withdrawn
		FROM alert_rule AS r JOIN quota_grant AS g ON `+fits+`
		WHERE r.kind = 'expiry' AND `+usable+` AND g.used + g.withdrawn < g.units AND g.expires_at <= $1 + r.days * 86400000000
			AND NOT EXISTS (SELECT 1 FROM alert AS a WHERE a.rule_id = r.id AND a.grant_id = g.id AND a.until_at = g.expires_at)
		ORDER BY r.id, g.expires_at, g.id LIMIT $2`, micros(now), limit)
}

// RateStandings tells, of each rule of unusual use, the calls of an hour beside those of the
// same hour of the days before, as far back as the account's first calls.
func (s *Store) RateStandings(ctx context.Context, hour int64) ([]quartet.AlertStanding, error) {
	const of = `u.account_id = r.account_id AND (r.product_id = '' OR u.product_id = r.product_id)`
	return collect(ctx, s.reader, func(row scanner) (s quartet.AlertStanding, err error) {
		var (
			w     ruleRow
			first int64
		)
		err = row.Scan(append(w.into(), &s.Calls, &s.Past, &first)...)
		s.Rule = w.rule()
		s.Days = min(s.Rule.Days, (hour-first)/24)
		return s, err
	}, `SELECT `+ruleOf+`,
		(SELECT CAST(coalesce(sum(u.calls), 0) AS BIGINT) FROM usage_hour AS u WHERE `+of+` AND u.hour = $1),
		(SELECT CAST(coalesce(sum(u.calls), 0) AS BIGINT) FROM usage_hour AS u WHERE `+of+` AND u.hour >= $1 - 24 * r.days AND u.hour < $1 AND ($1 - u.hour) % 24 = 0),
		(SELECT coalesce(min(u.hour), $1) FROM usage_hour AS u WHERE u.account_id = r.account_id)
		FROM alert_rule AS r WHERE r.kind = 'rate' ORDER BY r.id`, hour)
}

// ErrorStandings tells, of each rule of errors, the calls of its minutes before an instant, and
// how many of them were refused.
func (s *Store) ErrorStandings(ctx context.Context, now time.Time) ([]quartet.AlertStanding, error) {
	rules, err := collect(ctx, s.reader, scanRule, `SELECT `+ruleColumns+` FROM alert_rule WHERE kind = 'errors' ORDER BY id`)
	if err != nil {
		return nil, err
	}
	type key struct {
		minutes          int64
		account, product string // of no product: of all
	}
	type count struct {
		key

		calls, refused int64
	}
	var (
		sums = map[key]count{}
		read = map[int64]bool{}
		add  = func(k key, c count) { sums[k] = count{k, sums[k].calls + c.calls, sums[k].refused + c.refused} }
	)
	for i := range rules {
		minutes := rules[i].Minutes
		if read[minutes] {
			continue
		}
		read[minutes] = true
		// One look at the last minutes for all accounts: calls lie in the order of their seconds.
		counts, err := collect(ctx, s.reader, func(row scanner) (c count, err error) {
			c.minutes = minutes
			err = row.Scan(&c.account, &c.product, &c.calls, &c.refused)
			return c, err
		}, `SELECT account_id, product_id, count(*), count(*) FILTER (WHERE verdict = 0) FROM call
			WHERE second >= $1 AND account_id IN (SELECT account_id FROM alert_rule WHERE kind = 'errors' AND minutes = $2)
			GROUP BY account_id, product_id`, now.Unix()-minutes*60, minutes)
		if err != nil {
			return nil, err
		}
		for _, c := range counts {
			add(c.key, c)
			add(key{minutes, c.account, ""}, c)
		}
	}
	standings := make([]quartet.AlertStanding, len(rules))
	for i := range rules {
		c := sums[key{rules[i].Minutes, rules[i].Account, rules[i].Product}]
		standings[i] = quartet.AlertStanding{Rule: rules[i], Calls: c.calls, Refused: c.refused}
	}
	return standings, nil
}
