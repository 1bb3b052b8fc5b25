package store

import (
	"context"
	"database/sql"

	"quartet"
)

// CreateOperator adds an operator; the name must be new (ErrConflict).
func (s *Store) CreateOperator(ctx context.Context, o quartet.Operator, e quartet.AuditEntry) error {
	return s.change(ctx, e, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO operator (id, name, password, created_at) VALUES ($1, $2, $3, $4)`,
			o.ID, o.Name, o.Password, micros(o.CreatedAt))
		if isUnique(err) {
			return quartet.Errorf(quartet.ErrConflict, "there is an operator of that name already; choose another name")
		}
		return err
	})
}

// SetPassword writes the password hash of an operator.
func (s *Store) SetPassword(ctx context.Context, id, hash string, e quartet.AuditEntry) error {
	return s.change(ctx, e, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE operator SET password = $2 WHERE id = $1`, id, hash)
		return mustTouch(res, err, "operator")
	})
}

// Operators lists all operators, oldest first.
func (s *Store) Operators(ctx context.Context) ([]quartet.Operator, error) {
	return collect(ctx, s.reader, scanOperator, `SELECT id, name, password, created_at FROM operator ORDER BY created_at, id`)
}

func scanOperator(row scanner) (quartet.Operator, error) {
	var (
		o       quartet.Operator
		created int64
	)
	err := row.Scan(&o.ID, &o.Name, &o.Password, &created)
	o.CreatedAt = fromMicros(created)
	return o, err
}
