package store

import (
	"context"
	"database/sql"
	"time"

	"quartet"
)

const productColumns = `id, path, name, need, detail, charge_match, charge_mismatch, charge_undetermined, is_on, reuse_minutes`

// Products lists all products by id.
func (s *Store) Products(ctx context.Context) ([]quartet.Product, error) {
	return collect(ctx, s.reader, scanProduct, `SELECT `+productColumns+` FROM product ORDER BY id`)
}

func scanProduct(row scanner) (quartet.Product, error) {
	var (
		p               quartet.Product
		need, on, reuse int64
		detail          string
	)
	err := row.Scan(&p.ID, &p.Path, &p.Name, &need, &detail, &p.Charge.Match, &p.Charge.Mismatch, &p.Charge.Undetermined, &on, &reuse)
	p.Reuse = time.Duration(reuse) * time.Minute
	p.Need, p.Detail, p.On = quartet.ElementSet(need), quartet.Detail(detail), on == 1
	return p, err
}

const productRow = `INSERT INTO product (` + productColumns + `)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`

func productValues(p quartet.Product) []any {
	return []any{p.ID, p.Path, p.Name, int64(p.Need), string(p.Detail), p.Charge.Match, p.Charge.Mismatch, p.Charge.Undetermined, bit(p.On), int64(p.Reuse / time.Minute)}
}

// CreateProduct adds a product; its id and its path must be new (ErrConflict).
func (s *Store) CreateProduct(ctx context.Context, p quartet.Product, e quartet.AuditEntry) error {
	return s.change(ctx, e, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, productRow, productValues(p)...)
		if isUnique(err) {
			return quartet.Errorf(quartet.ErrConflict, "another product has this id or this path; choose another one")
		}
		return err
	})
}

// PutProduct adds a product or writes over the one of the same id.
func (s *Store) PutProduct(ctx context.Context, p quartet.Product, e quartet.AuditEntry) error {
	return s.change(ctx, e, func(ctx context.Context, tx *sql.Tx) error { return putProduct(ctx, tx, p) })
}

func putProduct(ctx context.Context, tx *sql.Tx, p quartet.Product) error {
	_, err := tx.ExecContext(ctx, productRow+`
		ON CONFLICT (id) DO UPDATE SET path = excluded.path, name = excluded.name, need = excluded.need, detail = excluded.detail,
			charge_match = excluded.charge_match, charge_mismatch = excluded.charge_mismatch,
			charge_undetermined = excluded.charge_undetermined, is_on = excluded.is_on, reuse_minutes = excluded.reuse_minutes`, productValues(p)...)
	if isUnique(err) {
		return quartet.Errorf(quartet.ErrConflict, "another product has this path; choose another one")
	}
	return err
}

// ChangeProduct lets decide make something else of a product, under lock, and writes it. decide
// is told whether accounts hold units of it. What decide does not change is not written.
// ErrNotFound; ErrConflict: another product has the path.
func (s *Store) ChangeProduct(ctx context.Context, id string, now time.Time, decide func(p quartet.Product, held bool) (quartet.Product, quartet.AuditEntry, error)) (p quartet.Product, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		old, err := one(ctx, tx, "product", scanProduct, `SELECT `+productColumns+` FROM product WHERE id = $1`+s.dialect.forLock, id)
		if err != nil {
			return err
		}
		some, err := held(ctx, tx, id, now)
		if err != nil {
			return err
		}
		var e quartet.AuditEntry
		if p, e, err = decide(old, some); err != nil || p == old {
			return err
		}
		if err := putProduct(ctx, tx, p); err != nil {
			return err
		}
		return s.changed(ctx, tx, e)
	})
	return p, err
}

// SetProductOn switches a product on or off.
func (s *Store) SetProductOn(ctx context.Context, id string, on bool, e quartet.AuditEntry) error {
	return s.change(ctx, e, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE product SET is_on = $2 WHERE id = $1`, id, bit(on))
		return mustTouch(res, err, "product")
	})
}
