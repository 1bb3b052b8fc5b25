package store

import (
	"context"
	"database/sql"

	"quartet"
)

const invoiceFileColumns = `owner_id, kind, digest, size, sealed, put_by, put_at`

func scanInvoiceFile(row scanner) (quartet.InvoiceFile, error) {
	var (
		f    quartet.InvoiceFile
		kind string
		at   int64
	)
	err := row.Scan(&f.Owner, &kind, &f.Digest, &f.Size, &f.Sealed, &f.By, &at)
	f.Kind, f.At, f.Sealed = quartet.InvoiceFileKind(kind), fromMicros(at), someBytes(f.Sealed)
	return f, err
}

// InvoiceFiles lists the files of an invoice or a red letter without what they hold.
func (s *Store) InvoiceFiles(ctx context.Context, owner string) ([]quartet.InvoiceFile, error) {
	return collect(ctx, s.reader, scanInvoiceFile, `SELECT owner_id, kind, digest, size, '' AS sealed, put_by, put_at FROM invoice_file WHERE owner_id = $1 ORDER BY kind`, owner)
}

// InvoiceFile finds a file with what it holds, or ErrNotFound.
func (s *Store) InvoiceFile(ctx context.Context, owner string, kind quartet.InvoiceFileKind) (quartet.InvoiceFile, error) {
	return one(ctx, s.reader, "file of this invoice", scanInvoiceFile, `SELECT `+invoiceFileColumns+` FROM invoice_file WHERE owner_id = $1 AND kind = $2`, owner, string(kind))
}

const titleColumns = `id, account_id, kind, sealed, created_at, changed_at`

func scanTitle(row scanner) (quartet.InvoiceTitle, error) {
	var (
		t                quartet.InvoiceTitle
		kind             string
		created, changed int64
	)
	err := row.Scan(&t.ID, &t.Account, &kind, &t.Sealed, &created, &changed)
	t.Kind, t.Created, t.Changed = quartet.TitleKind(kind), fromMicros(created), fromMicros(changed)
	return t, err
}

// InvoiceTitles lists the titles of an account, oldest first.
func (s *Store) InvoiceTitles(ctx context.Context, account string) ([]quartet.InvoiceTitle, error) {
	return collect(ctx, s.reader, scanTitle, `SELECT `+titleColumns+` FROM invoice_title WHERE account_id = $1 ORDER BY created_at, id`, account)
}

// AddInvoiceTitle writes a new title, unless the account has most of them already: ErrConflict.
func (s *Store) AddInvoiceTitle(ctx context.Context, t quartet.InvoiceTitle, most int, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		if err := s.lockAccount(ctx, tx, t.Account); err != nil {
			return err
		}
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM invoice_title WHERE account_id = $1`, t.Account).Scan(&n); err != nil {
			return err
		}
		if n >= most {
			return quartet.Errorf(quartet.ErrConflict, "this account has %d titles already; delete one first", n)
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO invoice_title (`+titleColumns+`) VALUES ($1, $2, $3, $4, $5, $6)`, t.ID, t.Account, string(t.Kind), t.Sealed, micros(t.Created), micros(t.Changed))
		return err
	})
}

// ChangeInvoiceTitle writes what a title of an account says. ErrNotFound.
func (s *Store) ChangeInvoiceTitle(ctx context.Context, t quartet.InvoiceTitle, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE invoice_title SET kind = $3, sealed = $4, changed_at = $5 WHERE id = $1 AND account_id = $2`, t.ID, t.Account, string(t.Kind), t.Sealed, micros(t.Changed))
		return mustTouch(res, err, "title")
	})
}

// DeleteInvoiceTitle forgets a title of an account. Invoices keep what they say. ErrNotFound.
func (s *Store) DeleteInvoiceTitle(ctx context.Context, account, id string, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM invoice_title WHERE id = $1 AND account_id = $2`, id, account)
		return mustTouch(res, err, "title")
	})
}

const taxColumns = `id, from_at, item, tax_code, rate, seller, seller_tax_id, set_by, set_at`

func scanTax(row scanner) (quartet.TaxSetting, error) {
	var (
		t        quartet.TaxSetting
		from, at int64
	)
	err := row.Scan(&t.ID, &from, &t.Name, &t.Code, &t.Rate, &t.Seller, &t.TaxID, &t.By, &at)
	t.From, t.At = fromMicros(from), fromMicros(at)
	return t, err
}

// TaxSettings lists how the house is taxed, oldest first.
func (s *Store) TaxSettings(ctx context.Context) ([]quartet.TaxSetting, error) {
	return collect(ctx, s.reader, scanTax, `SELECT `+taxColumns+` FROM tax_setting ORDER BY from_at`)
}

// AddTaxSetting writes how the house is taxed from an instant on. ErrConflict: one begins then
// already.
func (s *Store) AddTaxSetting(ctx context.Context, t quartet.TaxSetting, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO tax_setting (`+taxColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			t.ID, micros(t.From), t.Name, t.Code, int64(t.Rate), t.Seller, t.TaxID, t.By, micros(t.At))
		if isUnique(err) {
			return quartet.Errorf(quartet.ErrConflict, "a setting of tax begins at this instant already; choose a later one")
		}
		return err
	})
}

// PutInvoiceNotice keeps what a channel told, and lets the jobs that ask about it run. An event
// that was told before changes nothing, and is no error.
func (s *Store) PutInvoiceNotice(ctx context.Context, n quartet.InvoiceNotice, ask []quartet.Job) error {
	err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `INSERT INTO invoice_notice (id, channel, event, serial, hash, sealed, received_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (channel, event) DO NOTHING`,
			n.ID, n.Channel, n.Event, n.Serial, n.Hash, n.Sealed, micros(n.At))
		if err != nil {
			return err
		}
		if fresh, err := res.RowsAffected(); err != nil || fresh == 0 {
			return err
		}
		if err := enqueue(ctx, tx, ask...); err != nil {
			return err
		}
		return moveJobs(ctx, tx, ask)
	})
	if err == nil {
		s.nudge()
	}
	return err
}

// InvoiceNotices counts what a channel told, each event once.
func (s *Store) InvoiceNotices(ctx context.Context, channel string) (int, error) {
	list, err := collect(ctx, s.reader, scanInt, `SELECT count(*) FROM invoice_notice WHERE channel = $1`, channel)
	if err != nil {
		return 0, err
	}
	return int(list[0]), nil
}
