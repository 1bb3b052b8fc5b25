package store

import (
	"context"
	"database/sql"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"quartet"
)

const credentialColumns = `id, account_id, kind, name, app_key, hash, sealed, is_test, qps, burst, daily, networks, products, created_at, expires_at, revoked_at, last_used_at` //nolint:gosec // names of columns

func insertCredential(ctx context.Context, tx *sql.Tx, c quartet.Credential) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO credential (`+credentialColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
		c.ID, c.Account, string(c.Kind), c.Name, c.AppKey, c.Hash[:], c.Sealed, bit(c.Test), c.Limits.QPS, c.Limits.Burst, c.Limits.Daily,
		joinNetworks(c.Limits.Networks), strings.Join(c.Limits.Products, ","), micros(c.CreatedAt), micros(c.ExpiresAt), micros(c.RevokedAt), micros(c.LastUsedAt))
	return err
}

func updateCredential(ctx context.Context, tx *sql.Tx, c quartet.Credential) error {
	res, err := tx.ExecContext(ctx, `UPDATE credential SET name = $2, qps = $3, burst = $4, daily = $5, networks = $6, products = $7, expires_at = $8, revoked_at = $9
		WHERE id = $1 AND revoked_at = 0`,
		c.ID, c.Name, c.Limits.QPS, c.Limits.Burst, c.Limits.Daily, joinNetworks(c.Limits.Networks), strings.Join(c.Limits.Products, ","), micros(c.ExpiresAt), micros(c.RevokedAt))
	return mustTouch(res, err, "credential in force")
}

// CreateCredential adds a credential. ErrConflict: what it presents is in use.
func (s *Store) CreateCredential(ctx context.Context, c quartet.Credential, e quartet.AuditEntry) error {
	return s.change(ctx, e, func(ctx context.Context, tx *sql.Tx) error { return insertCredential(ctx, tx, c) })
}

// UpdateCredential writes the name, the limits, the end and the revocation of a
// credential in force; one that was revoked never changes again (ErrNotFound).
func (s *Store) UpdateCredential(ctx context.Context, c quartet.Credential, e quartet.AuditEntry) error {
	return s.change(ctx, e, func(ctx context.Context, tx *sql.Tx) error { return updateCredential(ctx, tx, c) })
}

// RotateCredential adds next and writes the end of old, which must be in force.
func (s *Store) RotateCredential(ctx context.Context, old, next quartet.Credential, e quartet.AuditEntry) error {
	return s.change(ctx, e, func(ctx context.Context, tx *sql.Tx) error {
		if err := updateCredential(ctx, tx, old); err != nil {
			return err
		}
		return insertCredential(ctx, tx, next)
	})
}

// Credentials lists the credentials of an account, or of all for "", revoked ones included,
// oldest first.
func (s *Store) Credentials(ctx context.Context, account string) ([]quartet.Credential, error) {
	return collect(ctx, s.reader, scanCredential, `SELECT `+credentialColumns+` FROM credential WHERE ($1 = '' OR account_id = $1) ORDER BY created_at, id`, account)
}

// Credential finds a credential by its id, or ErrNotFound.
func (s *Store) Credential(ctx context.Context, id string) (quartet.Credential, error) {
	list, err := collect(ctx, s.reader, scanCredential, `SELECT `+credentialColumns+` FROM credential WHERE id = $1`, id)
	if err != nil {
		return quartet.Credential{}, err
	}
	if len(list) == 0 {
		return quartet.Credential{}, quartet.Errorf(quartet.ErrNotFound, "there is no credential of that id")
	}
	return list[0], nil
}

// MarkUsed writes when credentials were last used. It changes nothing that a call is
// judged by, so the version stays.
func (s *Store) MarkUsed(ctx context.Context, used map[string]time.Time) error {
	const most = 500 // in one transaction: calls wait for the same connection
	for chunk := range slices.Chunk(slices.Collect(maps.Keys(used)), most) {
		if err := s.markUsed(ctx, chunk, used); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) markUsed(ctx context.Context, ids []string, used map[string]time.Time) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, id := range ids {
			if _, err := tx.ExecContext(ctx, `UPDATE credential SET last_used_at = $2 WHERE id = $1 AND last_used_at < $2`, id, micros(used[id])); err != nil {
				return err
			}
		}
		return nil
	})
}

func scanCredential(row scanner) (quartet.Credential, error) {
	var (
		c                               quartet.Credential
		kind, networks, products        string
		hash                            []byte
		test                            int64
		created, expires, revoked, used int64
	)
	err := row.Scan(&c.ID, &c.Account, &kind, &c.Name, &c.AppKey, &hash, &c.Sealed, &test, &c.Limits.QPS, &c.Limits.Burst, &c.Limits.Daily,
		&networks, &products, &created, &expires, &revoked, &used)
	if err != nil {
		return c, err
	}
	c.Kind, c.Test = quartet.CredentialKind(kind), test == 1
	copy(c.Hash[:], hash)
	c.CreatedAt, c.ExpiresAt, c.RevokedAt, c.LastUsedAt = fromMicros(created), fromMicros(expires), fromMicros(revoked), fromMicros(used)
	if products != "" {
		c.Limits.Products = strings.Split(products, ",")
	}
	c.Limits.Networks, err = splitNetworks(networks)
	return c, err
}

func joinNetworks(list []netip.Prefix) string {
	texts := make([]string, len(list))
	for i, p := range list {
		texts[i] = p.String()
	}
	return strings.Join(texts, ",")
}

// splitNetworks fails on what it did not write: a list that cannot be read must not become
// one that lets everybody in.
func splitNetworks(text string) ([]netip.Prefix, error) {
	if text == "" {
		return nil, nil
	}
	var list []netip.Prefix
	for part := range strings.SplitSeq(text, ",") {
		p, err := netip.ParsePrefix(part)
		if err != nil {
			return nil, quartet.Errorf(quartet.ErrInternal, "store: a credential's networks cannot be read; restore the database from its backup")
		}
		list = append(list, p)
	}
	return list, nil
}
