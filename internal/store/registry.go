package store

import (
	"context"
	"database/sql"
	"errors"

	"quartet"
)

// The card registry of a node on PostgreSQL; package registry says what each method
// promises. On SQLite the registry lies in files of its own, and these are not called.

// errRegistryGone: another import has begun since.
func errRegistryGone() error {
	return quartet.Errorf(quartet.ErrConflict, "this build of the registry was given up for a later one")
}

// RegistryGenerations gives the generations that are not gone, oldest first.
func (s *Store) RegistryGenerations(ctx context.Context) ([]quartet.Generation, error) {
	return collect(ctx, s.reader, func(row scanner) (g quartet.Generation, err error) {
		var active int64
		err = row.Scan(&g.ID, &g.Key, &active, &g.Marker)
		g.Active = active == 1
		return g, err
	}, `SELECT id, key_id, is_active, marker FROM registry_generation WHERE is_gone = 0 ORDER BY id`)
}

// RegistryGet appends the value under key to dst.
func (s *Store) RegistryGet(ctx context.Context, gen int64, key [16]byte, dst []byte) (value []byte, live bool, err error) {
	value, live, err = s.lookups.get(ctx, s.reader.DB, gen, key)
	return append(dst, value...), live, err
}

// RegistryBegin makes an empty generation and gives up one that was being filled.
func (s *Store) RegistryBegin(ctx context.Context, key string, marker []byte) (gen int64, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE registry_generation SET is_gone = 1 WHERE is_active = 0`); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `
			INSERT INTO registry_generation (id, key_id, marker, is_active, is_gone)
			SELECT coalesce(max(id), 0) + 1, $1, $2, 0, 0 FROM registry_generation RETURNING id`, key, marker).Scan(&gen)
	})
	if err != nil {
		return 0, err
	}
	_ = s.purgeRegistry(ctx) // what it leaves goes with the next import
	return gen, nil
}

// RegistryPut writes one chunk and the marker in one transaction.
func (s *Store) RegistryPut(ctx context.Context, gen int64, keys, values [][]byte, marker []byte) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := markRegistry(ctx, tx, gen, marker); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO registry_record (generation, card, value)
			SELECT $1, card, value FROM unnest($2::bytea[], $3::bytea[]) AS chunk (card, value)
			ON CONFLICT (generation, card) DO UPDATE SET value = excluded.value`, gen, keys, values)
		return err
	})
}

func markRegistry(ctx context.Context, tx *sql.Tx, gen int64, marker []byte) error {
	res, err := tx.ExecContext(ctx, `UPDATE registry_generation SET marker = $2 WHERE id = $1 AND is_gone = 0`, gen, marker)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, errRegistryGone())
	}
	return nil
}

// RegistryActivate swaps gen in whole. On the active generation itself only the marker
// changes, and one that is being filled beside it stays.
func (s *Store) RegistryActivate(ctx context.Context, gen int64, marker []byte) error {
	err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := markRegistry(ctx, tx, gen, marker); err != nil {
			return err
		}
		var active int64
		if err := tx.QueryRowContext(ctx, `SELECT is_active FROM registry_generation WHERE id = $1`, gen).Scan(&active); err != nil || active == 1 {
			return err
		}
		_, err := tx.ExecContext(ctx, `
			UPDATE registry_generation SET is_active = CASE id WHEN $1 THEN 1 ELSE 0 END, is_gone = CASE id WHEN $1 THEN 0 ELSE 1 END`, gen)
		return err
	})
	if err != nil {
		return err
	}
	_ = s.purgeRegistry(ctx) // gen answers whatever becomes of the old records; see RegistryBegin
	return nil
}

// purgeChunk is how many records one transaction removes.
const purgeChunk = 10_000

// purgeRegistry removes the records of generations that are gone, in short transactions.
// Cut off, it goes on with the next import.
func (s *Store) purgeRegistry(ctx context.Context) error {
	gone, err := collect(ctx, s.reader, func(row scanner) (id int64, err error) { return id, row.Scan(&id) },
		`SELECT id FROM registry_generation WHERE is_gone = 1`)
	if err != nil {
		return err
	}
	for _, gen := range gone {
		if err := s.purgeGeneration(ctx, gen); err != nil {
			return err
		}
	}
	return nil
}

// purgeGeneration walks the records in the order of cards: what is removed stays in the
// index for a while, and starting at its beginning each time would step over it anew.
func (s *Store) purgeGeneration(ctx context.Context, gen int64) error {
	for from := []byte{}; ; {
		var upTo []byte
		err := s.reader.QueryRowContext(ctx, `
			SELECT card FROM registry_record WHERE generation = $1 AND card >= $2
			ORDER BY card LIMIT 1 OFFSET $3`, gen, from, purgeChunk).Scan(&upTo)
		last := errors.Is(err, sql.ErrNoRows)
		if err != nil && !last {
			return classify(err)
		}
		err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
			if !last {
				_, err := tx.ExecContext(ctx, `
					DELETE FROM registry_record WHERE generation = $1 AND card >= $2 AND card < $3`, gen, from, upTo)
				return err
			}
			// Nobody adds to a generation that is gone, so this leaves nothing behind.
			if _, err := tx.ExecContext(ctx, `DELETE FROM registry_record WHERE generation = $1`, gen); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, `DELETE FROM registry_generation WHERE id = $1`, gen)
			return err
		})
		if err != nil || last {
			return err
		}
		from = upTo
	}
}

// RegistryStat counts a generation. Its size can be told only while it is alone in its
// table; else it is 0.
func (s *Store) RegistryStat(ctx context.Context, gen int64) (records, bytes int64, err error) {
	if err := s.reader.QueryRowContext(ctx, `SELECT count(*) FROM registry_record WHERE generation = $1`, gen).Scan(&records); err != nil {
		return 0, 0, classify(err)
	}
	var others int64
	err = s.reader.QueryRowContext(ctx, `SELECT count(*) FROM registry_generation WHERE id <> $1`, gen).Scan(&others)
	if err != nil || others > 0 || s.dialect.sizeOf == "" {
		return records, 0, classify(err)
	}
	err = s.reader.QueryRowContext(ctx, s.dialect.sizeOf, "registry_record").Scan(&bytes)
	return records, bytes, classify(err)
}
