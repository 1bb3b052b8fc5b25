package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"quartet"
)

// commitPostgres needs two round trips: one begins, marks the batch on the node's row and
// reads under lock; one writes and commits. The node's row stays locked in between, so
// whoever reads it back afterwards waits until the outcome stands.
func (s *Store) commitPostgres(ctx context.Context, need quartet.Reading, judge func(quartet.Book) quartet.Postings) error {
	sending, cancel := firstHalf(ctx) // the other half is for reading back
	defer cancel()
	batch := s.node.nextBatch()
	conn, book, err := s.beginBatch(sending, batch, need)
	if err != nil {
		return classify(err)
	}
	if err = conn.SendBatch(sending, postBatch(judge(book))).Close(); err == nil {
		return nil
	}
	s.dropBatchConn(ctx, conn, err)
	if saysUndone(err) {
		return classify(err)
	}
	return s.readBack(ctx, batch, err)
}

// firstHalf ends when half of the time that ctx has left is over.
func firstHalf(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, bounded := ctx.Deadline()
	if !bounded {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Until(deadline)/2)
}

// beginBatch begins on the connection of the batch before, and once more on a new one
// when that was lost meanwhile: nothing has been written yet.
func (s *Store) beginBatch(ctx context.Context, batch int64, need quartet.Reading) (*pgx.Conn, quartet.Book, error) {
	kept := s.pgConn != nil
	for {
		conn, err := s.batchConn(ctx)
		if err != nil {
			return nil, quartet.Book{}, err
		}
		book, err := s.beginPostgres(ctx, conn, batch, need)
		if err == nil {
			return conn, book, nil
		}
		s.dropBatchConn(ctx, conn, err)
		if lost := s.pgConn == nil; !lost || !kept {
			return nil, quartet.Book{}, err
		}
		kept = false
	}
}

// batchConn gives the committer's own connection.
func (s *Store) batchConn(ctx context.Context) (*pgx.Conn, error) {
	if s.pgConn != nil && !s.pgConn.IsClosed() {
		return s.pgConn, nil
	}
	conn, err := pgx.ConnectConfig(ctx, s.pg.Copy())
	if err != nil {
		return nil, err
	}
	s.endLost(ctx, conn)
	s.pgConn = conn
	return conn, nil
}

// dropBatchConn rolls back, and closes the connection when even that fails.
func (s *Store) dropBatchConn(ctx context.Context, conn *pgx.Conn, cause error) {
	if saysUndone(cause) && !conn.IsClosed() {
		if _, err := conn.Exec(ctx, `ROLLBACK`); err == nil {
			return
		}
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = conn.Close(closing) // the other side may be gone
	s.pgConn, s.pgLost = nil, append(s.pgLost, int64(conn.PgConn().PID()))
}

// endLost ends the sessions of lost connections that still wait for the rest of a batch. A
// server that had half of it would keep the node's row locked until its network gave up.
func (s *Store) endLost(ctx context.Context, conn *pgx.Conn) {
	if len(s.pgLost) == 0 {
		return
	}
	// Where this fails, what follows waits for the row, and tells.
	_, _ = conn.Exec(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE pid = ANY($1::bigint[]) AND usename = current_user AND application_name = 'quartet' AND state <> 'idle' AND wait_event = 'ClientRead'`, s.pgLost)
}

func (s *Store) beginPostgres(ctx context.Context, conn *pgx.Conn, batchNo int64, need quartet.Reading) (quartet.Book, error) {
	var (
		b    pgx.Batch
		book quartet.Book
	)
	b.Queue(`BEGIN`)
	owned := false
	b.Queue(`UPDATE node SET last_batch = $1, seen_at = $2 WHERE number = $3 AND session = $4`, batchNo, time.Now().UnixMicro(), s.node.number, s.node.session).
		Exec(func(tag pgconn.CommandTag) error { owned = tag.RowsAffected() == 1; return nil })
	if len(need.Holds) > 0 {
		seconds, ns := splitSeqNos(need.Holds)
		b.Queue(`SELECT `+holdColumns+` FROM hold WHERE (second, n) IN (SELECT second, n FROM unnest($1::bigint[], $2::bigint[]) AS wanted (second, n)) ORDER BY second, n FOR UPDATE`, seconds, ns).
			Query(func(rows pgx.Rows) (err error) { book.Holds, err = pgx.CollectRows(rows, pgRow(scanHold)); return err })
	}
	for _, key := range need.Claims { // locked by the node's row
		b.Queue(findClaimSQL, key[:]).Query(func(rows pgx.Rows) error {
			found, err := pgx.CollectRows(rows, pgRow(scanClaim))
			book.Claims = append(book.Claims, found...)
			return err
		})
	}
	b.Queue(`SELECT `+grantColumns+` FROM quota_grant WHERE account_id = ANY($1) AND used + withdrawn < units OR id = ANY($2) ORDER BY id FOR UPDATE`, need.Accounts, need.Grants).
		Query(func(rows pgx.Rows) (err error) {
			book.Grants, err = pgx.CollectRows(rows, pgRow(scanGrant))
			return err
		})
	err := conn.SendBatch(ctx, &b).Close()
	if err == nil && !owned {
		err = errLeaseLost
	}
	if err == nil {
		s.pgLost = nil // the row was free
	}
	return book, err
}

func pgRow[T any](scan func(scanner) (T, error)) pgx.RowToFunc[T] {
	return func(row pgx.CollectableRow) (T, error) { return scan(row) }
}

func splitSeqNos(list []quartet.SeqNo) (seconds, ns []int64) {
	for _, no := range list {
		seconds, ns = append(seconds, no.Second), append(ns, int64(no.N))
	}
	return seconds, ns
}

// readBack settles a commit whose answer was lost. It waits for the node's row, which the
// lost transaction holds as long as it lives, and ends it if it still waits for us.
func (s *Store) readBack(ctx context.Context, batchNo int64, cause error) error {
	for {
		last, err := s.lastBatch(ctx)
		switch {
		case errors.Is(err, errLeaseLost):
			return err // its successor's batches say nothing of this one
		case err == nil && last == batchNo:
			return nil
		case err == nil:
			return &quartet.Error{Code: quartet.ErrUnavailable, Message: "store: the change was not committed", Cause: cause}
		}
		select {
		case <-ctx.Done():
			return &quartet.Error{Code: quartet.ErrUnknownOutcome, Message: "store: nobody can tell whether the change was committed", Cause: cause}
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (s *Store) lastBatch(ctx context.Context) (last int64, err error) {
	cfg := s.pg.Copy()
	cfg.RuntimeParams["lock_timeout"] = "500" // then the lost transaction may have come to wait for us
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return 0, err
	}
	s.endLost(ctx, conn)
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }() // it has only read
	err = conn.QueryRow(ctx, `SELECT last_batch FROM node WHERE number = $1 AND session = $2 FOR UPDATE`, s.node.number, s.node.session).Scan(&last)
	if errors.Is(err, pgx.ErrNoRows) {
		err = errLeaseLost
	}
	return last, err
}

// postBatch queues all writes of a batch, arrays unnested, and the COMMIT.
func postBatch(p quartet.Postings) *pgx.Batch {
	var b pgx.Batch
	for i := range p.Opened {
		b.Queue(insertGrantSQL, grantArgs(&p.Opened[i])...)
		b.Queue(rearmSQL, p.Opened[i].Account, p.Opened[i].Product)
	}
	for i := range p.Entries {
		e := &p.Entries[i]
		b.Queue(insertEntrySQL, e.ID, e.Grant, string(e.Kind), e.Units, e.Note, micros(e.At), micros(e.Until))
	}
	if len(p.Changed) > 0 {
		queueChanged(&b, p.Changed)
	}
	for i := range p.Held {
		b.Queue(insertHoldSQL, holdArgs(&p.Held[i])...)
	}
	for i := range p.Moved {
		h := &p.Moved[i]
		b.Queue(moveHoldSQL, h.SeqNo.Second, int64(h.SeqNo.N), askedText(h.Asked))
	}
	if len(p.Ended) > 0 {
		seconds, ns := splitSeqNos(p.Ended)
		b.Queue(`DELETE FROM hold WHERE (second, n) IN (SELECT second, n FROM unnest($1::bigint[], $2::bigint[]) AS wanted (second, n))`, seconds, ns)
	}
	for i := range p.Claims {
		b.Queue(putClaimSQL, claimArgs(&p.Claims[i])...)
	}
	if len(p.Calls) > 0 {
		queueCalls(&b, p.Calls)
		queueUsage(&b, p.Calls)
	}
	queueAttempts(&b, p.Calls, insertAttemptSQL)
	queueAttempts(&b, p.Unresolved, keepAttemptSQL) // before their rows
	for i := range p.Unresolved {                   // last: a row of this batch goes before
		b.Queue(keepAndCountSQL, callArgs(&p.Unresolved[i])...)
	}
	for i := range p.Told { // of rows that stand by now
		for _, args := range told(&p.Told[i]) {
			b.Queue(tellAttemptSQL, args...)
		}
	}
	for i := range p.Crossed {
		a := p.Crossed[i].Fires()
		queueFire(&b, &a)
	}
	b.Queue(`COMMIT`)
	return &b
}

func queueChanged(b *pgx.Batch, grants []quartet.Grant) {
	var (
		ids                                      = make([]string, len(grants))
		used, held, withdrawn, expires, frozenAt = ints(len(grants)), ints(len(grants)), ints(len(grants)), ints(len(grants)), ints(len(grants))
	)
	for i := range grants {
		g := &grants[i]
		ids[i], used[i], held[i], withdrawn[i] = g.ID, g.Used, g.Held, g.Withdrawn
		expires[i], frozenAt[i] = micros(g.ExpiresAt), micros(g.FrozenAt)
	}
	b.Queue(`UPDATE quota_grant AS g SET used = c.used, held = c.held, withdrawn = c.withdrawn, expires_at = c.expires_at, frozen_at = c.frozen_at
		FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[]) AS c (id, used, held, withdrawn, expires_at, frozen_at)
		WHERE g.id = c.id`, ids, used, held, withdrawn, expires, frozenAt)
}

func ints(n int) []int64 { return make([]int64, n) }

func queueCalls(b *pgx.Batch, calls []quartet.Call) {
	n := len(calls)
	var (
		second, number, at, code, verdict, charged, latency, sent, nonce, differs, reused = ints(n), ints(n), ints(n), ints(n), ints(n), ints(n), ints(n), ints(n), ints(n), ints(n), ints(n)
		account, credential, product                                                      = make([]string, n), make([]string, n), make([]string, n)
		reason, grant, src                                                                = make([]string, n), make([]string, n), make([]string, n)
		params, card                                                                      = make([][]byte, n), make([][]byte, n)
	)
	for i := range calls {
		c := &calls[i]
		second[i], number[i], at[i] = c.SeqNo.Second, int64(c.SeqNo.N), micros(c.At)
		account[i], credential[i], product[i] = c.Account, c.Credential, c.Product
		code[i], verdict[i], reason[i], charged[i] = int64(c.Code), int64(c.Verdict), string(c.Reason), c.Charged
		grant[i], src[i], latency[i], sent[i] = c.Grant, c.Source, c.Latency.Microseconds(), bit(c.Sent)
		params[i], card[i], nonce[i], differs[i] = c.Params[:], c.Card[:], c.Nonce, int64(c.Differs)
		reused[i] = bit(c.Reused)
	}
	b.Queue(`INSERT INTO call (second, n, at, account_id, credential_id, product_id, code, verdict, reason, charged, grant_id, source, latency_us, params, card, sent, nonce, differs, reused)
		SELECT second, n, at, account_id, credential_id, product_id, code, verdict, reason, charged, grant_id, source, latency_us, params, card, sent, nonce, differs, reused
		FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::text[],
			$10::bigint[], $11::text[], $12::text[], $13::bigint[], $14::bytea[], $15::bytea[], $16::bigint[], $17::bigint[], $18::bigint[], $19::bigint[])
			AS posted (second, n, at, account_id, credential_id, product_id, code, verdict, reason, charged, grant_id, source, latency_us, params, card, sent, nonce, differs, reused)`,
		second, number, at, account, credential, product, code, verdict, reason, charged, grant, src, latency, params, card, sent, nonce, differs, reused)
}

// queueAttempts queues the attempts of calls. They are few: only suppliers leave any.
func queueAttempts(b *pgx.Batch, calls []quartet.Call, query string) {
	for i := range calls {
		for place := range calls[i].Attempts {
			b.Queue(query, attemptArgs(&calls[i], place)...)
		}
	}
}
