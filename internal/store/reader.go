package store

import (
	"context"
	"database/sql"
	"sync"
)

// reader reads beside whoever writes. On SQLite it keeps the statements that it has prepared:
// to understand one takes longer than to read the few rows that most of them find. The driver of
// PostgreSQL does so by itself.
type reader struct {
	*sql.DB

	mu   sync.Mutex
	kept map[string]*sql.Stmt // by text; nil: none is kept
}

// mostKept bounds the statements that are kept. Most are constants; the lists in others are as
// long as they happen to be.
const mostKept = 300

// QueryContext implements querier.
func (r *reader) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if s := r.prepared(ctx, query); s != nil { //nolint:sqlclosecheck // it is kept
		return s.QueryContext(ctx, args...)
	}
	return r.DB.QueryContext(ctx, query, args...)
}

// QueryRowContext reads one row likewise.
func (r *reader) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if s := r.prepared(ctx, query); s != nil { //nolint:sqlclosecheck // likewise
		return s.QueryRowContext(ctx, args...)
	}
	return r.DB.QueryRowContext(ctx, query, args...)
}

// prepared is the statement of a text; nil: it is run without one, and says itself what is
// wrong with it.
func (r *reader) prepared(ctx context.Context, query string) *sql.Stmt {
	if r.kept == nil {
		return nil
	}
	r.mu.Lock()
	s, full := r.kept[query], len(r.kept) >= mostKept
	r.mu.Unlock()
	if s != nil || full {
		return s
	}
	s, err := r.PrepareContext(ctx, query)
	if err != nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if first := r.kept[query]; first != nil { // somebody else prepared it meanwhile
		_ = s.Close() //nolint:sqlclosecheck // the other one is kept
		return first
	}
	r.kept[query] = s
	return s
}
