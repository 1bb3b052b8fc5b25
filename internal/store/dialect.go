package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"quartet"
)

// dialect is all that differs between the engines, the batch write apart.
type dialect struct {
	name    string
	goose   goose.Dialect
	skips   string // names of migrations that are another engine's alone
	forLock string // row-lock suffix of a SELECT
	// skipLocked is the same, for who takes whatever rows are free.
	skipLocked string
	sizeOf     string // asks for the bytes of table $1 and its indexes; "": the engine cannot say
}

var (
	sqliteDialect   = dialect{name: "sqlite", goose: goose.DialectSQLite3}
	postgresDialect = dialect{
		name: "postgres", goose: goose.DialectPostgres, skips: "*.sqlite.sql",
		forLock: " FOR UPDATE", skipLocked: " FOR UPDATE SKIP LOCKED", sizeOf: `SELECT pg_total_relation_size($1::text::regclass)`,
	}
)

// openSQLite opens the writer and the readers of one database file. The writer is one
// connection; every write of the process passes it.
func openSQLite(dir string) (writer, reader *sql.DB, err error) {
	params := url.Values{
		"_txlock": {"immediate"},
		"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "foreign_keys(1)", "synchronous(" + synchronous + ")", "wal_autocheckpoint(4000)", "cache_size(-16000)"},
	}
	dsn := "file:" + (&url.URL{Path: filepath.Join(dir, "quartet.db")}).EscapedPath() + "?" + params.Encode()
	if writer, err = sql.Open("sqlite", dsn); err != nil {
		return nil, nil, err
	}
	writer.SetMaxOpenConns(1)
	if reader, err = sql.Open("sqlite", dsn+"&_pragma=query_only(1)"); err != nil {
		writer.Close()
		return nil, nil, err
	}
	reader.SetMaxOpenConns(4)
	return writer, reader, nil
}

// openPostgres opens a pool. Every connection insists on synchronous_commit=on, whatever
// the server's or the role's default says.
func openPostgres(rawURL, password string) (*sql.DB, *pgx.ConnConfig, error) {
	cfg, err := pgx.ParseConfig(rawURL)
	if err != nil {
		return nil, nil, quartet.Errorf(quartet.ErrInvalid, "store: the PostgreSQL URL cannot be read; write postgres://user@host:port/database")
	}
	if password != "" {
		cfg.Password = password
	}
	cfg.RuntimeParams["synchronous_commit"] = "on"
	cfg.RuntimeParams["application_name"] = "quartet"
	// What a lost node has locked comes free within seconds: by the first setting between
	// two statements, by the others in the middle of one. A batch of unknown outcome has
	// half of the ledger's time for a commit to be read back, and these are less.
	cfg.RuntimeParams["idle_in_transaction_session_timeout"] = "3000"
	cfg.RuntimeParams["tcp_keepalives_idle"] = "2"
	cfg.RuntimeParams["tcp_keepalives_interval"] = "1"
	cfg.RuntimeParams["tcp_keepalives_count"] = "2"
	db := stdlib.OpenDB(*cfg)
	db.SetMaxOpenConns(16)
	db.SetMaxIdleConns(16) // lookups of the registry come all the time; a new connection costs many of them
	return db, cfg, nil
}

// checkDurable refuses a server that acknowledges what it has not flushed.
func checkDurable(ctx context.Context, db *sql.DB) error {
	var fsync string
	if err := db.QueryRowContext(ctx, `SHOW fsync`).Scan(&fsync); err != nil {
		return err
	}
	if fsync != "on" {
		return quartet.Errorf(quartet.ErrUnsupported, "store: this PostgreSQL runs with fsync=off and can lose acknowledged calls; switch fsync on, or set store_allow_unsafe for a test")
	}
	return nil
}

// classify gives an error of the driver its meaning for a batch: ErrConflict (surely not
// done, the same or part of it may be tried again), ErrUnavailable (surely not done),
// ErrInternal (the file can no longer be trusted).
func classify(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*quartet.Error](err); ok {
		return err
	}
	code := quartet.ErrUnavailable
	var pg *pgconn.PgError
	var lite *sqlite.Error
	switch {
	case errors.As(err, &pg):
		if class := pg.Code[:2]; saysUndone(err) && (class == "40" || class == "23" || class == "22") {
			code = quartet.ErrConflict
		}
	case errors.As(err, &lite):
		switch lite.Code() & 0xff {
		case sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_MISMATCH:
			code = quartet.ErrConflict
		case sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_INTERRUPT:
			code = quartet.ErrUnavailable
		default:
			code = quartet.ErrInternal
		}
	}
	return &quartet.Error{Code: code, Message: "store: the change was not committed", Cause: err}
}

// classifyCommit is classify for the answer to a COMMIT: when none came, or none that
// settles it, the outcome is unknown.
func classifyCommit(err error) error {
	var lite *sqlite.Error
	switch {
	case err == nil:
		return nil
	case saysUndone(err), errors.As(err, &lite), errors.Is(err, sql.ErrTxDone):
		return classify(err)
	}
	return &quartet.Error{Code: quartet.ErrUnknownOutcome, Message: "store: the database did not say whether the change was made; look before you repeat it", Cause: err}
}

// saysUndone reports whether the server itself says that it rolled back. One that ended
// the session, or that could not tell (40003, 08007), has not said so.
func saysUndone(err error) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || pg.Code == "40003" || strings.HasPrefix(pg.Code, "08") {
		return false
	}
	return cmp.Or(pg.SeverityUnlocalized, pg.Severity) == "ERROR"
}

// lostRace reports whether PostgreSQL gave up a transaction for another one's sake.
func lostRace(err error) bool {
	var pg *pgconn.PgError
	return saysUndone(err) && errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}

// isBusy reports whether another process kept the file of SQLite for as long as we wait for it.
func isBusy(err error) bool {
	var lite *sqlite.Error
	return errors.As(err, &lite) && lite.Code()&0xff == sqlite3.SQLITE_BUSY
}

// isUnique reports whether err is a violated unique constraint.
func isUnique(err error) bool {
	var pg *pgconn.PgError
	var lite *sqlite.Error
	return errors.As(err, &pg) && pg.Code == "23505" ||
		errors.As(err, &lite) && (lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

// hasPassword reports whether a database URL carries a password.
func hasPassword(rawURL string) bool {
	u, err := url.Parse(rawURL)
	if err != nil {
		return false
	}
	_, set := u.User.Password()
	return set || strings.Contains(strings.ToLower(u.RawQuery), "password=")
}
