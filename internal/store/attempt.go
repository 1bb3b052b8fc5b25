package store

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"time"

	"quartet"
)

const (
	attemptColumns   = `source, skipped, at, latency_us, sent, failure, verdict, reason, charged, cost, reference, code, note, why`
	attemptArity     = 17
	insertAttemptSQL = `INSERT INTO attempt (second, n, place, ` + attemptColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`
	// keepAttemptSQL is for calls that may have their row: who wrote that knew more.
	keepAttemptSQL = `INSERT INTO attempt (second, n, place, ` + attemptColumns + `)
		SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17
		WHERE NOT EXISTS (SELECT 1 FROM call WHERE second = $1 AND n = $2)`
	// tellAttemptSQL touches only what a sweep left open, never what a call wrote of its own.
	tellAttemptSQL = `UPDATE attempt SET latency_us = $4, sent = $5, failure = $6, verdict = $7, reason = $8, charged = $9, cost = $10, reference = $11, code = $12, note = $13, why = $14
		WHERE second = $1 AND n = $2 AND source = $3 AND charged = 0 AND sent = 1 AND failure = '` + quartet.FailureForsaken + `'`
)

// told are the attempts of a call that were made. One of which nobody knows whether it is
// charged stays open, with what the source said to find it by.
func told(c *quartet.Call) (args [][]any) {
	for i := range c.Attempts {
		a := &c.Attempts[i]
		if a.Skipped != "" {
			continue
		}
		note := quartet.NoteAfterwards
		if a.Charged == quartet.ChargedUnknown {
			note = a.Note
		}
		args = append(args, []any{
			c.SeqNo.Second, int64(c.SeqNo.N), a.Source, a.Latency.Microseconds(), bit(a.Sent), a.Failure,
			int64(a.Verdict), string(a.Reason), int64(a.Charged), int64(a.Cost), a.Reference, a.Code, note, a.Why,
		})
	}
	return args
}

func attemptArgs(c *quartet.Call, place int) []any {
	a := &c.Attempts[place]
	return []any{
		c.SeqNo.Second, int64(c.SeqNo.N), int64(place), a.Source, a.Skipped, micros(a.At), a.Latency.Microseconds(), bit(a.Sent), a.Failure,
		int64(a.Verdict), string(a.Reason), int64(a.Charged), int64(a.Cost), a.Reference, a.Code, a.Note, a.Why,
	}
}

func scanAttempt(row scanner) (quartet.Attempt, error) {
	var (
		a                                   quartet.Attempt
		at, latency, sent, verdict, charged int64
		reason                              string
	)
	err := row.Scan(&a.Source, &a.Skipped, &at, &latency, &sent, &a.Failure, &verdict, &reason, &charged, &a.Cost, &a.Reference, &a.Code, &a.Note, &a.Why)
	a.At, a.Latency, a.Sent = fromMicros(at), time.Duration(latency)*time.Microsecond, sent == 1
	a.Verdict, a.Reason, a.Charged = quartet.Verdict(verdict), quartet.Reason(reason), quartet.Charged(charged)
	return a, err
}

// Attempts lists the sources that were considered for a call, in their order.
func (s *Store) Attempts(ctx context.Context, no quartet.SeqNo) ([]quartet.Attempt, error) {
	return collect(ctx, s.reader, scanAttempt, `SELECT `+attemptColumns+` FROM attempt WHERE second = $1 AND n = $2 ORDER BY place`, no.Second, int64(no.N))
}

// SourceCounts counts the questions that were sent to each source, in calls of this second
// and later ones.
func (s *Store) SourceCounts(ctx context.Context, fromSecond int64) (map[string]int64, error) {
	type count struct {
		source string
		sent   int64
	}
	list, err := collect(ctx, s.reader, func(row scanner) (c count, err error) {
		err = row.Scan(&c.source, &c.sent)
		return c, err
	}, `SELECT source, count(*) FROM attempt WHERE second >= $1 AND sent = 1 GROUP BY source`, fromSecond)
	counts := make(map[string]int64, len(list))
	for _, c := range list {
		counts[c.source] = c.sent
	}
	return counts, err
}

// SourceSums sums up the questions that were sent in calls of these seconds, by source, hour
// and what became of them.
func (s *Store) SourceSums(ctx context.Context, from, to int64) ([]quartet.SourceSum, error) {
	return collect(ctx, s.reader, func(row scanner) (quartet.SourceSum, error) {
		var (
			sum                 quartet.SourceSum
			hour, took, slowest int64
		)
		err := row.Scan(&sum.Source, &hour, &sum.Failure, &sum.Asked, &took, &slowest, &sum.Cost)
		sum.Hour = time.Unix(hour*3600, 0)
		sum.Took, sum.Slowest = time.Duration(took)*time.Microsecond, time.Duration(slowest)*time.Microsecond
		return sum, err
	}, `SELECT source, second / 3600, failure, count(*), CAST(sum(latency_us) AS BIGINT), max(latency_us), CAST(sum(CASE WHEN charged = 2 THEN cost ELSE 0 END) AS BIGINT)
		FROM attempt WHERE second >= $1 AND second < $2 AND sent = 1 GROUP BY source, second / 3600, failure ORDER BY 2, 1, 3`, from, to)
}

// OpenAttempts lists attempts that were sent, in calls later than after, of which nobody
// knows whether they are charged; oldest first, at most limit.
func (s *Store) OpenAttempts(ctx context.Context, after quartet.SeqNo, limit int) ([]quartet.OpenAttempt, error) {
	return collect(ctx, s.reader, func(row scanner) (quartet.OpenAttempt, error) {
		var (
			o     quartet.OpenAttempt
			n, at int64
		)
		err := row.Scan(&o.SeqNo.Second, &n, &o.Place, &o.Source, &at, &o.Reference)
		o.SeqNo.N, o.At = uint64(n), fromMicros(at)
		return o, err
	}, `SELECT second, n, place, source, at, reference FROM attempt
		WHERE charged = 0 AND sent = 1 AND (second, n) > ($1, $2) ORDER BY second, n, place LIMIT `+strconv.Itoa(limit), after.Second, int64(after.N))
}

// ResolveAttempt writes what was learnt afterwards of an attempt that was open. One that is
// not open any more stays as it is: ErrConflict.
func (s *Store) ResolveAttempt(ctx context.Context, o quartet.OpenAttempt, a quartet.Attempt) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error { return resolve(ctx, tx, o, a) })
}

func resolve(ctx context.Context, tx *sql.Tx, o quartet.OpenAttempt, a quartet.Attempt) error {
	res, err := tx.ExecContext(ctx, `UPDATE attempt SET charged = $4, verdict = $5, reason = $6, reference = $7, code = $8, note = $9
		WHERE second = $1 AND n = $2 AND place = $3 AND charged = 0 AND sent = 1`,
		o.SeqNo.Second, int64(o.SeqNo.N), o.Place, int64(a.Charged), int64(a.Verdict), string(a.Reason), a.Reference, a.Code, a.Note)
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		return quartet.Errorf(quartet.ErrConflict, "this attempt was resolved before")
	}
	return err
}

// askedText writes whom a hold may be with.
func askedText(asked []quartet.Asked) string {
	parts := make([]string, len(asked))
	for i, a := range asked {
		parts[i] = a.Source + "=" + strconv.FormatInt(int64(a.Cost), 10)
	}
	return strings.Join(parts, ",")
}

func parseAsked(text string) []quartet.Asked {
	var asked []quartet.Asked
	for part := range strings.SplitSeq(text, ",") {
		if name, cost, ok := strings.Cut(part, "="); ok {
			n, _ := strconv.ParseInt(cost, 10, 64) // written by askedText
			asked = append(asked, quartet.Asked{Source: name, Cost: quartet.Millifen(n)})
		}
	}
	return asked
}
