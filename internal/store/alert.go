package store

import (
	"context"
	"database/sql"
	"time"

	"quartet"
)

const (
	ruleColumns   = `id, account_id, product_id, kind, units, percent, days, minutes, floor_calls, inbox, webhook, mail_right, cooldown, armed, fired_at, created_at, created_by`
	insertRuleSQL = `INSERT INTO alert_rule (` + ruleColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`
)

func ruleArgs(r *quartet.AlertRule) []any {
	return []any{
		r.ID, r.Account, r.Product, string(r.Kind), r.Units, r.Percent, r.Days, r.Minutes, r.Floor, bit(r.Inbox), bit(r.Webhook), string(r.Mail),
		r.Cooldown.Microseconds(), bit(r.Armed), micros(r.Fired), micros(r.Created), r.By,
	}
}

// ruleRow is where a row of a rule is scanned to before it is one.
type ruleRow struct {
	r                        quartet.AlertRule
	kind, mail               string
	inbox, webhook, armed    int64
	cooldown, firedAt, begun int64
}

func (w *ruleRow) into() []any {
	r := &w.r
	return []any{
		&r.ID, &r.Account, &r.Product, &w.kind, &r.Units, &r.Percent, &r.Days, &r.Minutes, &r.Floor, &w.inbox, &w.webhook, &w.mail,
		&w.cooldown, &w.armed, &w.firedAt, &w.begun, &r.By,
	}
}

func (w *ruleRow) rule() quartet.AlertRule {
	r := w.r
	r.Kind, r.Mail = quartet.AlertKind(w.kind), quartet.Right(w.mail)
	r.Inbox, r.Webhook, r.Armed = w.inbox == 1, w.webhook == 1, w.armed == 1
	r.Cooldown, r.Fired, r.Created = time.Duration(w.cooldown)*time.Microsecond, fromMicros(w.firedAt), fromMicros(w.begun)
	return r
}

func scanRule(row scanner) (quartet.AlertRule, error) {
	var w ruleRow
	err := row.Scan(w.into()...)
	return w.rule(), err
}

// AlertRules lists the rules of an account, oldest first.
func (s *Store) AlertRules(ctx context.Context, account string) ([]quartet.AlertRule, error) {
	return collect(ctx, s.reader, scanRule, `SELECT `+ruleColumns+` FROM alert_rule WHERE account_id = $1 ORDER BY id`, account)
}

// AlertRule finds a rule, or ErrNotFound.
func (s *Store) AlertRule(ctx context.Context, id string) (quartet.AlertRule, error) {
	return one(ctx, s.reader, "alert rule", scanRule, `SELECT `+ruleColumns+` FROM alert_rule WHERE id = $1`, id)
}

// AddAlertRule writes a rule of an account that has fewer than most. ErrConflict: it has not;
// ErrNotFound: there is no such product.
func (s *Store) AddAlertRule(ctx context.Context, r quartet.AlertRule, most int64, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := collect(ctx, tx, scanInt, `SELECT 1 FROM account WHERE id = $1`+s.dialect.forLock, r.Account); err != nil {
			return err
		}
		n, err := collect(ctx, tx, scanInt, `SELECT count(*) FROM alert_rule WHERE account_id = $1`, r.Account)
		if err != nil {
			return err
		}
		if n[0] >= most {
			return quartet.Errorf(quartet.ErrConflict, "this account has %d rules, which is the most; remove or change one", n[0])
		}
		if err := mustKnow(ctx, tx, r.Product); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, insertRuleSQL, ruleArgs(&r)...)
		return err
	})
}

// mustKnow is ErrNotFound for a product that there is not; none is every product. A rule about
// nothing would never fire, and nobody would notice.
func mustKnow(ctx context.Context, q querier, product string) error {
	if product == "" {
		return nil
	}
	_, err := one(ctx, q, "product", scanInt, `SELECT 1 FROM product WHERE id = $1`, product)
	return err
}

// ChangeAlertRule writes what a rule asks for from now on, armed. ErrNotFound.
func (s *Store) ChangeAlertRule(ctx context.Context, r quartet.AlertRule, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		if err := mustKnow(ctx, tx, r.Product); err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `UPDATE alert_rule SET product_id = $3, units = $4, percent = $5, days = $6, minutes = $7, floor_calls = $8, inbox = $9,
			webhook = $10, mail_right = $11, cooldown = $12, armed = 1 WHERE id = $1 AND account_id = $2`,
			r.ID, r.Account, r.Product, r.Units, r.Percent, r.Days, r.Minutes, r.Floor, bit(r.Inbox), bit(r.Webhook), string(r.Mail), r.Cooldown.Microseconds())
		return mustTouch(res, err, "alert rule")
	})
}

// RemoveAlertRule removes a rule of an account; what it fired stays. ErrNotFound.
func (s *Store) RemoveAlertRule(ctx context.Context, account, id string, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM alert_rule WHERE id = $1 AND account_id = $2`, id, account)
		return mustTouch(res, err, "alert rule")
	})
}

// Unalerted lists accounts and products, of at most limit grants that were given, for which
// no first rules were written yet.
func (s *Store) Unalerted(ctx context.Context, limit int) ([]quartet.Grant, error) {
	return collect(ctx, s.reader, func(row scanner) (g quartet.Grant, err error) {
		err = row.Scan(&g.Account, &g.Product)
		return g, err
	}, `SELECT DISTINCT account_id, product_id FROM quota_grant AS g
		WHERE NOT EXISTS (SELECT 1 FROM alert_begun AS b WHERE b.account_id = g.account_id AND b.product_id = g.product_id) ORDER BY account_id, product_id LIMIT $1`, limit)
}

// BeginAlerts writes the first rules of an account for a product, once.
func (s *Store) BeginAlerts(ctx context.Context, account, product string, now time.Time, rules []quartet.AlertRule) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `INSERT INTO alert_begun (account_id, product_id, at) VALUES ($1, $2, $3) ON CONFLICT (account_id, product_id) DO NOTHING`, account, product, micros(now))
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		for i := range rules {
			if _, err := tx.ExecContext(ctx, insertRuleSQL, ruleArgs(&rules[i])...); err != nil {
				return err
			}
		}
		return nil
	})
}

const alertColumns = `id, rule_id, account_id, product_id, kind, line, value, base, grant_id, until_at, at, told_at, seen_by, seen_at`

func scanAlert(row scanner) (quartet.Alert, error) {
	var (
		a                     quartet.Alert
		kind                  string
		until, at, told, seen int64
	)
	err := row.Scan(&a.ID, &a.Rule, &a.Account, &a.Product, &kind, &a.Line, &a.Value, &a.Base, &a.Grant, &until, &at, &told, &a.SeenBy, &seen)
	a.Kind = quartet.AlertKind(kind)
	a.Until, a.At, a.Told, a.Seen = fromMicros(until), fromMicros(at), fromMicros(told), fromMicros(seen)
	return a, err
}

// Alert finds what fired, or ErrNotFound.
func (s *Store) Alert(ctx context.Context, id string) (quartet.Alert, error) {
	return one(ctx, s.reader, "alert", scanAlert, `SELECT `+alertColumns+` FROM alert WHERE id = $1`, id)
}

// Alerts lists what fired for an account, newest first, at most limit; before is the id of
// one behind which the list goes on. Ids are in the order of time.
func (s *Store) Alerts(ctx context.Context, account, before string, limit int) ([]quartet.Alert, error) {
	return collect(ctx, s.reader, scanAlert, `SELECT `+alertColumns+` FROM alert WHERE account_id = $1 AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3`, account, before, limit)
}

// SeeAlert writes who took note of what fired, the first one. ErrNotFound: the account has no
// such alert, or it was seen.
func (s *Store) SeeAlert(ctx context.Context, account, id, by string, at time.Time, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE alert SET seen_by = $3, seen_at = $4 WHERE id = $1 AND account_id = $2 AND seen_at = 0`, id, account, by, micros(at))
		return mustTouch(res, err, "alert that nobody took note of")
	})
}
