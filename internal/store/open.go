package store

import (
	"context"
	"database/sql"
	"embed"
	"io/fs"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3"

	"quartet"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Options say where the store lies.
type Options struct {
	Dir         string // folder of the SQLite database
	URL         string // postgres://user@host:port/database, without a password; empty: SQLite
	Password    string // for PostgreSQL
	AllowUnsafe bool   // accept a PostgreSQL with fsync=off: tests only
	Macs        Macs   // chain the audit; nil: it is chained without a key, which proves nothing and says so
	Chained     bool   // the chain of the audit was begun before, so that nothing is chained anew; kept outside the database
}

// Store is an open database. Safe for concurrent use.
type Store struct {
	dialect dialect
	macs    Macs
	reader  *reader
	writer  *sql.DB // PostgreSQL: the same pool as reader
	pg      *pgx.ConnConfig

	// Every write of a SQLite process passes this one connection, in turn.
	mu     sync.Mutex
	lite   *liteWriter
	kept   time.Time // when a wait for the file began that ended without it
	broken error     // after it the file is not written any more
	pgConn *pgx.Conn // the committer's connection on PostgreSQL; nil: open a new one
	pgLost []int64   // server processes of such connections that were lost since the last batch

	node    node
	lookups lookups       // of the registry, on PostgreSQL
	written chan struct{} // holds one when jobs were written that nobody has looked for yet
}

// Open opens the store and brings its schema up to date.
func Open(ctx context.Context, o Options) (*Store, error) {
	s := &Store{dialect: sqliteDialect, macs: o.Macs, written: make(chan struct{}, 1)}
	if s.macs == nil {
		s.macs = unkeyed{}
	}
	var err error
	if o.URL != "" {
		if hasPassword(o.URL) {
			return nil, quartet.Errorf(quartet.ErrInvalid, "store: the database URL must not carry a password; put it into a file or QUARTET_STORE_PASSWORD")
		}
		s.dialect = postgresDialect
		if s.writer, s.pg, err = openPostgres(o.URL, o.Password); err != nil {
			return nil, err
		}
		s.reader = &reader{DB: s.writer}
		if !o.AllowUnsafe {
			err = checkDurable(ctx, s.writer)
		}
	} else {
		s.reader = &reader{kept: map[string]*sql.Stmt{}}
		s.writer, s.reader.DB, err = openSQLite(o.Dir)
	}
	if err == nil {
		err = s.migrate(ctx)
	}
	if err == nil && s.pg == nil {
		s.lite, err = newLiteWriter(ctx, s.writer)
	}
	if err == nil {
		err = s.chainOld(ctx, o.Chained)
	}
	if err != nil {
		s.Close()
		if quartet.CodeOf(err) == quartet.ErrInternal {
			err = &quartet.Error{Code: quartet.ErrUnavailable, Message: "store: cannot open the database: " + err.Error(), Cause: err}
		}
		return nil, err
	}
	return s, nil
}

// Engine is "sqlite" or "postgres".
func (s *Store) Engine() string { return s.dialect.name }

// Close closes the database. What was committed stays.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lite != nil {
		s.lite.close()
	}
	if s.pgConn != nil {
		s.pgConn.Close(context.Background())
		s.pgConn = nil
	}
	if s.reader.DB != nil && s.reader.DB != s.writer {
		s.reader.Close()
	}
	if s.writer != nil {
		return s.writer.Close()
	}
	return nil
}

// migrate runs the numbered migrations that are missing, forward only. A database that a
// newer version has changed is left alone: this one would not know what it writes over.
func (s *Store) migrate(ctx context.Context) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	skipped, err := fs.Glob(files, s.dialect.skips)
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(s.dialect.goose, s.writer, files, goose.WithDisableGlobalRegistry(true), goose.WithExcludeNames(skipped))
	if err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return err
	}
	has, knows, err := p.GetVersions(ctx)
	if err == nil && has > knows {
		return quartet.Errorf(quartet.ErrUnsupported, "store: a newer version of Quartet made this database "+
			"(schema %d; this one knows up to %d); run that version or a later one", has, knows)
	}
	return err
}

// micros is a time as the store keeps it: microseconds UTC, 0 for none.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us)
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
