package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"quartet"
)

const sourceColumns = `name, kind, sealed, is_on, terms, created_at, changed_at`

// Sources lists all sources by name. What describes them stays sealed: Spec is empty.
func (s *Store) Sources(ctx context.Context) ([]quartet.Source, error) {
	return collect(ctx, s.reader, scanSource, `SELECT `+sourceColumns+` FROM source ORDER BY name`)
}

func scanSource(row scanner) (quartet.Source, error) {
	var (
		src                  quartet.Source
		kind, terms          string
		on, created, changed int64
	)
	if err := row.Scan(&src.Name, &kind, &src.Sealed, &on, &terms, &created, &changed); err != nil {
		return src, err
	}
	if len(src.Sealed) == 0 {
		src.Sealed = nil // as SQLite gives it
	}
	src.Kind, src.On = quartet.SourceKind(kind), on == 1
	src.CreatedAt, src.ChangedAt = fromMicros(created), fromMicros(changed)
	if err := json.Unmarshal([]byte(terms), &src.Terms); err != nil {
		return src, quartet.Errorf(quartet.ErrInternal, "the terms of source %s cannot be read: %w", src.Name, err)
	}
	return src, nil
}

func sourceArgs(src quartet.Source) ([]any, error) {
	terms, err := json.Marshal(src.Terms)
	if src.Sealed == nil {
		src.Sealed = []byte{}
	}
	return []any{src.Name, string(src.Kind), src.Sealed, bit(src.On), string(terms), micros(src.CreatedAt), micros(src.ChangedAt)}, err
}

// CreateSource adds a source; its name must be new (ErrConflict).
func (s *Store) CreateSource(ctx context.Context, src quartet.Source, e quartet.AuditEntry) error {
	args, err := sourceArgs(src)
	if err != nil {
		return err
	}
	return s.change(ctx, e, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO source (`+sourceColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)`, args...)
		if isUnique(err) {
			return quartet.Errorf(quartet.ErrConflict, "a source of that name exists already; choose another name, or change it with `quartet source set`")
		}
		return err
	})
}

// UpdateSource writes all of a source but its name, its kind and its birth.
func (s *Store) UpdateSource(ctx context.Context, src quartet.Source, e quartet.AuditEntry) error {
	args, err := sourceArgs(src)
	if err != nil {
		return err
	}
	return s.change(ctx, e, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE source SET sealed = $2, is_on = $3, terms = $4, changed_at = $5 WHERE name = $1`,
			src.Name, args[2], args[3], args[4], args[6])
		return mustTouch(res, err, "source")
	})
}

// Policy tells how sources are put in order.
func (s *Store) Policy(ctx context.Context) (quartet.Policy, error) {
	var (
		p           quartet.Policy
		order, pins string
	)
	if err := s.reader.QueryRowContext(ctx, `SELECT source_order, pins FROM source_policy WHERE id = 1`).Scan(&order, &pins); err != nil {
		return p, classify(err)
	}
	p.Order = quartet.SourceOrder(order)
	if err := json.Unmarshal([]byte(pins), &p.Pins); err != nil {
		return p, quartet.Errorf(quartet.ErrInternal, "the policy of sources cannot be read: %w", err)
	}
	return p, nil
}

// PutPolicy writes the policy.
func (s *Store) PutPolicy(ctx context.Context, p quartet.Policy, e quartet.AuditEntry) error {
	if p.Pins == nil {
		p.Pins = map[string]string{}
	}
	pins, err := json.Marshal(p.Pins)
	if err != nil {
		return err
	}
	return s.change(ctx, e, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE source_policy SET source_order = $1, pins = $2 WHERE id = 1`, string(p.Order), string(pins))
		return err
	})
}
