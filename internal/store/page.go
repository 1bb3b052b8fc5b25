package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"quartet"
)

// PageDraft finds what is being written of a product's page. ErrNotFound: nothing is.
func (s *Store) PageDraft(ctx context.Context, product string) (quartet.PageDraft, error) {
	found, err := collect(ctx, s.reader, scanPageDraft, `SELECT product_id, content, revision, changed_by, changed_at FROM page_draft WHERE product_id = $1`, product)
	if err == nil && len(found) == 0 {
		err = quartet.Errorf(quartet.ErrNotFound, "nothing is drafted of this page")
	}
	if err != nil {
		return quartet.PageDraft{}, err
	}
	return found[0], nil
}

func scanPageDraft(row scanner) (quartet.PageDraft, error) {
	var (
		d       quartet.PageDraft
		content string
		changed int64
	)
	if err := row.Scan(&d.Product, &content, &d.Revision, &d.By, &changed); err != nil {
		return d, err
	}
	d.At = fromMicros(changed)
	return d, readPage(content, &d.Content)
}

func readPage(content string, into *quartet.PageContent) error {
	if err := json.Unmarshal([]byte(content), into); err != nil {
		return quartet.Errorf(quartet.ErrInternal, "a page cannot be read: %w", err)
	}
	return nil
}

// PutPageDraft writes a draft over the one of the revision before it. ErrConflict: somebody
// else has written meanwhile. ErrNotFound: there is no such product.
func (s *Store) PutPageDraft(ctx context.Context, d quartet.PageDraft, e quartet.AuditEntry) error {
	content, err := json.Marshal(d.Content)
	if err != nil {
		return err
	}
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		if err := s.lockProduct(ctx, tx, d.Product); err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `INSERT INTO page_draft (product_id, content, revision, changed_by, changed_at)
			SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS BIGINT), CAST($4 AS TEXT), CAST($5 AS BIGINT) WHERE CAST($3 AS BIGINT) = 1 OR EXISTS (SELECT 1 FROM page_draft WHERE product_id = $1)
			ON CONFLICT (product_id) DO UPDATE SET content = excluded.content, revision = excluded.revision, changed_by = excluded.changed_by, changed_at = excluded.changed_at
			WHERE page_draft.revision = excluded.revision - 1`, d.Product, string(content), d.Revision, d.By, micros(d.At))
		return mustChange(res, err, "somebody else has changed this draft meanwhile; look at it again before you change it")
	})
}

// lockProduct keeps what hangs on a product from changing until the transaction ends.
func (s *Store) lockProduct(ctx context.Context, tx *sql.Tx, id string) error {
	var found string
	err := tx.QueryRowContext(ctx, `SELECT id FROM product WHERE id = $1`+s.dialect.forLock, id).Scan(&found)
	if errors.Is(err, sql.ErrNoRows) {
		return quartet.Errorf(quartet.ErrNotFound, "there is no product of that id")
	}
	return err
}

// DropPageDraft forgets a draft. ErrNotFound: there is none.
func (s *Store) DropPageDraft(ctx context.Context, product string, e quartet.AuditEntry) error {
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM page_draft WHERE product_id = $1`, product)
		return mustTouch(res, err, "draft")
	})
}

// PublishPage makes the draft of a revision the newest version. ErrConflict: the draft was
// changed, published or dropped meanwhile.
func (s *Store) PublishPage(ctx context.Context, v quartet.PageVersion, revision int64, e quartet.AuditEntry) error {
	content, err := json.Marshal(v.Content)
	if err != nil {
		return err
	}
	return s.event(ctx, e, nil, func(ctx context.Context, tx *sql.Tx) error {
		if err := s.lockProduct(ctx, tx, v.Product); err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `DELETE FROM page_draft WHERE product_id = $1 AND revision = $2`, v.Product, revision)
		if err := mustChange(res, err, "this draft was changed or published meanwhile; look at it again before you publish it"); err != nil {
			return err
		}
		return insertPage(ctx, tx, v, string(content))
	})
}

func insertPage(ctx context.Context, tx *sql.Tx, v quartet.PageVersion, content string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO page_version (product_id, version, content, published_by, published_at) VALUES ($1, $2, $3, $4, $5)`,
		v.Product, v.Version, content, v.By, micros(v.At))
	if isUnique(err) {
		return quartet.Errorf(quartet.ErrConflict, "another version of this page was published meanwhile; look at it again")
	}
	return err
}

// SeedPage gives a product its first version, unless it has one.
func (s *Store) SeedPage(ctx context.Context, v quartet.PageVersion) error {
	content, err := json.Marshal(v.Content)
	if err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO page_version (product_id, version, content, published_by, published_at) VALUES ($1, 1, $2, $3, $4)
			ON CONFLICT (product_id, version) DO NOTHING`, v.Product, string(content), v.By, micros(v.At))
		return err
	})
}

// PageVersions lists what was published of a product's page, newest first, at most limit.
func (s *Store) PageVersions(ctx context.Context, product string, limit int) ([]quartet.PageVersion, error) {
	return collect(ctx, s.reader, func(row scanner) (quartet.PageVersion, error) {
		var (
			v         quartet.PageVersion
			content   string
			published int64
		)
		if err := row.Scan(&v.Product, &v.Version, &content, &v.By, &published); err != nil {
			return v, err
		}
		v.At = fromMicros(published)
		return v, readPage(content, &v.Content)
	}, `SELECT product_id, version, content, published_by, published_at FROM page_version WHERE product_id = $1 ORDER BY version DESC LIMIT $2`, product, limit)
}
