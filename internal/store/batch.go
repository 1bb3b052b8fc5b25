package store

import (
	"context"
	"database/sql"
	"strconv"
	"strings"

	"quartet"
)

// Commit runs one batch in one transaction: it reads what need names, locked, calls judge,
// and writes what judge decided. nil means that all of it is durable.
//
// Errors: ErrConflict, surely not done, and the same or a part of it may be tried again;
// ErrUnavailable, surely not done; ErrUnknownOutcome, the commit was sent and its outcome
// could not be read before ctx ended; ErrInternal, the database can no longer be trusted
// and the process must stop. judge may be called again only by another Commit.
func (s *Store) Commit(ctx context.Context, need quartet.Reading, judge func(quartet.Book) quartet.Postings) error {
	crossed := false
	seeing := func(b quartet.Book) quartet.Postings {
		p := judge(b)
		crossed = len(p.Crossed) > 0
		return p
	}
	commit := s.commitPostgres
	if s.lite != nil {
		commit = s.commitLite
	}
	return s.inTurn(func() error {
		err := commit(ctx, need, seeing)
		if err == nil && crossed {
			s.nudge()
		}
		return err
	})
}

const (
	grantColumns = `id, account_id, units, used, held, withdrawn, trial, priority, origin, created_at, expires_at, frozen_at, paid, product_id, frozen_for`
	entryColumns = `id, grant_id, kind, units, note, at, until_at`
	holdColumns  = `second, n, grant_id, account_id, credential_id, product_id, units, created_at, deadline, params, card, nonce, claim_key, claim_request, claim_until, asked`
)

// scanner is a row of either driver.
type scanner interface{ Scan(dest ...any) error }

func scanGrant(row scanner) (quartet.Grant, error) {
	var (
		g                        quartet.Grant
		trial, paid              int64 // plain numbers alone: rawRow knows no others
		created, expires, frozen int64
	)
	err := row.Scan(&g.ID, &g.Account, &g.Units, &g.Used, &g.Held, &g.Withdrawn, &trial, &g.Priority, &g.Origin, &created, &expires, &frozen, &paid, &g.Product, &g.FrozenFor)
	g.Trial, g.Paid = trial == 1, quartet.Fen(paid)
	g.CreatedAt, g.ExpiresAt, g.FrozenAt = fromMicros(created), fromMicros(expires), fromMicros(frozen)
	return g, err
}

func scanHold(row scanner) (quartet.Hold, error) {
	var (
		h                         quartet.Hold
		n                         int64
		created, deadline, until  int64
		params, card, key, wanted []byte
		asked                     string
	)
	err := row.Scan(&h.SeqNo.Second, &n, &h.Grant, &h.Account, &h.Credential, &h.Product, &h.Units, &created, &deadline, &params, &card, &h.Nonce, &key, &wanted, &until, &asked)
	h.SeqNo.N = uint64(n)
	h.CreatedAt, h.Deadline = fromMicros(created), fromMicros(deadline)
	copy(h.Params[:], params)
	copy(h.Card[:], card)
	copy(h.Claim.Key[:], key)
	copy(h.Claim.Request[:], wanted)
	h.Claim.SeqNo, h.Claim.ExpiresAt = h.SeqNo, fromMicros(until)
	h.Asked = parseAsked(asked)
	return h, err
}

// list writes "($1, $2, …)" for n arguments that follow the first skip.
func list(skip, n int) string {
	var b strings.Builder
	b.WriteByte('(')
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(skip + i + 1))
	}
	b.WriteByte(')')
	return b.String()
}

func anys[T any](values []T) []any {
	list := make([]any, len(values))
	for i, v := range values {
		list[i] = v
	}
	return list
}

// querier is a connection or a transaction of database/sql.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func collect[T any](ctx context.Context, q querier, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, classify(err)
	}
	defer rows.Close()
	var found []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, classify(err)
		}
		found = append(found, v)
	}
	return found, classify(rows.Err())
}

// one reads a single row, or ErrNotFound of what is missing.
func one[T any](ctx context.Context, q querier, what string, scan func(scanner) (T, error), query string, args ...any) (T, error) {
	found, err := collect(ctx, q, scan, query, args...)
	if err == nil && len(found) == 0 {
		err = quartet.Errorf(quartet.ErrNotFound, "there is no such %s", what)
	}
	if err != nil {
		var none T
		return none, err
	}
	return found[0], nil
}

// Grants lists the grants of one account, or of all for "", oldest first.
func (s *Store) Grants(ctx context.Context, account string) ([]quartet.Grant, error) {
	if account == "" {
		return collect(ctx, s.reader, scanGrant, `SELECT `+grantColumns+` FROM quota_grant ORDER BY created_at, id`)
	}
	return collect(ctx, s.reader, scanGrant, `SELECT `+grantColumns+` FROM quota_grant WHERE account_id = $1 ORDER BY created_at, id`, account)
}

// Holds lists the holds whose deadline lies at or before due (microseconds), oldest
// first, at most limit; limit 0 lists all.
func (s *Store) Holds(ctx context.Context, due int64, limit int) ([]quartet.Hold, error) {
	query := `SELECT ` + holdColumns + ` FROM hold WHERE deadline <= $1 ORDER BY second, n`
	if limit > 0 {
		query += ` LIMIT ` + strconv.Itoa(limit)
	}
	return collect(ctx, s.reader, scanHold, query, due)
}

// Entries lists the entries of a grant, or of all for "", oldest first.
func (s *Store) Entries(ctx context.Context, grant string) ([]quartet.Entry, error) {
	return collect(ctx, s.reader, scanEntry, `SELECT `+entryColumns+` FROM quota_entry WHERE $1 = '' OR grant_id = $1 ORDER BY at, id`, grant)
}

func scanEntry(row scanner) (quartet.Entry, error) {
	var (
		e         quartet.Entry
		kind      string
		at, until int64
	)
	err := row.Scan(&e.ID, &e.Grant, &kind, &e.Units, &e.Note, &at, &until)
	e.Kind, e.At, e.Until = quartet.EntryKind(kind), fromMicros(at), fromMicros(until)
	return e, err
}

const findClaimSQL = `SELECT claim_key, request, second, n, code, verdict, reason, differs, expires_at FROM claim WHERE claim_key = $1
	UNION ALL
	SELECT claim_key, claim_request, second, n, 0, 0, '', 0, claim_until FROM hold WHERE claim_key = $1
	ORDER BY code` // a hold first: the verdict beside it is one whose time is over

// FindClaim looks an idempotency key up: a verdict that was kept for it, or an open hold
// that bears it (a claim without a verdict).
func (s *Store) FindClaim(ctx context.Context, key quartet.Fingerprint) (quartet.Claim, bool, error) {
	claims, err := collect(ctx, s.reader, scanClaim, findClaimSQL, key[:])
	if err != nil || len(claims) == 0 {
		return quartet.Claim{}, false, err
	}
	return claims[0], true, nil
}

func scanClaim(row scanner) (quartet.Claim, error) {
	var (
		c                                  quartet.Claim
		key, request                       []byte
		n, code, verdict, differs, expires int64
		reason                             string
	)
	err := row.Scan(&key, &request, &c.SeqNo.Second, &n, &code, &verdict, &reason, &differs, &expires)
	copy(c.Key[:], key)
	copy(c.Request[:], request)
	c.SeqNo.N = uint64(n)
	c.Code, c.Verdict, c.Reason = quartet.Code(code), quartet.Verdict(verdict), quartet.Reason(reason)
	c.Differs = quartet.ElementSet(differs)
	c.ExpiresAt = fromMicros(expires)
	return c, err
}

// PruneClaims forgets verdicts whose time to be repeated is over, in short chunks.
func (s *Store) PruneClaims(ctx context.Context, before int64) error {
	for {
		var n int64
		err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
			res, err := tx.ExecContext(ctx, `DELETE FROM claim WHERE claim_key IN (SELECT claim_key FROM claim WHERE expires_at < $1 LIMIT 500)`, before)
			if err == nil {
				n, err = res.RowsAffected()
			}
			return err
		})
		if err != nil || n == 0 {
			return err
		}
	}
}
