package store

import (
	"context"

	"quartet"
)

// Chores counts what waits for people of the house. Each is found by an index.
func (s *Store) Chores(ctx context.Context) (c quartet.Chores, err error) {
	err = s.reader.QueryRowContext(ctx, `SELECT
		(SELECT count(*) FROM firm_application WHERE state = 'submitted'),
		(SELECT count(*) FROM refund WHERE state = 'requested') + (SELECT count(*) FROM refund WHERE state = 'failed'),
		(SELECT count(*) FROM transfer WHERE state = 'waiting'),
		(SELECT count(*) FROM transfer_claim WHERE state = 'proposed'),
		(SELECT count(*) FROM adjustment WHERE state = 'proposed'),
		(SELECT count(*) FROM house_account WHERE opened_at = 0 AND closed_at = 0),
		(SELECT count(*) FROM operator WHERE asked_role <> ''),
		(SELECT count(*) FROM invoice WHERE state IN ('submitted', 'needs_login', 'failed_final', 'unknown', 'entered')),
		(SELECT count(*) FROM red_letter WHERE state IN ('needs_login', 'failed', 'unknown', 'entered')),
		(SELECT count(*) FROM ticket WHERE state IN ('open', 'waiting_for_support')),
		(SELECT count(*) FROM job WHERE state = 'dead'),
		(SELECT count(*) FROM settlement WHERE acknowledged_at = 0 AND differences NOT IN ('[]', 'null'))`,
	).Scan(&c.Applications, &c.Refunds, &c.Transfers, &c.Claims, &c.Adjustments, &c.BankAccounts, &c.Roles, &c.Invoices, &c.RedLetters, &c.Tickets, &c.Jobs, &c.Settlements)
	return c, classify(err)
}
