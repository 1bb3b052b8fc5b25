package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"quartet"
)

// ofAccount are the places of the entries that concern an account: by what they are about,
// where that is still there, else by what they say. Ids of accounts have no sign that means
// something in a pattern.
var ofAccount = `SELECT place FROM audit_entry WHERE subject IN (
		SELECT id FROM account WHERE id = $1
		UNION ALL SELECT id FROM credential WHERE account_id = $1
		UNION ALL SELECT id FROM invitation WHERE account_id = $1
		UNION ALL SELECT id FROM firm_application WHERE account_id = $1
		UNION ALL SELECT id FROM shop_order WHERE account_id = $1
		UNION ALL SELECT r.id FROM refund r JOIN shop_order o ON o.id = r.order_id WHERE o.account_id = $1
		UNION ALL SELECT id FROM rating WHERE account_id = $1
		UNION ALL SELECT id FROM invoice_title WHERE account_id = $1
		UNION ALL SELECT id FROM invoice WHERE account_id = $1
		UNION ALL SELECT id FROM webhook WHERE account_id = $1
		UNION ALL SELECT id FROM ticket WHERE account_id = $1
		UNION ALL SELECT id FROM batch WHERE account_id = $1
		UNION ALL SELECT id FROM api_token WHERE account_id = $1
	) AND action IN (` + accountActions + `)
	UNION SELECT place FROM audit_entry WHERE action IN (` + vanishing + `)
		AND (detail = 'account ' || $1 OR detail LIKE 'account ' || $1 || ' %' OR detail LIKE 'account ' || $1 || ',%')
	UNION SELECT place FROM audit_entry WHERE action IN ('member.role', 'member.remove', 'person.register')
		AND (before_json LIKE '%"account":"' || $1 || '"%' OR after_json LIKE '%"account":"' || $1 || '"%')
	UNION SELECT place FROM audit_entry WHERE action = 'session.account' AND detail = $1`

// vanishing are what is done to what can be removed for good, so that no row tells any more
// whose it was.
const vanishing = `'webhook.add', 'webhook.change', 'webhook.rotate', 'webhook.remove', 'webhook.replay', 'webhook.test',
	'alert_rule.add', 'alert_rule.change', 'alert_rule.remove', 'alert.acknowledge', 'title.add', 'title.change', 'title.delete'`

// accountActions is the list for SQL; its words are our own.
var accountActions = "'" + strings.Join(quartet.AccountActions(), "', '") + "'"

// AccountAudit lists the entries that concern an account, newest first, before the entry of an
// id or from the last one for "", at most limit. ErrNotFound: the id is of no such entry.
func (s *Store) AccountAudit(ctx context.Context, account, before string, limit int) ([]quartet.AuditEntry, error) {
	var place int64
	if before != "" {
		err := s.reader.QueryRowContext(ctx, `SELECT place FROM audit_entry WHERE id = $2 AND place IN (`+ofAccount+`)`, account, before).Scan(&place)
		if errors.Is(err, sql.ErrNoRows) {
			return nil, quartet.Errorf(quartet.ErrNotFound, "store: the account has no audit entry of that id")
		}
		if err != nil {
			return nil, classify(err)
		}
	}
	return collect(ctx, s.reader, scanAudit, `SELECT `+auditColumns+` FROM audit_entry
		WHERE place > 0 AND ($2 = 0 OR place < $2) AND place IN (`+ofAccount+`) ORDER BY place DESC LIMIT $3`, account, place, limit)
}
