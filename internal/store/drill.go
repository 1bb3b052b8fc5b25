package store

import (
	"context"
	"database/sql"
	"time"

	"quartet"
)

const drillColumns = `id, begun_by, state, invented, calls, callers, deadline_us, made, total, passed, report, reason, begun_at, seen_at, ended_at`

func scanDrill(row scanner) (quartet.Drill, error) {
	var (
		d                                             quartet.Drill
		state, report                                 string
		invented, deadline, passed, begun, seen, ends int64
	)
	err := row.Scan(&d.ID, &d.By, &state, &invented, &d.Calls, &d.Callers, &deadline, &d.Done, &d.Total, &passed, &report, &d.Reason, &begun, &seen, &ends)
	d.State, d.Invented, d.Deadline, d.Passed, d.Report = quartet.DrillState(state), invented == 1, time.Duration(deadline)*time.Microsecond, passed == 1, someBytes([]byte(report))
	d.Begun, d.Seen, d.Ended = fromMicros(begun), fromMicros(seen), fromMicros(ends)
	return d, err
}

// Drills lists drills, newest first, at most limit, behind the one whose id is before.
func (s *Store) Drills(ctx context.Context, before string, limit int) ([]quartet.Drill, error) {
	return collect(ctx, s.reader, scanDrill, `SELECT `+drillColumns+` FROM drill WHERE $1 = '' OR id < $1 ORDER BY id DESC LIMIT $2`, before, limit)
}

// Drill finds a drill, or ErrNotFound.
func (s *Store) Drill(ctx context.Context, id string) (quartet.Drill, error) {
	return one(ctx, s.reader, "drill", scanDrill, `SELECT `+drillColumns+` FROM drill WHERE id = $1`, id)
}

// BeginDrill writes a drill that begins. One that was last heard of before an instant was cut
// off. ErrConflict: another one goes on.
func (s *Store) BeginDrill(ctx context.Context, d quartet.Drill, silent time.Time, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE drill SET state = 'cut_off', under_way = 0, ended_at = seen_at WHERE under_way = 1 AND seen_at < $1`, micros(silent)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO drill (`+drillColumns+`, under_way) VALUES ($1, $2, 'running', $3, $4, $5, $6, 0, $7, 0, '', '', $8, $8, 0, 1)`,
			d.ID, d.By, bit(d.Invented), d.Calls, d.Callers, d.Deadline.Microseconds(), d.Total, micros(d.Begun))
		if isUnique(err) {
			return quartet.Errorf(quartet.ErrConflict, "another drill goes on; wait until it ends, or cancel it")
		}
		return err
	})
}

// TellDrill says that a drill goes on, and how far it is. It is false when it was ended.
func (s *Store) TellDrill(ctx context.Context, id string, done int64, at time.Time) (going bool, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE drill SET made = $2, seen_at = $3 WHERE id = $1 AND state = 'running'`, id, done, micros(at))
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		going = n == 1
		return err
	})
	return going, err
}

// EndDrill writes what became of a drill. ErrConflict: it had ended.
func (s *Store) EndDrill(ctx context.Context, d quartet.Drill, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE drill SET state = $2, under_way = 0, made = $3, passed = $4, report = $5, reason = $6, ended_at = $7 WHERE id = $1 AND state = 'running'`,
			d.ID, string(d.State), d.Done, bit(d.Passed), string(d.Report), d.Reason, micros(d.Ended))
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err == nil && n == 0 {
			err = quartet.Errorf(quartet.ErrConflict, "the drill has ended; begin another one")
		}
		return err
	})
}
