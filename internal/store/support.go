package store

import (
	"context"
	"database/sql"
	"time"

	"quartet"
)

// TicketStatistics tells how support did with the tickets that were opened from one instant
// until before another one.
func (s *Store) TicketStatistics(ctx context.Context, from, to time.Time) (quartet.TicketStatistics, error) {
	var st quartet.TicketStatistics
	err := s.reader.QueryRowContext(ctx, `SELECT count(*), count(*) FILTER (WHERE answered_at > 0), count(*) FILTER (WHERE stars > 0), CAST(coalesce(sum(stars), 0) AS BIGINT)
		FROM ticket WHERE created_at >= $1 AND created_at < $2`, micros(from), micros(to)).Scan(&st.Opened, &st.Answered, &st.Rated, &st.Stars)
	if err != nil || st.Answered == 0 {
		return st, classify(err)
	}
	// One in the middle, or the two around it.
	middle, err := collect(ctx, s.reader, scanInt, `SELECT answered_at - created_at FROM ticket WHERE created_at >= $1 AND created_at < $2 AND answered_at > 0
		ORDER BY answered_at - created_at LIMIT $3 OFFSET $4`, micros(from), micros(to), 2-st.Answered%2, (st.Answered-1)/2)
	var sum int64
	for _, wait := range middle {
		sum += wait
	}
	if len(middle) > 0 {
		st.Median = time.Duration(sum/int64(len(middle))) * time.Microsecond
	}
	return st, err
}

// SetPresence says until when somebody of support is there; until now, or a zero: not any more.
func (s *Store) SetPresence(ctx context.Context, operator string, until time.Time, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO support_presence (operator_id, until) VALUES ($1, $2) ON CONFLICT (operator_id) DO UPDATE SET until = excluded.until`, operator, micros(until))
		return err
	})
}

// Presence lists who of support is there at an instant, by id.
func (s *Store) Presence(ctx context.Context, now time.Time) ([]string, error) {
	return collect(ctx, s.reader, scanText, `SELECT operator_id FROM support_presence WHERE until > $1 ORDER BY operator_id`, micros(now))
}

// CannedAnswers lists the canned answers that somebody wrote, by code.
func (s *Store) CannedAnswers(ctx context.Context) ([]quartet.CannedAnswer, error) {
	return collect(ctx, s.reader, func(row scanner) (quartet.CannedAnswer, error) {
		var (
			a  quartet.CannedAnswer
			at int64
		)
		err := row.Scan(&a.Code, &a.Text, &a.By, &at)
		a.At = fromMicros(at)
		return a, err
	}, `SELECT code, words, changed_by, changed_at FROM canned_answer ORDER BY code`)
}

// PutCannedAnswer writes a canned answer over the one that was there; without words, the one
// that comes with the product is given again.
func (s *Store) PutCannedAnswer(ctx context.Context, a quartet.CannedAnswer, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		if a.Text == "" {
			_, err := tx.ExecContext(ctx, `DELETE FROM canned_answer WHERE code = $1`, a.Code)
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO canned_answer (code, words, changed_by, changed_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (code) DO UPDATE SET words = excluded.words, changed_by = excluded.changed_by, changed_at = excluded.changed_at`, a.Code, a.Text, a.By, micros(a.At))
		return err
	})
}
