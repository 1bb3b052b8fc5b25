package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"quartet"
)

const tokenColumns = `id, account_id, who, name, scopes, hash, networks, created_at, expires_at, revoked_at, last_used_at`

// CreateToken adds a token. At that very moment its maker has a place in the account, or in the
// house: what takes the place away ends the token, or comes first. ErrConflict: there is one of
// that id. ErrNotFound: there is no such account. ErrForbidden: it is suspended, or whom the token
// would stand for has no place there or may not sign in.
func (s *Store) CreateToken(ctx context.Context, t quartet.Token, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		if err := s.mayHaveToken(ctx, tx, &t); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO api_token (`+tokenColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			t.ID, t.Account, t.Who, t.Name, joinScopes(t.Scopes), t.Hash[:], joinNetworks(t.Networks), micros(t.CreatedAt), micros(t.ExpiresAt), micros(t.RevokedAt), micros(t.LastUsedAt))
		if isUnique(err) {
			return quartet.Errorf(quartet.ErrConflict, "there is a token of this id already; make another one")
		}
		return err
	})
}

// mayHaveToken refuses a token for whom nobody may make one, and else locks the place that it
// stands on.
func (s *Store) mayHaveToken(ctx context.Context, tx *sql.Tx, t *quartet.Token) error {
	place, args := `SELECT 1 FROM operator WHERE id = $1 AND removed_at = 0`, []any{t.Who}
	if t.Account != "" {
		var suspended int64
		err := tx.QueryRowContext(ctx, `SELECT suspended_at FROM account WHERE id = $1`+s.dialect.forLock, t.Account).Scan(&suspended)
		if errors.Is(err, sql.ErrNoRows) {
			return quartet.Errorf(quartet.ErrNotFound, "there is no account of that id")
		}
		if err != nil {
			return err
		}
		if suspended != 0 {
			return quartet.Errorf(quartet.ErrForbidden, "the account is suspended, and makes no tokens")
		}
		place, args = `SELECT 1 FROM member m JOIN person p ON p.id = m.person_id WHERE m.account_id = $1 AND m.person_id = $2 AND p.disabled_at = 0`, []any{t.Account, t.Who}
	}
	var there int
	err := tx.QueryRowContext(ctx, place+s.dialect.forLock, args...).Scan(&there)
	if errors.Is(err, sql.ErrNoRows) {
		return quartet.Errorf(quartet.ErrForbidden, "whom the token would stand for has no place there any more, or may not sign in")
	}
	return err
}

// RevokeToken ends a token for good. ErrNotFound: none of that id is in force.
func (s *Store) RevokeToken(ctx context.Context, id string, at time.Time, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE api_token SET revoked_at = $2 WHERE id = $1 AND revoked_at = 0`, id, micros(at))
		return mustTouch(res, err, "token in force")
	})
}

// endTokens ends those tokens that are in force with what e tells, and writes each. Where is put
// in words of which $2 is the first argument.
func (s *Store) endTokens(ctx context.Context, tx *sql.Tx, e quartet.AuditEntry, where string, args ...any) error {
	ended, err := collect(ctx, tx, scanToken, `UPDATE api_token SET revoked_at = $1 WHERE revoked_at = 0 AND `+where+` RETURNING `+tokenColumns,
		append([]any{micros(e.At)}, args...)...)
	if err != nil {
		return err
	}
	for i := range ended {
		t := &ended[i]
		one := quartet.AuditEntry{
			ID: e.ID + "-" + t.ID, At: e.At, Actor: e.Actor, Action: "token.revoke", Subject: t.ID, Detail: t.Name + ", with " + e.Action, Origin: e.Origin,
		}
		if err := s.audit(ctx, tx, one); err != nil {
			return err
		}
	}
	return nil
}

// UseToken writes when a token was last used.
func (s *Store) UseToken(ctx context.Context, id string, at time.Time) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE api_token SET last_used_at = $2 WHERE id = $1 AND last_used_at < $2`, id, micros(at))
		return err
	})
}

// Token finds a token by its id, revoked or not. ErrNotFound.
func (s *Store) Token(ctx context.Context, id string) (quartet.Token, error) {
	return one(ctx, s.reader, "token", scanToken, `SELECT `+tokenColumns+` FROM api_token WHERE id = $1`, id)
}

// Tokens lists the tokens of an account, or of the house for "", revoked ones included, oldest
// first.
func (s *Store) Tokens(ctx context.Context, account string) ([]quartet.Token, error) {
	return collect(ctx, s.reader, scanToken, `SELECT `+tokenColumns+` FROM api_token WHERE account_id = $1 ORDER BY created_at, id`, account)
}

func scanToken(row scanner) (quartet.Token, error) {
	var (
		t                               quartet.Token
		scopes, networks                string
		hash                            []byte
		created, expires, revoked, used int64
	)
	if err := row.Scan(&t.ID, &t.Account, &t.Who, &t.Name, &scopes, &hash, &networks, &created, &expires, &revoked, &used); err != nil {
		return t, err
	}
	for text := range strings.FieldsSeq(scopes) {
		t.Scopes = append(t.Scopes, quartet.Scope(text))
	}
	copy(t.Hash[:], hash)
	t.CreatedAt, t.ExpiresAt, t.RevokedAt, t.LastUsedAt = fromMicros(created), fromMicros(expires), fromMicros(revoked), fromMicros(used)
	var err error
	t.Networks, err = splitNetworks(networks)
	return t, err
}

func joinScopes(list []quartet.Scope) string {
	texts := make([]string, len(list))
	for i, s := range list {
		texts[i] = string(s)
	}
	return strings.Join(texts, " ")
}
