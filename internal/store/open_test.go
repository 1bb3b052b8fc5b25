package store_test

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // to look into the database from outside
	_ "modernc.org/sqlite"             // as above

	"quartet"
	"quartet/internal/store"
	"quartet/internal/store/pgtest"
)

// beside is a connection of somebody else.
func beside(t *testing.T, driver, dsn string) *sql.Conn {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = conn.Close(), db.Close() })
	return conn
}

func besideSQLite(t *testing.T, dir string) *sql.Conn {
	t.Helper()
	return beside(t, "sqlite", "file:"+filepath.Join(dir, "quartet.db"))
}

func exec(t *testing.T, conn *sql.Conn, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := conn.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// leased is a store that may write batches.
func leased(t testing.TB, o store.Options) *store.Store {
	t.Helper()
	s := open(t, o)
	if _, _, err := s.LeaseNode(t.Context(), "folder", t.Name(), time.Now()); err != nil {
		t.Fatal(err)
	}
	return s
}

func wantCode(t *testing.T, what string, err error, want quartet.ErrorCode) {
	t.Helper()
	if got := quartet.CodeOf(err); got != want {
		t.Errorf("%s: %q (%v), want %q", what, got, err, want)
	}
}

func TestOpen_RefusesASchemaOfALaterVersion(t *testing.T) {
	t.Parallel()
	const later = `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, `
	dir, url := t.TempDir(), pgtest.Shared(t).NewDatabase(t)
	for _, c := range []struct {
		o     store.Options
		later func() *sql.Conn
		mark  string
	}{
		{store.Options{Dir: dir}, func() *sql.Conn { return besideSQLite(t, dir) }, later + "1)"},
		{store.Options{URL: url}, func() *sql.Conn { return beside(t, "pgx", url) }, later + "TRUE)"},
	} {
		if err := open(t, c.o).Close(); err != nil {
			t.Fatal(err)
		}
		exec(t, c.later(), c.mark)
		s, err := store.Open(t.Context(), c.o)
		if err == nil {
			_ = s.Close()
		}
		wantCode(t, "a later schema", err, quartet.ErrUnsupported)
		if err != nil && !strings.Contains(err.Error(), "newer version of Quartet") {
			t.Errorf("the message does not say what to do: %v", err)
		}
	}
}

func TestOpen_RefusesAServerThatDoesNotFlush(t *testing.T) {
	t.Parallel()
	url := pgtest.New(t, "fsync=off").NewDatabase(t)
	_, err := store.Open(t.Context(), store.Options{URL: url})
	wantCode(t, "fsync=off", err, quartet.ErrUnsupported)
	if err == nil || !strings.Contains(err.Error(), "fsync") {
		t.Errorf("the message does not name the setting: %v", err)
	}
	open(t, store.Options{URL: url, AllowUnsafe: true})
}

func TestOpen_RefusesAPasswordInTheURL(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"postgres://u:secret@127.0.0.1:1/d", "postgres://u@127.0.0.1:1/d?password=secret"} {
		_, err := store.Open(t.Context(), store.Options{URL: url})
		wantCode(t, "a password in the URL", err, quartet.ErrInvalid)
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Error("the message repeats the password")
		}
	}
}

func TestOpen_SaysThatTheServerCannotBeReachedAndNotWithWhichPassword(t *testing.T) {
	t.Parallel()
	_, err := store.Open(t.Context(), store.Options{URL: "postgres://u@127.0.0.1:1/d?connect_timeout=2", Password: "geheim"})
	wantCode(t, "no server", err, quartet.ErrUnavailable)
	if err != nil && strings.Contains(err.Error(), "geheim") {
		t.Error("the message repeats the password")
	}
}

// A trigger sees with which setting each connection writes, whatever the server, the
// database or the URL have asked for.
func TestPostgreSQL_EveryConnectionCommitsSynchronously(t *testing.T) {
	t.Parallel()
	server := pgtest.New(t, "synchronous_commit=off")
	url := server.NewDatabase(t)
	open(t, store.Options{URL: url})
	outside := beside(t, "pgx", url)
	exec(t, outside,
		`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$`,
		`CREATE FUNCTION insist() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			IF current_setting('synchronous_commit') <> 'on' THEN RAISE EXCEPTION 'written with synchronous_commit off'; END IF;
			RETURN NEW; END $$`,
		`CREATE TRIGGER insist BEFORE INSERT OR UPDATE ON node FOR EACH ROW EXECUTE FUNCTION insist()`,
		`CREATE TRIGGER insist BEFORE INSERT OR UPDATE ON call FOR EACH ROW EXECUTE FUNCTION insist()`,
		`CREATE TRIGGER insist BEFORE INSERT OR UPDATE ON account FOR EACH ROW EXECUTE FUNCTION insist()`)
	if _, err := beside(t, "pgx", url).ExecContext(t.Context(), `INSERT INTO account VALUES ('x', 'x', 0, 0)`); err == nil {
		t.Fatal("the trigger sees nothing")
	}
	for i, more := range []string{"", "&synchronous_commit=off", "&options=-c%20synchronous_commit%3Doff"} {
		s := leased(t, store.Options{URL: url + more})
		id := string(rune('a' + i))
		if err := s.CreateAccount(t.Context(), quartet.Account{ID: id, Name: id}, quartet.AuditEntry{}); err != nil {
			t.Errorf("the pool, %q: %v", more, err)
		}
		for range 2 { // the second time on a new connection
			counter := quartet.Call{SeqNo: quartet.SeqNo{Second: time.Now().Unix(), N: nextN()}}
			if err := commit(t.Context(), s, quartet.Postings{Calls: []quartet.Call{counter}}); err != nil {
				t.Errorf("the batch, %q: %v", more, err)
			}
			if err := server.KillBackends(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// A trigger sees the settings by which the server gives up a session whose node has fallen
// silent. Else what that has locked stays locked for hours.
func TestPostgreSQL_EveryConnectionEndsSoonAfterItsNode(t *testing.T) {
	t.Parallel()
	url := pgtest.Shared(t).NewDatabase(t)
	open(t, store.Options{URL: url})
	outside := beside(t, "pgx", url)
	exec(t, outside,
		`CREATE FUNCTION insist() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			IF current_setting('tcp_keepalives_idle')::int + current_setting('tcp_keepalives_interval')::int * current_setting('tcp_keepalives_count')::int > 5
				OR current_setting('idle_in_transaction_session_timeout') NOT IN ('1s', '2s', '3s', '4s', '5s')
			THEN RAISE EXCEPTION 'written on a session that would stay'; END IF;
			RETURN NEW; END $$`,
		`CREATE TRIGGER insist BEFORE INSERT OR UPDATE ON node FOR EACH ROW EXECUTE FUNCTION insist()`,
		`CREATE TRIGGER insist BEFORE INSERT OR UPDATE ON call FOR EACH ROW EXECUTE FUNCTION insist()`)
	if _, err := outside.ExecContext(t.Context(), `INSERT INTO node VALUES (9, 'x', 'x', 0, 0)`); err == nil {
		t.Fatal("the trigger sees nothing")
	}
	s := leased(t, store.Options{URL: url + "&tcp_keepalives_idle=7200"})
	if err := s.RenewNode(t.Context(), time.Now()); err != nil {
		t.Errorf("the pool: %v", err)
	}
	if err := commit(t.Context(), s, quartet.Postings{Calls: []quartet.Call{newCall()}}); err != nil {
		t.Errorf("the batch: %v", err)
	}
}
