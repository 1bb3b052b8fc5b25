package store

import (
	"bytes"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"regexp"
)

// rowStmt is a statement that runs for one row after another. A value that is that of the
// row before is not boxed anew.
type rowStmt struct {
	driver.Stmt
	args []driver.NamedValue
}

func ordinals(n int) []driver.NamedValue {
	args := make([]driver.NamedValue, n)
	for i := range args {
		args[i].Ordinal = i + 1
	}
	return args
}

// inOrder writes ? for $1, $2 and so on, where each stands once and in order: the driver
// looks a named one up for every row.
func inOrder(query string) string { return numbered.ReplaceAllString(query, "?") }

var numbered = regexp.MustCompile(`\$\d+`)

func (r *rowStmt) text(i int, v string) {
	if before, ok := r.args[i].Value.(string); !ok || before != v {
		r.args[i].Value = v
	}
}

func (r *rowStmt) number(i int, v int64) {
	if before, ok := r.args[i].Value.(int64); !ok || before != v {
		r.args[i].Value = v
	}
}

func (r *rowStmt) bytes(i int, v []byte) {
	before, _ := r.args[i].Value.([]byte)
	if len(before) == len(v) {
		copy(before, v)
		return
	}
	r.args[i].Value = bytes.Clone(v)
}

func (r *rowStmt) exec(ctx context.Context) error {
	_, err := r.Stmt.(driver.StmtExecContext).ExecContext(ctx, r.args) //nolint:forcetypeassert // modernc.org/sqlite has it
	return err
}

// rowsOf runs a query.
func rowsOf[T any](ctx context.Context, r *rowStmt, scan func(scanner) (T, error)) (found []T, err error) {
	rows, err := r.Stmt.(driver.StmtQueryContext).QueryContext(ctx, r.args) //nolint:forcetypeassert // as above
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for row := make(rawRow, len(rows.Columns())); ; {
		switch err := rows.Next(row); {
		case errors.Is(err, io.EOF):
			return found, nil
		case err != nil:
			return nil, err
		}
		v, err := scan(row)
		if err != nil {
			return nil, err
		}
		found = append(found, v)
	}
}

// rawRow is a row as the driver gives it.
type rawRow []driver.Value

// Scan implements scanner for the types that our columns have.
func (r rawRow) Scan(dest ...any) error {
	for i, d := range dest {
		ok := false
		switch d := d.(type) {
		case *string:
			*d, ok = r[i].(string)
		case *int64:
			*d, ok = r[i].(int64)
		}
		if !ok {
			return fmt.Errorf("store: column %d holds a %T", i+1, r[i])
		}
	}
	return nil
}
