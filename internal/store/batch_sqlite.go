package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strings"
	"time"

	"quartet"
)

// liteWriter is the one connection that writes, with its statements prepared. Rows go
// through the driver's own statements, without database/sql's bookkeeping on each row; those
// of calls some at once, which spares most of what a statement costs beside its row.
type liteWriter struct {
	conn          *sql.Conn
	begin         *sql.Stmt
	commit        *sql.Stmt
	grants        rowStmt // of one account
	insertCall    rowStmt
	insertCalls   rowStmt // callsAtOnce of them
	insertAttempt rowStmt
	updateUnit    rowStmt
	countUsage    rowStmt
	usage         tally // of the batch
}

const (
	freeGrantsSQL = `SELECT ` + grantColumns + ` FROM quota_grant WHERE used + withdrawn < units AND account_id IN `
	insertCallSQL = `INSERT INTO call (second, n, at, account_id, credential_id, product_id, code, verdict, reason, charged, grant_id, source, latency_us, params, card, sent, nonce, differs, reused)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`
	callArity      = 19
	callsAtOnce    = 8 // in one statement
	keepCallSQL    = insertCallSQL + ` ON CONFLICT (second, n) DO NOTHING`
	updateGrantSQL = `UPDATE quota_grant SET used = $1, held = $2, withdrawn = $3, expires_at = $4, frozen_at = $5 WHERE id = $6`
	insertGrantSQL = `INSERT INTO quota_grant (` + grantColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`
	insertEntrySQL = `INSERT INTO quota_entry (` + entryColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	insertHoldSQL  = `INSERT INTO hold (` + holdColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`
	moveHoldSQL    = `UPDATE hold SET asked = $3 WHERE second = $1 AND n = $2`
	deleteHoldSQL  = `DELETE FROM hold WHERE second = $1 AND n = $2`
	putClaimSQL    = `INSERT INTO claim (claim_key, request, second, n, code, verdict, reason, differs, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (claim_key) DO UPDATE SET request = excluded.request, second = excluded.second, n = excluded.n, code = excluded.code,
			verdict = excluded.verdict, reason = excluded.reason, differs = excluded.differs, expires_at = excluded.expires_at`
)

func newLiteWriter(ctx context.Context, db *sql.DB) (*liteWriter, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &liteWriter{conn: conn}
	for _, s := range []struct {
		stmt **sql.Stmt
		text string
	}{{&w.begin, `BEGIN IMMEDIATE`}, {&w.commit, `COMMIT`}} {
		if *s.stmt, err = conn.PrepareContext(ctx, s.text); err != nil { //nolint:sqlclosecheck // close closes it
			return nil, errors.Join(err, conn.Close())
		}
	}
	err = conn.Raw(func(dc any) error {
		prepare := dc.(driver.ConnPrepareContext).PrepareContext //nolint:forcetypeassert // modernc.org/sqlite has it
		for _, s := range []struct {
			stmt *rowStmt
			text string
			args int
		}{{&w.grants, freeGrantsSQL + `($1)`, 1}, {&w.insertCall, insertCallSQL, callArity}, {&w.insertCalls, insertCallsSQL(), callsAtOnce * callArity}, {&w.insertAttempt, insertAttemptSQL, attemptArity}, {&w.updateUnit, updateGrantSQL, 6}, {&w.countUsage, countUsageSQL, 10}} {
			var err error
			if s.stmt.Stmt, err = prepare(ctx, inOrder(s.text)); err != nil {
				return err
			}
			s.stmt.args = ordinals(s.args)
		}
		return nil
	})
	if err != nil {
		conn.Close()
		return nil, err
	}
	return w, nil
}

func (w *liteWriter) close() {
	w.begin.Close()
	w.commit.Close()
	w.conn.Raw(func(any) error { //nolint:errcheck // nothing left to tell it to
		for _, s := range []*rowStmt{&w.grants, &w.insertCall, &w.insertCalls, &w.insertAttempt, &w.updateUnit, &w.countUsage} {
			s.Close()
		}
		return nil
	})
	w.conn.Close()
}

// commitLite never gives up half-way for ctx: a batch that was begun takes milliseconds.
func (s *Store) commitLite(ctx context.Context, need quartet.Reading, judge func(quartet.Book) quartet.Postings) error {
	if s.broken != nil {
		return s.broken
	}
	ctx = context.WithoutCancel(ctx)
	w := s.lite
	if _, err := w.begin.ExecContext(ctx); err != nil {
		return s.trust(classify(err))
	}
	book, err := w.read(ctx, need)
	if err == nil {
		err = s.postLite(ctx, judge(book))
	}
	if err == nil {
		_, err = w.commit.ExecContext(ctx)
	}
	if err != nil {
		if _, undo := w.conn.ExecContext(ctx, `ROLLBACK`); undo != nil && quartet.CodeOf(classify(err)) != quartet.ErrInternal {
			// SQLite rolls back by itself on some errors; then there is nothing to undo.
			err = errors.Join(err, undo)
		}
		return s.trust(classify(err))
	}
	return nil
}

// postLite writes a batch. One of nothing writes the node's row, as every batch does on
// PostgreSQL, so that it tells whether the disk takes a write.
func (s *Store) postLite(ctx context.Context, p quartet.Postings) error {
	if !p.Empty() {
		return s.lite.post(ctx, p)
	}
	_, err := s.lite.conn.ExecContext(ctx, `UPDATE node SET seen_at = $1 WHERE number = $2 AND session = $3`,
		time.Now().UnixMicro(), s.node.number, s.node.session)
	return err
}

func (w *liteWriter) read(ctx context.Context, need quartet.Reading) (quartet.Book, error) {
	var (
		book quartet.Book
		err  error
	)
	if len(need.Holds) > 0 {
		for _, no := range need.Holds {
			h, err := collect(ctx, w.conn, scanHold, `SELECT `+holdColumns+` FROM hold WHERE second = $1 AND n = $2`, no.Second, int64(no.N))
			if err != nil {
				return book, err
			}
			book.Holds = append(book.Holds, h...)
		}
	}
	for _, key := range need.Claims {
		c, err := collect(ctx, w.conn, scanClaim, findClaimSQL, key[:])
		if err != nil {
			return book, err
		}
		book.Claims = append(book.Claims, c...)
	}
	switch {
	case len(need.Accounts) == 1: // the usual batch: one busy account
		err = w.conn.Raw(func(any) (err error) {
			w.grants.text(0, need.Accounts[0])
			book.Grants, err = rowsOf(ctx, &w.grants, scanGrant)
			return err
		})
	case len(need.Accounts) > 1:
		book.Grants, err = collect(ctx, w.conn, scanGrant, freeGrantsSQL+list(0, len(need.Accounts)), anys(need.Accounts)...)
	}
	if err == nil && len(need.Grants) > 0 {
		var more []quartet.Grant
		more, err = collect(ctx, w.conn, scanGrant, `SELECT `+grantColumns+` FROM quota_grant WHERE id IN `+list(0, len(need.Grants)), anys(need.Grants)...)
		book.Grants = append(book.Grants, more...)
	}
	return book, err
}

func (w *liteWriter) post(ctx context.Context, p quartet.Postings) error {
	for i := range p.Opened {
		if _, err := w.conn.ExecContext(ctx, insertGrantSQL, grantArgs(&p.Opened[i])...); err != nil {
			return err
		}
		if _, err := w.conn.ExecContext(ctx, rearmSQL, p.Opened[i].Account, p.Opened[i].Product); err != nil {
			return err
		}
	}
	for i := range p.Entries {
		e := &p.Entries[i]
		if _, err := w.conn.ExecContext(ctx, insertEntrySQL, e.ID, e.Grant, string(e.Kind), e.Units, e.Note, micros(e.At), micros(e.Until)); err != nil {
			return err
		}
	}
	if err := w.held(ctx, p); err != nil {
		return err
	}
	w.usage.reset()
	err := w.conn.Raw(func(any) error {
		for i := range p.Changed {
			if err := w.changed(ctx, &p.Changed[i]); err != nil {
				return err
			}
		}
		if err := w.called(ctx, p.Calls); err != nil {
			return err
		}
		for i := range p.Calls {
			if err := w.attempted(ctx, &p.Calls[i]); err != nil {
				return err
			}
			w.usage.add(&p.Calls[i])
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := w.keep(ctx, p); err != nil {
		return err
	}
	if err := w.conn.Raw(func(any) error { return w.counted(ctx) }); err != nil {
		return err
	}
	for i := range p.Crossed {
		a := p.Crossed[i].Fires()
		if _, err := fire(ctx, w.conn, &a); err != nil {
			return err
		}
	}
	return nil
}

// held writes what becomes of holds, and the verdicts that are kept for a repeat.
func (w *liteWriter) held(ctx context.Context, p quartet.Postings) error {
	for i := range p.Held {
		if _, err := w.conn.ExecContext(ctx, insertHoldSQL, holdArgs(&p.Held[i])...); err != nil {
			return err
		}
	}
	for i := range p.Moved {
		h := &p.Moved[i]
		if _, err := w.conn.ExecContext(ctx, moveHoldSQL, h.SeqNo.Second, int64(h.SeqNo.N), askedText(h.Asked)); err != nil {
			return err
		}
	}
	for _, no := range p.Ended {
		if _, err := w.conn.ExecContext(ctx, deleteHoldSQL, no.Second, int64(no.N)); err != nil {
			return err
		}
	}
	for i := range p.Claims {
		if _, err := w.conn.ExecContext(ctx, putClaimSQL, claimArgs(&p.Claims[i])...); err != nil {
			return err
		}
	}
	return nil
}

// keep writes what may have its row already, after the rows of this batch. What has one is
// counted already.
func (w *liteWriter) keep(ctx context.Context, p quartet.Postings) error {
	for i := range p.Unresolved {
		for place := range p.Unresolved[i].Attempts { // before their row
			if _, err := w.conn.ExecContext(ctx, keepAttemptSQL, attemptArgs(&p.Unresolved[i], place)...); err != nil {
				return err
			}
		}
		kept, err := w.conn.ExecContext(ctx, keepCallSQL, callArgs(&p.Unresolved[i])...)
		if err != nil {
			return err
		}
		switch n, err := kept.RowsAffected(); {
		case err != nil:
			return err
		case n == 1:
			w.usage.add(&p.Unresolved[i])
		}
	}
	for i := range p.Told { // of rows that stand by now
		for _, args := range told(&p.Told[i]) {
			if _, err := w.conn.ExecContext(ctx, tellAttemptSQL, args...); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *liteWriter) changed(ctx context.Context, g *quartet.Grant) error {
	r := &w.updateUnit
	r.number(0, g.Used)
	r.number(1, g.Held)
	r.number(2, g.Withdrawn)
	r.number(3, micros(g.ExpiresAt))
	r.number(4, micros(g.FrozenAt))
	r.text(5, g.ID)
	return r.exec(ctx)
}

// insertCallsSQL writes several rows. Where one fails, those before it stand until the batch is
// rolled back: so SQLite keeps no copy of the pages for each statement.
func insertCallsSQL() string {
	row := insertCallSQL[strings.LastIndex(insertCallSQL, "("):]
	return strings.Replace(insertCallSQL, "INSERT", "INSERT OR FAIL", 1) + strings.Repeat(", "+row, callsAtOnce-1)
}

// called writes the rows of calls, several at once as long as there are so many.
func (w *liteWriter) called(ctx context.Context, calls []quartet.Call) error {
	for len(calls) > 0 {
		r, n := &w.insertCall, 1
		if len(calls) >= callsAtOnce {
			r, n = &w.insertCalls, callsAtOnce
		}
		for i := range calls[:n] {
			r.call(i*callArity, &calls[i])
		}
		if err := r.exec(ctx); err != nil {
			return err
		}
		calls = calls[n:]
	}
	return nil
}

// call fills in a row from an argument on.
func (r *rowStmt) call(at int, c *quartet.Call) {
	r.number(at, c.SeqNo.Second)
	r.number(at+1, int64(c.SeqNo.N))
	r.number(at+2, micros(c.At))
	r.text(at+3, c.Account)
	r.text(at+4, c.Credential)
	r.text(at+5, c.Product)
	r.number(at+6, int64(c.Code))
	r.number(at+7, int64(c.Verdict))
	r.text(at+8, string(c.Reason))
	r.number(at+9, c.Charged)
	r.text(at+10, c.Grant)
	r.text(at+11, c.Source)
	r.number(at+12, c.Latency.Microseconds())
	r.bytes(at+13, c.Params[:])
	r.bytes(at+14, c.Card[:])
	r.number(at+15, bit(c.Sent))
	r.number(at+16, c.Nonce)
	r.number(at+17, int64(c.Differs))
	r.number(at+18, bit(c.Reused))
}

// attempted writes the attempts of a call.
func (w *liteWriter) attempted(ctx context.Context, c *quartet.Call) error {
	r := &w.insertAttempt
	for place := range c.Attempts {
		for i, v := range attemptArgs(c, place) {
			r.args[i].Value = v
		}
		if err := r.exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

func callArgs(c *quartet.Call) []any {
	return []any{
		c.SeqNo.Second, int64(c.SeqNo.N), micros(c.At), c.Account, c.Credential, c.Product, int64(c.Code), int64(c.Verdict), string(c.Reason),
		c.Charged, c.Grant, c.Source, c.Latency.Microseconds(), c.Params[:], c.Card[:], bit(c.Sent), c.Nonce, int64(c.Differs), bit(c.Reused),
	}
}

func grantArgs(g *quartet.Grant) []any {
	return []any{g.ID, g.Account, g.Units, g.Used, g.Held, g.Withdrawn, bit(g.Trial), g.Priority, g.Origin, micros(g.CreatedAt), micros(g.ExpiresAt), micros(g.FrozenAt), int64(g.Paid), g.Product, g.FrozenFor}
}

func holdArgs(h *quartet.Hold) []any {
	var key, request []byte
	if !h.Claim.Key.IsZero() {
		key, request = h.Claim.Key[:], h.Claim.Request[:]
	}
	return []any{
		h.SeqNo.Second, int64(h.SeqNo.N), h.Grant, h.Account, h.Credential, h.Product, h.Units, micros(h.CreatedAt), micros(h.Deadline),
		h.Params[:], h.Card[:], h.Nonce, key, request, micros(h.Claim.ExpiresAt), askedText(h.Asked),
	}
}

func claimArgs(c *quartet.Claim) []any {
	return []any{c.Key[:], c.Request[:], c.SeqNo.Second, int64(c.SeqNo.N), int64(c.Code), int64(c.Verdict), string(c.Reason), int64(c.Differs), micros(c.ExpiresAt)}
}
