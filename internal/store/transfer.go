package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"quartet"
)

// HouseAccounts lists the bank accounts of the house, oldest first.
func (s *Store) HouseAccounts(ctx context.Context) ([]quartet.HouseAccount, error) {
	return collect(ctx, s.reader, scanHouseAccount, `SELECT id, bank, holder, number, asked_by, created_at, opened_by, opened_at, closed_at FROM house_account ORDER BY created_at, id`)
}

func scanHouseAccount(row scanner) (quartet.HouseAccount, error) {
	var (
		a                       quartet.HouseAccount
		created, opened, closed int64
	)
	err := row.Scan(&a.ID, &a.Bank, &a.Holder, &a.Number, &a.AskedBy, &created, &a.OpenedBy, &opened, &closed)
	a.Created, a.Opened, a.Closed = fromMicros(created), fromMicros(opened), fromMicros(closed)
	return a, err
}

// CreateHouseAccount adds a bank account of the house, open or waiting to be confirmed; its
// number must be new (ErrConflict).
func (s *Store) CreateHouseAccount(ctx context.Context, a quartet.HouseAccount, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO house_account (id, bank, holder, number, asked_by, created_at, opened_by, opened_at, closed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)`,
			a.ID, a.Bank, a.Holder, a.Number, a.AskedBy, micros(a.Created), a.OpenedBy, micros(a.Opened))
		if isUnique(err) {
			return quartet.Errorf(quartet.ErrConflict, "this number of this bank is an account of the house already, or waits to be confirmed; `GET /bank-accounts` and `quartet bank list` show it")
		}
		return err
	})
}

// OpenHouseAccount opens a bank account that waits. ErrConflict: it does not, or by asked for
// it.
func (s *Store) OpenHouseAccount(ctx context.Context, id, by string, at time.Time, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE house_account SET opened_by = $2, opened_at = $3 WHERE id = $1 AND opened_at = 0 AND asked_by <> $2`, id, by, micros(at))
		return mustStand(res, err)
	})
}

// DropHouseAccount forgets a bank account that waits; only the audit knows of it then.
// ErrConflict: it does not wait.
func (s *Store) DropHouseAccount(ctx context.Context, id string, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM house_account WHERE id = $1 AND opened_at = 0`, id)
		return mustStand(res, err)
	})
}

// CloseHouseAccount ends the showing of a bank account to buyers. ErrNotFound: none such is
// open.
func (s *Store) CloseHouseAccount(ctx context.Context, id string, at time.Time, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE house_account SET closed_at = $2 WHERE id = $1 AND opened_at <> 0 AND closed_at = 0`, id, micros(at))
		return mustTouch(res, err, "open account of the house")
	})
}

const transferColumns = `id, house_id, serial, at, amount, sealed, state, why, order_id, payment_id, imported_at, decided_at`

func scanTransfer(row scanner) (quartet.Transfer, error) {
	var (
		t                            quartet.Transfer
		state                        string
		at, amount, imported, decide int64
	)
	err := row.Scan(&t.ID, &t.House, &t.Serial, &at, &amount, &t.Sealed, &state, &t.Why, &t.Order, &t.Payment, &imported, &decide)
	t.Amount, t.State = quartet.Fen(amount), quartet.TransferState(state)
	t.At, t.Imported, t.Decided = fromMicros(at), fromMicros(imported), fromMicros(decide)
	return t, err
}

// ImportTransfers writes the lines of a statement, all or none. Those whose account and
// serial stand already stay as they are; jobs are those of lines, by their id, and written
// for new ones alone. Nothing new: nothing is written at all.
func (s *Store) ImportTransfers(ctx context.Context, lines []quartet.Transfer, jobs []quartet.Job, e quartet.AuditEntry) (added int, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		added = 0
		known := map[string]bool{}
		for _, t := range lines {
			res, err := tx.ExecContext(ctx, `INSERT INTO transfer (`+transferColumns+`)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', $10, 0) ON CONFLICT (house_id, serial) DO NOTHING`,
				t.ID, t.House, t.Serial, micros(t.At), int64(t.Amount), t.Sealed, string(t.State), t.Why, t.Order, micros(t.Imported))
			if isUnique(err) {
				return quartet.Errorf(quartet.ErrConflict, "another transfer has just been taken for the same order; import the statement again")
			}
			if err != nil {
				return err
			}
			n, err := res.RowsAffected()
			if err != nil {
				return err
			}
			added += int(n)
			known[t.ID] = n == 0
		}
		if added == 0 {
			return nil
		}
		fresh := slices.DeleteFunc(slices.Clone(jobs), func(j quartet.Job) bool { return known[j.Key] })
		if err := enqueue(ctx, tx, fresh...); err != nil {
			return err
		}
		return s.audit(ctx, tx, e)
	})
	return added, err
}

// TransfersBySerial finds those lines of an account of the house that have one of these
// serials.
func (s *Store) TransfersBySerial(ctx context.Context, house string, serials []string) ([]quartet.Transfer, error) {
	var all []quartet.Transfer
	for part := range slices.Chunk(serials, 500) {
		found, err := collect(ctx, s.reader, scanTransfer, `SELECT `+transferColumns+` FROM transfer WHERE house_id = $1 AND serial IN `+list(1, len(part)),
			append([]any{house}, anys(part)...)...)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// Transfer finds a transfer, or ErrNotFound.
func (s *Store) Transfer(ctx context.Context, id string) (quartet.Transfer, error) {
	return s.oneTransfer(ctx, `id = $1`, id)
}

// TransferOfPayment finds the transfer that became a payment, or ErrNotFound.
func (s *Store) TransferOfPayment(ctx context.Context, payment string) (quartet.Transfer, error) {
	return s.oneTransfer(ctx, `payment_id = $1 AND payment_id <> ''`, payment)
}

// TransferOfOrder finds the transfer that pays an order or is about to, or ErrNotFound.
func (s *Store) TransferOfOrder(ctx context.Context, order string) (quartet.Transfer, error) {
	return s.oneTransfer(ctx, `order_id = $1 AND order_id <> ''`, order)
}

func (s *Store) oneTransfer(ctx context.Context, where, id string) (quartet.Transfer, error) {
	found, err := collect(ctx, s.reader, scanTransfer, `SELECT `+transferColumns+` FROM transfer WHERE `+where, id)
	if err == nil && len(found) == 0 {
		return quartet.Transfer{}, quartet.Errorf(quartet.ErrNotFound, "there is no such transfer")
	}
	if err != nil {
		return quartet.Transfer{}, err
	}
	return found[0], nil
}

// Transfers lists those in a state, or all for "", in the order in which they were imported:
// at most limit, from the one behind the id after on.
func (s *Store) Transfers(ctx context.Context, state quartet.TransferState, after string, limit int) ([]quartet.Transfer, error) {
	return collect(ctx, s.reader, scanTransfer, `SELECT `+transferColumns+` FROM transfer WHERE ($1 = '' OR state = $1) AND id > $2 ORDER BY id LIMIT $3`,
		string(state), after, limit)
}

// TransferSums adds up what is in each state, at one instant.
func (s *Store) TransferSums(ctx context.Context) ([]quartet.TransferSum, error) {
	return collect(ctx, s.reader, func(row scanner) (quartet.TransferSum, error) {
		var (
			sum    quartet.TransferSum
			state  string
			amount int64
		)
		err := row.Scan(&state, &sum.Lines, &amount)
		sum.State, sum.Amount = quartet.TransferState(state), quartet.Fen(amount)
		return sum, err
	}, `SELECT state, COUNT(*), CAST(SUM(amount) AS BIGINT) FROM transfer GROUP BY state ORDER BY state`)
}
