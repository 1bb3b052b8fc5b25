package store

import (
	"context"
	"database/sql"
	"time"

	"quartet"
)

const importColumns = `id, name, sent_by, state, replaces, size, parts, read_bytes, row_count, loaded, damaged, report_size, generation, reason, created_at, begun_at, told_at, ended_at`

func scanImport(row scanner) (quartet.RegistryImport, error) {
	var (
		i                                      quartet.RegistryImport
		state                                  string
		replaces, created, begun, told, endsAt int64
	)
	err := row.Scan(&i.ID, &i.Name, &i.By, &state, &replaces, &i.Size, &i.Parts, &i.Read, &i.Rows, &i.Loaded, &i.Damaged, &i.Report, &i.Generation, &i.Reason, &created, &begun, &told, &endsAt)
	i.State, i.Replace = quartet.ImportState(state), replaces == 1
	i.Created, i.Begun, i.Told, i.Ended = fromMicros(created), fromMicros(begun), fromMicros(told), fromMicros(endsAt)
	return i, err
}

// RegistryImports lists imports whose file came whole, newest first, at most limit, behind the
// one whose id is before.
func (s *Store) RegistryImports(ctx context.Context, before string, limit int) ([]quartet.RegistryImport, error) {
	return collect(ctx, s.reader, scanImport, `SELECT `+importColumns+` FROM registry_import
		WHERE state <> 'receiving' AND ($1 = '' OR id < $1) ORDER BY id DESC LIMIT $2`, before, limit)
}

// RegistryImport finds an import, or ErrNotFound.
func (s *Store) RegistryImport(ctx context.Context, id string) (quartet.RegistryImport, error) {
	return one(ctx, s.reader, "import", scanImport, `SELECT `+importColumns+` FROM registry_import WHERE id = $1`, id)
}

// AddRegistryImport writes an import whose file begins to come, unless most of them wait
// already: ErrConflict.
func (s *Store) AddRegistryImport(ctx context.Context, i quartet.RegistryImport, most int64) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		n, err := collect(ctx, tx, scanInt, `SELECT count(*) FROM registry_import WHERE state IN ('receiving', 'ready')`)
		if err != nil {
			return err
		}
		if n[0] >= most {
			return quartet.Errorf(quartet.ErrConflict, "%d files wait already, which is the most; begin or cancel one", n[0])
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO registry_import (`+importColumns+`, under_way) VALUES ($1, $2, $3, 'receiving', 0, 0, 0, 0, 0, 0, 0, 0, 0, '', $4, 0, 0, 0, 0)`,
			i.ID, i.Name, i.By, micros(i.Created))
		return err
	})
}

// AddRegistryPart writes the next part of a file that comes. ErrNotFound: it is not awaited.
func (s *Store) AddRegistryPart(ctx context.Context, id string, place int64, sealed []byte) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE registry_import SET parts = $2 WHERE id = $1 AND state = 'receiving' AND parts = $3`, id, place+1, place)
		if err := mustTouch(res, err, "import whose file comes"); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO registry_import_part (import_id, place, sealed) VALUES ($1, $2, $3)`, id, place, sealed)
		return err
	})
}

// RegistryPart gives a part of a file under its seal, or ErrNotFound.
func (s *Store) RegistryPart(ctx context.Context, id string, place int64) ([]byte, error) {
	return one(ctx, s.reader, "part of a file", func(row scanner) (sealed []byte, err error) {
		err = row.Scan(&sealed)
		return sealed, err
	}, `SELECT sealed FROM registry_import_part WHERE import_id = $1 AND place = $2`, id, place)
}

// MoveRegistryImport takes an import from one of these states to another one, and writes who
// did it and the work that it asks for. ErrConflict: it stands elsewhere, or another one is
// under way.
func (s *Store) MoveRegistryImport(ctx context.Context, i quartet.RegistryImport, from []quartet.ImportState, jobs []quartet.Job, e quartet.AuditEntry) error {
	return s.event(ctx, e, jobs, func(ctx context.Context, tx *sql.Tx) error {
		args := []any{
			i.ID, string(i.State), bit(i.State == quartet.ImportRunning), bit(i.Replace), i.Size, i.Read, i.Rows, i.Loaded, i.Damaged, i.Report, i.Generation, i.Reason,
			micros(i.Begun), micros(i.Told), micros(i.Ended),
		}
		for _, state := range from {
			args = append(args, string(state))
		}
		res, err := tx.ExecContext(ctx, `UPDATE registry_import SET state = $2, under_way = $3, replaces = $4, size = $5, read_bytes = $6, row_count = $7, loaded = $8, damaged = $9,
			report_size = $10, generation = $11, reason = $12, begun_at = $13, told_at = $14, ended_at = $15 WHERE id = $1 AND state IN `+list(15, len(from)), args...)
		if isUnique(err) {
			return quartet.Errorf(quartet.ErrConflict, "another import is under way; wait until it ends, or cancel it")
		}
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err == nil && n == 0 {
			err = quartet.Errorf(quartet.ErrConflict, "the import has moved on meanwhile; look how it stands")
		}
		return err
	})
}

// TellRegistryImport writes how far an import is. It is false when that is not under way any
// more.
func (s *Store) TellRegistryImport(ctx context.Context, i quartet.RegistryImport) (going bool, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE registry_import SET read_bytes = $2, row_count = $3, loaded = $4, damaged = $5, report_size = $6, told_at = $7 WHERE id = $1 AND state = 'running'`,
			i.ID, i.Read, i.Rows, i.Loaded, i.Damaged, i.Report, micros(i.Told))
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		going = n == 1
		return err
	})
	return going, err
}

// EraseRegistryFile takes the file of an import away, a few parts at once, so that nobody waits
// long for the writer.
func (s *Store) EraseRegistryFile(ctx context.Context, id string) error {
	for left := int64(1); left > 0; {
		err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
			res, err := tx.ExecContext(ctx, `DELETE FROM registry_import_part WHERE import_id = $1 AND place IN (SELECT place FROM registry_import_part WHERE import_id = $1 ORDER BY place LIMIT 16)`, id)
			if err != nil {
				return err
			}
			left, err = res.RowsAffected()
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// DropRegistryImport forgets an import whose file never came whole.
func (s *Store) DropRegistryImport(ctx context.Context, id string) error {
	if err := s.EraseRegistryFile(ctx, id); err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM registry_import WHERE id = $1 AND state = 'receiving'`, id)
		return err
	})
}

// LeftRegistryImports lists imports whose file lies here in vain: that of one which is over, and
// one that came before an instant and nobody began, and one that began to come before another
// instant, broken, and never came whole.
func (s *Store) LeftRegistryImports(ctx context.Context, before, broken time.Time) ([]quartet.RegistryImport, error) {
	return collect(ctx, s.reader, scanImport, `SELECT `+importColumns+` FROM registry_import
		WHERE state = 'ready' AND created_at < $1 OR state = 'receiving' AND created_at < $2
		OR state NOT IN ('receiving', 'ready', 'running') AND EXISTS (SELECT 1 FROM registry_import_part WHERE import_id = registry_import.id) ORDER BY id`, micros(before), micros(broken))
}

// CutRegistryReport cuts a report to a length, and tells how long it is then: less, when there
// was less.
func (s *Store) CutRegistryReport(ctx context.Context, id string, length int64) (is int64, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM registry_import_report WHERE import_id = $1 AND at >= $2`, id, length); err != nil {
			return err
		}
		found, err := collect(ctx, tx, scanInt, `SELECT CAST(coalesce(max(at + length(words)), 0) AS BIGINT) FROM registry_import_report WHERE import_id = $1`, id)
		if err == nil {
			is = found[0]
		}
		return err
	})
	return is, err
}

// AddRegistryReport writes what comes at a place of a report.
func (s *Store) AddRegistryReport(ctx context.Context, id string, at int64, words string) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO registry_import_report (import_id, at, words) VALUES ($1, $2, $3) ON CONFLICT (import_id, at) DO UPDATE SET words = excluded.words`, id, at, words)
		return err
	})
}

// RegistryReport gives what stands at a place of a report; nothing at its end.
func (s *Store) RegistryReport(ctx context.Context, id string, at int64) (string, error) {
	found, err := collect(ctx, s.reader, scanText, `SELECT words FROM registry_import_report WHERE import_id = $1 AND at = $2`, id, at)
	if err != nil || len(found) == 0 {
		return "", err
	}
	return found[0], nil
}

// PruneRegistryReports forgets the reports of imports that ended before an instant.
func (s *Store) PruneRegistryReports(ctx context.Context, before time.Time) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM registry_import_report WHERE import_id IN (SELECT id FROM registry_import WHERE ended_at > 0 AND ended_at < $1)`, micros(before))
		return err
	})
}
